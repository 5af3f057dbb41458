//! The text of `--map`.
//!
//! | value | gives |
//! | --- | --- |
//! | `E-mail` | the column |
//! | `{First Name} {Last Name}` | the texts of the columns, and what is between them |
//! | `:contains(Status, 'A')` | the value of a JMESPath expression |

use rosterkit_sync::expression::{Expression, Paths};

/// The rules of one `--map`.
#[derive(Clone, Debug)]
pub(crate) struct Rules(pub(super) Vec<Rule>);

/// What a field is set to.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The field, a dotted path.
    pub target: String,
    pub origin: Origin,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The name of a column.
    Column(String),
    Template(Vec<Part>),
    Expression(Expression),
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Column(String),
}

impl Origin {
    /// The columns that it uses; all without a list.
    pub(super) fn columns(&self) -> Option<Vec<String>> {
        match self {
            Self::Column(name) => Some(vec![name.clone()]),
            Self::Template(parts) => {
                let names = parts.iter().filter_map(|part| match part {
                    Part::Column(name) => Some(name.clone()),
                    Part::Text(_) => None,
                });
                Some(names.collect())
            }
            Self::Expression(expression) => match expression.paths() {
                Paths::All => None,
                Paths::Some(names) => Some(names.into_iter().collect()),
            },
        }
    }
}

/// Parses one `--map`.
pub(super) fn parse(text: &str) -> Result<Rules, String> {
    let (mut rules, mut rest) = (Vec::new(), Some(text));
    while let Some(text) = rest {
        let (target, value) = text
            .split_once('=')
            .map(|(target, value)| (target.trim(), value.trim_start()))
            .filter(|(target, _)| !target.is_empty() && !target.contains(','))
            .ok_or("expected FIELD=COLUMN, such as email=E-mail; a comma in a name is written `\\,`")?;
        let (origin, more) = match value.strip_prefix(':') {
            Some(value) => expression(value).map_err(|problem| problem.unwrap_or_else(|| missing(target)))?,
            None => template(value).map_err(|problem| format!("`{target}`: {problem}"))?,
        };
        rules.push(Rule { target: target.to_owned(), origin });
        rest = more;
    }
    Ok(Rules(rules))
}

fn missing(target: &str) -> String {
    format!("`{target}`: expected an expression after `:`")
}

/// An expression, and what follows its comma.
fn expression(text: &str) -> Result<(Origin, Option<&str>), Option<String>> {
    let (mut depth, mut quote, mut is_escaped) = (0_u32, None, false);
    let mut end = text.len();
    for (at, it) in text.char_indices() {
        match (quote, it) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(mark), _) if it == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(it),
            (None, '(' | '[' | '{') => depth = depth.saturating_add(1),
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                end = at;
                break;
            }
            (None, _) => {}
        }
    }
    let expression = text[..end].trim();
    if expression.is_empty() {
        return Err(None);
    }
    let expression = Expression::parse(expression).map_err(|error| Some(error.to_string()))?;
    Ok((Origin::Expression(expression), text.get(end + 1..)))
}

/// A template or the name of a column, and what follows its comma.
fn template(text: &str) -> Result<(Origin, Option<&str>), String> {
    let (mut parts, mut literal) = (Vec::new(), String::new());
    let mut rest = text.chars();
    let more = loop {
        let after = rest.as_str();
        match rest.next() {
            None => break None,
            Some(',') => break Some(rest.as_str()),
            Some('\\') if after.starts_with("\\,") => literal.extend(rest.next()),
            Some(brace @ ('{' | '}')) if after[1..].starts_with(brace) => literal.extend(rest.next()),
            Some('{') => {
                let (name, more) =
                    rest.as_str().split_once('}').ok_or("a brace is not closed; write it twice as text")?;
                let name = name.trim();
                if name.is_empty() {
                    return Err("expected the name of a column in braces".to_owned());
                }
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Column(name.to_owned()));
                rest = more.chars();
            }
            Some('}') => return Err("a brace is not opened; write it twice as text".to_owned()),
            Some(other) => literal.push(other),
        }
    };
    let origin = match (parts.is_empty(), literal.trim()) {
        (true, "") => return Err("expected the name of a column".to_owned()),
        (true, name) => Origin::Column(name.to_owned()),
        (false, _) => {
            if !literal.is_empty() {
                parts.push(Part::Text(literal));
            }
            Origin::Template(parts)
        }
    };
    Ok((origin, more))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let Rules(rules) = parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        rules
            .into_iter()
            .map(|Rule { target, origin }| match origin {
                Origin::Column(name) => (target, format!("column {name}")),
                Origin::Template(parts) => (target, format!("{parts:?}")),
                Origin::Expression(expression) => (target, format!("expression {expression}")),
            })
            .collect()
    }

    #[test]
    fn rules_are_columns_templates_and_expressions() {
        let template = r#"[Column("First Name"), Text(" "), Column("Last Name")]"#;
        for (text, expected) in [
            (
                "name={First Name} {Last Name},email=E-mail, title = Job Title",
                vec![("name", template), ("email", "column E-mail"), ("title", "column Job Title")],
            ),
            (
                "active=:contains(Status, 'A'),id=Id",
                vec![("active", "expression contains(Status, 'A')"), ("id", "column Id")],
            ),
            (
                r#"a=:["x, y", 'it\'s, ok', `[1, 2]`],b=c"#,
                vec![("a", r#"expression ["x, y", 'it\'s, ok', `[1, 2]`]"#), ("b", "column c")],
            ),
            (r"a=Last\, First,b={Last, First}", vec![("a", "column Last, First"), ("b", r#"[Column("Last, First")]"#)]),
            (r"a={{{x}}}\x", vec![("a", r#"[Text("{"), Column("x"), Text("}\\x")]"#)]),
            ("a={{x}}", vec![("a", "column {x}")]),
            ("a={x}=y", vec![("a", r#"[Column("x"), Text("=y")]"#)]),
            ("manager.id:json=Boss", vec![("manager.id:json", "column Boss")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_that_is_not_one_is_refused_with_what_is_expected() {
        for (text, expected) in [
            ("", "expected FIELD=COLUMN"),
            ("email", "expected FIELD=COLUMN"),
            ("=E-mail", "expected FIELD=COLUMN"),
            ("a=b,", "expected FIELD=COLUMN"),
            ("a=Last, First,b=c", "expected FIELD=COLUMN"),
            ("a=", "`a`: expected the name of a column"),
            ("a={}", "`a`: expected the name of a column in braces"),
            ("a={b", "`a`: a brace is not closed"),
            ("a=b}", "`a`: a brace is not opened"),
            ("a=:", "`a`: expected an expression after `:`"),
            ("a=:lowr(b)", "unknown function `lowr`; did you mean `lower`?"),
            ("a=:(b", "invalid JMESPath expression"),
        ] {
            let problem = parse(text).err().unwrap_or_default();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "[a-c={}:,\\\\'\"`()\\[\\] ü]{0,40}") {
            if let Ok(Rules(rules)) = parse(&text) {
                prop_assert!(!rules.is_empty() && rules.iter().all(|rule| !rule.target.is_empty()));
            }
        }
    }
}
