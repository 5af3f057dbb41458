//! JMESPath queries.

use jmespath::{Expression, Rcvar, Variable};
use serde_json::Value;

use crate::error::Error;

/// The maximum length of an expression, in bytes: the parser is recursive.
const MAX_LENGTH: usize = 4096;

/// A compiled query.
pub(super) struct Query(Expression<'static>);

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::usage(format!("--query is longer than the maximum of {MAX_LENGTH} bytes")));
        }
        let problem = |error: jmespath::JmespathError| {
            let place = error.offset + 1;
            Error::usage(format!("--query: invalid JMESPath expression: {}, at character {place}", reason(&error)))
        };
        jmespath::compile(text).map(Self).map_err(problem)
    }

    /// Applies the query.
    pub(super) fn apply(&self, value: Value) -> Result<Value, Error> {
        let data = Rcvar::new(variable(value));
        let found = self
            .0
            .search(data)
            .map_err(|error| Error::usage(format!("--query does not match the data: {}", reason(&error))))?;
        serde_json::to_value(&*found).map_err(|_| Error::usage("--query: the result cannot be written as JSON"))
    }
}

/// The reason on one line.
fn reason(error: &jmespath::JmespathError) -> String {
    error.reason.to_string().trim_end().trim_end_matches('.').replace('\n', " ")
}

fn variable(value: Value) -> Variable {
    match value {
        Value::Null => Variable::Null,
        Value::Bool(value) => Variable::Bool(value),
        Value::Number(value) => Variable::Number(value),
        Value::String(value) => Variable::String(value),
        Value::Array(values) => Variable::Array(values.into_iter().map(|it| Rcvar::new(variable(it))).collect()),
        Value::Object(values) => {
            Variable::Object(values.into_iter().map(|(name, it)| (name, Rcvar::new(variable(it)))).collect())
        }
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
}
