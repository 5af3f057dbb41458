//! Faults as text.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rosterkit_core::catalog::{Catalog, did_you_mean, printable};

use super::fault::takes_part;
use super::{Fault, FaultKind};
use crate::genesys::parts::PARTS;

const KINDS: [&str; 8] = ["status", "conflict", "expired-token", "delay", "drop", "truncate", "garbage", "without"];
const CONFLICTS: [u16; 3] = [409, 400, 408];
const SETTINGS: [&str; 5] = ["times", "probability", "skip", "seed", "retry-after"];
const GENESYS: &str = "genesys-users";
const LOGIN: [&str; 2] = ["oauthToken", "oauthAuthorize"];

/// The longest delay, an hour: a longer one is most likely a mistake.
const MAX_DELAY: Duration = Duration::from_secs(3600);

/// An invalid fault. The message quotes the invalid part and says what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for FaultError {}

fn wrong<T>(message: impl Into<String>) -> Result<T, FaultError> {
    Err(FaultError(message.into()))
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let Some((target, rest)) = text.split_once(':') else {
            return wrong(format!(
                "invalid fault `{}`: expected OPERATION:KIND, such as getUsers:status=429,retry-after=2 or *:drop=0.01",
                printable(text)
            ));
        };
        let (service, operation) = match target.split_once('/') {
            Some((service, operation)) => (Some(service), operation),
            None => (None, target),
        };
        let mut parts = rest.split(',');
        let kind = parts.next().unwrap_or_default();
        let (name, value) = pair(kind);
        let mut fault = Self::new(kind_named(name, value)?);
        if let (FaultKind::Drop | FaultKind::Truncate | FaultKind::Garbage | FaultKind::ExpiredToken, Some(value)) =
            (fault.kind, value)
        {
            fault.probability = number(name, value, "a probability from 0 to 1")?;
        }
        fault.service = service.filter(|name| *name != "*").map(str::to_owned);
        fault.operation = (operation != "*").then(|| operation.to_owned());
        for part in parts {
            setting(&mut fault, part)?;
        }
        fault.check()?;
        Ok(fault)
    }
}

fn pair(part: &str) -> (&str, Option<&str>) {
    let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
    (name.trim(), value.map(str::trim))
}

fn kind_named(name: &str, value: Option<&str>) -> Result<FaultKind, FaultError> {
    match (name, value) {
        ("status", Some(value)) => {
            Ok(FaultKind::Status { status: number(name, value, "a status from 400 to 599")?, retry_after: None })
        }
        ("status", None) => wrong("`status` needs a value: status=503"),
        ("conflict", value) => {
            let status = value.map_or(Ok(CONFLICTS[0]), |value| number(name, value, "409, 400 or 408"))?;
            Ok(FaultKind::Conflict { status })
        }
        ("delay", Some(value)) => duration(value).map(FaultKind::Delay),
        ("delay", None) => wrong("`delay` needs a value: delay=200ms"),
        ("expired-token", _) => Ok(FaultKind::ExpiredToken),
        ("drop", _) => Ok(FaultKind::Drop),
        ("truncate", _) => Ok(FaultKind::Truncate),
        ("garbage", _) => Ok(FaultKind::Garbage),
        ("without", Some(value)) => match PARTS.iter().find(|(part, _)| *part == value) {
            Some((part, _)) => Ok(FaultKind::Without { part }),
            None => wrong(unknown_part(value)),
        },
        ("without", None) => wrong("`without` needs a value: without=skills"),
        _ => wrong(unknown("kind of fault", name, &KINDS)),
    }
}

fn setting(fault: &mut Fault, part: &str) -> Result<(), FaultError> {
    let (name, value) = pair(part);
    if !SETTINGS.contains(&name) {
        return wrong(unknown("setting", name, &SETTINGS));
    }
    let Some(value) = value else { return wrong(format!("`{name}` needs a value: {name}=1")) };
    match (name, &mut fault.kind) {
        ("times", _) => fault.times = Some(number(name, value, "a whole number")?),
        ("probability", _) => fault.probability = number(name, value, "a number from 0 to 1")?,
        ("skip", _) => fault.skip = number(name, value, "a whole number")?,
        ("seed", _) => fault.seed = Some(number(name, value, "a whole number")?),
        (_, FaultKind::Status { retry_after, .. }) => {
            let seconds = value.strip_suffix('s').unwrap_or(value);
            *retry_after = Some(Duration::from_secs(number(name, seconds, "a whole number of seconds")?));
        }
        _ => return wrong("`retry-after` goes with `status` only: status=429,retry-after=2"),
    }
    Ok(())
}

fn number<T: FromStr>(name: &str, value: &str, what: &str) -> Result<T, FaultError> {
    value.parse().map_err(|_| FaultError(format!("invalid `{name}={}`: expected {what}", printable(value))))
}

/// A duration such as `200ms`, `2s`, `1.5m`; seconds without a unit.
pub(crate) fn duration(text: &str) -> Result<Duration, FaultError> {
    let (digits, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return wrong(format!("invalid duration `{}`: expected 200ms, 2s, 1m or 1h", printable(text))),
    };
    let seconds = digits.trim().parse::<f64>().ok().map(|number| number * factor);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| FaultError(format!("invalid duration `{}`: expected 200ms, 2s, 1m or 1h", printable(text))))
}

fn unknown_part(name: &str) -> String {
    let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
    unknown("part of users", name, &parts)
}

/// The message about a name that is none of the known ones.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let (near, known) = (near(name, known.iter().copied()), known.join(", "));
    format!("unknown {what} `{}`{near}; expected one of {known}", printable(name))
}

/// The question whether a name that is near was meant, as the end of a message; nothing if none is near.
pub(crate) fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(name, known).map(|question| format!("; {question}")).unwrap_or_default()
}

impl Fault {
    /// Checks what the types cannot: names and ranges.
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        match self.kind {
            FaultKind::Status { status, .. } if !(400..=599).contains(&status) => {
                return wrong(format!("invalid `status={status}`: expected a status from 400 to 599"));
            }
            FaultKind::Conflict { status } if !CONFLICTS.contains(&status) => {
                return wrong(format!("invalid `conflict={status}`: expected 409, 400 or 408"));
            }
            FaultKind::Without { part } if !PARTS.iter().any(|(known, _)| *known == part) => {
                return wrong(unknown_part(part));
            }
            FaultKind::Without { .. } if self.service.as_deref().is_some_and(|service| service != GENESYS) => {
                return wrong(format!(
                    "`without` is a fault of {GENESYS} only: leave the service out, or give this one"
                ));
            }
            FaultKind::Delay(delay) if delay > MAX_DELAY => return wrong("invalid delay: at most an hour"),
            _ => {}
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return wrong(format!("invalid probability {}: must be between 0 and 1", self.probability));
        }
        let catalogs: [(&str, Option<&Catalog>); 4] = [
            (GENESYS, Some(&genesys_users::generated::catalog::CATALOG)),
            ("peoplefluent-lms", Some(&peoplefluent_lms::generated::catalog::CATALOG)),
            ("session-clusters", Some(&session_clusters::generated::catalog::CATALOG)),
            ("login", None),
        ];
        if let Some(service) = &self.service
            && !catalogs.iter().any(|(name, _)| name == service)
        {
            return wrong(unknown("service", service, &catalogs.map(|(name, _)| name)));
        }
        let Some(operation) = &self.operation else { return Ok(()) };
        let mut ids = Vec::new();
        for (name, catalog) in catalogs {
            if self.service.as_deref().is_none_or(|wanted| wanted == name) {
                match catalog {
                    Some(catalog) => ids.extend(catalog.operations.iter().map(|entry| entry.operation.id)),
                    None => ids.extend(LOGIN),
                }
            }
        }
        if !ids.contains(&operation.as_str()) {
            return wrong(format!("unknown operation `{}`{}", printable(operation), near(operation, ids)));
        }
        match self.kind {
            FaultKind::Without { part } if !takes_part(GENESYS, operation, part) => wrong(format!(
                "invalid `without={part}`: {operation} does not take it as `expand`; give an operation that does, such as getUsers, or *"
            )),
            _ => Ok(()),
        }
    }
}
