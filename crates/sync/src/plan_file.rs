//! A plan as a file, for the person who approves it.
//!
//! What is applied is in the state file. The file names its plan by number and digest, and a file whose actions are not those
//! of the state file is refused: who takes a line out of it would otherwise believe that it is not applied.
//!
//! A redacted file has ids and the names of fields, but neither names of people nor values. It can be applied as well.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use rosterkit_core::chrono::SecondsFormat;
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::plan::{Action, ActionKind, PlanSummary};
use crate::state::plans::{self, ActionFilter, StoredPlan};
use crate::state::{Connection, State, StateError};

/// What the key `format` of a plan file has.
pub const FORMAT: &str = "rosterkit-sync-plan";
/// The version of plan files that this version writes and reads.
pub const VERSION: u64 = 1;
/// The end of a plan file.
pub const END: &str = "\n  ]\n}\n";

/// An action without the name of the person and without values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactedAction {
    /// The position in the plan, counted from 1.
    pub seq: u64,
    /// The flow.
    pub flow: String,
    /// What is planned.
    pub kind: ActionKind,
    /// The id in the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_id: Option<String>,
    /// The id in the target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_id: Option<String>,
    /// The names of the fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
    /// Why it is not applied although it is a write.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held: Option<String>,
}

impl From<&Action> for RedactedAction {
    fn from(action: &Action) -> Self {
        Self {
            seq: action.seq,
            flow: action.flow.clone(),
            kind: action.kind,
            source_id: action.source_id.clone(),
            target_id: action.target_id.clone(),
            fields: action.changes.iter().map(|change| change.field.clone()).collect(),
            reason: action.reason.clone(),
            held: action.held.clone(),
        }
    }
}

/// The text of a plan file before its actions.
pub fn begin(plan: &StoredPlan, redacted: bool) -> String {
    let created_at = plan.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let head = [
        ("format", json!(FORMAT)),
        ("version", json!(VERSION)),
        ("plan", json!(plan.id)),
        ("digest", json!(plan.digest)),
        ("created_at", json!(created_at)),
        ("file_hash", json!(plan.file_hash)),
        ("addresses", plan.addresses.clone()),
        ("redacted", json!(redacted)),
        ("summary", plan.summary.clone()),
    ];
    let head: Vec<String> = head.iter().map(|(name, value)| format!("  \"{name}\": {value},\n")).collect();
    format!("{{\n{}  \"actions\": [", head.concat())
}

/// The text of an action in a plan file. [`END`] follows the last.
pub fn line(action: &Action, redacted: bool, is_first: bool) -> String {
    let action = if redacted { json!(RedactedAction::from(action)) } else { json!(action) };
    format!("{}\n    {action}", if is_first { "" } else { "," })
}

/// A plan file that was read, without its actions.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanFile {
    path: PathBuf,
    plan: i64,
    digest: String,
    file_hash: String,
    addresses: Value,
    redacted: bool,
    summary: PlanSummary,
    /// SHA-256 over the actions.
    actions: [u8; 32],
}

/// The keys that are read first: they say how to read the others.
#[derive(Deserialize)]
struct Start {
    format: Option<Value>,
    version: Option<Value>,
    redacted: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound = "A: DeserializeOwned + Serialize")]
struct Body<A> {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u64,
    plan: i64,
    digest: String,
    #[serde(rename = "created_at")]
    _created_at: String,
    file_hash: String,
    addresses: Value,
    redacted: bool,
    summary: PlanSummary,
    actions: Hashed<A>,
}

/// The hash of a list, of which one item at a time is in memory.
struct Hashed<A>([u8; 32], std::marker::PhantomData<A>);

impl<'de, A: DeserializeOwned + Serialize> Deserialize<'de> for Hashed<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<A>(std::marker::PhantomData<A>);
        impl<'de, A: DeserializeOwned + Serialize> Visitor<'de> for List<A> {
            type Value = [u8; 32];

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of actions")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<[u8; 32], S::Error> {
                let mut hash = Sha256::new();
                while let Some(action) = items.next_element::<A>()? {
                    add(&mut hash, &action);
                }
                Ok(hash.finalize().into())
            }
        }
        deserializer
            .deserialize_seq(List::<A>(std::marker::PhantomData))
            .map(|hash| Self(hash, std::marker::PhantomData))
    }
}

fn add<A: Serialize>(hash: &mut Sha256, action: &A) {
    hash.update(json!(action).to_string());
    hash.update(b"\n");
}

/// Why a plan file is not applied.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlanFileError {
    /// The file cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not a plan file. The text has the place, and no values.
    Invalid(String),
    /// It is one, but not of a plan that can be applied.
    Refused(String),
    /// The state file failed.
    State(StateError),
}

impl fmt::Display for PlanFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(formatter, "cannot read `{}`: {source}", path.display()),
            Self::Invalid(text) | Self::Refused(text) => formatter.write_str(text),
            Self::State(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for PlanFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::State(error) => Some(error),
            Self::Invalid(_) | Self::Refused(_) => None,
        }
    }
}

impl PlanFile {
    /// Reads a plan file.
    ///
    /// # Errors
    /// If it cannot be read, or is not a plan file of this version.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let invalid =
            |problem: String| PlanFileError::Invalid(format!("invalid plan file `{}`: {problem}", path.display()));
        let start: Start = parse(path)?;
        if start.format.as_ref().and_then(Value::as_str) != Some(FORMAT) {
            return Err(invalid(format!(
                "expected the key `format` with \"{FORMAT}\": use a file of `sync plan --out`"
            )));
        }
        match start.version.as_ref().map(Value::as_u64) {
            Some(Some(VERSION)) => {}
            Some(Some(version)) => {
                let problem = format!("version {version} is not supported; expected {VERSION}: plan again");
                return Err(invalid(problem));
            }
            Some(None) | None => return Err(invalid(format!("expected the key `version` with {VERSION}"))),
        }
        match start.redacted.as_ref().and_then(Value::as_bool) {
            Some(true) => Ok(Self::of(path, parse::<Body<RedactedAction>>(path)?)),
            Some(false) => Ok(Self::of(path, parse::<Body<Action>>(path)?)),
            None => Err(invalid("expected the key `redacted` with true or false".to_owned())),
        }
    }

    fn of<A>(path: &Path, body: Body<A>) -> Self {
        Self {
            path: path.to_owned(),
            plan: body.plan,
            digest: body.digest,
            file_hash: body.file_hash,
            addresses: body.addresses,
            redacted: body.redacted,
            summary: body.summary,
            actions: body.actions.0,
        }
    }

    /// The number of the plan in its state file.
    pub fn plan(&self) -> i64 {
        self.plan
    }

    /// Checks that the state file has exactly this plan.
    ///
    /// # Errors
    /// [`PlanFileError::Refused`] if it does not.
    pub async fn check(&self, state: &State) -> Result<(), PlanFileError> {
        let (plan, redacted) = (self.plan, self.redacted);
        let stored = move |connection: &mut Connection| {
            let Some(stored) = plans::get(connection, plan)? else { return Ok(None) };
            let mut hash = Sha256::new();
            plans::each_action(connection, plan, ActionFilter::default(), |action| {
                match redacted {
                    true => add(&mut hash, &RedactedAction::from(&action)),
                    false => add(&mut hash, &action),
                }
                Ok(())
            })?;
            Ok(Some((stored, <[u8; 32]>::from(hash.finalize()))))
        };
        let refused = |reason: &str| {
            PlanFileError::Refused(format!("the plan file `{}` is refused: {reason}; plan again", self.path.display()))
        };
        let Some((stored, actions)) = state.call(stored).await.map_err(PlanFileError::State)? else {
            return Err(refused(&format!("the state file does not have plan {plan}")));
        };
        if stored.digest.is_empty() || stored.digest != self.digest {
            return Err(refused(&format!("plan {plan} of the state file has another digest")));
        }
        let is_same = stored.file_hash == self.file_hash
            && stored.addresses == self.addresses
            && stored.summary == json!(self.summary)
            && actions == self.actions;
        if is_same { Ok(()) } else { Err(refused("it was changed after it was written")) }
    }
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, PlanFileError> {
    let io = |source| PlanFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    serde_json::from_reader(BufReader::with_capacity(64 * 1024, file)).map_err(|error| match error.io_error_kind() {
        Some(kind) => io(io::Error::from(kind)),
        None => PlanFileError::Invalid(format!(
            "invalid plan file `{}`, line {}, column {}: {}",
            path.display(),
            error.line(),
            error.column(),
            problem(&error)
        )),
    })
}

/// What is wrong, without a value of the file.
fn problem(error: &serde_json::Error) -> String {
    if !error.is_data() {
        return "it is not JSON, or ends early".to_owned();
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match ["unknown field", "missing field", "duplicate field"].iter().any(|start| text.starts_with(start)) {
        true => text.replace("field", "key"),
        // Such texts quote the value.
        false => "a value has the wrong type, or is unknown".to_owned(),
    }
}
