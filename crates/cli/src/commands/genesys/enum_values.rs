//! Values of the service's enumerations in options.

use crate::context::Context;
use crate::text;

/// Parses a value, ignoring its case. An unknown value is sent unchanged, since services add values without notice, and
/// reported on standard error, since it is usually a typing error.
pub(super) fn parse<T: for<'a> From<&'a str>>(context: &Context, option: &str, typed: &str, known: &[&str]) -> T {
    let typed = typed.trim();
    match find(typed, known) {
        Some(value) => value.into(),
        None => {
            let (shown, known) = (text::shortened(typed, 64), known.join(", "));
            context.hint(format_args!("{option}: unknown value `{shown}`, sent unchanged; known values: {known}"));
            typed.into()
        }
    }
}

/// Parses several values.
pub(super) fn parse_all<T: for<'a> From<&'a str>>(
    context: &Context,
    option: &str,
    typed: &[String],
    known: &[&str],
) -> Vec<T> {
    typed.iter().map(|typed| parse(context, option, typed, known)).collect()
}

fn find<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    // The exact value takes precedence over one that differs in case.
    let exact = known.iter().find(|value| **value == typed);
    exact.or_else(|| known.iter().find(|value| value.eq_ignore_ascii_case(typed))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_ignoring_case_and_the_exact_one_first() {
        let known = ["Any", "any", "InProgress"];
        assert_eq!(find("any", &known), Some("any"));
        assert_eq!(find("inprogress", &known), Some("InProgress"));
        assert_eq!(find("in progress", &known), None);
    }
}
