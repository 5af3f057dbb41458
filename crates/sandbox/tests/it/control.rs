//! The control endpoint.

use serde_json::{Value, json};

use crate::support::{As, Services, TestResult, http, services};

async fn control(services: &Services, method: &str, path: &str, body: Option<Value>) -> TestResult<(u16, Value)> {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    services.post(As::Nobody, method, &format!("/_sandbox{path}"), &body).await
}

#[tokio::test]
async fn health_and_info_describe_the_sandbox() -> TestResult {
    let services = services(3).await?;
    assert_eq!(control(&services, "GET", "/health", None).await?, (200, json!({ "status": "ok", "problem": null })));
    let (status, info) = control(&services, "GET", "/info", None).await?;
    assert_eq!((status, &info["users"], &info["seed"]), (200, &json!(3), &json!(7)));
    assert_eq!(info["now"], "2025-01-01T00:00:00.000Z");
    assert_eq!(info["services"]["genesys-users"]["url"], json!(services.sandbox.genesys_url()));
    assert_eq!(info["services"]["login"]["url"], json!(services.sandbox.login_url()));
    assert_eq!(info["credentials"]["sessionKey"], json!(services.sandbox.credentials().session_key));
    assert_eq!(services.sandbox.request_log().len(), 0, "control requests are not logged");
    Ok(())
}

#[tokio::test]
async fn faults_are_added_listed_and_removed() -> TestResult {
    let services = services(3).await?;
    let users = "/genesys/api/v2/users";
    let faults = json!({ "faults": ["getUsers:status=503,times=1", "*:status=429,retry-after=1"] });
    assert_eq!(control(&services, "POST", "/faults", Some(faults)).await?, (200, json!({ "ids": [1, 2] })));
    assert_eq!(services.json(As::Genesys, "GET", users).await?.0, 503);
    assert_eq!(services.json(As::Genesys, "GET", users).await?.0, 429);
    let (_, list) = control(&services, "GET", "/faults", None).await?;
    assert_eq!(
        list["faults"][0],
        json!({ "id": 1, "fault": "getUsers:status=503,times=1", "requests": 1, "struck": 1, "spent": true })
    );
    assert_eq!(control(&services, "DELETE", "/faults/2", None).await?, (200, json!({ "removed": 1 })));
    assert_eq!(control(&services, "DELETE", "/faults/2", None).await?.0, 404);
    assert_eq!(services.json(As::Genesys, "GET", users).await?.0, 200);
    let wrong = json!({ "faults": ["*:drop", "getusers:drop"] });
    let (status, response) = control(&services, "POST", "/faults", Some(wrong)).await?;
    assert!(status == 400 && response["message"].as_str().is_some_and(|it| it.contains("`getUsers`")), "{response}");
    assert_eq!(
        control(&services, "DELETE", "/faults", None).await?,
        (200, json!({ "removed": 1 })),
        "all or none is added"
    );
    Ok(())
}

#[tokio::test]
async fn time_is_set_and_advanced() -> TestResult {
    let services = services(3).await?;
    let now = |now: &str| (200, json!({ "now": now }));
    let set = json!({ "now": "2026-05-01T10:00:00+02:00" });
    assert_eq!(control(&services, "PUT", "/time", Some(set)).await?, now("2026-05-01T08:00:00.000Z"));
    let advance = json!({ "seconds": 90.5 });
    assert_eq!(control(&services, "POST", "/time/advance", Some(advance)).await?, now("2026-05-01T08:01:30.500Z"));
    assert_eq!(control(&services, "GET", "/time", None).await?, now("2026-05-01T08:01:30.500Z"));
    for (path, body) in [
        ("/time", json!({ "now": "tomorrow" })),
        ("/time", json!({})),
        ("/time", json!({ "now": "2026-05-01T10:00:00Z", "more": 1 })),
    ] {
        assert_eq!(control(&services, "PUT", path, Some(body)).await?.0, 400);
    }
    assert_eq!(control(&services, "POST", "/time/advance", Some(json!({ "seconds": -1 }))).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn the_log_is_read_by_service_operation_and_number() -> TestResult {
    let services = services(3).await?;
    services.json(As::Genesys, "GET", "/genesys/api/v2/users").await?;
    services.json(As::Sessions, "GET", "/sessions/users").await?;
    services.json(As::Sessions, "GET", "/sessions/clusters").await?;
    let count = async |query: &str| -> TestResult<Option<usize>> {
        let (_, log) = control(&services, "GET", &format!("/requests{query}"), None).await?;
        Ok(log["requests"].as_array().map(Vec::len))
    };
    assert_eq!(count("").await?, Some(3));
    assert_eq!(count("?operation=getUsers").await?, Some(2));
    assert_eq!(count("?service=session-clusters&after=2").await?, Some(1));
    assert_eq!(control(&services, "GET", "/requests?operatoin=x", None).await?.0, 400);
    control(&services, "DELETE", "/requests", None).await?;
    assert_eq!(count("").await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn state_is_exported_restored_and_reset() -> TestResult {
    let services = services(4).await?;
    let total = async || -> TestResult<Value> {
        Ok(services.json(As::Sessions, "GET", "/sessions/users").await?.1["data"]["total"].take())
    };
    let batch = json!({ "users": [{ "remoteId": "r", "firstName": "A", "lastName": "B" }] }).to_string();
    services.post(As::Sessions, "POST", "/sessions/users/batch", &batch).await?;
    assert_eq!(total().await?, 3);
    let (status, state) = control(&services, "GET", "/state", None).await?;
    assert_eq!((status, &state["version"]), (200, &json!(1)));
    assert_eq!(control(&services, "DELETE", "/state", None).await?.0, 200);
    assert_eq!(total().await?, 2);
    assert_eq!(control(&services, "PUT", "/state", Some(state.clone())).await?, (200, json!({})));
    assert_eq!(total().await?, 3);

    let mut broken = state.clone();
    broken["services"]["session-clusters"]["changes"] = json!("none");
    let mut foreign = state.clone();
    foreign["seed"] = json!(8);
    let mut lacking = state;
    lacking["services"].as_object_mut().ok_or("no services")?.remove("login");
    for (state, part) in [
        (broken, "invalid state of the service session-clusters"),
        (foreign, "seed 8"),
        (lacking, "missing service login"),
        (json!({}), "not a state of a sandbox"),
    ] {
        let (status, response) = control(&services, "PUT", "/state", Some(state)).await?;
        assert!(
            status == 400 && response["message"].as_str().is_some_and(|it| it.contains(part)),
            "{part}: {response}"
        );
        assert_eq!(total().await?, 3, "a state that is refused changes nothing");
    }
    assert_eq!(control(&services, "POST", "/state/save", None).await?.0, 409, "there is no state file");
    Ok(())
}

#[tokio::test]
async fn tokens_and_clients_are_created() -> TestResult {
    let services = services(3).await?;
    let mint = json!({ "permissions": ["directory:user:view"], "lifetime": 60 });
    let (status, token) = control(&services, "POST", "/tokens", Some(mint)).await?;
    assert_eq!((status, &token["expires_in"]), (200, &json!(60)));
    let token = token["access_token"].as_str().ok_or("no token")?;
    let call = async |method: &str| -> TestResult<u16> {
        let url = format!("{}/api/v2/users", services.sandbox.genesys_url());
        let request = http()?.request(method.parse()?, url).bearer_auth(token);
        Ok(request.send().await?.status().as_u16())
    };
    assert_eq!((call("GET").await?, call("POST").await?), (200, 403));
    assert_eq!(control(&services, "DELETE", "/tokens", None).await?.0, 200);
    assert_eq!(call("GET").await?, 401);

    let client = json!({ "id": "limited", "secret": "s", "permissions": [] });
    assert_eq!(control(&services, "POST", "/clients", Some(client)).await?, (200, json!({ "id": "limited" })));
    let (_, clients) = control(&services, "GET", "/clients", None).await?;
    assert_eq!(clients["clients"], json!(["limited", "sandbox-client", "sandbox-public-client"]));
    for body in [json!({ "permission": [] }), json!({ "email": "unknown@example.com" }), json!({ "lifetime": "long" })]
    {
        assert_eq!(control(&services, "POST", "/tokens", Some(body)).await?.0, 400);
    }
    Ok(())
}

#[tokio::test]
async fn invalid_control_requests_are_rejected() -> TestResult {
    let services = services(3).await?;
    for (method, path, expected) in [
        ("GET", "", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/faults", 405),
        ("GET", "/faults/1", 405),
        ("POST", "/faults", 400),
    ] {
        assert_eq!(control(&services, method, path, None).await?.0, expected, "{method} {path}");
    }
    let (status, _) = control(&services, "POST", "/faults", Some(json!("*:drop"))).await?;
    assert_eq!(status, 400);
    let page = services.request(As::Nobody, "DELETE", "/_sandbox/state")?.header("origin", "https://example.com");
    assert_eq!(page.send().await?.status().as_u16(), 403, "web pages of others do not steer a sandbox");
    let elsewhere = http()?.get(format!("{}_more", services.sandbox.control_url())).send().await?;
    assert_eq!(elsewhere.status().as_u16(), 404);
    Ok(())
}

#[tokio::test]
async fn unknown_names_are_rejected_by_the_control_endpoint() -> TestResult {
    let services = services(3).await?;
    for (method, path) in [("GET", "/time?now=1"), ("DELETE", "/faults?id=1"), ("GET", "/requests?servcie=x")] {
        let (status, response) = services.json(As::Nobody, method, &format!("/_sandbox{path}")).await?;
        assert_eq!((status, &response["code"]), (400, &json!("unknown.name")), "{path}");
    }
    for now in ["0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"] {
        let body = json!({ "now": now }).to_string();
        assert_eq!(services.post(As::Nobody, "PUT", "/_sandbox/time", &body).await?.0, 400, "{now}");
    }
    Ok(())
}
