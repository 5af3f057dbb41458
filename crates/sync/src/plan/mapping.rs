//! Maps source records to the fields that sync owns, and target records to what they are compared with.

use serde_json::{Map, Value};

use crate::config::{Field, Flow, From, Protect, field_of_part};
use crate::expression::{Data, Expression, Paths};
use crate::state::snapshots::{SourcePerson, SourceStatus, TargetPerson};
use crate::target::{self, Directory, Names};

/// How an id begins that replaces that of a record without one. No record has such an id: it is refused.
pub(crate) const WITHOUT_ID: char = '\u{1}';

/// How a key begins of which only the part is known that it needs and that did not come. No record has such a key: it is refused.
pub(crate) const UNKNOWN_KEY: char = '\u{1}';

/// The maximum length of an id or a key, in bytes: longer ones are a mistake of the mapping.
const MAX_ID: usize = 512;

/// What is used of a source record beside the fields of expressions: for labels, for patterns of e-mail addresses, for the state.
const BESIDE_EXPRESSIONS: [&str; 8] = ["name", "firstName", "given", "lastName", "family", "email", "state", "status"];

/// Maps the records of a flow.
pub(crate) struct Mapping<'a> {
    flow: &'a Flow,
    directory: Directory,
    names: &'a Names,
    /// What each field needs of a record.
    paths: Vec<Paths>,
    /// What all expressions need of a source record and of a target record. Nothing else is converted for them.
    of_source: Paths,
    of_target: Paths,
}

impl<'a> Mapping<'a> {
    pub(crate) fn new(flow: &'a Flow, directory: Directory, names: &'a Names) -> Self {
        let paths: Vec<Paths> = flow.fields.iter().map(|field| field.value.paths()).collect();
        let (passes, protect) = (&flow.identity.passes, &flow.protect);
        let of_source = [&flow.identity.id]
            .into_iter()
            .chain(&flow.active)
            .chain(&flow.scope)
            .chain(passes.iter().map(|pass| &pass.source))
            .chain(&protect.source);
        let of_source = Paths::union(of_source.map(Expression::paths).chain(paths.iter().cloned()));
        let of_target = passes.iter().map(|pass| &pass.target).chain(&protect.target);
        let of_target = Paths::union(of_target.map(Expression::paths));
        Self { flow, directory, names, paths, of_source, of_target }
    }

    /// What is used of a source record.
    pub(crate) fn source_fields(&self) -> Paths {
        Paths::union([self.of_source.clone(), Paths::some(BESIDE_EXPRESSIONS)])
    }

    /// Maps the source record at this position. `lacking` are the parts that were asked for and did not come.
    pub(crate) fn source(&self, ordinal: u64, row: Value, lacking: &[String]) -> SourcePerson {
        let mut person = SourcePerson {
            id: format!("{WITHOUT_ID}{ordinal}"),
            ordinal,
            label: target::label(&row),
            status: SourceStatus::Invalid,
            problem: None,
            protected: None,
            fields: Map::new(),
            keys: Vec::new(),
        };
        match self.fill(&mut person, row, lacking) {
            Ok(status) => person.status = status,
            Err(problem) => person.problem = Some(problem),
        }
        person
    }

    /// Maps a target record. `lacking` are the parts that were asked for and did not come.
    ///
    /// # Errors
    /// Why the record cannot be used. It has no values.
    pub(crate) fn target(&self, row: Value, lacking: &[String]) -> Result<TargetPerson, String> {
        let mut record = self.directory.record(&row, self.names)?;
        let email = target::text(&row, "email");
        let data = Data::new(only(row, &self.of_target));
        let mut keys = Vec::new();
        if let Some(field) = self.directory.key_field() {
            keys.push(record.fields.get(field).and_then(Value::as_str).map(str::to_owned));
        }
        for pass in &self.flow.identity.passes {
            keys.push(key(&pass.target, &data, lacking)?);
        }
        let protect = &self.flow.protect;
        let protected = match self.protected_by_name(&record.id, email.as_deref()) {
            None => protecting(&protect.target, &data, lacking, by_target)?,
            found => found,
        };
        record.fields.retain(|name, _| self.flow.fields.iter().any(|field| field.name == *name));
        Ok(TargetPerson {
            id: record.id,
            label: record.label,
            status: record.status,
            version: record.version,
            unwritable: record.unwritable.map(str::to_owned),
            protected,
            fields: record.fields,
            keys,
        })
    }

    fn id(&self, data: &Data) -> Result<String, String> {
        match evaluate(&self.flow.identity.id, data)? {
            Value::String(id) if id.trim().is_empty() => Err("it has no id".to_owned()),
            Value::String(id) if id.len() > MAX_ID => Err(format!("its id is longer than {MAX_ID} bytes")),
            Value::String(id) if id.starts_with(WITHOUT_ID) => {
                Err("invalid id: it begins with the control character U+0001".to_owned())
            }
            Value::String(id) => Ok(id),
            // A longer number was rounded when it was read, so that it is another one, or has several texts.
            Value::Number(id) if id.is_f64() => {
                Err("invalid id: expected a text, or a whole number of at most 18 digits".to_owned())
            }
            Value::Number(id) => Ok(id.to_string()),
            Value::Null => Err("it has no id".to_owned()),
            _ => Err("invalid id: expected a text or a number".to_owned()),
        }
    }

    /// The state in the source, where its kind has one.
    fn status(&self, row: &Value) -> Result<SourceStatus, String> {
        if self.flow.active.is_some() {
            return Ok(SourceStatus::Wanted);
        }
        let text = |name| row.get(name).and_then(Value::as_str);
        Ok(match self.flow.from {
            From::GenesysUsers { .. } => match text("state") {
                Some("active") => SourceStatus::Wanted,
                Some("deleted") => SourceStatus::Deleted,
                Some("inactive") => SourceStatus::Inactive,
                _ => return Err("`state` is none of active, inactive, deleted".to_owned()),
            },
            From::LmsUsers => match text("status") {
                Some("active") => SourceStatus::Wanted,
                Some(_) => SourceStatus::Inactive,
                None => return Err("it has no `status`".to_owned()),
            },
            From::SessionUsers => match row.get("active").and_then(Value::as_bool) {
                Some(true) => SourceStatus::Wanted,
                Some(false) => SourceStatus::Inactive,
                None => return Err("it has no `active`".to_owned()),
            },
            From::SessionCompletions | From::File { .. } => SourceStatus::Wanted,
        })
    }

    fn fill(&self, person: &mut SourcePerson, row: Value, lacking: &[String]) -> Result<SourceStatus, String> {
        let email = target::text(&row, "email");
        let status = self.status(&row);
        let data = &Data::new(only(row, &self.of_source));
        person.id = self.id(data)?;
        let protection = self.protection(&person.id, email.as_deref(), data, lacking);
        // Also of a record that cannot be used otherwise: it says who is protected, and who has which key.
        person.protected = protection.as_ref().ok().cloned().flatten();
        let mut problem = protection.err();
        for (field, paths) in self.flow.fields.iter().zip(&self.paths) {
            // Nothing is known about a part that did not come.
            if first_lacking(paths, lacking).is_some() {
                continue;
            }
            match self.field(field, data) {
                Ok(Some(value)) => drop(person.fields.insert(field.name.clone(), value)),
                Ok(None) => {}
                Err(error) => drop(problem.get_or_insert(error)),
            }
        }
        if let Some(field) = self.directory.key_field() {
            let key = person.fields.get(field).and_then(Value::as_str).map(str::to_owned);
            if key.as_ref().is_some_and(|key| key.len() > MAX_ID) {
                return Err(format!("`{field}` is longer than {MAX_ID} bytes"));
            }
            person.keys.push(key);
        }
        for pass in &self.flow.identity.passes {
            person.keys.push(key(&pass.source, data, lacking)?);
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        let status = match &self.flow.active {
            None => status?,
            Some(active) => match evaluate(active, data)? {
                Value::Bool(true) => SourceStatus::Wanted,
                Value::Bool(false) => SourceStatus::Inactive,
                _ => return Err(format!("`active`: `{}` is neither true nor false", active.as_str())),
            },
        };
        let is_in_scope = match &self.flow.scope {
            None => true,
            Some(scope) => match evaluate(scope, data)? {
                Value::Bool(value) => value,
                Value::Null => false,
                _ => return Err(format!("`where`: `{}` is neither true nor false", scope.as_str())),
            },
        };
        // Who was never in scope is paired with no one, and so never managed, whoever created the target person.
        if !is_in_scope {
            person.keys.iter_mut().for_each(|key| *key = None);
        }
        let (status, decided_by) = match status {
            SourceStatus::Wanted if !is_in_scope => (SourceStatus::OutOfScope, ("where", &self.flow.scope)),
            status => (status, ("active", &self.flow.active)),
        };
        // No one has left because of a part that did not come.
        if status != SourceStatus::Wanted
            && let (name, Some(expression)) = decided_by
            && let Some(part) = first_lacking(&expression.paths(), lacking)
        {
            person.problem = Some(format!("`{name}` needs `{part}`, which the service did not send"));
        }
        Ok(status)
    }

    /// The value to write; `None` leaves the field alone.
    fn field(&self, field: &Field, data: &Data) -> Result<Option<Value>, String> {
        let name = &field.name;
        let value = field.value.apply(data).map_err(|problem| format!("`{name}`: {problem}"))?;
        let has_no_value = value.is_null() || value.as_str().is_some_and(str::is_empty);
        match (has_no_value, field.clear) {
            (true, false) => Ok(None),
            (true, true) => Ok(Some(Value::Null)),
            (false, _) => match self.directory.value(name, value, self.names) {
                Ok(value) => Ok(Some(value)),
                Err(expected) => Err(format!("invalid `{name}`: {expected}")),
            },
        }
    }

    /// Why the person of a source record is protected.
    fn protection(
        &self,
        id: &str,
        email: Option<&str>,
        data: &Data,
        lacking: &[String],
    ) -> Result<Option<String>, String> {
        match self.protected_by_name(id, email) {
            None => protecting(&self.flow.protect.source, data, lacking, by_source),
            found => Ok(found),
        }
    }

    fn protected_by_name(&self, id: &str, email: Option<&str>) -> Option<String> {
        let protect = &self.flow.protect;
        if let Some(reason) = protect.by_id(id) {
            return Some(reason);
        }
        if protect.emails.is_empty() {
            return None;
        }
        let email = email?.to_lowercase();
        let found = protect.emails.iter().find(|pattern| matches(&pattern.to_lowercase(), &email))?;
        Some(by_email(found))
    }
}

impl Protect {
    /// Why the person with this id is protected, if it is one of `ids`.
    pub(super) fn by_id(&self, id: &str) -> Option<String> {
        self.ids.iter().any(|it| it == id).then(|| "`protect.ids`".to_owned())
    }

    /// Whether a rule for source records gives this reason.
    pub(super) fn gives(&self, reason: &str) -> bool {
        let is_by =
            |rule: String| reason.strip_prefix(&rule).is_some_and(|rest| rest.is_empty() || rest.starts_with(DOUBT));
        self.emails.iter().any(|pattern| is_by(by_email(pattern)))
            || self.source.iter().any(|expression| is_by(by_source(expression)))
    }
}

/// The record with these fields.
fn only(mut row: Value, paths: &Paths) -> Value {
    if let Value::Object(fields) = &mut row {
        fields.retain(|name, _| paths.contains(name));
    }
    row
}

fn by_email(pattern: &str) -> String {
    format!("`protect.emails`: `{pattern}`")
}

fn by_source(expression: &Expression) -> String {
    format!("`protect.source`: `{}`", expression.as_str())
}

fn by_target(expression: &Expression) -> String {
    format!("`protect.target`: `{}`", expression.as_str())
}

/// Between a rule and the part that it needs.
const DOUBT: &str = "; it needs `";

/// The text in messages if a directory's row cannot be used.
fn evaluate(expression: &Expression, data: &Data) -> Result<Value, String> {
    expression.apply(data).map_err(|problem| format!("`{}`: {problem}", expression.as_str()))
}

/// A key to compare: case and surrounding spaces do not count. Without a part that it needs, it is not known.
fn key(expression: &Expression, data: &Data, lacking: &[String]) -> Result<Option<String>, String> {
    if !lacking.is_empty()
        && let Some(part) = first_lacking(&expression.paths(), lacking)
    {
        return Ok(Some(format!("{UNKNOWN_KEY}{part}")));
    }
    let text = match evaluate(expression, data)? {
        Value::String(text) => text.trim().to_lowercase(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return Ok(None),
    };
    if text.len() > MAX_ID {
        return Err(format!("`{}`: the key is longer than {MAX_ID} bytes", expression.as_str()));
    }
    if text.starts_with(UNKNOWN_KEY) {
        return Err(format!("`{}`: invalid key: it begins with the control character U+0001", expression.as_str()));
    }
    Ok((!text.is_empty()).then_some(text))
}

/// The first of the parts that did not come which an expression needs.
fn first_lacking<'a>(paths: &Paths, lacking: &'a [String]) -> Option<&'a str> {
    let mut lacking = lacking.iter().map(|part| field_of_part(part).split('.').next().unwrap_or_default());
    lacking.find(|part| paths.contains(part))
}

/// The reason of the first expression that is true; or else of the first one of which that is not known, since a part that it
/// needs did not come.
fn protecting(
    expressions: &[Expression],
    data: &Data,
    lacking: &[String],
    reason: fn(&Expression) -> String,
) -> Result<Option<String>, String> {
    let mut doubt = None;
    for expression in expressions {
        if evaluate(expression, data)? == Value::Bool(true) {
            return Ok(Some(reason(expression)));
        }
        if let (None, Some(part)) = (&doubt, first_lacking(&expression.paths(), lacking)) {
            doubt = Some(format!("{}{DOUBT}{part}`, which the service did not send", reason(expression)));
        }
    }
    Ok(doubt)
}

/// Whether a text matches a pattern in which `*` means any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("*@example.com", "a@example.com", true),
            ("*@example.com", "a@example.org", false),
            ("a*", "a", true),
            ("a*b*c", "axbxc", true),
            ("a*b*c", "acb", false),
            ("*a*", "bab", true),
            ("*", "", true),
            ("ab*ba", "aba", false),
            ("a", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
