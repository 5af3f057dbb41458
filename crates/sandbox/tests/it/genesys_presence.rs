//! Genesys: the presence of users by source, alone and in bulk, and what users can choose.

use std::collections::BTreeMap;

use genesys_users::types::{
    MutableUserPresence, PresenceDefinition, PresenceLocale, UserExpand, UserPresence, UserPrimarySource,
};
use serde_json::{Value, json};

use crate::support::genesys::{people, refusal};
use crate::support::{As, Services, TestResult, services};

const GENESYS: &str = "/genesys/api/v2";

async fn get(services: &Services, path: &str) -> TestResult<(u16, Value)> {
    services.json(As::Genesys, "GET", &format!("{GENESYS}/{path}")).await
}

async fn patch(services: &Services, user: &str, source: &str, body: Value) -> TestResult<(u16, Value)> {
    let path = format!("{GENESYS}/users/{user}/presences/{source}");
    services.post(As::Genesys, "PATCH", &path, &body.to_string()).await
}

/// The presence definitions by name.
async fn definitions(services: &Services) -> TestResult<BTreeMap<String, String>> {
    let page = services.genesys.api().get_presence_definitions0().send().await?.into_inner();
    assert_eq!(page.total, Some(10));
    Ok(page.entities.into_iter().flatten().filter_map(|it| Some((it.name?, it.id?))).collect())
}

/// The registered sources in use, by name.
async fn sources(services: &Services) -> TestResult<BTreeMap<String, String>> {
    let page = services.genesys.api().get_presence_sources().send().await?.into_inner();
    Ok(page.entities.into_iter().flatten().filter_map(|it| Some((it.name?, it.id?))).collect())
}

fn system_presence(presence: &UserPresence) -> Option<&str> {
    presence.presence_definition.as_ref()?.system_presence.as_deref()
}

/// An active user who is off queue.
async fn off_queue(services: &Services) -> TestResult<String> {
    let api = services.genesys.api();
    for user in people(services).await? {
        let id = user.id.ok_or("no id")?;
        let status = api.get_user_routingstatus().user_id(&id).send().await?.into_inner().status;
        if user.state.is_some_and(|state| state.as_str() == "active") && status == Some("OFF_QUEUE".into()) {
            return Ok(id);
        }
    }
    Err("all are on queue".into())
}

#[tokio::test]
async fn a_presence_that_was_set_is_shown_wherever_the_user_is() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let user = off_queue(&services).await?;
    let meal = definitions(&services).await?["Meal"].clone();
    let set = json!({ "presenceDefinition": { "id": meal }, "message": "Back at noon" });
    let (status, answered) = patch(&services, &user, "purecloud", set).await?;
    assert_eq!((status, &answered["presenceDefinition"]["systemPresence"]), (200, &json!("Meal")));
    let read = api.get_user_presences_purecloud().user_id(&user).send().await?.into_inner();
    assert_eq!(serde_json::to_value(&read)?, answered);
    assert_eq!(
        (read.message.as_deref(), read.source.as_deref(), read.primary),
        (Some("Back at noon"), Some("PURECLOUD"), Some(true))
    );
    let expanded = api.get_user().user_id(&user).expand(vec![UserExpand::from("presence")]).send().await?.into_inner();
    assert_eq!(expanded.presence.as_deref(), Some(&read));
    let same = api.get_user_presence().user_id(&user).source_id("PURECLOUD").send().await?.into_inner();
    assert_eq!(same, read, "the platform is taken as a custom source, too");

    let (_, cleared) = patch(&services, &user, "purecloud", json!({ "message": null })).await?;
    assert_eq!((&cleared["message"], &cleared["presenceDefinition"]), (&json!(""), &answered["presenceDefinition"]));
    let state = services.sandbox.state()?;
    services.sandbox.reset()?;
    services.sandbox.restore(&state)?;
    let kept = api.get_user_presences_purecloud().user_id(&user).send().await?.into_inner();
    assert_eq!(system_presence(&kept), Some("Meal"), "a saved state keeps the presence");
    Ok(())
}

#[tokio::test]
async fn presence_and_routing_status_follow_each_other() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let user = off_queue(&services).await?;
    let presences = definitions(&services).await?;
    let choose = async |name: &str| -> TestResult<String> {
        let (status, answered) =
            patch(&services, &user, "purecloud", json!({ "presenceDefinition": { "id": presences[name] } })).await?;
        assert_eq!((status, &answered["presenceDefinition"]["systemPresence"]), (200, &json!(name)));
        let status = api.get_user_routingstatus().user_id(&user).send().await?.into_inner().status;
        Ok(status.ok_or("no status")?.as_str().to_owned())
    };
    assert_eq!(choose("Busy").await?, "OFF_QUEUE");
    assert_eq!(choose("OnQueue").await?, "IDLE");
    assert_eq!(choose("Training").await?, "OFF_QUEUE");
    assert_eq!(choose("OnQueue").await?, "IDLE");
    let path = format!("{GENESYS}/users/{user}/routingstatus");
    assert_eq!(services.post(As::Genesys, "PUT", &path, r#"{"status":"OFF_QUEUE"}"#).await?.0, 200);
    let back = api.get_user_presences_purecloud().user_id(&user).send().await?.into_inner();
    assert_eq!(system_presence(&back), Some("Training"), "the presence chosen before is back");
    Ok(())
}

#[tokio::test]
async fn sources_report_for_themselves_and_one_of_them_counts() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let user = off_queue(&services).await?;
    let presences = definitions(&services).await?;
    let before = api.get_user_presences_purecloud().user_id(&user).send().await?.into_inner();
    let body = json!({ "primary": true, "presenceDefinition": { "id": presences["Meeting"] } });
    let (status, teams) = patch(&services, &user, "microsoftteams", body).await?;
    assert_eq!((status, &teams["source"], &teams["primary"]), (200, &json!("MICROSOFTTEAMS"), &json!(true)));
    let after = api.get_user_presences_purecloud().user_id(&user).send().await?.into_inner();
    assert_eq!((system_presence(&after), after.primary), (system_presence(&before), Some(false)));
    let (_, shown) =
        get(&services, &format!("users/{user}?expand=presence&integrationPresenceSource=MicrosoftTeams")).await?;
    assert_eq!(shown["presence"], teams);

    let primary = async || -> TestResult<(Option<String>, Option<bool>)> {
        let shown = api.get_presence_user_primarysource().user_id(&user).send().await?.into_inner();
        Ok((shown.source_id, shown.registered))
    };
    assert_eq!(primary().await?, (Some("MICROSOFTTEAMS".to_owned()), Some(false)));
    let phones = sources(&services).await?["Desk Phones"].clone();
    let wanted = UserPrimarySource { source_id: Some(phones.clone()), registered: Some(true), ..Default::default() };
    api.put_presence_user_primarysource().user_id(&user).body(wanted).send().await?;
    assert_eq!(primary().await?, (Some(phones), Some(true)));
    for refused in ["unknown", "PURECLOUD"] {
        let wanted =
            UserPrimarySource { source_id: Some(refused.to_owned()), registered: Some(true), ..Default::default() };
        let refused = api.put_presence_user_primarysource().user_id(&user).body(wanted).send().await;
        assert_eq!(refusal(refused)?, (400, "invalid.value".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_write_needs_something_to_set_and_a_user_who_is_active() -> TestResult {
    let services = services(20).await?;
    let user = off_queue(&services).await?;
    let busy = definitions(&services).await?["Busy"].clone();
    let phones = sources(&services).await?["Desk Phones"].clone();
    for (source, body, expected) in [
        ("purecloud", json!({}), 400),
        ("purecloud", json!({ "primary": false }), 400),
        ("purecloud", json!({ "presenceDefinition": {} }), 400),
        ("purecloud", json!({ "presenceDefinition": { "id": "unknown" } }), 400),
        ("purecloud", json!({ "primary": true }), 200),
        (&phones, json!({ "message": "Registered sources are set in bulk" }), 400),
        ("unknown", json!({ "message": "Nobody reports this" }), 404),
        ("ZOOMPHONE", json!({ "presenceDefinition": { "id": busy } }), 200),
    ] {
        assert_eq!(patch(&services, &user, source, body.clone()).await?.0, expected, "{source}: {body}");
    }
    let inactive = people(&services)
        .await?
        .into_iter()
        .find(|user| user.state.as_ref().is_some_and(|it| it.as_str() == "inactive"));
    let inactive = inactive.and_then(|user| user.id).ok_or("all are active")?;
    let refused = patch(&services, &inactive, "purecloud", json!({ "presenceDefinition": { "id": busy } })).await?;
    assert_eq!((refused.0, &refused.1["code"]), (409, &json!("general.conflict")));
    Ok(())
}

#[tokio::test]
async fn presences_are_read_in_bulk_by_source() -> TestResult {
    let services = services(60).await?;
    let api = services.genesys.api();
    let ids: Vec<String> = people(&services).await?.into_iter().filter_map(|user| user.id).collect();
    let wanted = vec![ids[2].clone(), "unknown".to_owned(), ids[1].clone()];
    let found = api.get_users_presences_purecloud_bulk().id(wanted.clone()).send().await?.into_inner();
    let users: Vec<_> = found.iter().filter_map(|presence| presence.user_id.as_deref()).collect();
    assert_eq!(users, [ids[2].as_str(), ids[1].as_str()], "as asked for, without those that do not exist");
    for presence in &found {
        let user = presence.user_id.as_deref().ok_or("no user")?;
        let alone = api.get_user_presences_purecloud().user_id(user).send().await?.into_inner();
        assert_eq!(presence.presence_definition, alone.presence_definition);
    }
    let (status, joined) = get(&services, &format!("users/presences/purecloud/bulk?id={}", wanted.join(","))).await?;
    assert_eq!((status, joined), (200, serde_json::to_value(&found)?), "joined by commas");
    let path = |ids: &[String]| format!("users/presences/purecloud/bulk?id={}", ids.join(","));
    assert_eq!(get(&services, &path(&ids[..50])).await?.1.as_array().map(Vec::len), Some(50));
    assert_eq!(get(&services, &path(&ids[..51])).await?.0, 400, "at most 50");
    assert_eq!(get(&services, "users/presences/purecloud/bulk").await?, (200, json!([])));
    let teams = api.get_users_presence_bulk().source_id("MICROSOFTTEAMS").id(wanted).send().await?.into_inner();
    assert_eq!(
        teams.iter().filter_map(|presence| presence.source.as_deref()).collect::<Vec<_>>(),
        ["MICROSOFTTEAMS"; 2]
    );
    Ok(())
}

#[tokio::test]
async fn registered_sources_report_in_bulk_all_or_nothing() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let user = off_queue(&services).await?;
    let presences = definitions(&services).await?;
    let known = sources(&services).await?;
    let phones = known["Desk Phones"].clone();
    let report = |user: &str, source: Option<&str>, presence: &str| MutableUserPresence {
        id: Some(user.to_owned()),
        source_id: source.map(str::to_owned),
        presence_definition: Some(Box::new(PresenceDefinition {
            id: Some(presences[presence].clone()),
            ..Default::default()
        })),
        ..Default::default()
    };
    let seen = async || -> TestResult<Option<String>> {
        let found = api.get_users_presence_bulk().source_id(&phones).id(vec![user.clone()]).send().await?.into_inner();
        let presence = found.into_iter().next().ok_or("no presence")?;
        assert_eq!(presence.source_id.as_deref(), Some(phones.as_str()));
        Ok(presence.presence_definition.and_then(|definition| definition.system_presence))
    };
    let set = |items: Vec<MutableUserPresence>| api.put_users_presences_bulk().body(items).send();
    let answered = set(vec![report(&user, Some(&phones), "Break")]).await?.into_inner();
    assert_eq!(answered.iter().map(system_presence).collect::<Vec<_>>(), [Some("Break")]);
    assert_eq!(seen().await?.as_deref(), Some("Break"));

    let retired = services.genesys.api().get_presence_sources().deactivated("true").send().await?.into_inner();
    let retired =
        retired.entities.into_iter().flatten().next().and_then(|source| source.id).ok_or("none is retired")?;
    for wrong in [
        report("unknown", Some(&phones), "Busy"),
        report(&user, Some("PURECLOUD"), "Busy"),
        report(&user, Some(&retired), "Busy"),
        report(&user, None, "Busy"),
    ] {
        let refused = set(vec![report(&user, Some(&phones), "Busy"), wrong.clone()]).await;
        assert_eq!(refusal(refused)?.0, 400, "{wrong:?}");
        assert_eq!(seen().await?.as_deref(), Some("Break"), "nothing is set when one is refused");
    }
    Ok(())
}

#[tokio::test]
async fn what_users_can_choose_has_labels_by_language() -> TestResult {
    let services = services(2).await?;
    let api = services.genesys.api();
    let away = definitions(&services).await?["Away"].clone();
    let labels = async |locale: Option<&str>| -> TestResult<Vec<String>> {
        let call = api.get_presence_definition0().definition_id(&away);
        let call = match locale {
            Some(locale) => call.locale_code(PresenceLocale::from(locale)),
            None => call,
        };
        Ok(call.send().await?.into_inner().language_labels.into_iter().flatten().map(|(_, label)| label).collect())
    };
    assert_eq!(labels(Some("de")).await?, ["Abwesend"]);
    assert_eq!(labels(Some("fr")).await?, [] as [String; 0]);
    assert_eq!((labels(None).await?.len(), labels(Some("ALL")).await?.len()), (2, 2));
    assert_eq!(api.get_presence_definitions0().deactivated("true").send().await?.into_inner().total, Some(0));
    let elsewhere = api.get_presence_definitions0().division_id(vec!["unknown".to_owned()]).send().await?.into_inner();
    assert_eq!(elsewhere.total, Some(0));

    let system: Vec<_> =
        api.get_systempresences().send().await?.into_inner().into_iter().filter_map(|it| it.name).collect();
    let mut chosen: Vec<_> = definitions(&services).await?.into_keys().collect();
    let mut sorted = system.clone();
    sorted.sort();
    chosen.sort();
    assert_eq!(sorted, chosen, "each rests on one of the platform");

    assert_eq!(
        sources(&services).await?.into_keys().collect::<Vec<_>>(),
        ["Desk Phones", "Shift Planner", "Telephony"]
    );
    let id = sources(&services).await?["Telephony"].clone();
    let source = api.get_presence_source().source_id(&id).send().await?.into_inner();
    assert_eq!((source.id, source.type_.map(|it| it.as_str().to_owned())), (Some(id), Some("System".to_owned())));
    let settings = api.get_presence_settings().send().await?.into_inner();
    assert_eq!(settings.restore_presence_settings.and_then(|it| it.restore_time_milliseconds), Some(300_000));
    assert_eq!(get(&services, "presence/sources?deactivated=perhaps").await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_deleted_user_has_no_presence() -> TestResult {
    let services = services(20).await?;
    let user = off_queue(&services).await?;
    assert_eq!(patch(&services, &user, "purecloud", json!({ "message": "Away for good" })).await?.0, 200);
    services.genesys.api().delete_user().user_id(&user).send().await?;
    let refused = services.genesys.api().get_user_presences_purecloud().user_id(&user).send().await;
    assert_eq!(refusal(refused)?, (404, "not.found".to_owned()));
    let path = format!("users/presences/purecloud/bulk?id={user}");
    assert_eq!(get(&services, &path).await?, (200, json!([])));
    Ok(())
}
