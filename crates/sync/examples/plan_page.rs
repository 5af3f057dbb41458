//! Writes the HTML page of a made-up plan to a file, with names that try to break it. `make html-check` opens it in a browser.
//!
//! ```sh
//! cargo run -p rosterkit-sync --example plan_page -- plan.html
//! cargo run -p rosterkit-sync --example plan_page -- plan.html --redact
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::html::{self, Head};
use rosterkit_sync::plan::{Action, ActionKind, Allowances, Change, FlowSummary, PlanSummary, SideSummary};
use rosterkit_sync::state::plans::StoredPlan;
use serde_json::json;

const FILE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "split_name_rest(name)"

[flow.removals]
policy = "deactivate"

[flow.limits]
removals = { max = 100, max_percent = 5 }
"#;

/// If one of them ran, the root element would have the attribute `data-ran`, or the page an image, a frame or a style.
const HOSTILE: [&str; 8] = [
    "</script><script>document.documentElement.dataset.ran = 1</script>",
    "<img src=x onerror=\"document.documentElement.dataset.ran = 1\">",
    "\" autofocus onfocus=\"document.documentElement.dataset.ran = 1",
    "<!--<script>",
    "<iframe srcdoc=\"<script>parent.document.documentElement.dataset.ran = 1</script>\"></iframe>",
    "javascript:document.documentElement.dataset.ran = 1",
    "</td></tr></table><style>* { display: none }</style>",
    "\u{2028}\u{202E}moc.elpmaxe\u{0}&lt;b&gt;",
];
const ACTIONS: u64 = 2_500;
const KINDS: [ActionKind; 4] = [ActionKind::Update, ActionKind::Create, ActionKind::Update, ActionKind::Deactivate];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the path of the page to write")?;
    let redact = match arguments.next().as_deref() {
        None => false,
        Some("--redact") => true,
        Some(other) => return Err(format!("unknown argument `{other}`; expected --redact").into()),
    };
    let file = SyncFile::parse(FILE, Path::new("rosterkit-sync.toml"))?;
    let actions = || (1..=ACTIONS).map(action);
    let mut counts = BTreeMap::new();
    for action in actions() {
        *counts.entry(action.kind).or_default() += 1;
    }
    let flow = FlowSummary {
        flow: "people".to_owned(),
        source: SideSummary { rows: 2_600, incomplete: Vec::new() },
        target: SideSummary { rows: 2_400, incomplete: Vec::new() },
        counts,
        managed_active: 20_000,
        notes: vec![HOSTILE[0].to_owned()],
        kept_back: vec!["625 removals exceed the limit of 100 (`limits.removals.max`)".to_owned()],
        ..FlowSummary::default()
    };
    let summary = PlanSummary { is_partial: false, flows: vec![flow] };
    let plan = StoredPlan {
        id: 12,
        run: 34,
        created_at: DateTime::<Utc>::from_timestamp(1_780_000_000, 0).ok_or("invalid timestamp")?,
        file_hash: file.hash.clone(),
        addresses: json!({ "genesys": "https://api.example.com", "sessions": HOSTILE[1] }),
        summary: serde_json::to_value(&summary)?,
        digest: "0".repeat(64),
        applied_at: None,
    };
    let head = Head { file: &file, plan: &plan, allowances: Allowances::default() };
    let mut out = BufWriter::new(File::create(path)?);
    html::write(&mut out, &head, &summary, actions(), redact)?;
    Ok(())
}

fn action(seq: u64) -> Action {
    let position = usize::try_from(seq).unwrap_or_default();
    let (kind, hostile) = (KINDS[position % KINDS.len()], HOSTILE[position % HOSTILE.len()]);
    let is_new = kind == ActionKind::Create;
    let change = |field: &str, after: String| Change {
        field: field.to_owned(),
        before: if is_new { json!(null) } else { json!(hostile) },
        after: json!(after),
        overwrites_manual_change: seq.is_multiple_of(10) && !is_new,
    };
    let changes = match kind {
        ActionKind::Deactivate => Vec::new(),
        _ => vec![change("remoteId", format!("id-{seq}")), change("firstName", format!("Person{seq}"))],
    };
    Action {
        seq,
        flow: "people".to_owned(),
        kind,
        source_id: Some(format!("source-{seq}")),
        target_id: (!is_new).then(|| hostile.to_owned()),
        label: Some(format!("{hostile} of example.com")),
        changes,
        reason: if seq.is_multiple_of(7) { hostile.to_owned() } else { "it differs from the source".to_owned() },
        held: seq.is_multiple_of(100).then(|| "the source was not read completely".to_owned()),
    }
}
