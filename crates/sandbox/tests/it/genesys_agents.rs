//! Genesys: auto-answer settings of agents, and monitoring of their screens.

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

async fn delete(services: &Services, path: &str) -> TestResult<u16> {
    Ok(services.send(As::Genesys, "DELETE", &format!("{GENESYS}/{path}")).await?.status().as_u16())
}

#[tokio::test]
async fn auto_answer_settings_are_replaced_merged_and_deleted() -> TestResult {
    let services = services(12).await?;
    let path = |user: &str| format!("users/agentui/agents/autoanswer/{user}/settings");
    let (first, second) = (path(&person(&services, 0).await?), path(&person(&services, 1).await?));
    assert_eq!(get(&services, &first).await?, (200, json!({ "settings": { "call": { "enabled": true } } })));
    assert_eq!(get(&services, &second).await?.0, 404, "only every tenth person has settings at first");

    let chat = json!({ "settings": { "chat": { "enabled": false } } });
    let both = json!({ "settings": { "call": { "enabled": true }, "chat": { "enabled": false } } });
    assert_eq!(send(&services, "PATCH", &first, chat.clone()).await?, (200, both.clone()), "a patch keeps the others");
    assert_eq!(get(&services, &first).await?, (200, both));
    assert_eq!(send(&services, "PUT", &first, chat.clone()).await?, (200, chat.clone()), "a replacement does not");
    assert_eq!(send(&services, "PATCH", &second, chat.clone()).await?, (200, chat.clone()));
    for wrong in [json!({}), json!({ "settings": { "call": {} } })] {
        assert_eq!(send(&services, "PUT", &first, wrong.clone()).await?.0, 400, "{wrong}");
    }
    assert_eq!(get(&services, &first).await?.1, chat, "a refused request changes nothing");

    let state = services.sandbox.state()?;
    assert_eq!((delete(&services, &first).await?, delete(&services, &first).await?), (204, 404));
    assert_eq!(get(&services, &first).await?.0, 404);
    services.sandbox.restore(&state)?;
    assert_eq!(get(&services, &first).await?.1, chat);
    Ok(())
}

#[tokio::test]
async fn a_screen_is_monitored_until_the_session_ends() -> TestResult {
    let services = services(6).await?;
    let (target, other) = (person(&services, 3).await?, person(&services, 4).await?);
    let api = services.genesys.api();
    let start = async || -> TestResult<String> {
        let started = api.post_user_screenmonitors_sessions().user_id(&target).send().await?.into_inner();
        Ok(started.screen_monitoring_id.ok_or("no id")?)
    };
    let (first, second) = (start().await?, start().await?);
    assert_ne!(first, second, "each call starts another session");
    let path = |user: &str, session: &str| format!("users/{user}/screenmonitors/sessions/{session}");
    let (status, shown) = get(&services, &path(&target, &first)).await?;
    assert_eq!(
        (status, &shown["screenMonitoringId"], &shown["monitoringType"]),
        (200, &json!(first), &json!("AgentLevel"))
    );
    assert_eq!(shown["targetUser"]["id"], json!(target));
    assert_eq!(get(&services, &path(&other, &first)).await?.0, 404, "it is about another user");
    assert_eq!(delete(&services, &path(&other, &first)).await?, 404);
    assert_eq!(
        (delete(&services, &path(&target, &first)).await?, delete(&services, &path(&target, &first)).await?),
        (204, 404)
    );
    assert_eq!(get(&services, &path(&target, &first)).await?.0, 404);
    assert_eq!(get(&services, &path(&target, &second)).await?.0, 200);
    Ok(())
}
