//! Summaries and descriptions: they end up in rustdoc and on the command line, so they are plain prose.

use super::node::{Linter, Node};

/// Longest summary, in characters.
const SUMMARY: usize = 100;

/// Holds a description to the rules for prose.
pub fn prose(linter: &mut Linter<'_>, node: &Node<'_>) {
    let Some(text) = node.value.as_str() else { return };
    if text.trim().is_empty() {
        linter.report(node, "the text is empty", "say what it means, or leave the key out where it is optional");
        return;
    }
    if text.matches('`').count() % 2 != 0 {
        linter.report(node, "a backtick without its partner", "put code between two backticks");
        return;
    }
    let outside: Vec<&str> = text.split('`').step_by(2).collect();
    for (forbidden, name, help) in [
        ("<", "an angle bracket", "put code in backticks, and write no HTML"),
        (">", "an angle bracket", "put code in backticks, and write no HTML"),
        ("[", "a square bracket", "put code in backticks; rustdoc takes brackets for a link"),
        ("]", "a square bracket", "put code in backticks; rustdoc takes brackets for a link"),
        ("http://", "a bare URL", "put the URL in backticks"),
        ("https://", "a bare URL", "put the URL in backticks"),
    ] {
        if outside.iter().any(|part| part.contains(forbidden)) {
            linter.report(node, format!("{name} outside of backticks"), help);
        }
    }
}

/// Holds a summary to the rules for prose, and to one short line without a period.
pub fn summary(linter: &mut Linter<'_>, node: &Node<'_>) {
    prose(linter, node);
    let Some(text) = node.value.as_str() else { return };
    if text.trim_end().ends_with('.') {
        linter.report(node, "a summary ends with a period", "delete the period");
    }
    if text.contains('\n') {
        linter.report(node, "a summary of more than one line", "write one line, and the rest into `description`");
    }
    if text.chars().count() > SUMMARY {
        let message = format!("a summary of more than {SUMMARY} characters");
        linter.report(node, message, "shorten it, and move the rest into `description`");
    }
}
