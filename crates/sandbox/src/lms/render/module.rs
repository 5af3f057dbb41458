//! Learning modules and their sessions in responses.

use crate::http::encode;
use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Prerequisites, Price, Session};
use crate::lms::node::Node;
use crate::lms::render::{label, link};
use crate::lms::store::Store;

impl Module {
    fn links(&self) -> [Node; 2] {
        [
            link("self", "application/xml", format!("api/module?id={}", encode(&self.id))),
            link("alternate", "text/html", format!("servlet/ekp?CID={}", encode(&self.id))),
        ]
    }

    /// Id, title, type and links, as training records name a module.
    pub(crate) fn reference(&self) -> Node {
        Node::new("learningModule")
            .text("id", &self.id)
            .text("title", &self.title)
            .text("type", &self.kind)
            .list("links", self.links())
    }

    /// Id and title under a name.
    pub(crate) fn brief(&self, name: &'static str) -> Node {
        Node::new(name).text("id", &self.id).text("title", &self.title)
    }

    /// Id, title, type and description, as learning paths name a module.
    pub(crate) fn planned(&self) -> Node {
        let kind = Node::new("type").text("code", &self.kind).text("label", label(&self.kind));
        self.brief("module").with(kind).text("description", &self.description)
    }

    /// The whole module.
    pub(crate) fn node(&self, store: &Store) -> Node {
        let price = |name| self.price.as_ref().map(|price| price.node(name));
        Node::new("module")
            .text("id", &self.id)
            .text("title", &self.title)
            .list("links", self.links())
            .some("image", self.revision.map(|_| format!("images/modules/{}.png", encode(&self.id))))
            // Modules without content of their own are in their first revision.
            .number("effectiveRevision", self.revision.unwrap_or(1))
            .text("type", &self.kind)
            .text("typeLabel", label(&self.kind))
            .text("subject", &self.subject)
            .text("language", &self.language)
            .text("description", &self.description)
            .list("objectives", self.objectives.iter().map(|text| Node::leaf("objective", text)))
            .text("info", format!("Subject: {}.", self.subject))
            .text("duration", &self.duration)
            .with_some(price("price"))
            .with_some(price("defaultSessionPrice").filter(|_| !self.sessions.is_empty()))
            .flag("archived", self.archived)
            .list("attributes", attributes(&self.attributes))
            .list("sessions", self.sessions.iter().map(|session| session.node(store, self)))
            .with_some(self.certification.as_ref().map(|_| self.certification_node()))
            .list("audiences", self.audience.iter().map(|text| Node::leaf("audience", text)))
            .with_some(self.prerequisites.as_ref().map(|prerequisites| prerequisites.node(store)))
    }

    /// That the module leads to a certification, and whether an exam is part of it. Nothing else in it is published.
    fn certification_node(&self) -> Node {
        let exam = (self.kind == "exam").then(|| Node::new("exam"));
        Node::new("certification").with_some(exam)
    }

    /// The module in a listing.
    pub(crate) fn summary(&self) -> Node {
        self.brief("module")
            .list("links", self.links())
            .text("type", &self.kind)
            .text("typeLabel", label(&self.kind))
            .text("subject", &self.subject)
            .text("description", &self.description)
    }
}

impl Price {
    fn node(&self, name: &'static str) -> Node {
        Node::new(name).text("currency", &self.currency).decimal("amount", &self.amount)
    }
}

impl Prerequisites {
    fn node(&self, store: &Store) -> Node {
        let module = |id: &String| match store.module(id) {
            Some(module) => module.brief("module"),
            None => Node::new("module").text("id", id).text("title", id),
        };
        Node::new("prerequisites")
            .text("operator", if self.any { "any" } else { "all" })
            .text("condition", &self.condition)
            .list("modules", self.modules.iter().map(module))
    }
}

impl Session {
    /// The elements of a session from its start to its state, which those of a program's modules have too.
    fn body(&self, store: &Store, module: &Module, node: Node) -> Node {
        let date = |time: Option<Timestamp>| time.map(Timestamp::text);
        let facility = self
            .facility
            .as_ref()
            .and_then(|id| store.facility(id))
            .map(|facility| Node::new("facility").with(Node::new("trainingCenter").text("name", facility.name)));
        let instructors = self.instructors.iter().filter_map(|login| store.account(login));
        node.some("start", date(self.start))
            .some("end", date(self.end))
            .list("instructors", instructors.map(|account| account.reference("instructor")))
            .some("location", self.location.as_ref())
            .with_some(facility)
            .some("open", date(self.open))
            .some("deadline", date(self.deadline))
            .with_some(self.seats.map(|seats| Node::count("seats", seats)))
            .with_some(module.price.as_ref().map(|price| price.node("price")))
            .text("status", &self.status)
    }

    fn tail(&self, module: &Module, node: Node) -> Node {
        let class = |(start, end): &(Timestamp, Timestamp)| {
            Node::new("class").text("start", start.text()).text("end", end.text())
        };
        let zone = self.time_zone.iter().map(|zone| ("timeZone".to_owned(), zone.clone()));
        let title = self.title.iter().map(|title| ("title".to_owned(), title.clone()));
        let given: Vec<_> = title.chain(zone).collect();
        let page = format!("servlet/ekp?CID={}&SID={}", encode(&module.id), encode(&self.id));
        node.list("links", [link("alternate", "text/html", page)])
            .text("code", &self.code)
            .list("classes", self.classes.iter().map(class))
            .list("attributes", attributes(&given))
    }

    pub(crate) fn node(&self, store: &Store, module: &Module) -> Node {
        let members = self.members.iter().filter_map(|(id, session)| {
            let member = store.module(id)?;
            let session = member.session(session)?;
            let node = member
                .brief("module")
                .list("links", member.links())
                .text("type", &member.kind)
                .text("typeLabel", label(&member.kind))
                .text("sessionId", &session.id);
            Some(session.tail(member, session.body(store, member, node)))
        });
        let node = self.body(store, module, Node::new("session").text("id", &self.id)).list("modules", members);
        self.tail(module, node)
    }
}

fn attributes(given: &[(String, String)]) -> impl Iterator<Item = Node> {
    given.iter().map(|(code, value)| Node::new("attribute").text("code", code).text("value", value))
}
