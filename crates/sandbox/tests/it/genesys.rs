//! Genesys: users.

use std::collections::BTreeSet;

use genesys_users::types::{CreateUser, ErrorBody, UpdateUser, User, UserExpand};
use genesys_users::{Error, Patch};
use serde_json::{Value, json};

use crate::support::{As, Services, TestResult, services};

const USERS: &str = "/genesys/api/v2/users";

fn id(user: &User) -> String {
    user.id.clone().unwrap_or_default()
}

async fn first(services: &Services) -> TestResult<User> {
    let page = services.genesys.api().get_users().page_size(1).send().await?.into_inner();
    Ok(page.entities.into_iter().flatten().next().ok_or("no user")?)
}

/// Status and code of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> TestResult<(u16, String)> {
    let error = result.err().ok_or("was not refused")?;
    let body = error.service_error::<ErrorBody>().ok_or("no error body")?;
    let status = error.status().ok_or("no status")?.as_u16();
    assert_eq!(body.status, Some(i64::from(status)));
    assert_eq!(body.context_id.as_deref(), error.correlation_id());
    Ok((status, body.code.clone().unwrap_or_default()))
}

#[tokio::test]
async fn pages_hold_every_user_once() -> TestResult {
    for (users, size, pages) in [(0, 25, 0), (1, 25, 1), (250, 25, 10), (250, 100, 3), (600, 1000, 2)] {
        let services = services(users).await?;
        let (mut seen, mut number) = (BTreeSet::new(), 1);
        loop {
            let request = services.genesys.api().get_users().state("any").page_size(size).page_number(number);
            let page = request.send().await?.into_inner();
            assert_eq!(page.total, Some(i64::try_from(users)?));
            assert_eq!(page.page_count, Some(pages));
            assert_eq!(page.page_size, Some(size.min(500)), "a page holds at most 500 users");
            assert_eq!(page.page_number, Some(number));
            assert_eq!(page.previous_uri.is_some(), number > 1);
            seen.extend(page.entities.iter().flatten().map(id));
            if page.next_uri.is_none() {
                break;
            }
            number += 1;
        }
        assert_eq!((seen.len() as u64, number), (users, pages.max(1)));
    }
    Ok(())
}

#[tokio::test]
async fn a_page_beyond_the_last_is_empty() -> TestResult {
    let services = services(30).await?;
    let page = services.genesys.api().get_users().page_number(99).send().await?.into_inner();
    assert_eq!(page.entities, Some(vec![]));
    assert!(page.next_uri.is_none());
    let page = services.genesys.api().get_users().page_number(i64::MAX).page_size(100).send().await?;
    assert_eq!(page.get().entities, Some(vec![]));
    Ok(())
}

#[tokio::test]
async fn next_uri_repeats_the_request() -> TestResult {
    let services = services(60).await?;
    let (_, page) =
        services.json(As::Genesys, "GET", "/genesys/api/v2/users?state=any&expand=skills&pageSize=20").await?;
    assert_eq!(page["nextUri"], "/api/v2/users?state=any&expand=skills&pageSize=20&pageNumber=2");
    let next = page["nextUri"].as_str().ok_or("no next page")?;
    let (_, next) = services.json(As::Genesys, "GET", &format!("/genesys{next}")).await?;
    assert_eq!((&next["pageNumber"], next["entities"].as_array().map(Vec::len)), (&json!(2), Some(20)));
    assert!(next["entities"][0]["skills"].is_array());
    Ok(())
}

#[tokio::test]
async fn state_filters_and_active_is_the_default() -> TestResult {
    let services = services(250).await?;
    let total = async |state: &str| -> TestResult<_> {
        Ok(services.genesys.api().get_users().state(state).send().await?.into_inner().total)
    };
    assert_eq!(services.genesys.api().get_users().send().await?.get().total, Some(238));
    assert_eq!(total("active").await?, Some(238));
    assert_eq!(total("inactive").await?, Some(12));
    assert_eq!(total("deleted").await?, Some(0));
    assert_eq!(total("any").await?, Some(250));
    Ok(())
}

#[tokio::test]
async fn sort_order_reverses_the_listing() -> TestResult {
    let services = services(7).await?;
    let list = async |order: &str| -> TestResult<Vec<String>> {
        let page = services.genesys.api().get_users().sort_order(order).send().await?.into_inner();
        Ok(page.entities.iter().flatten().map(id).collect())
    };
    let mut ascending = list("ASC").await?;
    assert_eq!(ascending, list("ascending").await?);
    ascending.reverse();
    assert_eq!(ascending, list("DESC").await?);
    assert_eq!(ascending, list("descending").await?);
    Ok(())
}

#[tokio::test]
async fn chosen_users_are_fetched_by_id_or_jabber_id() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let everybody = api.get_users().state("any").send().await?.into_inner().entities.unwrap_or_default();
    let (first, inactive) = (id(&everybody[2]), id(&everybody[13]));
    let ids = vec![inactive.clone(), first.clone(), first.clone(), "unknown".to_owned()];
    let page = api.get_users().id(ids.clone()).send().await?.into_inner();
    assert_eq!((page.total, page.entities.iter().flatten().map(id).collect()), (Some(1), vec![first.clone()]));
    let page = api.get_users().id(ids).state("any").send().await?.into_inner();
    assert_eq!(page.entities.iter().flatten().map(id).collect::<Vec<_>>(), [first.clone(), inactive]);

    let jabber = everybody[2].chat.as_ref().and_then(|chat| chat.jabber_id.clone()).ok_or("no jabber id")?;
    let page = api.get_users().jabber_id(vec![jabber]).send().await?.into_inner();
    assert_eq!(page.entities.iter().flatten().map(id).collect::<Vec<_>>(), [first]);
    Ok(())
}

#[tokio::test]
async fn expand_adds_the_requested_parts_only() -> TestResult {
    let services = services(30).await?;
    let field = |value: &str| match value {
        "lasttokenissued" => "lastTokenIssued".to_owned(),
        "authorization.unusedRoles" => "authorization".to_owned(),
        other => other.to_owned(),
    };
    // Only an invited user has `dateWelcomeSent`, and no field is known for the others.
    let nothing = ["customAttributes", "dateWelcomeSent", "externalContactsSettings"];
    let optional: BTreeSet<String> = UserExpand::VALUES.iter().map(|value| field(value)).collect();
    let shown = |user: &Value| -> BTreeSet<String> {
        let names = user.as_object().into_iter().flat_map(|user| user.keys());
        names.filter(|name| optional.contains(*name)).cloned().collect()
    };
    let (_, plain) = services.json(As::Genesys, "GET", &format!("{USERS}?pageSize=3")).await?;
    assert_eq!(shown(&plain["entities"][1]), BTreeSet::new());
    for value in UserExpand::VALUES {
        let path = format!("{USERS}?pageSize=3&expand={value}");
        let (_, page) = services.json(As::Genesys, "GET", &path).await?;
        let expected = (!nothing.contains(value)).then(|| field(value)).into_iter().collect();
        assert_eq!(shown(&page["entities"][1]), expected, "{value}");
    }
    // All of it decodes.
    let all: Vec<UserExpand> = UserExpand::VALUES.iter().map(|value| UserExpand::from(*value)).collect();
    let page = services.genesys.api().get_users().expand(all).page_size(100).send().await?.into_inner();
    let user = page.entities.iter().flatten().nth(1).ok_or("no user")?;
    assert!(user.skills.as_ref().is_some_and(|skills| !skills.is_empty()));
    assert!(user.authorization.as_ref().is_some_and(|authorization| authorization.unused_roles.is_some()));
    Ok(())
}

#[tokio::test]
async fn a_user_is_read_by_id() -> TestResult {
    let services = services(250).await?;
    let user = first(&services).await?;
    let read = services.genesys.api().get_user().user_id(id(&user)).send().await?;
    assert!(read.correlation_id().is_some());
    assert_eq!(read.into_inner(), user);
    assert_eq!(refusal(services.genesys.api().get_user().user_id("unknown").send().await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn an_inactive_user_is_found_without_a_state() -> TestResult {
    let services = services(20).await?;
    let page = services.genesys.api().get_users().state("inactive").send().await?.into_inner();
    let user = page.entities.into_iter().flatten().next().ok_or("no inactive user")?;
    let read = services.genesys.api().get_user().user_id(id(&user)).send().await?.into_inner();
    assert_eq!(read.state.as_ref().map(|state| state.as_str()), Some("inactive"));
    Ok(())
}

fn new_user(name: &str, email: &str) -> CreateUser {
    CreateUser { name: Some(name.to_owned()), email: Some(email.to_owned()), ..CreateUser::default() }
}

#[tokio::test]
async fn a_created_user_is_listed_and_read() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let body = CreateUser { title: Some("Pilot".to_owned()), ..new_user("Åsa Ny", "asa.ny@example.com") };
    let body = CreateUser { state: Some("active".into()), ..body };
    let created = api.post_users().body(body).send().await?.into_inner();
    assert_eq!((created.name.as_deref(), created.version), (Some("Åsa Ny"), Some(1)));
    assert_eq!(created.username.as_deref(), Some("asa.ny@example.com"));
    assert_eq!(api.get_user().user_id(id(&created)).send().await?.into_inner(), created);
    let page = api.get_users().send().await?.into_inner();
    assert_eq!((page.total, page.entities.iter().flatten().last()), (Some(6), Some(&created)));
    Ok(())
}

#[tokio::test]
async fn a_user_created_without_a_state_is_inactive_until_invited() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let state = async |user: &User| -> TestResult<(Option<String>, Option<i64>)> {
        let user = api.get_user().user_id(id(user)).send().await?.into_inner();
        Ok((user.state.map(|state| state.as_str().to_owned()), user.version))
    };
    let (inactive, active) = (Some("inactive".to_owned()), Some("active".to_owned()));

    let created = api.post_users().body(new_user("A B", "a.b@example.com")).send().await?.into_inner();
    assert_eq!(created.state.as_ref().map(|state| state.as_str()), Some("inactive"));
    assert_eq!(api.get_users().send().await?.get().total, Some(5), "listings show active users");
    api.post_user_invite().user_id(id(&created)).send().await?;
    assert_eq!(state(&created).await?, (active.clone(), Some(2)));

    // A state that was set is not changed by an invitation.
    let body = CreateUser { state: Some("inactive".into()), ..new_user("C D", "c.d@example.com") };
    let chosen = api.post_users().body(body).send().await?.into_inner();
    api.post_user_invite().user_id(id(&chosen)).send().await?;
    assert_eq!(state(&chosen).await?, (inactive.clone(), Some(1)));
    let switched = api.post_users().body(new_user("E F", "e.f@example.com")).send().await?.into_inner();
    for (version, state) in [(1, "active"), (2, "inactive")] {
        let body =
            UpdateUser { state: Patch::Value(state.into()), version: Patch::Value(version), ..UpdateUser::default() };
        api.patch_user().user_id(id(&switched)).body(body).send().await?;
    }
    api.post_user_invite().user_id(id(&switched)).send().await?;
    assert_eq!(state(&switched).await?, (inactive, Some(3)));
    Ok(())
}

#[tokio::test]
async fn a_user_is_created_in_a_division() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let queue_divisions = api.get_user_queues().user_id(id(&first(&services).await?)).send().await?.into_inner();
    let mut divisions = queue_divisions.entities.into_iter().flatten().filter_map(|queue| queue.division);
    let division = divisions.next().ok_or("no division")?;
    let body = CreateUser { division_id: division.id.clone(), ..new_user("A B", "a.b@example.com") };
    let created = api.post_users().body(body).send().await?.into_inner();
    assert_eq!(created.division.as_deref(), Some(&*division));
    Ok(())
}

#[tokio::test]
async fn an_email_address_belongs_to_one_user() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let taken = first(&services).await?.email.unwrap_or_default();
    let (status, code) = refusal(api.post_users().body(new_user("A B", &taken)).send().await)?;
    assert_eq!((status, code.as_str()), (409, "general.conflict"));
    let other = api.post_users().body(new_user("A B", "a.b@example.com")).send().await?.into_inner();
    let body = UpdateUser { email: Patch::Value(taken), version: Patch::Value(1), ..UpdateUser::default() };
    assert_eq!(refusal(api.patch_user().user_id(id(&other)).body(body).send().await)?.0, 409);
    Ok(())
}

#[tokio::test]
async fn a_user_is_created_even_if_the_password_is_rejected() -> TestResult {
    let services = services(0).await?;
    let api = services.genesys.api();
    let body = CreateUser { password: Some("short".to_owned().into()), ..new_user("A B", "a.b@example.com") };
    let error = api.post_users().body(body).send().await.err().ok_or("was not refused")?;
    let entity = error.service_error::<ErrorBody>().and_then(|body| body.entity_id.clone()).ok_or("no id")?;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    assert_eq!(api.get_user().user_id(entity).send().await?.get().email.as_deref(), Some("a.b@example.com"));
    Ok(())
}

#[tokio::test]
async fn an_update_keeps_absent_fields_and_clears_null_and_empty_ones() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let user = first(&services).await?;
    let update = async |body: UpdateUser| api.patch_user().user_id(id(&user)).body(body).send().await;
    let version = user.version.ok_or("no version")?;

    let body = UpdateUser {
        title: Patch::Value("Pilot".to_owned()),
        profile_skills: Patch::Value(vec!["welding".to_owned()]),
        version: Patch::Value(version),
        ..UpdateUser::default()
    };
    let changed = update(body).await?.into_inner();
    assert_eq!((changed.title.as_deref(), changed.version), (Some("Pilot"), Some(version + 1)));
    assert_eq!((&changed.department, &changed.addresses), (&user.department, &user.addresses));
    assert_eq!(changed.profile_skills, None, "profileSkills is shown with expand only");

    let body = UpdateUser {
        title: Patch::Null,
        addresses: Patch::Value(vec![]),
        profile_skills: Patch::Value(vec![]),
        version: Patch::Value(version + 1),
        ..UpdateUser::default()
    };
    let cleared = update(body).await?.into_inner();
    assert_eq!((cleared.title, cleared.addresses), (None, Some(vec![])));
    assert_eq!(cleared.department, user.department);
    let request = api.get_user().user_id(id(&user)).expand(vec![UserExpand::ProfileSkills]);
    assert_eq!(request.send().await?.get().profile_skills, Some(vec![]));
    Ok(())
}

#[tokio::test]
async fn a_manager_is_named_by_id_and_shown_as_a_user() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let people = api.get_users().send().await?.into_inner().entities.unwrap_or_default();
    let update = async |manager: Patch<String>, version: i64| {
        let body = UpdateUser { manager, version: Patch::Value(version), ..UpdateUser::default() };
        api.patch_user().user_id(id(&people[1])).body(body).send().await
    };
    let changed = update(Patch::Value(id(&people[2])), 1).await?.into_inner();
    assert_eq!(changed.manager.as_deref().map(id), Some(id(&people[2])));
    assert!(update(Patch::Null, 2).await?.get().manager.is_none());
    assert_eq!(refusal(update(Patch::Value("unknown".to_owned()), 3).await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_stale_version_is_rejected() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let user = first(&services).await?;
    let update = async |version: Patch<i64>| {
        let body = UpdateUser { title: Patch::Value("Pilot".to_owned()), version, ..UpdateUser::default() };
        api.patch_user().user_id(id(&user)).body(body).send().await
    };
    update(Patch::Value(1)).await?;
    assert_eq!(refusal(update(Patch::Value(1)).await)?, (409, "general.conflict".to_owned()));
    assert_eq!(refusal(update(Patch::Value(3)).await)?, (409, "general.conflict".to_owned()));
    // The client refuses such an update itself, so the request is made by hand.
    let path = format!("{USERS}/{}", id(&user));
    let (status, refused) = services.post(As::Genesys, "PATCH", &path, r#"{"title": "Pilot"}"#).await?;
    assert_eq!((status, &refused["code"]), (400, &json!("missing.value")));
    assert_eq!(update(Patch::Value(2)).await?.get().version, Some(3));
    Ok(())
}

#[tokio::test]
async fn a_state_goes_alone_and_the_username_never_changes() -> TestResult {
    let services = services(5).await?;
    let user = first(&services).await?;
    let path = format!("{USERS}/{}", id(&user));
    let update = async |body: Value| services.post(As::Genesys, "PATCH", &path, &body.to_string()).await;
    let (status, shown) = update(json!({ "version": 1, "state": "inactive", "title": "Pilot" })).await?;
    assert_eq!((status, &shown["state"], &shown["title"]), (200, &json!("inactive"), &json!(user.title)));
    let (status, shown) = update(json!({ "version": 2, "username": "other@example.com", "title": "Pilot" })).await?;
    assert_eq!((status, &shown["username"], &shown["title"]), (200, &json!(user.username), &json!("Pilot")));
    Ok(())
}

#[tokio::test]
async fn the_primary_address_is_changed_by_the_field_for_it_only() -> TestResult {
    let services = services(5).await?;
    let user = first(&services).await?;
    let path = format!("{USERS}/{}", id(&user));
    let set = async |version: i64, address: &str| {
        let primary = json!({ "address": address, "mediaType": "EMAIL", "type": "PRIMARY" });
        services
            .post(As::Genesys, "PATCH", &path, &json!({ "version": version, "addresses": [primary] }).to_string())
            .await
    };
    let (status, error) = set(1, "other@example.com").await?;
    assert_eq!((status, &error["details"][0]["fieldName"]), (400, &json!("addresses")));
    assert_eq!(set(1, user.email.as_deref().unwrap_or_default()).await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn a_restored_user_has_no_roles_of_its_own() -> TestResult {
    let services = services(5).await?;
    let user = id(&first(&services).await?);
    let own = async || -> TestResult<usize> {
        let path = format!("/genesys/api/v2/authorization/subjects/{user}?includeDuplicates=true");
        let (_, subject) = services.json(As::Genesys, "GET", &path).await?;
        let grants = subject["grants"].as_array().ok_or("no grants")?;
        Ok(grants.iter().filter(|grant| grant["subjectId"] == json!(user)).count())
    };
    let patch = async |version: i64, state: &str| {
        let body = json!({ "version": version, "state": state }).to_string();
        services.post(As::Genesys, "PATCH", &format!("{USERS}/{user}"), &body).await
    };
    assert!(own().await? > 0);
    patch(1, "inactive").await?;
    assert!(own().await? > 0, "an inactive user keeps them");
    services.genesys.api().delete_user().user_id(&user).send().await?;
    assert_eq!(patch(3, "active").await?.0, 200);
    assert_eq!(own().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_deleted_user_remains_readable_as_deleted() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let user = first(&services).await?;
    api.delete_user().user_id(id(&user)).send().await?;
    assert_eq!(refusal(api.get_user().user_id(id(&user)).send().await)?.0, 404);
    let deleted = api.get_user().user_id(id(&user)).state("deleted").send().await?.into_inner();
    assert_eq!((deleted.name, deleted.version), (user.name.clone(), Some(2)));
    assert_eq!(api.get_users().send().await?.get().total, Some(4));
    assert_eq!(api.get_users().state("deleted").send().await?.get().total, Some(1));
    assert_eq!(refusal(api.delete_user().user_id(id(&user)).send().await)?.0, 404);

    let body = UpdateUser { state: Patch::Value("active".into()), version: Patch::Value(2), ..UpdateUser::default() };
    api.patch_user().user_id(id(&user)).body(body).send().await?;
    assert_eq!(api.get_users().send().await?.get().total, Some(5));
    Ok(())
}

#[tokio::test]
async fn invalid_parameters_and_bodies_are_rejected_in_the_format_of_the_service() -> TestResult {
    let services = crate::support::strict_services(3).await?;
    let user = format!("{USERS}/{}", id(&first(&services).await?));
    for (method, path, body) in [
        ("GET", format!("{USERS}?pageSize=many"), ""),
        ("GET", format!("{USERS}?pageSize=0"), ""),
        ("GET", format!("{USERS}?pageNumber=-1"), ""),
        ("GET", format!("{USERS}?pageSize=5&pageSize=6"), ""),
        ("GET", format!("{USERS}?state=asleep"), ""),
        ("GET", format!("{USERS}?expand=everything"), ""),
        ("GET", format!("{USERS}?id=a&jabberId=b"), ""),
        ("GET", format!("{USERS}?id=%FF"), ""),
        ("GET", format!("{user}?state=any"), ""),
        ("POST", USERS.to_owned(), ""),
        ("POST", USERS.to_owned(), "{"),
        ("POST", USERS.to_owned(), "[]"),
        ("POST", USERS.to_owned(), "\u{fffd}"),
        ("POST", USERS.to_owned(), "{}"),
        ("POST", USERS.to_owned(), r#"{"name": "A B"}"#),
        ("POST", USERS.to_owned(), r#"{"name": " ", "email": "a@example.com"}"#),
        ("POST", USERS.to_owned(), r#"{"name": 5, "email": "a@example.com"}"#),
        ("POST", USERS.to_owned(), r#"{"name": "A B", "email": "nowhere"}"#),
        ("POST", USERS.to_owned(), r#"{"name": "A B", "email": "a@example.com", "state": "deleted"}"#),
        ("POST", USERS.to_owned(), r#"{"name": "A B", "email": "a@example.com", "password": 5}"#),
        ("PATCH", user.clone(), r#"{"version": "1"}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "name": null}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "addresses": {}}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "profileSkills": [1]}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "state": null}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "acdAutoAnswer": "yes"}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "manager": "unknown"}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "groups": [{"id": "nothing"}]}"#),
        ("PATCH", user.clone(), r#"{"version": 1, "locations": [{}]}"#),
        ("POST", USERS.to_owned(), r#"{"name": "A B", "email": "a@example.com", "divisionId": "nothing"}"#),
    ] {
        let (status, response) = services.post(As::Genesys, method, &path, body).await?;
        assert_eq!((status, &response["status"]), (400, &json!(400)), "{method} {path} {body}: {response}");
        assert!(response["message"].is_string() && response["code"].is_string() && response["contextId"].is_string());
    }
    let (_, user) = services.json(As::Genesys, "GET", &user).await?;
    assert_eq!(user["version"], 1, "a refused update changes nothing");
    let (_, page) = services.json(As::Genesys, "GET", USERS).await?;
    assert_eq!(page["total"], 3, "a rejected creation creates no user");
    Ok(())
}

#[tokio::test]
async fn every_response_has_its_own_correlation_id() -> TestResult {
    let services = services(3).await?;
    let mut ids = BTreeSet::new();
    for (caller, method, path) in [
        (As::Genesys, "GET", USERS),
        (As::Nobody, "GET", USERS),
        (As::Genesys, "PUT", USERS),
        (As::Genesys, "GET", "/genesys/nothing"),
        (As::Genesys, "GET", "/genesys/api/v2/users/me"),
    ] {
        let response = services.send(caller, method, path).await?;
        let id = response.headers().get("inin-correlation-id").ok_or("no correlation id")?;
        assert!(ids.insert(id.clone()), "{method} {path}");
    }
    Ok(())
}
