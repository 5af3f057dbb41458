//! Compares two contracts, and grades each difference as a change from the older side to the newer one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::drift::contract::{Contract, Field, Limits, Model, Operation, Parameter, Permissions, Type, Values, list};

/// How much a difference matters to those who call the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A text or a limit changed, or a decision no longer applies: read it.
    Point,
    /// Something was added that callers may use.
    Minor,
    /// Something that callers rely on was removed or changed, or they must do more than before.
    Major,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Point => "point",
            Severity::Minor => "minor",
            Severity::Major => "major",
        })
    }
}

/// Which side has the later state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Newer {
    /// The vendor's document.
    Source,
    /// The spec, since the vendor's document is older than the one that was recorded.
    Spec,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// An operation is on one side only.
    Operation,
    /// An operation's name.
    OperationName,
    /// A parameter is on one side only.
    Parameter,
    /// A body is on one side only.
    Body,
    /// A response has a body on one side only.
    Response,
    /// The status of success.
    SuccessStatus,
    /// Another status is on one side only.
    FailureStatus,
    /// A field is on one side only.
    Field,
    /// A model's name.
    ModelName,
    /// A type.
    Type,
    /// Whether something is required.
    Required,
    /// Whether a field is read-only.
    ReadOnly,
    /// Whether something is deprecated.
    Deprecated,
    /// Whether an operation is a preview.
    Preview,
    /// A default.
    Default,
    /// A limit of numbers, of the length of texts or lists, or a pattern.
    Limit,
    /// A value of an enumeration is on one side only.
    Value,
    /// Whether the values are listed.
    Values,
    /// Permissions.
    Permissions,
    /// An OAuth scope is on one side only.
    Scope,
    /// What the vendor says about something.
    Text,
    /// Texts that were not recorded, so that a change of theirs cannot be seen.
    UnrecordedTexts,
    /// A decision in the baseline that no longer applies.
    StaleDecision,
}

impl Change {
    /// How findings call what differs.
    fn label(self) -> &'static str {
        match self {
            Change::Operation => "operation",
            Change::OperationName => "operation name",
            Change::Parameter => "parameter",
            Change::Body => "request body",
            Change::Response => "response body",
            Change::SuccessStatus => "success status",
            Change::FailureStatus => "error status",
            Change::Field => "field",
            Change::ModelName => "model",
            Change::Type => "type",
            Change::Required => "required",
            Change::ReadOnly => "read-only",
            Change::Deprecated => "deprecated",
            Change::Preview => "preview",
            Change::Default => "default",
            Change::Limit => "limit",
            Change::Value => "enum value",
            Change::Values => "enum values",
            Change::Permissions => "permissions",
            Change::Scope => "OAuth scope",
            Change::Text => "text",
            Change::UnrecordedTexts => "texts",
            Change::StaleDecision => "decision",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What differs.
    pub change: Change,
    /// Where.
    pub at: String,
    /// What the spec has, or what was recorded; `None` if it has nothing.
    pub spec: Option<String>,
    /// What the vendor's document has; `None` if it has nothing.
    pub source: Option<String>,
    /// What a text was, if that is known.
    pub old_text: Option<String>,
    /// What a text is now, if that is known.
    pub new_text: Option<String>,
}

impl Finding {
    /// What a decision of the baseline is matched by.
    pub fn identity(&self) -> (Change, &str, Option<&str>, Option<&str>) {
        (self.change, &self.at, self.spec.as_deref(), self.source.as_deref())
    }

    /// What happened, in the direction from the older side to the newer one.
    pub fn message(&self, newer: Newer) -> String {
        let (old, new) = match newer {
            Newer::Source => (&self.spec, &self.source),
            Newer::Spec => (&self.source, &self.spec),
        };
        let label = self.change.label();
        match (self.change, old, new) {
            (Change::Text, ..) => "text changed".to_owned(),
            (Change::UnrecordedTexts, _, found) => {
                format!("{}; read them, then record them with --accept", found.as_deref().unwrap_or_default())
            }
            (Change::StaleDecision, decided, _) => format!(
                "{} no longer applies; delete it from the baseline, or let --accept do it",
                decided.as_deref().unwrap_or_default()
            ),
            (_, None, Some(new)) => format!("{label} added: {new}"),
            (_, Some(old), None) => format!("{label} removed: {old}"),
            (_, Some(old), Some(new)) => format!("{label}: {old} -> {new}"),
            (_, None, None) => label.to_owned(),
        }
    }
}

/// Compares a spec with a vendor's document. The findings are sorted: the severest first, then by place.
pub fn compare(spec: &Contract, source: &Contract, newer: Newer) -> Vec<Finding> {
    let mut comparison =
        Comparison { spec, source, newer, found: Vec::new(), pairs: BTreeSet::new(), open: Vec::new() };
    for (key, operation) in &spec.operations {
        match source.operations.get(key) {
            Some(other) => comparison.operation(operation, other),
            None => comparison.presence(Change::Operation, operation.place(), Some(named(operation)), None, false),
        }
    }
    for operation in source.operations.iter().filter(|(key, _)| !spec.operations.contains_key(key)).map(|(_, o)| o) {
        comparison.presence(Change::Operation, operation.place(), None, Some(named(operation)), false);
    }
    while let Some((ours, theirs)) = comparison.open.pop() {
        comparison.models(&ours, &theirs);
    }
    sorted(comparison.found)
}

/// The severest first, then by place; each once.
pub fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| order(a).cmp(&order(b))));
    findings.dedup();
    findings
}

fn order(finding: &Finding) -> (&str, Change, Option<&str>, Option<&str>) {
    (&finding.at, finding.change, finding.spec.as_deref(), finding.source.as_deref())
}

fn named(operation: &Operation) -> String {
    operation.name.clone().unwrap_or_else(|| operation.place())
}

fn yes(value: bool) -> Option<String> {
    Some(if value { "yes" } else { "no" }.to_owned())
}

struct Comparison<'a> {
    spec: &'a Contract,
    source: &'a Contract,
    newer: Newer,
    found: Vec<Finding>,
    pairs: BTreeSet<(String, String)>,
    open: Vec<(String, String)>,
}

impl Comparison<'_> {
    fn note(&mut self, severity: Severity, change: Change, at: &str, spec: Option<String>, source: Option<String>) {
        let at = at.to_owned();
        self.found.push(Finding { severity, change, at, spec, source, old_text: None, new_text: None });
    }

    /// Whichever is older first.
    fn direction<T>(&self, spec: T, source: T) -> (T, T) {
        match self.newer {
            Newer::Source => (spec, source),
            Newer::Spec => (source, spec),
        }
    }

    /// Something that only one side has. Adding it is minor unless callers must send it.
    fn presence(&mut self, change: Change, at: String, spec: Option<String>, source: Option<String>, demanded: bool) {
        let (old, _) = self.direction(spec.is_some(), source.is_some());
        let severity = if old || demanded { Severity::Major } else { Severity::Minor };
        self.note(severity, change, &at, spec, source);
    }

    /// Something that is so or is not so, and the worse when it is.
    fn flag(&mut self, change: Change, at: &str, spec: Option<bool>, source: Option<bool>) {
        let (Some(spec), Some(source)) = (spec, source) else { return };
        if spec != source {
            let (_, new) = self.direction(spec, source);
            let severity = if new { Severity::Major } else { Severity::Minor };
            self.note(severity, change, at, yes(spec), yes(source));
        }
    }

    /// Members of a set, each of which may be on one side only.
    fn members(
        &mut self,
        change: Change,
        at: &str,
        spec: &BTreeSet<String>,
        source: &BTreeSet<String>,
        removal: Severity,
    ) {
        for member in spec.symmetric_difference(source) {
            let (ours, theirs) = (spec.contains(member), source.contains(member));
            let (old, _) = self.direction(ours, theirs);
            let severity = if old { removal } else { Severity::Minor };
            self.note(severity, change, at, ours.then(|| member.clone()), theirs.then(|| member.clone()));
        }
    }

    fn operation(&mut self, spec: &Operation, source: &Operation) {
        let at = spec.place();
        if let (Some(ours), Some(theirs)) = (&spec.name, &source.name)
            && ours != theirs
        {
            self.note(Severity::Major, Change::OperationName, &at, Some(ours.clone()), Some(theirs.clone()));
        }
        self.flag(Change::Deprecated, &at, spec.deprecated, source.deprecated);
        self.flag(Change::Preview, &at, spec.preview, source.preview);
        if let (Some(ours), Some(theirs)) = (&spec.permissions, &source.permissions) {
            self.permissions(&at, ours, theirs);
        }
        if let (Some(ours), Some(theirs)) = (&spec.scopes, &source.scopes) {
            self.members(Change::Scope, &at, ours, theirs, Severity::Major);
        }
        if let (Some(ours), Some(theirs)) = (&spec.success, &source.success)
            && ours.is_disjoint(theirs)
        {
            self.note(Severity::Major, Change::SuccessStatus, &at, Some(list(ours)), Some(list(theirs)));
        }
        if let (Some(ours), Some(theirs)) = (&spec.failures, &source.failures) {
            self.members(Change::FailureStatus, &at, ours, theirs, Severity::Minor);
        }
        self.parameters(&at, spec, source);

        let body = format!("{at} body");
        match (&spec.body, &source.body) {
            (Some(ours), Some(theirs)) => {
                self.flag(Change::Required, &body, Some(ours.required), Some(theirs.required));
                self.limits(&body, &ours.limits, &theirs.limits);
                self.types(&body, &ours.kind, &theirs.kind);
            }
            (ours, theirs) => {
                let told =
                    |body: &Option<crate::drift::contract::Body>| body.as_ref().map(|body| body.kind.to_string());
                let demanded = ours.as_ref().or(theirs.as_ref()).map(|body| body.required);
                if let Some(demanded) = demanded {
                    self.presence(Change::Body, at.clone(), told(ours), told(theirs), demanded);
                }
            }
        }
        if let (Some(ours), Some(theirs)) = (&spec.response, &source.response) {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => self.types(&format!("{at} response"), ours, theirs),
                (None, None) => {}
                (ours, theirs) => {
                    let told = |kind: &Option<Type>| kind.as_ref().map(Type::to_string);
                    self.presence(Change::Response, at.clone(), told(ours), told(theirs), false);
                }
            }
        }
    }

    fn parameters(&mut self, at: &str, spec: &Operation, source: &Operation) {
        let told = |parameter: &Parameter| {
            let required = if parameter.required { "required" } else { "optional" };
            Some(format!("{}, {required}", parameter.kind))
        };
        for (key, ours) in &spec.parameters {
            let at = format!("{at} {key}");
            match source.parameters.get(key) {
                Some(theirs) => {
                    self.flag(Change::Required, &at, Some(ours.required), Some(theirs.required));
                    self.flag(Change::Deprecated, &at, ours.deprecated, theirs.deprecated);
                    self.default(&at, &ours.default, &theirs.default);
                    self.limits(&at, &ours.limits, &theirs.limits);
                    self.types(&at, &ours.kind, &theirs.kind);
                }
                None => self.presence(Change::Parameter, at, told(ours), None, ours.required),
            }
        }
        for (key, theirs) in source.parameters.iter().filter(|(key, _)| !spec.parameters.contains_key(key)) {
            self.presence(Change::Parameter, format!("{at} {key}"), None, told(theirs), theirs.required);
        }
    }

    fn default(&mut self, at: &str, spec: &Option<Option<String>>, source: &Option<Option<String>>) {
        if let (Some(spec), Some(source)) = (spec, source)
            && spec != source
        {
            self.note(Severity::Minor, Change::Default, at, spec.clone(), source.clone());
        }
    }

    /// Limits by keywords that both sides use.
    fn limits(&mut self, at: &str, spec: &Limits, source: &Limits) {
        let known = &self.spec.limits & &self.source.limits;
        let all: BTreeSet<_> = spec.keys().chain(source.keys()).filter(|limit| known.contains(limit.keyword)).collect();
        for limit in all {
            let [ours, theirs] = [spec, source].map(|limits| limits.get(limit));
            if ours != theirs {
                let told = |value: Option<&String>| value.map(|value| format!("{limit} {value}"));
                self.note(Severity::Point, Change::Limit, at, told(ours), told(theirs));
            }
        }
    }

    fn permissions(&mut self, at: &str, spec: &Permissions, source: &Permissions) {
        // With one name, `any` and `all` mean the same.
        let alike = spec.names == source.names && (spec.all == source.all || spec.names.len() < 2);
        if alike {
            return;
        }
        let (old, new) = self.direction(spec, source);
        // Whether a caller who had just what was needed before may still call.
        let needs_all = |permissions: &Permissions| permissions.all && permissions.names.len() > 1;
        let still_allowed = if new.names.is_empty() {
            true
        } else if old.names.is_empty() {
            false
        } else if needs_all(old) {
            if needs_all(new) { new.names.is_subset(&old.names) } else { !new.names.is_disjoint(&old.names) }
        } else if needs_all(new) {
            false
        } else {
            old.names.is_subset(&new.names)
        };
        let severity = if still_allowed { Severity::Minor } else { Severity::Major };
        self.note(severity, Change::Permissions, at, Some(spec.to_string()), Some(source.to_string()));
    }

    fn types(&mut self, at: &str, spec: &Type, source: &Type) {
        self.parts(at, spec, source, (spec, source));
    }

    /// Compares types within types; a difference is told with the `whole` of both.
    fn parts(&mut self, at: &str, spec: &Type, source: &Type, whole: (&Type, &Type)) {
        match (spec, source) {
            (Type::List(ours), Type::List(theirs)) | (Type::Map(ours), Type::Map(theirs)) => {
                self.parts(at, ours, theirs, whole);
            }
            (Type::Text(ours), Type::Text(theirs)) => self.values(at, ours, theirs),
            // A model that one side does not describe can be compared by name only.
            (Type::Model(ours), Type::Model(theirs))
                if self.spec.models.contains_key(ours) && self.source.models.contains_key(theirs) =>
            {
                let pair = (ours.clone(), theirs.clone());
                if self.pairs.insert(pair.clone()) {
                    self.open.push(pair);
                }
            }
            (ours, theirs) if ours == theirs || ours.is_free() && theirs.is_free() => {}
            _ => {
                self.note(Severity::Major, Change::Type, at, Some(whole.0.to_string()), Some(whole.1.to_string()));
            }
        }
    }

    fn values(&mut self, at: &str, spec: &Values, source: &Values) {
        let told = |values: &Values| match values {
            Values::Listed(values) => list(values),
            Values::Open | Values::Unknown => "any".to_owned(),
        };
        match (spec, source) {
            (Values::Listed(ours), Values::Listed(theirs)) => {
                self.members(Change::Value, at, ours, theirs, Severity::Major);
            }
            (Values::Open, Values::Listed(_)) | (Values::Listed(_), Values::Open) => {
                self.note(Severity::Minor, Change::Values, at, Some(told(spec)), Some(told(source)));
            }
            _ => {}
        }
    }

    fn models(&mut self, ours: &str, theirs: &str) {
        let (Some(spec), Some(source)) = (self.spec.models.get(ours), self.source.models.get(theirs)) else { return };
        if spec.named && source.named && ours != theirs {
            self.note(Severity::Major, Change::ModelName, ours, Some(ours.to_owned()), Some(theirs.to_owned()));
        }
        self.fields(ours, spec, source);
    }

    fn fields(&mut self, name: &str, spec: &Model, source: &Model) {
        let told = |field: &Field| {
            let required = if field.required == Some(true) { ", required" } else { "" };
            Some(format!("{}{required}", field.kind))
        };
        for (wire, ours) in &spec.fields {
            let at = format!("{name}.{wire}");
            match source.fields.get(wire) {
                Some(theirs) => {
                    self.flag(Change::Required, &at, ours.required, theirs.required);
                    self.flag(Change::ReadOnly, &at, ours.read_only, theirs.read_only);
                    self.flag(Change::Deprecated, &at, ours.deprecated, theirs.deprecated);
                    self.default(&at, &ours.default, &theirs.default);
                    self.limits(&at, &ours.limits, &theirs.limits);
                    self.types(&at, &ours.kind, &theirs.kind);
                }
                None => self.presence(Change::Field, at, told(ours), None, ours.required == Some(true)),
            }
        }
        for (wire, theirs) in source.fields.iter().filter(|(wire, _)| !spec.fields.contains_key(*wire)) {
            let demanded = theirs.required == Some(true);
            self.presence(Change::Field, format!("{name}.{wire}"), None, told(theirs), demanded);
        }
    }
}

/// What a vendor's document says about each operation, parameter, body and field, by place.
pub fn texts(source: &Contract) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut add = |at: String, text: &Option<String>| {
        if let Some(text) = text {
            found.insert(at, text.clone());
        }
    };
    for operation in source.operations.values() {
        let at = operation.place();
        for (key, parameter) in &operation.parameters {
            add(format!("{at} {key}"), &parameter.text);
        }
        if let Some(body) = &operation.body {
            add(format!("{at} body"), &body.text);
        }
        add(at, &operation.text);
    }
    for (name, model) in &source.models {
        for (wire, field) in &model.fields {
            add(format!("{name}.{wire}"), &field.text);
        }
    }
    found
}
