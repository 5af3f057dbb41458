//! The request log.

use rosterkit_sandbox::Sandbox;
use serde_json::json;

use crate::support::{As, TestResult, http, services};

#[tokio::test]
async fn requests_are_logged_without_secrets() -> TestResult {
    let services = services(3).await?;
    services.genesys.api().get_users().page_size(5).expand(["skills"]).send().await?;
    let body = json!({ "name": "A", "email": "a@example.com", "password": "s3cret-pass" }).to_string();
    services.post(As::Genesys, "POST", "/genesys/api/v2/users", &body).await?;
    services.json(As::LmsUser, "GET", "/ekp/api/me?format=json").await?;
    services.json(As::Sessions, "GET", "/sessions/users").await?;
    services.json(As::Nobody, "GET", "/elsewhere?a=1").await?;

    let log = services.sandbox.request_log();
    assert_eq!(log.iter().map(|request| request.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let seen: Vec<_> = log.iter().map(|request| (request.service, request.operation, request.status)).collect();
    assert_eq!(
        seen,
        [
            (Some("genesys-users"), Some("getUsers"), 200),
            (Some("genesys-users"), Some("postUsers"), 200),
            (Some("peoplefluent-lms"), Some("me"), 200),
            (Some("session-clusters"), Some("getUsers"), 200),
            (None, None, 404),
        ]
    );
    let query = [("pageSize".to_owned(), "5".to_owned()), ("expand".to_owned(), "skills".to_owned())];
    let mut sent = log[0].query.clone();
    sent.sort_by(|one, other| other.cmp(one));
    assert_eq!(sent, query);
    assert_eq!(log[1].body, json!({ "name": "A", "email": "a@example.com", "password": "***" }));
    assert_eq!((log[1].path.as_str(), log[1].method.as_str()), ("/genesys/api/v2/users", "POST"));
    let all = serde_json::to_string(&log)?;
    let known = services.sandbox.credentials();
    for secret in ["s3cret-pass", known.genesys_token, known.lms_password, known.session_key] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("Bearer ***") && all.contains("Basic ***"));
    services.sandbox.clear_request_log();
    assert!(services.sandbox.request_log().is_empty());
    Ok(())
}

#[tokio::test]
async fn the_secrets_of_a_token_request_are_redacted() -> TestResult {
    let sandbox = Sandbox::builder().start().await?;
    let form = "grant_type=authorization_code&code=s3cret-1&code_verifier=s3cret-2&client_id=x&redirect_uri=y";
    let request = http()?.post(format!("{}/oauth/token", sandbox.login_url()));
    request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await?;
    let log = serde_json::to_string(&sandbox.request_log())?;
    assert!(log.contains("authorization_code") && !log.contains("s3cret"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_rejected_body_is_not_logged_and_the_log_is_limited() -> TestResult {
    let sandbox = Sandbox::builder().max_body(10).log(2).start().await?;
    for number in 0..3 {
        let request = http()?.post(format!("{}/users/batch?n={number}", sandbox.sessions_url()));
        request.body("x".repeat(11)).send().await?;
    }
    let log = sandbox.request_log();
    assert_eq!(log.iter().map(|request| (request.number, request.status)).collect::<Vec<_>>(), [(2, 413), (3, 413)]);
    assert_eq!((&log[0].body, log[0].body_bytes), (&json!(null), 0));
    Ok(())
}
