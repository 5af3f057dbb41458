//! The bulk handler of courses: XML in, modules and sessions that `module` shows from then on.
//!
//! The vendor's schema is not public. The sandbox reads any well-formed document. Every element `course` or `module` that
//! is not inside another one is a module: `id`, `title`, `type`, `subject`, `language`, `description`, `duration`,
//! `objective`, and `session` with `id`, `code`, `title`, `start`, `end`, `location`, `seats`, `status` and `instructor`.
//! Ids may be attributes. Everything else is ignored. Either all modules are imported or none.

use std::borrow::Cow;
use std::collections::BTreeMap;

use peoplefluent_lms::xml::{Element, Tree};

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::datetime::Timestamp;
use crate::lms::model::module::{Module, Session};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] = &[("courses", courses)];

const STATES: [&str; 8] = ["active", "pending", "completed", "closed", "cancelled", "invitation", "prompt", "required"];

fn courses(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let tree = Tree::parse(call.incoming.body.clone());
    let tree = tree.map_err(|error| Error::bad_request(format!("The body is not a valid XML document: {error}.")))?;
    let root = tree.root();
    let mut found = Vec::new();
    find_modules(root, &mut found);
    if found.is_empty() {
        let message =
            format!("The document's root element, in line {}, holds no element `course` or `module`.", root.line());
        return Err(Error::bad_request(message));
    }
    let mut store = lms.store();
    // A document may name a module twice; the later element is added to the earlier one.
    let mut modules: BTreeMap<Cow<'_, str>, Module> = BTreeMap::new();
    for element in found {
        let id = needed(element, "id")?;
        let before = modules.remove(&id).or_else(|| store.module(&id).cloned());
        let module = module(&store, &id, before, element)?;
        modules.insert(id, module);
    }
    let sessions: usize = modules.values().map(|module| module.sessions.len()).sum();
    let text = format!("{} course(s) were taken; they have {sessions} session(s).\n", modules.len());
    for module in modules.into_values() {
        store.put_module(module);
    }
    Ok(Reply::text(text))
}

/// Collects the outermost module elements.
fn find_modules<'a>(element: Element<'a>, found: &mut Vec<Element<'a>>) {
    match element.name() {
        "course" | "module" => found.push(element),
        _ => element.children().for_each(|child| find_modules(child, found)),
    }
}

/// The text of the child of a name, else the attribute of that name; `None` if it is empty.
fn value<'a>(element: Element<'a>, name: &str) -> Option<Cow<'a, str>> {
    let attribute = || element.attribute(name).map(|value| Cow::Borrowed(value.trim()));
    let text = element.text_of(name).filter(|text| !text.is_empty());
    text.or_else(attribute).filter(|value| !value.is_empty())
}

fn needed<'a>(element: Element<'a>, name: &str) -> Result<Cow<'a, str>, Error> {
    let message = || format!("The element `{}` in line {} has no `{name}`.", element.name(), element.line());
    value(element, name).ok_or_else(|| Error::bad_request(message()))
}

/// The module `before` with the changes of an element, or a new one.
fn module(store: &Store, id: &str, before: Option<Module>, element: Element<'_>) -> Result<Module, Error> {
    let mut module = match before {
        Some(module) => module,
        None => Module {
            id: id.to_owned(),
            title: needed(element, "title")?.into_owned(),
            kind: "onlineModule".to_owned(),
            language: "en".to_owned(),
            created: Timestamp::now(),
            ..Module::default()
        },
    };
    if let Some(kind) = value(element, "type") {
        if !peoplefluent_lms::types::ModuleType::VALUES.contains(&&*kind) {
            let message = format!("The `type` of the element in line {} is not a module type.", element.line());
            return Err(Error::bad_request(message));
        }
        module.kind = kind.into_owned();
    }
    for (name, field) in [
        ("title", &mut module.title),
        ("subject", &mut module.subject),
        ("language", &mut module.language),
        ("description", &mut module.description),
        ("duration", &mut module.duration),
    ] {
        if let Some(text) = value(element, name) {
            *field = text.into_owned();
        }
    }
    let objectives = element.children().filter(|child| child.name() == "objective");
    let objectives: Vec<_> = objectives.map(|objective| objective.text().into_owned()).collect();
    if !objectives.is_empty() {
        module.objectives = objectives;
    }
    for session in element.descendants().filter(|inner| inner.name() == "session") {
        put_session(store, &mut module, session)?;
    }
    Ok(module)
}

/// Changes the session of the same id or code, or adds one.
fn put_session(store: &Store, module: &mut Module, element: Element<'_>) -> Result<(), Error> {
    let wrong = |name: &str, problem: &str| {
        Error::bad_request(format!("The `{name}` of the session in line {} {problem}.", element.line()))
    };
    let (id, code) = (value(element, "id"), value(element, "code"));
    let Some(code_or_id) = code.as_deref().or(id.as_deref()) else {
        return Err(wrong("code", "is missing, and so is its `id`"));
    };
    let is_same = |session: &Session| Some(session.id.as_str()) == id.as_deref() || session.code == code_or_id;
    let index = module.sessions.iter().position(is_same).unwrap_or_else(|| {
        let (id, code) = (id.as_deref().map_or_else(|| module.new_session_id(), str::to_owned), code_or_id.to_owned());
        module.sessions.push(Session { id, code, status: "active".to_owned(), ..Session::default() });
        module.sessions.len() - 1
    });
    let Some(session) = module.sessions.get_mut(index) else { return Ok(()) };
    if let Some(code) = code {
        session.code = code.into_owned();
    }
    for (name, field) in [("start", &mut session.start), ("end", &mut session.end)] {
        if let Some(text) = value(element, name) {
            let time = Timestamp::from_rfc3339(&text).or_else(|| Timestamp::from_bulk(&text));
            *field = Some(time.ok_or_else(|| wrong(name, "is neither a date nor a date and time with an offset"))?);
        }
    }
    if matches!((session.start, session.end), (Some(start), Some(end)) if end < start) {
        return Err(wrong("end", "is before its `start`"));
    }
    if let Some(seats) = value(element, "seats") {
        session.seats = Some(seats.parse().map_err(|_| wrong("seats", "is not a whole number"))?);
    }
    if let Some(status) = value(element, "status") {
        if !STATES.contains(&&*status) {
            return Err(wrong("status", &format!("is not one of {}", STATES.join(", "))));
        }
        session.status = status.into_owned();
    }
    if let Some(title) = value(element, "title") {
        session.title = Some(title.into_owned());
    }
    if let Some(location) = value(element, "location") {
        session.location = Some(location.into_owned());
    }
    let instructors = element.children().filter(|child| child.name() == "instructor");
    let instructors: Vec<_> =
        instructors.map(|one| value(one, "id").unwrap_or_else(|| one.text()).into_owned()).collect();
    if instructors.iter().any(|login| store.account(login).is_none()) {
        return Err(wrong("instructor", "is not a user of the site"));
    }
    if !instructors.is_empty() {
        session.instructors = instructors;
    }
    Ok(())
}
