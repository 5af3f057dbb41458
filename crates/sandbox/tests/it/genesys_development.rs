//! Development activities.

use std::collections::BTreeSet;

use crate::support::{As, Services, TestResult, services};
use serde_json::{Value, json};

const ACTIVITIES: &str = "/genesys/api/v2/users/development/activities";

async fn ids(services: &Services) -> TestResult<Vec<String>> {
    let (_, page) = services.json(As::Genesys, "GET", "/genesys/api/v2/users?state=any&pageSize=100").await?;
    let users = page["entities"].as_array().ok_or("no users")?;
    Ok(users.iter().filter_map(|user| user["id"].as_str().map(str::to_owned)).collect())
}

async fn list(services: &Services, query: &str) -> TestResult<Vec<Value>> {
    let (status, page) = services.json(As::Genesys, "GET", &format!("{ACTIVITIES}?pageSize=100&{query}")).await?;
    assert_eq!(status, 200, "{query}: {page}");
    Ok(page["entities"].as_array().ok_or("no entities")?.clone())
}

fn users(ids: &[String]) -> String {
    ids.iter().map(|id| format!("userId={id}")).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn activities_are_listed_for_users_by_due_date() -> TestResult {
    let services = services(100).await?;
    let some = users(&ids(&services).await?[20..40]);
    let listed = list(&services, &some).await?;
    assert!(listed.len() > 20, "{}", listed.len());
    let due = |listed: &[Value]| -> Vec<String> {
        listed.iter().filter_map(|activity| activity["dateDue"].as_str().map(str::to_owned)).collect()
    };
    assert!(due(&listed).is_sorted_by(|a, b| a >= b), "the latest come first");
    assert!(due(&list(&services, &format!("{some}&sortOrder=Asc")).await?).is_sorted());
    Ok(())
}

#[tokio::test]
async fn every_filter_selects_matching_activities() -> TestResult {
    let services = services(100).await?;
    let all = users(&ids(&services).await?);
    for (query, holds) in [
        ("types=Coaching", (|activity| activity["type"] == "Coaching") as fn(&Value) -> bool),
        ("statuses=Completed", |activity| activity["status"] == "Completed" && activity["dateCompleted"].is_string()),
        ("statuses=Planned&statuses=InProgress", |activity| {
            activity["status"] == "Planned" || activity["status"] == "InProgress"
        }),
        ("overdue=True", |activity| activity["isOverdue"] == true),
        ("overdue=False", |activity| activity["isOverdue"] == false),
        ("pass=True", |activity| activity["isPassed"] == true),
        ("pass=False", |activity| activity["isPassed"] == false),
        ("interval=2024-11-01T00:00:00/2024-12-01T00:00:00", |activity| {
            activity["dateDue"].as_str().is_some_and(|due| due.starts_with("2024-11"))
        }),
        ("completionInterval=2024-11-01T00:00:00/2024-12-01T00:00:00", |activity| {
            activity["dateCompleted"].as_str().is_some_and(|date| date.starts_with("2024-11"))
        }),
    ] {
        let listed = list(&services, &format!("{all}&{query}")).await?;
        assert!(!listed.is_empty() && listed.iter().all(holds), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn leaders_are_related_to_appointments_only() -> TestResult {
    let services = services(100).await?;
    let ids = ids(&services).await?;
    let listed = list(&services, &users(&ids[2..3])).await?;
    for activity in &listed {
        let attends = activity["attendees"][0]["id"] == json!(ids[2]);
        let leads = activity["facilitator"]["id"] == json!(ids[2]) && activity["type"] == "Coaching";
        assert!(attends || leads, "{activity}");
    }
    assert!(listed.iter().any(|activity| activity["attendees"][0]["id"] != json!(ids[2])), "a report is coached");
    // The token belongs to the first person.
    let (_, mine) =
        services.json(As::Genesys, "GET", &format!("{ACTIVITIES}/me?relationship=Facilitator&pageSize=100")).await?;
    let mine = mine["entities"].as_array().ok_or("no entities")?;
    assert!(
        mine.iter().all(|activity| activity["type"] == "Coaching" && activity["facilitator"]["id"] == json!(ids[0]))
    );
    Ok(())
}

#[tokio::test]
async fn an_activity_is_read_by_id_and_type() -> TestResult {
    let services = services(50).await?;
    let listed = list(&services, &users(&ids(&services).await?)).await?;
    let activity = listed.first().ok_or("no activity")?;
    let (id, kind) = (activity["id"].as_str().ok_or("no id")?, activity["type"].as_str().ok_or("no type")?);
    let (status, read) = services.json(As::Genesys, "GET", &format!("{ACTIVITIES}/{id}?type={kind}")).await?;
    assert_eq!((status, &read), (200, activity));
    let other = if kind == "Coaching" { "Informational" } else { "Coaching" };
    for path in [format!("{ACTIVITIES}/{id}?type={other}"), format!("{ACTIVITIES}/nothing?type={kind}")] {
        assert_eq!(services.json(As::Genesys, "GET", &path).await?.0, 404, "{path}");
    }
    assert_eq!(services.json(As::Genesys, "GET", &format!("{ACTIVITIES}/{id}")).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn activities_of_a_deleted_user_are_not_listed() -> TestResult {
    let services = services(50).await?;
    let ids = ids(&services).await?;
    let mine = |listed: &[Value], id: &str| listed.iter().filter(|one| one["attendees"][0]["id"] == json!(id)).count();
    let listed = list(&services, &users(&ids)).await?;
    let id = ids.iter().rev().find(|id| mine(&listed, id) > 0).ok_or("no user has activities")?;
    services.send(As::Genesys, "DELETE", &format!("/genesys/api/v2/users/{id}")).await?;
    assert_eq!(mine(&list(&services, &users(&ids)).await?, id), 0);
    Ok(())
}

#[tokio::test]
async fn aggregated_counts_equal_those_of_the_listing() -> TestResult {
    let services = services(100).await?;
    let interval = "2024-01-01T00:00:00/2024-12-31T00:00:00";
    let listed = list(&services, &format!("{}&interval={interval}", users(&ids(&services).await?[20..40]))).await?;
    let everybody = ids(&services).await?;
    let attendees: BTreeSet<&String> = everybody[20..40].iter().collect();
    let predicates: Vec<Value> = attendees.iter().map(|id| json!({ "dimension": "attendeeId", "value": id })).collect();
    let body = json!({
        "interval": interval, "groupBy": ["attendeeId"],
        "filter": { "type": "And", "clauses": [{ "type": "Or", "predicates": predicates }] },
    });
    let path = format!("{ACTIVITIES}/aggregates/query");
    let (status, response) = services.post(As::Genesys, "POST", &path, &body.to_string()).await?;
    assert_eq!(status, 200, "{response}");
    let mut checked = 0;
    for group in response["results"].as_array().ok_or("no results")? {
        let id = &group["group"]["attendeeId"];
        let mine: Vec<&Value> = listed.iter().filter(|one| one["attendees"][0]["id"] == *id).collect();
        for metric in group["data"][0]["metrics"].as_array().ok_or("no metrics")? {
            let holds = |activity: &&&Value| match metric["metric"].as_str() {
                Some("nActivities") => true,
                Some("nCompleteActivities") => activity["status"] == "Completed",
                Some("nPlannedActivities") => activity["status"] == "Planned",
                Some("nInProgressActivities") => activity["status"] == "InProgress",
                Some("nInvalidScheduleActivities") => activity["status"] == "InvalidSchedule",
                Some("nNotCompletedActivities") => activity["status"] == "NotCompleted",
                Some("nOverdueActivities") => activity["isOverdue"] == true,
                Some("nPassedActivities") => activity["isPassed"] == true,
                Some("nFailedActivities") => activity["isPassed"] == false,
                _ => activity["percentageScore"].is_number(),
            };
            assert_eq!(metric["stats"]["count"], json!(mine.iter().filter(holds).count()), "{metric}");
            checked += 1;
        }
    }
    assert!(checked >= 100, "{checked}");
    Ok(())
}

#[tokio::test]
async fn invalid_queries_are_rejected() -> TestResult {
    let services = crate::support::strict_services(3).await?;
    for query in [
        "",
        "moduleId=x&interval=yesterday",
        "moduleId=x&interval=2023-01-01T00:00:00/2025-01-01T00:00:00",
        "moduleId=x&types=Juggling",
        "moduleId=x&overdue=true",
    ] {
        let (status, response) = services.json(As::Genesys, "GET", &format!("{ACTIVITIES}?{query}")).await?;
        assert_eq!(status, 400, "{query}: {response}");
    }
    let path = format!("{ACTIVITIES}/aggregates/query");
    let interval = "2024-01-01T00:00:00/2024-12-31T00:00:00";
    for body in [
        json!({}),
        json!({ "interval": interval, "metrics": ["nJokes"] }),
        json!({ "interval": interval, "groupBy": ["type"] }),
        json!({ "interval": interval, "filter": { "clauses": [{ "predicates": [{ "dimension": "isPassed", "value": "maybe" }] }] } }),
        json!({ "interval": interval, "filter": { "clauses": [{ "predicates": [{ "value": "x" }] }] } }),
    ] {
        let (status, response) = services.post(As::Genesys, "POST", &path, &body.to_string()).await?;
        assert_eq!(status, 400, "{body}: {response}");
    }
    Ok(())
}
