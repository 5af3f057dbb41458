//! The three services in memory, for tests, demos and offline work.
//!
//! A [`Sandbox`] answers HTTP on a free port of this machine, with invented people who are the same for the same seed:
//!
//! ```
//! use genesys_users::Client;
//! use rosterkit_sandbox::Sandbox;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::builder().users(250).seed(7).start().await?;
//!     let token = sandbox.credentials().genesys_token;
//!     let client = Client::builder().base_url(sandbox.genesys_url()).bearer(token).build()?;
//!
//!     let page = client.api().get_users().state("any").page_size(50).send().await?;
//!     assert_eq!(page.get().total, Some(250));
//!     assert_eq!(sandbox.requests().genesys, 1);
//!     sandbox.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! Programs in any language use the binary `rosterkit-sandbox`, or `rosterkit sandbox` of the command line, which print their
//! addresses and credentials, and write them as JSON into the file of `--ready-file`, which is there while they listen:
//!
//! ```sh
//! cargo run -p rosterkit-sandbox -- --port 4010 --users 250 --seed 7 --ready-file sandbox.json
//! ```
//!
//! | task | use |
//! | --- | --- |
//! | start a sandbox: people, seed, port, clock, state file | [`Sandbox::builder`], see [`SandboxBuilder`] |
//! | addresses and credentials for clients | [`Sandbox::genesys_url`] and the like, [`Sandbox::credentials`] |
//! | users with few permissions, OAuth clients | [`Sandbox::access_token`], [`Permissions`], [`OAuthClient`] |
//! | make it fail | [`Fault`], [`Lag`] |
//! | what was requested | [`Sandbox::requests`], [`Sandbox::request_log`], [`LoggedRequest`] |
//! | move the clock, keep and restore the state | [`Sandbox::advance`], [`Sandbox::state`], [`Sandbox::restore`] |
//! | people of your own | [`PeopleFile`] |
//!
//! | service | URL | state |
//! | --- | --- | --- |
//! | Genesys Cloud | [`genesys_url`](Sandbox::genesys_url) | users with their details, searches, development activities, analytics jobs |
//! | its login | [`login_url`](Sandbox::login_url) | OAuth clients, codes and tokens of the five grants |
//! | PeopleFluent LMS | [`lms_url`](Sandbox::lms_url) | accounts, groups, enrollments, records, requests, mail, bulk files, courses |
//! | Session clusters | [`sessions_url`](Sandbox::sessions_url) | all five operations |
//!
//! All 262 operations of the specs are implemented. Operations without state respond with an example that is valid by its
//! schema.
//!
//! # Errors
//! Requests are checked against the specs that the clients are generated from. Errors have the format of the service:
//!
//! | status | when |
//! | --- | --- |
//! | 400 | an unknown name in query, form or JSON body; a value of the wrong type, out of range or, with [`strict`](SandboxBuilder::strict), not in an enumeration; a missing parameter; an unexpected body; an invalid percent-encoding |
//! | 401 | missing credentials or an expired token |
//! | 403 | a token without a documented permission; the message names the permissions |
//! | 404, 405 | an unknown path, a wrong method |
//! | 403 | a request from a web page, or for a foreign host: see [below](#web-pages) |
//! | 408, 413 | a body that does not arrive in time, or is larger than [`max_body`](SandboxBuilder::max_body) |
//! | 415 | another media type |
//!
//! The LMS responds in XML where XML or a feed is requested, or where a function supports nothing else; otherwise in JSON.
//!
//! # Like the services
//! Where a service does what its documents do not show, the sandbox does the same:
//!
//! | service | behaviour |
//! | --- | --- |
//! | Genesys | a user created without `state` is inactive until invited; `state` beside other fields changes the state only; a deletion takes all roles |
//! | Genesys | the listing of inactive users ends after 10,000; at most 100 ids select users; pages have up to 500 users, and 50 skills or languages |
//! | Genesys | changes of stations are answered with 202 and no body; queues without membership are disregarded; a user unknown to routing is off queue |
//! | Genesys | the proficiency of a language is rounded; a details query covers 7 days, 31 with filters |
//! | Genesys | phones have four forms, which follow from `address` and `extension` of a request; there is one of each media type and type; locations are shown with their definition |
//! | Genesys | values of enumerations that no document has are ignored, and `"3"` and `"true"` taken for 3 and true, unless the sandbox is [`strict`](SandboxBuilder::strict) |
//! | Genesys | what the service sets itself, such as `id` and `selfUri`, is ignored in bodies, [`strict`](SandboxBuilder::strict) or not |
//! | Genesys | on request: three forms of a conflict, reads that [lag](Lag) behind writes, and users [without](Fault) a part that `expand` asks for |
//! | LMS | the report on a file ends with its last row if a row failed, without a closing line; a `format` with a default may be absent |
//!
//! # Faults
//! Errors, delays and broken responses can be injected: see [`Fault`], [`SandboxBuilder::fault`] and
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
//! assert_eq!(statuses, [200, 503, 503, 200], "a token, and two attempts that were retried");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Consistency lag
//! The services are consistent: every read sees every write. The platform of Genesys is not, and [`SandboxBuilder::lag`]
//! makes the sandbox like it.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use std::time::Duration;
//! use genesys_users::types::CreateUser;
//! use rosterkit_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().lag("read=2s".parse()?).start().await?;
//! let client = genesys_users::Client::builder()
//!     .base_url(sandbox.genesys_url())
//!     .bearer(sandbox.credentials().genesys_token)
//!     .build()?;
//! let (name, email) = (Some("Sample Person".to_owned()), Some("sample.person@example.com".to_owned()));
//! let user = client.users().create(CreateUser { name, email, ..CreateUser::default() }).await?;
//! let read = || client.api().get_user().user_id(user.id.clone().unwrap_or_default()).send();
//! assert!(read().await.is_err_and(|error| error.status().is_some_and(|status| status == 404)));
//! sandbox.advance(Duration::from_secs(2));
//! assert_eq!(read().await?.get().id, user.id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The control endpoint
//! Tests in any language can control a sandbox over HTTP below [`control_url`](Sandbox::control_url), in JSON:
//!
//! | request | body | effect |
//! | --- | --- | --- |
//! | `GET /_sandbox/health` | | `{"status": "ok"}`, or the error of the state file |
//! | `GET /_sandbox/info` | | URLs, credentials, number of people, seed, time |
//! | `GET /_sandbox/faults` | | the faults, with their counts |
//! | `POST /_sandbox/faults` | `{"faults": ["getUsers:status=429,times=3"]}` | adds all of them, or none if one is invalid |
//! | `DELETE /_sandbox/faults`, `…/faults/1` | | removes all, or one |
//! | `GET`, `PUT /_sandbox/time` | `{"now": "2025-06-01T12:00:00Z"}` | reads or sets the clock, from 1970 to 9999 |
//! | `POST /_sandbox/time/advance` | `{"seconds": 60}` | advances the clock |
//! | `GET /_sandbox/requests` | | the [request log](LoggedRequest); `?service=`, `?operation=` and `?after=` filter it |
//! | `DELETE /_sandbox/requests` | | empties the log |
//! | `GET`, `PUT /_sandbox/state` | the state | reads or restores the whole state |
//! | `DELETE /_sandbox/state` | | discards every change |
//! | `POST /_sandbox/state/save` | | writes the state file |
//! | `POST /_sandbox/tokens` | `{"permissions": […], "email": …, "lifetime": 60}`, all optional | issues an access token of Genesys |
//! | `DELETE /_sandbox/tokens` | | expires every access token |
//! | `GET`, `POST /_sandbox/clients` | `{"id": …, "secret": …, "permissions": […], "redirect_uris": […]}` | lists OAuth clients, or adds one |
//!
//! It needs no credentials. Like the services, it listens on this machine only, and refuses requests of web pages.
//!
//! # Web pages
//! A page in a browser on this machine can send requests to any of its ports. So a request with the header `Origin`, and one
//! whose `Host` is not `localhost`, `127.0.0.1` or `[::1]`, on any port, is answered with 403, whatever its path.
//! [`SandboxBuilder::allow_host`] adds names, such as the one that containers use.
//!
//! # The people
//! Genesys has all of them, by an id in the form of a UUID. The session service calls that id the remote id; it knows
//! every second person from the start, and has completions of those. The LMS knows them by a login, which is the local part
//! of the e-mail address. Active people can sign in to the LMS with it: unlike the integration account, they see only their
//! own training and that of their reports, may not act for others, and must name one of their assignments if they have
//! several. The data has typical special cases: one in 20 people is inactive, one in 50 is unknown to the LMS, one in 60 is
//! a shared account whose name is one word, and some names have letters beyond ASCII. All people are invented.
//!
//! [`SandboxBuilder::people`] adds people of your own from a file, such as an export of the command line.
//!
//! Every tenth person has a second factor, a direct routing backup and custom attributes from the start, and one has a record
//! of external training. There are a schema of custom attributes, an analytics job of each kind whose results expire on
//! 2025-01-03, and a user group without members.
//!
//! # Determinism
//! The same number of people and the same seed give the same responses to the same requests, on any machine and any day:
//! the clock shows 2025-01-01 until it is [set](SandboxBuilder::now), [advanced](Sandbox::advance) or
//! [runs](SandboxBuilder::running_clock). The people and their history do not depend on it.
//!
//! Changes are lost when a sandbox stops, unless it has a [state file](SandboxBuilder::state_file).
//!
//! # Features
//! `cli` (on by default) builds the binary `rosterkit-sandbox` and the module `program`. The library does not need it.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod clock;
mod control;
mod counter;
mod credentials;
mod error;
mod faults;
mod genesys;
mod handle;
mod http;
mod ids;
mod import;
mod lag;
mod lms;
mod log;
mod login;
mod origins;
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
pub use import::{PeopleError, PeopleFile};
pub use lag::{Lag, LagError};
pub use log::LoggedRequest;
pub use login::{OAuthClient, Permissions};
pub use people::MAX_USERS;
pub use sandbox::{Requests, Sandbox};
pub use snapshot::StateError;

/// The prefix of remote ids that the session service treats as outside of the trusted domains: it rejects such users in a
/// batch.
pub const UNTRUSTED: &str = "untrusted-";
