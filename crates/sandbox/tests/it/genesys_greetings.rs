//! Genesys: greetings of users, and which of them callers hear.

use serde_json::{Value, json};

use crate::support::genesys::person;
use crate::support::{As, Services, TestResult, services};

const GENESYS: &str = "/genesys/api/v2";

async fn send(services: &Services, method: &str, path: &str, body: Value) -> TestResult<(u16, Value)> {
    services.post(As::Genesys, method, &format!("{GENESYS}/{path}"), &body.to_string()).await
}

async fn get(services: &Services, path: &str) -> TestResult<(u16, Value)> {
    services.json(As::Genesys, "GET", &format!("{GENESYS}/{path}")).await
}

fn greeting(owner: &str, kind: &str, text: &str) -> Value {
    json!({ "type": kind, "ownerType": "USER", "owner": { "id": owner }, "name": "On holiday", "audioTTS": text })
}

#[tokio::test]
async fn a_greeting_is_created_listed_changed_and_deleted() -> TestResult {
    let services = services(6).await?;
    let user = person(&services, 2).await?;
    let listing = format!("users/{user}/greetings");
    assert_eq!(get(&services, &listing).await?.1["total"], 0);
    let (status, created) = send(&services, "POST", &listing, greeting(&user, "VOICEMAIL", "Back on Monday.")).await?;
    assert_eq!((status, &created["audioTTS"], &created["owner"]["id"]), (200, &json!("Back on Monday."), &json!(user)));
    let path = format!("greetings/{}", created["id"].as_str().ok_or("no id")?);
    assert_eq!(get(&services, &path).await?, (200, created.clone()));
    let (_, page) = get(&services, &listing).await?;
    assert_eq!(
        (&page["total"], &page["entities"][0]["id"], &page["entities"][0]["name"]),
        (&json!(1), &created["id"], &json!("On holiday"))
    );

    let (status, changed) = send(&services, "PUT", &path, greeting(&user, "NAME", "Somebody")).await?;
    assert_eq!((status, &changed["type"], &changed["createdDate"]), (200, &json!("NAME"), &created["createdDate"]));
    assert!(changed["modifiedDate"].is_string() && created["modifiedDate"].is_null());

    let other = person(&services, 3).await?;
    for wrong in [
        greeting(&other, "NAME", "Somebody"),
        json!({ "type": "NAME" }),
        json!({ "ownerType": "USER", "owner": { "id": user } }),
    ] {
        assert_eq!(send(&services, "PUT", &path, wrong.clone()).await?.0, 400, "{wrong}");
        assert_eq!(send(&services, "POST", &listing, wrong.clone()).await?.0, 400, "{wrong}");
    }
    assert_eq!(get(&services, &path).await?.1, changed, "a refused request changes nothing");
    let state = services.sandbox.state()?;
    let delete = async || services.send(As::Genesys, "DELETE", &format!("{GENESYS}/{path}")).await;
    assert_eq!((delete().await?.status().as_u16(), delete().await?.status().as_u16()), (204, 404));
    assert_eq!(get(&services, &listing).await?.1["total"], 0);
    services.sandbox.restore(&state)?;
    assert_eq!(get(&services, &path).await?.1, changed);
    services.genesys.api().delete_user().user_id(&user).send().await?;
    assert_eq!(get(&services, &path).await?.0, 404, "the owner was deleted");
    Ok(())
}

#[tokio::test]
async fn callers_hear_the_default_of_each_type() -> TestResult {
    let services = services(6).await?;
    let user = person(&services, 2).await?;
    let defaults = format!("users/{user}/greetings/defaults");
    assert_eq!(get(&services, &defaults).await?.1["greetings"], json!({}));
    let listing = format!("users/{user}/greetings");
    let (_, voicemail) = send(&services, "POST", &listing, greeting(&user, "VOICEMAIL", "Back on Monday.")).await?;
    let (_, name) = send(&services, "POST", &listing, greeting(&user, "NAME", "Somebody")).await?;
    let named = |pairs: &[(&str, &Value)]| {
        let pairs = pairs.iter().map(|(kind, greeting)| ((*kind).to_owned(), json!({ "id": greeting["id"] })));
        json!({ "greetings": pairs.collect::<serde_json::Map<_, _>>() })
    };
    let (status, set) = send(&services, "PUT", &defaults, named(&[("VOICEMAIL", &voicemail), ("NAME", &name)])).await?;
    assert_eq!((status, &set["greetings"]["NAME"], &set["greetings"]["VOICEMAIL"]), (200, &name, &voicemail));
    let first =
        get(&services, &format!("users/{}/greetings", person(&services, 0).await?)).await?.1["entities"][0].clone();
    assert!(first["id"].is_string(), "the first person has a greeting from the start");
    for wrong in [named(&[("NAME", &voicemail)]), named(&[("VOICEMAIL", &first)]), json!({})] {
        assert_eq!(send(&services, "PUT", &defaults, wrong.clone()).await?.0, 400, "{wrong}");
    }
    assert_eq!(get(&services, &defaults).await?.1, set);

    let path = format!("{GENESYS}/greetings/{}", voicemail["id"].as_str().ok_or("no id")?);
    assert_eq!(services.send(As::Genesys, "DELETE", &path).await?.status().as_u16(), 204);
    assert_eq!(get(&services, &defaults).await?.1["greetings"], json!({ "NAME": name }), "a deleted one is no default");
    let (_, none) = send(&services, "PUT", &defaults, json!({ "greetings": {} })).await?;
    assert_eq!(none["greetings"], json!({}), "what is left out has no default");
    Ok(())
}
