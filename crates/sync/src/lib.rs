//! Keeps one directory in step with another, and carries session completions into training records.
//!
//! A [`SyncFile`](config::SyncFile) names flows: where people come from, where they go, which fields sync owns, who is never
//! touched, and how much may change at once. Both sides are read completely, a plan is computed and checked against the
//! limits, and only then anything is written. Every effect is journalled before it is sent and its outcome after, so that a
//! run that was killed goes on where it stopped, by reading the target.
//!
//! This program brings people of Genesys into the session service, on the crate `rosterkit-sandbox`:
//!
//! ```
//! use rosterkit_sandbox::Sandbox;
//! use rosterkit_sync::config::SyncFile;
//! use rosterkit_sync::engine::{ApplyOptions, Engine, PlanOptions};
//! use rosterkit_sync::plan::ActionKind;
//! use rosterkit_sync::source::Services;
//! use rosterkit_sync::state::{State, runs};
//!
//! const FILE: &str = r#"
//! [[flow]]
//! name = "people"
//! from = "genesys-users"
//! to = "session-users"
//!
//! [flow.fields]
//! remoteId = "id"
//! firstName = "split_name_first(name)"
//! lastName = "default(split_name_rest(name), '-')"
//! "#;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::builder().users(20).start().await?;
//!     let known = sandbox.credentials();
//!     // In production: genesys_users::Client::from_env()? and session_clusters::Client::from_env()?
//!     let genesys = genesys_users::Client::builder().base_url(sandbox.genesys_url()).bearer(known.genesys_token);
//!     let sessions = session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(known.session_key);
//!     let services =
//!         Services { genesys: Some(genesys.build()?), sessions: Some(sessions.build()?), ..Services::default() };
//!
//!     let folder = tempfile::tempdir()?;
//!     let file = SyncFile::parse(FILE, &folder.path().join("rosterkit-sync.toml"))?;
//!     let state = State::open(&file.state, "example").await?;
//!     let engine = Engine::new(file, services, state);
//!     engine.resume().await?;
//!     let hash = engine.file().hash.clone();
//!     let now = std::time::SystemTime::now().into();
//!     let run = engine.state().call(move |state| runs::begin(state, "example", &hash, now)).await?;
//!
//!     let plan = engine.plan(run, &PlanOptions::default()).await?;
//!     let report = engine.apply(run, plan.id, &ApplyOptions::default()).await?;
//!     let created = plan.summary.flows[0].due(ActionKind::Create);
//!     assert!(created > 0);
//!     assert_eq!(report.flows[0].outcomes["accepted"], created);
//!     Ok(())
//! }
//! ```
//!
//! `rosterkit sync` is its command line: `rosterkit --sandbox sync plan` tries it without an account. `make demo` runs all
//! three kinds of flows on a sandbox, by `crates/cli/examples/demo`.
//!
//! | module | what it has |
//! | --- | --- |
//! | [`config`] | the sync file |
//! | [`expression`] | JMESPath over the records of a source |
//! | [`state`] | the state file: snapshots, identities, plans, journal, ledger |
//! | [`source`] | reads people, and says whether it read all of them |
//! | [`plan`] | what would change, and why |
//! | [`plan_file`] | a plan as a file |
//! | [`engine`] | plans and applies |
//! | [`html`] | a plan as a page for the person who approves it |
//! | [`completions`] | session completions as training records of the LMS |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod completions;
pub mod config;
pub mod engine;
pub mod expression;
mod hex;
pub mod html;
pub mod plan;
pub mod plan_file;
pub mod source;
pub mod span;
pub mod state;
mod target;
