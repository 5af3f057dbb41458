//! A plan as one HTML page, for the person who approves it.
//!
//! The page loads nothing, and its Content-Security-Policy allows its own script and style alone, by their hashes. Names and
//! values come from directories that anybody may have written to: in the markup they are escaped by the only function that adds
//! data to it, and the script gets them as JSON and makes texts of them, never markup.
//!
//! Without a script, the page has everything on the plan and its first 1,000 actions. With it, all of them can be filtered and
//! searched; only the rows of one page are elements.

mod head;
mod markup;
mod row;
#[cfg(test)]
mod tests;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::markup::{Markup, json};
use self::row::Row;
use crate::config::SyncFile;
use crate::plan::{Action, ActionKind, Allowances, PlanSummary};
use crate::state::plans::StoredPlan;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// How many actions are in the table that needs no script, and in each element of data.
const CHUNK: usize = 1000;

/// What the page says of a plan beside its summary and its actions.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The sync file that the plan was made of.
    pub file: &'a SyncFile,
    /// The plan.
    pub plan: &'a StoredPlan,
    /// The limits that were replaced for this run.
    pub allowances: Allowances,
}

/// Writes a page with these actions, in their order.
///
/// # Errors
/// Those of the writer.
pub fn write(
    out: &mut impl io::Write,
    head: &Head<'_>,
    summary: &PlanSummary,
    actions: impl IntoIterator<Item = Action>,
    redact: bool,
) -> io::Result<()> {
    let mut page = Page::begin(out, head, summary, redact)?;
    for action in actions {
        page.add(&action)?;
    }
    page.finish()
}

/// A page that is being written, for actions that come one by one. At most 1,000 of them are in memory.
#[derive(Debug)]
pub struct Page<W> {
    out: W,
    redact: bool,
    /// The rows of the table, until it is written.
    table: Option<Markup>,
    /// The actions that are not written yet, as JSON.
    chunk: Vec<String>,
}

impl<W: io::Write> Page<W> {
    /// Writes what stands before the actions. Redacted pages have ids and the names of fields, but neither names of people nor
    /// values.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn begin(mut out: W, head: &Head<'_>, summary: &PlanSummary, redact: bool) -> io::Result<Self> {
        let mut page = Markup::default();
        page.tags("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.within("<meta http-equiv=\"Content-Security-Policy\" content=\"", policy(), "\">\n");
        page.tags("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.tags("<meta name=\"color-scheme\" content=\"light dark\">\n");
        page.tags("<meta name=\"referrer\" content=\"no-referrer\">\n");
        page.within("<title>Plan ", head.plan.id, " of rosterkit sync</title>\n<style>");
        page.tags(STYLE)
            .tags("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#actions\">Skip to the actions</a>\n");
        page.tags("<header>\n");
        head::add_plan(&mut page, head, summary, redact);
        page.tags("</header>\n<main>\n<section aria-labelledby=\"flows\">\n<h2 id=\"flows\">Flows</h2>\n");
        for flow in &summary.flows {
            head::add_flow(&mut page, head, flow);
        }
        page.tags(
            "</section>\n<section aria-labelledby=\"actions\">\n<h2 id=\"actions\" tabindex=\"-1\">Actions</h2>\n",
        );
        page.tags(CONTROLS);
        out.write_all(page.as_bytes())?;
        page.clear();
        Ok(Self { out, redact, table: Some(page), chunk: Vec::with_capacity(CHUNK) })
    }

    /// Adds an action.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn add(&mut self, action: &Action) -> io::Result<()> {
        if self.chunk.len() == CHUNK {
            self.write_chunk(true)?;
        }
        let row = Row::new(action, self.redact);
        if let Some(table) = &mut self.table {
            row.add_to(table);
        }
        self.chunk.push(json(&row)?);
        Ok(())
    }

    /// Writes what is left, and flushes the writer. A page that is not finished is not complete.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_chunk(false)?;
        let kinds: Vec<_> = ActionKind::ALL.iter().map(|kind| (kind.as_str(), kind.is_write())).collect();
        let mut page = Markup::default();
        page.tags("</main>\n<script>").tags(SCRIPT).tags("</script>\n</body>\n</html>\n");
        writeln!(self.out, "<script type=\"application/json\" id=\"kinds\">{}</script>", json(&kinds)?)?;
        self.out.write_all(page.as_bytes())?;
        self.out.flush()
    }

    fn write_chunk(&mut self, has_more: bool) -> io::Result<()> {
        if let Some(table) = self.table.take() {
            self.out.write_all(TABLE.as_bytes())?;
            self.out.write_all(table.as_bytes())?;
            self.out.write_all(b"</tbody>\n</table>\n</div>\n")?;
            if has_more {
                self.out.write_all(MORE.as_bytes())?;
            }
            self.out.write_all(b"</section>\n")?;
        }
        write!(
            self.out,
            "<script type=\"application/json\" class=\"data\">[\n{}\n]</script>\n",
            self.chunk.join(",\n")
        )?;
        self.chunk.clear();
        Ok(())
    }
}

/// The script and the style of the page, and nothing else.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// The script shows and fills them.
const CONTROLS: &str = r#"<form id="controls" role="search" aria-label="Filter the actions" hidden>
<label>Flow <select id="flow"></select></label>
<label>Kind <select id="kind"></select></label>
<label>Show <select id="only">
<option value="">all actions</option>
<option value="due">changes that are not held</option>
<option value="held">held</option>
<option value="manual">overwrites a manual change</option>
</select></label>
<label>Search <input id="text" type="search" autocomplete="off" spellcheck="false"></label>
<label>Rows <select id="size"><option>100</option><option>1000</option><option>5000</option></select></label>
<button id="reset" type="button">Show all</button>
</form>
<p id="shown" role="status"></p>
<nav id="pages" aria-label="Pages of actions" hidden>
<button id="first" type="button">First</button>
<button id="previous" type="button">Previous</button>
<button id="next" type="button">Next</button>
<button id="last" type="button">Last</button>
</nav>
"#;

const TABLE: &str = r#"<div class="scroll" role="region" aria-label="Table of actions" tabindex="0">
<table id="table">
<caption>What is planned for each person or training record, and why</caption>
<thead><tr><th scope="col">No.</th><th scope="col">Flow</th><th scope="col">Kind</th><th scope="col">Person or record</th><th scope="col">Changes</th><th scope="col">Reason</th></tr></thead>
<tbody id="rows">
"#;

const MORE: &str = "<p id=\"more\" class=\"note\">The table has the first 1,000 actions. The others are in this file, and are shown \
with JavaScript.</p>\n";
