//! Accounts from a file.

use std::collections::BTreeMap;

use rosterkit_core::catalog::printable;
use serde_json::{Map, Value};

use super::model::Group;
use super::model::assignment::names;
use super::model::imported::{Imported, ImportedAssignment};
use super::model::reference::JOB_PROFILES;
use super::store::{Lms, Store};
use crate::credentials::SANDBOX;
use crate::import::{Row, check_names};

/// The fields that hold a text, by path.
const TEXTS: [&str; 27] = [
    "id",
    "family",
    "given",
    "middle",
    "other",
    "prefix",
    "email",
    "status",
    "employeeNumber",
    "address1",
    "address2",
    "city",
    "provinceState",
    "postalCodeZip",
    "country.code",
    "country.name",
    "phone",
    "jobTitle",
    "primaryRole.id",
    "organization.id",
    "organization.code",
    "organization.description",
    "organization.parent",
    "directAppraiser.id",
    "departmentId",
    "departmentName",
    "costCenter",
];

/// The fields that hold lists. XML repeats an element, and JSON has an array with a plural name.
const LISTS: [(&str, &str); 5] = [
    ("attribute", "attributes"),
    ("assignment", "assignments"),
    ("group", "groups"),
    ("supervisedGroup", "supervisedGroups"),
    ("jobProfile", "jobProfiles"),
];

/// Other names of fields that hold a text: those of a listing of people, and an id in place of an object with one.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("organizationId", "organization.id"),
    ("organization", "organization.id"),
    ("organization.parent.id", "organization.parent"),
    ("directAppraiser", "directAppraiser.id"),
    ("primaryRole", "primaryRole.id"),
];

/// What an object in place of the id of an organization above another has beside the id.
const NOT_READ: [&str; 2] = ["organization.parent.code", "organization.parent.description"];

/// The fields of an assignment. Those of the user are read there.
const ASSIGNMENT: [&str; 9] =
    ["id", "code", "userId", "primary", "jobTitle", "organizationId", "groups", "supervisedGroups", "jobProfiles"];

/// As long as the bulk files of the site allow.
const LOGIN_LENGTH: usize = 85;

impl Lms {
    /// Adds the accounts of a file. The error has its line.
    pub(crate) fn import(&self, rows: Vec<Row>) -> Result<(), (u64, String)> {
        let mut store = self.store();
        rows.into_iter().try_for_each(|Row { line, fields }| add(&mut store, fields).map_err(|problem| (line, problem)))
    }
}

fn add(store: &mut Store, fields: Map<String, Value>) -> Result<(), String> {
    let mut flat = Map::new();
    flatten("", fields, &mut flat)?;
    check_names(&flat, TEXTS.into_iter().chain(NOT_READ).chain(["attributes", "assignments"]))?;
    let attributes = flat.remove("attributes").map(attributes).transpose()?.unwrap_or_default();
    let given = flat.remove("assignments").map(assignments).transpose()?.unwrap_or_default();
    let mut texts = BTreeMap::new();
    for (path, value) in flat.into_iter().filter(|(path, _)| !NOT_READ.contains(&path.as_str())) {
        let text = text(&value).ok_or_else(|| format!("invalid `{path}`: expected a text"))?;
        texts.insert(path, text);
    }
    let login = key("id", texts.remove("id").ok_or("`id` is required")?)?;
    if login.chars().count() > LOGIN_LENGTH {
        return Err(format!("invalid `id`: expected at most {LOGIN_LENGTH} characters"));
    }
    if store.account(&login).is_some() || store.people.by_login(&login).is_some() {
        return Err("`id` is that of another user".to_owned());
    }
    let family = texts.remove("family").ok_or("`family` is required")?;
    let active = match texts.remove("status").as_deref() {
        None | Some("active") => true,
        Some("inactive") => false,
        Some(_) => return Err("invalid `status`: expected active or inactive".to_owned()),
    };
    let index = store.people.count + store.imported.count();
    let assignments = match given.is_empty() {
        true => vec![free_assignment(store, index)],
        false => keep(store, &given)?,
    };
    store.imported.add(Imported { index, login, family, active, texts, attributes, assignments });
    Ok(())
}

/// Puts each field at its path: objects are taken apart, other names replaced and empty values left out.
fn flatten(above: &str, fields: Map<String, Value>, flat: &mut Map<String, Value>) -> Result<(), String> {
    for (name, value) in fields {
        let path = canonical(if above.is_empty() { name } else { format!("{above}.{name}") }, &value);
        let list = LISTS.iter().any(|(_, plural)| *plural == path);
        match parsed(&path, list, value)? {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::Object(fields) if !list => flatten(&path, fields, flat)?,
            value => {
                if flat.insert(path.clone(), value).is_some() {
                    return Err(format!("`{}` is given twice", printable(&path)));
                }
            }
        }
    }
    Ok(())
}

/// The name of a field that has several.
fn canonical(path: String, value: &Value) -> String {
    let lists = LISTS.iter().filter(|(single, _)| *single == path);
    let texts = OTHER_NAMES.iter().filter(|(other, _)| *other == path && !value.is_object() && !is_json(value));
    lists.chain(texts).next().map_or(path.clone(), |(_, name)| (*name).to_owned())
}

/// Whether a value is a cell that holds a JSON list or object.
fn is_json(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(['{', '[']))
}

/// A value of a cell that can hold JSON: a list, or an object of which only parts are fields.
fn parsed(path: &str, list: bool, value: Value) -> Result<Value, String> {
    let whole = list || TEXTS.iter().any(|known| known.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    match value.as_str().filter(|_| whole && is_json(&value)) {
        Some(text) => serde_json::from_str(text).map_err(|_| format!("invalid `{path}`: expected JSON")),
        None => Ok(value),
    }
}

/// A text, or a number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text that others refer to.
fn key(name: &str, text: String) -> Result<String, String> {
    match text.trim().is_empty() || text.contains(char::is_control) {
        true => Err(format!("invalid `{name}`: expected a text without control characters that is not blank")),
        false => Ok(text),
    }
}

/// A list, or the only item of one.
fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        single => vec![single],
    }
}

fn attributes(value: Value) -> Result<Vec<String>, String> {
    let description = |item: Value| {
        match item {
            Value::Object(fields) => {
                check_names(&fields, ["description"].into_iter())
                    .map_err(|problem| format!("`attributes`: {problem}"))?;
                fields.get("description").and_then(text)
            }
            other => text(&other),
        }
        .ok_or_else(|| "invalid `attributes`: expected a text, or an object with a `description`".to_owned())
    };
    items(value).into_iter().map(description).collect()
}

/// An assignment of a file.
#[derive(Debug)]
struct Given {
    id: String,
    code: String,
    primary: Option<bool>,
    groups: Vec<String>,
    supervised: Vec<String>,
    profiles: Vec<String>,
}

fn assignments(value: Value) -> Result<Vec<Given>, String> {
    items(value).into_iter().map(assignment).collect()
}

fn assignment(value: Value) -> Result<Given, String> {
    let Value::Object(fields) = value else {
        return Err("invalid `assignments`: expected an object, or a list of them".to_owned());
    };
    let mut flat = Map::new();
    flatten("", fields, &mut flat)?;
    // The organization and the job title are those of the user.
    flat.remove("organization.id");
    check_names(&flat, ASSIGNMENT.into_iter()).map_err(|problem| format!("`assignments`: {problem}"))?;
    let needed = |name: &str| {
        let text = flat.get(name).and_then(text).ok_or_else(|| format!("`assignments.{name}` is required"))?;
        key(&format!("assignments.{name}"), text)
    };
    let names = |name: &str| {
        let texts = flat.get(name).cloned().map(items).unwrap_or_default().into_iter();
        texts
            .map(|item| text(&item).ok_or_else(|| format!("invalid `assignments.{name}`: expected texts")))
            .map(|text| key(&format!("assignments.{name}"), text?))
            .collect::<Result<Vec<_>, String>>()
    };
    let primary = match flat.get("primary") {
        None => None,
        Some(Value::Bool(primary)) => Some(*primary),
        Some(value) => match value.as_str().and_then(|text| text.parse().ok()) {
            Some(primary) => Some(primary),
            None => return Err("invalid `assignments.primary`: expected true or false".to_owned()),
        },
    };
    Ok(Given {
        id: needed("id")?,
        code: needed("code")?,
        primary,
        groups: names("groups")?,
        supervised: names("supervisedGroups")?,
        profiles: names("jobProfiles")?,
    })
}

fn is_taken(store: &Store, text: &str) -> bool {
    store.assignment(text).is_some() || store.assignment_by_code(text).is_some()
}

/// The assignment of a user without one in the file.
fn free_assignment(store: &Store, index: u64) -> ImportedAssignment {
    let mut free = (1..).map(|number| names(index, number));
    let free = free.find(|(id, code)| !is_taken(store, id) && !is_taken(store, code));
    let (id, code) = free.unwrap_or_default();
    ImportedAssignment { id, code, primary: true }
}

/// Checks the assignments of a file, and keeps their groups and job profiles. Without a primary one, the first is.
fn keep(store: &mut Store, given: &[Given]) -> Result<Vec<ImportedAssignment>, String> {
    let primary = given.iter().position(|one| one.primary == Some(true)).unwrap_or_default();
    let mut kept: Vec<ImportedAssignment> = Vec::new();
    for (position, one) in given.iter().enumerate() {
        for (name, text) in [("id", &one.id), ("code", &one.code)] {
            if is_taken(store, text) || kept.iter().any(|other| other.id == *text || other.code == *text) {
                return Err(format!("`assignments.{name}` is that of another assignment"));
            }
        }
        if position != primary && one.primary == Some(true) {
            return Err("`assignments.primary` is true for two of them; expected one".to_owned());
        }
        for (names, pairs) in
            [(&one.groups, &mut store.groups.memberships), (&one.supervised, &mut store.groups.supervisions)]
        {
            pairs.extend(names.iter().map(|name| (one.id.clone(), name.clone())));
        }
        for name in one.groups.iter().chain(&one.supervised) {
            let group = || Group { owner: SANDBOX.lms_user.to_owned(), shared: true };
            store.groups.by_name.entry(name.clone()).or_insert_with(group);
        }
        for profile in JOB_PROFILES.iter() {
            store.profiles.set(one.id.clone(), profile, one.profiles.iter().any(|id| id == profile.id));
        }
        kept.push(ImportedAssignment { id: one.id.clone(), code: one.code.clone(), primary: position == primary });
    }
    Ok(kept)
}
