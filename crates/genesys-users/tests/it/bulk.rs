//! Bulk operations: how items are cut, and one outcome for each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use genesys_users::Backoff;
use genesys_users::batch::Outcome;
use genesys_users::types::{
    PatchUser, RoleDivisionPair, UserQueuePatch, UserRoutingLanguagePostPatch, UserRoutingSkillPost,
    UserRoutingSkillPostPatch,
};
use genesys_users::{CallOptions, Patch, RetryPolicy};
use httpmock::MockServer;
use serde_json::{Value, json};

fn ids(body: &Value) -> Vec<Value> {
    body.as_array().into_iter().flatten().map(|item| item["id"].clone()).collect()
}

/// Lists what was sent.
fn echo(body: Value) -> (u16, Value) {
    (200, json!({ "entities": body }))
}

#[tokio::test]
async fn users_are_sent_in_chunks_of_50_and_each_has_its_outcome() {
    let server = MockServer::start_async().await;
    let bulk = crate::support::respond(&server, "PATCH", "/api/v2/users/bulk", |body| {
        let ids = ids(&body);
        assert!(ids.len() <= 50);
        // The order of the response is not that of the items, and one user is missing.
        let known: Vec<_> = ids.iter().rev().filter(|id| **id != "u-7").map(|id| json!({ "id": id })).collect();
        if ids.contains(&json!("u-60")) {
            return (400, json!({ "message": "u-60 is no user", "code": "bad.request", "status": 400 }));
        }
        if ids.contains(&json!("u-110")) {
            return (500, json!({ "message": "broken", "status": 500 }));
        }
        (200, json!({ "entities": known }))
    });
    let items = (0..120).map(|number| PatchUser { id: format!("u-{number}").into(), acd_auto_answer: true.into() });
    let client = crate::support::client(&server);
    let mut outcomes = client.users().patch_many(items).ordered();
    while let Some(outcome) = outcomes.next().await {
        let id = outcome.item.id.value().cloned();
        assert_eq!(id, Some(format!("u-{}", outcome.index)));
        match (outcome.index, outcome.outcome) {
            (7, Outcome::Unknown(error)) => assert_eq!(error.status(), None),
            (0..50, Outcome::Accepted(user)) => assert_eq!(user.id, id),
            (50..100, Outcome::Rejected(reason)) => assert_eq!(reason, "u-60 is no user"),
            (100.., Outcome::Unknown(error)) => assert_eq!(error.status().map(|status| status.as_u16()), Some(500)),
            (index, outcome) => panic!("{index}: {outcome:?}"),
        }
    }
    let counts = outcomes.counts();
    assert_eq!((counts.accepted, counts.rejected, counts.unknown, counts.total()), (49, 50, 21, 120));
    bulk.assert_calls(3);
}

#[tokio::test]
async fn a_rejection_after_an_attempt_that_may_have_taken_effect_is_unknown() {
    for (first, expected) in [(503, [0, 2]), (429, [2, 0])] {
        let server = MockServer::start_async().await;
        let calls = AtomicUsize::new(0);
        let bulk = crate::support::respond(&server, "PATCH", "/api/v2/users/bulk", move |_| {
            match calls.fetch_add(1, Ordering::SeqCst) {
                0 => (first, json!({ "message": "not now" })),
                _ => (400, json!({ "message": "acdAutoAnswer is set already", "status": 400 })),
            }
        });
        let at_once = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
        let options = CallOptions::new().retry(at_once).repeat_unsafe(true);
        let client = crate::support::client(&server).with_options(options);
        let items = ["u-1", "u-2"].map(|id| PatchUser { id: id.to_owned().into(), acd_auto_answer: true.into() });
        let mut outcomes = client.users().patch_many(items).ordered();
        while outcomes.next().await.is_some() {}
        let counts = outcomes.counts();
        assert_eq!(([counts.rejected, counts.unknown], bulk.calls()), (expected, 2), "{first}");
    }
}

#[tokio::test]
async fn languages_are_sent_in_chunks_of_50_and_skills_in_chunks_of_the_given_size() {
    let server = MockServer::start_async().await;
    let languages = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/routinglanguages/bulk", |body| {
        assert!(ids(&body).len() <= 50);
        echo(body)
    });
    let skills = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/routingskills/bulk", |body| {
        assert!(ids(&body).len() <= 50);
        echo(body)
    });
    let client = crate::support::client(&server);
    let routing = client.routing("u-1");

    let items = (0..101).map(|number| UserRoutingLanguagePostPatch {
        id: format!("l-{number}").into(),
        proficiency: 3.0.into(),
        ..Default::default()
    });
    let mut outcomes = routing.add_languages(items).unordered();
    while outcomes.next().await.is_some() {}
    assert_eq!((outcomes.counts().accepted, outcomes.counts().total(), languages.calls()), (101, 101, 3));

    let items = (0..101).map(|number| UserRoutingSkillPostPatch {
        id: format!("s-{number}").into(),
        proficiency: 3.0.into(),
        ..Default::default()
    });
    let mut outcomes = routing.add_skills(items).ordered();
    while outcomes.next().await.is_some() {}
    assert_eq!((outcomes.counts().accepted, outcomes.counts().total(), skills.calls()), (101, 101, 3));
}

#[tokio::test]
async fn an_item_that_lacks_a_required_property_is_invalid_and_the_others_are_sent() {
    let server = MockServer::start_async().await;
    let skills = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/routingskills/bulk", |body| {
        assert_eq!(ids(&body), ["s-0", "s-2"]);
        echo(body)
    });
    let proficiency = [Patch::Value(3.0), Patch::Absent, Patch::Value(0.0), Patch::Null];
    let items = proficiency.into_iter().enumerate().map(|(number, proficiency)| UserRoutingSkillPostPatch {
        id: format!("s-{number}").into(),
        proficiency,
        ..Default::default()
    });
    let mut outcomes = crate::support::client(&server).routing("u-1").add_skills(items).ordered();
    let mut names = Vec::new();
    while let Some(item) = outcomes.next().await {
        names.push((item.outcome.name(), item.outcome.reason().unwrap_or_default().to_string()));
    }
    let invalid = || ("invalid", "proficiency is required".to_owned());
    assert_eq!(names, [("accepted", String::new()), invalid(), ("accepted", String::new()), invalid()]);
    skills.assert_calls(1);
}

#[tokio::test]
async fn what_the_service_sets_itself_is_not_sent_back() {
    let server = MockServer::start_async().await;
    let skills = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/routingskills/bulk", |body| {
        assert_eq!(body, json!([{ "id": "s-1", "proficiency": 4.0 }]));
        echo(body)
    });
    let read =
        json!({ "id": "s-1", "proficiency": 4.0, "skillUri": "/skills/s-1", "selfUri": "/users/u-1/skills/s-1" });
    let item: UserRoutingSkillPostPatch = serde_json::from_value(read).expect("a skill");
    let mut outcomes = crate::support::client(&server).routing("u-1").add_skills([item]).ordered();
    while outcomes.next().await.is_some() {}
    assert_eq!(outcomes.counts().accepted, 1);
    skills.assert_calls(1);
}

#[tokio::test]
async fn replacing_any_number_of_skills_is_one_request() {
    let server = MockServer::start_async().await;
    let replace = crate::support::respond(&server, "PUT", "/api/v2/users/u-1/routingskills/bulk", |body| {
        assert_eq!(ids(&body).len(), 500);
        echo(body)
    });
    let skills: Vec<_> = (0..500).map(|number| json!({ "id": format!("s-{number}"), "proficiency": 1 })).collect();
    let skills: Vec<UserRoutingSkillPost> = serde_json::from_value(json!(skills)).expect("skills");
    assert_eq!(
        crate::support::client(&server).routing("u-1").replace_skills(skills).await.expect("replaced").len(),
        500
    );
    replace.assert_calls(1);
}

#[tokio::test]
async fn a_change_of_several_skills_in_one_request_is_known_only_if_the_response_lists_them_all() {
    let server = MockServer::start_async().await;
    let merge = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/routingskills/bulk", |body| {
        let listed: Vec<_> = ids(&body).into_iter().filter(|id| id != "lost").map(|id| json!({ "id": id })).collect();
        (200, json!({ "entities": listed }))
    });
    let skill = |id: &str, proficiency: Patch<f64>| UserRoutingSkillPostPatch {
        id: id.to_owned().into(),
        proficiency,
        ..Default::default()
    };
    let routing = crate::support::client(&server).routing("u-1");
    let listed = routing.merge_skills(["a", "b"].map(|id| skill(id, 3.0.into()))).await.expect("merged");
    assert_eq!(listed.len(), 2);
    let error = routing.merge_skills(["a", "lost"].map(|id| skill(id, 3.0.into()))).await.expect_err("one is lost");
    assert!(error.may_have_taken_effect(), "{error}");
    let error = routing.merge_skills([skill("a", 3.0.into()), skill("b", Patch::Absent)]).await.expect_err("invalid");
    assert!(!error.may_have_taken_effect() && error.to_string().contains("proficiency"), "{error}");
    merge.assert_calls(2);
}

#[tokio::test]
async fn replacing_languages_removes_those_that_are_not_wanted_first_and_says_so_if_it_fails_then() {
    for (status, is_replaced) in [(200, true), (400, false)] {
        let server = MockServer::start_async().await;
        let path = "/api/v2/users/u-1/routinglanguages";
        let held = json!({ "entities": [{ "id": "old" }, { "id": "kept" }] });
        let read = crate::support::respond(&server, "GET", path, move |_| (200, held.clone()));
        let removed = crate::support::respond(&server, "DELETE", &format!("{path}/old"), |_| (200, json!({})));
        let merged = crate::support::respond(&server, "PATCH", &format!("{path}/bulk"), move |body| {
            assert_eq!(ids(&body), ["kept", "new"]);
            (status, echo(body).1)
        });
        let languages = ["kept", "new"].map(|id| UserRoutingLanguagePostPatch {
            id: id.to_owned().into(),
            proficiency: 3.0.into(),
            ..Default::default()
        });
        match crate::support::client(&server).routing("u-1").replace_languages(languages).await {
            Ok(replaced) => assert_eq!((replaced.len(), is_replaced), (2, true)),
            // The removal took effect, although this request was refused.
            Err(error) => assert!(!is_replaced && error.may_have_taken_effect(), "{error}"),
        }
        [read, removed, merged].iter().for_each(|calls| calls.assert_calls(1));
    }
}

#[tokio::test]
async fn any_success_accepts_changes_of_queues_whatever_state_it_shows() {
    let queue = |id, joined| json!({ "id": id, "joined": joined });
    for (response, is_shown) in [
        (json!({ "entities": [queue("a", true), queue("b", false)] }), true),
        (json!({ "entities": [queue("a", false), queue("b", true)] }), true),
        (json!({ "entities": [] }), false),
        (json!({}), false),
        (json!([1]), false),
        (json!(null), false),
    ] {
        let server = MockServer::start_async().await;
        let body = response.clone();
        let join = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1/queues", move |_| (202, body.clone()));
        let patch = |(id, joined): (&str, bool)| UserQueuePatch {
            id: id.to_owned().into(),
            joined: joined.into(),
            ..Default::default()
        };
        let client = crate::support::client(&server);
        let mut outcomes = client.routing("u-1").set_queues([("a", true), ("b", false)].map(patch), 10).ordered();
        let mut found = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            found.push(matches!(outcome.outcome, Outcome::Accepted(queue) if queue.is_some() == is_shown));
        }
        assert_eq!(found, [true, true], "{response}");
        join.assert_calls(1);
    }
}

#[tokio::test]
async fn the_routing_status_is_read_and_set() {
    let server = MockServer::start_async().await;
    let path = "/api/v2/users/u-1/routingstatus";
    crate::support::respond(&server, "GET", path, |_| (200, json!({ "status": "OFF_QUEUE" })));
    crate::support::respond(&server, "PUT", path, |body| {
        assert_eq!(body, json!({ "status": "IDLE" }));
        (200, body)
    });
    let client = crate::support::client(&server);
    let routing = client.routing("u-1");
    assert_eq!(routing.status().await.expect("a status").status, Some("OFF_QUEUE".into()));
    assert_eq!(routing.set_status("IDLE").await.expect("a status").status, Some("IDLE".into()));
}

#[tokio::test]
async fn grants_are_added_and_removed_in_chunks_of_the_given_size() {
    let server = MockServer::start_async().await;
    let call = |name: &str| {
        let refuse = name == "bulkremove";
        crate::support::respond(&server, "POST", &format!("/api/v2/authorization/subjects/s-1/{name}"), move |body| {
            assert_eq!(body["grants"].as_array().map(Vec::len), Some(2));
            if refuse { (403, json!({ "message": "not yours", "status": 403 })) } else { (200, Value::Null) }
        })
    };
    let (add, remove) = (call("bulkadd"), call("bulkremove"));
    let grants = || {
        (0..4).map(|number| RoleDivisionPair {
            role_id: Some(format!("r-{number}")),
            division_id: Some("d-1".to_owned()),
        })
    };
    let client = crate::support::client(&server);
    let roles = client.roles("s-1");
    let mut outcomes = roles.add_grants(grants(), 2).ordered();
    while outcomes.next().await.is_some() {}
    assert_eq!((outcomes.counts().accepted, add.calls()), (4, 2));
    let mut outcomes = roles.remove_grants(grants(), 2).ordered();
    while outcomes.next().await.is_some() {}
    assert_eq!((outcomes.counts().rejected, remove.calls()), (4, 2));
}
