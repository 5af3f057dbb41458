//! Genesys: reads that lag behind writes.

use std::time::Duration;

use genesys_users::Patch;
use genesys_users::types::{CreateUser, UpdateUser, UserQueuePatch};
use rosterkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::genesys::{id, people, person, refusal};
use crate::support::{As, Services, TestResult};

const USERS: &str = "/genesys/api/v2/users";

async fn lagging(lag: &str) -> TestResult<Services> {
    Services::of(Sandbox::builder().users(40).seed(7).lag(lag.parse()?).start().await?)
}

async fn search(services: &Services, query: Value) -> TestResult<Vec<String>> {
    let body = json!({ "query": query, "pageSize": 100 }).to_string();
    let (status, page) = services.post(As::Genesys, "POST", &format!("{USERS}/search"), &body).await?;
    assert_eq!(status, 200, "{page}");
    let users = page["results"].as_array().into_iter().flatten();
    Ok(users.filter_map(|user| user["id"].as_str().map(str::to_owned)).collect())
}

fn exact(field: &str, value: &str) -> Value {
    json!({ "type": "EXACT", "fields": [field], "value": value })
}

fn new_user() -> CreateUser {
    CreateUser {
        name: Some("A B".to_owned()),
        email: Some("a.b@example.com".to_owned()),
        state: Some("active".into()),
        ..CreateUser::default()
    }
}

#[tokio::test]
async fn a_new_user_cannot_be_read_until_the_lag_is_over() -> TestResult {
    let services = lagging("read=2s").await?;
    let api = services.genesys.api();
    let created = id(api.post_users().body(new_user()).send().await?.get());
    for seconds in [0, 1] {
        services.sandbox.advance(Duration::from_secs(seconds));
        assert_eq!(refusal(api.get_user().user_id(&created).send().await)?.0, 404);
        assert_eq!(refusal(api.get_user_routingskills().user_id(&created).send().await)?.0, 404);
    }
    assert_eq!(api.get_users().send().await?.get().total, Some(39), "listings do not lag");
    assert_eq!(search(&services, json!([exact("email", "a.b@example.com")])).await?, std::slice::from_ref(&created));
    services.sandbox.advance(Duration::from_secs(1));
    assert_eq!(api.get_user().user_id(&created).send().await?.get().version, Some(1));
    api.get_user_routingskills().user_id(&created).send().await?;
    Ok(())
}

#[tokio::test]
async fn a_read_after_a_change_shows_the_old_version_and_a_write_needs_the_new_one() -> TestResult {
    let services = lagging("read=2s").await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let change = async |version: i64, title: &str| {
        let (title, version) = (Patch::Value(title.to_owned()), Patch::Value(version));
        api.patch_user().user_id(&user).body(UpdateUser { title, version, ..UpdateUser::default() }).send().await
    };
    let version = async || TestResult::Ok(api.get_user().user_id(&user).send().await?.get().version);
    assert_eq!(change(1, "Pilot").await?.get().version, Some(2), "the response is current");
    services.sandbox.advance(Duration::from_secs(1));
    assert_eq!(version().await?, Some(1));
    assert_eq!(refusal(change(1, "Agent").await)?, (409, "general.conflict".to_owned()));
    change(2, "Navigator").await?;
    services.sandbox.advance(Duration::from_secs(1));
    assert_eq!(version().await?, Some(2), "the first change is seen before the second");
    services.sandbox.advance(Duration::from_secs(1));
    assert_eq!(version().await?, Some(3));
    Ok(())
}

#[tokio::test]
async fn a_search_learns_of_a_deletion_and_of_a_change_when_the_lag_is_over() -> TestResult {
    let services = lagging("search=3m").await?;
    let api = services.genesys.api();
    let everybody = people(&services).await?;
    let (gone, renamed) = (&everybody[1], &everybody[2]);
    let address = |user: &genesys_users::types::User| user.email.clone().unwrap_or_default();
    api.delete_user().user_id(id(gone)).send().await?;
    let email = Patch::Value("new.address@example.com".to_owned());
    let body = UpdateUser { email, version: Patch::Value(1), ..UpdateUser::default() };
    api.patch_user().user_id(id(renamed)).body(body).send().await?;
    let created = id(api.post_users().body(new_user()).send().await?.get());
    assert_eq!(refusal(api.get_user().user_id(id(gone)).send().await)?.0, 404, "reads do not lag");

    let by_address = async |address: &str| search(&services, json!([exact("email", address)])).await;
    let deleted = json!([exact("state", "deleted")]);
    services.sandbox.advance(Duration::from_secs(179));
    assert_eq!(by_address(&address(gone)).await?, [id(gone)]);
    assert_eq!(by_address(&address(renamed)).await?, [id(renamed)]);
    assert_eq!(by_address("new.address@example.com").await?, [""; 0]);
    assert_eq!(search(&services, deleted.clone()).await?, [""; 0]);
    let all = search(&services, json!([exact("state", "active")])).await?;
    assert!(all.contains(&id(gone)) && !all.contains(&created), "{all:?}");

    services.sandbox.advance(Duration::from_secs(1));
    assert_eq!(by_address(&address(gone)).await?, [""; 0]);
    assert_eq!(by_address("new.address@example.com").await?, [id(renamed)]);
    assert_eq!(search(&services, deleted).await?, [id(gone)]);
    let all = search(&services, json!([exact("state", "active")])).await?;
    assert!(!all.contains(&id(gone)) && all.contains(&created), "{all:?}");
    Ok(())
}

#[tokio::test]
async fn a_queue_is_joined_when_the_lag_is_over() -> TestResult {
    let services = lagging("queues=5s").await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let joined = async || -> TestResult<Vec<String>> {
        let page = api.get_user_queues().user_id(&user).send().await?.into_inner();
        Ok(page.entities.into_iter().flatten().filter_map(|queue| queue.id).collect())
    };
    let before = joined().await?;
    let queue = before.first().ok_or("no queue")?;
    let body = UserQueuePatch { joined: Patch::Value(false), ..UserQueuePatch::default() };
    let response = api.patch_user_queue().user_id(&user).queue_id(queue).body(body).send().await?;
    assert_eq!(response.get().joined, Some(true), "the response shows the state before");
    assert_eq!(joined().await?, before);
    services.sandbox.advance(Duration::from_secs(5));
    assert!(!joined().await?.contains(queue));

    let back =
        UserQueuePatch { id: Patch::Value(queue.clone()), joined: Patch::Value(true), ..UserQueuePatch::default() };
    let response = api.patch_user_queues().user_id(&user).body(vec![back]).send().await?.into_inner();
    assert_eq!(response.entities.into_iter().flatten().map(|queue| queue.joined).collect::<Vec<_>>(), [Some(false)]);
    services.sandbox.advance(Duration::from_secs(5));
    assert_eq!(joined().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_state_holds_what_was_written_and_a_reset_ends_every_lag() -> TestResult {
    let services = lagging("read=1h,search=1h").await?;
    let api = services.genesys.api();
    let created = id(api.post_users().body(new_user()).send().await?.get());
    assert_eq!(refusal(api.get_user().user_id(&created).send().await)?.0, 404);
    let state = services.sandbox.state()?;
    services.sandbox.reset()?;
    assert_eq!(search(&services, json!([exact("email", "a.b@example.com")])).await?, [""; 0]);
    services.sandbox.restore(&state)?;
    api.get_user().user_id(&created).send().await?;
    assert_eq!(search(&services, json!([exact("email", "a.b@example.com")])).await?, std::slice::from_ref(&created));
    api.delete_user().user_id(&created).send().await?;
    assert_eq!(api.get_user().user_id(&created).send().await?.get().version, Some(1), "the lag itself is kept");
    Ok(())
}
