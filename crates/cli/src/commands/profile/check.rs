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
        let mut add = |service: &str, result: Result<String, Failure>| {
            let (address, text) = match &result {
                Ok(address) => (Some(address.clone()), "ok".to_owned()),
                Err(failure) => (None, failure.message(app.global.verbose > 0).unwrap_or_default()),
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

async fn genesys(app: &App) -> Result<String, Failure> {
    let client = connect::genesys(app).await?;
    client.api().get_users().page_size(1).send().await?;
    Ok(client.api().transport().base_url().to_owned())
}

/// The user's credential is tried with `me`. A system key alone is tried with the reading of a user whom nobody has: an
/// answer that there is none says that the key is accepted.
async fn lms(app: &App, has_user: bool) -> Result<String, Failure> {
    let client = connect::lms(app).await?;
    let result = match has_user {
        true => client.api().dispatch("me", Arguments::new().representation("json")).await,
        false => client.api().dispatch("user200510Xml", Arguments::new().param("userId", NOBODY)).await,
    };
    match result {
        Err(error) if !has_user && error.status().is_some_and(|status| [400, 404].contains(&status.as_u16())) => {}
        result => drop(result?),
    }
    Ok(client.api().transport().base_url().to_owned())
}

async fn sessions(app: &App) -> Result<String, Failure> {
    let client = connect::sessions(app).await?;
    client.api().get_users().page_size(1).send().await?;
    Ok(client.api().transport().base_url().to_owned())
}
