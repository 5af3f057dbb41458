//! Which operations a verb or a sync file uses.

use clap::Command;
use genesys_users::generated::operations as genesys;
use peoplefluent_lms::generated::operations as lms;
use rosterkit_core::Operation;
use rosterkit_core::catalog::{OperationEntry, nearest};
use rosterkit_sync::config::{DeactivateBy, Flow, From, GenesysListing, SyncFile, To};
use session_clusters::generated::operations as sessions;

use crate::api::Api;
use crate::error::Error;
use crate::text;

/// An operation, and what uses it.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub by: String,
    pub api: Api,
    pub entry: &'static OperationEntry,
}

const APIS: [Api; 3] = [Api::GenesysUsers, Api::PeoplefluentLms, Api::SessionClusters];

/// The operations of a verb, such as `genesys users update`, of all verbs below a command, or of an operation's id.
pub(super) fn of_words(root: &Command, words: &str) -> Result<Vec<Need>, Error> {
    let parts: Vec<&str> = words.split_whitespace().collect();
    if let [id] = parts.as_slice()
        && let found = of_operation(id)
        && !found.is_empty()
    {
        return Ok(found);
    }
    let parts = if parts.first() == Some(&"rosterkit") { &parts[1..] } else { &parts[..] };
    let (mut command, mut path) = (root, Vec::new());
    for part in parts {
        let Some(below) = command.find_subcommand(part) else { return Err(unknown(command, words, part)) };
        command = below;
        path.push(*part);
    }
    let api = match path.first() {
        Some(&"genesys") => Api::GenesysUsers,
        Some(&"lms") => Api::PeoplefluentLms,
        Some(&"sessions") => Api::SessionClusters,
        _ => return Err(unknown(root, words, words)),
    };
    let mut needs = Vec::new();
    collect(command, &path.join(" "), api, &mut needs);
    match needs.is_empty() {
        false => Ok(needs),
        true => Err(Error::usage(format!("`{}` names no operation", text::shortened(words, 64)))),
    }
}

fn unknown(command: &Command, words: &str, part: &str) -> Error {
    let guess = nearest(part, command.get_subcommands().map(Command::get_name));
    let guess = guess.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    Error::usage(format!(
        "unknown verb or operation `{}`{guess}; expected one such as 'genesys users update' or patchUser",
        text::shortened(words, 64)
    ))
}

/// The operations of one id: two services have an operation of the same name.
fn of_operation(id: &str) -> Vec<Need> {
    let found = APIS.into_iter().filter_map(|api| Some((api, api.catalog().find(id)?)));
    found.map(|(api, entry)| Need { by: format!("call {} {id}", api.catalog().api), api, entry }).collect()
}

fn collect(command: &Command, path: &str, api: Api, needs: &mut Vec<Need>) {
    for name in named(command) {
        needs.extend(entries(api, &name).map(|entry| Need { by: path.to_owned(), api, entry }));
    }
    for below in command.get_subcommands() {
        collect(below, &format!("{path} {}", below.get_name()), api, needs);
    }
}

/// The ids of operations that the first line of a verb's help names at its end, in parentheses.
fn named(command: &Command) -> Vec<String> {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let list = about.strip_suffix(')').and_then(|about| about.rsplit_once('('));
    list.map(|(_, list)| list.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

/// The operations of a name in which `…` matches any text.
fn entries(api: Api, name: &str) -> impl Iterator<Item = &'static OperationEntry> {
    let (start, end) = name.split_once('…').map_or((name, None), |(start, end)| (start, Some(end)));
    let fits = |id: &str| match end {
        Some(end) => id.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None => id == start,
    };
    api.catalog().operations.iter().filter(|entry| fits(entry.operation.id)).collect::<Vec<_>>().into_iter()
}

/// The operations of all flows of a sync file.
pub(super) fn of_sync_file(file: &SyncFile) -> Vec<Need> {
    file.flows.iter().flat_map(of_flow).collect()
}

fn of_flow(flow: &Flow) -> Vec<Need> {
    let genesys_listing = |listing: GenesysListing| match listing {
        GenesysListing::List => &genesys::GET_USERS,
        GenesysListing::Query => &genesys::GET_USERS_QUERY,
    };
    let mut used: Vec<(Api, &'static Operation)> = match &flow.from {
        From::GenesysUsers { listing, .. } => vec![(Api::GenesysUsers, genesys_listing(*listing))],
        From::LmsUsers => vec![(Api::PeoplefluentLms, &lms::USERS200510_XML)],
        From::SessionUsers => vec![(Api::SessionClusters, &sessions::GET_USERS)],
        From::SessionCompletions => vec![(Api::SessionClusters, &sessions::GET_COMPLETIONS)],
        From::File { .. } => Vec::new(),
    };
    let mut add = |api: Api, operations: &[&'static Operation]| used.extend(operations.iter().map(|it| (api, *it)));
    let owns = |name: &str| flow.fields.iter().any(|field| field.name == name);
    match flow.to {
        To::SessionUsers => {
            add(Api::SessionClusters, &[&sessions::GET_USERS, &sessions::BATCH_UPSERT_USERS]);
            if flow.removals.deactivate && flow.removals.deactivate_by == DeactivateBy::Batch {
                add(Api::SessionClusters, &[&sessions::BATCH_DEACTIVATE_USERS]);
            }
        }
        To::GenesysUsers => {
            let mut add = |operations: &[&'static Operation]| add(Api::GenesysUsers, operations);
            add(&[genesys_listing(flow.target_listing), &genesys::GET_USER, &genesys::POST_USERS_SEARCH]);
            add(&[&genesys::POST_USERS, &genesys::PATCH_USER]);
            if flow.protect.administrators {
                add(&[&genesys::GET_USER_ROLES]);
            }
            if owns("division") {
                add(&[&genesys::GET_AUTHORIZATION_DIVISIONS, &genesys::POST_AUTHORIZATION_DIVISION_OBJECT]);
            }
            if owns("skills") {
                add(&[&genesys::GET_ROUTING_SKILLS, &genesys::PUT_USER_ROUTINGSKILLS_BULK]);
                add(&[&genesys::PATCH_USER_ROUTINGSKILLS_BULK]);
            }
            if owns("languages") {
                add(&[&genesys::GET_ROUTING_LANGUAGES, &genesys::PATCH_USER_ROUTINGLANGUAGES_BULK]);
                add(&[&genesys::DELETE_USER_ROUTINGLANGUAGE]);
            }
        }
        To::LmsUsers => add(Api::PeoplefluentLms, &[&lms::USERS200510_XML]),
        To::LmsExternalTraining => add(Api::PeoplefluentLms, &[&lms::EXTERNAL_TRAINING_CSV]),
    }
    used.sort_by_key(|(api, operation)| (*api as u8, operation.id));
    used.dedup_by_key(|(api, operation)| (*api as u8, operation.id));
    let need = |(api, operation): (Api, &'static Operation)| {
        api.catalog().find(operation.id).map(|entry| Need { by: format!("sync flow {}", flow.name), api, entry })
    };
    // The catalogs have all operations.
    used.into_iter().filter_map(need).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Command, path: &str, visit: &mut impl FnMut(&str, &Command)) {
        for below in command.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            visit(path.trim_start(), below);
            walk(below, &path, visit);
        }
    }

    #[test]
    fn every_verb_of_a_service_names_operations_of_its_catalog() {
        let root = crate::command();
        let mut verbs = 0;
        walk(&root, "", &mut |path, command| {
            let service = path.split(' ').next().unwrap_or_default();
            let api = match service {
                "genesys" => Api::GenesysUsers,
                "lms" => Api::PeoplefluentLms,
                "sessions" => Api::SessionClusters,
                _ => return,
            };
            let known = |id: &String| entries(api, id).next().is_some();
            let ids = named(command);
            if command.has_subcommands() {
                // Another text in parentheses is possible.
                assert!(!ids.iter().any(known), "`{path}` is not a verb, but names {ids:?}");
                return;
            }
            verbs += 1;
            let wrong: Vec<_> = ids.iter().filter(|id| !known(id)).collect();
            assert!(wrong.is_empty() && !ids.is_empty(), "`{path}` names {ids:?}; not in the catalog: {wrong:?}");
        });
        assert!(verbs > 40, "{verbs}");
    }

    #[test]
    fn verbs_groups_and_operations_are_found_and_others_are_not() {
        let root = crate::command();
        let ids = |words: &str| {
            let found = of_words(&root, words)?;
            Ok::<_, Error>(found.iter().map(|need| need.entry.operation.id).collect::<Vec<_>>())
        };
        assert_eq!(ids("genesys users delete").expect("a verb"), ["deleteUser"]);
        assert_eq!(ids("rosterkit sessions upsert").expect("a verb"), ["batchUpsertUsers"]);
        assert_eq!(ids("patchUser").expect("an operation"), ["patchUser"]);
        assert_eq!(ids("genesys jobs run").expect("a verb").len(), 8);
        assert_eq!(ids("getUsers").expect("operations"), ["getUsers", "getUsers"]);
        assert!(ids("genesys users").expect("a group").len() > 5);
        for (words, expected) in [
            ("genesys users updat", "did you mean `update`?"),
            ("genesis users update", "did you mean `genesys`?"),
            ("profile add", "expected one such as"),
            ("", "expected one such as"),
        ] {
            let message = ids(words).expect_err("unknown").message(false).unwrap_or_default();
            assert!(message.contains(expected), "{words}: {message}");
        }
    }
}
