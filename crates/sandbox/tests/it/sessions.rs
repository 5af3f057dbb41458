//! Session clusters: clusters, completions, users.

use std::collections::{BTreeMap, BTreeSet};

use rosterkit_sandbox::UNTRUSTED;
use serde_json::{Value, json};
use session_clusters::types::{
    BatchDeactivateUsersRequest, BatchUpsertUsersRequest, BatchUpsertUsersResult, Completion, UserRef, UserTemplate,
};

use crate::support::{As, Services, TestResult, services};

fn template(remote_id: &str, first: &str, last: &str) -> UserTemplate {
    UserTemplate {
        active: None,
        remote_id: Some(remote_id.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        additional_properties: BTreeMap::new(),
    }
}

async fn upsert(services: &Services, users: Vec<UserTemplate>) -> TestResult<BatchUpsertUsersResult> {
    let request = services.sessions.api().batch_upsert_users().body(BatchUpsertUsersRequest { users });
    let response = request.send().await?.into_inner();
    assert_eq!(response.success, Some(true));
    Ok(*response.data.ok_or("no data")?)
}

async fn completions(services: &Services) -> TestResult<Vec<Completion>> {
    Ok(services.sessions.api().get_completions().send().await?.into_inner())
}

#[tokio::test]
async fn clusters_come_in_an_envelope_without_error() -> TestResult {
    let services = services(3).await?;
    let (status, response) = services.json(As::Sessions, "GET", "/sessions/clusters").await?;
    assert_eq!((status, &response["success"], response.get("error")), (200, &json!(true), None));
    let items = response["data"]["items"].as_array().ok_or("no items")?;
    assert_eq!(response["data"]["total"], items.len());
    let forms = items.iter().filter(|item| item["iframeCode"].as_str().is_some_and(|code| code.starts_with("<iframe")));
    assert!((1..items.len()).contains(&forms.count()), "some clusters have a signup form and some have none");
    Ok(())
}

#[tokio::test]
async fn a_window_filters_clusters_by_creation() -> TestResult {
    let services = services(3).await?;
    let api = services.sessions.api();
    let total = async |window: &str| -> TestResult<Option<i64>> {
        let (_, response) = services.json(As::Sessions, "GET", &format!("/sessions/clusters?{window}")).await?;
        Ok(response["data"]["total"].as_i64())
    };
    let all = api.get_clusters().send().await?.into_inner().data.and_then(|list| list.total).ok_or("no total")?;
    // The third cluster was created 240 days before the first of January 2025, at nine.
    let third = "2024-05-06T09:00:00Z";
    assert_eq!(total(&format!("from={third}")).await?, Some(all - 2), "from is inclusive");
    assert_eq!(total(&format!("to={third}")).await?, Some(2), "to is exclusive");
    assert_eq!(total("from=2024-05-06T09:00Z&to=2024-05-06T11:01%2B02:00").await?, Some(1), "offsets count");
    Ok(())
}

#[tokio::test]
async fn a_window_filters_completions_by_session() -> TestResult {
    let services = services(250).await?;
    let all = completions(&services).await?;
    let mut starts: Vec<_> =
        all.iter().filter_map(|completion| completion.session_scheduled_start_at.clone()).collect();
    starts.sort();
    assert_eq!(starts.len(), all.len());
    let middle = starts[starts.len() / 2].clone();
    let before = starts.iter().filter(|start| **start < middle).count();
    let api = services.sessions.api();
    assert_eq!(api.get_completions().to(middle.clone()).send().await?.get().len(), before);
    assert_eq!(api.get_completions().from(middle).send().await?.get().len(), all.len() - before);
    Ok(())
}

#[tokio::test]
async fn a_window_that_ends_before_it_begins_is_rejected() -> TestResult {
    let services = services(3).await?;
    for path in ["/sessions/clusters", "/sessions/completions"] {
        for window in [
            "from=2024-02-01T00:00:00Z&to=2024-01-01T00:00:00Z",
            "from=2024-02-01T00:00:00Z&to=2024-02-01T00:00:00Z",
            "from=yesterday",
            "to=2024-02-30T00:00:00Z",
            "from=2024-01-01T00:00:00",
        ] {
            let (status, response) = services.json(As::Sessions, "GET", &format!("{path}?{window}")).await?;
            assert_eq!(
                (status, &response["success"], &response["data"]),
                (400, &json!(false), &Value::Null),
                "{window}"
            );
            assert!(response["error"]["message"].is_string() && response["error"]["metadata"].is_object());
        }
    }
    Ok(())
}

#[tokio::test]
async fn completions_refer_to_genesys_users_and_to_clusters() -> TestResult {
    let services = services(250).await?;
    let mut people = BTreeSet::new();
    for number in 1..=3 {
        let request = services.genesys.api().get_users().state("any").page_size(100).page_number(number);
        people.extend(request.send().await?.into_inner().entities.into_iter().flatten().filter_map(|user| user.id));
    }
    let clusters = services.sessions.api().get_clusters().send().await?.into_inner().data.ok_or("no data")?;
    let clusters: BTreeSet<_> =
        clusters.items.into_iter().flatten().map(|cluster| (cluster.cluster_id, cluster.module_id)).collect();
    let completions = completions(&services).await?;
    assert!(completions.len() > 100);
    let ids: BTreeSet<_> = completions.iter().map(|completion| completion.id.clone()).collect();
    assert_eq!(ids.len(), completions.len());
    for completion in &completions {
        assert!(completion.remote_user_id.as_ref().is_some_and(|id| people.contains(id)));
        assert!(clusters.contains(&(completion.cluster_id.clone(), completion.module_id.clone())));
        let attended = completion.attended.ok_or("no `attended`")?;
        assert_eq!(completion.time_in_session_mins.is_some(), attended);
        assert_eq!(completion.participant_first_visited_at.is_some(), attended);
        assert!((0.0..=100.0).contains(&completion.percentage_steps_visited.ok_or("no share")?));
        assert!(completion.steps_visited <= completion.total_steps);
    }
    assert!(completions.iter().any(|completion| completion.attended == Some(false)));
    Ok(())
}

/// The spec has no `nullable` on the fields of a completion.
#[tokio::test]
async fn completions_of_absentees_leave_out_the_times_of_the_visit() -> TestResult {
    const VISIT: [&str; 3] = ["participantFirstVisitedAt", "participantLastVisitedAt", "timeInSessionMins"];
    let services = services(250).await?;
    let (_, response) = services.json(As::Sessions, "GET", "/sessions/completions").await?;
    let completions = response.as_array().ok_or("not an array")?;
    let (mut attended, mut absent) = (0, 0);
    for completion in completions.iter().filter_map(Value::as_object) {
        assert!(completion.values().all(|value| !value.is_null()), "{completion:?}");
        let present = VISIT.map(|field| completion.contains_key(field));
        match completion["attended"].as_bool() {
            Some(was_there) => {
                assert_eq!(present, [was_there; 3], "{completion:?}");
                *(if was_there { &mut attended } else { &mut absent }) += 1;
            }
            None => return Err("no `attended`".into()),
        }
    }
    assert!(attended > 0 && absent > 0);
    Ok(())
}

#[tokio::test]
async fn users_page_from_zero() -> TestResult {
    for (people, size, pages) in [(0_i64, 200, 0), (1, 200, 1), (250, 200, 1), (250, 60, 3), (250, 1, 125)] {
        let services = services(people.unsigned_abs()).await?;
        let total = (people + 1) / 2;
        let (mut seen, mut number) = (BTreeSet::new(), 0);
        loop {
            let request = services.sessions.api().get_users().page(number).page_size(size);
            let page = request.send().await?.into_inner().data.ok_or("no data")?;
            assert_eq!((page.page, page.size), (Some(number), Some(size)));
            assert_eq!((page.total, page.total_pages), (Some(total), Some(pages)));
            assert_eq!(page.prev.is_some(), number > 0);
            seen.extend(page.items.into_iter().flatten().filter_map(|user| user.id));
            if page.next.is_none() {
                break;
            }
            number += 1;
        }
        assert_eq!((i64::try_from(seen.len())?, number), (total, (pages - 1).max(0)));
        assert!(seen.iter().all(|id| id.len() == 64));
    }
    Ok(())
}

#[tokio::test]
async fn invalid_pages_and_page_sizes_are_rejected() -> TestResult {
    let services = services(3).await?;
    for query in ["pageSize=0", "pageSize=201", "page=-1", "page=one", "page=99999999999999999999"] {
        let (status, response) = services.json(As::Sessions, "GET", &format!("/sessions/users?{query}")).await?;
        assert_eq!((status, &response["success"]), (400, &json!(false)), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn an_upsert_creates_and_updates_users_and_lists_failures() -> TestResult {
    let services = services(4).await?;
    let people = services.genesys.api().get_users().send().await?.into_inner().entities.unwrap_or_default();
    let remote = |index: usize| people.get(index).and_then(|user| user.id.clone()).unwrap_or_default();
    let nameless = UserTemplate { last_name: None, ..template(&remote(2), "A", "") };
    let batch = vec![
        template(&remote(0), "New", "Name"),
        template(&remote(1), "Is", "New"),
        template("from-elsewhere", "Is", "New too"),
        nameless,
        template("", "No", "Id"),
        template("x", " ", "Y"),
        template(&format!("{UNTRUSTED}x"), "Not", "Trusted"),
    ];
    let result = upsert(&services, batch).await?;
    let written = result.success.unwrap_or_default();
    assert_eq!(written.len(), 3);
    assert_eq!((written[0].first_name.as_deref(), written[0].active), (Some("New"), Some(true)));
    let failed = result.failed.unwrap_or_default();
    let reasons: Vec<_> = failed.iter().filter_map(|failed| failed.error.as_deref()).collect();
    assert_eq!(
        reasons,
        [
            "lastName is missing",
            "remoteId is missing",
            "firstName is missing",
            "This user does not belong to a trusted domain"
        ]
    );
    let known: Vec<bool> =
        failed.iter().map(|failed| failed.user.as_ref().is_some_and(|user| user.id.is_some())).collect();
    assert_eq!(known, [true, false, false, false], "only a user that the service knows has an id");

    let page = services.sessions.api().get_users().send().await?.into_inner().data.ok_or("no data")?;
    assert_eq!(page.total, Some(4));
    let users = page.items.unwrap_or_default();
    assert_eq!(users.iter().filter(|user| written.contains(user)).count(), 3);
    Ok(())
}

#[tokio::test]
async fn a_repeated_upsert_changes_nothing() -> TestResult {
    let services = services(4).await?;
    let first = upsert(&services, vec![template("a", "B", "C")]).await?;
    let second = upsert(&services, vec![template("a", "B", "C"), template("a", "B", "C")]).await?;
    let user = first.success.unwrap_or_default();
    assert_eq!(second.success.unwrap_or_default(), [user.clone(), user].concat());
    let page = services.sessions.api().get_users().send().await?.into_inner().data.ok_or("no data")?;
    assert_eq!(page.total, Some(3));
    Ok(())
}

#[tokio::test]
async fn deactivated_users_are_listed_as_inactive() -> TestResult {
    let services = services(6).await?;
    let api = services.sessions.api();
    let users = async || -> TestResult<_> {
        let page = api.get_users().send().await?.into_inner().data.ok_or("no data")?;
        Ok(page.items.unwrap_or_default())
    };
    let before = users().await?;
    assert!(before.iter().all(|user| user.active == Some(true)));
    let (by_remote_id, by_id) = (before[0].remote_id.clone(), before[1].id.clone());
    let reference = |remote_id: Option<String>, id: Option<String>| UserRef {
        remote_id,
        id,
        additional_properties: BTreeMap::new(),
    };
    let references =
        vec![reference(by_remote_id, None), reference(None, by_id), reference(Some("nobody".to_owned()), None)];
    let response = api.batch_deactivate_users().body(BatchDeactivateUsersRequest { users: references }).send().await?;
    assert_eq!(response.get().success, Some(true));
    let data = response.get().data.as_ref().ok_or("no data")?;
    let written = data["success"].as_array().ok_or("no list")?;
    assert_eq!(written.iter().map(|user| &user["active"]).collect::<Vec<_>>(), [false, false]);
    assert_eq!(data["failed"], json!([{ "user": { "remoteId": "nobody" }, "error": "There is no such user" }]));
    let active: Vec<_> = users().await?.iter().map(|user| user.active).collect();
    assert_eq!(active, [Some(false), Some(false), Some(true)]);
    Ok(())
}

#[tokio::test]
async fn a_deactivation_without_matching_users_fails_with_status_200() -> TestResult {
    let services = services(6).await?;
    let (_, page) = services.json(As::Sessions, "GET", "/sessions/users").await?;
    let (one, other) = (&page["data"]["items"][0], &page["data"]["items"][1]);
    for users in [
        json!([{ "remoteId": "nobody" }, { "id": "nobody" }]),
        json!([{ "remoteId": one["remoteId"], "id": other["id"] }]),
    ] {
        let body = json!({ "users": users }).to_string();
        let (status, response) = services.post(As::Sessions, "POST", "/sessions/users/deactivate", &body).await?;
        assert_eq!((status, &response["success"], &response["data"]), (200, &json!(false), &Value::Null), "{response}");
        assert!(response["error"]["message"].is_string() && response["error"]["metadata"].is_object());
    }
    assert_eq!(services.json(As::Sessions, "GET", "/sessions/users").await?.1, page, "no user has changed");
    let mut outcomes = services.sessions.deactivate_users([UserRef::by_remote_id("nobody")]).ordered();
    while outcomes.next().await.is_some() {}
    assert_eq!(outcomes.counts().rejected, 1, "the client reports it as rejected");
    Ok(())
}

#[tokio::test]
async fn an_invalid_batch_is_rejected_as_a_whole() -> TestResult {
    let services = services(3).await?;
    let many = json!({ "users": vec![json!({ "remoteId": "a", "firstName": "B", "lastName": "C" }); 201] }).to_string();
    for path in ["/sessions/users/batch", "/sessions/users/deactivate"] {
        for body in ["", "{", "[]", "{}", r#"{"users": []}"#, r#"{"users": {}}"#, r#"{"users": [5]}"#, many.as_str()] {
            let (status, response) = services.post(As::Sessions, "POST", path, body).await?;
            assert_eq!((status, &response["success"], &response["data"]), (400, &json!(false), &Value::Null), "{path}");
            assert!(response["error"]["message"].is_string());
        }
    }
    let (status, _) = services.post(As::Sessions, "POST", "/sessions/users/deactivate", r#"{"users": [{}]}"#).await?;
    assert_eq!(status, 400);
    let (_, page) = services.json(As::Sessions, "GET", "/sessions/users").await?;
    assert_eq!(page["data"]["total"], 2, "a rejected batch changes nothing");
    Ok(())
}

#[tokio::test]
async fn a_batch_of_two_hundred_users_is_accepted() -> TestResult {
    let services = services(0).await?;
    let batch = (0..200).map(|number| template(&format!("r{number}"), "A", "B")).collect();
    assert_eq!(upsert(&services, batch).await?.success.map(|written| written.len()), Some(200));
    Ok(())
}

#[tokio::test]
async fn prev_of_a_page_after_the_end_is_the_last_page() -> TestResult {
    let services = services(10).await?;
    for (query, prev) in [("page=9&pageSize=2", json!(2)), ("page=2&pageSize=2", json!(1)), ("page=0", Value::Null)] {
        let (status, response) = services.json(As::Sessions, "GET", &format!("/sessions/users?{query}")).await?;
        assert_eq!((status, &response["data"]["prev"]), (200, &prev), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_remote_id_counts_as_missing() -> TestResult {
    let services = services(4).await?;
    let (_, page) = services.json(As::Sessions, "GET", "/sessions/users").await?;
    let id = &page["data"]["items"][0]["id"];
    let body = json!({ "users": [{ "remoteId": "", "id": id }] }).to_string();
    let (status, response) = services.post(As::Sessions, "POST", "/sessions/users/deactivate", &body).await?;
    assert_eq!((status, &response["data"]["success"][0]["id"]), (200, id), "{response}");
    let body = json!({ "users": [{ "remoteId": "", "id": "" }] }).to_string();
    assert_eq!(services.post(As::Sessions, "POST", "/sessions/users/deactivate", &body).await?.0, 400);
    Ok(())
}
