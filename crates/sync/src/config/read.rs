//! Makes a [`SyncFile`] of a text: the form of the keys is checked first, then what they mean together.

use std::path::Path;

use genesys_users::types::UserExpand;
use rosterkit_core::catalog::{did_you_mean, printable};
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::{Route, check_table, list};
use super::keys::{
    EXTERNAL_TRAINING, FILE, GENESYS_USERS, LMS_USERS, ROOT, ROUTES, SESSION_COMPLETIONS, SESSION_USERS, field_of_part,
    target_fields,
};
use super::problem::Problems;
use super::values::{date, flag, items, key_position, table, text, texts, value_position, whole};
use super::{
    Completions, ConfigError, DeactivateBy, Field, Flow, From, GenesysListing, Identity, Left, Limits, MAX_LENGTH,
    OnFinish, OnManualChange, Pass, Protect, Reactivate, Removals, SyncFile, To,
};
use crate::expression::{Expression, Paths};
use crate::hex::hex;
use crate::span::Span;

/// Reads a text that belongs to a file.
pub(super) fn read(whole_text: &str, path: &Path) -> Result<SyncFile, ConfigError> {
    let content = whole_text.strip_prefix('\u{feff}').unwrap_or(whole_text);
    let mut problems = Problems::new(content);
    if whole_text.len() > MAX_LENGTH {
        problems.add(0, format!("the file is larger than the maximum of {MAX_LENGTH} bytes"));
        return Err(ConfigError::new(path, problems.into_found()));
    }
    let (document, errors) = DeTable::parse_recoverable(content);
    if !errors.is_empty() {
        // A mistake may lead to others behind it on its line; what the keys mean is not judged.
        let mut errors: Vec<_> = errors
            .iter()
            .map(|error| (error.span().map_or(content.len(), |span| span.start), error.message()))
            .collect();
        errors.sort_unstable();
        errors.dedup_by_key(|(position, _)| problems.line(*position));
        for (position, message) in errors {
            problems.add(position, format!("invalid TOML: {message}"));
        }
        return Err(ConfigError::new(path, problems.into_found()));
    }
    check_table(&mut problems, (document.get_ref(), 0), ROOT, "", Route::default());
    let file = Reader { problems: &mut problems, folder: path.parent().unwrap_or(Path::new("")) }.file(
        document.get_ref(),
        path,
        &hash(whole_text),
    );
    match (problems.into_found(), file) {
        (found, Some(file)) if found.is_empty() => Ok(file),
        (found, _) => Err(ConfigError::new(path, found)),
    }
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// The rest of the problems. A value of the wrong form has been reported, so that it is treated as absent.
struct Reader<'a, 't> {
    problems: &'a mut Problems<'t>,
    folder: &'a Path,
}

/// A flow that stands before others.
struct Earlier<'a> {
    name: &'a str,
    to: Option<&'a str>,
}

impl Reader<'_, '_> {
    fn file(&mut self, root: &DeTable<'_>, path: &Path, hash: &str) -> Option<SyncFile> {
        let state = match text(root, "state") {
            Some(state) => self.folder.join(state),
            None => path.with_extension("db"),
        };
        if state == path {
            let position = key_position(root, "state", 0);
            self.problems
                .add(position, "`state` is the sync file itself; expected a file of its own, such as \"sync.db\"");
        }
        let zone = table(root, "lms").and_then(|lms| text(lms, "time_zone"));
        let on_finish = table(root, "on_finish").and_then(|on_finish| {
            Some(OnFinish {
                command: texts(on_finish, "command")?.into_iter().map(str::to_owned).collect(),
                timeout: span(on_finish, "timeout", 60),
            })
        });
        if root.get("flow").and_then(|flows| flows.get_ref().as_array()).is_some_and(|flows| flows.is_empty()) {
            self.problems.add(value_position(root, "flow", 0), "`flow` is an empty list; expected at least one flow");
        }
        let (mut earlier, mut flows, mut is_whole) = (Vec::new(), Vec::new(), true);
        for item in items(root, "flow") {
            let Some(flow) = item.get_ref().as_table() else { continue };
            match self.flow(flow, item.span().start, &earlier, zone.is_some()) {
                Some(flow) => flows.push(flow),
                None => is_whole = false,
            }
            if let Some(name) = text(flow, "name") {
                earlier.push(Earlier { name, to: Route::of(flow).to });
            }
        }
        is_whole.then(|| SyncFile {
            path: path.to_owned(),
            hash: hash.to_owned(),
            state,
            plan_max_age: span(root, "plan_max_age", 86_400),
            lms_time_zone: zone.and_then(|zone| zone.parse().ok()),
            on_finish,
            flows,
        })
    }

    fn flow(&mut self, flow: &DeTable<'_>, position: usize, earlier: &[Earlier<'_>], has_zone: bool) -> Option<Flow> {
        if let Some(name) = text(flow, "name")
            && earlier.iter().any(|it| it.name == name)
        {
            let position = value_position(flow, "name", position);
            self.problems.add(position, format!("`flow.name`: another flow is called `{}`", printable(name)));
        }
        let Route { from, to } = Route::of(flow);
        let (from, to) = (from?, to?);
        if let Some((_, accepted)) = ROUTES.iter().find(|(target, accepted)| *target == to && !accepted.contains(&from))
        {
            let position = value_position(flow, "from", position);
            let accepted = list(accepted, "or");
            self.problems
                .add(position, format!("a flow from `{from}` to `{to}` is not possible; expected from {accepted}"));
            return None;
        }
        let source = self.source(flow, from, position);
        if from == GENESYS_USERS {
            self.check_expand(flow);
        }
        let fields = self.fields(flow, to, position);
        let identity = self.identity(flow, (from, to), position);
        if let Some(identity) = &identity {
            self.check_clear(flow, to, &identity.passes);
        }
        let completions = match to {
            EXTERNAL_TRAINING => Some(self.completions(flow, position, earlier, has_zone)?),
            _ => None,
        };
        Some(Flow {
            name: text(flow, "name")?.to_owned(),
            from: source?,
            to: match to {
                SESSION_USERS => To::SessionUsers,
                GENESYS_USERS => To::GenesysUsers,
                LMS_USERS => To::LmsUsers,
                _ => To::LmsExternalTraining,
            },
            target_listing: table(flow, "target").map(listing).unwrap_or_default(),
            scope: expression(flow, "where"),
            active: expression(flow, "active"),
            fields,
            identity: identity?,
            removals: self.removals(flow),
            reactivate: match text(flow, "reactivate") {
                Some("always") => Reactivate::Always,
                Some("never") => Reactivate::Never,
                _ => Reactivate::Own,
            },
            restore: flag(flow, "restore").unwrap_or_default(),
            on_manual_change: match text(flow, "on_manual_change") {
                Some("report") => OnManualChange::Report,
                _ => OnManualChange::Overwrite,
            },
            protect: protect(flow),
            limits: limits(flow),
            completions,
        })
    }

    fn source(&mut self, flow: &DeTable<'_>, from: &str, position: usize) -> Option<From> {
        let empty = DeTable::new();
        let source = table(flow, "source").unwrap_or(&empty);
        Some(match from {
            GENESYS_USERS => From::GenesysUsers {
                expand: texts(source, "expand").unwrap_or_default().into_iter().map(str::to_owned).collect(),
                listing: listing(source),
            },
            LMS_USERS => From::LmsUsers,
            SESSION_USERS => From::SessionUsers,
            SESSION_COMPLETIONS => From::SessionCompletions,
            _ => {
                if !source.contains_key("path") {
                    let position = value_position(flow, "source", position);
                    self.problems.add(position, "`flow.source.path` is missing; a flow from `file` requires it");
                }
                let expect_rows = source.get("expect_rows").and_then(|rows| whole(rows.get_ref()));
                From::File { path: self.folder.join(text(source, "path")?), expect_rows }
            }
        })
    }

    /// Rejects expressions over parts of Genesys users that would never be there.
    fn check_expand(&mut self, flow: &DeTable<'_>) {
        let read: Vec<&str> = table(flow, "source").and_then(|source| texts(source, "expand")).unwrap_or_default();
        let missing: Vec<_> = UserExpand::VALUES
            .iter()
            .filter(|part| !read.contains(part))
            .map(|part| (field_of_part(part), part))
            .collect();
        for (path, value) in source_expressions(flow) {
            let Some(Ok(Paths::Some(used))) =
                value.get_ref().as_str().map(|it| Expression::parse(it).map(|it| it.paths()))
            else {
                continue;
            };
            for (field, part) in missing.iter().filter(|(field, _)| used.contains(*field)) {
                let message =
                    format!("`{path}` uses `{field}`, which is read only if `flow.source.expand` has `{part}`");
                self.problems.add(value.span().start, message);
            }
        }
    }

    fn fields(&mut self, flow: &DeTable<'_>, to: &str, position: usize) -> Vec<Field> {
        let required = target_fields(to).required;
        let Some(fields) = table(flow, "fields") else {
            if !required.is_empty() && !flow.contains_key("fields") {
                let message = format!("`flow.fields` is missing; a flow to `{to}` requires {}", list(required, "and"));
                self.problems.add(position, message);
            }
            return Vec::new();
        };
        for name in required.iter().filter(|name| !fields.contains_key(**name)) {
            let position = value_position(flow, "fields", position);
            self.problems.add(position, format!("`flow.fields.{name}` is missing; a flow to `{to}` requires it"));
        }
        let mut found: Vec<(usize, Field)> = Vec::new();
        for (name, value) in fields.iter() {
            let (value, clear) = match value.get_ref() {
                DeValue::Table(field) => (text(field, "value"), flag(field, "clear").unwrap_or_default()),
                other => (other.as_str(), false),
            };
            if let Some(value) = value.and_then(|value| Expression::parse(value).ok()) {
                found.push((name.span().start, Field { name: name.get_ref().to_string(), value, clear }));
            }
        }
        found.sort_by_key(|(position, _)| *position);
        found.into_iter().map(|(_, field)| field).collect()
    }

    /// Rejects clearing what a person is recognized by, or must have.
    fn check_clear(&mut self, flow: &DeTable<'_>, to: &str, passes: &[Pass]) {
        let identifying: Vec<Paths> = passes.iter().map(|pass| pass.target.paths()).collect();
        for (name, value) in table(flow, "fields").into_iter().flat_map(|fields| fields.iter()) {
            let Some(field) = value.get_ref().as_table().filter(|field| flag(field, "clear") == Some(true)) else {
                continue;
            };
            let name = &**name.get_ref();
            let reason = if target_fields(to).required.contains(&name) {
                "required"
            } else if to == GENESYS_USERS && name == "division" {
                "one that everybody has"
            } else if identifying.iter().any(|paths| paths.contains(name)) {
                "used in `flow.identity.match`"
            } else {
                continue;
            };
            let message =
                format!("`flow.fields.{}.clear` cannot be true: the field is {reason}; remove it", printable(name));
            self.problems.add(key_position(field, "clear", value.span().start), message);
        }
    }

    fn identity(&mut self, flow: &DeTable<'_>, (from, to): (&str, &str), position: usize) -> Option<Identity> {
        let empty = DeTable::new();
        let identity = table(flow, "identity").unwrap_or(&empty);
        let place = value_position(flow, "identity", position);
        if from == FILE && !identity.contains_key("id") {
            self.problems.add(place, "`flow.identity.id` is missing; a flow from `file` requires it");
        }
        let has_none =
            identity.get("match").is_none_or(|value| value.get_ref().as_array().is_some_and(|it| it.is_empty()));
        if has_none && matches!(to, GENESYS_USERS | LMS_USERS) {
            let message = format!(
                "`flow.identity.match` is missing; a flow to `{to}` requires a pass, such as \"email\", to recognize people"
            );
            self.problems.add(value_position(identity, "match", place), message);
        }
        let mut passes = Vec::new();
        for item in items(identity, "match") {
            let (source, target) = match item.get_ref() {
                DeValue::String(name) if name == NAME => (name_of(from), NAME),
                DeValue::String(text) if !text.is_empty() => (&**text, &**text),
                DeValue::Table(pass) => match (text(pass, "source"), text(pass, "target")) {
                    (Some(source), Some(target)) => (source, target),
                    _ => continue,
                },
                _ => continue,
            };
            if to == SESSION_USERS && target != NAME {
                let message = "`flow.identity.match`: session users match by `remoteId`, which is implied; expected `name` \
                               or nothing";
                self.problems.add(item.span().start, message);
                continue;
            }
            let of_target = if target == NAME { name_of(to) } else { target };
            if let (Ok(source), Ok(of_target)) = (Expression::parse(source), Expression::parse(of_target)) {
                let confirm = is_of_names(&of_target);
                passes.push(Pass { name: target.to_owned(), source, target: of_target, confirm });
            }
        }
        Some(Identity { id: expression(identity, "id").or_else(|| Expression::parse("id").ok())?, passes })
    }

    fn removals(&mut self, flow: &DeTable<'_>) -> Removals {
        let empty = DeTable::new();
        let removals = table(flow, "removals").unwrap_or(&empty);
        let when = texts(removals, "when").map(|words| {
            let left = words.into_iter().filter_map(|word| match word {
                "missing" => Some(Left::Missing),
                "inactive" => Some(Left::Inactive),
                "out-of-scope" => Some(Left::OutOfScope),
                _ => None,
            });
            left.collect::<Vec<_>>()
        });
        let deactivate = text(removals, "policy") == Some("deactivate");
        if deactivate && items(removals, "when").next().is_none() && removals.contains_key("when") {
            let message = "`flow.removals.when` is an empty list, so that no one is removed; write policy = \"none\"";
            self.problems.add(value_position(removals, "when", 0), message);
        }
        Removals {
            deactivate,
            when: when.unwrap_or_else(|| vec![Left::Missing, Left::Inactive]),
            grace: span(removals, "grace", 0),
            deactivate_by: match text(removals, "deactivate_by") {
                Some("upsert") => DeactivateBy::Upsert,
                _ => DeactivateBy::Batch,
            },
        }
    }

    fn completions(
        &mut self,
        flow: &DeTable<'_>,
        position: usize,
        earlier: &[Earlier<'_>],
        has_zone: bool,
    ) -> Option<Completions> {
        if !has_zone {
            self.problems.add(
                position,
                format!(
                    "`lms.time_zone` is missing; a flow to `{EXTERNAL_TRAINING}` requires it, such as \"Europe/Berlin\""
                ),
            );
        }
        let Some(completions) = table(flow, "completions") else {
            if !flow.contains_key("completions") {
                let message = format!("`flow.completions` is missing; a flow to `{EXTERNAL_TRAINING}` requires it");
                self.problems.add(position, message);
            }
            return None;
        };
        let place = value_position(flow, "completions", position);
        if !completions.contains_key("user") && !completions.contains_key("identities") {
            let message =
                "`flow.completions` has neither `user` nor `identities`; one of them must lead to the LMS user";
            self.problems.add(place, message);
        }
        if let Some(name) = text(completions, "identities") {
            let links = || earlier.iter().filter(|it| it.to == Some(LMS_USERS)).map(|it| it.name);
            if !links().any(|link| link == name) {
                let help = match (did_you_mean(name, links()), links().collect::<Vec<_>>()) {
                    (_, links) if links.is_empty() => format!("write a flow to `{LMS_USERS}` before this one"),
                    (Some(question), _) => question,
                    (None, links) => format!("expected {}", list(&links, "or")),
                };
                let message = format!(
                    "`flow.completions.identities`: no earlier flow to `{LMS_USERS}` is called `{}`; {help}",
                    printable(name)
                );
                self.problems.add(value_position(completions, "identities", place), message);
            }
        }
        Some(Completions {
            since: date(completions.get("since")?.get_ref())?.parse().ok()?,
            overlap: span(completions, "overlap", 30 * 86_400),
            full_every: span(completions, "full_every", 7 * 86_400),
            settle: span(completions, "settle", 7_200),
            user: expression(completions, "user"),
            identities: text(completions, "identities").map(str::to_owned),
            withdraw: flag(completions, "withdraw").unwrap_or_default(),
        })
    }
}

/// The expressions over the source record, with their paths for messages.
fn source_expressions<'a, 'i>(flow: &'a DeTable<'i>) -> Vec<(String, &'a Spanned<DeValue<'i>>)> {
    let mut found = Vec::new();
    let mut add = |path: &str, value: Option<&'a Spanned<DeValue<'i>>>| {
        found.extend(value.map(|value| (format!("flow.{path}"), value)));
    };
    add("where", flow.get("where"));
    add("active", flow.get("active"));
    for (name, value) in table(flow, "fields").into_iter().flat_map(|fields| fields.iter()) {
        let expression = value.get_ref().as_table().map_or(Some(value), |field| field.get("value"));
        add(&format!("fields.{}", printable(name.get_ref())), expression);
    }
    if let Some(identity) = table(flow, "identity") {
        add("identity.id", identity.get("id"));
        for item in items(identity, "match") {
            add("identity.match", item.get_ref().as_table().map_or(Some(item), |pass| pass.get("source")));
        }
    }
    if let Some(protect) = table(flow, "protect") {
        items(protect, "source").for_each(|item| add("protect.source", Some(item)));
    }
    found
}

/// The pass for the name of a person, which each side has in its own fields.
const NAME: &str = "name";

/// The expression for the name of a person.
fn name_of(side: &str) -> &'static str {
    match side {
        SESSION_USERS => "join(' ', [firstName, lastName][?@])",
        LMS_USERS => "join(' ', [given, family][?@])",
        _ => NAME,
    }
}

/// Whether an expression is made of names only, which identify no one.
fn is_of_names(target: &Expression) -> bool {
    const NAMES: [&str; 6] = ["name", "preferredName", "firstName", "lastName", "given", "family"];
    match target.paths() {
        Paths::Some(paths) => paths.iter().all(|path| NAMES.contains(&path.as_str())),
        Paths::All => false,
    }
}

fn protect(flow: &DeTable<'_>) -> Protect {
    let empty = DeTable::new();
    let protect = table(flow, "protect").unwrap_or(&empty);
    let owned = |key| texts(protect, key).unwrap_or_default().into_iter().map(str::to_owned).collect();
    let compiled = |key| {
        let texts = texts(protect, key).unwrap_or_default().into_iter();
        texts.filter_map(|text| Expression::parse(text).ok()).collect()
    };
    Protect {
        ids: owned("ids"),
        emails: owned("emails"),
        source: compiled("source"),
        target: compiled("target"),
        administrators: flag(protect, "administrators").unwrap_or(true),
    }
}

fn limits(flow: &DeTable<'_>) -> Limits {
    let empty = DeTable::new();
    let limits = table(flow, "limits").unwrap_or(&empty);
    let number = |table: &DeTable<'_>, key: &str| table.get(key).and_then(|value| whole(value.get_ref()));
    let percent = |table: &DeTable<'_>, key: &str, default| {
        number(table, key).and_then(|number| u8::try_from(number).ok()).unwrap_or(default)
    };
    let removals = table(limits, "removals").unwrap_or(&empty);
    Limits {
        min_percent: percent(limits, "min_percent", 80),
        removals: number(removals, "max").unwrap_or(100),
        removals_percent: percent(removals, "max_percent", 5),
        creations: table(limits, "creations").and_then(|it| number(it, "max")),
        updates: table(limits, "updates").and_then(|it| number(it, "max")),
    }
}

/// How the Genesys users of a side are listed.
fn listing(side: &DeTable<'_>) -> GenesysListing {
    match text(side, "listing") {
        Some("query") => GenesysListing::Query,
        _ => GenesysListing::List,
    }
}

fn span(table: &DeTable<'_>, key: &str, default_seconds: u64) -> Span {
    text(table, key).and_then(|text| text.parse().ok()).unwrap_or(Span::from_secs(default_seconds))
}

fn expression(table: &DeTable<'_>, key: &str) -> Option<Expression> {
    text(table, key).and_then(|text| Expression::parse(text).ok())
}
