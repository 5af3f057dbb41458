//! Checks the keys of a sync file and the form of their values by the table of keys.

use chrono_tz::Tz;
use rosterkit_core::Date;
use rosterkit_core::catalog::{did_you_mean, printable};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{FROM, Flows, GENESYS_USERS, Key, Kind, ROUTES, target_fields};
use super::problem::Problems;
use super::values;
use crate::expression::Expression;
use crate::span::Span;

/// Between what a flow goes, as far as it says something that is known.
#[derive(Clone, Copy, Default)]
pub(super) struct Route<'a> {
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
}

impl<'a> Route<'a> {
    pub(super) fn of(flow: &'a DeTable<'_>) -> Self {
        Self {
            from: values::text(flow, "from").filter(|from| FROM.contains(from)),
            to: values::text(flow, "to").filter(|to| ROUTES.iter().any(|(known, _)| known == to)),
        }
    }

    /// Why a key has no effect in the flow.
    fn excludes(self, flows: Flows) -> Option<String> {
        match (flows, self) {
            (Flows::From(accepted), Route { from: Some(from), .. }) if !accepted.contains(&from) => {
                Some(format!("has no effect in a flow from `{from}`; it is for flows from {}", list(accepted, "or")))
            }
            (Flows::To(accepted), Route { to: Some(to), .. }) if !accepted.contains(&to) => {
                Some(format!("has no effect in a flow to `{to}`; it is for flows to {}", list(accepted, "or")))
            }
            (Flows::Genesys, Route { from: Some(from), to: Some(to) }) if ![from, to].contains(&GENESYS_USERS) => {
                Some("has no effect in a flow without Genesys users; it is for flows from or to them".to_owned())
            }
            _ => None,
        }
    }
}

/// Names for a message.
pub(super) fn list(names: &[&str], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl Kind {
    /// What is accepted, for messages.
    fn expected(&self) -> String {
        match self {
            Self::Text => "a text that is not empty".to_owned(),
            Self::Name => "a text of at most 64 letters, digits, - and _".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole(most) if *most > u64::from(u32::MAX) => "a whole number of at least 0".to_owned(),
            Self::Whole(most) => format!("a whole number from 0 to {most}"),
            Self::Span { is_positive: false } => "a length of time, such as \"7d\" or \"1d12h\"".to_owned(),
            Self::Span { is_positive: true } => "a length of time above 0, such as \"7d\" or \"1d12h\"".to_owned(),
            Self::Date => "a date, such as 2026-01-31".to_owned(),
            Self::Zone => "a time zone of the IANA database, such as \"Europe/Berlin\"".to_owned(),
            Self::Expression => "a text with a JMESPath expression".to_owned(),
            Self::Word(words) => format!("one of {}", list(words, "and")),
            Self::Texts { can_be_empty: true } => "a list of texts that are not empty".to_owned(),
            Self::Texts { can_be_empty: false } => "a list of at least one text".to_owned(),
            Self::Words(words) => format!("a list of some of {}", list(words, "and")),
            Self::Expressions => "a list of JMESPath expressions".to_owned(),
            Self::Passes(_) => "a list of JMESPath expressions, or of tables with `source` and `target`".to_owned(),
            Self::Fields(_) => "a table with fields of the target and their JMESPath expressions".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Tables(_) => "tables with two pairs of brackets, such as `[[flow]]`".to_owned(),
        }
    }
}

/// What a value is, for messages.
fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(text) if text.is_empty() => "an empty text",
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Checks a table. `position` is where a missing key is reported.
pub(super) fn check_table(
    problems: &mut Problems<'_>,
    (table, position): (&DeTable<'_>, usize),
    keys: &'static [Key],
    path: &str,
    route: Route<'_>,
) {
    for (name, value) in table.iter() {
        let position = name.span().start;
        let Some(key) = keys.iter().find(|key| key.name == name.get_ref()) else {
            problems.add(position, unknown_key(path, name.get_ref(), keys));
            continue;
        };
        let path = join(path, key.name);
        match route.excludes(key.flows) {
            Some(reason) => problems.add(position, format!("`{path}` {reason}")),
            None => check_value(problems, value, &key.kind, &path, route),
        }
    }
    for key in keys.iter().filter(|key| key.is_required && !table.contains_key(key.name)) {
        problems.add(position, format!("`{}` is missing; expected {}", join(path, key.name), key.kind.expected()));
    }
}

fn unknown_key(path: &str, name: &str, keys: &[Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let help = did_you_mean(name, names.iter().copied())
        .unwrap_or_else(|| format!("the keys here are {}", list(&names, "and")));
    format!("`{}` is an unknown key; {help}", join(path, &printable(name)))
}

pub(super) fn join(path: &str, name: &str) -> String {
    match path.is_empty() {
        true => name.to_owned(),
        false => format!("{path}.{name}"),
    }
}

fn check_value(
    problems: &mut Problems<'_>,
    value: &Spanned<DeValue<'_>>,
    kind: &'static Kind,
    path: &str,
    route: Route<'_>,
) {
    let position = value.span().start;
    let mismatch = |problems: &mut Problems<'_>| {
        problems.add(position, format!("`{path}` is {}; expected {}", found(value.get_ref()), kind.expected()));
    };
    match (kind, value.get_ref()) {
        (Kind::Expression, DeValue::String(text)) if !text.is_empty() => expression(problems, value, text, path),
        (Kind::Text, DeValue::String(text)) if !text.is_empty() => {}
        (Kind::Name, DeValue::String(text)) => {
            let is_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
            if !(1..=64).contains(&text.len()) || !text.chars().all(is_of_name) {
                problems.add(position, format!("`{path}` is an invalid name; expected {}", kind.expected()));
            }
        }
        (Kind::Flag, DeValue::Boolean(_)) => {}
        (Kind::Whole(most), DeValue::Integer(_)) => {
            if values::whole(value.get_ref()).is_none_or(|number| number > *most) {
                problems.add(position, format!("`{path}` is out of range; expected {}", kind.expected()));
            }
        }
        (Kind::Span { is_positive }, DeValue::String(text)) => match text.parse::<Span>() {
            Ok(span) if *is_positive && span == Span::default() => {
                problems.add(position, format!("`{path}` is zero; expected {}", kind.expected()));
            }
            Ok(_) => {}
            Err(error) => problems.add(position, format!("`{path}`: {error}")),
        },
        (Kind::Date, DeValue::String(_) | DeValue::Datetime(_)) => {
            if values::date(value.get_ref()).is_none_or(|text| text.parse::<Date>().is_err()) {
                problems.add(position, format!("`{path}` is not a date; expected {}", kind.expected()));
            }
        }
        (Kind::Zone, DeValue::String(text)) => {
            if text.parse::<Tz>().is_err() {
                let near = did_you_mean(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
                let help = near.unwrap_or_else(|| format!("expected {}", kind.expected()));
                problems.add(position, format!("`{path}`: unknown time zone `{}`; {help}", printable(text)));
            }
        }
        (Kind::Word(words), DeValue::String(text)) => word(problems, position, text, words, path),
        (Kind::Words(words), DeValue::Array(items)) => {
            for item in items {
                match item.get_ref() {
                    DeValue::String(text) => word(problems, item.span().start, text, words, path),
                    other => problems
                        .add(item.span().start, format!("`{path}` has {}; expected {}", found(other), kind.expected())),
                }
            }
        }
        (Kind::Texts { can_be_empty: false }, DeValue::Array(items)) if items.is_empty() => {
            problems.add(position, format!("`{path}` is an empty list; expected {}", kind.expected()));
        }
        (Kind::Texts { .. } | Kind::Expressions, DeValue::Array(items)) => {
            for item in items {
                match (kind, item.get_ref()) {
                    (Kind::Expressions, DeValue::String(text)) if !text.is_empty() => {
                        expression(problems, item, text, path);
                    }
                    (Kind::Texts { .. }, DeValue::String(text)) if !text.is_empty() => {}
                    (_, other) => problems
                        .add(item.span().start, format!("`{path}` has {}; expected {}", found(other), kind.expected())),
                }
            }
        }
        (Kind::Passes(keys), DeValue::Array(items)) => {
            for item in items {
                match item.get_ref() {
                    DeValue::String(text) if !text.is_empty() => expression(problems, item, text, path),
                    DeValue::Table(table) => check_table(problems, (table, item.span().start), keys, path, route),
                    other => problems
                        .add(item.span().start, format!("`{path}` has {}; expected {}", found(other), kind.expected())),
                }
            }
        }
        (Kind::Fields(keys), DeValue::Table(table)) => fields(problems, table, keys, path, route),
        (Kind::Table(keys), DeValue::Table(table)) => check_table(problems, (table, position), keys, path, route),
        (Kind::Tables(keys), DeValue::Array(items)) => {
            for item in items {
                match item.get_ref() {
                    DeValue::Table(table) => {
                        check_table(problems, (table, item.span().start), keys, path, Route::of(table));
                    }
                    other => problems
                        .add(item.span().start, format!("`{path}` has {}; expected {}", found(other), kind.expected())),
                }
            }
        }
        _ => mismatch(problems),
    }
}

fn word(problems: &mut Problems<'_>, position: usize, text: &str, words: &[&str], path: &str) {
    if words.contains(&text) {
        return;
    }
    let accepted = || format!("expected one of {}", list(words, "and"));
    let help = match did_you_mean(text, words.iter().copied()) {
        // A long list would hide the answer.
        Some(question) if words.len() > 8 => question,
        Some(question) => format!("{}; {question}", accepted()),
        None => accepted(),
    };
    let message = format!("`{path}`: unknown value `{}`; {help}", printable(text));
    problems.add(position, message);
}

/// Compiles an expression. Its error stands where the expression says, if it is written without escapes.
fn expression(problems: &mut Problems<'_>, value: &Spanned<DeValue<'_>>, text: &str, path: &str) {
    let Err(error) = Expression::parse(text) else { return };
    let span = value.span();
    let within = problems.text().get(span.clone()).and_then(|raw| raw.find(text)).zip(error.offset());
    let offset = within
        .map_or(0, |(start, offset)| start + text.char_indices().nth(offset).map_or(text.len(), |(index, _)| index));
    problems.add(span.start + offset, error.about(&format!("`{path}`")));
}

/// The fields of the target: their names, and their values.
fn fields(problems: &mut Problems<'_>, table: &DeTable<'_>, keys: &'static [Key], path: &str, route: Route<'_>) {
    for (name, value) in table.iter() {
        let position = name.span().start;
        let field = join(path, &printable(name.get_ref()));
        if let Some(to) = route.to {
            let known = target_fields(to).all;
            if matches!(&**name.get_ref(), "active" | "state") {
                problems.add(
                    position,
                    format!("`{field}` cannot be owned; it follows from `flow.active` and `flow.removals`"),
                );
                continue;
            }
            if !known.contains(&&**name.get_ref()) {
                let help = did_you_mean(name.get_ref(), known.iter().copied())
                    .unwrap_or_else(|| format!("the fields are {}", list(known, "and")));
                problems.add(position, format!("`{field}` is not a field of `{to}`; {help}"));
                continue;
            }
        }
        match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => expression(problems, value, text, &field),
            DeValue::Table(table) => check_table(problems, (table, value.span().start), keys, &field, route),
            other => problems.add(
                value.span().start,
                format!(
                    "`{field}` is {}; expected a JMESPath expression, or a table with `value` and `clear`",
                    found(other)
                ),
            ),
        }
    }
}
