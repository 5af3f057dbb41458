//! Genesys: several users at once, states with versions, and the current user.

use genesys_users::Patch;
use genesys_users::types::{PatchUser, UserExpand, UserMeExpand, UserState};
use serde_json::{Value, json};

use crate::support::genesys::{id, people, person, refusal};
use crate::support::{As, TestResult, services};

fn answering(id: &str, answers: bool) -> PatchUser {
    PatchUser { id: Patch::Value(id.to_owned()), acd_auto_answer: Patch::Value(answers) }
}

#[tokio::test]
async fn automatic_answering_is_set_for_several_users() -> TestResult {
    let services = services(60).await?;
    let (api, people) = (services.genesys.api(), people(&services).await?);
    let body: Vec<PatchUser> = people.iter().take(50).map(|user| answering(&id(user), true)).collect();
    let response = api.patch_users_bulk().body(body).send().await?.into_inner();
    assert_eq!(response.entities.as_ref().map(Vec::len), Some(50));
    let user = api.get_user().user_id(id(&people[7])).send().await?.into_inner();
    assert_eq!((user.acd_auto_answer, user.version), (Some(true), Some(2)));
    assert_eq!(api.get_user().user_id(id(&people[55])).send().await?.get().acd_auto_answer, Some(false));
    Ok(())
}

#[tokio::test]
async fn more_than_fifty_users_or_an_unknown_one_are_rejected_as_a_whole() -> TestResult {
    let services = services(60).await?;
    let (api, people) = (services.genesys.api(), people(&services).await?);
    let items = |count: usize| -> Value {
        people.iter().take(count).map(|user| json!({ "id": id(user), "acdAutoAnswer": true })).collect()
    };
    // The client refuses such a list itself, so the request is made by hand.
    let (status, response) =
        services.post(As::Genesys, "PATCH", "/genesys/api/v2/users/bulk", &items(51).to_string()).await?;
    assert_eq!((status, &response["status"]), (400, &json!(400)));
    let body = vec![answering(&id(&people[0]), true), answering("unknown", true)];
    let error = api.patch_users_bulk().body(body).send().await.err().ok_or("was not refused")?;
    let entity = error.service_error::<genesys_users::types::ErrorBody>().and_then(|body| body.entity_id.clone());
    assert_eq!(entity.as_deref(), Some("unknown"), "the refusal says which one");
    let body = vec![PatchUser { id: Patch::Value(id(&people[0])), ..PatchUser::default() }];
    assert_eq!(refusal(api.patch_users_bulk().body(body).send().await)?.0, 400);
    assert_eq!(api.get_user().user_id(id(&people[0])).send().await?.get().acd_auto_answer, Some(false));
    Ok(())
}

#[tokio::test]
async fn a_state_is_set_with_version_and_reason() -> TestResult {
    let services = crate::support::strict_services(5).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let set = async |state: &str, version: Option<i64>, reason: Option<&str>| {
        let body = UserState {
            state: Some(state.into()),
            version,
            state_change_reason: reason.map(Into::into),
            ..UserState::default()
        };
        api.put_user_state().user_id(&user).body(body).send().await
    };
    assert_eq!(api.get_user_state().user_id(&user).send().await?.get().version, Some(1));
    let set_to = set("inactive", Some(1), Some("Leave")).await?.into_inner();
    assert_eq!(
        (set_to.version, set_to.state_change_reason.as_ref().map(|reason| reason.as_str())),
        (Some(2), Some("Leave"))
    );
    assert!(set_to.state_change_date.is_some());
    assert_eq!(api.get_user_state().user_id(&user).send().await?.into_inner(), set_to, "reason and date are kept");
    assert_eq!(api.get_users().send().await?.get().total, Some(4));
    assert_eq!(refusal(set("active", Some(1), None).await)?, (409, "general.conflict".to_owned()));
    assert_eq!(refusal(set("active", None, None).await)?.0, 400);
    assert_eq!(refusal(set("asleep", Some(2), None).await)?.0, 400);
    assert_eq!(refusal(set("active", Some(2), Some("Whim")).await)?.0, 400);

    set("deleted", Some(2), None).await?;
    assert_eq!(refusal(api.get_user().user_id(&user).send().await)?.0, 404);
    assert_eq!(refusal(api.get_user_routingskills().user_id(&user).send().await)?.0, 404);
    let state = api.get_user_state().user_id(&user).send().await?.into_inner();
    assert_eq!((state.state.as_ref().map(|state| state.as_str()), state.version), (Some("deleted"), Some(3)));
    set("active", Some(3), None).await?;
    api.get_user_routingskills().user_id(&user).send().await?;
    assert_eq!(api.get_users().send().await?.get().total, Some(5));
    Ok(())
}

#[tokio::test]
async fn the_current_user_is_shown_with_every_expansion() -> TestResult {
    let services = services(30).await?;
    let api = services.genesys.api();
    let me = api.get_users_me().send().await?.into_inner();
    assert_eq!(me.id, Some(person(&services, 0).await?));
    let all: Vec<UserMeExpand> = UserMeExpand::VALUES.iter().map(|value| UserMeExpand::from(*value)).collect();
    let me = api.get_users_me().expand(all).send().await?.into_inner();
    assert!(me.date.is_some() && me.organization.is_some() && me.field_configs.is_some() && me.token.is_some());
    for list in [
        me.presence_definitions.map(|list| list.len()),
        me.divisioned_presence_definitions.map(|list| list.len()),
        me.location_definitions.map(|list| list.len()),
        me.org_authorization.map(|list| list.len()),
        me.routing_skills.map(|list| list.len()),
        me.direct_reports.map(|list| list.len()),
        me.skills.map(|list| list.len()),
    ] {
        assert!(list.is_some_and(|length| length > 0));
    }
    assert_eq!(me.superiors.map(|list| list.len()), Some(0));
    Ok(())
}

#[tokio::test]
async fn a_sandbox_without_people_has_no_current_user() -> TestResult {
    let services = services(0).await?;
    assert_eq!(refusal(services.genesys.api().get_users_me().send().await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn details_of_a_deleted_user_are_not_found() -> TestResult {
    let services = services(5).await?;
    let user = person(&services, 1).await?;
    services.genesys.api().delete_user().user_id(&user).send().await?;
    for part in [
        "adjacents",
        "callforwarding",
        "customattributes/bulk?schemaIds=a",
        "directreports",
        "externalid",
        "favorites",
        "geolocations/browser",
        "outofoffice",
        "profile",
        "profileskills",
        "queues",
        "roles",
        "routinglanguages",
        "routingskills",
        "routingstatus",
        "skillgroups",
        "station",
        "superiors",
        "trustors",
        "verifiers",
    ] {
        // Routing does not tell whether there is such a user.
        for user in [user.as_str(), "unknown"].into_iter().filter(|_| part != "routingstatus") {
            let path = format!("/genesys/api/v2/users/{user}/{part}");
            let (status, response) = services.json(As::Genesys, "GET", &path).await?;
            assert_eq!((status, &response["status"]), (404, &json!(404)), "{path}");
        }
    }
    let expand = UserExpand::VALUES.iter().map(|value| UserExpand::from(*value)).collect::<Vec<_>>();
    let deleted = services.genesys.api().get_user().user_id(&user).state("deleted").expand(expand).send().await?;
    assert_eq!(deleted.get().id.as_deref(), Some(user.as_str()));
    Ok(())
}

#[tokio::test]
async fn a_million_people_are_listed_completely() -> TestResult {
    let services = services(1_000_000).await?;
    let api = services.genesys.api();
    let page = api.get_users().state("any").page_size(100).page_number(10_000).send().await?.into_inner();
    let last = page.entities.into_iter().flatten().last().ok_or("no last user")?;
    assert_eq!((page.total, page.next_uri), (Some(1_000_000), None));
    let body = json!({ "name": "A Roe", "email": "a.roe@example.com", "state": "active" }).to_string();
    services.post(As::Genesys, "POST", "/genesys/api/v2/users", &body).await?;
    api.delete_user().user_id(id(&last)).send().await?;
    assert_eq!(api.get_users().state("any").send().await?.get().total, Some(1_000_001));
    assert_eq!(api.get_users().state("deleted").send().await?.get().total, Some(1));
    let newest = api.get_users().sort_order("descending").page_size(1).send().await?.into_inner();
    assert_eq!(newest.entities.into_iter().flatten().next().and_then(|user| user.name).as_deref(), Some("A Roe"));
    Ok(())
}
