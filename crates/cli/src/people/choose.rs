//! Users of the listing for whom an expression is true.

use genesys_users::Client;
use genesys_users::types::UserExpand;
use rosterkit_sync::expression::{Data, Expression, Paths};
use serde_json::Value;

use super::options::Choice;
use crate::context::Context;
use crate::error::Error;
use crate::listing;

const PAGE_SIZE: i64 = 100;

/// The condition of `--where`.
pub(super) fn condition(text: &str) -> Result<Expression, Error> {
    Expression::parse(text).map_err(|error| Error::usage(error.about("--where")))
}

/// Reads the listing, as `users list` does, and keeps the users for whom the condition is true. Parts that the expression
/// names are included as with `--expand`.
///
/// # Errors
/// Those of the calls; if the listing may not be complete; if the condition is neither true, false nor `null` for a user.
pub(super) async fn choose(context: &Context, client: &Client, choice: &Choice) -> Result<Vec<Value>, Error> {
    let condition = condition(choice.condition.as_deref().unwrap_or_default())?;
    let paths = condition.paths();
    let is_named = |part: &&&str| !matches!(paths, Paths::All) && paths.contains(part);
    let expand: Vec<&str> = UserExpand::VALUES.iter().filter(is_named).copied().collect();
    let mut call = client.api().get_users().page_size(PAGE_SIZE);
    call = choice.state.iter().fold(call, |call, state| call.state(state.as_str()));
    if !expand.is_empty() {
        call = call.expand(expand);
    }
    let (mut users, mut chosen, mut read) = (call.pager().items(), Vec::new(), 0_u64);
    while let Some(user) = users.next().await {
        let row = listing::row(&user.map_err(|error| Error::from(error.into_error()))?)?;
        read += 1;
        let is_true = condition.apply(&Data::new(row.clone())).map_err(|error| {
            let advice = "for a field that a user may lack, write `title && contains(title, 'x')`";
            Error::usage(format!("{}; {advice}; nothing was sent", error.about("--where")))
        })?;
        match is_true {
            Value::Bool(true) => chosen.push(row),
            Value::Bool(false) | Value::Null => {}
            _ => {
                let expected = "expected true or false for each user, such as \"department == 'Sales'\"";
                return Err(Error::usage(format!("invalid --where: {expected}; nothing was sent")));
            }
        }
    }
    if !users.is_complete() {
        return Err(Error::Service("the listing of users may not be complete; nothing was sent".to_owned()));
    }
    context.note(format_args!("--where: {} of {read} users", chosen.len()));
    Ok(chosen)
}
