//! Look-ups: what has exactly a name.

use genesys_users::ErrorKind;
use httpmock::MockServer;
use serde_json::{Value, json};

use crate::support::{client, respond, sandbox};

/// Finds by name with one of the methods, and returns the names of what was found.
macro_rules! found {
    ($client:expr, $method:ident, $name:expr) => {{
        let found = $client.lookups().$method($name).await.expect("found");
        assert!(found.iter().all(|it| it.id.is_some()));
        found.into_iter().filter_map(|it| it.name).collect::<Vec<_>>()
    }};
}

#[tokio::test]
async fn each_kind_is_found_by_its_whole_name_whatever_the_filter_of_the_service_finds() {
    let (_sandbox, client) = sandbox(12).await;
    assert_eq!(found!(client, skills, "returns"), ["Returns"]);
    assert!(found!(client, skills, "Ret").is_empty(), "the service finds the start of a name");
    assert_eq!(found!(client, languages, "English"), ["English"]);
    assert_eq!(found!(client, queues, "CLAIMS"), ["Claims"]);
    assert!(found!(client, queues, "C*").is_empty(), "the service takes the asterisk for any text");
    assert_eq!(found!(client, divisions, "north"), ["North"]);
    assert!(found!(client, divisions, "ort").is_empty());
    assert_eq!(found!(client, roles, "supervisor"), ["supervisor"]);
    assert_eq!(found!(client, groups, "early shift"), ["Early Shift"]);
    assert!(found!(client, groups, "Shift").is_empty());
    assert_eq!(found!(client, locations, "Hill Office"), ["Hill Office"]);
    assert_eq!(found!(client, stations, "Station 00001"), ["Station 00001"]);
    assert_eq!(found!(client, presences, "Meal"), ["Meal"]);
}

#[tokio::test]
async fn a_name_of_several_is_found_on_all_pages() {
    let server = MockServer::start_async().await;
    let page = |id: &str, other: &str, number: i64| {
        let entities = json!([{ "id": id, "name": "Team" }, { "id": other, "name": "Team B" }]);
        json!({ "entities": entities, "pageNumber": number, "pageCount": 2, "total": 4 })
    };
    for (number, id, other) in [(1, "g-1", "g-2"), (2, "g-3", "g-4")] {
        let body = page(id, other, number);
        server.mock(|when, then| {
            when.path("/api/v2/groups").query_param("pageNumber", number.to_string());
            then.json_body(body);
        });
    }
    let groups = client(&server).lookups().groups(" team ").await.expect("found");
    let ids: Vec<_> = groups.into_iter().filter_map(|group| group.id).collect();
    assert_eq!(ids, ["g-1", "g-3"]);
}

#[tokio::test]
async fn a_presence_is_found_by_each_of_its_labels() {
    let server = MockServer::start_async().await;
    respond(&server, "GET", "/api/v2/presence/definitions", |_| {
        let presence = |id: &str, label: &str| json!({ "id": id, "languageLabels": { "en_US": id, "de": label } });
        (200, json!({ "entities": [presence("Break", "Pause"), presence("Busy", "Beschäftigt")] }))
    });
    let presences = client(&server).lookups().presences("BESCHÄFTIGT").await.expect("found");
    assert_eq!(presences.iter().map(|it| it.id.as_deref()).collect::<Vec<_>>(), [Some("Busy")]);
}

#[tokio::test]
async fn nothing_is_concluded_from_a_listing_that_ends_early_or_is_none() {
    let server = MockServer::start_async().await;
    respond(&server, "GET", "/api/v2/routing/skills", |_| {
        (200, json!({ "entities": [{ "id": "s-1", "name": "Billing" }], "pageCount": 1, "total": 2 }))
    });
    let presences = respond(&server, "GET", "/api/v2/presence/definitions", |_| (200, json!({ "other": Value::Null })));
    let lookups = client(&server).lookups();
    assert_eq!(lookups.skills("Billing").await.expect("found").len(), 1);
    let error = lookups.skills("Returns").await.expect_err("one item is lacking");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getRoutingSkills")));
    let error = lookups.presences("Meal").await.expect_err("no list");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getPresenceDefinitions0")));
    // A blank name, as from an unset variable, is sent to nobody.
    for blank in [lookups.presences(" ").await.map(drop), lookups.groups("").await.map(drop)] {
        assert_eq!(blank.expect_err("blank").kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(presences.calls(), 1);
}
