//! An action on the page: as a row of the table, and as data for the script.

use serde::Serialize;
use serde_json::Value;

use super::markup::Markup;
use crate::plan::{Action, ActionKind, Change};

/// What the page shows of an action.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    seq: u64,
    flow: &'a str,
    kind: ActionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    changes: Vec<Field<'a>>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Field<'a> {
    field: &'a str,
    /// Absent if the page is redacted.
    #[serde(flatten)]
    values: Option<Values>,
    manual: bool,
}

/// Values as JSON texts, since a script rounds large numbers; `None` means absent.
#[derive(Debug, Serialize)]
struct Values {
    before: Option<String>,
    after: Option<String>,
}

impl<'a> Row<'a> {
    pub(super) fn new(action: &'a Action, redact: bool) -> Self {
        Self {
            seq: action.seq,
            flow: &action.flow,
            kind: action.kind,
            source_id: action.source_id.as_deref(),
            target_id: action.target_id.as_deref(),
            label: action.label.as_deref().filter(|_| !redact),
            changes: action.changes.iter().map(|change| Field::new(change, redact)).collect(),
            reason: &action.reason,
            held: action.held.as_deref(),
        }
    }

    /// The row of the table. The script makes the same.
    pub(super) fn add_to(&self, page: &mut Markup) {
        page.within("<tr><th scope=\"row\">", self.seq, "</th>");
        page.within("<td>", self.flow, "</td>");
        page.within("<td class=\"kind ", self.kind.as_str(), "\">");
        page.text(self.kind.as_str().replace('_', " ")).tags("</td><td>");
        if let Some(label) = self.label {
            page.within("<div class=\"label\">", label, "</div>");
        }
        for (side, id) in [("source ", self.source_id), ("target ", self.target_id)] {
            if let Some(id) = id {
                page.tags("<div>").text(side).within("<code>", id, "</code></div>");
            }
        }
        page.tags("</td><td>");
        if !self.changes.is_empty() {
            page.tags("<ul>");
            for change in &self.changes {
                change.add_to(page);
            }
            page.tags("</ul>");
        }
        page.within("</td><td>", self.reason, "");
        if let Some(held) = self.held {
            page.within("<div class=\"held\">Held: ", held, "</div>");
        }
        page.tags("</td></tr>\n");
    }
}

impl<'a> Field<'a> {
    fn new(change: &'a Change, redact: bool) -> Self {
        let shown = |value: &Value| (!value.is_null()).then(|| value.to_string());
        let values = (!redact).then(|| Values { before: shown(&change.before), after: shown(&change.after) });
        Self { field: &change.field, values, manual: change.overwrites_manual_change }
    }

    fn add_to(&self, page: &mut Markup) {
        page.within("<li><b>", self.field, "</b>");
        if let Some(values) = &self.values {
            let mut add = |start, class, value: &Option<String>| {
                page.tags(start);
                match value {
                    Some(value) => page.tags(class).text(value).tags("</span>"),
                    None => page.tags("<i>none</i>"),
                };
            };
            add(": <span class=\"heard\">before </span>", "<span class=\"value before\">", &values.before);
            let arrow = " <span aria-hidden=\"true\">→</span> <span class=\"heard\">after </span>";
            add(arrow, "<span class=\"value after\">", &values.after);
        }
        if self.manual {
            page.tags(" <strong class=\"manual\">overwrites a manual change</strong>");
        }
        page.tags("</li>");
    }
}
