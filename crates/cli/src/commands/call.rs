//! `call`: any operation, through the typed client.

use std::collections::HashSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::StreamExt as _;
use rosterkit_core::catalog::OperationEntry;
use rosterkit_core::dispatch::{Arguments, Content, Output};
use rosterkit_core::{Body, FilePart};
use serde_json::{Map, Value};

use super::{ops, values};
use crate::api::Api;
use crate::atomic_file::AtomicFile;
use crate::context::Context;
use crate::error::Error;
use crate::files::{self, Source};
use crate::global_args::Format;
use crate::{connect, text};

const EXAMPLES: &str = "\
The body of the answer goes to standard output, and nothing else: JSON indented (--output jsonl: on one line) with all \
that the service sent as it is spelled, anything else byte for byte. --out FILE takes the body byte for byte, unless \
--output, --query or --columns ask for another form. -v tells the status and the correlation id.

Examples:
  rosterkit --sandbox call genesys-users getUsers --params '{\"pageSize\": 5, \"expand\": [\"presence\"]}'
  rosterkit --sandbox call genesys-users getUsers --param pageSize=5 --query 'entities[].name'
  rosterkit --sandbox --sandbox-seed 7 call peoplefluent-lms records \\
    --param onBehalfOf=bebren.jorrova.0 --out records.xml
  rosterkit call genesys-users patchUser --params '{\"userId\": \"ID\"}' --body @change.json
  rosterkit call peoplefluent-lms externalTrainingCsv --body @training.csv
  rosterkit call peoplefluent-lms contentPackageImporter --param versioning=overwrite \\
    --file package=@course.zip
  rosterkit ops show patchUser";

/// Call any operation of the three services
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Call {
    /// The service
    #[arg(value_enum)]
    api: Api,
    /// The operation, as `rosterkit ops` lists it
    operation: String,
    /// Parameters as one JSON object, by the names of the spec; a list for a parameter with several values
    #[arg(long, value_name = "JSON|@FILE")]
    params: Option<String>,
    /// A parameter; again for another one, or for another value of a list
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// The body: JSON, or whatever the operation takes, such as CSV; `-` is standard input
    #[arg(long, value_name = "TEXT|@FILE|-")]
    body: Option<String>,
    /// A field of the form
    #[arg(long, value_name = "NAME=VALUE")]
    form: Vec<String>,
    /// A file of the form; `;type=MEDIA/TYPE` at the end says what it is
    #[arg(long, value_name = "NAME=@PATH")]
    file: Vec<String>,
    /// The form of the answer, where there are several, such as xml
    #[arg(long, value_name = "NAME")]
    representation: Option<String>,
    /// Write the answer's body to this file, whole or not at all
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Call {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let catalog = self.api.catalog();
        let operation = catalog.find(&self.operation).ok_or_else(|| ops::unknown(&[self.api], &self.operation))?;
        let printer = context.printer()?.or_else(&context.global, Format::Json);
        self.check_output(context, operation)?;
        let arguments = self.arguments(context, operation).await?;
        if let Some(path) = &self.out {
            // A place where no file can be is told of before anything is sent.
            drop(AtomicFile::create(path)?);
        }
        let id = operation.operation.id;
        let answer = match self.api {
            Api::GenesysUsers => connect::genesys(context).await?.api().dispatch(id, arguments).await?,
            Api::PeoplefluentLms => connect::lms(context).await?.api().dispatch(id, arguments).await?,
            Api::SessionClusters => connect::sessions(context).await?.api().dispatch(id, arguments).await?,
        };
        note(context, &answer);
        match (answer.content, self.out.as_deref()) {
            (Content::Empty, None) => Ok(()),
            (Content::Empty, Some(_)) => {
                context.hint("the answer has no body, so no file is written");
                Ok(())
            }
            (Content::Json(json), None) => match printer.layout() {
                Some(layout) => printer.verbatim(layout, &json.into_bytes()),
                None => printer.document(json.into_value()?),
            },
            (Content::Json(json), Some(path)) => {
                let mut file = AtomicFile::create(path)?;
                match printer.layout() {
                    // Nobody asks for another form than the one that came.
                    Some(_) if context.global.output.is_none() => file.add(&json.into_bytes())?,
                    Some(layout) => layout.lay_out(&json.into_bytes(), |piece| file.add(piece))?,
                    None => file.add(&printer.render(json.into_value()?)?)?,
                }
                file.finish()
            }
            (Content::Raw(body), Some(path)) => files::save(path, body).await,
            (Content::Raw(body), None) => print(body).await,
        }
    }

    /// Options about JSON have no effect on other answers. Where only the answer tells, they concern JSON.
    fn check_output(&self, context: &Context, operation: &OperationEntry) -> Result<(), Error> {
        let media_types = operation.response.media_types;
        let has_json = media_types.is_empty() || media_types.iter().any(|media_type| media_type.contains("json"));
        let global = &context.global;
        let given = [
            ("--query", global.query.is_some()),
            ("--columns", global.columns.is_some()),
            ("--output", global.output.is_some()),
        ];
        match given.iter().find(|(_, given)| *given && !has_json) {
            Some((option, _)) => {
                let types = media_types.join(" or ");
                Err(Error::usage(format!("{option} works on JSON, and this operation answers {types}: leave it out")))
            }
            None => Ok(()),
        }
    }

    async fn arguments(&self, context: &Context, operation: &OperationEntry) -> Result<Arguments, Error> {
        let mut arguments = Arguments::new();
        let mut params = Map::new();
        for text in &self.param {
            values::add(&mut params, operation, "--param", values::pair("--param", "pageSize=5", text)?)?;
        }
        for text in &self.form {
            values::add(&mut params, operation, "--form", values::pair("--form", "format=json", text)?)?;
        }
        if let Some(text) = &self.params {
            let Value::Object(given) = Source::of(text).json(context, "--params")? else {
                return Err(Error::usage("--params is no JSON object, such as '{\"pageSize\": 5}'"));
            };
            if let Some(name) = given.keys().find(|name| params.contains_key(*name)) {
                let name = text::shortened(name, 64);
                return Err(Error::usage(format!("parameter `{name}` is given twice: give it once")));
            }
            params.extend(given);
        }
        arguments = arguments.params(params)?;
        let mut files = HashSet::new();
        for given in &self.file {
            let (name, part) = file(given).await?;
            if !files.insert(name) {
                let name = text::shortened(name, 64);
                return Err(Error::usage(format!("file `{name}` is given more than once: give it once")));
            }
            arguments = arguments.file(name, part);
        }
        if let Some(representation) = &self.representation {
            arguments = arguments.representation(representation);
        }
        let Some(body) = self.body.as_deref().map(Source::of) else { return Ok(arguments) };
        let is_json = operation.request.is_none_or(|request| request.media_type.contains("json"));
        Ok(match is_json {
            true => arguments.json(body.json(context, "--body")?),
            false => arguments.raw(body.body(context, "--body").await?),
        })
    }
}

/// A file of `name=@path;type=media/type`.
async fn file(given: &str) -> Result<(&str, FilePart), Error> {
    let (name, path) = values::pair("--file", "package=@course.zip", given)?;
    let Some(path) = path.strip_prefix('@') else {
        return Err(Error::usage(format!(
            "--file takes NAME=@PATH, with an @ before the path: --file {name}=@course.zip"
        )));
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

/// Tells the status and the correlation id to those who ask for it.
fn note(context: &Context, answer: &Output) {
    let id = answer.correlation_id().map(|id| format!(", correlation id {}", text::printable(id))).unwrap_or_default();
    context.note(format_args!("{}{id}", answer.status));
}

/// Writes a body to standard output while it comes.
async fn print(mut body: Body) -> Result<(), Error> {
    let is_text = |it: &str| it.starts_with("text/") || ["xml", "json", "csv"].iter().any(|kind| it.ends_with(kind));
    let media_type = body.media_type().map(text::printable);
    if io::stdout().is_terminal() && !media_type.as_deref().is_some_and(is_text) {
        let what = media_type.unwrap_or_else(|| "of an unknown type".to_owned());
        return Err(Error::Service(format!("the answer is {what}, which is no text for a terminal: use --out FILE")));
    }
    let mut out = io::stdout();
    let mut shown = out.is_terminal().then(text::Pieces::default);
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        let written = match &mut shown {
            Some(shown) => out.write_all(shown.push(&chunk).as_bytes()),
            None => out.write_all(&chunk),
        };
        written.map_err(Error::output)?;
    }
    let last = shown.map(text::Pieces::end).unwrap_or_default();
    out.write_all(last.as_bytes()).and_then(|()| out.flush()).map_err(Error::output)
}
