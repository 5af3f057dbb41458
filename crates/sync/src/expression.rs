//! JMESPath over the records of a source, and over what a command prints.
//!
//! An expression is limited in length, depth and operators, since the parser and the evaluation are recursive, and every
//! function that it calls exists: a mistake is found before anything is read or sent.
//!
//! Expressions of a sync file have these functions besides those of JMESPath. Each gives `null` for `null`, except
//! `default`, and an error for a value that is not a text, except `default`.
//!
//! | function | gives |
//! | --- | --- |
//! | `lower(text)` | the text in lower case, by the rules of Unicode |
//! | `trim(text)` | the text without white space at its ends |
//! | `split_name_first(text)` | what stands before the first white space of the trimmed text; `null` if it is empty |
//! | `split_name_rest(text)` | what follows that white space, trimmed; `null` if there is none |
//! | `default(value, other)` | the value; the other one if the value is `null` or an empty text |
//! | `date(text, format?, zone?)` | the date as `YYYY-MM-DD`; see below |
//!
//! `date` ignores white space at the ends of the text, and gives `null` for an empty one. Without a format (or with the
//! format `` `null` ``), the text is a date `YYYY-MM-DD`, or a date and time with an offset as RFC 3339 has it. A format is
//! one of [`chrono`](rosterkit_core::chrono::format::strftime), such as `'%d.%m.%Y'`, and must have a complete date. The
//! zone is a name of the IANA database, such as `'Europe/Berlin'`: a date and time with an offset (or `%s`) gives the date
//! that it is then in the zone; without a zone, the date that is written (for `%s`, the date in UTC). A text without an
//! offset gives the date that is written, whatever the zone.

mod date;
mod functions;
mod limits;
mod paths;

use std::fmt;
use std::sync::Arc;

use jmespath::ast::Ast;
use jmespath::{Context, ErrorReason, JmespathError, Rcvar, Variable, interpret};
use serde_json::Value;

pub use self::paths::Paths;

/// A compiled expression. It prints as its text.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    ast: Arc<Ast>,
    functions: Functions,
}

/// Which functions an expression may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Functions {
    /// Those of JMESPath.
    Standard,
    /// Those of JMESPath, and those of sync files.
    Mapping,
}

impl Expression {
    /// Compiles an expression of a sync file, which has all functions of this module.
    ///
    /// # Errors
    /// If it is not JMESPath, is beyond a limit, or calls a function that does not exist or in another way than it can be.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text, Functions::Mapping)
    }

    /// Compiles an expression that has the functions of JMESPath only.
    ///
    /// # Errors
    /// If it is not JMESPath, is beyond a limit, or calls a function that does not exist.
    pub fn parse_standard(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text, Functions::Standard)
    }

    fn compile(text: &str, functions: Functions) -> Result<Self, ExpressionError> {
        let error = |problem, offset| ExpressionError { text: shown(text), problem, offset };
        limits::check_text(text).map_err(|message| error(Problem::Limit(message), None))?;
        // The library counts bytes.
        let characters = |bytes: usize| text.get(..bytes).map_or(bytes, |before| before.chars().count());
        let ast = jmespath::parse(text).map_err(|found| {
            let offset = characters(found.offset);
            let message = format!("invalid JMESPath expression: {}, at character {}", reason(&found), offset + 1);
            error(Problem::Invalid(message), Some(offset))
        })?;
        limits::check_slices(&ast).map_err(|message| error(Problem::Limit(message), None))?;
        let found = match functions {
            Functions::Standard => functions::check_standard(&ast),
            Functions::Mapping => functions::check_mapping(&ast),
        };
        found.map_err(|(message, offset)| error(Problem::Invalid(message), Some(characters(offset))))?;
        Ok(Self { text: text.into(), ast: Arc::new(ast), functions })
    }

    /// The text of the expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value over a record.
    ///
    /// # Errors
    /// If a function does not take a value of the record. The message names the expression, and no value.
    pub fn apply(&self, record: &Data) -> Result<Value, ExpressionError> {
        let error = |problem| ExpressionError { text: shown(self.as_str()), problem, offset: None };
        // `jmespath::Expression::search` would convert the record again.
        let mut context = Context::new(&self.text, self.functions.runtime());
        let found =
            interpret(&record.0, &self.ast, &mut context).map_err(|found| match (self.functions, &found.reason) {
                (Functions::Mapping, ErrorReason::Parse(message)) => error(Problem::Data(message.clone())),
                _ => error(Problem::Data(reason(&found))),
            })?;
        serde_json::to_value(&*found)
            .map_err(|_| error(Problem::Invalid("the result cannot be written as JSON".into())))
    }

    /// Which fields of the record decide the value. It may name more than do, and never fewer.
    ///
    /// ```
    /// use rosterkit_sync::expression::{Expression, Paths};
    ///
    /// let expression = Expression::parse("default(skills[0].name, title)")?;
    /// assert_eq!(expression.paths(), Paths::some(["skills", "title"]));
    /// assert_eq!(Expression::parse("to_string(@)")?.paths(), Paths::All);
    /// # Ok::<(), rosterkit_sync::expression::ExpressionError>(())
    /// ```
    pub fn paths(&self) -> Paths {
        paths::of(&self.ast)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A record, converted once for any number of expressions. `Debug` shows no value.
#[derive(Clone)]
pub struct Data(Rcvar);

impl Data {
    /// Converts a record.
    pub fn new(record: Value) -> Self {
        Self(Rcvar::new(variable(record)))
    }
}

impl From<&Value> for Data {
    fn from(record: &Value) -> Self {
        Self::new(record.clone())
    }
}

impl From<Value> for Data {
    fn from(record: Value) -> Self {
        Self::new(record)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Data").finish_non_exhaustive()
    }
}

/// Why an expression cannot be used, or has no value over a record. It shows no value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    text: String,
    problem: Problem,
    offset: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    /// What is too long or too deep, as the rest of a sentence.
    Limit(String),
    /// What is wrong, as a sentence.
    Invalid(String),
    /// What a function does not take.
    Data(String),
}

impl ExpressionError {
    /// The message about the expression under the name that the reader knows, such as `--query`.
    ///
    /// ```
    /// let error = rosterkit_sync::expression::Expression::parse("lowr(name)").unwrap_err();
    /// assert_eq!(error.about("`where`"), "`where`: unknown function `lowr`; did you mean `lower`?");
    /// ```
    pub fn about(&self, subject: &str) -> String {
        match &self.problem {
            Problem::Limit(message) => format!("{subject} {message}"),
            Problem::Invalid(message) => format!("{subject}: {message}"),
            Problem::Data(reason) => format!("{subject} does not match the data: {reason}"),
        }
    }

    /// Where in the text of the expression, in characters from 0, if the parser knows it.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.about(&format!("`{}`", self.text)))
    }
}

impl std::error::Error for ExpressionError {}

/// The text of an expression for a message.
fn shown(text: &str) -> String {
    let mut escaped = text.chars().flat_map(|it| match it.is_control() {
        true => it.escape_default().collect::<Vec<_>>(),
        false => vec![it],
    });
    let mut shown: String = escaped.by_ref().take(200).collect();
    if escaped.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The reason on one line.
fn reason(error: &JmespathError) -> String {
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
mod tests;
