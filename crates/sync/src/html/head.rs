//! What the page says of the plan as a whole, and of each flow.

use rosterkit_core::chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::Head;
use super::markup::{Markup, grouped};
use crate::config::{Flow, From, Limits};
use crate::plan::{ActionKind, Allowances, FlowSummary, PlanSummary, SideSummary};

/// The plan as a whole.
pub(super) fn add_plan(page: &mut Markup, head: &Head<'_>, summary: &PlanSummary, redact: bool) {
    let plan = head.plan;
    page.within("<h1>Plan ", plan.id, " of rosterkit sync</h1>\n");
    let is_kept_back = |flow: &&FlowSummary| !flow.kept_back.is_empty();
    let due: u64 = summary.flows.iter().filter(|flow| flow.kept_back.is_empty()).map(due).sum();
    page.tags("<p class=\"total\">");
    match plan.applied_at {
        Some(at) => page.text("This plan was applied at ").text(time(at)).tags("."),
        None => page.text("Applying this plan changes ").text(grouped(due)).text(match due {
            1 => " person or record.",
            _ => " people or records.",
        }),
    };
    page.tags("</p>\n");
    if plan.digest.is_empty() {
        page.tags("<p class=\"stop\">Planning did not come to its end: this plan cannot be applied.</p>\n");
    }
    let kept_back = summary.flows.iter().filter(is_kept_back).count();
    if kept_back > 0 {
        page.within("<p class=\"stop\">", kept_back, " of ").text(summary.flows.len());
        page.tags(" flows are kept back, and are not applied: see below.</p>\n");
    }
    if summary.is_partial {
        page.tags("<p class=\"note\">This plan is about one person only.</p>\n");
    }
    if redact {
        page.tags("<p class=\"note\">Redacted: the names of people and all values are left out.</p>\n");
    }
    page.tags("<dl>\n");
    let mut fact = |name: &'static str, text: &dyn std::fmt::Display| {
        page.within("<dt>", name, "</dt><dd>").text(text).tags("</dd>\n");
    };
    fact("Made at", &time(plan.created_at));
    fact("Can be applied for", &head.file.plan_max_age);
    fact("Sync file", &head.file.path.display());
    fact("SHA-256 of the sync file", &plan.file_hash);
    match &plan.addresses {
        Value::Object(addresses) => {
            for (service, address) in addresses {
                let address = address.as_str().map_or_else(|| address.to_string(), str::to_owned);
                fact("Address", &format_args!("{service}: {address}"));
            }
        }
        other => fact("Addresses", other),
    }
    fact("Digest of the plan", &plan.digest);
    page.tags("</dl>\n");
}

fn due(flow: &FlowSummary) -> u64 {
    ActionKind::ALL.into_iter().filter(|kind| kind.is_write()).map(|kind| flow.due(kind)).sum()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A flow: what keeps it back, its counts, limits and reads.
pub(super) fn add_flow(page: &mut Markup, head: &Head<'_>, summary: &FlowSummary) {
    let flow = head.file.flows.iter().find(|flow| flow.name == summary.flow);
    page.within("<section class=\"flow\">\n<h3>", &summary.flow, "</h3>\n");
    if let Some(flow) = flow {
        page.within("<p>From ", flow.from.as_str(), "");
        if let From::File { path, .. } = &flow.from {
            page.within(" <code>", path.display(), "</code>");
        }
        page.within(" to ", flow.to.as_str(), "</p>\n");
    }
    add_list(page, "<p class=\"stop\">Not applied:</p>\n<ul class=\"stop\">\n", &summary.kept_back);
    add_list(page, "<p>Notes:</p>\n<ul class=\"note\">\n", &summary.notes);
    add_counts(page, summary);
    if let Some(Flow { limits, .. }) = flow {
        add_limits(page, summary, limits, &head.allowances);
    }
    add_reads(page, summary);
    page.tags("</section>\n");
}

fn add_list(page: &mut Markup, start: &'static str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    page.tags(start);
    for text in texts {
        page.within("<li>", text, "</li>\n");
    }
    page.tags("</ul>\n");
}

fn add_counts(page: &mut Markup, summary: &FlowSummary) {
    page.tags(
        "<table>\n<caption>Counts</caption>\n<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Planned</th>",
    );
    page.tags("<th scope=\"col\">Held</th><th scope=\"col\">Written</th></tr></thead>\n<tbody>\n");
    let is_applied = summary.kept_back.is_empty();
    for kind in ActionKind::ALL {
        let Some(count) = summary.counts.get(&kind).filter(|count| **count > 0) else { continue };
        let held = summary.held.get(&kind).copied().unwrap_or_default();
        let written = if kind.is_write() && is_applied { summary.due(kind) } else { 0 };
        page.within("<tr><th scope=\"row\">", kind.as_str().replace('_', " "), "</th>");
        for number in [*count, held, written] {
            page.within("<td class=\"number\">", grouped(number), "</td>");
        }
        page.tags("</tr>\n");
    }
    page.tags("</tbody>\n</table>\n");
}

fn add_limits(page: &mut Markup, summary: &FlowSummary, limits: &Limits, allowed: &Allowances) {
    page.tags("<table>\n<caption>Limits</caption>\n<thead><tr><th scope=\"col\">Limit of</th>");
    page.tags("<th scope=\"col\">Planned</th><th scope=\"col\">At most</th></tr></thead>\n<tbody>\n");
    let due = summary.due_by_limit();
    let for_run = |most: u64| (most, format!("{} (for this run)", grouped(most)));
    let removals = allowed.removals.map(for_run).unwrap_or_else(|| {
        let percent = summary.percent_of_managed(limits.removals_percent);
        let said = format!(
            "{}, and {} ({} % of {} managed people who are active)",
            grouped(limits.removals),
            grouped(percent),
            limits.removals_percent,
            grouped(summary.managed_active)
        );
        (limits.removals.min(percent), said)
    });
    let plain = |most: u64| (most, grouped(most));
    let rows = [
        ("removals", due.removals, Some(removals)),
        ("creations", due.creations, allowed.creations.map(for_run).or(limits.creations.map(plain))),
        ("updates", due.updates, allowed.updates.map(for_run).or(limits.updates.map(plain))),
    ];
    for (name, count, limit) in rows {
        page.within("<tr><th scope=\"row\">", name, "</th>");
        page.within("<td class=\"number\">", grouped(count), "</td><td>");
        match &limit {
            Some((_, said)) => page.text(said),
            None => page.tags("no limit"),
        };
        if limit.is_some_and(|(most, _)| count > most) {
            page.tags(" <strong class=\"stop\">exceeded</strong>");
        }
        page.tags("</td></tr>\n");
    }
    page.tags("</tbody>\n</table>\n");
}

fn add_reads(page: &mut Markup, summary: &FlowSummary) {
    page.tags(
        "<table>\n<caption>Reads</caption>\n<thead><tr><th scope=\"col\">Side</th><th scope=\"col\">Records</th>",
    );
    page.tags("<th scope=\"col\">Completeness</th></tr></thead>\n<tbody>\n");
    for (side, read) in [("source", &summary.source), ("target", &summary.target)] {
        let SideSummary { rows, incomplete } = read;
        page.within("<tr><th scope=\"row\">", side, "</th>");
        page.within("<td class=\"number\">", grouped(*rows), "</td><td>");
        match incomplete.is_empty() {
            true => page.tags("complete"),
            false => page.tags("<strong class=\"stop\">not complete</strong>: ").text(incomplete.join("; ")),
        };
        page.tags("</td></tr>\n");
    }
    page.tags("</tbody>\n</table>\n");
}
