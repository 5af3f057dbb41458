//! How far reads lag behind writes, as on a platform of many machines.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rosterkit_core::catalog::printable;

use crate::faults::{duration, unknown};

/// How far reads of Genesys lag behind writes. Without it, every read sees every write.
///
/// As text, for a flag, it is a list such as `search=3m,read=2s`:
///
/// | name | what lags |
/// | --- | --- |
/// | `search` | searches of users: they find users as they were before a creation, a change or a deletion |
/// | `read` | reads of one user by its id, and of what belongs to it: 404 after the creation; the account as it was before a change or a deletion |
/// | `queues` | joining and leaving queues: the response and later reads show the state before |
///
/// Listings see every write at once, and so do writes: a change needs the current version, and not the one that a late read
/// shows. Time is that of the [sandbox's clock](crate#determinism): nothing waits, and without
/// [`running_clock`](crate::SandboxBuilder::running_clock) a lag ends when the clock is advanced. A state file holds what was
/// written, not what reads still show.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_sandbox::Lag;
///
/// let lag: Lag = "search=3m,read=2s".parse()?;
/// assert_eq!(lag, Lag::default().search(Duration::from_secs(180)).read(Duration::from_secs(2)));
/// assert_eq!(lag.to_string(), "search=180000ms,read=2000ms");
/// # Ok::<(), rosterkit_sandbox::LagError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Lag {
    pub(crate) search: Duration,
    pub(crate) read: Duration,
    pub(crate) queues: Duration,
}

const NAMES: [&str; 3] = ["search", "read", "queues"];

impl Lag {
    /// Sets how far searches lag. Default: not at all.
    pub fn search(self, lag: Duration) -> Self {
        Self { search: lag, ..self }
    }

    /// Sets how far reads of one user lag. Default: not at all.
    pub fn read(self, lag: Duration) -> Self {
        Self { read: lag, ..self }
    }

    /// Sets how long joining and leaving a queue takes. Default: no time.
    pub fn queues(self, lag: Duration) -> Self {
        Self { queues: lag, ..self }
    }
}

/// An invalid lag. The message quotes the invalid part and says what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LagError(String);

impl fmt::Display for LagError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for LagError {}

impl FromStr for Lag {
    type Err = LagError;

    fn from_str(text: &str) -> Result<Self, LagError> {
        let mut lag = Self::default();
        let mut seen = Vec::new();
        for part in text.split(',') {
            let Some((name, value)) = part.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err(LagError(format!(
                    "invalid lag `{}`: expected NAME=DURATION, such as search=3m,read=2s",
                    printable(part)
                )));
            };
            let time = duration(value).map_err(|error| LagError(error.to_string()))?;
            match name {
                "search" => lag.search = time,
                "read" => lag.read = time,
                "queues" => lag.queues = time,
                _ => {
                    return Err(LagError(unknown("lag", name, &NAMES)));
                }
            }
            if seen.contains(&name) {
                return Err(LagError(format!("lag `{name}` is given twice: give it only once")));
            }
            seen.push(name);
        }
        Ok(lag)
    }
}

/// The text that parses to the same lag.
impl fmt::Display for Lag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = NAMES.into_iter().zip([self.search, self.read, self.queues]);
        let parts: Vec<String> = parts
            .filter(|(_, time)| !time.is_zero())
            .map(|(name, time)| format!("{name}={}ms", time.as_nanos() as f64 / 1e6))
            .collect();
        formatter.write_str(if parts.is_empty() { "read=0ms" } else { "" })?;
        formatter.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_printed_as_a_text_that_parses_to_it() {
        for text in ["search=3m,read=2s", "queues=1.5", "read=0", "queues=200ms,search=1h"] {
            let lag: Lag = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(lag.to_string().parse(), Ok(lag), "{text}");
        }
    }

    #[test]
    fn an_invalid_lag_is_rejected_with_an_explanation() {
        for (text, part) in [
            ("", "NAME=DURATION"),
            ("search", "NAME=DURATION"),
            ("search=3m,", "NAME=DURATION"),
            ("serch=3m", "did you mean `search`?"),
            ("read=soon", "invalid duration `soon`"),
            ("read=-1s", "invalid duration"),
            ("read=1s,read=2s", "`read` is given twice"),
        ] {
            let error = text.parse::<Lag>().map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|message| message.contains(part)), "{text}: {error:?}");
        }
    }
}
