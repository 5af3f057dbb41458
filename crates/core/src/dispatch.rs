//! Calls by operation id: arguments that are only known at run time, and responses of any kind.
//!
//! Tools fill [`Arguments`] from a command line or a JSON object and hand them to the dispatcher that the generator
//! writes for each API. It takes out what the operation knows, refuses what is left, and returns an [`Output`].

mod output;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::catalog::{Kind, Location, OperationEntry};
use crate::transport::{expectation, printable_path};
use crate::{Body, Error, ErrorKind, FilePart, Operation, suggest};

pub use output::{Content, Json, Output};

/// The arguments of a call whose operation is chosen at run time.
///
/// ```
/// use rosterkit_core::{FilePart, dispatch::Arguments};
/// use serde_json::json;
///
/// let search = Arguments::new().params(json!({ "pageSize": 25, "expand": ["presence"] }))?;
/// let update = Arguments::new().param("userId", "u-1").json(json!({ "version": 3, "title": null }));
/// let upload = Arguments::new().file("package", FilePart::new("module.zip", vec![0x50, 0x4b]));
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
#[derive(Default)]
pub struct Arguments {
    params: Map<String, Value>,
    json: Option<Value>,
    raw: Option<Body>,
    files: BTreeMap<String, FilePart>,
    representation: Option<String>,
}

impl Arguments {
    /// No arguments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter, wherever the operation has it: in the path, the query, a header or a form. An array is a JSON
    /// array. `null` is the same as not to set it.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// Sets the parameters that a JSON object names.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is not an object.
    pub fn params(mut self, params: impl Into<Value>) -> Result<Self, Error> {
        let Value::Object(params) = params.into() else {
            return Err(Error::new(ErrorKind::InvalidRequest, "the parameters are not a JSON object"));
        };
        self.params.extend(params);
        Ok(self)
    }

    /// Sets a JSON body.
    pub fn json(mut self, body: impl Into<Value>) -> Self {
        self.json = Some(body.into());
        self
    }

    /// Sets a body of another media type.
    pub fn raw(mut self, body: impl Into<Body>) -> Self {
        self.raw = Some(body.into());
        self
    }

    /// Sets a file of a multipart body.
    pub fn file(mut self, name: impl Into<String>, file: FilePart) -> Self {
        self.files.insert(name.into(), file);
        self
    }

    /// Chooses one of the operation's representations, such as `xml`.
    pub fn representation(mut self, representation: impl Into<String>) -> Self {
        self.representation = Some(representation.into());
        self
    }

    /// Takes a parameter out; `None` if it was not given, or is `null`.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is not a `T`. The message names the parameter and what was
    /// expected, not the value.
    pub fn take<T: DeserializeOwned>(&mut self, operation: &'static Operation, name: &str) -> Result<Option<T>, Error> {
        match self.params.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match T::deserialize(&value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => {
                    let (path, expected) = mismatch::<T>(&value, &error);
                    Err(Error::invalid_request(operation, invalid(&format!("parameter `{name}`"), path, expected)))
                }
            },
        }
    }

    /// Takes a file out.
    pub fn take_file(&mut self, name: &str) -> Option<FilePart> {
        self.files.remove(name)
    }

    /// Takes the JSON body out.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is not a `T`, or says something that `T` has no place for: what
    /// a caller wrote is sent or refused, not left out. The message names the property, not its value.
    ///
    /// A property that `T` does not know is refused whatever its value, `null` included, and so is a number that `T`
    /// cannot hold exactly. Only a known property that is `null`, where `T` does not tell `null` from nothing, is left
    /// out.
    pub fn take_json<T: DeserializeOwned + Serialize>(
        &mut self,
        operation: &'static Operation,
    ) -> Result<Option<T>, Error> {
        let Some(given) = self.json.take() else { return Ok(None) };
        match body(&given) {
            Ok(body) => Ok(Some(body)),
            Err(invalid) => Err(Error::invalid_request(operation, invalid.of_request())),
        }
    }

    /// Takes the body of another media type out.
    pub fn take_raw(&mut self) -> Option<Body> {
        self.raw.take()
    }

    /// Takes the chosen representation out: the one of [`representation`](Self::representation), else the value of the
    /// operation's parameter for it, else the default.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is none of the values, if both are given and differ, or if
    /// none is chosen and there is no default.
    pub fn take_representation(
        &mut self,
        operation: &'static Operation,
        parameter: &str,
        values: &'static [&'static str],
        default: Option<&'static str>,
    ) -> Result<&'static str, Error> {
        let value = self.take::<String>(operation, parameter)?;
        if let (Some(chosen), Some(value)) = (&self.representation, &value)
            && chosen != value
        {
            let problem =
                format!("parameter `{parameter}` contradicts the representation that is chosen; give one of them");
            return Err(Error::invalid_request(operation, problem));
        }
        let Some(chosen) = self.representation.take().or(value) else {
            let missing = || format!("parameter `{parameter}` is required: one of {}", values.join(", "));
            return default.ok_or_else(|| Error::invalid_request(operation, missing()));
        };
        values.iter().copied().find(|value| *value == chosen).ok_or_else(|| {
            let shown = suggest::printable(&chosen);
            let problem = format!("unknown representation `{shown}`; the operation has {}", values.join(", "));
            Error::invalid_request(operation, problem)
        })
    }

    /// Makes sure that the operation took everything.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for the first argument that is left. The message lists what the
    /// operation takes, and suggests the nearest name.
    pub fn finish(self, operation: &OperationEntry) -> Result<(), Error> {
        let refuse = |problem: String| Err(Error::invalid_request(operation.operation, problem));
        let is_file = |kind: Kind, location: Location| kind == Kind::File && location == Location::Multipart;
        let names = |files: bool| {
            let parameters = operation.parameters.iter();
            parameters.filter(move |it| is_file(it.kind, it.location) == files).map(|it| it.name)
        };
        if let Some(name) = self.params.keys().next() {
            return refuse(unknown("parameter", name, names(false)));
        }
        if let Some(name) = self.files.keys().next() {
            return refuse(unknown("file", name, names(true)));
        }
        let media_type = operation.request.map(|request| request.media_type);
        let takes = media_type.map_or("takes no body".to_owned(), |it| format!("takes a body of type {it}"));
        if self.json.is_some() {
            return refuse(format!("the operation {takes}, no JSON body"));
        }
        if self.raw.is_some() {
            return refuse(format!("the operation {takes}, no raw body"));
        }
        match self.representation {
            Some(_) => refuse("the operation's response has one representation, there is none to choose".to_owned()),
            None => Ok(()),
        }
    }
}

/// Shows the names of the arguments, no values.
impl fmt::Debug for Arguments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Arguments")
            .field("params", &self.params.keys().collect::<Vec<_>>())
            .field("files", &self.files.keys().collect::<Vec<_>>())
            .field("json", &self.json.is_some())
            .field("raw", &self.raw.is_some())
            .field("representation", &self.representation)
            .finish()
    }
}

/// Reads a value as the body of an operation. A property that `T` does not know is refused whatever its value, and so is a
/// number that `T` cannot hold exactly.
///
/// # Errors
/// Where the value is no such body, and why; not the value.
pub fn body<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, InvalidBody> {
    let mut ignored = None;
    let read = serde_ignored::deserialize(given, |path| {
        ignored.get_or_insert_with(|| Lost::Unknown(names(&path)));
    });
    let body: T = read.map_err(|error| {
        let (path, expected) = mismatch::<T>(given, &error);
        InvalidBody(Invalid::Mismatch { path, expected })
    })?;
    let kept = serde_json::to_value(&body).map_err(|_| InvalidBody(Invalid::Unwritable))?;
    match ignored.or_else(|| lost(given, &kept)) {
        None => Ok(body),
        Some(lost) => Err(InvalidBody(Invalid::Lost(lost))),
    }
}

/// Why a value is not the body of an operation. It prints without the value, and without words about JSON: the value may
/// come from a file of another format.
#[derive(Debug)]
pub struct InvalidBody(Invalid);

#[derive(Debug)]
enum Invalid {
    Mismatch { path: Option<String>, expected: Option<String> },
    Lost(Lost),
    Unwritable,
}

impl InvalidBody {
    /// The message about the body of a request.
    fn of_request(self) -> String {
        match self.0 {
            Invalid::Mismatch { path, expected } => invalid("JSON body", path, expected),
            Invalid::Lost(lost) => format!("the JSON body {}", lost.problem()),
            Invalid::Unwritable => "the JSON body cannot be written as JSON again".to_owned(),
        }
    }
}

impl fmt::Display for InvalidBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Invalid::Mismatch { path, expected } => {
                let path = path.as_ref().map_or_else(|| "the item".to_owned(), |path| format!("`{path}`"));
                write!(formatter, "{path}: {}", expected.as_deref().unwrap_or("invalid value"))
            }
            Invalid::Lost(lost) => match (lost.path().as_str(), lost) {
                ("", lost) => write!(formatter, "the item is {}", lost.what()),
                (path, Lost::Unknown(_)) => write!(formatter, "unknown field `{path}`"),
                (path, lost) => write!(formatter, "`{path}` is {}", lost.what()),
            },
            Invalid::Unwritable => formatter.write_str("the item cannot be written as JSON"),
        }
    }
}

impl std::error::Error for InvalidBody {}

/// Where a value is invalid, and what was expected.
fn mismatch<T: DeserializeOwned>(value: &Value, error: &serde_json::Error) -> (Option<String>, Option<String>) {
    let expected = expectation(&error.to_string()).map(|it| in_json_terms(&it).to_owned());
    (serde_path_to_error::deserialize::<_, T>(value).err().and_then(|error| printable_path(error.path())), expected)
}

/// Says where a value is invalid and what was expected, not the value.
fn invalid(what: &str, path: Option<String>, expected: Option<String>) -> String {
    let expected = expected.map(|expected| format!(": {expected}")).unwrap_or_default();
    let at = path.map(|path| format!(" at `{path}`")).unwrap_or_default();
    format!("invalid {what}{at}{expected}")
}

/// What serde expects, without names of Rust types.
fn in_json_terms(expected: &str) -> &str {
    match expected.strip_prefix("expected ").unwrap_or(expected) {
        "u8" | "u16" | "u32" | "u64" | "usize" => "expected a whole number, not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "expected a whole number",
        "f32" | "f64" => "expected a number",
        "a sequence" => "expected an array",
        "a map" => "expected an object",
        it if it.starts_with("struct ") => "expected an object",
        _ => expected,
    }
}

/// What would not be sent of a JSON body, with the names that lead to it, the innermost first.
#[derive(Debug)]
enum Lost {
    /// A property that the type does not know.
    Unknown(Vec<String>),
    /// An array in the place of an object, or the other way round.
    Shape(Vec<String>),
    /// A number that would become another one.
    Number(Vec<String>),
}

impl Lost {
    fn below(mut self, name: &dyn fmt::Display) -> Self {
        let (Self::Unknown(names) | Self::Shape(names) | Self::Number(names)) = &mut self;
        names.push(name.to_string());
        self
    }

    fn problem(self) -> String {
        match self.path().as_str() {
            "" => format!("is {}", self.what()),
            path => format!("has `{path}`, {}", self.what()),
        }
    }

    fn path(&self) -> String {
        let (Self::Unknown(names) | Self::Shape(names) | Self::Number(names)) = self;
        suggest::printable(&names.iter().rev().map(String::as_str).collect::<Vec<_>>().join("."))
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "which the operation does not take",
            Self::Shape(_) => "an array or an object where the operation takes the other",
            Self::Number(_) => "a number that the operation cannot carry exactly",
        }
    }
}

/// The names that lead to an ignored property, the innermost first.
fn names(path: &serde_ignored::Path<'_>) -> Vec<String> {
    use serde_ignored::Path;
    let mut names = Vec::new();
    let mut next = Some(path);
    while let Some(path) = next {
        next = match path {
            Path::Root => None,
            Path::Seq { parent, index } => {
                names.push(index.to_string());
                Some(parent)
            }
            Path::Map { parent, key } => {
                names.push(key.clone());
                Some(parent)
            }
            Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => Some(parent),
        };
    }
    names
}

/// The first thing in the given value that is not in the kept one, `null` apart.
fn lost(given: &Value, kept: &Value) -> Option<Lost> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| match kept.get(name) {
            Some(kept) => lost(value, kept).map(|lost| lost.below(name)),
            None => (!value.is_null()).then(|| Lost::Unknown(vec![name.clone()])),
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (value, kept))| lost(value, kept).map(|lost| lost.below(&index))),
        (Value::Array(_), Value::Object(_)) | (Value::Object(_), Value::Array(_)) => Some(Lost::Shape(Vec::new())),
        (Value::Number(given), Value::Number(kept)) => (!is_same(given, kept)).then(|| Lost::Number(Vec::new())),
        _ => None,
    }
}

/// Whether two numbers have the same value, however they are written: `5` is `5.0`.
fn is_same(given: &Number, kept: &Number) -> bool {
    match (given.as_i128(), kept.as_i128()) {
        (Some(given), Some(kept)) => given == kept,
        // An integer of JSON has 64 bits here, so each `f64` near one is exact as an `i128`.
        (Some(whole), None) => kept.as_f64().is_some_and(|kept| kept.fract() == 0.0 && kept as i128 == whole),
        (None, Some(whole)) => given.as_f64().is_some_and(|given| given.fract() == 0.0 && given as i128 == whole),
        // An `f32` is written with the fewest digits that tell it from others.
        (None, None) => given.as_f64().zip(kept.as_f64()).is_some_and(|(given, kept)| {
            let short = kept as f32;
            given == kept || (f64::from(short) == kept && short.to_string().parse() == Ok(given))
        }),
    }
}

fn unknown<'a>(what: &str, given: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let shown = suggest::printable(given);
    let guess = suggest::did_you_mean(given, names.clone());
    let known: Vec<&str> = names.collect();
    let known = if known.is_empty() { format!("no {what}s") } else { known.join(", ") };
    match guess {
        Some(guess) => format!("unknown {what} `{shown}`; {guess} (the operation takes {known})"),
        None => format!("unknown {what} `{shown}`; the operation takes {known}"),
    }
}
