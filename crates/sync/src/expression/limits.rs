//! Limits of expressions.

use jmespath::ast::Ast;

use super::functions::children;

/// The maximum length of an expression, in bytes.
const MAX_LENGTH: usize = 4096;
/// How deep brackets may be nested, and how many operators an expression may have: the parser and the evaluation are
/// recursive.
const MAX_DEPTH: usize = 32;
const MAX_OPERATORS: usize = 256;
/// The largest step of a slice: the library adds it to a position without a check.
const MAX_STEP: i32 = 1 << 20;

/// Rejects what would exhaust the stack. The message is the rest of a sentence.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("is longer than the maximum of {MAX_LENGTH} bytes"));
    }
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
                    return Err(format!("has brackets nested more than {MAX_DEPTH} deep"));
                }
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '.' | '|' | '&' | '!' | '=' | '<' | '>') => operators += 1,
            (None, _) => {}
        }
    }
    match operators > MAX_OPERATORS {
        true => Err(format!("has more than {MAX_OPERATORS} operators")),
        false => Ok(()),
    }
}

/// Rejects slices that would overflow. The message is the rest of a sentence. The expression is not deep.
pub(super) fn check_slices(ast: &Ast) -> Result<(), String> {
    match ast {
        Ast::Slice { step, .. } if !(-MAX_STEP..=MAX_STEP).contains(step) => {
            Err(format!("has a slice with a step beyond {MAX_STEP}"))
        }
        _ => children(ast).into_iter().try_for_each(check_slices),
    }
}
