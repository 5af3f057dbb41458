//! What was decided about differences, and what the vendor said when it was: two files beside the specs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::drift::compare::{Change, Finding};
use crate::generate::{self, DECISIONS};
use crate::load;

/// The file of recorded texts.
pub const TEXTS: &str = "drift-texts.txt";

/// What kind of document of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A wheel of the Python SDK.
    Wheel,
    /// A Swagger or OpenAPI document.
    Swagger,
}

impl Kind {
    /// Its name in files and options.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Wheel => "wheel",
            Kind::Swagger => "swagger",
        }
    }
}

/// The decisions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// By spec, the path below which every operation belongs into it; without one, all do.
    #[serde(default)]
    pub scope: BTreeMap<String, String>,
    /// Decisions, each on some differences.
    #[serde(default)]
    pub decisions: Vec<Decision>,
}

/// One decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The spec's name.
    pub spec: String,
    /// The kind of document that showed the differences.
    pub source: Kind,
    /// Why the spec stays as it is.
    pub reason: String,
    /// When that was decided.
    pub date: String,
    /// What it is about.
    pub differences: Vec<Difference>,
}

/// One difference that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What differs.
    pub change: Change,
    /// Where.
    pub at: String,
    /// What the spec has; absent for nothing.
    pub spec: Option<String>,
    /// What the vendor's document has; absent for nothing.
    pub source: Option<String>,
}

impl Difference {
    /// Whether a finding is this difference.
    pub fn is(&self, finding: &Finding) -> bool {
        finding.identity() == (self.change, self.at.as_str(), self.spec.as_deref(), self.source.as_deref())
    }
}

impl Baseline {
    /// Reads the decisions of a folder of specs. A folder without the file has none.
    ///
    /// # Errors
    /// Whatever the file has that this cannot read, with its line where that is known.
    pub fn read(specs: &Path) -> Result<Baseline, String> {
        let path = specs.join(DECISIONS);
        if !path.exists() {
            return Ok(Baseline::default());
        }
        let document = load::load(&path)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let baseline = Baseline::deserialize(&document.root).map_err(|error| format!("{}: {error}", path.display()))?;
        match baseline.decisions.iter().find(|decision| !is_date(&decision.date)) {
            Some(decision) => Err(format!("{}: invalid date `{}`; expected YYYY-MM-DD", path.display(), decision.date)),
            None => Ok(baseline),
        }
    }

    /// Whether something was decided about a finding.
    pub fn covers(&self, spec: &str, finding: &Finding) -> bool {
        self.of(spec).any(|(_, difference)| difference.is(finding))
    }

    /// The differences that were decided for a spec.
    pub fn of(&self, spec: &str) -> impl Iterator<Item = (&Decision, &Difference)> {
        let decisions = self.decisions.iter().filter(move |decision| decision.spec == spec);
        decisions.flat_map(|decision| decision.differences.iter().map(move |difference| (decision, difference)))
    }

    /// Writes the decisions.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, specs: &Path) -> Result<(), String> {
        let mut text = String::from(
            "# Where a spec and a document of the vendor differ on purpose: what was decided, why and when.\n\
             # `rosterkit-codegen drift --accept` adds to it and removes what no longer applies; reasons may be edited by hand.\n",
        );
        if !self.scope.is_empty() {
            text.push_str("# Below these paths, an operation that the spec lacks is a difference.\nscope:\n");
            for (spec, path) in &self.scope {
                let _ = writeln!(text, "  {}: {}", quoted(spec), quoted(path));
            }
        }
        text.push_str(if self.decisions.is_empty() { "decisions: []\n" } else { "decisions:\n" });
        for decision in &self.decisions {
            let _ = write!(
                text,
                "  - spec: {}\n    source: {}\n    reason: {}\n    date: {}\n    differences:\n",
                quoted(&decision.spec),
                decision.source.word(),
                quoted(&decision.reason),
                quoted(&decision.date)
            );
            for difference in &decision.differences {
                let change = serde_json::to_value(difference.change).map_err(|error| error.to_string())?;
                let change = change.as_str().unwrap_or_default();
                let _ = write!(text, "      - change: {change}\n        at: {}\n", quoted(&difference.at));
                for (key, value) in [("spec", &difference.spec), ("source", &difference.source)] {
                    if let Some(value) = value {
                        let _ = writeln!(text, "        {key}: {}", quoted(value));
                    }
                }
            }
        }
        replace(&specs.join(DECISIONS), &text)
    }
}

/// A YAML text in quotation marks, on one line and without a character that could not be seen.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() || character == '\u{feff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text is a day of the calendar, `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// The texts of the vendor as they were recorded, by spec and kind of document.
#[derive(Debug, Default)]
pub struct Recorded {
    sections: BTreeMap<(String, Kind), Section>,
}

/// The recorded texts of one spec from one kind of document.
#[derive(Debug, Default)]
pub struct Section {
    /// Version of the document.
    pub version: String,
    /// Fingerprints by place; see [`fingerprint`].
    pub fingerprints: BTreeMap<String, String>,
}

/// The hash of a text: the vendor's words are not kept.
pub fn fingerprint(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

impl Recorded {
    /// Reads the recorded texts of a folder of specs. A folder without the file has none.
    ///
    /// # Errors
    /// A line that is neither a section's head nor a fingerprint and a place.
    pub fn read(specs: &Path) -> Result<Recorded, String> {
        let path = specs.join(TEXTS);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Recorded::default()),
            Err(error) => return Err(format!("{}: cannot be read: {error}", path.display())),
        };
        let mut recorded = Recorded::default();
        let mut section: Option<&mut Section> = None;
        for (index, line) in text.lines().enumerate() {
            let refuse = |what: &str| {
                format!("{}:{}: {what}; restore the file, or let --accept write it anew", path.display(), index + 1)
            };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let mut words = head.splitn(3, ' ');
                let kind = |word: &str| [Kind::Wheel, Kind::Swagger].into_iter().find(|kind| kind.word() == word);
                let (Some(spec), Some(kind)) = (words.next(), words.next().and_then(kind)) else {
                    return Err(refuse("expected `[<spec> wheel|swagger <version>]`"));
                };
                let entry = recorded.sections.entry((spec.to_owned(), kind)).or_default();
                words.next().unwrap_or_default().clone_into(&mut entry.version);
                section = Some(entry);
            } else {
                let (fingerprint, at) =
                    line.split_once(' ').ok_or_else(|| refuse("expected a fingerprint and a place"))?;
                let section = section.as_mut().ok_or_else(|| refuse("a fingerprint before the first section"))?;
                section.fingerprints.insert(at.to_owned(), fingerprint.to_owned());
            }
        }
        Ok(recorded)
    }

    /// What was recorded of a spec from a kind of document.
    pub fn section(&self, spec: &str, kind: Kind) -> Option<&Section> {
        self.sections.get(&(spec.to_owned(), kind))
    }

    /// Records the texts of a document in place of what was recorded.
    pub fn replace(&mut self, spec: &str, kind: Kind, version: &str, texts: &BTreeMap<String, String>) {
        let fingerprints = texts.iter().map(|(at, text)| (at.clone(), fingerprint(text))).collect();
        self.sections.insert((spec.to_owned(), kind), Section { version: version.to_owned(), fingerprints });
    }

    /// Writes the recorded texts.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, specs: &Path) -> Result<(), String> {
        let mut text = String::from(
            "# Fingerprints of what the vendor said when the specs were last compared, written by `rosterkit-codegen drift --accept`.\n\
             # A line is the start of the SHA-256 of a text, or `-` for none, and what the text is about.\n",
        );
        for ((spec, kind), section) in &self.sections {
            let _ = write!(text, "\n[{spec} {} {}]\n", kind.word(), section.version);
            for (at, fingerprint) in &section.fingerprints {
                let _ = writeln!(text, "{fingerprint} {at}");
            }
        }
        replace(&specs.join(TEXTS), &text)
    }
}

/// Puts a file in place of another, complete or not at all.
fn replace(path: &Path, text: &str) -> Result<(), String> {
    generate::write(&generate::Difference { stale: vec![(path.to_path_buf(), text.to_owned())], extra: Vec::new() })
}

/// Takes what no longer applies out of a baseline and adds what was decided now.
pub fn accept(baseline: &mut Baseline, stale: &[(Kind, Difference)], decision: Decision) {
    for existing in baseline.decisions.iter_mut().filter(|existing| existing.spec == decision.spec) {
        let source = existing.source;
        existing
            .differences
            .retain(|difference| !stale.iter().any(|(kind, stale)| *kind == source && stale == difference));
    }
    baseline.decisions.retain(|existing| !existing.differences.is_empty());
    if decision.differences.is_empty() {
        return;
    }
    let same = |existing: &&mut Decision| {
        (&existing.spec, existing.source, &existing.reason, &existing.date)
            == (&decision.spec, decision.source, &decision.reason, &decision.date)
    };
    match baseline.decisions.iter_mut().find(same) {
        Some(existing) => existing.differences.extend(decision.differences),
        None => baseline.decisions.push(decision),
    }
}

/// Places of which no text was recorded.
pub fn unrecorded<'a>(section: &Section, texts: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    texts.keys().map(String::as_str).filter(|at| !section.fingerprints.contains_key(*at)).collect()
}
