//! JMESPath queries.

use rosterkit_sync::expression::{Data, Expression};
use serde_json::Value;

use crate::error::Error;

/// A compiled query.
pub(super) struct Query(Expression);

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        Expression::parse_standard(text).map(Self).map_err(|error| Error::usage(error.about("--query")))
    }

    /// Applies the query.
    pub(super) fn apply(&self, value: Value) -> Result<Value, Error> {
        self.0.apply(&Data::new(value)).map_err(|error| Error::usage(error.about("--query")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_filters_and_reshapes() -> Result<(), Error> {
        let people = json!([{ "name": "a", "n": 1 }, { "name": "b", "n": 2 }]);
        let query = Query::parse("[?n > `1`].{who: name}")?;
        assert_eq!(query.apply(people)?, json!([{ "who": "b" }]));
        Ok(())
    }

    #[test]
    fn numbers_are_unchanged_by_a_query() -> Result<(), Error> {
        let value = json!({ "big": 9_007_199_254_740_993_i64, "score": 0.1 });
        assert_eq!(Query::parse("@")?.apply(value.clone())?, value);
        Ok(())
    }

    #[test]
    fn an_invalid_query_is_reported_with_its_location() {
        let message = Query::parse("[?").err().and_then(|error| error.message(false)).unwrap_or_default();
        assert!(message.contains("--query") && message.contains("character"), "{message}");
        assert!(Query::parse(&"(".repeat(5000)).is_err());
    }

    fn problem(text: &str) -> String {
        Query::parse(text).err().and_then(|error| error.message(false)).unwrap_or_default()
    }

    #[test]
    fn unknown_functions_are_found_wherever_they_are_before_anything_is_sent() {
        for text in [
            "nosuch(@)",
            "[].nosuch(@)",
            "length(nosuch(@))",
            "a || nosuch(@)",
            "a && nosuch(@)",
            "!nosuch(@)",
            "[?nosuch(a)]",
            "[a, nosuch(@)]",
            "{a: nosuch(@)}",
            "a | nosuch(@)",
            "sort_by(@, &nosuch(a))",
            "a == nosuch(@)",
            "nosuch(@)[]",
            "nosuch(@).*",
        ] {
            assert!(problem(text).contains("unknown function `nosuch`"), "{text}: {}", problem(text));
        }
        assert_eq!(problem("'nosuch(@)' == a"), "");
    }

    #[test]
    fn what_would_exhaust_the_stack_is_rejected() {
        for (open, close) in [("[", "]"), ("(", ")"), ("{a:", "}"), ("[?", "]"), ("abs(", ")"), ("!", ""), ("&", "")] {
            let text = open.repeat(900) + "a" + &close.repeat(900);
            assert!(!problem(&text).is_empty(), "{open}");
        }
        for text in [
            vec!["a"; 1500].join("."),
            vec!["a"; 1000].join("||"),
            vec!["a"; 1500].join("|"),
            "a".to_owned() + &"[]".repeat(1500),
        ] {
            assert!(problem(&text).contains("operators"), "{text:.20}");
        }
        assert_eq!(problem(&format!("contains(a, '{}')", "[".repeat(2000))), "");
        assert_eq!(problem(&vec!["a"; 200].join(".")), "");
    }
}
