//! Requests that a service would refuse are refused, and say why.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rosterkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{As, TestResult, http, services};

const USERS: &str = "/genesys/api/v2/users";

#[tokio::test]
async fn unknown_names_in_the_query_are_rejected_with_a_suggestion() -> TestResult {
    let services = services(3).await?;
    for (caller, path, near) in [
        (As::Genesys, "/genesys/api/v2/users?pagesize=5", "`pageSize`"),
        (As::LmsUser, "/ekp/api/users?format=json&emails=a", "`email`"),
        (As::Sessions, "/sessions/users?pagsize=5", "`pageSize`"),
    ] {
        let (status, response) = services.json(caller, "GET", path).await?;
        assert_eq!(status, 400, "{path}");
        assert!(response.to_string().contains(&format!("Did you mean {near}?")), "{response}");
    }
    let (status, response) = services.json(As::Genesys, "GET", "/genesys/api/v2/users/me?other=%00%0a").await?;
    assert_eq!(status, 400);
    assert!(!response["message"].as_str().unwrap_or_default().contains('\n'), "what was sent is escaped");
    Ok(())
}

#[tokio::test]
async fn json_bodies_are_checked_property_by_property() -> TestResult {
    let services = services(3).await?;
    let good = json!({ "name": "Sample Person", "email": "sample.person@example.com" });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    for (body, field) in [
        (with("naem", json!("x")), json!("naem")),
        (with("name", json!(5)), json!("name")),
        (with("name", Value::Null), json!("name")),
        (with("state", json!("asleep")), json!("state")),
        (with("addresses", json!({})), json!("addresses")),
        (with("addresses", json!([{ "address": "x" }, { "adress": "x" }])), json!("addresses.1.adress")),
        (json!({ "name": "x" }).to_string(), json!("email")),
    ] {
        let (status, response) = services.post(As::Genesys, "POST", USERS, &body).await?;
        assert_eq!((status, &response["details"][0]["fieldName"]), (400, &field), "{body}");
    }
    for body in ["", "{", "[]", "null", "{\"name\": \"a\",}", "\u{feff}{}"] {
        let (status, _) = services.post(As::Genesys, "POST", USERS, body).await?;
        assert_eq!(status, 400, "{body}");
    }
    let (status, _) = services.post(As::Genesys, "POST", USERS, &good.to_string()).await?;
    assert_eq!(status, 200);
    Ok(())
}

#[tokio::test]
async fn arrays_beyond_their_limit_are_rejected() -> TestResult {
    let services = services(3).await?;
    let many = |count: usize| Value::from(vec![json!({ "id": "x" }); count]).to_string();
    let (status, response) = services.post(As::Genesys, "PATCH", "/genesys/api/v2/users/bulk", &many(51)).await?;
    assert_eq!(status, 400);
    assert!(response["message"].as_str().is_some_and(|message| message.contains("at most 50")), "{response}");
    Ok(())
}

#[tokio::test]
async fn an_unexpected_body_is_rejected() -> TestResult {
    let services = services(3).await?;
    let (status, _) = services.post(As::Genesys, "GET", USERS, "{}").await?;
    assert_eq!(status, 400);
    Ok(())
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_rejected_before_the_body_arrives() -> TestResult {
    let sandbox = Sandbox::builder().max_body(1000).start().await?;
    let mut connection = TcpStream::connect(("127.0.0.1", sandbox.port()))?;
    connection.write_all(b"POST /sessions/users/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1001\r\n\r\n")?;
    let mut status = [0; 12];
    connection.read_exact(&mut status)?;
    assert_eq!(&status, b"HTTP/1.1 413");
    Ok(())
}

#[tokio::test]
async fn a_head_that_does_not_arrive_closes_the_connection() -> TestResult {
    let sandbox = Sandbox::builder().head_timeout(Duration::from_millis(20)).start().await?;
    for start in ["", "GET", "GET /sessions/users HTTP/1.1\r\nhost: localhost\r\nx-api"] {
        let mut connection = TcpStream::connect(("127.0.0.1", sandbox.port()))?;
        connection.write_all(start.as_bytes())?;
        let mut response = Vec::new();
        connection.read_to_end(&mut response)?;
        assert_eq!(String::from_utf8(response)?, "", "{start}");
    }
    assert_eq!(sandbox.requests().total(), 0);
    Ok(())
}

#[tokio::test]
async fn requests_of_web_pages_and_for_foreign_hosts_are_refused_everywhere() -> TestResult {
    let sandbox = Sandbox::builder().allow_host("sandbox").start().await?;
    let status = async |path: &str, name: &str, value: &str| -> TestResult<(u16, Value)> {
        let response = http()?.get(sandbox.base_url() + path).header(name, value).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    };
    for path in ["/_sandbox/info", "/_sandbox/state", "/genesys/api/v2/users", "/login/oauth/token", "/ekp/x", "/"] {
        let (code, body) = status(path, "host", "rebound.example.com").await?;
        assert_eq!((code, &body["code"]), (403, &json!("host.not.allowed")), "{path}");
        assert!(body["message"].as_str().is_some_and(|it| it.contains("localhost") && it.contains("--allow-host")));
        let (code, body) = status(path, "origin", "http://localhost").await?;
        assert_eq!((code, &body["code"]), (403, &json!("origin.not.allowed")), "{path}");
    }
    for host in ["localhost", "[::1]:80", "sandbox:8080"] {
        assert_eq!(status("/_sandbox/health", "host", host).await?.0, 200, "{host}");
    }
    let invalid = Sandbox::builder().allow_host("http://sandbox").start().await;
    assert!(invalid.is_err_and(|error| error.to_string().contains("without scheme")));
    Ok(())
}

#[tokio::test]
async fn a_body_that_does_not_arrive_times_out() -> TestResult {
    let sandbox = Sandbox::builder().body_timeout(Duration::from_millis(20)).start().await?;
    let mut connection = TcpStream::connect(("127.0.0.1", sandbox.port()))?;
    connection.write_all(b"POST /sessions/users/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n{")?;
    let mut status = [0; 12];
    connection.read_exact(&mut status)?;
    assert_eq!(&status, b"HTTP/1.1 408");
    Ok(())
}

#[tokio::test]
async fn forms_are_checked_like_queries() -> TestResult {
    let services = services(3).await?;
    let catalog = &peoplefluent_lms::generated::catalog::CATALOG;
    let mut tried = 0;
    for entry in catalog.operations {
        let form = "application/x-www-form-urlencoded";
        if entry.request.is_none_or(|request| request.media_type != form) {
            continue;
        }
        tried += 1;
        let caller = if entry.operation.security.contains(&&["systemKey"][..]) { As::LmsSystem } else { As::LmsUser };
        let path = format!("/ekp{}", entry.operation.path.replace(['{', '}'], ""));
        let request = services.request(caller, entry.operation.method, &path)?.header("content-type", form);
        let response = request.body("nobodyTakesThis=1").send().await?;
        assert_eq!(response.status().as_u16(), 400, "{}", entry.operation.id);
        assert!(response.text().await?.contains("nobodyTakesThis"), "{}", entry.operation.id);
    }
    assert_eq!(tried, 21);
    Ok(())
}

#[tokio::test]
async fn invalid_encodings_are_rejected() -> TestResult {
    let services = services(3).await?;
    for (caller, path) in [
        (As::Genesys, "/genesys/api/v2/users?id=100%"),
        (As::Genesys, "/genesys/api/v2/users/%zz"),
        (As::LmsUser, "/ekp/api/users?format=json&email=%4"),
        (As::Sessions, "/sessions/users?pageSize=%3g"),
    ] {
        let mut connection = TcpStream::connect(("127.0.0.1", services.sandbox.port()))?;
        let accepted = services.request(caller, "GET", "/")?.build()?;
        let mut head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in accepted.headers() {
            head += &format!("{name}: {}\r\n", value.to_str()?);
        }
        connection.write_all(format!("{head}\r\n").as_bytes())?;
        let mut response = String::new();
        connection.read_to_string(&mut response)?;
        assert!(response.starts_with("HTTP/1.1 400") && response.contains("%25"), "{path}: {response}");
    }
    assert_eq!(services.json(As::Genesys, "GET", "/genesys//api/v2/users").await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn an_email_address_needs_text_on_both_sides_of_the_at_sign() -> TestResult {
    let services = services(3).await?;
    for (email, expected) in
        [("@", 400), ("a@", 400), ("@b", 400), ("a@b@c", 400), ("a b@c", 400), ("a@b\n", 400), ("ä@b", 200)]
    {
        let body = json!({ "name": "Sample Person", "email": email }).to_string();
        assert_eq!(services.post(As::Genesys, "POST", USERS, &body).await?.0, expected, "{email:?}");
    }
    Ok(())
}
