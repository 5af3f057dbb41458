//! Learning modules and their sessions.

use serde::{Deserialize, Serialize};

use crate::lms::datetime::Timestamp;

/// A module or a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Module {
    pub(crate) id: String,
    pub(crate) title: String,
    /// One of the module types of the XML responses.
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) language: String,
    pub(crate) description: String,
    pub(crate) objectives: Vec<String>,
    pub(crate) duration: String,
    pub(crate) price: Option<Price>,
    pub(crate) archived: bool,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) sessions: Vec<Session>,
    /// The certification of those who complete the module.
    pub(crate) certification: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) prerequisites: Option<Prerequisites>,
    pub(crate) revision: Option<u32>,
    pub(crate) downloadable: bool,
    /// Whether an enrollment needs approval.
    pub(crate) needs_approval: bool,
    /// The modules of a program.
    pub(crate) members: Vec<String>,
    pub(crate) created: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Price {
    pub(crate) currency: String,
    /// With two decimals.
    pub(crate) amount: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prerequisites {
    pub(crate) any: bool,
    /// `enrolled`, `completed` or `cmiCompleted`.
    pub(crate) condition: String,
    pub(crate) modules: Vec<String>,
}

/// A session of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) title: Option<String>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// Logins.
    pub(crate) instructors: Vec<String>,
    pub(crate) facility: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) open: Option<Timestamp>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) seats: Option<u32>,
    /// One of the session states of the XML responses.
    pub(crate) status: String,
    /// Modules of a program, each with one of its sessions.
    pub(crate) members: Vec<(String, String)>,
    pub(crate) classes: Vec<(Timestamp, Timestamp)>,
    pub(crate) time_zone: Option<String>,
}

/// The types whose modules have sessions.
pub(crate) const WITH_SESSIONS: [&str; 3] = ["classroom", "virtualClassroom", "workshopSeminar"];

impl Module {
    pub(crate) fn has_sessions(&self) -> bool {
        WITH_SESSIONS.contains(&self.kind.as_str())
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// A session by its code, else by its id.
    pub(crate) fn session_by_code(&self, code: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.code == code).or_else(|| self.session(code))
    }

    /// An id that no session has.
    pub(crate) fn new_session_id(&self) -> String {
        self.unused(|number| format!("{}-{number}", self.id), |session| &session.id)
    }

    /// A code that no session has.
    pub(crate) fn new_session_code(&self) -> String {
        self.unused(|number| format!("{}-S{number}", self.id), |session| &session.code)
    }

    /// The first unused name, counting on from the number of sessions.
    fn unused(&self, name: impl Fn(usize) -> String, field: impl Fn(&Session) -> &String) -> String {
        let is_free = |name: &String| self.sessions.iter().all(|session| field(session) != name);
        (self.sessions.len() + 1..).map(name).find(is_free).unwrap_or_default()
    }
}
