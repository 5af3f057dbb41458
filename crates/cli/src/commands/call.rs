//! `call`: any operation of the three services.

mod plan;
mod request;

use std::path::PathBuf;

use clap::Args;
use peoplefluent_lms::refusal;
use rosterkit_core::Body;
use rosterkit_core::catalog::OperationEntry;
use rosterkit_core::dispatch::{Content, Json, Output};

use self::request::{Options, Request};
use super::ops;
use crate::api::Api;
use crate::atomic_file::AtomicFile;
use crate::bulk::{self, Write};
use crate::context::Context;
use crate::error::Error;
use crate::files;
use crate::global_args::Format;
use crate::output::{Layout, Printer, raw};
use crate::text;

const EXAMPLES: &str = "\
Only the response body goes to standard output. JSON is indented (with --output jsonl: on one line), and its values are \
unchanged; other bodies are printed byte for byte. --out FILE has the body byte for byte, unless --output, --query or \
--columns is given. -v shows the status and the correlation id. --plan compares the fields of the body of a PATCH or PUT with \
what a GET of the same path reads; other operations have no plan.

Examples:
  rosterkit --sandbox call genesys-users getUsers --params '{\"pageSize\": 5, \"expand\": [\"presence\"]}'
  rosterkit --sandbox call genesys-users getUsers --param pageSize=5 --query 'entities[].name'
  rosterkit --sandbox --sandbox-seed 7 call peoplefluent-lms records \\
    --param onBehalfOf=bebren.jorrova.0 --out records.xml
  rosterkit call genesys-users patchUser --params '{\"userId\": \"ID\"}' --body @change.json
  rosterkit --sandbox call genesys-users patchUser --plan \\
    --param userId=21d22dff-4542-4091-a511-1910d103413e --body '{\"version\": 1, \"title\": \"Agent\"}'
  rosterkit call genesys-users deleteUser --param userId=ID --dry-run
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
    #[command(flatten)]
    options: Options,
    /// Write the response body to this file, all or nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "plan"])]
    out: Option<PathBuf>,
    /// Check the form of a request that writes and print what would be sent; send nothing, and need no account
    #[arg(long, help_heading = "Before a change")]
    dry_run: bool,
    /// Read what a PATCH or PUT would change and print it, field by field; change nothing
    #[arg(long, conflicts_with = "dry_run", help_heading = "Before a change")]
    plan: bool,
    /// With --plan: exit code 6 if something would change
    #[arg(long, requires = "plan", help_heading = "Before a change")]
    exit_code: bool,
}

impl Call {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let catalog = self.api.catalog();
        let operation = catalog.find(&self.operation).ok_or_else(|| ops::unknown(&[self.api], &self.operation))?;
        if self.dry_run || self.plan {
            return self.look(context, operation).await;
        }
        let printer = context.printer()?.or_else(&context.global, Format::Json);
        self.check_output(context, operation)?;
        let Request { arguments, .. } = Request::read(context, operation, &self.options).await?;
        if let Some(path) = &self.out {
            // A path that cannot be written is reported before anything is sent.
            drop(AtomicFile::create(path)?);
        }
        let id = operation.operation.id;
        let call = request::call(context, self.api, operation, arguments).await?;
        if operation.operation.only_reads() {
            let response = call.await?;
            note(context, &response);
            return match response.content {
                Content::Empty => self.print_nothing(context),
                Content::Json(json) => self.print_json(context, printer, json),
                Content::Raw(body) => self.print_raw(&[], body).await,
            };
        }
        let mut write = Write::begin(context, format!("the call of `{id}`"));
        let response = write.send(call).await?;
        let mut is_refused = false;
        note(context, &response);
        let printed = match response.content {
            Content::Empty => self.print_nothing(context),
            Content::Json(json) => {
                let body = json.bytes().clone();
                is_refused = refusal::in_head(&body).is_some();
                let printed = self.print_json(context, printer, json);
                if printed.as_ref().is_err_and(|error| !matches!(error, Error::BrokenPipe | Error::Interrupted(_))) {
                    // The response is not lost with the form that was asked for. If this fails as well, the reason is
                    // the one that is reported.
                    let _ = context.plain_printer()?.json_text(Layout::Indented, &body);
                }
                printed
            }
            Content::Raw(mut body) => {
                let print = async {
                    let head = files::head(&mut body).await?;
                    is_refused = refusal::in_head(&head).is_some();
                    self.print_raw(&head, body).await
                };
                match write.send(print).await {
                    // The body is a part of the response, so that the outcome is not known without it.
                    Err(error @ (Error::Call { .. } | Error::Interrupted(_))) => return Err(error),
                    printed => printed,
                }
            }
        };
        match is_refused {
            // The response has the words of the service.
            true => write.refused(printed, &format!("`{id}`")),
            false => write.end(printed),
        }
    }

    /// Shows what would be sent or changed.
    async fn look(&self, context: &Context, operation: &'static OperationEntry) -> Result<(), Error> {
        let id = operation.operation.id;
        if operation.operation.only_reads() {
            let option = if self.plan { "--plan" } else { "--dry-run" };
            return Err(Error::usage(format!("`{id}` only reads: call it without {option}; nothing was sent")));
        }
        let request = Request::read(context, operation, &self.options).await?;
        if self.plan {
            return plan::print(context, self.api, request, self.exit_code).await;
        }
        let shown = request.shown();
        request::check(self.api, operation, request.arguments).await?;
        bulk::check_named(context, vec![(id.to_owned(), shown)]).await
    }

    fn print_nothing(&self, context: &Context) -> Result<(), Error> {
        if self.out.is_some() {
            context.hint("the response has no body: no file is written");
        }
        Ok(())
    }

    fn print_json(&self, context: &Context, printer: Printer, json: Json) -> Result<(), Error> {
        let Some(path) = &self.out else {
            return match printer.layout() {
                Some(layout) => printer.json_text(layout, &json.into_bytes()),
                None => printer.document(json.into_value()?),
            };
        };
        let mut file = AtomicFile::create(path)?;
        match printer.layout() {
            // Without an output option, the file has the bytes of the response.
            Some(_) if context.global.output.is_none() => file.add(&json.into_bytes())?,
            Some(layout) => layout.lay_out(&json.into_bytes(), |piece| file.add(piece))?,
            None => file.add(&printer.render(json.into_value()?)?)?,
        }
        file.finish()
    }

    /// Prints a body whose beginning may have been read before.
    async fn print_raw(&self, head: &[u8], body: Body) -> Result<(), Error> {
        match &self.out {
            Some(path) => files::save(path, head, body).await,
            None => raw::print(head, body).await,
        }
    }

    /// Rejects options that work on JSON only, if the operation never responds with JSON.
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
                Err(Error::usage(format!(
                    "{option} requires JSON, but the response of this operation is {types}: remove it"
                )))
            }
            None => Ok(()),
        }
    }
}

/// Writes the status and the correlation id to standard error, with `--verbose`.
fn note(context: &Context, response: &Output) {
    let id =
        response.correlation_id().map(|id| format!(", correlation id {}", text::printable(id))).unwrap_or_default();
    context.note(format_args!("{}{id}", response.status));
}
