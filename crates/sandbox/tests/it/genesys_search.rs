//! Searches of users, and the listing by cursor.

use std::collections::BTreeSet;

use crate::support::{As, Services, TestResult, services};
use genesys_users::types::{UserSearchCriteria, UserSearchRequest};
use serde_json::{Value, json};

const USERS: &str = "/genesys/api/v2/users";
const SEARCH: &str = "/genesys/api/v2/users/search";

async fn search(services: &Services, body: Value) -> TestResult<Value> {
    let (status, response) = services.post(As::Genesys, "POST", SEARCH, &body.to_string()).await?;
    assert_eq!(status, 200, "{body}: {response}");
    Ok(response)
}

async fn names(services: &Services, query: Value) -> TestResult<Vec<String>> {
    let response = search(services, json!({ "query": query, "pageSize": 100 })).await?;
    let users = response["results"].as_array().ok_or("no results")?;
    Ok(users.iter().filter_map(|user| user["name"].as_str().map(str::to_owned)).collect())
}

fn one(kind: &str, field: &str, value: &str) -> Value {
    json!({ "type": kind, "fields": [field], "value": value })
}

async fn created(services: &Services) -> TestResult {
    for (name, email, title) in [
        ("Anna Roe", "a.roe@example.com", "Pilot"),
        ("Joanna Doe", "j.doe@example.com", "Test Pilot"),
        ("Bert Roe-Doe", "b.roe@example.com", "Navigator"),
    ] {
        let body = json!({ "name": name, "email": email, "title": title, "state": "active" }).to_string();
        let (status, response) = services.post(As::Genesys, "POST", USERS, &body).await?;
        assert_eq!(status, 200, "{response}");
    }
    Ok(())
}

#[tokio::test]
async fn each_type_of_condition_is_supported() -> TestResult {
    let services = services(0).await?;
    created(&services).await?;
    let all = ["Anna Roe", "Joanna Doe", "Bert Roe-Doe"];
    for (condition, expected) in [
        (one("EXACT", "name", "anna roe"), &all[..1]),
        (one("STARTS_WITH", "name", "ann"), &all[..1]),
        (one("CONTAINS", "name", "anna"), &all[..2]),
        (one("TERM", "title", "pilot"), &all[..2]),
        (json!({ "type": "TERMS", "fields": ["title"], "values": ["navigator", "test"] }), &all[1..]),
        (one("REGEX", "name", ".*a (Roe|Doe)"), &all[..2]),
        (json!({ "type": "REQUIRED_FIELDS", "fields": ["name", "title"] }), &all[..]),
        (json!({ "type": "REQUIRED_FIELDS", "fields": ["name", "department"] }), &[]),
        (json!({ "type": "MATCH_ALL" }), &all[..]),
        (json!({ "type": "QUERY_STRING", "value": "doe pil*" }), &all[1..2]),
        (json!({ "type": "RANGE", "fields": ["name"], "startValue": "b", "endValue": "c" }), &all[2..]),
        (one("LESS_THAN", "version", "2"), &all[..]),
        (one("GREATER_THAN", "version", "1"), &[]),
        (one("GREATER_THAN_EQUAL_TO", "version", "1"), &all[..]),
        (one("LESS_THAN_EQUAL_TO", "version", "0"), &[]),
        (json!({ "type": "CONTAINS", "fields": ["name", "email"], "value": "b.roe" }), &all[2..]),
    ] {
        assert_eq!(names(&services, json!([condition])).await?, expected, "{condition}");
    }
    Ok(())
}

#[tokio::test]
async fn conditions_are_joined_and_nested() -> TestResult {
    let services = services(0).await?;
    created(&services).await?;
    let with = |operator: &str, mut condition: Value| {
        condition["operator"] = json!(operator);
        condition
    };
    let (pilot, roe, doe) =
        (one("CONTAINS", "title", "pilot"), one("CONTAINS", "name", "roe"), one("CONTAINS", "name", "doe"));
    assert_eq!(names(&services, json!([pilot, with("AND", roe.clone())])).await?, ["Anna Roe"]);
    assert_eq!(names(&services, json!([roe, with("NOT", doe.clone())])).await?, ["Anna Roe"]);
    assert_eq!(
        names(
            &services,
            json!([with("OR", one("EXACT", "name", "Anna Roe")), with("OR", one("TERM", "title", "navigator"))])
        )
        .await?,
        ["Anna Roe", "Bert Roe-Doe"]
    );
    let group =
        json!({ "type": "EXACT", "operator": "AND", "group": [with("OR", roe.clone()), with("OR", doe.clone())] });
    assert_eq!(names(&services, json!([&pilot, &group])).await?, ["Anna Roe", "Joanna Doe"]);
    let mut untyped = json!({ "query": [group] });
    untyped["query"][0].as_object_mut().ok_or("no object")?.remove("type");
    let (status, refused) = services.post(As::Genesys, "POST", SEARCH, &untyped.to_string()).await?;
    assert_eq!(
        (status, &refused["details"][0]["fieldName"]),
        (400, &json!("query.0.type")),
        "every condition has a type"
    );
    Ok(())
}

#[tokio::test]
async fn a_changed_value_is_found_and_the_old_one_is_not() -> TestResult {
    let services = services(50).await?;
    let (_, page) = services.json(As::Genesys, "GET", &format!("{USERS}?pageSize=1")).await?;
    let (id, email) = (page["entities"][0]["id"].as_str().ok_or("no id")?, &page["entities"][0]["email"]);
    let found = async |value: &str| names(&services, json!([one("EXACT", "email", value)])).await;
    let old = email.as_str().ok_or("no address")?;
    assert_eq!(found(old).await?.len(), 1);
    assert_eq!(found(&old.to_uppercase().replace("EXAMPLE.COM", "example.com")).await?.len(), 1);
    let body = json!({ "version": 1, "email": "new.address@example.com", "name": "New Name" }).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &format!("{USERS}/{id}"), &body).await?.0, 200);
    assert_eq!((found(old).await?.len(), found("new.address@example.com").await?), (0, vec!["New Name".to_owned()]));
    assert_eq!(names(&services, json!([one("STARTS_WITH", "name", "new n")])).await?, ["New Name"]);
    assert_eq!(names(&services, json!([one("EXACT", "id", id)])).await?, ["New Name"]);
    Ok(())
}

#[tokio::test]
async fn only_active_users_are_found_unless_a_state_is_given() -> TestResult {
    let services = services(250).await?;
    let total = async |query: Value| -> TestResult<Value> {
        Ok(search(&services, json!({ "query": query })).await?["total"].clone())
    };
    assert_eq!(total(json!([])).await?, 238);
    assert_eq!(total(json!([{ "type": "MATCH_ALL" }])).await?, 238);
    assert_eq!(total(json!([one("EXACT", "state", "inactive")])).await?, 12);
    assert_eq!(total(json!([{ "type": "EXACT", "fields": ["state"], "values": ["active", "inactive"] }])).await?, 250);
    assert_eq!(total(json!([one("EXACT", "state", "deleted")])).await?, 0);
    let targets = json!({ "query": [one("EXACT", "state", "inactive")] }).to_string();
    let path = format!("{SEARCH}/conversation/target");
    assert_eq!(services.post(As::Genesys, "POST", &path, &targets).await?.1["total"], 0);
    for path in [format!("{SEARCH}/queuemembers/manage"), format!("{SEARCH}/teams/assign")] {
        assert_eq!(services.post(As::Genesys, "POST", &path, &targets).await?.1["total"], 12, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_in_any_order_hold_every_user_once() -> TestResult {
    let services = services(250).await?;
    for sort in [
        json!({}),
        json!({ "sortBy": "name" }),
        json!({ "sortBy": "department", "sortOrder": "DESC" }),
        json!({ "sortOrder": "SCORE" }),
        json!({ "sort": [{ "sortBy": "title", "sortOrder": "DESC" }, { "sortBy": "email" }] }),
    ] {
        let (mut seen, mut page) = (Vec::new(), 1);
        loop {
            let mut body =
                json!({ "pageSize": 100, "pageNumber": page, "query": [one("CONTAINS", "email", "@example")] });
            for (name, value) in sort.as_object().into_iter().flatten() {
                body[name] = value.clone();
            }
            let response = search(&services, body).await?;
            seen.extend(response["results"].as_array().ok_or("no results")?.clone());
            if response["nextPage"].is_null() {
                assert_eq!((&response["total"], &response["pageCount"]), (&json!(238), &json!(3)));
                break;
            }
            page += 1;
        }
        let ids: BTreeSet<&str> = seen.iter().filter_map(|user| user["id"].as_str()).collect();
        assert_eq!((seen.len(), ids.len()), (238, 238), "{sort}");
        if sort["sortBy"] == "name" {
            let names: Vec<String> =
                seen.iter().filter_map(|user| Some(user["name"].as_str()?.to_lowercase())).collect();
            assert!(names.is_sorted());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_search_is_continued_and_repeated_by_q64() -> TestResult {
    let services = services(60).await?;
    let api = services.genesys.api();
    let criteria = UserSearchCriteria {
        type_: Some("CONTAINS".into()),
        fields: Some(vec!["email".to_owned()]),
        value: Some("example".to_owned()),
        ..Default::default()
    };
    let request = UserSearchRequest {
        query: Some(vec![criteria]),
        page_size: Some(20),
        expand: Some(vec!["skills".to_owned()]),
        ..Default::default()
    };
    let first = api.post_users_search().body(request).send().await?.into_inner();
    let next = first.next_page.clone().ok_or("no next page")?;
    let second = api.get_users_search().q64(&next).send().await?.into_inner();
    assert_eq!((second.page_number, second.total), (Some(2), first.total));
    assert!(second.results.iter().flatten().all(|user| user.skills.is_some()));
    let back = second.previous_page.ok_or("no previous page")?;
    assert_eq!(api.get_users_search().q64(back).send().await?.into_inner().results, first.results);
    // What a client gives that does not escape the value.
    for q64 in ["%%%", "e30", "bm90aGluZw==", "", "a b"] {
        let path = format!("{SEARCH}?q64={}", q64.replace('%', "%25").replace(' ', "+"));
        let (status, response) = services.json(As::Genesys, "GET", &path).await?;
        assert!(status == 400 || q64 == "e30", "{q64}: {response}");
    }
    Ok(())
}

#[tokio::test]
async fn invalid_searches_are_rejected_with_the_location() -> TestResult {
    let services = crate::support::strict_services(3).await?;
    for (body, field) in [
        (json!({ "query": [{ "type": "EXACT", "value": "x" }] }), "fields"),
        (json!({ "query": [{ "type": "EXACT", "fields": ["name"] }] }), "value"),
        (json!({ "query": [{ "fields": ["name"], "value": "x" }] }), "query.0.type"),
        (json!({ "query": [{ "type": "EXACT", "fields": ["shoeSize"], "value": "x" }] }), "fields"),
        (json!({ "query": [{ "type": "REGEX", "fields": ["name"], "value": "(" }] }), "value"),
        (json!({ "query": [{ "type": "RANGE", "fields": ["version"] }] }), "startValue"),
        (
            json!({ "query": [{ "type": "LESS_THAN", "fields": ["dateLastLogin"], "value": "2024-01-01", "dateFormat": "dd.MM.yy" }] }),
            "dateFormat",
        ),
        (json!({ "sortBy": "shoeSize" }), "sortBy"),
        (json!({ "sortBy": "name", "sort": [{ "sortBy": "name" }] }), "sort"),
        (json!({ "expand": ["everything"] }), "expand"),
        (json!({ "pageSize": 0 }), "pageSize"),
        (json!({ "pageNumber": -1 }), "pageNumber"),
    ] {
        let (status, response) = services.post(As::Genesys, "POST", SEARCH, &body.to_string()).await?;
        assert_eq!((status, &response["details"][0]["fieldName"]), (400, &json!(field)), "{body}: {response}");
    }
    let mut nested = one("EXACT", "name", "x");
    for _ in 0..10 {
        nested = json!({ "type": "EXACT", "group": [nested] });
    }
    let body = json!({ "query": [nested] }).to_string();
    assert_eq!(services.post(As::Genesys, "POST", SEARCH, &body).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_cursor_is_stable_when_users_are_created_and_deleted() -> TestResult {
    let services = services(60).await?;
    for order in ["ASC", "DESC"] {
        let path = format!("/genesys/api/v2/users/query?pageSize=10&state=active&sortOrder={order}");
        let (_, first) = services.json(As::Genesys, "GET", &path).await?;
        let ids = |page: &Value| -> Vec<String> {
            let entities = page["entities"].as_array().into_iter().flatten();
            entities.filter_map(|user| user["id"].as_str().map(str::to_owned)).collect()
        };
        let cursor = first["cursor"].as_str().ok_or("no cursor")?;
        let (_, second) = services.json(As::Genesys, "GET", &format!("{path}&cursor={cursor}")).await?;
        // Somebody of the first page goes: the second page stays what it is.
        let gone = ids(&first)[3].clone();
        services.send(As::Genesys, "DELETE", &format!("{USERS}/{gone}")).await?;
        let (_, again) = services.json(As::Genesys, "GET", &format!("{path}&cursor={cursor}")).await?;
        assert_eq!(ids(&again), ids(&second), "{order}");
        assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));
        let (status, _) = services.json(As::Genesys, "GET", &format!("{path}&cursor=anything")).await?;
        assert_eq!(status, 400);
    }
    Ok(())
}

#[tokio::test]
async fn a_walk_through_all_users_does_not_block_other_requests() -> TestResult {
    let services = services(1_000_000).await?;
    let year = "2024-01-01T00:00:00Z/2024-12-31T00:00:00Z";
    let no_one = json!([one("CONTAINS", "name", "no such name")]);
    let aggregates = "/genesys/api/v2/users/development/activities/aggregates/query";
    let module = "/genesys/api/v2/users/development/activities?moduleId=00000000-0000-4000-8000-000000000000";
    for (method, path, body) in [
        ("POST", SEARCH, json!({ "query": no_one })),
        ("POST", SEARCH, json!({ "sortBy": "name", "sortOrder": "DESC" })),
        ("POST", aggregates, json!({ "interval": year, "filter": { "type": "And", "clauses": [] } })),
        (
            "POST",
            "/genesys/api/v2/analytics/users/aggregates/query",
            json!({ "interval": year, "metrics": ["tSystemPresence"] }),
        ),
        ("GET", module, Value::Null),
    ] {
        let before = services.sandbox.requests().genesys;
        let request = services.request(As::Genesys, method, path)?;
        let long = match &body {
            Value::Null => request.send(),
            body => request.header("content-type", "application/json").body(body.to_string()).send(),
        };
        let short = async {
            // The other request comes when this one is being served.
            while services.sandbox.requests().genesys == before {
                tokio::task::yield_now().await;
            }
            services.send(As::Genesys, "GET", "/genesys/api/v2/users?pageSize=1").await
        };
        tokio::select! {
            biased;
            response = long => return Err(format!("{path}: the other request had to wait: {}", response?.status()).into()),
            response = short => assert_eq!(response?.status().as_u16(), 200, "{path}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_search_of_many_steps_is_paged() -> TestResult {
    let services = services(1_000).await?;
    let query = json!([one("CONTAINS", "email", "@example.com"), one("EXACT", "title", "Agent")]);
    let all = search(&services, json!({ "query": query, "sortBy": "email", "pageSize": 100 })).await?;
    let total = all["total"].as_u64().ok_or("no total")?;
    let emails = |page: &Value| -> Vec<String> {
        page["results"].as_array().into_iter().flatten().map(|user| user["email"].to_string()).collect()
    };
    assert!(total > 20 && emails(&all).is_sorted(), "{total}");
    let second = json!({ "query": query, "sortBy": "email", "pageSize": 10, "pageNumber": 2 });
    let second = search(&services, second).await?;
    assert_eq!((second["total"].as_u64(), &emails(&second)[..]), (Some(total), &emails(&all)[10..20]));
    assert!(second["nextPage"].is_string() && second["previousPage"].is_string());
    Ok(())
}
