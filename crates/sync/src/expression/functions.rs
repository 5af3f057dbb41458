//! The functions that expressions may call.

use std::sync::LazyLock;

use jmespath::ast::{Ast, KeyValuePair};
use jmespath::{Context, DEFAULT_RUNTIME, ErrorReason, JmespathError, Rcvar, Runtime, Variable};
use rosterkit_core::catalog::did_you_mean;

use super::{Functions, date};

/// The functions of JMESPath, with the fewest and the most arguments.
const STANDARD: [(&str, usize, usize); 26] = [
    ("abs", 1, 1),
    ("avg", 1, 1),
    ("ceil", 1, 1),
    ("contains", 2, 2),
    ("ends_with", 2, 2),
    ("floor", 1, 1),
    ("join", 2, 2),
    ("keys", 1, 1),
    ("length", 1, 1),
    ("map", 2, 2),
    ("max", 1, 1),
    ("max_by", 2, 2),
    ("merge", 1, usize::MAX),
    ("min", 1, 1),
    ("min_by", 2, 2),
    ("not_null", 1, usize::MAX),
    ("reverse", 1, 1),
    ("sort", 1, 1),
    ("sort_by", 2, 2),
    ("starts_with", 2, 2),
    ("sum", 1, 1),
    ("to_array", 1, 1),
    ("to_number", 1, 1),
    ("to_string", 1, 1),
    ("type", 1, 1),
    ("values", 1, 1),
];

/// The functions of sync files, likewise.
const MAPPING: [(&str, usize, usize); 6] = [
    ("date", 1, 3),
    ("default", 2, 2),
    ("lower", 1, 1),
    ("split_name_first", 1, 1),
    ("split_name_rest", 1, 1),
    ("trim", 1, 1),
];

/// The functions that take an expression such as `&name`.
const BY_EXPRESSION: [&str; 4] = ["map", "max_by", "min_by", "sort_by"];

/// The functions of JMESPath and of sync files.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    runtime.register_function("default", Box::new(default));
    runtime.register_function("date", Box::new(date_of));
    runtime.register_function(
        "lower",
        Box::new(|args: &[Rcvar], context: &mut Context<'_>| {
            of_text("lower", args, context, |text| Some(text.to_lowercase()))
        }),
    );
    runtime.register_function(
        "trim",
        Box::new(|args: &[Rcvar], context: &mut Context<'_>| {
            of_text("trim", args, context, |text| Some(text.trim().to_owned()))
        }),
    );
    runtime.register_function(
        "split_name_first",
        Box::new(|args: &[Rcvar], context: &mut Context<'_>| {
            of_text("split_name_first", args, context, |text| text.split_whitespace().next().map(str::to_owned))
        }),
    );
    runtime.register_function(
        "split_name_rest",
        Box::new(|args: &[Rcvar], context: &mut Context<'_>| {
            of_text("split_name_rest", args, context, |text| {
                text.trim().split_once(char::is_whitespace).map(|(_, rest)| rest.trim_start().to_owned())
            })
        }),
    );
    runtime
});

impl Functions {
    pub(super) fn runtime(self) -> &'static Runtime {
        match self {
            Self::Standard => &DEFAULT_RUNTIME,
            Self::Mapping => &RUNTIME,
        }
    }
}

/// A message and where in the text it belongs, in bytes.
type Found = (String, usize);

/// Finds a function that does not exist, which the library finds only when it is called. The expression is not deep.
pub(super) fn check_standard(ast: &Ast) -> Result<(), Found> {
    if let Ast::Function { name, offset, .. } = ast
        && !STANDARD.iter().any(|(known, ..)| known == name)
    {
        let known: Vec<&str> = STANDARD.iter().map(|(name, ..)| *name).collect();
        let message = format!("unknown function `{}`; JMESPath has {}", shortened(name), known.join(", "));
        return Err((message, start(name, *offset)));
    }
    children(ast).into_iter().try_for_each(check_standard)
}

/// Finds calls that cannot succeed: unknown functions, wrong numbers of arguments, formats and zones that do not exist,
/// expressions where they have no meaning.
pub(super) fn check_mapping(ast: &Ast) -> Result<(), Found> {
    if let Ast::Function { name, offset, args } = ast {
        check_call(name, args).map_err(|message| (message, start(name, *offset)))?;
        let takes_expression = BY_EXPRESSION.contains(&name.as_str());
        return args.iter().try_for_each(|argument| match argument {
            Ast::Expref { ast, .. } if takes_expression => check_mapping(ast),
            _ => check_mapping(argument),
        });
    }
    if let Ast::Expref { offset, .. } = ast {
        return Err((format!("`&` is for arguments of {} only", BY_EXPRESSION.join(", ")), *offset));
    }
    children(ast).into_iter().try_for_each(check_mapping)
}

/// Where a call begins: the library knows where its bracket stands.
fn start(name: &str, bracket: usize) -> usize {
    bracket.saturating_sub(name.len())
}

fn check_call(name: &str, args: &[Ast]) -> Result<(), String> {
    let mut known = STANDARD.iter().chain(&MAPPING);
    let Some(&(_, fewest, most)) = known.find(|(known, ..)| *known == name) else {
        let names = || STANDARD.iter().chain(&MAPPING).map(|(name, ..)| *name);
        let help = did_you_mean(name, names())
            .unwrap_or_else(|| format!("the functions are {}", names().collect::<Vec<_>>().join(", ")));
        return Err(format!("unknown function `{}`; {help}", shortened(name)));
    };
    if !(fewest..=most).contains(&args.len()) {
        let takes = match (fewest, most) {
            (1, 1) => "1 argument".to_owned(),
            (_, usize::MAX) => format!("at least {fewest} argument"),
            _ if fewest == most => format!("{fewest} arguments"),
            _ => format!("{fewest} to {most} arguments"),
        };
        return Err(format!("`{name}` takes {takes}, not {}", args.len()));
    }
    if name != "date" {
        return Ok(());
    }
    if let Some(Ast::Literal { value, .. }) = args.get(1)
        && let Some(format) = value.as_string()
    {
        date::check_format(format)?;
    }
    if let Some(Ast::Literal { value, .. }) = args.get(2)
        && let Some(zone) = value.as_string()
    {
        date::zone(zone)?;
    }
    Ok(())
}

/// The name of a function, which has no character that would have to be escaped.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The nodes within a node.
pub(super) fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Function { args, .. } => args.iter().collect(),
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => vec![lhs, rhs],
        Ast::Condition { predicate, then, .. } => vec![predicate, then],
        Ast::Expref { ast: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => vec![node],
        Ast::MultiList { elements, .. } => elements.iter().collect(),
        Ast::MultiHash { elements, .. } => elements.iter().map(|KeyValuePair { value, .. }| value).collect(),
        Ast::Identity { .. } | Ast::Field { .. } | Ast::Index { .. } | Ast::Literal { .. } | Ast::Slice { .. } => {
            Vec::new()
        }
    }
}

/// The value, or the other one in place of no value.
fn default(args: &[Rcvar], context: &mut Context<'_>) -> Result<Rcvar, JmespathError> {
    let [value, other] = args else {
        return Err(error(context, "`default` takes 2 arguments".to_owned()));
    };
    let has_none = match &**value {
        Variable::Null => true,
        Variable::String(text) => text.is_empty(),
        _ => false,
    };
    Ok(if has_none { other } else { value }.clone())
}

fn date_of(args: &[Rcvar], context: &mut Context<'_>) -> Result<Rcvar, JmespathError> {
    let null = Rcvar::new(Variable::Null);
    let Some(text) = text_or_null("date", args.first().unwrap_or(&null), context)? else {
        return Ok(null);
    };
    let format = text_or_null("the format of `date`", args.get(1).unwrap_or(&null), context)?;
    let zone = text_or_null("the zone of `date`", args.get(2).unwrap_or(&null), context)?;
    match date::date(text, format, zone) {
        Ok(Some(date)) => Ok(Rcvar::new(Variable::String(date))),
        Ok(None) => Ok(null),
        Err(message) => Err(error(context, message)),
    }
}

fn of_text(
    name: &str,
    args: &[Rcvar],
    context: &Context<'_>,
    function: impl Fn(&str) -> Option<String>,
) -> Result<Rcvar, JmespathError> {
    let value = match args.first() {
        Some(value) => text_or_null(name, value, context)?.and_then(function),
        None => None,
    };
    Ok(Rcvar::new(value.map_or(Variable::Null, Variable::String)))
}

fn text_or_null<'a>(name: &str, value: &'a Rcvar, context: &Context<'_>) -> Result<Option<&'a str>, JmespathError> {
    match &**value {
        Variable::Null => Ok(None),
        Variable::String(text) => Ok(Some(text)),
        other => {
            let name = if name.contains('`') { name.to_owned() } else { format!("`{name}`") };
            Err(error(context, format!("{name} expects a text, found {}; see to_string", type_name(other))))
        }
    }
}

fn type_name(value: &Variable) -> &'static str {
    match value {
        Variable::Null => "null",
        Variable::String(_) => "a text",
        Variable::Bool(_) => "true or false",
        Variable::Number(_) => "a number",
        Variable::Array(_) => "a list",
        Variable::Object(_) => "an object",
        Variable::Expref(_) => "an expression",
    }
}

/// The message must have no value of the record.
fn error(context: &Context<'_>, message: String) -> JmespathError {
    JmespathError::from_ctx(context, ErrorReason::Parse(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jmespath::RuntimeError;

    #[test]
    fn the_functions_and_their_numbers_of_arguments_are_those_of_the_library() {
        for (name, fewest, most) in STANDARD {
            let function = DEFAULT_RUNTIME.get_function(name).unwrap_or_else(|| panic!("{name}"));
            let call = |count: usize| {
                let args = vec![Rcvar::new(Variable::Null); count];
                function.evaluate(&args, &mut Context::new("", &DEFAULT_RUNTIME)).map_err(|error| error.reason)
            };
            let few = call(fewest - 1);
            assert!(
                matches!(few, Err(ErrorReason::Runtime(RuntimeError::NotEnoughArguments { .. }))),
                "{name}: {few:?}"
            );
            let many = call(most.saturating_add(1).min(20));
            let is_refused = matches!(many, Err(ErrorReason::Runtime(RuntimeError::TooManyArguments { .. })));
            assert_eq!(is_refused, most < 20, "{name}: {many:?}");
        }
        for (name, ..) in MAPPING {
            assert!(RUNTIME.get_function(name).is_some(), "{name}");
            assert!(DEFAULT_RUNTIME.get_function(name).is_none(), "{name}");
        }
    }
}
