//! What can go wrong, and the exit code of each.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done; also when whoever read the output stopped reading |
//! | 1 | the service refused or failed, its answer is not what it should be, or a local file could not be written |
//! | 2 | wrong arguments, settings or input; nothing was sent |
//! | 3 | some items of several failed; all of them, unless for one of the next two reasons |
//! | 4 | no credential, or one that the service does not accept (status 401) |
//! | 5 | no connection, a connection that broke, or no answer in time |
//! | 130, 143, 129 | interrupted by Ctrl-C, by SIGTERM, by the end of the terminal |

use std::fmt;
use std::io;
use std::sync::Arc;

use rosterkit_core::catalog::{Catalog, OperationEntry};
use rosterkit_core::job::{JobError, JobErrorKind};
use rosterkit_core::paging::PagingError;
use rosterkit_core::{Error as CallError, ErrorKind};

use crate::{signals, text};

pub(crate) const SUCCESS: u8 = 0;
pub(crate) const SERVICE: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const PARTIAL: u8 = 3;
pub(crate) const AUTHENTICATION: u8 = 4;
pub(crate) const NETWORK: u8 = 5;

/// How long a message of a service is that is shown.
const LONGEST: usize = 500;

/// Why a command did not do all that it was asked to.
#[derive(Debug)]
pub(crate) enum Error {
    /// Wrong arguments, settings or input. The message says what would be right.
    Usage(String),
    /// A call failed. With what there is to say before the error's own words, such as where a listing stopped.
    Call { before: String, error: Arc<CallError> },
    /// The service did the call, but not what was asked for.
    Service(String),
    /// A job of the service failed. With the service's reason, which may quote what it was asked for.
    Job { message: String, reason: Option<String> },
    /// Some items failed. The message counts them.
    Partial(String),
    /// A credential could not be had.
    Credential(String),
    /// A file could not be written.
    Write { what: String, source: io::Error },
    /// Whoever read standard output stopped reading.
    BrokenPipe,
    /// A signal ended it, with this exit code.
    Interrupted(u8),
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// How a command ends whose items are named on the command line and have told their outcomes. The failure of the only
    /// one is that of the command, and so is the one that all have in common.
    pub(crate) fn of_named(failed: usize, total: usize, outage: Outage) -> Result<(), Self> {
        if let Some(error) = outage.of_all(total as u64) {
            return Err(error);
        }
        match (failed, total) {
            (0, _) => Ok(()),
            (_, 1) => Err(Self::Service("the service refused it; its line says why".to_owned())),
            (failed, total) => Err(Self::Partial(format!("{failed} of {total} failed; their lines say why"))),
        }
    }

    /// A failure to write to standard output, where a closed pipe is the reader's way to say that it has enough.
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
            Self::Credential(_) => AUTHENTICATION,
            Self::BrokenPipe => SUCCESS,
            Self::Interrupted(code) => *code,
        }
    }

    /// What to tell the user; `None` where there is nobody to tell, or nothing new. Verbose messages have the service's
    /// own words, which may quote what it was sent.
    pub(crate) fn message(&self, verbose: bool) -> Option<String> {
        Some(match self {
            Self::Usage(message) | Self::Partial(message) | Self::Service(message) | Self::Credential(message) => {
                message.clone()
            }
            Self::Call { before, error } => {
                let advice = match error.kind() {
                    ErrorKind::MissingCredential => credential_advice(error),
                    _ => String::new(),
                };
                format!("{before}{error}{}{advice}", service_words(error, verbose))
            }
            Self::Job { message, reason } => format!("{message}{}", words(reason.as_deref(), verbose)),
            Self::Write { what, source } => format!("cannot write {what}: {source}"),
            Self::BrokenPipe | Self::Interrupted(_) => return None,
        })
    }
}

/// The one place that maps errors of calls to exit codes.
pub(crate) fn code_of(error: &CallError) -> u8 {
    match error.kind() {
        ErrorKind::InvalidRequest
        | ErrorKind::Configuration
        | ErrorKind::RequestBody
        | ErrorKind::InsecureTransport => USAGE,
        ErrorKind::MissingCredential | ErrorKind::Authentication => AUTHENTICATION,
        ErrorKind::Status if error.status().is_some_and(|status| status.as_u16() == 401) => AUTHENTICATION,
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => NETWORK,
        // The rest is about what the service answered; kinds that are yet to come, too.
        _ => SERVICE,
    }
}

/// What the service itself says. Its code is no personal data and always shown; its message may be, and is shown to
/// those who ask for it.
fn service_words(error: &CallError, verbose: bool) -> String {
    let Some(body) = error.body() else { return String::new() };
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let find = |pointers: &[&str]| {
        pointers.iter().find_map(|pointer| body.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned))
    };
    let is_code = |code: &String| {
        (1..=64).contains(&code.len()) && code.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
    };
    let code = find(&["/code", "/error/code"]).filter(is_code);
    let message = find(&["/message", "/error/message", "/error_description", "/error"]);
    let code = code.map(|code| format!("\n  the service's code: {code}")).unwrap_or_default();
    code + &words(message.as_deref(), verbose)
}

/// The service's own words, for those who ask for them.
fn words(message: Option<&str>, verbose: bool) -> String {
    match message {
        Some(message) if verbose => format!("\n  the service says: {}", text::shortened(message, LONGEST)),
        Some(_) => "\n  `-v` shows the service's own words".to_owned(),
        None => String::new(),
    }
}

/// Where a credential can be given for the service that misses one.
fn credential_advice(error: &CallError) -> String {
    let catalogs =
        [&genesys_users::catalog::CATALOG, &peoplefluent_lms::catalog::CATALOG, &session_clusters::catalog::CATALOG];
    let entry = |catalog: &'static Catalog| error.operation().and_then(|id| catalog.find(id));
    // Two services have an operation of one name.
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
    format!(
        "\n  options and environment: {places}\n  or keep it in a profile (`rosterkit profile add --help`), or try --sandbox"
    )
}

/// The items of several that failed because there was no connection, it broke, or no answer came in time.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    items: u64,
    first: Option<Arc<CallError>>,
}

impl Outage {
    /// Counts an item whose call failed, if it failed for that reason.
    pub(crate) fn see(&mut self, error: &Arc<CallError>) {
        if code_of(error) == NETWORK {
            self.items += 1;
            self.first.get_or_insert_with(|| Arc::clone(error));
        }
    }

    /// The failure of the first item, if all of so many failed for that reason.
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
        // Where nothing was listed, nothing stopped.
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
                None => Self::Service(format!("job{id}: its state could not be read")),
            },
            _ => Self::Job { message: format!("job{id}: {error}"), reason: error.reason().map(str::to_owned) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_sent_is_a_usage_error() {
        assert_eq!(Error::from(CallError::configuration("no URL")).code(), USAGE);
        assert_eq!(Error::from(CallError::authentication("refused", "sign in")).code(), AUTHENTICATION);
        assert_eq!(Error::usage("wrong").code(), USAGE);
    }

    #[test]
    fn a_closed_pipe_is_success_and_says_nothing() {
        let closed = Error::output(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.code(), closed.message(true)), (SUCCESS, None));
        let full = Error::output(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.code(), SERVICE);
        assert!(full.message(false).is_some_and(|message| message.contains("standard output")));
    }
}
