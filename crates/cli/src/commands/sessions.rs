//! `sessions`: commands for the session service.

mod batches;
mod plan;

use std::time::Duration;

use clap::{Args, Subcommand};
use rosterkit_core::Timestamp;
use session_clusters::types::SessionCluster;

use super::datetime::{self, When};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, LeftOut, OutFile, PageOptions, UnreadableOption};

const USERS: [&str; 5] = ["remoteId", "firstName", "lastName", "active", "id"];
const CLUSTERS: [&str; 4] = ["clusterId", "moduleName", "moduleCategory", "duration"];
const COMPLETIONS: [&str; 5] =
    ["remoteUserId", "moduleName", "sessionScheduledStartAt", "attended", "percentageStepsVisited"];

const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox sessions users --all --output csv
  rosterkit --sandbox sessions completions --from 2024-06-01 --to 2024-07-01
  rosterkit sessions upsert --from users.csv --dry-run
  rosterkit sessions deactivate --from leavers.csv --yes --failed failed.csv";
const USERS_EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox sessions users
  rosterkit --sandbox sessions users --all --output jsonl
  rosterkit --sandbox sessions users --all --out users.csv
  rosterkit --sandbox sessions users --all --skip-unreadable --output csv
  rosterkit --sandbox sessions users --limit 3 --columns remoteId,active";
const CLUSTERS_EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox sessions clusters
  rosterkit sessions clusters --from 2024-06-01 --to 2024-07-01T00:00+02:00 --output json";
const COMPLETIONS_EXAMPLES: &str = "\
The service does not page completions: a long window gives a large response. With --days, the window is requested in \
parts, one after the other; a completion that is in two parts is printed once.

Examples:
  rosterkit --sandbox sessions completions --from 2024-06-01 --to 2024-07-01
  rosterkit --sandbox sessions completions --from 52w --to now --output csv
  rosterkit sessions completions --from 2024-01-01 --to 2025-01-01 --days 7 --output jsonl
  rosterkit --sandbox sessions completions --output json --query '[?attended].remoteUserId'";

/// Session clusters: users, clusters, completions; users in batches
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    command: SessionsCommand,
}

#[derive(Debug, Subcommand)]
enum SessionsCommand {
    /// List users (getUsers)
    #[command(after_help = USERS_EXAMPLES)]
    Users {
        #[command(flatten)]
        pages: PageOptions,
        /// Number of users per request
        #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=200))]
        page_size: u32,
        #[command(flatten)]
        unreadable: UnreadableOption,
    },
    /// List session clusters by the time of their creation (getClusters)
    #[command(after_help = CLUSTERS_EXAMPLES)]
    Clusters {
        #[command(flatten)]
        window: Window,
        #[command(flatten)]
        unreadable: UnreadableOption,
        #[command(flatten)]
        file: OutFile,
    },
    /// List completions by the time of their sessions (getCompletions)
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        #[command(flatten)]
        window: Window,
        /// Request the window in parts of N days
        #[arg(long, value_name = "N", requires = "from", requires = "to",
            value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
        /// Print at most N completions
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        limit: Option<u64>,
        #[command(flatten)]
        unreadable: UnreadableOption,
        #[command(flatten)]
        file: OutFile,
    },
    /// Create users that do not exist and update those that do (batchUpsertUsers)
    Upsert(batches::Upsert),
    /// Deactivate users (batchDeactivateUsers)
    Deactivate(batches::Deactivate),
}

/// A time window.
#[derive(Args, Clone, Debug)]
struct Window {
    /// Start, inclusive: a day (UTC), a date-time with an offset, or relative: 7d, 12h, today
    #[arg(long, value_name = "DATETIME")]
    from: Option<When>,
    /// End, exclusive
    #[arg(long, value_name = "DATETIME")]
    to: Option<When>,
}

impl Window {
    async fn resolve(&self, context: &Context) -> Result<[Option<Timestamp>; 2], Error> {
        let from = datetime::resolve(context, self.from.as_ref()).await?;
        Ok([from, datetime::resolve(context, self.to.as_ref()).await?])
    }
}

impl Sessions {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            SessionsCommand::Users { pages, page_size, unreadable } => {
                let client = connect::sessions(context).await?;
                let call = client.users().page_size(page_size);
                let call = if unreadable.are_skipped { call.skip_unreadable() } else { call };
                listing::print(context, call.pager(), &pages, &USERS).await
            }
            SessionsCommand::Clusters { window, unreadable, file } => {
                let mut rows = listing::rows::<SessionCluster>(file.printer(context)?, &CLUSTERS)?;
                let client = connect::sessions(context).await?;
                let mut call = client.clusters();
                let [from, to] = window.resolve(context).await?;
                call = from.into_iter().fold(call, |call, time| call.from(time));
                call = to.into_iter().fold(call, |call, time| call.to(time));
                let clusters = match unreadable.are_skipped {
                    true => call.send_skip_unreadable().await?.into_inner(),
                    false => call.send().await?.into_inner().into(),
                };
                clusters.items.iter().try_for_each(|cluster| rows.push(listing::row(cluster)?))?;
                rows.finish()?;
                let mut left_out = LeftOut::default();
                left_out.add(context, clusters.unreadable);
                left_out.result()
            }
            SessionsCommand::Completions { window, days, limit, unreadable, file } => {
                let client = connect::sessions(context).await?;
                let mut call = client.completions();
                let [from, to] = window.resolve(context).await?;
                call = from.into_iter().fold(call, |call, time| call.from(time));
                call = to.into_iter().fold(call, |call, time| call.to(time));
                const DAY: u64 = 24 * 3600;
                call =
                    days.into_iter().fold(call, |call, days| call.interval(Duration::from_secs(u64::from(days) * DAY)));
                call = if unreadable.are_skipped { call.skip_unreadable() } else { call };
                // The service does not page completions: all are requested.
                let pages = PageOptions { all: true, limit, file };
                listing::print(context, call.pager(), &pages, &COMPLETIONS).await
            }
            SessionsCommand::Upsert(upsert) => upsert.run(context).await,
            SessionsCommand::Deactivate(deactivate) => deactivate.run(context).await,
        }
    }
}
