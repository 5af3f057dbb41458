//! JMESPath queries.

use jmespath::ast::{Ast, KeyValuePair};
use jmespath::{DEFAULT_RUNTIME, Expression, Rcvar, Variable};
use serde_json::Value;

use crate::error::Error;

/// The maximum length of an expression, in bytes.
const MAX_LENGTH: usize = 4096;
/// How deep brackets may be nested, and how many operators an expression may have: the parser and the evaluation are
/// recursive.
const MAX_DEPTH: usize = 32;
const MAX_OPERATORS: usize = 256;

/// A compiled query.
pub(super) struct Query(Expression<'static>);

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::usage(format!("--query is longer than the maximum of {MAX_LENGTH} bytes")));
        }
        check_depth(text)?;
        let problem = |error: jmespath::JmespathError| {
            let place = error.offset + 1;
            Error::usage(format!("--query: invalid JMESPath expression: {}, at character {place}", reason(&error)))
        };
        let query = jmespath::compile(text).map_err(problem)?;
        // The library finds an unknown function only when it is called.
        if let Some(name) = unknown_function(query.as_ast()) {
            let name = crate::text::shortened(name, 64);
            return Err(Error::usage(format!(
                "--query: unknown function `{name}`; JMESPath has {}",
                FUNCTIONS.join(", ")
            )));
        }
        Ok(Self(query))
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

/// The functions of JMESPath.
const FUNCTIONS: [&str; 26] = [
    "abs",
    "avg",
    "ceil",
    "contains",
    "ends_with",
    "floor",
    "join",
    "keys",
    "length",
    "map",
    "max",
    "max_by",
    "merge",
    "min",
    "min_by",
    "not_null",
    "reverse",
    "sort",
    "sort_by",
    "starts_with",
    "sum",
    "to_array",
    "to_number",
    "to_string",
    "type",
    "values",
];

/// Rejects what would exhaust the stack.
fn check_depth(text: &str) -> Result<(), Error> {
    let (mut depth, mut operators, mut quote, mut is_escaped) = (0_usize, 0, None, false);
    for it in text.chars() {
        match (quote, it) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(mark), _) if it == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(it),
            (None, '(' | '[' | '{') => {
                (depth, operators) = (depth + 1, operators + 1);
                if depth > MAX_DEPTH {
                    return Err(Error::usage(format!("--query has brackets nested more than {MAX_DEPTH} deep")));
                }
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '.' | '|' | '&' | '!' | '=' | '<' | '>') => operators += 1,
            (None, _) => {}
        }
    }
    match operators > MAX_OPERATORS {
        true => Err(Error::usage(format!("--query has more than {MAX_OPERATORS} operators"))),
        false => Ok(()),
    }
}

/// The name of the first function that does not exist. The expression is not deep.
fn unknown_function(ast: &Ast) -> Option<&str> {
    match ast {
        Ast::Function { name, args, .. } => match DEFAULT_RUNTIME.get_function(name) {
            None => Some(name),
            Some(_) => args.iter().find_map(unknown_function),
        },
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => unknown_function(lhs).or_else(|| unknown_function(rhs)),
        Ast::Condition { predicate, then, .. } => unknown_function(predicate).or_else(|| unknown_function(then)),
        Ast::Expref { ast: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => unknown_function(node),
        Ast::MultiList { elements, .. } => elements.iter().find_map(unknown_function),
        Ast::MultiHash { elements, .. } => {
            elements.iter().find_map(|KeyValuePair { value, .. }| unknown_function(value))
        }
        Ast::Identity { .. } | Ast::Field { .. } | Ast::Index { .. } | Ast::Literal { .. } | Ast::Slice { .. } => None,
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
        for name in FUNCTIONS {
            assert!(DEFAULT_RUNTIME.get_function(name).is_some(), "{name}");
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
