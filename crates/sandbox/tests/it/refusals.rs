//! What every service refuses: strangers, unknown paths, wrong methods, bodies of another type or size.

use serde_json::Value;

use crate::support::{As, TestResult, services};

/// One operation of each kind of authentication, and what the 401 answers.
const GUARDED: &[(&str, &str, &[&str])] = &[
    ("GET", "/genesys/api/v2/users", &["Bearer realm=\"genesys\", error=\"invalid_token\""]),
    ("GET", "/genesys/api/v2/users/me", &["Bearer realm=\"genesys\", error=\"invalid_token\""]),
    ("GET", "/ekp/api/me?format=json", &["Basic realm=\"lms\", charset=\"UTF-8\"", "Bearer realm=\"lms\""]),
    ("POST", "/ekp/contentHandler/externalTrainingCsv", &["Basic realm=\"lms system\", charset=\"UTF-8\""]),
    ("GET", "/sessions/users", &["ApiKey realm=\"sessions\""]),
];

/// The part of an error that tells people what is wrong, wherever the service has it.
fn message(path: &str, status: u16, response: &Value) -> Option<String> {
    let message = if path.starts_with("/genesys") {
        assert_eq!(response["status"], status);
        assert!(response["code"].is_string() && response["contextId"].is_string());
        &response["message"]
    } else if path.starts_with("/sessions") {
        assert_eq!((&response["success"], &response["data"]), (&Value::Bool(false), &Value::Null));
        assert!(response["error"]["metadata"].is_object());
        &response["error"]["message"]
    } else {
        assert_eq!(response["status"], status);
        &response["message"]
    };
    message.as_str().map(str::to_owned)
}

#[tokio::test]
async fn requests_without_credentials_are_rejected_with_a_challenge() -> TestResult {
    let services = services(3).await?;
    for (method, path, challenges) in GUARDED {
        let wrong = [("authorization", "Bearer wrong"), ("authorization", "Basic !"), ("x-api-key", "wrong")];
        for header in std::iter::once(None).chain(wrong.map(Some)) {
            let mut request = services.request(As::Nobody, method, path)?;
            if let Some((name, value)) = header {
                request = request.header(name, value);
            }
            let response = request.send().await?;
            assert_eq!(response.status().as_u16(), 401, "{method} {path} {header:?}");
            let sent: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
            assert_eq!(sent, *challenges);
            assert!(message(path, 401, &response.json().await?).is_some());
        }
    }
    Ok(())
}

#[tokio::test]
async fn user_and_system_key_of_the_lms_are_distinguished() -> TestResult {
    let services = services(3).await?;
    let status = async |caller, method, path| -> TestResult<u16> {
        Ok(services.send(caller, method, path).await?.status().as_u16())
    };
    assert_eq!(status(As::LmsSystem, "GET", "/ekp/api/me?format=json").await?, 401);
    assert_eq!(status(As::LmsUser, "POST", "/ekp/contentHandler/externalTrainingCsv").await?, 401);
    assert_eq!(status(As::LmsToken, "POST", "/ekp/contentHandler/externalTrainingCsv").await?, 401);
    let key = services.sandbox.credentials().lms_system_key;
    let request = services.request(As::Nobody, "POST", "/ekp/contentHandler/externalTrainingCsv")?;
    assert_eq!(request.basic_auth("", Some(key)).send().await?.status().as_u16(), 401, "the user must not be empty");
    Ok(())
}

#[tokio::test]
async fn public_functions_need_no_credentials_but_reject_invalid_ones() -> TestResult {
    let services = services(3).await?;
    for (caller, path, status) in [
        (As::Nobody, "/ekp/api/publicNews?format=atom", 200),
        (As::Genesys, "/ekp/api/publicNews?format=atom", 200),
        (As::Nobody, "/ekp/api/catalog?id=*ROOT*", 200),
        (As::LmsUser, "/ekp/api/catalog?id=*ROOT*", 200),
        (As::Genesys, "/ekp/api/catalog?id=*ROOT*", 401),
    ] {
        assert_eq!(services.send(caller, "GET", path).await?.status().as_u16(), status, "{caller:?} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn the_case_of_a_scheme_does_not_matter() -> TestResult {
    let services = services(3).await?;
    let request = services.request(As::Nobody, "GET", "/genesys/api/v2/users")?;
    let token = services.sandbox.credentials().genesys_token;
    let response = request.header("authorization", format!("bearer {token}")).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn unknown_paths_are_not_found() -> TestResult {
    let services = services(3).await?;
    for path in [
        "/genesys",
        "/genesys/",
        "/genesys/api/v2/user",
        "/genesys/api/v2/users/",
        "/genesys/api/v2/users/a/b/c",
        "/ekp/api/nothing",
        "/ekp/me",
        "/sessions/api",
    ] {
        let (status, response) = services.json(As::Nobody, "GET", path).await?;
        assert_eq!(status, 404, "{path}");
        assert!(message(path, 404, &response).is_some());
    }
    let (status, response) = services.json(As::Nobody, "GET", "/api/v2/users").await?;
    assert_eq!((status, response["services"].as_array().map(Vec::len)), (404, Some(4)));
    Ok(())
}

#[tokio::test]
async fn wrong_methods_are_rejected_with_the_allowed_ones() -> TestResult {
    let services = services(3).await?;
    for (method, path, allowed) in [
        ("PUT", "/genesys/api/v2/users", "GET, POST"),
        ("POST", "/genesys/api/v2/users/42", "DELETE, GET, PATCH"),
        ("DELETE", "/genesys/api/v2/users/me", "GET"),
        ("POST", "/ekp/api/me", "GET"),
        ("GET", "/ekp/contentHandler/externalTrainingCsv", "POST"),
        ("DELETE", "/sessions/users", "GET"),
        ("GET", "/sessions/users/batch", "POST"),
    ] {
        let response = services.send(As::Nobody, method, path).await?;
        assert_eq!(response.status().as_u16(), 405, "{method} {path}");
        assert_eq!(response.headers().get("allow").map(|allow| allow.to_str()).transpose()?, Some(allowed));
        assert!(message(path, 405, &response.json().await?).is_some_and(|message| message.contains(allowed)));
    }
    Ok(())
}

#[tokio::test]
async fn bodies_of_another_media_type_are_rejected() -> TestResult {
    let services = services(3).await?;
    for (caller, path, media_type) in [
        (As::Genesys, "/genesys/api/v2/users", "application/xml"),
        (As::Sessions, "/sessions/users/batch", "application/x-www-form-urlencoded"),
        (As::LmsSystem, "/ekp/contentHandler/externalTrainingCsv", "application/json"),
    ] {
        let request = services.request(caller, "POST", path)?.header("content-type", media_type).body("x");
        let response = request.send().await?;
        assert_eq!(response.status().as_u16(), 415, "{path}");
        assert!(message(path, 415, &response.json().await?).is_some());
    }
    Ok(())
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_rejected() -> TestResult {
    let sandbox = rosterkit_sandbox::Sandbox::builder().max_body(1000).start().await?;
    let http = crate::support::http()?;
    for (path, size, status) in [("/sessions/users/batch", 1000, 400), ("/sessions/users/batch", 1001, 413)] {
        let request = http.post(sandbox.base_url() + path).header("x-api-key", sandbox.credentials().session_key);
        let response = request.header("content-type", "application/json").body(" ".repeat(size)).send().await?;
        assert_eq!(response.status().as_u16(), status, "{size} bytes");
        assert!(message(path, status, &response.json().await?).is_some());
    }
    Ok(())
}
