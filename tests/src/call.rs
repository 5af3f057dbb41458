//! One call of an operation: the arguments that a caller gives, and what must be sent for them.

use rosterkit_codegen::example::{Variant, body_example, normalized};
use rosterkit_codegen::model::{Api, ApiOperation, ApiParameter, Location};
use rosterkit_codegen::spec::Schema;
use rosterkit_core::dispatch::Arguments;
use serde_json::{Map, Value};

use crate::expected::{Expected, ExpectedBody};
use crate::values::{ParameterValue, content, parameter};
use crate::wire::Part;

/// Text of a raw body: with a byte order mark and line ends that must arrive as they are.
const RAW: &str = "\u{feff}<Rows>\r\n  é &amp; \u{1f642},\"a\"\n</Rows>\r\n";

/// Which parameters a call gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Every parameter and the body.
    All,
    /// The required ones.
    Required,
}

/// Which of an operation's representations a call asks for, if there are some, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The first one.
    First,
    /// This one.
    Named(&'a str),
    /// This one, as a value of the parameter that chooses.
    Parameter(&'a str),
    /// None: the documented default is sent, since the parameter is required.
    Default,
}

/// How a call is made up.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Which parameters.
    pub fill: Fill,
    /// What the values of enumerations, and the JSON body, are like.
    pub variant: Variant,
    /// The representation to ask for.
    pub representation: Choice<'a>,
    /// A parameter, a file or `body` to leave out.
    pub without: Option<&'a str>,
    /// Whether files and raw bodies are streams of unknown length.
    pub streamed: bool,
}

impl Plan<'_> {
    /// Everything given, with full examples.
    pub const FULL: Self =
        Self { fill: Fill::All, variant: Variant::Full, representation: Choice::First, without: None, streamed: false };
    /// What is required given, with minimal examples.
    pub const REQUIRED: Self = Self { fill: Fill::Required, variant: Variant::Minimal, ..Self::FULL };
}

/// One call.
#[derive(Debug)]
pub struct Call {
    /// What the client is given.
    pub arguments: Arguments,
    /// What it must send, but for the credential.
    pub expected: Expected,
}

impl Call {
    /// Makes up a call of an operation.
    pub fn new(api: &Api, operation: &ApiOperation, plan: Plan<'_>) -> Self {
        let mut call = Self {
            arguments: Arguments::new(),
            expected: Expected {
                method: operation.method.to_owned(),
                segments: operation.path.split('/').skip(1).map(str::to_owned).collect(),
                accept: accept(operation, representation(operation, plan.representation)),
                ..Expected::default()
            },
        };
        match operation.form {
            Some(Location::Multipart) => call.expected.body = ExpectedBody::Parts(Vec::new()),
            Some(_) => call.expected.body = ExpectedBody::Form(Default::default()),
            None => {}
        }
        for (index, it) in operation.parameters.iter().enumerate() {
            let is_selector = operation.representations.as_ref().is_some_and(|chosen| chosen.parameter == it.name);
            let is_given = (plan.fill == Fill::All || it.required) && plan.without != Some(it.name.as_str());
            if is_given && !is_selector {
                call.give(it, parameter(api, it, plan, index + 1));
            }
        }
        if let (Some(chosen), Some((value, _))) =
            (&operation.representations, representation(operation, plan.representation))
        {
            call.arguments = match plan.representation {
                Choice::First | Choice::Named(_) => call.arguments.representation(value),
                Choice::Parameter(_) => call.arguments.param(&chosen.parameter, value),
                Choice::Default => call.arguments,
            };
            let selector = operation.parameters.iter().find(|parameter| parameter.name == chosen.parameter);
            selector.into_iter().for_each(|selector| call.expected.put(selector, vec![value.to_owned()]));
        }
        let body = operation.body.as_ref().filter(|body| plan.fill == Fill::All || body.required);
        if let Some(body) = body.filter(|_| plan.without != Some("body")) {
            if body.is_json() {
                let value = body_example(api, &body.schema, plan.variant);
                call = call.json(api, operation, value);
            } else {
                call.arguments = call.arguments.raw(content(RAW.into(), plan.streamed));
                // Without its charset, text is taken for Latin-1 by the servlets that read it.
                let charset = if body.media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
                call.expected.body = ExpectedBody::Raw(format!("{}{charset}", body.media_type), RAW.into());
            }
        }
        call
    }

    /// Gives a JSON body.
    pub fn json(mut self, api: &Api, operation: &ApiOperation, value: Value) -> Self {
        if let Some(body) = &operation.body {
            self.expected.body = ExpectedBody::Json(sent(api, operation, &body.schema, &value));
            self.arguments = self.arguments.json(value);
        }
        self
    }

    fn give(&mut self, parameter: &ApiParameter, value: ParameterValue) {
        let arguments = std::mem::take(&mut self.arguments);
        match value {
            ParameterValue::Plain(value, texts) => {
                self.arguments = arguments.param(&parameter.name, value);
                self.expected.put(parameter, texts);
            }
            ParameterValue::File(file, part) => {
                self.arguments = arguments.file(&parameter.name, file);
                if let ExpectedBody::Parts(parts) = &mut self.expected.body {
                    parts.push(part);
                }
            }
        }
    }
}

impl Expected {
    /// Expects a parameter where its operation has it.
    pub(crate) fn put(&mut self, parameter: &ApiParameter, texts: Vec<String>) {
        let name = &parameter.name;
        match (parameter.location, &mut self.body) {
            (Location::Path, _) => {
                let place = format!("{{{name}}}");
                self.segments.iter_mut().for_each(|segment| *segment = segment.replace(&place, &texts.concat()));
            }
            (Location::Query, _) => drop(self.query.insert(name.clone(), texts)),
            (Location::Header, _) => drop(self.headers.insert(name.to_lowercase(), texts.join(","))),
            (Location::Form, ExpectedBody::Form(fields)) => drop(fields.insert(name.clone(), texts)),
            (Location::Multipart, ExpectedBody::Parts(parts)) => parts.extend(texts.into_iter().map(|text| Part {
                name: name.clone(),
                file_name: None,
                media_type: None,
                content: text.into_bytes(),
            })),
            (Location::Form | Location::Multipart, _) => {}
        }
    }
}

/// The representation that a call asks for, with its media type.
pub(crate) fn representation<'a>(operation: &'a ApiOperation, choice: Choice<'_>) -> Option<(&'a str, &'a str)> {
    let chosen = operation.representations.as_ref()?;
    let default = || {
        let selector = operation.parameters.iter().find(|parameter| parameter.name == chosen.parameter)?;
        selector.schema.default.as_ref()?.as_str()
    };
    let asked = match choice {
        Choice::First => chosen.media.keys().next()?,
        Choice::Named(value) | Choice::Parameter(value) => value,
        Choice::Default => default()?,
    };
    chosen.media.get_key_value(asked).map(|(value, media_type)| (value.as_str(), media_type.as_str()))
}

fn accept(operation: &ApiOperation, chosen: Option<(&str, &str)>) -> Vec<String> {
    match chosen {
        Some((_, media_type)) => vec![media_type.to_owned()],
        None if operation.response.content.is_empty() => vec!["*/*".to_owned()],
        None => operation.response.content.keys().cloned().collect(),
    }
}

/// What a JSON body is sent as: nothing is lost but what its type cannot hold. In the body of a `PATCH` the `null` of a
/// property clears it, and so must be sent.
fn sent(api: &Api, operation: &ApiOperation, schema: &Schema, value: &Value) -> Value {
    let plain = normalized(api, schema, value);
    if operation.method == "PATCH" { with_nulls(api, schema, value, plain) } else { plain }
}

fn with_nulls(api: &Api, schema: &Schema, given: &Value, plain: Value) -> Value {
    let schema = api.resolve(schema);
    match (given, plain) {
        (Value::Object(given), Value::Object(plain)) if schema.is_struct() => {
            let is_cleared = |name: &str, value: &Value| value.is_null() && schema.properties.contains_key(name);
            let nulls = given.iter().filter(|(name, value)| is_cleared(name, value));
            let nulls: Map<_, _> = nulls.map(|(name, value)| (name.clone(), value.clone())).collect();
            Value::Object(plain.into_iter().chain(nulls).collect())
        }
        (Value::Array(given), Value::Array(plain)) => match &schema.items {
            Some(items) => given.iter().zip(plain).map(|(given, plain)| with_nulls(api, items, given, plain)).collect(),
            None => Value::Array(plain),
        },
        (_, plain) => plain,
    }
}
