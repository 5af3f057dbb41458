//! What is there from the start beside the people: of each kind at least one, so that every operation can be tried.

use std::time::Duration;

use crate::support::genesys::people;
use crate::support::{As, Services, TestResult, services};
use serde_json::{Value, json};

const GENESYS: &str = "/genesys/api/v2";

async fn get(services: &Services, path: &str) -> TestResult<(u16, Value)> {
    services.json(As::Genesys, "GET", &format!("{GENESYS}/{path}")).await
}

async fn status(services: &Services, method: &str, path: &str) -> TestResult<u16> {
    Ok(services.send(As::Genesys, method, &format!("{GENESYS}/{path}")).await?.status().as_u16())
}

/// The id of the schema, and for a person those paths below `users` and `routing` that show what only some people have.
async fn owned(services: &Services, person: &str) -> TestResult<Vec<String>> {
    let (_, schemas) = get(services, "users/customattributes/schemas").await?;
    let schema = schemas["entities"][0]["id"].as_str().ok_or("no schema")?.to_owned();
    let (_, verifiers) = get(services, &format!("users/{person}/verifiers")).await?;
    let verifier = verifiers["entities"][0]["id"].as_str().unwrap_or("none").to_owned();
    Ok(vec![
        format!("routing/users/{person}/directroutingbackup/settings"),
        format!("users/{person}/customattributes/{schema}"),
        format!("users/{person}/verifiers/{verifier}"),
    ])
}

#[tokio::test]
async fn every_tenth_person_has_a_second_factor_a_backup_and_attributes() -> TestResult {
    let services = services(21).await?;
    for (index, user) in people(&services).await?.iter().enumerate() {
        let owned = owned(&services, user.id.as_deref().ok_or("no id")?).await?;
        let expected = if index % 10 == 0 { 200 } else { 404 };
        for path in &owned[..2] {
            assert_eq!(get(&services, path).await?.0, expected, "{index}: {path}");
        }
        assert_eq!(!owned[2].ends_with("/none"), index % 10 == 0, "{index}");
    }
    Ok(())
}

#[tokio::test]
async fn deleted_items_do_not_come_back() -> TestResult {
    let services = services(11).await?;
    let user = people(&services).await?.remove(10).id.ok_or("no id")?;
    let owned = owned(&services, &user).await?;
    for path in &owned {
        assert_eq!(status(&services, "DELETE", path).await?, 204, "{path}");
        assert_eq!(status(&services, "DELETE", path).await?, 404, "{path}");
    }
    for path in &owned[..2] {
        assert_eq!(get(&services, path).await?.0, 404, "{path}");
    }
    let (_, verifiers) = get(&services, &format!("users/{user}/verifiers")).await?;
    assert_eq!(verifiers["total"], 0);
    services.sandbox.reset()?;
    for path in &owned[..2] {
        assert_eq!(get(&services, path).await?.0, 200, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_created_user_has_no_second_factor_backup_or_attributes() -> TestResult {
    let services = services(10).await?;
    let body = json!({ "name": "Sample Person", "email": "sample.person@example.com" }).to_string();
    let (_, created) = services.post(As::Genesys, "POST", &format!("{GENESYS}/users"), &body).await?;
    let owned = owned(&services, created["id"].as_str().ok_or("no id")?).await?;
    for path in &owned {
        assert_eq!(status(&services, "DELETE", path).await?, 404, "{path}");
    }
    Ok(())
}

/// The ids that the command line's examples name: with 100 people and the default seed, they never change.
#[tokio::test]
async fn two_jobs_are_fulfilled_and_expire() -> TestResult {
    let services = Services::of(rosterkit_sandbox::Sandbox::builder().start().await?)?;
    let jobs = [
        "analytics/users/details/jobs/34b348b0-622b-49ca-b3d3-98f4e501d1b0",
        "analytics/users/aggregates/jobs/a87b4054-7611-4070-b816-6016e8bada8a",
    ];
    for (job, items) in jobs.iter().zip(["userDetails", "results"]) {
        assert_eq!(get(&services, job).await?.1["state"], "FULFILLED");
        let (_, page) = get(&services, &format!("{job}/results")).await?;
        assert_eq!(page[items].as_array().map(Vec::len), Some(100), "one of each person: {page}");
    }
    assert_eq!(status(&services, "DELETE", jobs[0]).await?, 204);
    assert_eq!(get(&services, jobs[0]).await?.0, 404);
    services.sandbox.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(get(&services, jobs[1]).await?.1["state"], "EXPIRED");
    assert_eq!(get(&services, &format!("{}/results", jobs[1])).await?.0, 410);
    Ok(())
}

#[tokio::test]
async fn the_lms_has_a_group_and_an_external_record() -> TestResult {
    let services = services(20).await?;
    let login = services.login(5).await?;
    let all = services.read_json(&login, "externalTrainingRecords", &[]).await?;
    let record = &all["externalTrainingRecords"][0];
    assert_eq!((&record["userId"], &record["status"]), (&json!(login), &json!("openForEditing")));
    let id = record["id"].as_str().ok_or("no id")?;
    assert_eq!(services.change(&login, "externalRecordDeleter", &[("id", id)]).await?.0, 200);
    let none = services.read_json(&login, "externalTrainingRecords", &[]).await?;
    assert_eq!(none["externalTrainingRecords"], json!([]));

    let group = [("group-name", "first-aiders")];
    assert_eq!(services.change(&login, "userGroupCreator", &group).await?.0, 409);
    services.lms.api().user_group_adder().group_name("first-aiders").user_id(login.as_str()).send().await?;
    services.lms.api().user_group_deleter().group_name("first-aiders").send_json().await?;
    assert_eq!(services.change(&login, "userGroupCreator", &group).await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn a_sandbox_without_people_works() -> TestResult {
    let services = services(0).await?;
    assert_eq!(get(&services, "users/customattributes/schemas").await?.1["total"], 1);
    let (_, users) = get(&services, "users").await?;
    assert_eq!(users["total"], 0);
    Ok(())
}
