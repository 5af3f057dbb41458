//! Learning modules and their sessions, and how they look in answers.

use serde::{Deserialize, Serialize};

use super::datetime::Timestamp;
use super::store::Store;
use super::tree::Tree;
use crate::http::encode;

/// A module or a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Module {
    pub(super) id: String,
    pub(super) title: String,
    /// One of the module types of the XML answers.
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) language: String,
    pub(super) description: String,
    pub(super) objectives: Vec<String>,
    pub(super) duration: String,
    pub(super) price: Option<Price>,
    pub(super) archived: bool,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) sessions: Vec<Session>,
    /// The name of the certification that completing the module brings.
    pub(super) certification: Option<String>,
    pub(super) audience: Vec<String>,
    pub(super) prerequisites: Option<Prerequisites>,
    pub(super) revision: Option<u32>,
    pub(super) downloadable: bool,
    /// Whether somebody has to approve of an enrollment.
    pub(super) needs_approval: bool,
    /// The modules of a program.
    pub(super) members: Vec<String>,
    pub(super) created: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Price {
    pub(super) currency: String,
    /// With two decimal places.
    pub(super) amount: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prerequisites {
    pub(super) any: bool,
    /// `enrolled`, `completed` or `cmiCompleted`.
    pub(super) condition: String,
    pub(super) modules: Vec<String>,
}

/// A session of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) code: String,
    pub(super) title: Option<String>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    /// Logins.
    pub(super) instructors: Vec<String>,
    pub(super) facility: Option<String>,
    pub(super) location: Option<String>,
    pub(super) open: Option<Timestamp>,
    pub(super) deadline: Option<Timestamp>,
    pub(super) seats: Option<u32>,
    /// One of the session states of the XML answers.
    pub(super) status: String,
    /// Modules of a program, each with one of its sessions.
    pub(super) members: Vec<(String, String)>,
    pub(super) classes: Vec<(Timestamp, Timestamp)>,
    pub(super) time_zone: Option<String>,
}

/// The types whose modules have sessions.
pub(super) const WITH_SESSIONS: [&str; 3] = ["classroom", "virtualClassroom", "workshopSeminar"];

impl Module {
    pub(super) fn has_sessions(&self) -> bool {
        WITH_SESSIONS.contains(&self.kind.as_str())
    }

    pub(super) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// A session by its code or its id; the code goes first.
    pub(super) fn session_by_code(&self, code: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.code == code).or_else(|| self.session(code))
    }

    /// An id that none of the sessions has.
    pub(super) fn new_session_id(&self) -> String {
        self.unused(|number| format!("{}-{number}", self.id), |session| &session.id)
    }

    /// A code that none of the sessions has.
    pub(super) fn new_session_code(&self) -> String {
        self.unused(|number| format!("{}-S{number}", self.id), |session| &session.code)
    }

    /// The first name that is not taken, counting on from the number of sessions.
    fn unused(&self, name: impl Fn(usize) -> String, field: impl Fn(&Session) -> &String) -> String {
        let is_free = |name: &String| self.sessions.iter().all(|session| field(session) != name);
        (self.sessions.len() + 1..).map(name).find(is_free).unwrap_or_default()
    }

    fn links(&self) -> [Tree; 2] {
        [
            link("self", "application/xml", format!("api/module?id={}", encode(&self.id))),
            link("alternate", "text/html", format!("servlet/ekp?CID={}", encode(&self.id))),
        ]
    }

    /// Id, title, type and links, as training records name a module.
    pub(super) fn reference(&self) -> Tree {
        Tree::new("learningModule")
            .text("id", &self.id)
            .text("title", &self.title)
            .text("type", &self.kind)
            .list("links", self.links())
    }

    /// Id and title under a name.
    pub(super) fn brief(&self, name: &'static str) -> Tree {
        Tree::new(name).text("id", &self.id).text("title", &self.title)
    }

    /// Id, title, type and description, as learning paths name a module.
    pub(super) fn planned(&self) -> Tree {
        let kind = Tree::new("type").text("code", &self.kind).text("label", label(&self.kind));
        self.brief("module").with(kind).text("description", &self.description)
    }

    /// The whole module.
    pub(super) fn tree(&self, store: &Store) -> Tree {
        let price = |name| self.price.as_ref().map(|price| price.tree(name));
        Tree::new("module")
            .text("id", &self.id)
            .text("title", &self.title)
            .list("links", self.links())
            .some("image", self.revision.map(|_| format!("images/modules/{}.png", encode(&self.id))))
            .with_some(self.revision.map(|revision| Tree::count("effectiveRevision", revision)))
            .text("type", &self.kind)
            .text("typeLabel", label(&self.kind))
            .text("subject", &self.subject)
            .text("language", &self.language)
            .text("description", &self.description)
            .list("objectives", self.objectives.iter().map(|text| Tree::leaf("objective", text)))
            .text("info", format!("Subject: {}.", self.subject))
            .text("duration", &self.duration)
            .with_some(price("price"))
            .with_some(price("defaultSessionPrice").filter(|_| !self.sessions.is_empty()))
            .flag("archived", self.archived)
            .list("attributes", attributes(&self.attributes))
            .list("sessions", self.sessions.iter().map(|session| session.tree(store, self)))
            .some("certification", self.certification.as_ref())
            .list("audiences", self.audience.iter().map(|text| Tree::leaf("audience", text)))
            .with_some(self.prerequisites.as_ref().map(|prerequisites| prerequisites.tree(store)))
    }

    /// The module in a listing.
    pub(super) fn summary(&self) -> Tree {
        self.brief("module")
            .list("links", self.links())
            .text("type", &self.kind)
            .text("typeLabel", label(&self.kind))
            .text("subject", &self.subject)
            .text("description", &self.description)
    }
}

impl Price {
    fn tree(&self, name: &'static str) -> Tree {
        Tree::new(name).text("currency", &self.currency).decimal("amount", &self.amount)
    }
}

impl Prerequisites {
    fn tree(&self, store: &Store) -> Tree {
        let module = |id: &String| match store.module(id) {
            Some(module) => module.brief("module"),
            None => Tree::new("module").text("id", id).text("title", id),
        };
        Tree::new("prerequisites")
            .text("operator", if self.any { "any" } else { "all" })
            .text("condition", &self.condition)
            .list("modules", self.modules.iter().map(module))
    }
}

impl Session {
    /// The elements of a session from its start to its state, which those of a program's modules have too.
    fn body(&self, store: &Store, module: &Module, tree: Tree) -> Tree {
        let date = |moment: Option<Timestamp>| moment.map(Timestamp::text);
        let facility = self
            .facility
            .as_ref()
            .and_then(|id| store.facility(id))
            .map(|facility| Tree::new("facility").with(Tree::new("trainingCenter").text("name", facility.name)));
        let instructors = self.instructors.iter().filter_map(|login| store.account(login));
        tree.some("start", date(self.start))
            .some("end", date(self.end))
            .list("instructors", instructors.map(|account| account.reference("instructor")))
            .some("location", self.location.as_ref())
            .with_some(facility)
            .some("open", date(self.open))
            .some("deadline", date(self.deadline))
            .with_some(self.seats.map(|seats| Tree::count("seats", seats)))
            .with_some(module.price.as_ref().map(|price| price.tree("price")))
            .text("status", &self.status)
    }

    fn ending(&self, module: &Module, tree: Tree) -> Tree {
        let class = |(start, end): &(Timestamp, Timestamp)| {
            Tree::new("class").text("start", start.text()).text("end", end.text())
        };
        let zone = self.time_zone.iter().map(|zone| ("timeZone".to_owned(), zone.clone()));
        let title = self.title.iter().map(|title| ("title".to_owned(), title.clone()));
        let given: Vec<_> = title.chain(zone).collect();
        let page = format!("servlet/ekp?CID={}&SID={}", encode(&module.id), encode(&self.id));
        tree.list("links", [link("alternate", "text/html", page)])
            .text("code", &self.code)
            .list("classes", self.classes.iter().map(class))
            .list("attributes", attributes(&given))
    }

    pub(super) fn tree(&self, store: &Store, module: &Module) -> Tree {
        let members = self.members.iter().filter_map(|(id, session)| {
            let member = store.module(id)?;
            let session = member.session(session)?;
            let tree = member
                .brief("module")
                .list("links", member.links())
                .text("type", &member.kind)
                .text("typeLabel", label(&member.kind))
                .text("sessionId", &session.id);
            Some(session.ending(member, session.body(store, member, tree)))
        });
        let tree = self.body(store, module, Tree::new("session").text("id", &self.id)).list("modules", members);
        self.ending(module, tree)
    }
}

fn attributes(given: &[(String, String)]) -> impl Iterator<Item = Tree> {
    given.iter().map(|(code, value)| Tree::new("attribute").text("code", code).text("value", value))
}

pub(super) fn link(relation: &str, media_type: &str, href: String) -> Tree {
    Tree::new("link").attribute("rel", relation).attribute("type", media_type).attribute("href", href)
}

/// A module type for people: `onlineModule` is `Online Module`.
pub(super) fn label(kind: &str) -> String {
    let mut label = String::new();
    for (place, letter) in kind.char_indices() {
        match letter {
            _ if place == 0 => label.extend(letter.to_uppercase()),
            'A'..='Z' => label.extend([' ', letter]),
            _ => label.push(letter),
        }
    }
    label
}
