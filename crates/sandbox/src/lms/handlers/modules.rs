//! `module`, `modules`, `catalog`, `preloadModules`.

use crate::http::{Call, Error, Handler, Reply, encode};
use crate::lms::feed::{self, Entry, Feed};
use crate::lms::model::module::Module;
use crate::lms::model::reference::ROOT;
use crate::lms::node::Node;
use crate::lms::params::{contains_all, day, keywords, max, parameter, required};
use crate::lms::response::xml;
use crate::lms::samples::modules::SUBJECTS;
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("catalog", catalog), ("module", module), ("modules", modules), ("preloadModules", preload_modules)];

fn module(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let module = store.module(required(call, "id")?);
    let module = module.ok_or_else(|| Error::not_found("There is no module or program with this id."))?;
    Ok(xml(&module.node(&store)))
}

fn modules(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let (words, max) = (keywords(call), max(call)?);
    let (from, before) = (day(call, "sessionOnOrAfter")?, day(call, "sessionBefore")?);
    let text = |module: &Module| format!("{} {} {}", module.title, module.subject, module.description);
    let takes_place = |module: &Module| {
        (from.is_none() && before.is_none())
            || module
                .sessions
                .iter()
                .filter_map(|session| session.start)
                .any(|start| from.is_none_or(|from| start >= from) && before.is_none_or(|before| start < before))
    };
    let mut found: Vec<&Module> =
        store.modules().filter(|module| contains_all(&words, &text(module)) && takes_place(module)).collect();
    match parameter(call, "sort") {
        // Newest first, then by id.
        Some("created") => found.sort_by_key(|module| std::cmp::Reverse(module.created)),
        _ => found.sort_by_key(|module| std::cmp::Reverse(relevance(&words, module))),
    }
    found.truncate(max);
    if matches!(call.query("format"), Some("rss" | "atom")) {
        let entries = found.into_iter().map(entry).collect();
        return Ok(feed::respond(call, &Feed { function: "modules", title: "Modules", entries }));
    }
    Ok(xml(&Node::new("modules").list("modules", found.into_iter().map(Module::summary))))
}

/// The number of words in the title.
fn relevance(words: &[String], module: &Module) -> usize {
    let title = module.title.to_lowercase();
    words.iter().filter(|word| title.contains(word.as_str())).count()
}

fn entry(module: &Module) -> Entry {
    Entry {
        id: format!("module:{}", module.id),
        title: module.title.clone(),
        path: format!("servlet/ekp?CID={}", encode(&module.id)),
        published: module.created,
        author: "Training".to_owned(),
        category: module.subject.clone(),
        teaser: module.description.clone(),
        content: None,
    }
}

fn catalog_id(subject: &str) -> String {
    format!("CAT-{}", subject.to_uppercase())
}

/// The topmost catalog contains one catalog per subject, and the modules of other subjects.
fn catalog(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let id = parameter(call, "id").unwrap_or(ROOT);
    let brief = |subject: &&str| Node::new("catalog").text("id", catalog_id(subject)).text("title", *subject);
    if id == ROOT {
        let node = Node::new("catalog").text("id", ROOT).text("title", "All Training");
        let node = node.list("catalogs", SUBJECTS.iter().map(brief));
        return Ok(xml(&node.list("modules", of_subject(&store, None))));
    }
    let subject = SUBJECTS.iter().find(|subject| catalog_id(subject) == id);
    let subject = subject.ok_or_else(|| Error::not_found("There is no catalog with this id."))?;
    let parent = Node::new("parent").text("id", ROOT).text("title", "All Training");
    let node = Node::new("catalog").text("id", id).text("title", *subject).with(parent);
    Ok(xml(&node.list("modules", of_subject(&store, Some(subject)))))
}

fn of_subject(store: &Store, subject: Option<&str>) -> Vec<Node> {
    let of = |module: &&Module| match subject {
        Some(subject) => module.subject == subject,
        None => !SUBJECTS.contains(&module.subject.as_str()),
    };
    store.modules().filter(of).map(Module::summary).collect()
}

fn preload_modules(lms: &Lms, _: &Call<'_>) -> Result<Reply, Error> {
    let number = lms.store().modules().count();
    Ok(Reply::text(format!("{number} modules are loaded.\n")))
}
