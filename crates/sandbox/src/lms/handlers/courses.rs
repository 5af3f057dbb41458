//! The bulk handler of courses: XML in, modules and sessions that `module` shows from then on.
//!
//! The vendor's schema is not public. The sandbox takes any well-formed document, and reads as a course every element
//! `course` or `module` that has no other around it: `id`, `title`, `type`, `subject`, `language`, `description`,
//! `duration`, `objective`, and `session` with `id`, `code`, `title`, `start`, `end`, `location`, `seats`, `status` and
//! `instructor`. Ids may be attributes. What else there is is passed over. Either all courses are taken or none.

use std::collections::BTreeMap;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::datetime::Timestamp;
use crate::lms::dom::Node;
use crate::lms::model::module::{Module, Session};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("courses", courses)];

const STATES: [&str; 8] = ["active", "pending", "completed", "closed", "cancelled", "invitation", "prompt", "required"];

fn courses(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let root = Node::parse(call.text()?).map_err(Error::bad_request)?;
    let mut store = lms.store();
    // A document may name a course twice; what it says later is added to what it said before.
    let mut modules: BTreeMap<&str, Module> = BTreeMap::new();
    for node in found(&root) {
        let id = needed(node, "id")?;
        let before = modules.remove(id).or_else(|| store.module(id).cloned());
        modules.insert(id, module(&store, id, before, node)?);
    }
    if modules.is_empty() {
        let message =
            format!("The document's root element, at line {}, holds no element `course` or `module`.", root.line);
        return Err(Error::bad_request(message));
    }
    let sessions: usize = modules.values().map(|module| module.sessions.len()).sum();
    let text = format!("{} course(s) were taken; they have {sessions} session(s).\n", modules.len());
    for module in modules.into_values() {
        store.put_module(module);
    }
    Ok(Reply::text(text))
}

fn found(node: &Node) -> Vec<&Node> {
    if matches!(node.name.as_str(), "course" | "module") {
        return vec![node];
    }
    node.children.iter().flat_map(found).collect()
}

fn value<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.text_of(name).or_else(|| node.attribute(name))
}

fn needed<'a>(node: &'a Node, name: &str) -> Result<&'a str, Error> {
    let message = || format!("The element `{}` at line {} has no `{name}`.", node.name, node.line);
    value(node, name).ok_or_else(|| Error::bad_request(message()))
}

/// The module as it is with what the document says of it.
fn module(store: &Store, id: &str, before: Option<Module>, node: &Node) -> Result<Module, Error> {
    let new = || Module {
        id: id.to_owned(),
        kind: "onlineModule".to_owned(),
        language: "en".to_owned(),
        created: Timestamp::now(),
        ..Module::default()
    };
    let mut module = before.unwrap_or_else(new);
    match value(node, "title") {
        Some(title) => module.title = title.to_owned(),
        None if module.title.is_empty() => return Err(needed(node, "title").err().unwrap_or_else(no_title)),
        None => {}
    }
    if let Some(kind) = value(node, "type") {
        if !peoplefluent_lms::types::ModuleType::VALUES.contains(&kind) {
            let message =
                format!("The `type` of the element at line {} is no module type of the XML answers.", node.line);
            return Err(Error::bad_request(message));
        }
        module.kind = kind.to_owned();
    }
    for (name, field) in [
        ("subject", &mut module.subject),
        ("language", &mut module.language),
        ("description", &mut module.description),
        ("duration", &mut module.duration),
    ] {
        if let Some(text) = value(node, name) {
            *field = text.to_owned();
        }
    }
    let objectives: Vec<_> = node.all("objective").map(|objective| objective.text().to_owned()).collect();
    if !objectives.is_empty() {
        module.objectives = objectives;
    }
    for child in node.descendants().into_iter().filter(|child| child.name == "session") {
        add_session(store, &mut module, child)?;
    }
    Ok(module)
}

fn no_title() -> Error {
    Error::bad_request("A course has no `title`.")
}

/// Changes the session of the same id or code, or adds one.
fn add_session(store: &Store, module: &mut Module, node: &Node) -> Result<(), Error> {
    let wrong = |name: &str, problem: &str| {
        Error::bad_request(format!("The `{name}` of the session at line {} {problem}.", node.line))
    };
    let (id, code) = (value(node, "id"), value(node, "code"));
    let Some(any) = code.or(id) else { return Err(wrong("code", "is missing, and there is no `id` either")) };
    let place = module.sessions.iter().position(|session| Some(session.id.as_str()) == id || session.code == any);
    let place = place.unwrap_or_else(|| {
        let id = id.map_or_else(|| module.new_session_id(), str::to_owned);
        module.sessions.push(Session { id, code: any.to_owned(), status: "active".to_owned(), ..Session::default() });
        module.sessions.len() - 1
    });
    let Some(session) = module.sessions.get_mut(place) else { return Ok(()) };
    if let Some(code) = code {
        session.code = code.to_owned();
    }
    for (name, field) in [("start", &mut session.start), ("end", &mut session.end)] {
        if let Some(text) = value(node, name) {
            let moment = Timestamp::from_rfc3339(text).or_else(|| Timestamp::from_bulk(text));
            *field = Some(moment.ok_or_else(|| wrong(name, "is no date, and no date and time with an offset"))?);
        }
    }
    if matches!((session.start, session.end), (Some(start), Some(end)) if end < start) {
        return Err(wrong("end", "lies before its `start`"));
    }
    if let Some(seats) = value(node, "seats") {
        session.seats = Some(seats.parse().map_err(|_| wrong("seats", "is no whole number"))?);
    }
    if let Some(status) = value(node, "status") {
        if !STATES.contains(&status) {
            return Err(wrong("status", &format!("is none of {}", STATES.join(", "))));
        }
        session.status = status.to_owned();
    }
    if let Some(title) = value(node, "title") {
        session.title = Some(title.to_owned());
    }
    if let Some(location) = value(node, "location") {
        session.location = Some(location.to_owned());
    }
    let instructors: Vec<_> =
        node.all("instructor").map(|one| value(one, "id").unwrap_or_else(|| one.text())).collect();
    if instructors.iter().any(|login| store.account(login).is_none()) {
        return Err(wrong("instructor", "is no user of the site"));
    }
    if !instructors.is_empty() {
        session.instructors = instructors.into_iter().map(str::to_owned).collect();
    }
    Ok(())
}
