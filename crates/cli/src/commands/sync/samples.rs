//! `sync sample`, `sync init`, `sync schema`: what helps to write a sync file.

use std::io::{self, Write as _};

use clap::Args;
use rosterkit_sync::config::{self, Flow, From};
use rosterkit_sync::source::{Services, Source};
use serde_json::{Value, json};

use super::interrupt::Interrupt;
use super::setup::{self, FileOption};
use crate::context::Context;
use crate::error::Error;
use crate::global_args::Format;
use crate::listing;

const COLUMNS: [&str; 4] = ["side", "path", "type", "length"];

const SAMPLE: &str = "\
The paths can be used in the expressions of the sync file. Of values, their type is shown; of texts and lists, their length.

Examples:
  rosterkit --sandbox sync sample people
  rosterkit --sandbox sync sample people --output csv";
const INIT: &str = "\
The kinds of --from are genesys-users, lms-users, session-users, session-completions and file; those of --to are \
session-users, genesys-users, lms-users and lms-external-training.

Examples:
  rosterkit sync init people --from genesys-users --to session-users
  rosterkit sync init records --from session-completions --to lms-external-training > sync.toml";
const SCHEMA: &str = "\
Examples:
  rosterkit sync schema > rosterkit-sync.schema.json";

/// Show the paths of the first record of each side of a flow, without values
#[derive(Args, Debug)]
#[command(after_help = SAMPLE)]
pub(super) struct Sample {
    /// The flow
    #[arg(value_name = "FLOW")]
    flow: String,
    #[command(flatten)]
    file: FileOption,
}

impl Sample {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut rows = context.printer()?.fixed_rows(&COLUMNS)?;
        let file = setup::load(context, &self.file)?;
        setup::check_flow(&file, &self.flow)?;
        let services = setup::services(context, &file).await?;
        let Some(flow) = file.flows.iter().find(|flow| flow.name == self.flow) else { return rows.finish() };
        let mut interrupt = Interrupt::new();
        let source = interrupt.at_once(first_of_source(flow, &services)).await?;
        let target = interrupt.at_once(first_of_target(flow, &services)).await?;
        for (side, record) in [("source", source), ("target", target)] {
            match record {
                None if side == "target" && flow.completions.is_some() => {
                    context.hint("the LMS does not list training records");
                }
                Some(record) => {
                    paths("", &record, &mut |path, kind, length| {
                        rows.push(json!({ "side": side, "path": path, "type": kind, "length": length }))
                    })?;
                }
                None => context.hint(format_args!("the {side} has no record")),
            }
        }
        rows.finish()
    }
}

async fn first_of_source(flow: &Flow, services: &Services) -> Result<Option<Value>, Error> {
    if flow.from != From::SessionCompletions {
        return first(&Source::new(&flow.from)?, services).await;
    }
    let mut call = services.sessions()?.completions();
    if let Some(completions) = &flow.completions {
        let wrong = |_| Error::usage("`completions.since`: invalid date; expected YYYY-MM-DD");
        call =
            call.from(format!("{}T00:00:00Z", completions.since).parse::<rosterkit_core::Timestamp>().map_err(wrong)?);
    }
    match call.pager().limit(1).items().next().await {
        Some(completion) => Ok(Some(listing::row(&completion?)?)),
        None => Ok(None),
    }
}

async fn first_of_target(flow: &Flow, services: &Services) -> Result<Option<Value>, Error> {
    match flow.completions {
        // The LMS does not list training records.
        Some(_) => Ok(None),
        None => first(&Source::of_target(flow.to, Vec::new(), flow.target_listing)?, services).await,
    }
}

async fn first(source: &Source, services: &Services) -> Result<Option<Value>, Error> {
    let rows = source.open(services)?.next().await?;
    Ok(rows.and_then(|rows| rows.into_iter().next()).map(|row| row.value))
}

/// Gives the path, the type and the length of each value of a record.
fn paths(
    path: &str,
    value: &Value,
    take: &mut impl FnMut(&str, &str, Option<usize>) -> Result<(), Error>,
) -> Result<(), Error> {
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let name = identifier(name);
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            paths(&path, value, take)
        }),
        Value::Array(items) => {
            take(path, "list", Some(items.len()))?;
            // The others are like the first.
            items.first().map_or(Ok(()), |item| paths(&format!("{path}[0]"), item, take))
        }
        Value::String(text) => take(path, "text", Some(text.chars().count())),
        Value::Number(_) => take(path, "number", None),
        Value::Bool(_) => take(path, "true or false", None),
        Value::Null => take(path, "null", None),
    }
}

/// A name as JMESPath writes it.
fn identifier(name: &str) -> String {
    let is_plain = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && name.chars().next().is_some_and(|it| !it.is_ascii_digit());
    if is_plain { name.to_owned() } else { Value::from(name).to_string() }
}

/// Print a sync file with a flow, with comments
#[derive(Args, Debug)]
#[command(after_help = INIT)]
pub(super) struct Init {
    /// The name of the flow: letters, digits, `-` and `_`
    #[arg(value_name = "FLOW")]
    flow: String,
    /// Where records come from
    #[arg(long, value_name = "KIND")]
    from: String,
    /// Where they go
    #[arg(long, value_name = "KIND")]
    to: String,
}

impl Init {
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("sync init")?;
        let example = config::example(&self.from, &self.to, &self.flow).map_err(Error::usage)?;
        io::stdout().write_all(example.as_bytes()).and_then(|()| io::stdout().flush()).map_err(Error::output)
    }
}

/// Print the JSON schema of sync files, for editors
#[derive(Args, Debug)]
#[command(after_help = SCHEMA)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("sync schema")?;
        context.printer()?.or_else(&context.global, Format::Json).document(config::json_schema())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_every_value_and_show_none() {
        let record = json!({ "id": "u-1", "odd name": true, "skills": [{ "name": "first aid" }, {}], "manager": { "id": null } });
        let mut found = Vec::new();
        paths("", &record, &mut |path, kind, length| {
            found.push(format!("{path} {kind} {length:?}"));
            Ok(())
        })
        .expect("taken");
        assert_eq!(
            found,
            [
                "id text Some(3)",
                "manager.id null None",
                "\"odd name\" true or false None",
                "skills list Some(2)",
                "skills[0].name text Some(9)",
            ]
        );
    }
}
