//! The three services in memory, for tests, demos and offline work.
//!
//! A [`Sandbox`] answers HTTP on a free port of this machine, with invented people who are the same for the same seed:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use rosterkit_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().users(250).seed(7).start().await?;
//! let client = genesys_users::Client::builder()
//!     .base_url(sandbox.genesys_url())
//!     .bearer(sandbox.credentials().genesys_token)
//!     .build()?;
//! let page = client.api().get_users().state("any").page_size(50).send().await?;
//! assert_eq!(page.get().total, Some(250));
//! assert_eq!(sandbox.requests().genesys, 1);
//! sandbox.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | service | URL | what keeps state |
//! | --- | --- | --- |
//! | Genesys Cloud | [`genesys_url`](Sandbox::genesys_url) | users and all that belongs to them, searches, development activities, analytics jobs |
//! | its login | [`login_url`](Sandbox::login_url) | OAuth clients, codes and tokens of the five grants |
//! | PeopleFluent LMS | [`lms_url`](Sandbox::lms_url) | accounts, groups, enrollments, records, requests, mail, bulk files, courses |
//! | Session clusters | [`sessions_url`](Sandbox::sessions_url) | all five operations |
//!
//! All 215 operations of the specs answer. What keeps no state answers an example that is valid by its schema.
//!
//! # What is refused
//! A request passes the same specs that the clients are generated from, and is refused in the service's own error shape:
//! an unknown path with 404, a wrong method with 405; a name in query, form or JSON body that the operation does not take,
//! a value of the wrong type, out of range or outside of an enumeration, a missing parameter, a body where none is taken
//! with 400; a `%` that begins no escape with 400; another media type with 415, a body beyond [`max_body`](SandboxBuilder::max_body) with 413 before it is read,
//! one that does not come with 408; no credentials or an expired token with 401; a token without one of the documented
//! permissions with 403, and the permissions named. The LMS refuses in XML where XML or a feed is asked for, or where a
//! function knows nothing else, and in JSON otherwise.
//!
//! # Faults
//! What goes wrong on a bad day goes wrong on request: see [`Fault`], [`SandboxBuilder::fault`] and
//! [`SandboxBuilder::rate_limit`].
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use rosterkit_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().fault("getUsers:status=503,times=2".parse()?).start().await?;
//! let client = genesys_users::Client::builder()
//!     .gateway(sandbox.base_url(), "/genesys", "/login")
//!     .client_credentials(sandbox.credentials().genesys_client_id, sandbox.credentials().genesys_client_secret)
//!     .build()?;
//! client.api().get_users().send().await?;
//! let statuses: Vec<u16> = sandbox.request_log().iter().map(|request| request.status).collect();
//! assert_eq!(statuses, [200, 503, 503, 200], "a token, and two calls that were repeated");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The control endpoint
//! What the library does, a test in any language can do over HTTP below [`control_url`](Sandbox::control_url), in JSON:
//!
//! | request | body | what it does |
//! | --- | --- | --- |
//! | `GET /_sandbox/health` | | `{"status": "ok"}`, or why the state file could not be written |
//! | `GET /_sandbox/info` | | URLs, credentials, number of people, seed, time |
//! | `GET /_sandbox/faults` | | the faults, and how often each has struck |
//! | `POST /_sandbox/faults` | `{"faults": ["getUsers:status=429,times=3"]}` | adds all of them, or none if one is wrong |
//! | `DELETE /_sandbox/faults`, `…/faults/1` | | removes all, or one |
//! | `GET`, `PUT /_sandbox/time` | `{"now": "2025-06-01T12:00:00Z"}` | reads or sets the clock, from 1970 to 9999 |
//! | `POST /_sandbox/time/advance` | `{"seconds": 60}` | advances the clock |
//! | `GET /_sandbox/requests` | | the [request log](LoggedRequest); `?service=`, `?operation=` and `?after=` narrow it |
//! | `DELETE /_sandbox/requests` | | empties the log |
//! | `GET`, `PUT /_sandbox/state` | the state | takes the whole state out, or puts one back |
//! | `DELETE /_sandbox/state` | | forgets every change |
//! | `POST /_sandbox/state/save` | | writes the state file |
//! | `POST /_sandbox/tokens` | `{"permissions": […], "email": …, "lifetime": 60}`, all optional | makes an access token of Genesys |
//! | `DELETE /_sandbox/tokens` | | has every access token expire |
//! | `GET`, `POST /_sandbox/clients` | `{"id": …, "secret": …, "permissions": […], "redirect_uris": […]}` | lists OAuth clients, or adds one |
//!
//! It listens on this machine only, asks for no credentials, and refuses requests that a web page sends.
//!
//! # The people
//! Genesys has all of them, by an id in the form of a UUID. The session service calls that id the remote id; it knows
//! every second person from the start, and has completions of those. The LMS knows them by a login, which is what stands
//! before the `@` of the e-mail address, and lets the active ones sign in with it: unlike the integration account they see
//! no training but their own and their reports', may not act for others, and have to say in which of several assignments
//! they call. The data has the usual traps on purpose: one in 20 people is inactive, one in
//! 50 is unknown to the LMS, one in 60 is no person but a shared account whose name is one word, and some names go
//! beyond ASCII. Nobody real is meant.
//!
//! What few people have, few have here from the start: every tenth has a second factor, a direct routing backup and
//! custom attributes, and one has a record of training taken elsewhere. There are a schema of custom attributes, an
//! analytics job of each kind whose results expire on the third of January 2025, and a user group without members.
//!
//! # What stands still
//! The same number of people and the same seed give the same answers to the same requests, on any machine and any day:
//! the clock shows the first of January 2025 until it is [set](SandboxBuilder::now), [advanced](Sandbox::advance) or
//! [runs](SandboxBuilder::running_clock). The people and their history do not depend on it.
//!
//! Nothing is kept from one run to the next without a [state file](SandboxBuilder::state_file).
//!
//! # Features
//! `cli` and `demo` (both on by default) build the binaries `rosterkit-sandbox` and `rosterkit-demo`; `cli` has the module
//! `program`, too. The library needs neither.

mod builder;
mod clock;
mod control;
mod credentials;
mod error;
mod faults;
mod genesys;
mod handle;
mod http;
mod ids;
mod lms;
mod log;
mod login;
mod people;
#[cfg(feature = "cli")]
pub mod program;
mod random;
mod rate_limit;
mod sandbox;
mod server;
mod sessions;
mod shared;
mod snapshot;
mod state_file;

pub use builder::SandboxBuilder;
pub use credentials::Credentials;
pub use error::StartError;
pub use faults::{Fault, FaultError, FaultKind};
pub use log::LoggedRequest;
pub use login::{OAuthClient, Permissions};
pub use people::MAX_USERS;
pub use sandbox::{Requests, Sandbox};
pub use snapshot::StateError;

/// The session service takes a user whose remote id begins with this for one outside of the trusted domains, and refuses
/// it within a batch.
pub const UNTRUSTED: &str = "untrusted-";
