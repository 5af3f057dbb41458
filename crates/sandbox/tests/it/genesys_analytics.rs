//! Analytics: details, aggregates, jobs, and observations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::{As, Services, TestResult, services};
use genesys_users::types::AsyncUserDetailsQuery;
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};

const ANALYTICS: &str = "/genesys/api/v2/analytics/users";
const DAY: &str = "2024-12-09T00:00:00Z/2024-12-10T00:00:00Z";
const DAYS: &str = "2024-12-06T09:30:00Z/2024-12-11T12:00:00.500Z";

async fn query(services: &Services, path: &str, body: &Value) -> TestResult<Value> {
    let (status, response) =
        services.post(As::Genesys, "POST", &format!("{ANALYTICS}/{path}"), &body.to_string()).await?;
    assert!(status == 200 || status == 202, "{path} {body}: {response}");
    Ok(response)
}

async fn ids(services: &Services) -> TestResult<Vec<String>> {
    let (_, page) = services.json(As::Genesys, "GET", "/genesys/api/v2/users?state=any&pageSize=100").await?;
    let users = page["entities"].as_array().ok_or("no users")?;
    Ok(users.iter().filter_map(|user| user["id"].as_str().map(str::to_owned)).collect())
}

fn of_users(ids: &[String]) -> Value {
    let predicates: Vec<Value> = ids.iter().map(|id| json!({ "dimension": "userId", "value": id })).collect();
    json!({ "type": "or", "predicates": predicates })
}

fn millis(span: &Value) -> TestResult<f64> {
    let at = |name: &str| -> TestResult<DateTime<Utc>> { Ok(span[name].as_str().ok_or("no time")?.parse()?) };
    Ok((at("endTime")? - at("startTime")?).num_milliseconds() as f64)
}

/// Sums of the details by metric and qualifier.
fn sums_of_details(details: &[Value]) -> TestResult<BTreeMap<(String, String), f64>> {
    let mut sums = BTreeMap::new();
    for detail in details {
        for (list, value, metric) in [
            ("primaryPresence", "systemPresence", "tSystemPresence"),
            ("primaryPresence", "organizationPresenceId", "tOrganizationPresence"),
            ("routingStatus", "routingStatus", "tAgentRoutingStatus"),
        ] {
            for span in detail[list].as_array().ok_or("no spans")? {
                let key = (metric.to_owned(), span[value].as_str().ok_or("no value")?.to_owned());
                *sums.entry(key).or_default() += millis(span)?;
            }
        }
    }
    Ok(sums)
}

/// Sums of an aggregate over all slices.
fn sums_of_aggregates(results: &[Value]) -> TestResult<BTreeMap<(String, String), f64>> {
    let mut sums = BTreeMap::new();
    for slice in results.iter().filter_map(|group| group["data"].as_array()).flatten() {
        for metric in slice["metrics"].as_array().ok_or("no metrics")? {
            let text = |name: &str| metric[name].as_str().map(str::to_owned).ok_or("no text");
            *sums.entry((text("metric")?, text("qualifier")?)).or_default() +=
                metric["stats"]["sum"].as_f64().ok_or("no sum")?;
        }
    }
    Ok(sums)
}

#[tokio::test]
async fn aggregates_equal_the_sums_of_details_for_any_slices_and_groups() -> TestResult {
    let services = services(60).await?;
    let ids = ids(&services).await?;
    let some = &ids[5..25];
    let body =
        json!({ "interval": DAYS, "userFilters": [of_users(some)], "paging": { "pageSize": 100, "pageNumber": 1 } });
    let details = query(&services, "details/query", &body).await?;
    assert_eq!(details["totalHits"], 20);
    let expected = sums_of_details(details["userDetails"].as_array().ok_or("no details")?)?;
    assert!(expected.len() > 15, "{expected:?}");
    let metrics = ["tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence"];
    for (granularity, zone, group_by) in [
        (None, None, None),
        (Some("PT30M"), None, None),
        (Some("P1D"), Some("Europe/Dublin"), Some(["userId"])),
        (Some("PT7H"), Some("Asia/Kolkata"), None),
    ] {
        let mut body = json!({ "interval": DAYS, "metrics": metrics, "filter": of_users(some) });
        granularity.iter().for_each(|value| body["granularity"] = json!(value));
        zone.iter().for_each(|value| body["timeZone"] = json!(value));
        group_by.iter().for_each(|value| body["groupBy"] = json!(value));
        let response = query(&services, "aggregates/query", &body).await?;
        let results = response["results"].as_array().ok_or("no results")?;
        assert_eq!(results.len(), if group_by.is_some() { 20 } else { 1 });
        assert_eq!(sums_of_aggregates(results)?, expected, "{body}");
        assert_eq!(response["systemToOrganizationMappings"]["AVAILABLE"].as_array().map(Vec::len), Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn filters_select_spans_and_users() -> TestResult {
    let services = services(60).await?;
    let on_queue = json!([{ "type": "and", "predicates": [{ "dimension": "systemPresence", "value": "ON_QUEUE" }] }]);
    let count = json!([{ "type": "termFrequency", "dimension": "systemPresence" }]);
    let body = json!({ "interval": DAY, "presenceFilters": on_queue, "presenceAggregations": count, "paging": { "pageSize": 100, "pageNumber": 1 } });
    let response = query(&services, "details/query", &body).await?;
    let details = response["userDetails"].as_array().ok_or("no details")?;
    assert!(details.len() > 30 && details.len() < 60 && response["totalHits"] == details.len(), "{}", details.len());
    let spans: Vec<&Value> =
        details.iter().filter_map(|detail| detail["primaryPresence"].as_array()).flatten().collect();
    assert!(spans.iter().all(|span| span["systemPresence"] == "ON_QUEUE"));
    let entry = &response["aggregations"][0]["results"][0];
    assert_eq!((&entry["value"], &entry["count"]), (&json!("ON_QUEUE"), &json!(spans.len())));
    // The pages of a filtered query together are the whole result.
    let mut paged = Vec::new();
    for page in 1..=3 {
        let body =
            json!({ "interval": DAY, "presenceFilters": on_queue, "paging": { "pageSize": 25, "pageNumber": page } });
        paged.extend(query(&services, "details/query", &body).await?["userDetails"].as_array().ok_or("none")?.clone());
    }
    assert_eq!(&paged, details);
    Ok(())
}

#[tokio::test]
async fn the_future_has_no_data_and_the_current_span_no_end() -> TestResult {
    let services = services(5).await?;
    let body = json!({ "interval": "2024-12-31T23:00:00Z/2025-01-02T00:00:00Z" });
    let response = query(&services, "details/query", &body).await?;
    let spans = response["userDetails"][0]["primaryPresence"].as_array().ok_or("no spans")?;
    assert_eq!(spans.last().map(|span| span["endTime"].is_null()), Some(true), "{spans:?}");
    services.sandbox.advance(Duration::from_secs(2 * 86_400));
    let response = query(&services, "details/query", &body).await?;
    let spans = response["userDetails"][0]["primaryPresence"].as_array().ok_or("no spans")?;
    assert!(spans.len() > 1 && spans.iter().all(|span| span["endTime"].is_string()), "{spans:?}");
    let future = json!({ "interval": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "metrics": ["tSystemPresence"] });
    assert_eq!(query(&services, "aggregates/query", &future).await?["results"], json!([]));
    Ok(())
}

async fn state(services: &Services, kind: &str, job: &str) -> TestResult<Value> {
    Ok(services.json(As::Genesys, "GET", &format!("{ANALYTICS}/{kind}/jobs/{job}")).await?.1)
}

/// All results of a fulfilled job.
async fn results(
    services: &Services,
    kind: &str,
    job: &str,
    items: &str,
    size: &str,
) -> TestResult<(Vec<Value>, usize)> {
    let (mut all, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("{ANALYTICS}/{kind}/jobs/{job}/results?{size}{cursor}");
        let (status, page) = services.json(As::Genesys, "GET", &path).await?;
        assert_eq!(status, 200, "{page}");
        all.extend(page[items].as_array().ok_or("no items")?.clone());
        pages += 1;
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok((all, pages)),
        }
    }
}

#[tokio::test]
async fn a_details_job_is_queued_fulfilled_paged_and_deleted() -> TestResult {
    let services = services(95).await?;
    let job = query(&services, "details/jobs", &json!({ "interval": DAY })).await?["jobId"].clone();
    let job = job.as_str().ok_or("no job")?;
    let early = services.json(As::Genesys, "GET", &format!("{ANALYTICS}/details/jobs/{job}/results")).await?;
    assert_eq!(early.0, 400);
    for expected in ["QUEUED", "PENDING", "FULFILLED", "FULFILLED"] {
        assert_eq!(state(&services, "details", job).await?["state"], expected);
    }
    let path = format!("{ANALYTICS}/details/jobs/{job}/results?pageSize=1");
    let (_, page) = services.json(As::Genesys, "GET", &path).await?;
    let (_, availability) =
        services.json(As::Genesys, "GET", &format!("{ANALYTICS}/details/jobs/availability")).await?;
    assert!(page["dataAvailabilityDate"].is_string());
    assert_eq!(page["dataAvailabilityDate"], availability["dataAvailabilityDate"], "as it was when the job began");
    let (details, pages) = results(&services, "details", job, "userDetails", "pageSize=20").await?;
    assert_eq!((details.len(), pages), (95, 5));
    let at_once = json!({ "interval": DAY, "paging": { "pageSize": 100, "pageNumber": 1 } });
    assert_eq!(json!(details), query(&services, "details/query", &at_once).await?["userDetails"]);
    // Other kinds of jobs do not have this id.
    let path = format!("{ANALYTICS}/aggregates/jobs/{job}");
    assert_eq!(services.json(As::Genesys, "GET", &path).await?.0, 404);
    let path = format!("{ANALYTICS}/details/jobs/{job}");
    assert_eq!(services.send(As::Genesys, "DELETE", &path).await?.status(), 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(services.send(As::Genesys, method, &path).await?.status(), 404, "{method}");
    }
    Ok(())
}

#[tokio::test]
async fn a_job_is_limited_cancelled_failed_and_expires() -> TestResult {
    let services = services(30).await?;
    let start = async |body: Value| -> TestResult<String> {
        let response = query(&services, "details/jobs", &body).await?;
        Ok(response["jobId"].as_str().ok_or("no job")?.to_owned())
    };
    let limited = start(json!({ "interval": DAY, "limit": 7, "order": "desc" })).await?;
    let cancelled = start(json!({ "interval": DAY })).await?;
    let path = format!("{ANALYTICS}/details/jobs/{cancelled}");
    assert_eq!(services.send(As::Genesys, "DELETE", &path).await?.status(), 204);
    assert_eq!(state(&services, "details", &cancelled).await?["state"], "CANCELLED");

    let failed = start(json!({ "interval": "2024-12-31T06:00:00Z/2024-12-31T12:00:00Z" })).await?;
    // After a minute every job is finished.
    services.sandbox.advance(Duration::from_secs(60));
    let status = state(&services, "details", &failed).await?;
    assert_eq!((&status["state"], status["errorMessage"].is_string()), (&json!("FAILED"), true));
    let (details, pages) = results(&services, "details", &limited, "userDetails", "pageSize=5").await?;
    assert_eq!((details.len(), pages), (7, 2));
    let starts: Vec<&str> = details[0]["primaryPresence"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|span| span["startTime"].as_str())
        .collect();
    assert!(starts.is_sorted_by(|a, b| a > b));

    services.sandbox.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(state(&services, "details", &limited).await?["state"], "EXPIRED");
    let path = format!("{ANALYTICS}/details/jobs/{limited}/results");
    assert_eq!(services.json(As::Genesys, "GET", &path).await?.0, 410);
    let (_, availability) =
        services.json(As::Genesys, "GET", &format!("{ANALYTICS}/details/jobs/availability")).await?;
    assert_eq!(availability["dataAvailabilityDate"], "2025-01-03T00:01:00.000Z");
    Ok(())
}

#[tokio::test]
async fn an_aggregates_job_and_the_query_have_equal_results() -> TestResult {
    let services = services(50).await?;
    let mut body =
        json!({ "interval": DAYS, "metrics": ["tSystemPresence"], "groupBy": ["userId"], "granularity": "P1D" });
    let at_once = query(&services, "aggregates/query", &body).await?["results"].clone();
    body["pageSize"] = json!(20);
    let job = query(&services, "aggregates/jobs", &body).await?["jobId"].clone();
    let job = job.as_str().ok_or("no job")?;
    services.sandbox.advance(Duration::from_secs(60));
    let (groups, pages) = results(&services, "aggregates", job, "results", "").await?;
    assert_eq!((json!(groups), pages), (at_once, 3));
    Ok(())
}

#[tokio::test]
async fn the_client_waits_for_the_results_of_a_job() -> TestResult {
    let services = services(12).await?;
    let analytics = services.genesys.analytics();
    let body = AsyncUserDetailsQuery { interval: Some(DAY.to_owned()), ..Default::default() };
    let id = analytics.start_details(body).await?;
    services.sandbox.advance(Duration::from_secs(60));
    let api = services.genesys.api();
    let status = api.get_analytics_users_details_job().job_id(&id).send().await?.into_inner();
    assert_eq!(status.state.as_ref().map(|state| state.as_str()), Some("FULFILLED"));
    let page = api.get_analytics_users_details_job_results().job_id(&id).send().await?.into_inner();
    assert_eq!((page.user_details.map(|details| details.len()), page.cursor), (Some(12), None));
    Ok(())
}

#[tokio::test]
async fn views_sum_spans_within_a_range_of_lengths() -> TestResult {
    let services = services(20).await?;
    let view = |name: &str, range: Value| json!({ "name": name, "target": "tAgentRoutingStatus", "function": "rangeBound", "range": range });
    let body = json!({
        "interval": DAY, "metrics": ["tAgentRoutingStatus"],
        "views": [view("short", json!({ "lt": 120_000 })), view("long", json!({ "gte": 120_000 }))],
    });
    let response = query(&services, "aggregates/query", &body).await?;
    let slice = &response["results"][0]["data"][0];
    let sum = |list: &Value| -> f64 {
        list.as_array().into_iter().flatten().filter_map(|one| one["stats"]["sum"].as_f64()).sum()
    };
    assert_eq!(sum(&slice["views"]), sum(&slice["metrics"]));
    assert!(slice["views"][0]["stats"]["sum"].as_f64() > Some(0.0));
    Ok(())
}

#[tokio::test]
async fn observations_count_the_queues_of_each_user() -> TestResult {
    let services = services(20).await?;
    let ids = ids(&services).await?;
    let observe = async || -> TestResult<Value> {
        let body = json!({ "metrics": ["oMemberQueues", "oActiveQueues"], "filter": of_users(&ids[3..5]) });
        query(&services, "observations/query", &body).await
    };
    let counts = |response: &Value| -> TestResult<(u64, u64)> {
        let groups = response["results"].as_array().ok_or("no results")?;
        assert_eq!(groups.len(), 2);
        let mine = groups.iter().find(|group| group["group"]["userId"] == json!(ids[3])).ok_or("no group")?;
        let data = &mine["data"];
        assert_eq!((&data[0]["metric"], &data[1]["metric"]), (&json!("oMemberQueues"), &json!("oActiveQueues")));
        let count = |place: usize| data[place]["stats"]["count"].as_u64().ok_or("no count");
        Ok((count(0)?, count(1)?))
    };
    let (members, active) = counts(&observe().await?)?;
    assert!(active <= members && members > 0);
    let queues = format!("/genesys/api/v2/users/{}/queues", ids[3]);
    let (_, listed) = services.json(As::Genesys, "GET", &format!("{queues}?joined=true")).await?;
    let joined = listed["entities"].as_array().ok_or("no queues")?;
    assert_eq!(joined.len() as u64, active);
    let queue = joined.first().ok_or("the user has joined no queue")?["id"].as_str().ok_or("no id")?;
    let body = json!({ "joined": false }).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &format!("{queues}/{queue}"), &body).await?.0, 200);
    assert_eq!(counts(&observe().await?)?, (members, active - 1));
    Ok(())
}

#[tokio::test]
async fn a_details_query_covers_seven_days_and_with_filters_thirty_one() -> TestResult {
    let services = services(3).await?;
    let ids = ids(&services).await?;
    let interval = |days: u32| format!("2024-12-01T00:00:00Z/2024-12-{:02}T00:00:00Z", days + 1);
    let status = async |body: Value| -> TestResult<u16> {
        Ok(services.post(As::Genesys, "POST", &format!("{ANALYTICS}/details/query"), &body.to_string()).await?.0)
    };
    assert_eq!(status(json!({ "interval": interval(7) })).await?, 200);
    assert_eq!(status(json!({ "interval": interval(8) })).await?, 400);
    let filtered = json!({ "interval": interval(30), "userFilters": [of_users(&ids[..1])] });
    assert_eq!(status(filtered).await?, 200);
    let too_long =
        json!({ "interval": "2024-11-01T00:00:00Z/2024-12-03T00:00:00Z", "userFilters": [of_users(&ids[..1])] });
    assert_eq!(status(too_long).await?, 400);
    Ok(())
}

#[tokio::test]
async fn the_type_of_an_aggregation_is_inferred() -> TestResult {
    let services = services(3).await?;
    let answer = async |kinds: [Option<&str>; 2]| -> TestResult<Value> {
        let mut counted = [
            json!({ "dimension": "systemPresence" }),
            json!({ "metric": "tSystemPresence", "ranges": [{ "gte": 0 }] }),
        ];
        for (counting, kind) in counted.iter_mut().zip(kinds) {
            kind.iter().for_each(|kind| counting["type"] = json!(kind));
        }
        let interval = "2024-12-02T00:00:00Z/2024-12-03T00:00:00Z";
        query(&services, "details/query", &json!({ "interval": interval, "presenceAggregations": counted })).await
    };
    let named = answer([Some("termFrequency"), Some("numericRange")]).await?;
    assert!(named["aggregations"][1]["results"][0]["count"].as_u64() > Some(0), "{named}");
    assert_eq!(answer([None, None]).await?, named);
    Ok(())
}

#[tokio::test]
async fn activity_is_grouped_filtered_and_paged() -> TestResult {
    let services = services(30).await?;
    let body = json!({ "metrics": [{ "metric": "oMemberQueues", "details": true }], "groupBy": ["userId"] });
    let mut seen = BTreeSet::new();
    for page in 1..=5 {
        let response = query(&services, &format!("activity/query?pageSize=10&pageNumber={page}"), &body).await?;
        let groups = response["results"].as_array().ok_or("no results")?;
        for group in groups {
            let metric = &group["data"][0];
            assert_eq!(
                metric["entityIds"].as_array().map(Vec::len).map(|count| json!(count)),
                Some(metric["count"].clone())
            );
            assert!(seen.insert(group["group"]["userId"].to_string()));
        }
        assert_eq!(groups.len(), if page <= 3 { 10 } else { 0 });
    }
    let body = json!({
        "metrics": [{ "metric": "oMemberQueues" }],
        "groupBy": ["userId"],
        "filter": { "type": "and", "predicates": [{ "dimension": "systemPresence", "value": "Available" }] },
    });
    let response = query(&services, "activity/query", &body).await?;
    let entities = response["results"][0]["entities"].as_array().ok_or("no user is available")?;
    assert!(entities.iter().all(|entity| entity["systemPresence"] == "Available"));
    let body = json!({ "metrics": [{ "metric": "oMemberQueues" }], "groupBy": ["userId"] });
    let response = query(&services, "activity/query?pageSize=30", &body).await?;
    let groups = response["results"].as_array().ok_or("no users")?;
    let entities: Vec<_> = groups.iter().filter_map(|group| group["entities"].as_array()).flatten().collect();
    let (with_team, without): (Vec<&Value>, Vec<&Value>) =
        entities.iter().copied().partition(|entity| entity["teamId"].is_string());
    let found = (with_team.is_empty(), without.is_empty());
    assert_eq!(found, (false, false), "some have a team, and some have none");
    assert!(without.iter().all(|entity| entity.get("teamId").is_none()), "`null` is no id: {without:?}");
    Ok(())
}

#[tokio::test]
async fn details_are_filtered_by_the_documented_dimensions_only() -> TestResult {
    let services = services(3).await?;
    let taken = [
        ("userFilters", "userId"),
        ("presenceFilters", "systemPresence"),
        ("presenceFilters", "organizationPresenceId"),
        ("routingStatusFilters", "routingStatus"),
    ];
    for filter in ["userFilters", "presenceFilters", "routingStatusFilters"] {
        for dimension in ["userId", "systemPresence", "organizationPresenceId", "routingStatus", "queueId"] {
            let filters = json!([{ "type": "and", "predicates": [{ "dimension": dimension, "value": "x" }] }]);
            let body = json!({ "interval": DAY, filter: filters }).to_string();
            let path = format!("{ANALYTICS}/details/query");
            let (status, response) = services.post(As::Genesys, "POST", &path, &body).await?;
            let expected = if taken.contains(&(filter, dimension)) { 200 } else { 400 };
            assert_eq!(status, expected, "{filter} by {dimension}: {response}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn invalid_queries_are_rejected() -> TestResult {
    let services = services(3).await?;
    let interval = "2024-12-01T00:00:00Z/2024-12-02T00:00:00Z";
    for (path, body) in [
        ("details/query", json!({})),
        ("details/query", json!({ "interval": "2024-12-01/2024-12-02" })),
        ("details/query", json!({ "interval": "2024-11-01T00:00:00Z/2024-12-31T00:00:00Z" })),
        ("details/query", json!({ "interval": interval, "paging": { "pageSize": 0, "pageNumber": 1 } })),
        (
            "details/query",
            json!({ "interval": interval, "userFilters": [{ "type": "and", "predicates": [{ "dimension": "userId" }] }] }),
        ),
        (
            "details/query",
            json!({ "interval": interval, "presenceAggregations": [{ "type": "termFrequency", "dimension": "routingStatus" }] }),
        ),
        ("details/jobs", json!({ "interval": interval, "limit": 0 })),
        ("aggregates/query", json!({ "interval": interval })),
        ("aggregates/query", json!({ "interval": interval, "metrics": ["tLunch"] })),
        ("aggregates/query", json!({ "interval": interval, "metrics": ["tSystemPresence"], "groupBy": ["queueId"] })),
        ("aggregates/query", json!({ "interval": interval, "metrics": ["tSystemPresence"], "granularity": "daily" })),
        ("aggregates/query", json!({ "interval": interval, "metrics": ["tSystemPresence"], "timeZone": "Mars/Base" })),
        ("aggregates/jobs", json!({ "metrics": ["tSystemPresence"] })),
        ("observations/query", json!({ "metrics": ["oMemberQueues"] })),
        ("observations/query", json!({ "metrics": ["oUserPresences"], "filter": of_users(&["x".to_owned()]) })),
        ("observations/query", json!({ "metrics": ["oWeather"], "filter": of_users(&["x".to_owned()]) })),
        ("activity/query", json!({ "metrics": [] })),
        ("activity/query?pageSize=0", json!({ "metrics": [{ "metric": "oMemberQueues" }] })),
    ] {
        let (status, response) =
            services.post(As::Genesys, "POST", &format!("{ANALYTICS}/{path}"), &body.to_string()).await?;
        assert_eq!((status, response["message"].is_string()), (400, true), "{path} {body}: {response}");
    }
    for (method, path) in [
        ("GET", "details/jobs/nothing"),
        ("DELETE", "aggregates/jobs/nothing"),
        ("GET", "details/jobs/nothing/results"),
    ] {
        assert_eq!(services.send(As::Genesys, method, &format!("{ANALYTICS}/{path}")).await?.status(), 404, "{path}");
    }
    Ok(())
}
