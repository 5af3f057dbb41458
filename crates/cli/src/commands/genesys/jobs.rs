//! `genesys jobs`: analytics queries from start to end.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use genesys_users::generated::operations;
use genesys_users::types::{AsyncUserDetailsQuery, UserAsyncAggregationQuery};
use genesys_users::{AnalyticsJobs, Client};
use rosterkit_core::Error;
use rosterkit_core::job::JobPolicy;
use serde::Serialize;
use serde_json::{Map, Value};

use super::change;
use crate::app::App;
use crate::connect;
use crate::failure::Failure;
use crate::files::Source;
use crate::listing;

const RUN: &str = "\
The job is started and asked about until it is done; its results are printed while they come; then it is deleted. If that
breaks off, the job stays on the service, and --resume goes on with it.

Examples:
  rosterkit genesys jobs run details --interval 2025-01-01T00:00Z/2025-01-08T00:00Z --output jsonl
  rosterkit genesys jobs run aggregates --body @query.json --output json
  rosterkit genesys jobs run details --resume JOB_ID";

/// Run analytics queries as jobs
#[derive(Args, Debug)]
pub(crate) struct Jobs {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Run a query as a job, and print its results (postAnalyticsUsers…Jobs and what follows)
    #[command(after_help = RUN)]
    Run(Run),
}

#[derive(Args, Debug)]
#[group(id = "what", required = true, multiple = true, args = ["interval", "body", "resume"])]
struct Run {
    /// What to query
    #[arg(value_enum)]
    kind: Kind,
    /// The interval, START/END with offsets
    #[arg(long, value_name = "START/END")]
    interval: Option<String>,
    /// The query as JSON
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: Option<String>,
    /// Go on with a job that was started before
    #[arg(long, value_name = "JOB", conflicts_with_all = ["interval", "body"])]
    resume: Option<String>,
    /// Leave the job and its results on the service
    #[arg(long)]
    keep: bool,
    /// How many minutes to wait for the job
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    wait: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Presences and routing statuses of users, one by one
    Details,
    /// Aggregated presences and routing statuses
    Aggregates,
}

impl Jobs {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let JobsCommand::Run(run) = self.command;
        let query = run.query(app)?;
        match run.kind {
            Kind::Details => {
                let query: Option<AsyncUserDetailsQuery> =
                    query.map(|it| change::body(&operations::POST_ANALYTICS_USERS_DETAILS_JOBS, it)).transpose()?;
                let client = connect::genesys(app).await?;
                let start = query.map(|query| start_details(&client, query));
                let columns = ["userId", "primaryPresence", "routingStatus"];
                run.follow(app, client.analytics().details_jobs(), start, &columns).await
            }
            Kind::Aggregates => {
                let query: Option<UserAsyncAggregationQuery> =
                    query.map(|it| change::body(&operations::POST_ANALYTICS_USERS_AGGREGATES_JOBS, it)).transpose()?;
                let client = connect::genesys(app).await?;
                let start = query.map(|query| start_aggregates(&client, query));
                run.follow(app, client.analytics().aggregates_jobs(), start, &["group", "data"]).await
            }
        }
    }
}

async fn start_details(client: &Client, query: AsyncUserDetailsQuery) -> Result<String, Error> {
    client.analytics().start_details(query).await
}

async fn start_aggregates(client: &Client, query: UserAsyncAggregationQuery) -> Result<String, Error> {
    client.analytics().start_aggregates(query).await
}

impl Run {
    /// The query; `None` if a job is picked up.
    fn query(&self, app: &App) -> Result<Option<Map<String, Value>>, Failure> {
        if self.resume.is_some() {
            return Ok(None);
        }
        let mut query = match self.body.as_deref().map(|body| Source::of(body).json(app, "--body")).transpose()? {
            None => Map::new(),
            Some(Value::Object(query)) => query,
            Some(_) => return Err(Failure::usage("--body is no JSON object")),
        };
        if let Some(interval) = &self.interval
            && query.insert("interval".to_owned(), interval.as_str().into()).is_some()
        {
            return Err(Failure::usage("--interval and --body both have an interval: give one"));
        }
        Ok(Some(query))
    }

    /// Starts the job or picks it up, waits for it, prints its results, and deletes it.
    async fn follow<'a, R: Serialize + Send + 'a>(
        &self,
        app: &App,
        jobs: AnalyticsJobs<'a, R>,
        start: Option<impl Future<Output = Result<String, Error>>>,
        columns: &[&str],
    ) -> Result<(), Failure> {
        let mut rows = app.printer()?.rows(columns);
        let deadline = Duration::from_secs(u64::from(self.wait) * 60);
        let jobs = jobs.with_policy(JobPolicy::default().with_deadline(deadline));
        let job = match (&self.resume, start) {
            (Some(id), _) => jobs.resume(id),
            (None, Some(start)) => jobs.start(start).await?,
            (None, None) => return Err(Failure::usage("there is neither a query nor a job")),
        };
        app.note(format_args!("job {}", crate::text::printable(job.id())));
        job.wait().await?;
        let mut items = job.results().items();
        while let Some(item) = items.next().await {
            match item {
                Ok(item) => rows.push(listing::row(&item)?)?,
                Err(error) => {
                    app.hint(format_args!("--resume {} reads the results again", crate::text::printable(job.id())));
                    return listing::interrupted(rows, error.into());
                }
            }
        }
        rows.finish()?;
        if !self.keep {
            job.delete().await?;
        }
        Ok(())
    }
}
