//! One fault: what goes wrong, for which operation, and when.

use std::fmt;
use std::time::Duration;

/// Operations that take `expand` as a part of a search.
const SEARCHES: [&str; 2] = ["getUsersSearch", "postUsersSearch"];

/// What goes wrong, for which operation, and when.
///
/// Written as text, for flags and the control endpoint, a fault is `OPERATION:KIND[,SETTING…]`:
///
/// | operation | means |
/// | --- | --- |
/// | `*` | every request to one of the services |
/// | `getUser` | the operation of this id, in any service |
/// | `genesys-users/getUsers` | the operation of one service: `genesys-users`, `peoplefluent-lms`, `session-clusters` or `login`, whose operations are `oauthToken` and `oauthAuthorize` |
/// | `genesys-users/*` | every request to one service, unknown paths included |
///
/// | kind | means | does the operation run? |
/// | --- | --- | --- |
/// | `status=429` | this error status, 400 to 599, in the format of the service | no |
/// | `conflict` or `conflict=409` | 409 with the code `general.conflict`, as for a version that is not the current one | no |
/// | `conflict=400` | 400 with a message that the version does not match, the second form of the same | no |
/// | `conflict=408` | 408, the third form | no |
/// | `expired-token` | 401, as for a token that has expired | no |
/// | `delay=200ms` | a wait before anything else; units are `ms`, `s`, `m` and `h`; seconds without a unit | yes |
/// | `drop` | the connection breaks in the middle of the body | yes |
/// | `truncate` | half of the body with the length of that half, so only its content shows that it is truncated; a response without a body is not changed | yes |
/// | `garbage` | a body that is not what its media type says; a response without a body is not changed | yes |
/// | `without=skills` | users are shown without this part although `expand` asks for it, as the service does at times; only Genesys has it, and faults for several parts add up | yes |
///
/// | setting | means | default |
/// | --- | --- | --- |
/// | `times=3` | it applies to three requests | no limit |
/// | `probability=0.1` | it applies to a tenth of the requests, drawn from the seed | 1 |
/// | `skip=2` | it skips the first two requests | 0 |
/// | `seed=5` | the seed of the probability: the fault does not depend on when it is added | the sandbox's seed and the fault's number |
/// | `retry-after=2` | `status` only: the header `Retry-After`, in whole seconds | no header |
///
/// `drop`, `truncate`, `garbage` and `expired-token` can have their probability as a value: `*:drop=0.01`.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_sandbox::{Fault, FaultKind};
///
/// let written: Fault = "getUsers:status=429,retry-after=2,times=3".parse()?;
/// let built = Fault::new(FaultKind::Status { status: 429, retry_after: Some(Duration::from_secs(2)) })
///     .operation("getUsers")
///     .times(3);
/// assert_eq!(written, built);
/// assert_eq!(built.to_string(), "getUsers:status=429,retry-after=2,times=3");
/// # Ok::<(), rosterkit_sandbox::FaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Fault {
    pub(crate) service: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) kind: FaultKind,
    pub(crate) times: Option<u64>,
    pub(crate) probability: f64,
    pub(crate) skip: u64,
    pub(crate) seed: Option<u64>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// An error response in the format of the service. The operation does not run.
    Status {
        /// 400 to 599.
        status: u16,
        /// The header `Retry-After`, truncated to whole seconds.
        retry_after: Option<Duration>,
    },
    /// A conflict in one of the forms that Genesys has for it. The operation does not run.
    Conflict {
        /// 409, 400 or 408.
        status: u16,
    },
    /// 401, as for a token that has expired. The operation does not run.
    ExpiredToken,
    /// A wait before anything else.
    Delay(Duration),
    /// The connection breaks in the middle of the body. The operation has run.
    Drop,
    /// Half of the body, with the length of that half. The operation has run.
    Truncate,
    /// A body that is not what its media type says. The operation has run.
    Garbage,
    /// Users of Genesys are shown without a part although `expand` asks for it. The operation has run.
    Without {
        /// The value of `expand`, such as `skills`.
        part: &'static str,
    },
}

/// Whether an operation shows a part of users on request.
pub(super) fn takes_part(service: &str, operation: &str, part: &str) -> bool {
    let catalog = &genesys_users::generated::catalog::CATALOG;
    let expand = catalog.find(operation).and_then(|entry| entry.parameter("expand"));
    let takes = SEARCHES.contains(&operation) || expand.is_some_and(|expand| expand.values.contains(&part));
    service == catalog.api && takes
}

impl Fault {
    /// A fault of every request.
    pub fn new(kind: FaultKind) -> Self {
        Self { service: None, operation: None, kind, times: None, probability: 1.0, skip: 0, seed: None }
    }

    /// A rate limit: 429 with `Retry-After`.
    pub fn rate_limit(retry_after: Duration) -> Self {
        Self::new(FaultKind::Status { status: 429, retry_after: Some(retry_after) })
    }

    /// Limits it to one operation, by its id in the spec.
    pub fn operation(self, id: impl Into<String>) -> Self {
        Self { operation: Some(id.into()), ..self }
    }

    /// Limits it to one service: `genesys-users`, `peoplefluent-lms`, `session-clusters` or `login`.
    pub fn service(self, name: impl Into<String>) -> Self {
        Self { service: Some(name.into()), ..self }
    }

    /// Limits how many requests it is applied to. Default: no limit.
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Sets its probability, from 0 (never) to 1 (always, the default). The same seed gives the same faults for the same
    /// requests.
    pub fn probability(self, probability: f64) -> Self {
        Self { probability, ..self }
    }

    /// Sets how many requests it skips first. Default: 0.
    pub fn skip(self, requests: u64) -> Self {
        Self { skip: requests, ..self }
    }

    /// Sets the seed of the probability: the fault does not depend on when it is added. Default: the sandbox's seed and the
    /// fault's number, so that several faults do not strike alike.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    pub(crate) fn is_for(&self, service: &str, operation: Option<&str>) -> bool {
        self.service.as_deref().is_none_or(|wanted| wanted == service)
            && self.operation.as_deref().is_none_or(|wanted| Some(wanted) == operation)
            && match self.kind {
                FaultKind::Without { part } => operation.is_some_and(|id| takes_part(service, id, part)),
                _ => true,
            }
    }
}

/// The text that parses to the same fault.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(formatter, "{service}/")?;
        }
        write!(formatter, "{}:{}", self.operation.as_deref().unwrap_or("*"), self.kind)?;
        if let Some(times) = self.times {
            write!(formatter, ",times={times}")?;
        }
        if self.probability < 1.0 {
            write!(formatter, ",probability={}", self.probability)?;
        }
        if self.skip > 0 {
            write!(formatter, ",skip={}", self.skip)?;
        }
        match self.seed {
            Some(seed) => write!(formatter, ",seed={seed}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, retry_after: None } => write!(formatter, "status={status}"),
            Self::Status { status, retry_after: Some(after) } => {
                write!(formatter, "status={status},retry-after={}", after.as_secs())
            }
            Self::Conflict { status: 409 } => formatter.write_str("conflict"),
            Self::Conflict { status } => write!(formatter, "conflict={status}"),
            Self::ExpiredToken => formatter.write_str("expired-token"),
            Self::Delay(delay) => write!(formatter, "delay={}ms", delay.as_nanos() as f64 / 1e6),
            Self::Drop => formatter.write_str("drop"),
            Self::Truncate => formatter.write_str("truncate"),
            Self::Garbage => formatter.write_str("garbage"),
            Self::Without { part } => write!(formatter, "without={part}"),
        }
    }
}
