//! Errors of commands, and their exit codes.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | success; also if the reader of standard output stopped reading |
//! | 1 | the service rejected the request or failed, its response is invalid, or a file could not be written |
//! | 2 | invalid arguments, settings or input; nothing was sent |
//! | 3 | some or all of several items failed, unless all failed for reason 4 or 5 |
//! | 4 | no credential, or the service does not accept it (status 401) |
//! | 5 | no connection, a broken connection, or no response in time |
//! | 6 | only with `--exit-code`, of `sync plan` and `--plan`: something would change |
//! | 7 | a limit or an incomplete read keeps part of the work of `sync` back |
//! | 130, 143, 129 | interrupted by Ctrl-C, by SIGTERM, by SIGHUP (the terminal was closed) |

use std::fmt;
use std::io;
use std::sync::Arc;

use peoplefluent_lms::Refusal;
use rosterkit_core::catalog::{Catalog, OperationEntry};
use rosterkit_core::job::{JobError, JobErrorKind};
use rosterkit_core::paging::PagingError;
use rosterkit_core::{Error as CallError, ErrorKind};
use rosterkit_sync::engine::Error as SyncError;
use rosterkit_sync::plan_file::PlanFileError;
use rosterkit_sync::source::SourceError;
use rosterkit_sync::state::StateError;

use crate::{signals, text};

pub(crate) const SUCCESS: u8 = 0;
pub(crate) const SERVICE: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const PARTIAL: u8 = 3;
pub(crate) const AUTHENTICATION: u8 = 4;
pub(crate) const NETWORK: u8 = 5;
pub(crate) const CHANGES: u8 = 6;
pub(crate) const KEPT_BACK: u8 = 7;

/// The maximum length of a service's message that is shown, in characters.
const MAX_MESSAGE: usize = 500;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Error {
    /// Invalid arguments, settings or input. The message says what is accepted.
    Usage(String),
    /// A call failed. `before` goes before the error's own message, such as where a listing stopped.
    Call { before: String, error: Arc<CallError> },
    /// The call succeeded, but the service did not do what was asked for.
    Service(String),
    /// A job of the service failed. The service's reason may quote personal data.
    Job { message: String, reason: Option<String> },
    /// Some items failed. The message has their counts.
    Partial(String),
    /// A run of `sync` did not do all of its work, for the reason of this exit code.
    Incomplete { code: u8, message: String },
    /// A plan has changes, which the options make an exit code.
    Changes,
    /// A credential could not be obtained.
    Credential(String),
    /// A file could not be written.
    Write { what: String, source: io::Error },
    /// The reader of standard output stopped reading.
    BrokenPipe,
    /// A signal stopped the command, with this exit code.
    Interrupted(u8),
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The error of a command of which some of `total` calls failed: the first one's, if all failed because of the network or
    /// because of the credential; else their number, as `message` says it.
    pub(crate) fn of_failed(failed: Vec<CallError>, total: usize, message: String) -> Result<(), Self> {
        let count = failed.len();
        let codes: Vec<u8> = failed.iter().map(code_of).collect();
        let is_common = |code: u8| count == total && codes.iter().all(|it| *it == code);
        match failed.into_iter().next() {
            None => Ok(()),
            Some(first) if total == 1 || is_common(AUTHENTICATION) || is_common(NETWORK) => Err(first.into()),
            Some(_) => Err(Self::Partial(message)),
        }
    }

    /// An error of writing to standard output. A closed pipe is success: the reader has enough.
    pub(crate) fn output(source: io::Error) -> Self {
        if let Some(signals::Unread(code)) = source.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Self::Interrupted(*code);
        }
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Write { what: "standard output".to_owned(), source },
        }
    }

    pub(crate) fn write(what: impl fmt::Display, source: io::Error) -> Self {
        Self::Write { what: format!("`{what}`"), source }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Call { error, .. } => code_of(error),
            Self::Service(_) | Self::Job { .. } | Self::Write { .. } => SERVICE,
            Self::Partial(_) => PARTIAL,
            Self::Incomplete { code, .. } => *code,
            Self::Changes => CHANGES,
            Self::Credential(_) => AUTHENTICATION,
            Self::BrokenPipe => SUCCESS,
            Self::Interrupted(code) => *code,
        }
    }

    /// The message for the user; `None` if there is nothing to say. Verbose messages include the service's own message,
    /// which may quote personal data.
    pub(crate) fn message(&self, verbose: bool) -> Option<String> {
        Some(match self {
            Self::Usage(message) | Self::Partial(message) | Self::Service(message) | Self::Credential(message) => {
                message.clone()
            }
            Self::Incomplete { message, .. } => message.clone(),
            Self::Call { before, error } => {
                let advice = match error.kind() {
                    ErrorKind::MissingCredential => credential_advice(error),
                    _ => String::new(),
                };
                let effect = match error.may_have_taken_effect() {
                    true => "\n  the request may have been applied; check before retrying",
                    false => "",
                };
                format!("{before}{error}{}{advice}{effect}", service_message(error, verbose))
            }
            Self::Job { message, reason } => format!("{message}{}", own_message(reason.as_deref(), verbose)),
            Self::Write { what, source } => format!("cannot write {what}: {source}"),
            Self::BrokenPipe | Self::Changes | Self::Interrupted(_) => return None,
        })
    }
}

/// The exit code of a failed call.
pub(crate) fn code_of(error: &CallError) -> u8 {
    match error.kind() {
        ErrorKind::InvalidRequest
        | ErrorKind::Configuration
        | ErrorKind::RequestBody
        | ErrorKind::InsecureTransport => USAGE,
        ErrorKind::MissingCredential | ErrorKind::Authentication => AUTHENTICATION,
        ErrorKind::Status if error.status().is_some_and(|status| status.as_u16() == 401) => AUTHENTICATION,
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::CircuitOpen => NETWORK,
        // The rest is about the response of the service.
        _ => SERVICE,
    }
}

/// A failed call with what the service says about it.
pub(crate) fn described(error: &CallError, verbose: bool) -> String {
    format!("{error}{}", service_message(error, verbose))
}

/// The error code and message of the service. The code is always shown; the message may have personal data and is shown
/// with `--verbose` only.
fn service_message(error: &CallError, verbose: bool) -> String {
    // The words of a login may quote the code or the token that was sent.
    if error.kind() == ErrorKind::Authentication {
        return String::new();
    }
    let (code, message) = match error.service_error::<Refusal>() {
        Some(Refusal { code, message, .. }) => (code.clone(), message.clone()),
        None => {
            let Some(body) = error.body() else { return String::new() };
            let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let text = |pointer: &&str| body.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned);
            let message = ["/message", "/error/message", "/error_description", "/error"].iter().find_map(text);
            (["/code", "/error/code"].iter().find_map(text), message)
        }
    };
    let is_code = |code: &String| {
        (1..=64).contains(&code.len()) && code.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
    };
    let code = code.filter(is_code);
    let code = code.map(|code| format!("\n  the service's code: {code}")).unwrap_or_default();
    code + &own_message(message.as_deref(), verbose)
}

/// The service's own message, with `--verbose`.
pub(crate) fn own_message(message: Option<&str>, verbose: bool) -> String {
    match message {
        Some(message) if verbose => format!("\n  the service's message: {}", text::shortened(message, MAX_MESSAGE)),
        Some(_) => "\n  `-v` shows the message of the service".to_owned(),
        None => String::new(),
    }
}

/// How to give a credential for the service that needs one.
fn credential_advice(error: &CallError) -> String {
    let catalogs =
        [&genesys_users::catalog::CATALOG, &peoplefluent_lms::catalog::CATALOG, &session_clusters::catalog::CATALOG];
    let entry = |catalog: &'static Catalog| error.operation().and_then(|id| catalog.find(id));
    // Two services have an operation of the same name.
    let is_called = |entry: &&OperationEntry| error.path() == Some(entry.operation.path);
    let found = catalogs.into_iter().filter_map(entry).find(is_called);
    let places = match found.map(|entry| entry.operation.api) {
        Some("genesys-users") => {
            "--token; GENESYSCLOUD_ACCESS_TOKEN, or GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET"
        }
        Some("peoplefluent-lms") => {
            "--user with --password-stdin, --token, --system-key; LMS_USER and LMS_PASSWORD, LMS_ACCESS_TOKEN, LMS_SYSTEM_KEY"
        }
        Some("session-clusters") => "--api-key; SESSIONS_API_KEY",
        _ => "see `rosterkit --help`, Credentials",
    };
    format!("\n  options and environment: {places}\n  or use a profile (`rosterkit profile add --help`) or --sandbox")
}

/// Counts the items that failed because of the network: no connection, a broken connection, or no response in time.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    items: u64,
    first: Option<Arc<CallError>>,
}

impl Outage {
    /// Counts an item whose call failed, if the network was the reason.
    pub(crate) fn add(&mut self, error: &Arc<CallError>) {
        if code_of(error) == NETWORK {
            self.items += 1;
            self.first.get_or_insert_with(|| Arc::clone(error));
        }
    }

    /// The error of the first item, if all `total` items failed because of the network.
    pub(crate) fn of_all(self, total: u64) -> Option<Error> {
        self.first.filter(|_| self.items == total).map(Error::from)
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call { before: String::new(), error: Arc::new(error) }
    }
}

impl From<Arc<CallError>> for Error {
    fn from(error: Arc<CallError>) -> Self {
        Self::Call { before: String::new(), error }
    }
}

impl From<PagingError> for Error {
    fn from(error: PagingError) -> Self {
        // Without an item, the listing did not start.
        let before = match error.item() {
            0 => String::new(),
            items => format!("the listing stopped after {items} items: "),
        };
        Self::Call { before, error: Arc::new(error.into_error()) }
    }
}

impl From<JobError> for Error {
    fn from(error: JobError) -> Self {
        let id = error.id().map(|id| format!(" {}", text::printable(id))).unwrap_or_default();
        match error.kind() {
            JobErrorKind::Request => match error.into_error() {
                Some(error) => Self::Call { before: format!("job{id}: "), error: Arc::new(error) },
                None => Self::Service(format!("job{id}: cannot read its state")),
            },
            _ => Self::Job { message: format!("job{id}: {error}"), reason: error.reason().map(str::to_owned) },
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        let message = error.to_string();
        match error {
            StateError::Missing { .. }
            | StateError::Locked { .. }
            | StateError::InvalidPath { .. }
            | StateError::NotADatabase { .. }
            | StateError::ForeignDatabase { .. }
            | StateError::NewerSchema { .. }
            | StateError::OlderSchema { .. }
            | StateError::IdentityTaken { .. }
            | StateError::OpenIntents { .. }
            | StateError::AmbiguousPerson { .. } => Self::Usage(message),
            _ => Self::Service(message),
        }
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::NotConfigured { .. } | SourceError::NoPeople(_) => Self::Usage(error.to_string()),
            SourceError::Service { what, read, error } => {
                let before = format!("cannot read {what}: stopped after {read} of them: ");
                Self::Call { before, error: Arc::new(error) }
            }
            error => Self::Service(error.to_string()),
        }
    }
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Source(error) => error.into(),
            SyncError::State(error) => error.into(),
            SyncError::Refused(reason) => Self::Usage(reason),
            error => Self::Service(error.to_string()),
        }
    }
}

impl From<PlanFileError> for Error {
    fn from(error: PlanFileError) -> Self {
        match error {
            PlanFileError::State(error) => error.into(),
            error => Self::Usage(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_before_sending_are_usage_errors() {
        assert_eq!(Error::from(CallError::configuration("no URL")).code(), USAGE);
        assert_eq!(Error::from(CallError::authentication("refused", "sign in")).code(), AUTHENTICATION);
        assert_eq!(Error::usage("wrong").code(), USAGE);
    }

    #[test]
    fn a_closed_pipe_is_success_without_a_message() {
        let closed = Error::output(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.code(), closed.message(true)), (SUCCESS, None));
        let full = Error::output(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.code(), SERVICE);
        assert!(full.message(false).is_some_and(|message| message.contains("standard output")));
    }
}
