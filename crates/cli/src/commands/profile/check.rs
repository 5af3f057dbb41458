//! `profile check`: one cheap call to each service of a profile.

use rosterkit_core::dispatch::Arguments;
use serde_json::json;

use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::profiles::Profiles;

/// A user id that does not exist.
const UNKNOWN_USER: &str = "rosterkit-profile-check";

pub(super) fn run(context: &Context, name: Option<&str>) -> Result<(), Error> {
    let Some((name, profile)) = Profiles::load()?.choose(name)? else {
        return Err(Error::usage("there is no current profile: name one, or create one with `rosterkit profile add`"));
    };
    if context.global.sandbox {
        return Err(Error::usage(
            "`profile check` checks the services of a profile and does not use --sandbox: remove it",
        ));
    }
    // As if named by option, and without the environment, which must not replace missing settings.
    let mut global = context.global.clone();
    global.profile = Some(name);
    let checked = Context::for_profile(global, profile.clone());
    context.block_on(async {
        let printer = context.printer()?;
        printer.check_columns(&["service", "address", "ok", "result"])?;
        let mut rows = printer.rows(&["service", "address", "result"]);
        let mut first = None;
        let mut add = |service: &str, (address, result): Checked| {
            let text = match &result {
                Ok(()) => "ok".to_owned(),
                // The whole message of the first error follows on standard error.
                Err(error) => {
                    error.message(false).and_then(|it| it.lines().next().map(str::to_owned)).unwrap_or_default()
                }
            };
            let is_ok = result.is_ok();
            first = first.take().or(result.err());
            rows.push(json!({ "service": service, "address": address, "ok": is_ok, "result": text }))
        };
        if profile.genesys.is_some() {
            add("genesys", genesys(&checked).await)?;
        }
        if let Some(lms_profile) = &profile.lms {
            add("lms", lms(&checked, lms_profile.user.is_some() || lms_profile.token.is_some()).await)?;
        }
        if profile.sessions.is_some() {
            add("sessions", sessions(&checked).await)?;
        }
        rows.finish()?;
        match first {
            None => Ok(()),
            Some(error) => Err(error),
        }
    })
}

/// The address of a service, if it is known, and the result of the call.
type Checked = (Option<String>, Result<(), Error>);

async fn genesys(context: &Context) -> Checked {
    let client = match connect::genesys(context).await {
        Ok(client) => client,
        Err(error) => return (None, Err(error)),
    };
    let result = client.api().get_users().page_size(1).send().await;
    (Some(client.api().transport().base_url().to_owned()), result.map(drop).map_err(Error::from))
}

/// A user's credential is checked with `me`. A system key alone is checked by reading an unknown user: the response that
/// there is no such user means that the key is accepted.
async fn lms(context: &Context, has_user: bool) -> Checked {
    let client = match connect::lms(context).await {
        Ok(client) => client,
        Err(error) => return (None, Err(error)),
    };
    let result = match has_user {
        true => client.api().dispatch("me", Arguments::new().representation("json")).await,
        false => client.api().dispatch("user200510Xml", Arguments::new().param("userId", UNKNOWN_USER)).await,
    };
    let result = match result {
        Err(error) if !has_user && error.status().is_some_and(|status| [400, 404].contains(&status.as_u16())) => Ok(()),
        result => result.map(drop).map_err(Error::from),
    };
    (Some(client.api().transport().base_url().to_owned()), result)
}

async fn sessions(context: &Context) -> Checked {
    let client = match connect::sessions(context).await {
        Ok(client) => client,
        Err(error) => return (None, Err(error)),
    };
    let result = client.api().get_users().page_size(1).send().await;
    (Some(client.api().transport().base_url().to_owned()), result.map(drop).map_err(Error::from))
}
