//! The sync file, `rosterkit-sync.toml`: flows, in the order in which they run.

mod check;
mod example;
mod keys;
mod problem;
mod read;
mod schema;
mod values;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

pub use self::example::example;
pub(crate) use self::keys::field_of_part;
pub use self::problem::{ConfigError, ConfigProblem};
pub use self::schema::json_schema;

use crate::expression::Expression;
use crate::span::Span;

/// A sync file that was read and checked. It holds no credential: clients are made elsewhere.
#[derive(Clone, Debug)]
pub struct SyncFile {
    /// Where it was read.
    pub path: PathBuf,
    /// The SHA-256 of its text, in hexadecimal digits. A plan belongs to one text.
    pub hash: String,
    /// The state file. A relative path is relative to the folder of the sync file. Default: the sync file's name with
    /// `.db`.
    pub state: PathBuf,
    /// How old a plan may be when it is applied. Default: 24h.
    pub plan_max_age: Span,
    /// The time zone of the LMS's date-times. Required for completions.
    pub lms_time_zone: Option<chrono_tz::Tz>,
    /// A command that is run after a run has ended.
    pub on_finish: Option<OnFinish>,
    /// The flows, in order. Names are unique.
    pub flows: Vec<Flow>,
}

/// The maximum length of a sync file, in bytes.
const MAX_LENGTH: usize = 1 << 20;

impl SyncFile {
    /// Reads and checks a sync file: TOML in UTF-8, of at most 1 MiB.
    ///
    /// # Errors
    /// If the file cannot be read, or with all that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |error: std::io::Error| ConfigError::unreadable(path, format!("cannot be read: {error}"));
        let mut bytes = Vec::new();
        // One byte more than is accepted, so that a longer file is noticed.
        File::open(path)
            .map_err(unreadable)?
            .take(MAX_LENGTH as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() > MAX_LENGTH {
            let reason = format!("is larger than the maximum of {MAX_LENGTH} bytes for a sync file");
            return Err(ConfigError::unreadable(path, reason));
        }
        match str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, path),
            Err(error) => {
                let lines = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                let reason = format!("line {} is not UTF-8; save the file as UTF-8", lines + 1);
                Err(ConfigError::unreadable(path, reason))
            }
        }
    }

    /// Reads and checks a text. Relative paths in it are relative to the folder of the path.
    ///
    /// ```
    /// use rosterkit_sync::config::SyncFile;
    ///
    /// let error = SyncFile::parse("flw = []", "sync.toml".as_ref()).unwrap_err();
    /// assert_eq!(error.problems()[0].message, "`flow` is missing; expected tables with two pairs of brackets, such as `[[flow]]`");
    /// assert_eq!(error.problems()[1].message, "`flw` is an unknown key; did you mean `flow`?");
    /// ```
    ///
    /// # Errors
    /// With all that is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        read::read(text, path)
    }
}

/// A command that is run, without a shell, after a run has ended and its state is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnFinish {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may take. Default: 1m.
    pub timeout: Span,
}

/// One direction: people, or their completions, from a source to a target.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The name, unique in the file: letters, digits, `-` and `_`.
    pub name: String,
    /// Where records come from.
    pub from: From,
    /// Where they go.
    pub to: To,
    /// Which operation lists Genesys users of the target (`target.listing`). Default: [`GenesysListing::List`].
    pub target_listing: GenesysListing,
    /// Which source records are in scope (`where`). Default: all.
    pub scope: Option<Expression>,
    /// Whether a source person is active. Default: by the kind of source; in a file, everybody is.
    pub active: Option<Expression>,
    /// The fields that sync owns. No other field is ever written.
    pub fields: Vec<Field>,
    /// How people of both sides are recognized.
    pub identity: Identity,
    /// What happens to people who left.
    pub removals: Removals,
    /// Whether inactive target people are activated again. Default: [`Reactivate::Own`].
    pub reactivate: Reactivate,
    /// Whether deleted Genesys users are restored. They have lost their roles. Default: false.
    pub restore: bool,
    /// What happens to a target value that was changed by somebody else. Default: [`OnManualChange::Overwrite`].
    pub on_manual_change: OnManualChange,
    /// Who is never touched.
    pub protect: Protect,
    /// How much may change at once.
    pub limits: Limits,
    /// For a flow of completions.
    pub completions: Option<Completions>,
}

/// Where the records of a flow come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// `genesys-users`: rows as `genesys users list` prints them, active and inactive.
    GenesysUsers {
        /// Parts to read for each user, such as `skills`.
        expand: Vec<String>,
        /// Which operation lists them. Default: [`GenesysListing::List`].
        listing: GenesysListing,
    },
    /// `lms-users`: rows as `lms export users` prints them, of every status.
    LmsUsers,
    /// `session-users`: rows as `sessions users` prints them.
    SessionUsers,
    /// `session-completions`: rows as `sessions completions` prints them.
    SessionCompletions,
    /// `file`: rows of a CSV or JSON-lines file.
    File {
        /// The file. A relative path is relative to the folder of the sync file.
        path: PathBuf,
        /// How many rows it has, if that is known.
        expect_rows: Option<u64>,
    },
}

impl From {
    /// The name in the sync file.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::GenesysUsers { .. } => keys::GENESYS_USERS,
            Self::LmsUsers => keys::LMS_USERS,
            Self::SessionUsers => keys::SESSION_USERS,
            Self::SessionCompletions => keys::SESSION_COMPLETIONS,
            Self::File { .. } => keys::FILE,
        }
    }
}

/// The operation that lists Genesys users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GenesysListing {
    /// `list`: `getUsers`, by page number, once for active and once for inactive users. Ends at 10,000 inactive users.
    #[default]
    List,
    /// `query`: `getUsersQuery`, by cursor. Needs `directory:user:view` in all divisions.
    Query,
}

/// Where the records of a flow go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// `session-users`
    SessionUsers,
    /// `genesys-users`
    GenesysUsers,
    /// `lms-users`: finds who is who; writes nothing.
    LmsUsers,
    /// `lms-external-training`: training records of completions.
    LmsExternalTraining,
}

impl To {
    /// The name in the sync file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionUsers => keys::SESSION_USERS,
            Self::GenesysUsers => keys::GENESYS_USERS,
            Self::LmsUsers => keys::LMS_USERS,
            Self::LmsExternalTraining => keys::EXTERNAL_TRAINING,
        }
    }
}

/// One field that sync owns.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in the target, such as `firstName`.
    pub name: String,
    /// Its value, over the source record. `null` and an empty text count as absent.
    pub value: Expression,
    /// Whether no value clears the field. Otherwise, it leaves the field alone.
    pub clear: bool,
}

/// How people of both sides are recognized.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The stable id of a source record. Default: `id`; required for files.
    pub id: Expression,
    /// The first contact: passes in order, each of which pairs people who have no partner yet.
    pub passes: Vec<Pass>,
}

/// One way to pair people who have no partner yet: equal keys, ignoring case and surrounding spaces.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The name of the pass, for messages: the target expression's text.
    pub name: String,
    /// The key of a source record. No value: not in this pass.
    pub source: Expression,
    /// The key of a target record.
    pub target: Expression,
    /// Whether each pair must be confirmed before it is used: a name identifies no one.
    pub confirm: bool,
}

/// What happens to people who left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removals {
    /// Whether managed people who left are deactivated. Default: false (`none`).
    pub deactivate: bool,
    /// Who has left. Default: missing, inactive.
    pub when: Vec<Left>,
    /// How long a person is missing before the removal. Default: none.
    pub grace: Span,
    /// Which operation deactivates session users.
    pub deactivate_by: DeactivateBy,
}

/// Why a person counts as having left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// `missing`: not in a complete source.
    Missing,
    /// `inactive`: inactive or deleted in the source.
    Inactive,
    /// `out-of-scope`: no longer matched by `where`.
    OutOfScope,
}

/// How session users are deactivated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeactivateBy {
    /// `batch`: `batchDeactivateUsers`, by id.
    #[default]
    Batch,
    /// `upsert`: `batchUpsertUsers` with `active: false`.
    Upsert,
}

/// Which inactive target people are activated again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reactivate {
    /// `own`: those whom sync deactivated.
    #[default]
    Own,
    /// `always`
    Always,
    /// `never`
    Never,
}

/// What happens to a target value that differs from the one that was last applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnManualChange {
    /// `overwrite`: the source wins; the plan marks it.
    #[default]
    Overwrite,
    /// `report`: it is left alone, and reported as a conflict.
    Report,
}

/// Who is never touched.
#[derive(Clone, Debug)]
pub struct Protect {
    /// Ids of either side.
    pub ids: Vec<String>,
    /// Patterns of e-mail addresses, with `*` for any text, ignoring case.
    pub emails: Vec<String>,
    /// Expressions over the source record.
    pub source: Vec<Expression>,
    /// Expressions over the target record.
    pub target: Vec<Expression>,
    /// Genesys users who may administer. Default: true.
    pub administrators: bool,
}

/// How much may change at once. A flow beyond a limit is not applied at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The smallest size of a complete read, in percent of the last one. Default: 80.
    pub min_percent: u8,
    /// The most removals. Default: 100.
    pub removals: u64,
    /// The most removals in percent of the managed people who are active in the target, rounded down, at least 1.
    /// Default: 5.
    pub removals_percent: u8,
    /// The most creations. Default: none.
    pub creations: Option<u64>,
    /// The most updates, reactivations included. Default: none.
    pub updates: Option<u64>,
}

/// A flow of completions.
#[derive(Clone, Debug)]
pub struct Completions {
    /// The earliest session date.
    pub since: rosterkit_core::Date,
    /// How far the window goes back behind the newest session of an applied run. Default: 30d.
    pub overlap: Span,
    /// How often the window goes back to `since`. Default: 7d.
    pub full_every: Span,
    /// How long ago a session must have ended. Default: 2h.
    pub settle: Span,
    /// The LMS user of a completion, over the completion.
    pub user: Option<Expression>,
    /// The link flow whose identities lead from a session user's `remoteId` to an LMS user.
    pub identities: Option<String>,
    /// Whether records of completions that are gone are withdrawn. Default: false.
    pub withdraw: bool,
}

#[cfg(test)]
mod tests;
