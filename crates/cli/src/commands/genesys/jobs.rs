//! `genesys jobs`: analytics queries as jobs.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use genesys_users::generated::operations;
use genesys_users::types::{AsyncUserDetailsQuery, UserAsyncAggregationQuery};
use genesys_users::{AnalyticsJobs, Client};
use rosterkit_core::Error as CallError;
use rosterkit_core::job::{JobErrorKind, JobPolicy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::fields;
use crate::bulk::{self, Write};
use crate::commands::datetime::Interval;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::files::Source;
use crate::listing::{self, OutFile};
use crate::text;

const RUN: &str = "\
The command starts the job, waits until it is done, prints the results as they arrive, and deletes the job, also if \
--limit leaves out some results. If the command stops before, the job stays on the service and --resume continues it.

Examples:
  rosterkit --sandbox genesys jobs run details --interval 2024-12-01/2024-12-08 --output jsonl
  rosterkit --sandbox genesys jobs run aggregates --interval 2024-12-01/2024-12-08 \\
    --metrics tSystemPresence --group-by userId --output json
  rosterkit --sandbox genesys jobs run details --interval 7d/now --output jsonl
  rosterkit genesys jobs run aggregates --body @query.json --output json
  rosterkit --sandbox genesys jobs run details --interval 2024-12-01/2024-12-08 --out details.jsonl
  rosterkit genesys jobs run details --interval 2024-12-01T09:00Z/2024-12-01T17:00+01:00 --keep
  rosterkit genesys jobs run details --interval 2024-12-01/2024-12-08 --dry-run
  rosterkit genesys jobs run details --resume JOB_ID";

/// Run analytics queries as jobs
#[derive(Args, Debug)]
#[command(after_help = RUN)]
pub(crate) struct Jobs {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Run a query as a job, and print its results (postAnalyticsUsers…Jobs, getAnalyticsUsers…Job, getAnalyticsUsers…JobResults, deleteAnalyticsUsers…Job)
    #[command(after_help = RUN)]
    Run(Run),
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").args(["interval", "body", "resume"]).required(true).multiple(true))]
struct Run {
    /// What to query
    #[arg(value_enum)]
    kind: Kind,
    /// The interval: START/END, each a day (UTC), a date-time with an offset, or relative: 7d/now
    #[arg(long, value_name = "START/END")]
    interval: Option<Interval>,
    /// The metrics to aggregate (aggregates), such as tSystemPresence or tAgentRoutingStatus
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "resume")]
    metrics: Vec<String>,
    /// The dimensions to group by (aggregates), such as userId
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "resume")]
    group_by: Vec<String>,
    /// The query as JSON, which the other options add to
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: Option<String>,
    /// Continue with a job that was started before
    #[arg(long, value_name = "JOB", value_parser = super::by_id::id, conflicts_with_all = ["interval", "body"])]
    resume: Option<String>,
    /// Print at most N results
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    file: OutFile,
    /// Keep the job and its results on the service
    #[arg(long)]
    keep: bool,
    /// Check the query and print it; start no job, and need no account
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// How long to wait for the job, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    wait: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Presences and routing statuses of users, one by one
    Details,
    /// Aggregated presences and routing statuses
    Aggregates,
}

/// A job that is not deleted yet. When dropped, also by Ctrl-C, it writes how to resume the job.
struct Unfinished<'a> {
    context: &'a Context,
    id: Option<String>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            let id = text::printable(id);
            self.context.hint(format_args!("job {id} stays on the service; --resume {id} continues it"));
        }
    }
}

impl Jobs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let JobsCommand::Run(run) = self.command;
        let query = run.query(context).await?;
        let shown = query.clone().map(Value::Object).filter(|_| run.dry_run);
        match run.kind {
            Kind::Details => {
                let query: Option<AsyncUserDetailsQuery> =
                    query.map(|it| fields::body(&operations::POST_ANALYTICS_USERS_DETAILS_JOBS, it)).transpose()?;
                if let Some(query) = shown {
                    return bulk::check_named(context, vec![("details".to_owned(), query)]).await;
                }
                let client = connect::genesys(context).await?;
                let start = query.map(|query| start_details(&client, query));
                let columns = ["userId", "primaryPresence", "routingStatus"];
                run.follow(context, client.analytics().details_jobs(), start, &columns).await
            }
            Kind::Aggregates => {
                let query: Option<UserAsyncAggregationQuery> =
                    query.map(|it| fields::body(&operations::POST_ANALYTICS_USERS_AGGREGATES_JOBS, it)).transpose()?;
                if let Some(query) = shown {
                    return bulk::check_named(context, vec![("aggregates".to_owned(), query)]).await;
                }
                let client = connect::genesys(context).await?;
                let start = query.map(|query| start_aggregates(&client, query));
                run.follow(context, client.analytics().aggregates_jobs(), start, &["group", "data"]).await
            }
        }
    }
}

async fn start_details(client: &Client, query: AsyncUserDetailsQuery) -> Result<String, CallError> {
    client.analytics().start_details(query).await
}

async fn start_aggregates(client: &Client, query: UserAsyncAggregationQuery) -> Result<String, CallError> {
    client.analytics().start_aggregates(query).await
}

impl Run {
    /// The query; `None` with `--resume`.
    async fn query(&self, context: &Context) -> Result<Option<Map<String, Value>>, Error> {
        if self.resume.is_some() {
            return Ok(None);
        }
        let mut query = match self.body.as_deref().map(|body| Source::of(body).json(context, "--body")).transpose()? {
            None => Map::new(),
            Some(Value::Object(query)) => query,
            Some(_) => return Err(Error::usage("--body: expected a JSON object")),
        };
        let lists = [("metrics", "--metrics", &self.metrics), ("groupBy", "--group-by", &self.group_by)];
        let lists = lists.map(|(field, option, names)| (field, option, (!names.is_empty()).then(|| json!(names))));
        let interval = match &self.interval {
            Some(interval) => {
                let [start, end] = interval.resolve(context, "--interval").await?;
                Some(json!(format!("{start}/{end}")))
            }
            None => None,
        };
        let interval = ("interval", "--interval", interval);
        for (field, option, value) in lists.into_iter().chain([interval]) {
            let Some(value) = value else { continue };
            if self.kind == Kind::Details && field != "interval" {
                return Err(Error::usage(format!("{option} is for `aggregates`, not for `details`: remove it")));
            }
            if query.insert(field.to_owned(), value).is_some() {
                return Err(Error::usage(format!("{option} and --body both set `{field}`: give only one of them")));
            }
        }
        if self.kind == Kind::Aggregates && !query.contains_key("metrics") {
            return Err(Error::usage("the query has no metrics: give --metrics, such as --metrics tSystemPresence"));
        }
        if !query.contains_key("interval") {
            return Err(Error::usage("the query has no interval: give --interval START/END"));
        }
        Ok(Some(query))
    }

    /// Starts or resumes the job, waits for it, prints its results, and deletes it.
    async fn follow<R: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        context: &Context,
        jobs: AnalyticsJobs<R>,
        start: Option<impl Future<Output = Result<String, CallError>>>,
        columns: &[&str],
    ) -> Result<(), Error> {
        let rows = listing::rows::<R>(self.file.printer(context)?, columns)?;
        let deadline = Duration::from_secs(u64::from(self.wait) * 60);
        // The user waits: the result of a short query should come soon.
        let policy = JobPolicy::default().with_first_wait(Duration::from_millis(500)).with_deadline(deadline);
        let jobs = jobs.with_policy(policy);
        let mut write = Write::begin(context, "the start of the job");
        let job = match (&self.resume, start) {
            (Some(id), _) => jobs.resume(id),
            (None, Some(start)) => write.send(jobs.start(start)).await?,
            (None, None) => return Err(Error::usage("there is neither a query nor a job")),
        };
        context.note(format_args!("job {}", text::printable(job.id())));
        let mut unfinished = Unfinished { context, id: Some(job.id().to_owned()) };
        write.end(Ok(()))?;
        if let Err(error) = job.wait().await {
            // A job that failed or does not exist cannot be resumed.
            let is_gone =
                error.error().and_then(CallError::status).is_some_and(|status| [404, 410].contains(&status.as_u16()));
            if error.kind() == JobErrorKind::Failed || is_gone {
                unfinished.id = None;
            }
            return Err(error.into());
        }
        let printed = match listing::all(context, rows, job.results(), self.limit).await {
            // A usage error would mean that nothing was sent.
            Err(Error::Usage(problem)) => Err(Error::Service(problem)),
            printed => printed,
        };
        match &printed {
            // All results are printed, or the reader has enough: the job need not be resumed.
            Ok(()) | Err(Error::BrokenPipe) if !self.keep => unfinished.id = None,
            _ => return printed,
        }
        let id = text::printable(job.id());
        let mut write = Write::begin(context, format!("the deletion of job {id}"));
        match write.send(job.delete()).await {
            Ok(()) => write.end(Ok(()))?,
            Err(error @ Error::Interrupted(_)) => return Err(error),
            Err(error) => {
                let results = if printed.is_ok() { "the results are complete, but " } else { "" };
                let error = error.message(context.global.verbose > 0).unwrap_or_default();
                context
                    .hint(format_args!("{results}job {id} stays on the service, since it cannot be deleted: {error}"));
            }
        }
        printed
    }
}
