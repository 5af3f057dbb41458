//! What was found: one row for each check.

use rosterkit_core::ErrorKind;
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::{self, Error};

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Ok,
    Problem,
    NotKnown,
}

impl Finding {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Problem => "problem",
            Self::NotKnown => "not known",
        }
    }
}

/// All rows, and the errors of the calls.
#[derive(Default)]
pub(super) struct Report {
    rows: Vec<Value>,
    problems: usize,
    services: usize,
    /// The profile whose OAuth client the next checks are about, if there are several.
    of: Option<String>,
    failures: Vec<Error>,
}

pub(super) const COLUMNS: [&str; 4] = ["service", "check", "result", "detail"];

impl Report {
    /// Begins with the next service, or with the OAuth client of this profile.
    pub(super) fn begin(&mut self, of: Option<&str>) {
        self.services += 1;
        self.of = of.map(str::to_owned);
    }

    /// Ends with the OAuth clients: what follows is about all of them.
    pub(super) fn all(&mut self) {
        self.of = None;
    }

    pub(super) fn add(&mut self, service: &str, check: &str, finding: Finding, detail: impl Into<String>) {
        self.problems += usize::from(finding == Finding::Problem);
        let check = self.of.as_ref().map_or_else(|| check.to_owned(), |profile| format!("{check} of {profile}"));
        let row = json!({ "service": service, "check": check, "result": finding.name(), "detail": detail.into() });
        self.rows.push(row);
    }

    /// The call to a service failed, or could not be made: says of each check before the response what is known.
    pub(super) fn failed(&mut self, service: &str, address: &str, error: Error) {
        let detail = error.message(false).unwrap_or_default();
        let detail = detail.lines().next().unwrap_or_default().to_owned();
        let (kind, status) = match &error {
            Error::Call { error, .. } => (Some(error.kind()), error.status().map(|status| status.as_u16())),
            _ => (None, None),
        };
        match (kind, status) {
            (Some(ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport), _) => {
                self.add(service, "connection", Finding::Problem, detail);
            }
            (Some(ErrorKind::MissingCredential | ErrorKind::Authentication), _) | (None, _)
                if error.code() == error::AUTHENTICATION =>
            {
                self.add(service, "connection", Finding::NotKnown, "the service was not asked");
                self.add(service, "authentication", Finding::Problem, detail);
            }
            (_, Some(401)) => {
                self.add(service, "connection", Finding::Ok, address);
                self.add(service, "authentication", Finding::Problem, detail);
            }
            (_, Some(_)) => {
                self.add(service, "connection", Finding::Ok, address);
                self.add(service, "response", Finding::Problem, detail);
            }
            (_, None) => self.add(service, "settings", Finding::Problem, detail),
        }
        self.failures.push(error);
    }

    /// Prints the rows.
    ///
    /// # Errors
    /// If there are problems: the error of the call, if there is one service, or all fail for the same reason of
    /// authentication or network; else their number.
    pub(super) fn print(self, context: &Context) -> Result<(), Error> {
        let mut rows = context.printer()?.fixed_rows(&COLUMNS)?;
        for row in self.rows {
            rows.push(row)?;
        }
        rows.finish()?;
        if self.problems == 0 {
            return Ok(());
        }
        let codes: Vec<u8> = self.failures.iter().map(Error::code).collect();
        let is_common = codes.len() == self.services
            && (self.services == 1
                || [error::AUTHENTICATION, error::NETWORK].iter().any(|code| codes.iter().all(|it| it == code)));
        match self.failures.into_iter().next() {
            Some(failure) if is_common => Err(failure),
            _ => Err(Error::Partial(match self.problems {
                1 => "one check found a problem".to_owned(),
                count => format!("{count} checks found problems"),
            })),
        }
    }
}
