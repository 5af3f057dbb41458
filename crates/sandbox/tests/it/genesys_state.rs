//! Genesys: what was changed outlives the sandbox in its state file, and the clock dates the changes.

use std::time::Duration;

use genesys_users::Client;
use genesys_users::types::{RoutingStatus, UserExpand, UserState};
use rosterkit_sandbox::{Permissions, Sandbox};
use serde_json::{Value, json};

use crate::support::genesys::{person, refusal};
use crate::support::{As, TestResult, services};

const USERS: &str = "/genesys/api/v2/users";

/// Changes to users of indices 1 and 2 in every area, each with a path that shows it. `{1}` stands for an id.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("PUT", "{1}/routingskills/bulk", "[]", "{1}/routingskills"),
    ("PUT", "{1}/routingstatus", r#"{"status": "COMMUNICATING"}"#, "{1}/routingstatus"),
    (
        "PUT",
        "{1}/outofoffice",
        r#"{"active": true, "indefinite": true, "startDate": "2025-01-02T08:00:00.000Z"}"#,
        "{1}/outofoffice",
    ),
    ("PUT", "{1}/callforwarding", r#"{"enabled": true, "phoneNumber": "+12025550100"}"#, "{1}/callforwarding"),
    ("PATCH", "{1}/geolocations/phone", r#"{"city": "Elsewhere"}"#, "{1}/geolocations/phone"),
    (
        "PUT",
        "{1}/customattributes",
        r#"{"schemaId": "{schema}", "attributes": {"b": 1}}"#,
        "{1}/customattributes/{schema}",
    ),
    ("PUT", "{1}/profileskills", r#"["welding"]"#, "{1}/profileskills"),
    ("POST", "{1}/externalid", r#"{"authorityName": "badge", "externalKey": "7"}"#, "externalid/badge/7"),
    ("PUT", "{1}/roles", "[]", "{1}/roles"),
    ("DELETE", "{2}/station/associatedstation", "", "{2}/station"),
    ("POST", "me/verifiers/totp", r#"{"name": "Phone"}"#, "me/verifiers"),
    ("POST", "{1}/invite", "", "{1}"),
    ("DELETE", "{2}/station/defaultstation", "", "{2}/station"),
];

#[tokio::test]
async fn every_change_is_restored_in_another_sandbox() -> TestResult {
    let folder = tempfile::tempdir()?;
    let start = || Sandbox::builder().users(20).seed(7).state_file(folder.path().join("state.json")).start();
    let http = crate::support::http()?;
    let send = async |sandbox: &Sandbox, method: &str, path: &str, body: &str| -> TestResult<(u16, String)> {
        let token = sandbox.credentials().genesys_token;
        let request = http.request(method.parse()?, sandbox.base_url() + USERS + "/" + path).bearer_auth(token);
        let request = if body.is_empty() { request } else { request.header("content-type", "application/json") };
        let response = request.body(body.to_owned()).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    };
    let sandbox = start().await?;
    let client =
        Client::builder().base_url(sandbox.genesys_url()).bearer(sandbox.credentials().genesys_token).build()?;
    let page = client.api().get_users().state("any").send().await?.into_inner();
    let ids: Vec<String> = page.entities.into_iter().flatten().filter_map(|user| user.id).collect();
    let schema = r#"{"name": "Sample", "version": 1, "jsonSchema": {"properties": {"b": {"type": "integer"}}}}"#;
    let schema: Value = serde_json::from_str(&send(&sandbox, "POST", "customattributes/schemas", schema).await?.1)?;
    let schema = schema["id"].as_str().ok_or("no schema")?.to_owned();
    let path = |path: &str| path.replace("{1}", &ids[1]).replace("{2}", &ids[2]).replace("{schema}", &schema);

    let mut shown = Vec::new();
    for (method, change, body, read) in CHANGES {
        let before = send(&sandbox, "GET", &path(read), "").await?;
        let (status, response) = send(&sandbox, method, &path(change), &path(body)).await?;
        assert!((200..300).contains(&status), "{method} {change}: {status} {response}");
        assert_ne!(send(&sandbox, "GET", &path(read), "").await?, before, "{method} {change}");
    }
    for (.., read) in CHANGES {
        shown.push(send(&sandbox, "GET", &path(read), "").await?);
    }
    sandbox.close().await?;

    let sandbox = start().await?;
    for ((.., read), before) in CHANGES.iter().zip(shown) {
        assert_eq!(send(&sandbox, "GET", &path(read), "").await?, before, "{read}");
    }
    sandbox.reset()?;
    assert_eq!(send(&sandbox, "GET", "externalid/badge/7", "").await?.0, 404);
    sandbox.close().await?;
    Ok(())
}

#[tokio::test]
async fn changes_are_dated_by_the_clock() -> TestResult {
    let services = services(5).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    services.sandbox.advance(Duration::from_secs(3600));
    let body = RoutingStatus { status: Some("NOT_RESPONDING".into()), ..RoutingStatus::default() };
    let status = api.put_user_routingstatus().user_id(&user).body(body).send().await?.into_inner();
    assert_eq!(status.start_time.as_ref().map(ToString::to_string).as_deref(), Some("2025-01-01T01:00:00.000Z"));
    services.sandbox.advance(Duration::from_secs(60));
    let body = UserState { state: Some("inactive".into()), version: Some(1), ..UserState::default() };
    let state = api.put_user_state().user_id(&user).body(body).send().await?.into_inner();
    assert_eq!(state.state_change_date.as_ref().map(ToString::to_string).as_deref(), Some("2025-01-01T01:01:00.000Z"));
    let expand = vec![UserExpand::from("routingStatus")];
    let shown = api.get_user().user_id(&user).expand(expand).send().await?.into_inner();
    let status = shown.routing_status.and_then(|status| status.status);
    assert_eq!(status.as_ref().map(|status| status.as_str()), Some("OFF_QUEUE"), "who is not active is off queue");
    Ok(())
}

#[tokio::test]
async fn the_token_of_a_program_has_no_user() -> TestResult {
    let services = services(5).await?;
    let token = services.sandbox.access_token(Permissions::all());
    let client = Client::builder().base_url(services.sandbox.genesys_url()).bearer(token).build()?;
    let api = client.api();
    api.get_users().send().await?;
    assert_eq!(refusal(api.get_users_me().send().await)?.0, 400);
    assert_eq!(refusal(api.get_users_stations_me().send().await)?.0, 400);
    assert_eq!(refusal(api.get_users_me_verifiers().send().await)?.0, 400);
    assert_eq!(refusal(api.get_authorization_subjects_me().send().await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn an_inactive_user_cannot_call() -> TestResult {
    let services = services(5).await?;
    let (api, me) = (services.genesys.api(), person(&services, 0).await?);
    api.delete_user().user_id(&me).send().await?;
    assert_eq!(refusal(api.get_users_me().send().await)?.0, 401);
    Ok(())
}

#[tokio::test]
async fn unknown_properties_are_rejected_and_change_nothing() -> TestResult {
    let services = services(5).await?;
    let user = person(&services, 1).await?;
    for (method, path, body) in [
        ("PUT", "routingskills/bulk", json!([{ "id": "x", "profciency": 1 }])),
        ("POST", "externalid", json!({ "authorityName": "a", "externalKey": "b", "note": "c" })),
        ("PUT", "outofoffice", json!({ "active": "yes" })),
        ("PUT", "profileskills", json!([1])),
        ("PUT", "state", json!({ "state": "inactive", "version": "one" })),
        ("PATCH", "geolocations/phone", json!({ "latitude": "north" })),
    ] {
        let path = format!("{USERS}/{user}/{path}");
        let (status, response) = services.post(As::Genesys, method, &path, &body.to_string()).await?;
        assert_eq!((status, &response["status"]), (400, &json!(400)), "{path}: {response}");
    }
    assert_eq!(services.genesys.api().get_user().user_id(&user).send().await?.get().version, Some(1));
    Ok(())
}
