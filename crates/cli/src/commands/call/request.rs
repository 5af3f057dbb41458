//! The request of `call`: its arguments as they were given, and the check and the sending of them.

use std::collections::HashSet;
use std::path::Path;

use clap::Args;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use rosterkit_core::catalog::{Location, OperationEntry};
use rosterkit_core::dispatch::{Arguments, Output};
use rosterkit_core::{Error as CallError, ErrorKind, FilePart};
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::commands::values;
use crate::context::Context;
use crate::error::Error;
use crate::files::{self, Source};
use crate::{connect, text};

/// An address that is never asked: the check ends before.
const NO_ADDRESS: &str = "https://rosterkit.invalid";

/// What a request is made of, as text.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Parameters as a JSON object, with the names of the spec; an array for a parameter with several values
    #[arg(long, value_name = "JSON|@FILE")]
    params: Option<String>,
    /// A parameter; repeat it for more parameters, or for more values of an array
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// The request body: JSON, or what the operation accepts, such as CSV; `-` is standard input
    #[arg(long, value_name = "TEXT|@FILE|-")]
    body: Option<String>,
    /// A form field
    #[arg(long, value_name = "NAME=VALUE")]
    form: Vec<String>,
    /// A file of the form; `;type=MEDIA/TYPE` at the end sets its media type
    #[arg(long, value_name = "NAME=@PATH")]
    file: Vec<String>,
    /// The representation of the response, if there are several, such as xml
    #[arg(long, value_name = "NAME")]
    representation: Option<String>,
}

/// A request: the arguments, and the parts of them that can be shown.
pub(super) struct Request {
    pub operation: &'static OperationEntry,
    pub params: Map<String, Value>,
    pub json: Option<Value>,
    files: Vec<String>,
    has_raw_body: bool,
    pub arguments: Arguments,
}

impl Request {
    /// Reads the options, and the files that they name.
    ///
    /// # Errors
    /// If they are invalid, or a file cannot be read.
    pub(super) async fn read(
        context: &Context,
        operation: &'static OperationEntry,
        options: &Options,
    ) -> Result<Self, Error> {
        let mut params = Map::new();
        for text in &options.param {
            values::add(&mut params, operation, "--param", values::pair("--param", "pageSize=5", text)?)?;
        }
        for text in &options.form {
            values::add(&mut params, operation, "--form", values::pair("--form", "format=json", text)?)?;
        }
        if let Some(text) = &options.params {
            let Value::Object(given) = Source::of(text).json(context, "--params")? else {
                return Err(Error::usage("--params: expected a JSON object, such as '{\"pageSize\": 5}'"));
            };
            if let Some(name) = given.keys().find(|name| params.contains_key(*name)) {
                let name = text::shortened(name, 64);
                return Err(Error::usage(format!("parameter `{name}` is given twice: give it only once")));
            }
            params.extend(given);
        }
        let mut arguments = Arguments::new().params(params.clone())?;
        let mut files = HashSet::new();
        for given in &options.file {
            let (name, part) = file(given).await?;
            if !files.insert(name) {
                let name = text::shortened(name, 64);
                return Err(Error::usage(format!("file `{name}` is given more than once: give it only once")));
            }
            arguments = arguments.file(name, part);
        }
        if let Some(representation) = &options.representation {
            arguments = arguments.representation(representation);
        }
        let is_json = operation.request.is_none_or(|request| request.media_type.contains("json"));
        let (mut json, mut has_raw_body) = (None, false);
        if let Some(body) = options.body.as_deref().map(Source::of) {
            if is_json {
                let value = body.json(context, "--body")?;
                arguments = arguments.json(value.clone());
                json = Some(value);
            } else {
                arguments = arguments.raw(body.body(context, "--body").await?);
                has_raw_body = true;
            }
        }
        Ok(Self { operation, params, json, files: options.file.clone(), has_raw_body, arguments })
    }

    /// The path with its parameters.
    pub(super) fn path(&self) -> String {
        self.params.iter().fold(self.operation.operation.path.to_owned(), |path, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            path.replace(&format!("{{{name}}}"), &value)
        })
    }

    /// The parameters of the path.
    pub(super) fn path_params(&self) -> Map<String, Value> {
        let is_in_path =
            |name: &str| self.operation.parameter(name).is_some_and(|it| matches!(it.location, Location::Path));
        self.params
            .iter()
            .filter(|(name, _)| is_in_path(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// What would be sent, for people. A body that is not JSON is named by its media type.
    pub(super) fn shown(&self) -> Value {
        let in_path = self.path_params();
        let mut shown = json!({ "method": self.operation.operation.method, "path": self.path() });
        let rest: Map<String, Value> = self
            .params
            .iter()
            .filter(|(name, _)| !in_path.contains_key(*name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        if !rest.is_empty() {
            shown["parameters"] = rest.into();
        }
        if !self.files.is_empty() {
            shown["files"] = self.files.clone().into();
        }
        if let Some(body) = &self.json {
            shown["body"] = body.clone();
        } else if self.has_raw_body {
            shown["body"] = self.operation.request.map_or("", |request| request.media_type).into();
        }
        shown
    }
}

/// Checks arguments as the client does before it sends something. Of its checks, that of the credential is the last one, and
/// the client of this check has none. Operations that write need one.
///
/// # Errors
/// If the arguments are invalid.
pub(super) async fn check(api: Api, operation: &'static OperationEntry, arguments: Arguments) -> Result<(), Error> {
    let id = operation.operation.id;
    let result = match api {
        Api::GenesysUsers => {
            genesys_users::Client::builder().base_url(NO_ADDRESS).build()?.api().dispatch(id, arguments).await
        }
        Api::PeoplefluentLms => {
            peoplefluent_lms::Client::builder().base_url(NO_ADDRESS).build()?.api().dispatch(id, arguments).await
        }
        Api::SessionClusters => {
            session_clusters::Client::builder().base_url(NO_ADDRESS).build()?.api().dispatch(id, arguments).await
        }
    };
    match result {
        Err(error) if error.kind() == ErrorKind::MissingCredential => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => {
            Err(Error::Service(format!("`{id}` needs no credential, so that it cannot be checked without a call")))
        }
    }
}

/// The call of an operation, which is sent when it is awaited.
///
/// # Errors
/// If the settings of the service are invalid.
pub(super) async fn call(
    context: &Context,
    api: Api,
    operation: &'static OperationEntry,
    arguments: Arguments,
) -> Result<LocalBoxFuture<'static, Result<Output, CallError>>, Error> {
    let id = operation.operation.id;
    Ok(match api {
        Api::GenesysUsers => {
            let client = connect::genesys(context).await?;
            async move { client.api().dispatch(id, arguments).await }.boxed_local()
        }
        Api::PeoplefluentLms => {
            let client = connect::lms(context).await?;
            async move { client.api().dispatch(id, arguments).await }.boxed_local()
        }
        Api::SessionClusters => {
            let client = connect::sessions(context).await?;
            async move { client.api().dispatch(id, arguments).await }.boxed_local()
        }
    })
}

/// Parses `name=@path;type=media/type`.
async fn file(given: &str) -> Result<(&str, FilePart), Error> {
    let (name, path) = values::pair("--file", "package=@course.zip", given)?;
    let Some(path) = path.strip_prefix('@') else {
        return Err(Error::usage(format!("--file: expected NAME=@PATH, such as --file {name}=@course.zip")));
    };
    let (path, media_type) = match path.rsplit_once(";type=") {
        Some((path, media_type)) => (path, Some(media_type)),
        None => (path, None),
    };
    let path = Path::new(path);
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = FilePart::new(file_name, files::stream_file(path).await?);
    Ok((name, media_type.into_iter().fold(part, |part, media_type| part.with_media_type(media_type))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_writes_needs_a_credential_so_that_a_check_sends_nothing() {
        let mut writing = 0;
        for api in [Api::GenesysUsers, Api::PeoplefluentLms, Api::SessionClusters] {
            for entry in api.catalog().operations.iter().filter(|entry| !entry.operation.only_reads()) {
                writing += 1;
                assert!(!entry.operation.security.is_empty(), "{}", entry.operation.id);
            }
        }
        assert!(writing > 100, "{writing}");
    }
}
