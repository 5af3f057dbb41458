//! One call of an operation, put together by generated code.
//!
//! A [`Request`] collects parameters in any order. It never fails while it is built: the first problem is kept and
//! surfaces when the request is sent, as an error that names the parameter and the rule it breaks, not its value.

pub(crate) mod encode;
mod multipart;
mod required;
pub(crate) mod scope;

use std::fmt::{self, Display};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use url::Url;

use crate::options::is_request_id;
use crate::{Body, CallOptions, Error, FilePart, Operation};
use multipart::Part;

pub use required::Required;

/// A request of one operation.
///
/// ```
/// # use rosterkit_core::{Operation, Request};
/// static GET_USERS: Operation = Operation {
///     api: "genesys-users", id: "getUsers", method: "GET", path: "/api/v2/users",
///     security: &[&["PureCloud OAuth"]], repeatable: false, service_error: None, scope: &[],
/// };
/// let (page_size, expand) = (25, ["presence", "routingStatus"]);
/// let request = Request::new(&GET_USERS)
///     .check_range("pageSize", page_size, Some(1), Some(100))
///     .query("pageSize", &page_size)
///     .query_all("expand", &expand);
/// ```
pub struct Request {
    operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    content: Content,
    accept: Option<&'static str>,
    options: CallOptions,
    idempotent: Option<bool>,
    problem: Option<String>,
}

enum Content {
    None,
    Form(Vec<(&'static str, String)>),
    Multipart(Vec<Part>),
    Raw { media_type: &'static str, body: Body },
}

impl Request {
    /// A request without parameters.
    pub fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            path: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            content: Content::None,
            accept: None,
            options: CallOptions::new(),
            idempotent: None,
            problem: None,
        }
    }

    /// What is wrong with a value of a parameter of the path, if it cannot be sent; see [`path`](Self::path). For tools that
    /// check values before they have a client.
    pub fn path_problem(value: &str) -> Option<&'static str> {
        encode::path_problem(value)
    }

    /// Sets a parameter of the path. All but letters, digits and `-._~` is percent-encoded, a slash too.
    ///
    /// An empty value, and `.` and `..` alone or between slashes, also percent-encoded, are problems: they would call
    /// another path.
    pub fn path(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        let value = value.to_string();
        if let Some(problem) = encode::path_problem(&value) {
            self = self.invalid(name, problem);
        }
        self.path.push((name, value));
        self
    }

    /// Adds a parameter to the query. Repeated calls repeat the name.
    pub fn query(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds an array to the query: the name is repeated for each value, and an empty array adds nothing.
    pub fn query_all<T: Display>(self, name: &'static str, values: &[T]) -> Self {
        values.iter().fold(self, |request, value| request.query(name, value))
    }

    /// Sets a header. A value with line breaks or characters beyond ASCII is a problem.
    pub fn header(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            return self.invalid(name, "is not a valid header name");
        };
        let value = HeaderValue::try_from(value.to_string()).ok().filter(|value| value.to_str().is_ok());
        let Some(mut value) = value else {
            return self.invalid(name, "holds characters that a header cannot carry");
        };
        value.set_sensitive(true);
        self.headers.append(header, value);
        self
    }

    /// Adds a field of an `application/x-www-form-urlencoded` body. Repeated calls repeat the name.
    pub fn form(mut self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        let field = (name, value.to_string());
        match &mut self.content {
            Content::Form(fields) => fields.push(field),
            Content::None => self.content = Content::Form(vec![field]),
            Content::Multipart(_) | Content::Raw { .. } => return self.invalid(name, TWO_BODIES),
        }
        self
    }

    /// Adds an array to the form: the name is repeated for each value, and an empty array adds nothing.
    pub fn form_all<T: Display>(self, name: &'static str, values: &[T]) -> Self {
        values.iter().fold(self, |request, value| request.form(name, value))
    }

    /// Adds a text part to a `multipart/form-data` body. Repeated calls repeat the name.
    pub fn part(self, name: &'static str, value: &(impl Display + ?Sized)) -> Self {
        self.push_part(Part::text(name, value.to_string()))
    }

    /// Adds an array of text parts: the name is repeated for each value, and an empty array adds nothing.
    pub fn part_all<T: Display>(self, name: &'static str, values: &[T]) -> Self {
        values.iter().fold(self, |request, value| request.part(name, value))
    }

    /// Adds a file to a `multipart/form-data` body. It is streamed. The length of the whole is sent beforehand if the
    /// lengths of all files are known.
    pub fn part_file(self, name: &'static str, file: FilePart) -> Self {
        match Part::file(name, file) {
            Ok(part) => self.push_part(part),
            Err(problem) => self.invalid(name, problem),
        }
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body("application/json", json.into()),
            // The message of the serializer may quote a value.
            Err(_) => self.invalid("body", "cannot be written as JSON"),
        }
    }

    /// Sets a body of any media type.
    pub fn body(mut self, media_type: &'static str, body: Body) -> Self {
        match self.content {
            Content::None => self.content = Content::Raw { media_type, body },
            Content::Form(_) | Content::Multipart(_) | Content::Raw { .. } => return self.invalid("body", TWO_BODIES),
        }
        self
    }

    /// Checks that the JSON body has what the operation requires. The first property that is missing is reported when the
    /// request is sent, by its path, and nothing is sent. To be called after [`json`](Self::json); a request without a body
    /// lacks nothing.
    pub fn check_required(mut self, required: &'static Required) -> Self {
        if let Content::Raw { body, .. } = &self.content
            && let Some(path) = body.as_bytes().and_then(|json| required::missing(json, required))
        {
            self.problem.get_or_insert_with(|| format!("the JSON body lacks `{path}`, which the operation requires"));
        }
        self
    }

    /// Checks a whole number against the operation's limits, both of which are allowed values.
    pub fn check_range(self, name: &'static str, value: i64, min: Option<i64>, max: Option<i64>) -> Self {
        if min.is_none_or(|min| min <= value) && max.is_none_or(|max| value <= max) {
            return self;
        }
        self.invalid(name, limits("must be", min, max, ""))
    }

    /// Checks a number against the operation's limits, both of which are allowed values.
    pub fn check_range_f64(self, name: &'static str, value: f64, min: Option<f64>, max: Option<f64>) -> Self {
        if min.is_none_or(|min| min <= value) && max.is_none_or(|max| value <= max) {
            return self;
        }
        self.invalid(name, limits("must be", min, max, ""))
    }

    /// Checks the number of items of an array against the operation's limits, both of which are allowed.
    pub fn check_items(self, name: &'static str, len: usize, min: Option<usize>, max: Option<usize>) -> Self {
        if min.is_none_or(|min| min <= len) && max.is_none_or(|max| len <= max) {
            return self;
        }
        self.invalid(name, limits("must have", min, max, " items"))
    }

    /// Notes a problem with a parameter. The first one is reported when the request is sent, and nothing is sent.
    ///
    /// The message follows the name of the parameter and is printed, so it states the rule and not the value:
    /// `must be a date`.
    pub fn invalid(mut self, name: &'static str, message: impl Into<String>) -> Self {
        self.problem.get_or_insert_with(|| format!("parameter `{name}` {}", message.into()));
        self
    }

    /// Sets the `Accept` header, for operations whose representation the caller chooses. Without it the header says
    /// what the way of sending expects.
    pub fn accept(mut self, media_types: &'static str) -> Self {
        self.accept = Some(media_types);
        self
    }

    /// Says whether what this request contains may be sent twice with the effect of sending it once. For code that makes requests
    /// and knows what is in them; callers have [`CallOptions::idempotent`], which takes precedence. Options of the
    /// [client](crate::Transport::with_options) do not.
    ///
    /// ```
    /// # use rosterkit_core::{Operation, Request};
    /// # static UPSERT: Operation = Operation {
    /// #     api: "sample", id: "upsert", method: "POST", path: "/users/batch",
    /// #     security: &[], repeatable: false, service_error: None, scope: &[],
    /// # };
    /// let ids = ["person-1", "person-2", ""];
    /// // Without an id, the service would create the user a second time.
    /// let is_idempotent = ids.iter().all(|id| !id.trim().is_empty());
    /// let upsert = Request::new(&UPSERT).json(&ids).idempotent(is_idempotent);
    /// ```
    pub fn idempotent(mut self, is_idempotent: bool) -> Self {
        self.idempotent = Some(is_idempotent);
        self
    }

    /// Sets what this call does differently from its client, in place of options that were set before.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        match &self.options.request_id {
            Some(id) if !is_request_id(id) => self.invalid("request id", "must have 1 to 128 visible ASCII characters"),
            _ => self,
        }
    }

    /// Applies the value of a required setter, or notes why there is none.
    pub fn set<T>(self, name: &'static str, value: Result<T, String>, apply: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Ok(value) => apply(self, value),
            Err(problem) => self.invalid(name, problem),
        }
    }

    /// Applies the value of an optional setter, if it was set, or notes why it is invalid.
    pub fn set_optional<T>(
        self,
        name: &'static str,
        value: Result<Option<T>, String>,
        apply: impl FnOnce(Self, T) -> Self,
    ) -> Self {
        match value {
            Ok(Some(value)) => apply(self, value),
            Ok(None) => self,
            Err(problem) => self.invalid(name, problem),
        }
    }

    /// Applies the options of a builder, if it has some.
    pub fn call_options(self, options: Option<CallOptions>) -> Self {
        match options {
            Some(options) => self.options(options),
            None => self,
        }
    }

    /// Makes the body a form even if no field of it was set.
    pub fn form_body(mut self) -> Self {
        if let Content::None = self.content {
            self.content = Content::Form(Vec::new());
        }
        self
    }

    /// Adds options that hold for all calls of a client. Those of the request go first.
    pub(crate) fn or_options(mut self, options: &CallOptions) -> Self {
        let mut own = std::mem::take(&mut self.options);
        own.idempotent = own.idempotent.or(self.idempotent);
        self.options(own.or(options))
    }

    pub(crate) fn take_options(&mut self) -> CallOptions {
        std::mem::take(&mut self.options)
    }

    /// The operation that is called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    fn push_part(mut self, part: Part) -> Self {
        match &mut self.content {
            Content::Multipart(parts) => parts.push(part),
            Content::None => self.content = Content::Multipart(vec![part]),
            Content::Form(_) | Content::Raw { .. } => return self.invalid(part.name(), TWO_BODIES),
        }
        self
    }

    /// Puts the request onto a base URL and a path template, or reports its first problem.
    pub(crate) fn assemble(self, base: &Url, template: &str) -> Result<Assembled, Error> {
        if let Some(problem) = self.problem {
            return Err(Error::invalid_request(self.operation, problem));
        }
        let url = encode::url(base, template, &self.path, &self.query)
            .map_err(|problem| Error::invalid_request(self.operation, problem))?;
        let (content_type, body) = match self.content {
            Content::None => (None, None),
            Content::Form(fields) => {
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                (Some(HeaderValue::from_static("application/x-www-form-urlencoded")), Some(form.into()))
            }
            Content::Multipart(parts) => {
                let (content_type, body) = multipart::encode(parts);
                (Some(content_type), Some(body))
            }
            Content::Raw { media_type, body } => (Some(header_value(self.operation, media_type)?), Some(body)),
        };
        let accept = self.accept.map(|accept| header_value(self.operation, accept)).transpose()?;
        Ok(Assembled { url, headers: self.headers, content_type, body, accept })
    }
}

/// The parts of the HTTP request, apart from credentials.
pub(crate) struct Assembled {
    pub url: Url,
    pub headers: HeaderMap,
    pub content_type: Option<HeaderValue>,
    pub body: Option<Body>,
    pub accept: Option<HeaderValue>,
}

/// What is wrong with a required parameter that was not given, for [`Request::invalid`].
pub const REQUIRED: &str = "is required";

const TWO_BODIES: &str = "comes on top of a body of another kind";

fn header_value(operation: &'static Operation, media_type: &'static str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(media_type).map_err(|_| Error::invalid_request(operation, "invalid media type"))
}

fn limits<N: Display>(verb: &str, min: Option<N>, max: Option<N>, unit: &str) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{verb} from {min} to {max}{unit}"),
        (Some(min), None) => format!("{verb} at least {min}{unit}"),
        (None, Some(max)) => format!("{verb} at most {max}{unit}"),
        (None, None) => format!("{verb} within limits"),
    }
}

/// Shows the operation and the names of the parameters, no values.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(&'static str, String)]| pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        formatter
            .debug_struct("Request")
            .field("operation", &self.operation.id)
            .field("path", &names(&self.path))
            .field("query", &names(&self.query))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
