//! Genesys: rules that select users by criteria.

use serde_json::{Value, json};

use crate::support::genesys::{people, person};
use crate::support::{As, Services, TestResult, services};

const GENESYS: &str = "/genesys/api/v2";

async fn send(services: &Services, method: &str, path: &str, body: Value) -> TestResult<(u16, Value)> {
    services.post(As::Genesys, method, &format!("{GENESYS}/{path}"), &body.to_string()).await
}

async fn get(services: &Services, path: &str) -> TestResult<(u16, Value)> {
    services.json(As::Genesys, "GET", &format!("{GENESYS}/{path}")).await
}

fn condition(operator: &str, container: &str, ids: &[Value]) -> Value {
    json!({ "operator": operator, "container": container, "values": [{ "ids": ids }] })
}

/// Criteria with the conditions of each.
fn criteria(criteria: &[Vec<Value>]) -> Value {
    criteria.iter().map(|conditions| json!({ "operator": "Or", "group": conditions })).collect()
}

#[tokio::test]
async fn a_rule_is_created_listed_changed_and_deleted() -> TestResult {
    let services = services(6).await?;
    let user = json!(person(&services, 2).await?);
    let everyone = criteria(&[vec![condition("And", "User", &[user])]]);
    let body = json!({ "name": "Aardvarks", "type": "Learning", "description": "A few", "criteria": everyone });
    let (status, rule) = send(&services, "POST", "users/rules", body.clone()).await?;
    assert_eq!((status, &rule["name"], &rule["dependentCount"]), (200, &json!("Aardvarks"), &json!(0)));
    assert!(rule["criteria"][0]["id"].is_string() && rule["criteria"][0]["group"][0]["id"].is_string());
    let path = format!("users/rules/{}", rule["id"].as_str().ok_or("no id")?);
    assert_eq!(get(&services, &path).await?, (200, rule.clone()));

    let names = async |query: &str| -> TestResult<Vec<String>> {
        let (status, page) = get(&services, &format!("users/rules?{query}")).await?;
        assert_eq!(status, 200, "{query}: {page}");
        let entities = page["entities"].as_array().ok_or("no entities")?;
        Ok(entities.iter().filter_map(|rule| rule["name"].as_str().map(str::to_owned)).collect())
    };
    assert_eq!(names("types=Learning").await?, ["Aardvarks", "Home division"]);
    assert_eq!(names("types=Learning&sortOrder=descending").await?, ["Home division", "Aardvarks"]);
    assert_eq!(names("types=Learning&searchTerm=HOME").await?, ["Home division"]);
    for none in ["types=ActivityPlan", "types=Learning&enabled=false"] {
        assert_eq!(names(none).await?, [] as [String; 0], "{none}");
    }
    assert_eq!(get(&services, "users/rules").await?.0, 400, "`types` is required");
    let page = async |query: &str| get(&services, &format!("users/rules?types=Learning{query}")).await;
    assert!(page("").await?.1["entities"][0]["criteria"].is_null());
    assert_eq!(page("&expand=criteria").await?.1["entities"][0], rule);

    let (status, changed) = send(&services, "PATCH", &path, json!({ "name": "Badgers", "description": null })).await?;
    assert_eq!((status, &changed["name"], &changed["criteria"]), (200, &json!("Badgers"), &rule["criteria"]));
    assert!(changed["description"].is_null() && changed["modifiedDate"].is_string());
    for wrong in [
        json!({ "name": null }),
        json!({ "criteria": [] }),
        json!({ "criteria": criteria(&[vec![condition("Or", "User", &[json!("x")])]]) }),
        json!({ "criteria": criteria(&[vec![condition("And", "User", &[])]]) }),
        json!({ "lockedCriteria": everyone }),
    ] {
        assert_eq!(send(&services, "PATCH", &path, wrong.clone()).await?.0, 400, "{wrong}");
    }
    assert_eq!(get(&services, &path).await?.1, changed, "a refused request changes nothing");
    let state = services.sandbox.state()?;
    let delete = async || services.send(As::Genesys, "DELETE", &format!("{GENESYS}/{path}")).await;
    assert_eq!((delete().await?.status().as_u16(), delete().await?.status().as_u16()), (204, 404));
    assert_eq!(names("types=Learning").await?, ["Home division"]);
    services.sandbox.restore(&state)?;
    assert_eq!(get(&services, &path).await?.1, changed);
    Ok(())
}

#[tokio::test]
async fn criteria_select_users_by_what_they_have() -> TestResult {
    let services = services(20).await?;
    let mut all = Vec::new();
    for user in people(&services).await? {
        let id = user.id.ok_or("no id")?;
        let expand = "expand=skills&expand=languages&expand=groups&expand=locations&expand=team";
        let (_, mut shown) = get(&services, &format!("users/{id}?{expand}")).await?;
        shown["queues"] = json!([]);
        for joined in ["true", "false"] {
            let (_, page) = get(&services, &format!("users/{id}/queues?pageSize=100&joined={joined}")).await?;
            let queues = page["entities"].as_array().ok_or("no queues")?.clone();
            shown["queues"].as_array_mut().ok_or("no list")?.extend(queues);
        }
        all.push(shown);
    }
    let ids: Vec<Value> = all.iter().map(|user| user["id"].clone()).collect();
    let found = async |wanted: Value| -> TestResult<Vec<Value>> {
        let body = json!({ "type": "Learning", "criteria": wanted, "userIds": ids });
        let (status, page) = send(&services, "POST", "users/rules/query?pageSize=100", body).await?;
        assert_eq!(status, 200, "{page}");
        assert!(page["total"].is_null() && page["nextUri"].is_null());
        Ok(page["entities"].as_array().ok_or("no entities")?.iter().map(|user| user["id"].clone()).collect())
    };
    let with = |list: &str, id: &Value| -> Vec<Value> {
        let has = |user: &&Value| match &user[list] {
            Value::Array(items) => items.iter().any(|item| item["id"] == *id),
            one => one["id"] == *id,
        };
        all.iter().filter(has).map(|user| user["id"].clone()).collect()
    };
    for (container, list) in [
        ("AcdSkill", "skills"),
        ("Language", "languages"),
        ("DirectoryGroup", "groups"),
        ("Location", "locations"),
        ("Queue", "queues"),
        ("Team", "team"),
        ("Division", "division"),
        ("ReportsTo", "manager"),
    ] {
        let held = all.iter().find_map(|user| match &user[list] {
            Value::Array(items) => Some(items.first()?["id"].clone()),
            one => one.get("id").cloned(),
        });
        let held = held.ok_or(list)?;
        let expected = with(list, &held);
        assert!(!expected.is_empty(), "{container}");
        assert_eq!(
            found(criteria(&[vec![condition("And", container, std::slice::from_ref(&held))]])).await?,
            expected,
            "{container}"
        );
        let others: Vec<Value> = ids.iter().filter(|id| !expected.contains(id)).cloned().collect();
        assert_eq!(found(criteria(&[vec![condition("Not", container, &[held])]])).await?, others, "not in {container}");
    }
    let two = [ids[2].clone(), ids[3].clone()];
    let both = condition("And", "User", &two);
    assert_eq!(found(criteria(&[vec![both.clone()]])).await?, two, "one of several items is enough");
    let all_of = vec![both, condition("Not", "User", &[ids[3].clone()])];
    assert_eq!(
        found(criteria(std::slice::from_ref(&all_of))).await?,
        [ids[2].clone()],
        "all conditions of a criterion"
    );
    let one_of = criteria(&[all_of, vec![condition("And", "User", &[ids[5].clone()])]]);
    assert_eq!(found(one_of).await?, [ids[2].clone(), ids[5].clone()], "one of the criteria");
    assert!(found(criteria(&[vec![condition("And", "BusinessUnit", &[json!("unit")])]])).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_query_has_pages_and_leaves_out_who_does_not_exist() -> TestResult {
    let services = services(6).await?;
    let ids: Vec<String> = people(&services).await?.into_iter().filter_map(|user| user.id).collect();
    let everyone = criteria(&[vec![condition("Not", "User", &[json!("nobody")])]]);
    let mut wanted: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    wanted.insert(1, json!("unknown"));
    let body = json!({ "type": "Learning", "criteria": everyone, "userIds": wanted });
    let (_, first) = send(&services, "POST", "users/rules/query?pageSize=4", body.clone()).await?;
    let (_, second) = send(&services, "POST", "users/rules/query?pageSize=4&pageNumber=2", body.clone()).await?;
    let of = |page: &Value| -> Vec<String> {
        let entities = page["entities"].as_array().into_iter().flatten();
        entities.filter_map(|user| user["id"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!((of(&first), of(&second)), (ids[..4].to_vec(), ids[4..].to_vec()));
    assert!(first["nextUri"].is_string() && second["nextUri"].is_null());
    for missing in ["type", "criteria", "userIds"] {
        let mut body = body.clone();
        body.as_object_mut().ok_or("no object")?.remove(missing);
        assert_eq!(send(&services, "POST", "users/rules/query", body).await?.0, 400, "{missing}");
    }
    Ok(())
}

#[tokio::test]
async fn a_rule_shows_what_uses_it() -> TestResult {
    let services = crate::support::strict_services(3).await?;
    let (_, page) = get(&services, "users/rules?types=Learning").await?;
    let rule = &page["entities"][0];
    assert_eq!(rule["dependentCount"], 1);
    let path = format!("users/rules/{}/dependents", rule["id"].as_str().ok_or("no id")?);
    let (_, dependents) = get(&services, &path).await?;
    assert_eq!((&dependents["total"], &dependents["entities"][0]["rule"]["id"]), (&json!(1), &rule["id"]));
    let module = dependents["entities"][0]["typeId"].as_str().ok_or("no module")?.to_owned();
    let (status, dependent) = get(&services, &format!("{path}/learning/{module}")).await?;
    assert_eq!((status, &dependent), (200, &dependents["entities"][0]));
    for other in ["activityplan", "learning/unknown"] {
        let path = if other.contains('/') { format!("{path}/{other}") } else { format!("{path}/{other}/{module}") };
        assert_eq!(get(&services, &path).await?.0, 404, "{path}");
    }
    let (_, settings) = get(&services, "users/rules/settings/Learning").await?;
    assert!(settings["allowedContainers"].as_array().is_some_and(|all| all.contains(&json!("Division"))));
    assert_eq!(get(&services, "users/rules/settings/Other").await?.0, 400);
    Ok(())
}
