//! What a page has, and what data can never do to it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::markup::{UNSEEN, grouped};
use super::*;
use crate::plan::{Change, FlowSummary, SideSummary};

const FILE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "split_name_rest(name)"

[flow.limits]
removals = { max = 100, max_percent = 5 }
creations = { max = 10 }
"#;
/// What JSON in a script element must not have.
const UNSAFE_IN_DATA: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
const DATA: &str = "<script type=\"application/json\" class=\"data\">";

fn sync_file() -> SyncFile {
    SyncFile::parse(FILE, Path::new("rosterkit-sync.toml")).unwrap()
}

fn plan() -> StoredPlan {
    StoredPlan {
        id: 12,
        run: 3,
        created_at: DateTime::<Utc>::from_timestamp(1_780_000_000, 0).unwrap(),
        file_hash: "f".repeat(64),
        addresses: json!({}),
        summary: Value::Null,
        digest: "d".repeat(64),
        applied_at: None,
    }
}

fn action(seq: u64, kind: ActionKind) -> Action {
    Action {
        seq,
        flow: "people".to_owned(),
        kind,
        source_id: Some(format!("s-{seq}")),
        target_id: Some(format!("t-{seq}")),
        label: Some("Ada Example".to_owned()),
        changes: vec![Change {
            field: "firstName".to_owned(),
            before: json!("Ada"),
            after: Value::Null,
            overwrites_manual_change: true,
        }],
        reason: "it differs".to_owned(),
        held: None,
    }
}

fn page_of(plan: &StoredPlan, summary: &PlanSummary, actions: Vec<Action>, redact: bool) -> String {
    let (file, mut out) = (sync_file(), Vec::new());
    let head = Head { file: &file, plan, allowances: Allowances::default() };
    write(&mut out, &head, summary, actions, redact).unwrap();
    String::from_utf8(out).unwrap()
}

fn page(actions: Vec<Action>) -> String {
    page_of(&plan(), &PlanSummary::default(), actions, false)
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// The data as a browser finds it: up to the next end of a script element.
fn data(page: &str) -> Vec<Value> {
    let elements = page.split(DATA).skip(1).map(|rest| rest.split_once("</script").unwrap().0);
    elements.flat_map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap()).collect()
}

/// Everything between `<` and `>`.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag)).collect()
}

#[test]
fn the_first_thousand_actions_need_no_script_and_the_others_are_data() {
    for (count, rows, has_note) in
        [(0, 0, false), (1, 1, false), (1000, 1000, false), (1001, 1000, true), (2500, 1000, true)]
    {
        let page = page((1..=count).map(|seq| action(seq, ActionKind::Update)).collect());
        let table = between(&page, "<tbody id=\"rows\">", "</tbody>");
        assert_eq!(table.matches("<tr>").count(), rows, "{count}");
        assert_eq!(page.contains("id=\"more\""), has_note, "{count}");
        let seqs: Vec<_> = data(&page).iter().map(|row| row["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=count).collect::<Vec<_>>());
        assert!(page.ends_with("</html>\n"));
    }
}

#[test]
fn a_row_has_both_values_the_reason_and_the_mark_of_a_manual_change() {
    let held = Action { held: Some("the source is incomplete".to_owned()), ..action(1, ActionKind::PendingRemoval) };
    let page = page(vec![held]);
    let row = between(&page, "<tbody id=\"rows\">", "</tbody>");
    for part in [
        "<td class=\"kind pending_removal\">pending removal</td>",
        "<div class=\"label\">Ada Example</div>",
        "source <code>s-1</code>",
        "target <code>t-1</code>",
        "<b>firstName</b>",
        "<span class=\"value before\">&quot;Ada&quot;</span>",
        "<span class=\"heard\">after </span><i>none</i>",
        "overwrites a manual change",
        "it differs",
        "Held: the source is incomplete",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
}

#[test]
fn the_summary_says_what_is_planned_limited_incomplete_and_kept_back() {
    let mut plan = plan();
    plan.addresses = json!({ "genesys": "https://api.example.com" });
    let flow = FlowSummary {
        flow: "people".to_owned(),
        source: SideSummary { rows: 12_345, incomplete: vec!["page 3 was not read".to_owned()] },
        counts: BTreeMap::from([(ActionKind::Create, 11), (ActionKind::Deactivate, 7)]),
        held: BTreeMap::from([(ActionKind::Deactivate, 7)]),
        managed_active: 400,
        notes: vec!["the zone changed".to_owned()],
        kept_back: vec!["11 creations exceed the limit of 10".to_owned()],
        ..FlowSummary::default()
    };
    let summary = PlanSummary { is_partial: true, flows: vec![flow] };
    let shown = page_of(&plan, &summary, Vec::new(), false);
    for part in [
        "<h1>Plan 12 of",
        "<dd>2026-05-28T20:26:40Z</dd>",
        "<dd>1d</dd>",
        "<dd>rosterkit-sync.toml</dd>",
        "genesys: https://api.example.com",
        &"d".repeat(64),
        &"f".repeat(64),
        "changes 0 people or records",
        "1 of 1 flows are kept back",
        "about one person only",
        "From genesys-users to session-users",
        "<li>11 creations exceed the limit of 10</li>",
        "<li>the zone changed</li>",
        "deactivate</th><td class=\"number\">7</td><td class=\"number\">7</td><td class=\"number\">0</td>",
        "creations</th><td class=\"number\">11</td><td>10 <strong class=\"stop\">exceeded</strong>",
        "removals</th><td class=\"number\">0</td><td>100, and 20 (5 % of 400 managed people who are active)</td>",
        "updates</th><td class=\"number\">0</td><td>no limit</td>",
        "<td class=\"number\">12,345</td><td><strong class=\"stop\">not complete</strong>: page 3 was not read",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    plan.digest.clear();
    assert!(page_of(&plan, &summary, Vec::new(), false).contains("this plan cannot be applied"));
}

#[test]
fn an_allowance_is_shown_in_place_of_the_limit() {
    let flow = FlowSummary { flow: "people".to_owned(), ..FlowSummary::default() };
    let summary = PlanSummary { flows: vec![flow], ..PlanSummary::default() };
    let (file, plan, mut out) = (sync_file(), plan(), Vec::new());
    let allowances = Allowances { removals: Some(2000), ..Allowances::default() };
    write(&mut out, &Head { file: &file, plan: &plan, allowances }, &summary, Vec::new(), false).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert!(page.contains("<td>2,000 (for this run)</td>"));
    assert!(!page.contains("managed people"));
}

#[test]
fn a_redacted_page_has_ids_and_names_of_fields_and_no_value() {
    let changes = [json!("S3NTINEL"), json!({ "S3NTINEL": ["S3NTINEL"] }), json!(775_577_555)];
    let changes = changes.map(|value| Change {
        field: "department".to_owned(),
        before: value.clone(),
        after: value,
        overwrites_manual_change: false,
    });
    let action =
        Action { label: Some("S3NTINEL".to_owned()), changes: changes.to_vec(), ..action(1, ActionKind::Update) };
    let open = page_of(&plan(), &PlanSummary::default(), vec![action.clone()], false);
    assert!(open.matches("S3NTINEL").count() > 10 && open.contains("775577555"));
    let redacted = page_of(&plan(), &PlanSummary::default(), vec![action], true);
    assert!(!redacted.contains("S3NTINEL") && !redacted.contains("775577555"));
    assert!(redacted.contains("<b>department</b></li>") && redacted.contains("<code>s-1</code>"));
    assert_eq!(data(&redacted)[0]["changes"][0], json!({ "field": "department", "manual": false }));
}

#[test]
fn the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else() {
    let page = page(vec![action(1, ActionKind::Update)]);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let expected = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(between(&page, "<script>", "</script>")),
        hash(between(&page, "<style>", "</style>"))
    );
    assert_eq!(policy, expected);
    // A browser reads a line end of two characters as one, and the hash would not be that of the text.
    assert!(!page.contains('\r'));
    assert!(!SCRIPT.to_lowercase().contains("</script") && !SCRIPT.contains("<!--") && !STYLE.contains('<'));
}

#[test]
fn the_page_names_no_address_and_has_no_code_or_style_in_attributes() {
    let page = page(vec![action(1, ActionKind::Update)]);
    for loading in ["://", "url(", "@import", "import(", "fetch(", "src=", "<link", "<base", "<iframe", "srcdoc"] {
        assert!(!page.contains(loading), "{loading}");
    }
    let markup = page.replace(SCRIPT, "").replace(STYLE, "");
    for tag in tags(&markup) {
        let names = tag.split_whitespace().skip(1).filter_map(|attribute| attribute.split_once('=')).map(|it| it.0);
        for name in names {
            assert!(!name.starts_with("on") && name != "style", "{tag}");
        }
        assert!(!tag.contains("href") || tag.contains("href=\"#"), "{tag}");
    }
}

#[test]
fn the_script_makes_no_markup_of_texts() {
    for name in
        ["HTML", "document.write", "eval", "Function(", "setAttribute", "DOMParser", "createContextual", "srcdoc"]
    {
        assert!(!SCRIPT.contains(name), "{name}");
    }
}

#[test]
fn characters_that_are_not_seen_are_shown_by_their_number_in_the_table_and_by_the_script() {
    let hidden = "a\u{202E}b\u{0}c\u{E0041}d\re";
    let page = page(vec![Action { label: Some(hidden.to_owned()), ..action(1, ActionKind::Update) }]);
    assert!(page.contains("<div class=\"label\">a⟨U+202E⟩b⟨U+0000⟩c⟨U+E0041⟩d⟨U+000D⟩e</div>"));
    assert_eq!(data(&page)[0]["label"], hidden);
    let ranges: String = UNSEEN.iter().map(|(first, last)| format!("\\u{{{first:x}}}-\\u{{{last:x}}}")).collect();
    assert!(SCRIPT.contains(&format!("const UNSEEN = /[{ranges}]/gu;")));
}

#[test]
fn a_large_number_keeps_all_its_digits() {
    let mut action = action(1, ActionKind::Update);
    action.changes[0].after = json!(9_007_199_254_740_993_u64);
    assert_eq!(data(&page(vec![action]))[0]["changes"][0]["after"], "9007199254740993");
    assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
}

#[test]
fn an_error_of_the_writer_is_returned() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (file, plan) = (sync_file(), plan());
    let head = Head { file: &file, plan: &plan, allowances: Allowances::default() };
    let result = write(&mut Full, &head, &PlanSummary::default(), Vec::new(), false);
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

/// Texts that were written to break a page, pieces of them, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "</script>",
        "</ScRiPt ",
        "<script>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "\u{2028}\u{2029}",
        "<img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "' autofocus onfocus='alert(1)",
        "&lt;b&gt;",
        "&#60;",
        "\\u003c",
        "</style></title></textarea>",
        "<template>",
        "\0",
        "\r\n",
        "\u{202E}",
        "{{7*7}}",
    ]);
    let part = prop_oneof![known.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

/// A plan in which every text comes from this function, one after the other.
fn filled(mut text: impl FnMut() -> String) -> (StoredPlan, PlanSummary, Vec<Action>) {
    let mut plan = plan();
    (plan.file_hash, plan.digest) = (text(), format!("d{}", text()));
    plan.addresses = json!({ text(): text() });
    let flow = FlowSummary {
        flow: text(),
        source: SideSummary { rows: 1, incomplete: vec![text()] },
        target: SideSummary { rows: 1, incomplete: vec![text()] },
        notes: vec![text()],
        kept_back: vec![text()],
        ..FlowSummary::default()
    };
    let change = Change {
        field: text(),
        before: json!({ text(): [text()] }),
        after: json!(text()),
        overwrites_manual_change: true,
    };
    let action = Action {
        seq: 1,
        flow: text(),
        kind: ActionKind::Update,
        source_id: Some(text()),
        target_id: Some(text()),
        label: Some(text()),
        changes: vec![change],
        reason: text(),
        held: Some(text()),
    };
    (plan, PlanSummary { is_partial: false, flows: vec![flow] }, vec![action])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_changes_the_markup_and_every_text_is_in_the_data(texts in prop::collection::vec(hostile(), 19..20)) {
        let mut rest = texts.iter().cloned();
        let (plan, summary, actions) = filled(|| rest.next().unwrap());
        prop_assert!(rest.next().is_none());
        let page = page_of(&plan, &summary, actions.clone(), false);

        let (plain_plan, plain_summary, plain_actions) = filled(|| "x".to_owned());
        let plain = page_of(&plain_plan, &plain_summary, plain_actions, false);
        prop_assert_eq!(tags(&page), tags(&plain));
        prop_assert_eq!(page.matches("<!--").count(), 0);
        let data_text = between(&page, DATA, "</script>");
        prop_assert!(!data_text.contains(UNSAFE_IN_DATA));

        let (row, action) = (&data(&page)[0], &actions[0]);
        let change = &action.changes[0];
        prop_assert_eq!(row, &json!({
            "seq": 1, "flow": action.flow, "kind": "update", "source_id": action.source_id, "target_id": action.target_id,
            "label": action.label, "reason": action.reason, "held": action.held,
            "changes": [{
                "field": change.field, "before": change.before.to_string(), "after": change.after.to_string(), "manual": true,
            }],
        }));
        for text in &texts {
            let escaped = {
                let mut markup = Markup::default();
                markup.text(text);
                String::from_utf8(markup.as_bytes().to_vec()).unwrap()
            };
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        }
    }
}
