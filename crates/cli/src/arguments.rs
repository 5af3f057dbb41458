//! What can be typed.

use clap::{Parser, Subcommand};

use crate::commands::{call, completions, genesys, lms, man, ops, profile, sandbox, sessions};
use crate::global::Global;

const EXAMPLES: &str = "\
Try it, with no account:
  rosterkit --sandbox genesys users list
  rosterkit --sandbox lms people search an
  rosterkit --sandbox sessions completions --from 2024-06-01 --to 2024-07-01
  rosterkit --sandbox call session-clusters getUsers --params '{\"pageSize\": 5}'
  rosterkit ops --search skills
  rosterkit ops show patchUser

Credentials: for each setting, the first that has it of options, the profile of --profile, environment variables, and
the profile of ROSTERKIT_PROFILE or else the current one.
  Genesys Cloud     GENESYSCLOUD_REGION or GENESYSCLOUD_BASE_URL; GENESYSCLOUD_ACCESS_TOKEN, or
                    GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET
  PeopleFluent LMS  LMS_BASE_URL; LMS_USER and LMS_PASSWORD, or LMS_ACCESS_TOKEN; LMS_SYSTEM_KEY
  Session clusters  SESSIONS_BASE_URL, SESSIONS_API_KEY, SESSIONS_API_KEY_HEADER
Other users of the machine can see options in its list of processes: prefer the environment or a profile for secrets.

Exit codes: 0 done, 1 the service refused or failed, 2 wrong usage (nothing was sent), 3 some items failed,
4 authentication, 5 network, 130 interrupted (143 by SIGTERM, 129 by the end of the terminal).";

/// People, sessions and training on Genesys Cloud, the PeopleFluent LMS and the session-cluster service
#[derive(Debug, Parser)]
#[command(name = "rosterkit", version, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Call any operation of the three services
    Call(call::Call),
    /// List the operations, or show one with an example to copy
    Ops(ops::Ops),
    /// Genesys Cloud: users, skills, queues, development activities, analytics jobs
    Genesys(genesys::Genesys),
    /// PeopleFluent LMS: training records, enrollments, people, groups, bulk files, exports
    Lms(lms::Lms),
    /// Session clusters: users, clusters, completions; users in batches
    Sessions(sessions::Sessions),
    /// Keep addresses and credentials under a name
    Profile(profile::Profile),
    /// Run the three services in memory, with invented people
    Sandbox(sandbox::SandboxArguments),
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print the man page, or write those of all commands
    Man(man::Man),
}
