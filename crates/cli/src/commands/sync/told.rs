//! What is said of plans and runs on standard error, and the exit codes that follow from them.

use std::collections::BTreeMap;

use rosterkit_sync::engine::{ApplyReport, FlowReport, NotDone};
use rosterkit_sync::plan::{Action, ActionKind, Change, FlowSummary, PlanSummary};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::{self, Error};
use crate::global_args::Format;
use crate::output::Rows;
use crate::text;

/// The columns of actions.
pub(super) const ACTIONS: [&str; 8] = ["flow", "kind", "source_id", "target_id", "label", "changes", "reason", "held"];
/// The columns of actions that were not done.
pub(super) const NOT_DONE: [&str; 6] = ["flow", "kind", "source_id", "target_id", "outcome", "reason"];
/// The most characters of a service's message.
const MAX_REASON: usize = 500;

/// A list of actions. Others than its default columns can be asked for; `more` replaces the default ones.
pub(super) fn action_rows(context: &Context, more: &[&str]) -> Result<Rows, Error> {
    let printer = context.printer()?;
    let others = ["seq", "protected", "identity", "wanted", "found"];
    let others = if more.is_empty() { &others[..1] } else { &others[..] };
    printer.check_columns(&[&ACTIONS[..], more, others].concat())?;
    Ok(printer.rows(if more.is_empty() { &ACTIONS } else { more }))
}

/// An action as a row. Tables and CSV have its changes as a text.
pub(super) fn action_row(context: &Context, action: &Action, redacted: bool) -> Value {
    let mut row = json!({
        "seq": action.seq, "flow": action.flow, "kind": action.kind, "source_id": action.source_id,
        "target_id": action.target_id, "label": action.label, "reason": action.reason, "held": action.held,
    });
    let is_text =
        matches!(context.global.output, None | Some(Format::Table | Format::Csv)) && context.global.query.is_none();
    row["changes"] = match (redacted, is_text) {
        (true, true) => action.changes.iter().map(|it| it.field.as_str()).collect::<Vec<_>>().join(", ").into(),
        (true, false) => action.changes.iter().map(|it| json!({ "field": it.field })).collect(),
        (false, true) => action.changes.iter().map(changed).collect::<Vec<_>>().join("; ").into(),
        (false, false) => json!(action.changes),
    };
    if redacted {
        row["label"] = Value::Null;
    }
    row
}

fn changed(change: &Change) -> String {
    let shown = |value: &Value| match value {
        Value::Null => "none".to_owned(),
        value => value.to_string(),
    };
    let manual = if change.overwrites_manual_change { " (overwrites a manual change)" } else { "" };
    format!("{}: {} → {}{manual}", change.field, shown(&change.before), shown(&change.after))
}

/// An action that was not done, as a row. A service's own text may quote personal data, and is shown with `--verbose` only.
pub(super) fn not_done_row(flow: &str, it: &NotDone, verbose: bool) -> Value {
    let reason = match own_reason(it) {
        Some(reason) => Some(reason.to_owned()),
        None if verbose => Some(text::shortened(&it.reason, MAX_REASON)),
        None => None,
    };
    json!({
        "flow": flow, "seq": it.seq, "kind": it.kind, "source_id": it.source_id, "target_id": it.target_id,
        "outcome": it.outcome, "reason": reason,
    })
}

/// The reason, unless it is a text of the service.
pub(super) fn own_reason(it: &NotDone) -> Option<&str> {
    (it.outcome != "rejected").then_some(it.reason.as_str())
}

/// Says what a plan is, flow by flow.
pub(super) fn plan(context: &Context, summary: &PlanSummary) {
    for flow in &summary.flows {
        let name = &flow.flow;
        let sides = format!("{} records in the source, {} in the target", flow.source.rows, flow.target.rows);
        context.hint(format_args!("{name}: {sides}: {}", kinds(&flow.counts)));
        for (side, read) in [("source", &flow.source), ("target", &flow.target)] {
            for reason in &read.incomplete {
                context.hint(format_args!("{name}: the {side} was not read completely: {reason}"));
            }
        }
        if !flow.held.is_empty() {
            context.hint(format_args!("{name}: held, as the column `held` says: {}", kinds(&flow.held)));
        }
        for note in &flow.notes {
            context.hint(format_args!("{name}: {note}"));
        }
        kept_back(context, name, &flow.kept_back);
    }
}

fn kept_back<'a>(context: &Context, flow: &str, reasons: impl IntoIterator<Item = &'a String>) {
    for reason in reasons {
        context.hint(format_args!("{flow}: not applied: {reason}"));
    }
}

fn kinds(counts: &BTreeMap<ActionKind, u64>) -> String {
    let known: Vec<String> = ActionKind::ALL
        .into_iter()
        .filter_map(|kind| {
            counts.get(&kind).filter(|count| **count > 0).map(|count| format!("{count} {}", kind.as_str()))
        })
        .collect();
    if known.is_empty() { "no one".to_owned() } else { known.join(", ").replace('_', " ") }
}

/// Says what became of a plan in a run, flow by flow. What was said of the plan before is not said again.
pub(super) fn applied(context: &Context, run: i64, said: Option<&PlanSummary>, report: &ApplyReport) {
    for flow in &report.flows {
        let said = said.and_then(|said| said.flows.iter().find(|it| it.flow == flow.flow));
        if flow.kept_back.is_empty() {
            context.hint(format_args!("{}: {}", flow.flow, outcomes(flow)));
        }
        if let Some(more) = unnamed(run, flow) {
            context.hint(more);
        }
        let is_new = |reason: &&String| said.is_none_or(|said| !said.kept_back.contains(*reason));
        kept_back(context, &flow.flow, flow.kept_back.iter().filter(is_new));
    }
    let has_own = |flow: &FlowReport| flow.not_done.iter().any(|it| own_reason(it).is_none());
    if context.global.verbose == 0 && report.flows.iter().any(has_own) {
        context.hint("`-v` shows the messages of the service");
    }
}

/// What to do about actions that were not done and are too many to be named.
fn unnamed(run: i64, flow: &FlowReport) -> Option<String> {
    let more = flow.not_done_count.saturating_sub(flow.not_done.len() as u64);
    (more > 0).then(|| {
        format!(
            "{}: {more} more were not done: `rosterkit sync show {run}` lists everything that was sent, and the next plan \
             has what was skipped",
            flow.flow
        )
    })
}

fn outcomes(flow: &FlowReport) -> String {
    let counts = flow.outcomes.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts.map(|(outcome, count)| format!("{count} {outcome}").replace('_', " ")).collect();
    if counts.is_empty() { "nothing to apply".to_owned() } else { counts.join(", ") }
}

/// The result of a plan: whether applying it would leave something out, or, if that is asked for, change something.
pub(super) fn result_of_plan(summary: &PlanSummary, is_change_a_code: bool) -> Result<(), Error> {
    let kept_back = names(summary.flows.iter().filter(|flow| is_kept_back(flow)).map(|flow| flow.flow.as_str()));
    match kept_back {
        Some(flows) => Err(incomplete(error::KEPT_BACK, format!("a limit or an incomplete read keeps back {flows}"))),
        None if is_change_a_code && summary.flows.iter().any(FlowSummary::has_changes) => Err(Error::Changes),
        None => Ok(()),
    }
}

fn is_kept_back(flow: &FlowSummary) -> bool {
    !(flow.kept_back.is_empty() && flow.source.incomplete.is_empty() && flow.target.incomplete.is_empty())
}

/// The result of a run. Of several reasons, the first of these goes before: a limit or an incomplete read, authentication,
/// network, people who were not done.
pub(super) fn result_of_run(summary: &PlanSummary, report: &ApplyReport) -> Result<(), Error> {
    let is_incomplete = |name: &str| {
        let planned = summary.flows.iter().find(|flow| flow.flow == name);
        planned.is_some_and(|flow| !(flow.source.incomplete.is_empty() && flow.target.incomplete.is_empty()))
    };
    let kept_back = report.flows.iter().filter(|flow| !flow.kept_back.is_empty() || is_incomplete(&flow.flow));
    if let Some(flows) = names(kept_back.map(|flow| flow.flow.as_str())) {
        return Err(incomplete(error::KEPT_BACK, format!("a limit or an incomplete read kept back {flows}")));
    }
    let not_done: u64 = report.flows.iter().map(|flow| flow.not_done_count).sum();
    let of_kind =
        |kind| summary.flows.iter().map(|flow| flow.counts.get(&kind).copied().unwrap_or_default()).sum::<u64>();
    let (conflicts, invalid) = (of_kind(ActionKind::Conflict), of_kind(ActionKind::Invalid));
    let said =
        format!("people who were not done: {not_done} failed or skipped, {conflicts} conflict, {invalid} invalid");
    // An effect that was unknown, and that the target showed later, is done.
    let failed = report.flows.iter().filter(|flow| flow.not_done_count > 0).flat_map(|flow| &flow.errors);
    let is_common = |code: &u8| [error::AUTHENTICATION, error::NETWORK].contains(code);
    match failed.map(|error| error::code_of(error)).filter(is_common).min() {
        Some(code) => Err(incomplete(code, said)),
        None if not_done > 0 || conflicts > 0 || invalid > 0 => Err(incomplete(error::PARTIAL, said)),
        None => Ok(()),
    }
}

fn incomplete(code: u8, message: String) -> Error {
    Error::Incomplete { code, message }
}

fn names<'a>(flows: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = flows.map(|flow| format!("`{flow}`")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rosterkit_core::Error as CallError;

    use super::*;

    fn planned(flow: &str) -> FlowSummary {
        FlowSummary { flow: flow.to_owned(), ..FlowSummary::default() }
    }

    fn not_done(outcome: &str) -> NotDone {
        NotDone {
            seq: 1,
            kind: ActionKind::Update,
            source_id: Some("s-1".to_owned()),
            target_id: None,
            outcome: outcome.to_owned(),
            reason: "the words of somebody".to_owned(),
        }
    }

    #[test]
    fn of_several_reasons_the_limit_goes_before_authentication_network_and_people() {
        let code = |report: FlowReport, planned: FlowSummary| {
            let (mut summary, report) = (PlanSummary::default(), ApplyReport { flows: vec![report] });
            summary.flows.push(planned);
            result_of_run(&summary, &report).err().map_or(error::SUCCESS, |error| error.code())
        };
        let flow = FlowReport { flow: "people".to_owned(), ..FlowReport::default() };
        assert_eq!(code(flow.clone(), planned("people")), 0);
        let flow = FlowReport { not_done: vec![not_done("rejected")], not_done_count: 1, ..flow };
        assert_eq!(code(flow.clone(), planned("people")), 3);
        let refused = CallError::authentication("refused", "sign in");
        let flow = FlowReport { errors: vec![Arc::new(refused)], ..flow };
        assert_eq!(code(flow.clone(), planned("people")), 4);
        let settled = FlowReport { not_done: Vec::new(), not_done_count: 0, ..flow.clone() };
        assert_eq!(code(settled, planned("people")), 0);
        let mut incomplete = planned("people");
        incomplete.source.incomplete.push("two rows could not be read".to_owned());
        assert_eq!(code(flow.clone(), incomplete), 7);
        assert_eq!(code(FlowReport { kept_back: vec!["a limit".to_owned()], ..flow }, planned("people")), 7);
    }

    #[test]
    fn people_beyond_those_who_are_named_are_counted_and_found_in_the_state_file() {
        let flow =
            FlowReport { flow: "people".to_owned(), not_done: vec![not_done("rejected")], ..FlowReport::default() };
        assert_eq!(unnamed(7, &FlowReport { not_done_count: 1, ..flow.clone() }), None);
        let more = unnamed(7, &FlowReport { not_done_count: 12, ..flow.clone() }).unwrap_or_default();
        assert!(more.starts_with("people: 11 more were not done: `rosterkit sync show 7` lists"), "{more}");
        let report = ApplyReport { flows: vec![FlowReport { not_done_count: 12, ..flow }] };
        let result = result_of_run(&PlanSummary::default(), &report);
        assert!(matches!(result, Err(Error::Incomplete { message, .. }) if message.contains("12 failed or skipped")));
    }

    #[test]
    fn pending_and_protected_people_are_no_failure_and_conflicts_are() {
        for (kind, expected) in [
            (ActionKind::PendingRemoval, 0),
            (ActionKind::Protected, 0),
            (ActionKind::Unmanaged, 0),
            (ActionKind::Confirm, 0),
            (ActionKind::Conflict, 3),
            (ActionKind::Invalid, 3),
        ] {
            let (mut summary, mut flow) = (PlanSummary::default(), planned("people"));
            flow.counts.insert(kind, 1);
            summary.flows.push(flow);
            let result = result_of_run(&summary, &ApplyReport::default());
            assert_eq!(result.err().map_or(0, |error| error.code()), expected, "{kind:?}");
        }
    }

    #[test]
    fn words_of_the_service_need_verbose_and_words_of_sync_do_not() {
        let rejected = not_done("rejected");
        assert_eq!(not_done_row("people", &rejected, false)["reason"], Value::Null);
        assert_eq!(not_done_row("people", &rejected, true)["reason"], "the words of somebody");
        assert_eq!(not_done_row("people", &not_done("skipped"), false)["reason"], "the words of somebody");
    }
}
