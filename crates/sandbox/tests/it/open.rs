//! Genesys takes what its documents do not have, unless the sandbox is strict.

use rosterkit_sandbox::Sandbox;
use serde_json::json;

use crate::support::genesys::person;
use crate::support::{As, Services, TestResult};

const USERS: &str = "/genesys/api/v2/users";

async fn statuses(strict: bool) -> TestResult<Vec<(String, u16)>> {
    let services = Services::of(Sandbox::builder().users(20).seed(7).strict(strict).start().await?)?;
    let user = person(&services, 1).await?;
    let mut statuses = Vec::new();
    let search = json!({ "query": [{ "type": "MATCH_ALL" }], "expand": ["moods"] });
    let addresses = json!([{ "address": "@a.b", "mediaType": "PIGEON", "type": "LOFT" }]);
    for (method, path, body) in [
        ("GET", "?expand=moods".to_owned(), json!(null)),
        ("GET", "?sortOrder=SIDEWAYS".to_owned(), json!(null)),
        ("GET", "/query?expand=moods&integrationPresenceSource=Telepathy".to_owned(), json!(null)),
        ("GET", format!("/{user}?expand=moods"), json!(null)),
        ("GET", "/me?expand=moods".to_owned(), json!(null)),
        ("POST", "/search".to_owned(), search),
        ("PATCH", format!("/{user}"), json!({ "addresses": addresses, "version": 1 })),
        ("PATCH", format!("/{user}"), json!({ "acdAutoAnswer": "true", "version": "2" })),
        ("PUT", format!("/{user}/state"), json!({ "state": "inactive", "stateChangeReason": "WHIM", "version": 3 })),
        ("PUT", format!("/{user}/callforwarding"), json!({ "voicemail": "PARROT" })),
    ] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, _) = services.post(As::Genesys, method, &format!("{USERS}{path}"), &body).await?;
        statuses.push((format!("{method} {} {body}", path.replace(&user, "ID")), status));
    }
    let shown = services.genesys.api().get_user().user_id(&user).send().await?.into_inner();
    let auto_answer = shown.acd_auto_answer;
    assert_eq!((shown.version, auto_answer), if strict { (Some(1), Some(false)) } else { (Some(4), Some(true)) });
    let media_type = shown.addresses.into_iter().flatten().next().and_then(|address| address.media_type);
    let expected = if strict { "PHONE" } else { "PIGEON" };
    assert_eq!(media_type.as_ref().map(|media_type| media_type.as_str()), Some(expected));
    Ok(statuses)
}

#[tokio::test]
async fn unknown_values_and_numbers_in_quotation_marks_are_taken_unless_the_sandbox_is_strict() -> TestResult {
    for (request, status) in statuses(false).await? {
        assert_eq!(status, 200, "{request}");
    }
    for (request, status) in statuses(true).await? {
        assert_eq!(status, 400, "{request}");
    }
    Ok(())
}

#[tokio::test]
async fn a_value_that_decides_what_to_do_must_be_known() -> TestResult {
    let services = Services::of(Sandbox::builder().users(20).seed(7).start().await?)?;
    let user = person(&services, 1).await?;
    for (method, path, body) in [
        ("GET", format!("{USERS}?state=gone"), String::new()),
        (
            "POST",
            format!("{USERS}/search"),
            json!({ "query": [{ "type": "GUESS", "fields": ["name"], "value": "a" }] }).to_string(),
        ),
        ("PUT", format!("{USERS}/{user}/routingstatus"), json!({ "status": "ASLEEP" }).to_string()),
        ("PATCH", format!("{USERS}/{user}"), json!({ "state": "asleep", "version": 1 }).to_string()),
    ] {
        let (status, response) = services.post(As::Genesys, method, &path, &body).await?;
        assert_eq!(status, 400, "{path}: {response}");
    }
    Ok(())
}
