//! Compares a spec with what the vendor publishes today: the wheel of its Python SDK, or a Swagger or OpenAPI file.
//!
//! Both sides are read into the same [`contract`], the wheel from its sources, which are never run. [`compare()`] grades
//! each difference; [`baseline`] has what was decided about differences, and fingerprints of the vendor's texts. What is
//! neither decided nor recorded is a finding. A document that is older than the recorded one shows what changed since.

pub mod baseline;
pub mod compare;
pub mod contract;
pub mod openapi;
mod python;
mod wheel;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::drift::baseline::{Baseline, Decision, Difference, Kind, Recorded, Section, fingerprint, is_date};
use crate::drift::compare::{Change, Finding, Newer, Severity, compare, sorted, texts};
use crate::drift::contract::{Contract, Key};
use crate::drift::openapi::Side;
use crate::drift::wheel::Wheel;
use crate::load::load;

/// A document of the vendor.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it is.
    pub kind: Kind,
    /// Its file.
    pub path: PathBuf,
}

/// What to compare.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder of the specs, which has the baseline and the recorded texts, too.
    pub specs: PathBuf,
    /// The spec's name: its file without the ending.
    pub spec: String,
    /// The vendor's document.
    pub source: Source,
    /// The document of the same kind whose texts were recorded: shows what a changed text said.
    pub recorded: Option<PathBuf>,
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The spec's name.
    pub spec: String,
    /// Kind of the vendor's document.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Which side has the later state.
    pub newer: Newer,
    /// The version that was recorded, if one was.
    pub recorded: Option<String>,
    /// The differences that were not decided, the severest first.
    pub findings: Vec<Finding>,
    /// Decisions that no longer apply.
    stale: Vec<(Kind, Difference)>,
    texts: BTreeMap<String, String>,
}

/// What accepting changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Differences that are decided now.
    pub differences: usize,
    /// Decisions that no longer applied and were removed.
    pub stale: usize,
    /// Texts that are recorded now.
    pub texts: usize,
}

/// A document that was opened but not read.
enum Opened {
    Wheel(Box<Wheel>),
    Swagger(Value, String),
}

impl Opened {
    fn new(kind: Kind, path: &Path) -> Result<Opened, String> {
        Ok(match kind {
            Kind::Wheel => Opened::Wheel(Box::new(Wheel::open(path)?)),
            Kind::Swagger => Opened::Swagger(openapi::load(path)?, path.display().to_string()),
        })
    }

    fn version(&self) -> String {
        match self {
            Opened::Wheel(wheel) => wheel.version.clone(),
            Opened::Swagger(root, _) => contract::one_line(&openapi::version(root)),
        }
    }

    fn name(&self) -> String {
        match self {
            Opened::Wheel(wheel) => wheel.name.clone(),
            Opened::Swagger(root, file) => {
                root["info"]["title"].as_str().map_or_else(|| file.clone(), contract::one_line)
            }
        }
    }

    fn contract(&mut self, wanted: &dyn Fn(&Key) -> bool) -> Result<Contract, String> {
        match self {
            Opened::Wheel(wheel) => python::contract(wheel, wanted),
            Opened::Swagger(root, file) => {
                openapi::contract(root, Side::Source, wanted).map_err(|error| format!("{file}: {error}"))
            }
        }
    }
}

/// Compares a spec with a document of the vendor. Nothing is written.
///
/// # Errors
/// A spec, document, baseline or record that cannot be read, and a document that has none of the spec's operations.
///
/// ```
/// use rosterkit_codegen::drift::{Request, Source, baseline::Kind, compare_spec};
///
/// let specs = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec"));
/// let itself = Source { kind: Kind::Swagger, path: specs.join("session-clusters.yaml") };
/// let request = Request { specs, spec: "session-clusters".into(), source: itself, recorded: None };
/// assert!(compare_spec(&request)?.findings.is_empty());
/// # Ok::<(), String>(())
/// ```
pub fn compare_spec(request: &Request) -> Result<Report, String> {
    let path = request.specs.join(&request.spec).with_extension("yaml");
    let document =
        load(&path).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let spec = openapi::contract(&document.root, Side::Spec, &|_| true)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let baseline = Baseline::read(&request.specs)?;
    let recorded = Recorded::read(&request.specs)?;
    let section = recorded.section(&request.spec, request.source.kind);

    let mut opened = Opened::new(request.source.kind, &request.source.path)?;
    let version = opened.version();
    let newer = match section {
        Some(section) if is_older(&version, &section.version) => Newer::Spec,
        _ => Newer::Source,
    };
    let scope = baseline.scope.get(&request.spec).map_or("", String::as_str).trim_end_matches('/');
    let in_scope =
        |key: &Key| key.path.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let wanted = |key: &Key| spec.operations.contains_key(key) || in_scope(key);
    let source = opened.contract(&wanted)?;
    if !source.operations.keys().any(|key| spec.operations.contains_key(key)) {
        return Err(format!(
            "{}: it has none of the operations of {}; give a document of this API, or name another spec with --spec",
            request.source.path.display(),
            path.display()
        ));
    }

    let differences = compare(&spec, &source, newer);
    let stale = stale(&baseline, request, newer, &differences);
    let texts = texts(&source);
    let mut findings: Vec<Finding> =
        differences.into_iter().filter(|finding| !baseline.covers(&request.spec, finding)).collect();
    findings.extend(stale.iter().map(|(_, difference)| stale_finding(difference)));
    if let Some(section) = section {
        let old = match &request.recorded {
            Some(path) => old_texts(request.source.kind, path, &wanted, section)?,
            None => BTreeMap::new(),
        };
        findings.extend(changed_texts(section, &texts, &old, newer));
    }
    Ok(Report {
        spec: request.spec.clone(),
        kind: request.source.kind,
        name: opened.name(),
        version,
        newer,
        recorded: section.map(|section| section.version.clone()),
        findings: sorted(findings),
        stale,
        texts,
    })
}

/// Decisions on this kind of document that match no difference. An older document had others, so that it proves nothing.
fn stale(baseline: &Baseline, request: &Request, newer: Newer, differences: &[Finding]) -> Vec<(Kind, Difference)> {
    if newer == Newer::Spec {
        return Vec::new();
    }
    baseline
        .of(&request.spec)
        .filter(|(decision, _)| decision.source == request.source.kind)
        .filter(|(_, difference)| !differences.iter().any(|finding| difference.is(finding)))
        .map(|(decision, difference)| (decision.source, difference.clone()))
        .collect()
}

fn point(change: Change, at: &str, spec: Option<String>, source: Option<String>) -> Finding {
    Finding { severity: Severity::Point, change, at: at.to_owned(), spec, source, old_text: None, new_text: None }
}

fn stale_finding(difference: &Difference) -> Finding {
    let decided = Finding {
        spec: difference.spec.clone(),
        source: difference.source.clone(),
        ..point(difference.change, &difference.at, None, None)
    };
    point(Change::StaleDecision, &difference.at, Some(format!("`{}`", decided.message(Newer::Source))), None)
}

/// Texts whose fingerprint is not the recorded one, and one finding for all that have none.
fn changed_texts(
    section: &Section,
    texts: &BTreeMap<String, String>,
    old: &BTreeMap<String, String>,
    newer: Newer,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, text) in texts {
        let Some(recorded) = section.fingerprints.get(at) else { continue };
        let now = fingerprint(text);
        if *recorded == now {
            continue;
        }
        let recorded_text = old.get(at).filter(|text| fingerprint(text) == *recorded).cloned();
        let (old_text, new_text) = match newer {
            Newer::Source => (recorded_text, Some(text.clone())),
            Newer::Spec => (Some(text.clone()), recorded_text),
        };
        found.push(Finding { old_text, new_text, ..point(Change::Text, at, Some(recorded.clone()), Some(now)) });
    }
    let unrecorded = baseline::unrecorded(section, texts);
    if newer == Newer::Source
        && let Some(first) = unrecorded.first()
    {
        let told = match unrecorded.len() {
            1 => format!("1 text is not recorded, of {first}"),
            count => format!("{count} texts are not recorded, the first of {first}"),
        };
        found.push(point(Change::UnrecordedTexts, "texts", None, Some(told)));
    }
    found
}

/// The texts of the document that was recorded.
fn old_texts(
    kind: Kind,
    path: &Path,
    wanted: &dyn Fn(&Key) -> bool,
    section: &Section,
) -> Result<BTreeMap<String, String>, String> {
    let mut opened = Opened::new(kind, path)?;
    let version = opened.version();
    if version != section.version {
        return Err(format!(
            "{}: version {version}, but the texts of {} were recorded; give that one with --recorded",
            path.display(),
            section.version
        ));
    }
    Ok(texts(&opened.contract(wanted)?))
}

/// Whether a version of numbers and dots comes before another one.
fn is_older(version: &str, recorded: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    numbers(version).zip(numbers(recorded)).is_some_and(|(version, recorded)| version < recorded)
}

/// Writes into the baseline that the spec stays as it is in all that was found, and records the texts.
///
/// # Errors
/// An older document, an empty reason, an invalid date, or files that cannot be read or written.
pub fn accept(request: &Request, report: &Report, reason: &str, date: &str) -> Result<Accepted, String> {
    if report.newer == Newer::Spec {
        return Err(format!(
            "cannot accept {} {}: older than the recorded {}; accept the newest one",
            report.name,
            report.version,
            report.recorded.as_deref().unwrap_or_default()
        ));
    }
    let reason = contract::one_line(reason);
    if reason.is_empty() {
        return Err("invalid --accept: an empty reason; say why the spec stays as it is".to_owned());
    }
    if !is_date(date) {
        return Err(format!("invalid --date `{date}`: expected YYYY-MM-DD"));
    }
    let is_decidable =
        |finding: &&Finding| !matches!(finding.change, Change::Text | Change::UnrecordedTexts | Change::StaleDecision);
    let differences: Vec<Difference> = report
        .findings
        .iter()
        .filter(is_decidable)
        .map(|finding| Difference {
            change: finding.change,
            at: finding.at.clone(),
            spec: finding.spec.clone(),
            source: finding.source.clone(),
        })
        .collect();
    let accepted = Accepted { differences: differences.len(), stale: report.stale.len(), texts: report.texts.len() };

    let mut baseline = Baseline::read(&request.specs)?;
    let mut recorded = Recorded::read(&request.specs)?;
    let (spec, source) = (report.spec.clone(), report.kind);
    let decision = Decision { spec, source, reason, date: date.to_owned(), differences };
    baseline::accept(&mut baseline, &report.stale, decision);
    recorded.replace(&report.spec, report.kind, &report.version, &report.texts);
    baseline.write(&request.specs)?;
    recorded.write(&request.specs)?;
    Ok(accepted)
}

impl Report {
    /// The highest severity of what was found.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The findings for people, one on a line, with a last line that says what was compared; empty if nothing was found.
    pub fn text(&self) -> String {
        if self.findings.is_empty() {
            return String::new();
        }
        let mut lines = Vec::new();
        for finding in &self.findings {
            lines.push(format!("{} {}: {}", finding.severity, finding.at, finding.message(self.newer)));
            for (label, text) in [("old", &finding.old_text), ("new", &finding.new_text)] {
                if let Some(text) = text {
                    lines.push(format!("      {label}: {}", if text.is_empty() { "(none)" } else { text }));
                }
            }
        }
        let counts = [Severity::Major, Severity::Minor, Severity::Point]
            .map(|severity| format!("{} {severity}", self.count(severity)))
            .join(", ");
        let compared = match self.newer {
            Newer::Source => format!("changes from the spec {} to {} {}", self.spec, self.name, self.version),
            Newer::Spec => format!(
                "changes from {} {} to the spec {}, since that version is older than the recorded {}",
                self.name,
                self.version,
                self.spec,
                self.recorded.as_deref().unwrap_or_default()
            ),
        };
        lines.push(format!("{counts}: {compared}"));
        lines.join("\n")
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "severity": finding.severity,
                    "change": finding.change,
                    "at": finding.at,
                    "spec": finding.spec,
                    "source": finding.source,
                    "message": finding.message(self.newer),
                    "oldText": finding.old_text,
                    "newText": finding.new_text,
                })
            })
            .collect();
        json!({
            "spec": self.spec,
            "source": {"kind": self.kind, "name": self.name, "version": self.version},
            "recordedVersion": self.recorded,
            "newer": self.newer,
            "counts": {
                "major": self.count(Severity::Major),
                "minor": self.count(Severity::Minor),
                "point": self.count(Severity::Point),
            },
            "findings": findings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers_and_other_texts_not_at_all() {
        assert!(is_older("99.10.0", "100.0.0") && is_older("257.1.0", "257.1.1") && is_older("257", "257.1"));
        assert!(!is_older("269.0.0", "269.0.0") && !is_older("270.0.0", "269.0.0"));
        assert!(!is_older("v1", "v2") && !is_older("", "1"));
    }
}
