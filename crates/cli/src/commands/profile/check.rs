//! `profile check`: one cheap call to each service of a profile.

use rosterkit_core::dispatch::Arguments;
use serde_json::json;

use crate::app::App;
use crate::connect;
use crate::failure::Failure;
use crate::profiles::Profiles;

/// The id of no user.
const NOBODY: &str = "rosterkit-profile-check";

pub(super) fn run(app: &App, name: Option<&str>) -> Result<(), Failure> {
    let Some((name, profile)) = Profiles::load()?.choose(name)? else {
        return Err(Failure::usage("there is no current profile: name one, or make one with `rosterkit profile add`"));
    };
    if app.global.sandbox {
        return Err(Failure::usage(
            "`profile check` checks the services of the profile, not --sandbox: leave that out",
        ));
    }
    // As if it had been named by option: the environment does not stand in for what the profile lacks.
    let mut global = app.global.clone();
    global.profile = Some(name);
    let checked = App::for_profile(global, profile.clone());
    app.block_on(async {
        let printer = app.printer()?;
        printer.check_columns(&["service", "address", "ok", "result"])?;
        let mut rows = printer.rows(&["service", "address", "result"]);
        let mut first = None;
        let mut add = |service: &str, (address, result): Checked| {
            let text = match &result {
                Ok(()) => "ok".to_owned(),
                // What to do about the first one follows on standard error.
                Err(failure) => {
                    failure.message(false).and_then(|it| it.lines().next().map(str::to_owned)).unwrap_or_default()
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
            Some(failure) => Err(failure),
        }
    })
}

/// The address of a service, as far as it is known, and how the call went.
type Checked = (Option<String>, Result<(), Failure>);

async fn genesys(app: &App) -> Checked {
    let client = match connect::genesys(app).await {
        Ok(client) => client,
        Err(failure) => return (None, Err(failure)),
    };
    let result = client.api().get_users().page_size(1).send().await;
    (Some(client.api().transport().base_url().to_owned()), result.map(drop).map_err(Failure::from))
}

/// The user's credential is tried with `me`. A system key alone is tried with the reading of a user whom nobody has: an
/// answer that there is none says that the key is accepted.
async fn lms(app: &App, has_user: bool) -> Checked {
    let client = match connect::lms(app).await {
        Ok(client) => client,
        Err(failure) => return (None, Err(failure)),
    };
    let result = match has_user {
        true => client.api().dispatch("me", Arguments::new().representation("json")).await,
        false => client.api().dispatch("user200510Xml", Arguments::new().param("userId", NOBODY)).await,
    };
    let result = match result {
        Err(error) if !has_user && error.status().is_some_and(|status| [400, 404].contains(&status.as_u16())) => Ok(()),
        result => result.map(drop).map_err(Failure::from),
    };
    (Some(client.api().transport().base_url().to_owned()), result)
}

async fn sessions(app: &App) -> Checked {
    let client = match connect::sessions(app).await {
        Ok(client) => client,
        Err(failure) => return (None, Err(failure)),
    };
    let result = client.api().get_users().page_size(1).send().await;
    (Some(client.api().transport().base_url().to_owned()), result.map(drop).map_err(Failure::from))
}
