//! Words of the service's enumerations.

use crate::context::Context;
use crate::text;

/// A word in the spelling of the spec, whatever the case in which it is typed. One that the spec does not list is sent as
/// it stands, since services add words without notice; the user is told, since most often it is a slip.
pub(super) fn word<T: for<'a> From<&'a str>>(context: &Context, option: &str, typed: &str, known: &[&str]) -> T {
    let typed = typed.trim();
    match spelled(typed, known) {
        Some(word) => word.into(),
        None => {
            let (shown, known) = (text::shortened(typed, 64), known.join(", "));
            context.hint(format_args!("{option}: `{shown}` is none of {known}; it is sent as it stands"));
            typed.into()
        }
    }
}

/// Several words.
pub(super) fn words<T: for<'a> From<&'a str>>(
    context: &Context,
    option: &str,
    typed: &[String],
    known: &[&str],
) -> Vec<T> {
    typed.iter().map(|typed| word(context, option, typed, known)).collect()
}

fn spelled<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    // A word that differs by its case alone from another one is not to be mistaken for it.
    let exact = known.iter().find(|word| **word == typed);
    exact.or_else(|| known.iter().find(|word| word.eq_ignore_ascii_case(typed))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whatever_its_case_and_the_exact_one_first() {
        let known = ["Any", "any", "InProgress"];
        assert_eq!(spelled("any", &known), Some("any"));
        assert_eq!(spelled("inprogress", &known), Some("InProgress"));
        assert_eq!(spelled("in progress", &known), None);
    }
}
