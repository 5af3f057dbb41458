//! Development activities, roles and grants.

use genesys_users::types::RoleDivisionPair;
use httpmock::MockServer;
use serde_json::json;

#[tokio::test]
async fn activities_are_listed_for_users_for_a_module_and_for_the_caller() {
    let server = MockServer::start_async().await;
    let path = "/api/v2/users/development/activities";
    let page = |id: &str| json!({ "entities": [{ "id": id }], "pageCount": 1, "total": 1 });
    let of_users = server.mock(|when, then| {
        when.method("GET").path(path).query_param("userId", "u-1").query_param("userId", "u-2");
        then.json_body(page("a-1"));
    });
    let of_module = server.mock(|when, then| {
        when.method("GET").path(path).query_param("moduleId", "m-1").query_param_missing("userId");
        then.json_body(page("a-2"));
    });
    let mine = server.mock(|when, then| {
        when.method("GET").path(format!("{path}/me"));
        then.json_body(page("a-3"));
    });
    let client = crate::support::client(&server);
    let development = client.development();
    let activities = [
        development.of_users(["u-1", "u-2"]).items(),
        development.of_module("m-1").items(),
        development.mine().items(),
    ];
    for (mut activities, expected) in activities.into_iter().zip(["a-1", "a-2", "a-3"]) {
        let activity = activities.next().await.expect("an activity").expect("an activity");
        assert_eq!(activity.id.as_deref(), Some(expected));
        assert!(activities.next().await.is_none());
    }
    assert_eq!((of_users.calls(), of_module.calls(), mine.calls()), (1, 1, 1));
}

#[tokio::test]
async fn roles_and_grants_are_read_replaced_granted_and_revoked() {
    let server = MockServer::start_async().await;
    let subject = "/api/v2/authorization/subjects/s-1";
    crate::support::respond(&server, "GET", subject, |_| (200, json!({ "id": "s-1", "grants": [{}] })));
    crate::support::respond(&server, "GET", "/api/v2/users/s-1/roles", |_| {
        (200, json!({ "roles": [{ "id": "r-1" }] }))
    });
    crate::support::respond(&server, "PUT", "/api/v2/users/s-1/roles", |body| {
        assert_eq!(body, json!(["r-1", "r-2"]));
        (200, json!({ "roles": [{ "id": "r-1" }, { "id": "r-2" }] }))
    });
    let replace = crate::support::respond(&server, "POST", &format!("{subject}/bulkreplace"), |body| {
        assert_eq!(body, json!({ "grants": [{ "roleId": "r-1", "divisionId": "d-1" }] }));
        (204, json!(null))
    });
    let one = format!("{subject}/divisions/d-1/roles/r-1");
    let grant = crate::support::respond(&server, "POST", &one, |_| (204, json!(null)));
    let revoke = crate::support::respond(&server, "DELETE", &one, |_| (204, json!(null)));

    let client = crate::support::client(&server);
    let roles = client.roles("s-1");
    assert_eq!(roles.get().await.expect("roles").roles.map(|roles| roles.len()), Some(1));
    assert_eq!(roles.replace(["r-1", "r-2"]).await.expect("roles").roles.map(|roles| roles.len()), Some(2));
    assert_eq!(roles.grants().await.expect("grants").grants.map(|grants| grants.len()), Some(1));
    roles.grant("r-1", "d-1").await.expect("granted");
    roles.revoke("r-1", "d-1").await.expect("revoked");
    let grants = vec![RoleDivisionPair { role_id: Some("r-1".to_owned()), division_id: Some("d-1".to_owned()) }];
    roles.replace_grants(grants).await.expect("replaced");
    assert_eq!((replace.calls(), grant.calls(), revoke.calls()), (1, 1, 1));
}
