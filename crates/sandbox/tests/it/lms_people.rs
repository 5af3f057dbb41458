//! LMS: `onBehalfOf`, people, organizations, groups, job profiles, and the exports of users.

use serde_json::json;

use crate::support::lms::texts;
use crate::support::{As, TestResult, services};

#[tokio::test]
async fn a_session_cookie_keeps_the_first_user() -> TestResult {
    let services = services(20).await?;
    let (first, second) = (services.login(1).await?, services.login(2).await?);
    let path = |login: &str| format!("/ekp/api/me?format=json&onBehalfOf={login}");
    let response = services.send(As::LmsUser, "GET", &path(&first)).await?;
    let cookie = response.headers().get("set-cookie").ok_or("no cookie")?.to_str()?.to_owned();
    let pair = cookie.split(';').next().unwrap_or_default();
    let request = services.request(As::LmsUser, "GET", &path(&second))?.header("cookie", pair);
    let response = request.send().await?;
    assert!(!response.headers().contains_key("set-cookie"), "the session continues");
    let me: serde_json::Value = response.json().await?;
    assert_eq!(me["id"], first.as_str(), "a client that keeps cookies gets the first user's data");
    for foreign in ["JSESSIONID=0", "other=1", &format!("{pair}0")] {
        let request = services.request(As::LmsUser, "GET", &path(&second))?.header("cookie", foreign);
        let me: serde_json::Value = request.send().await?.json().await?;
        assert_eq!(me["id"], second.as_str(), "{foreign} is not a session of this site");
    }
    Ok(())
}

#[tokio::test]
async fn an_assignment_of_another_user_is_rejected() -> TestResult {
    let services = services(20).await?;
    let (one, two) = (services.login(2).await?, services.login(3).await?);
    let assignments = services.read_json(&two, "assignments", &[]).await?;
    let ids = texts(&assignments["assignments"], "id");
    assert_eq!(ids.len(), 2, "every seventh person has two assignments: {assignments}");
    for id in &ids {
        services.read(&two, "records", &[("assignmentId", id)]).await?;
        let (status, body) = services.function("GET", &one, "records", &[("assignmentId", id)]).await?;
        assert!(status == 400 && body.contains("assignmentId"), "{body}");
    }
    let (status, _) = services.function("GET", "", "records", &[("assignmentId", "A2-1")]).await?;
    assert_eq!(status, 400);
    let own = services.read_json("", "assignments", &[]).await?;
    services.read(&two, "records", &[("assignmentId", &texts(&own["assignments"], "id")[0])]).await?;
    for nonsense in ["A99-1", "A3-3", "A-", "-", "ä", "A3-1 "] {
        let (status, _) = services.function("GET", &two, "records", &[("assignmentId", nonsense)]).await?;
        assert_eq!(status, 400, "{nonsense}");
    }
    services.read(&two, "records", &[("assignmentId", "")]).await?;
    Ok(())
}

#[tokio::test]
async fn people_are_found_by_name_and_keywords() -> TestResult {
    let services = services(200).await?;
    let everybody = services.read_json("", "people", &[("max", "1000")]).await?;
    assert_eq!(everybody["people"].as_array().map(Vec::len), Some(196));
    let some = services.read_json("", "people", &[]).await?;
    assert_eq!(some["people"].as_array().map(Vec::len), Some(25), "the documented default");
    let person = &everybody["people"][40];
    let family = person["family"].as_str().ok_or("no family")?;
    let found = services.read_json("", "people", &[("last", &family.to_uppercase()), ("max", "1000")]).await?;
    assert!(texts(&found["people"], "family").iter().all(|name| name == family), "{found}");
    assert!(texts(&found["people"], "id").contains(&person["id"].as_str().unwrap_or_default().to_owned()));
    let words = format!("{family} {}", person["id"].as_str().unwrap_or_default());
    let found = services.read_json("", "people", &[("keywords", &words)]).await?;
    assert_eq!(found["people"].as_array().map(Vec::len), Some(1));
    let found = services.read_json("", "people", &[("id", "nobody")]).await?;
    assert_eq!(found["people"].as_array().map(Vec::len), Some(0));
    let xml = services.read("", "people", &[("max", "2"), ("format", "xml")]).await?;
    assert_eq!(xml.matches("<person>").count(), 2, "{xml}");
    for max in ["0", "-1", "many"] {
        let (status, body) = services.function("GET", "", "people", &[("format", "json"), ("max", max)]).await?;
        assert!(status == 400 && body.contains("max"), "{max}: {body}");
    }
    Ok(())
}

#[tokio::test]
async fn direct_reports_have_the_manager_as_appraiser() -> TestResult {
    let services = services(40).await?;
    let manager = services.login(2).await?;
    let reports = services.read_json(&manager, "directReports", &[]).await?;
    let reports = texts(&reports["people"], "id");
    assert_eq!(reports.len(), 9, "ten people, one of them without an LMS account");
    for report in reports {
        let me = services.read_json(&report, "me", &[]).await?;
        assert_eq!(me["directAppraiser"]["id"], manager.as_str());
    }
    Ok(())
}

#[tokio::test]
async fn organizations_are_a_tree() -> TestResult {
    let services = services(30).await?;
    let root = services.read_json("", "organization", &[("id", "*ROOT*")]).await?;
    assert_eq!(root["children"].as_array().map(Vec::len), Some(2));
    assert_eq!((&root["id"], &root["attributes"]), (&"*ROOT*".into(), &json!([{ "description": "Head office" }])));
    assert_eq!(root["children"][0]["children"].as_array().map(Vec::len), Some(0), "direct children only");
    let whole = services.read_json("", "organization", &[("id", "*ROOT*"), ("recursive", "true")]).await?;
    let leaves = whole["children"].as_array().into_iter().flatten().map(|child| texts(&child["children"], "id"));
    let leaves: Vec<String> = leaves.flatten().collect();
    assert_eq!(leaves.len(), 6);
    for user in services.read_json("", "users", &[]).await?["users"].as_array().into_iter().flatten() {
        let own = user["organization"]["id"].as_str().unwrap_or_default();
        assert!(leaves.iter().any(|id| id == own), "{own} is not an organization");
        let found = services.read_json("", "organization", &[("id", own)]).await?;
        assert_eq!(found["code"], user["organization"]["code"]);
        let above = user["organization"]["parent"].as_str().ok_or("no parent")?;
        let above = services.read_json("", "organization", &[("id", above)]).await?;
        assert!(texts(&above["children"], "id").contains(&own.to_owned()), "{own} is not below {above}");
    }
    let xml = services.read("", "organization", &[("id", "*ROOT*"), ("format", "xml"), ("recursive", "true")]).await?;
    assert_eq!(xml.matches("<organization>").count(), 9, "{xml}");
    let (status, _) = services.function("GET", "", "organization", &[("id", "ORG-NONE"), ("format", "json")]).await?;
    assert_eq!(status, 404);
    Ok(())
}

#[tokio::test]
async fn groups_are_in_assignments_and_in_the_export() -> TestResult {
    let services = services(20).await?;
    let login = services.login(3).await?;
    let group = "Night & Day";
    let name = ("group-name", group);
    assert_eq!(services.change("", "userGroupCreator", &[name, ("shared", "true")]).await?.0, 200);
    assert_eq!(services.change("", "userGroupCreator", &[name]).await?.0, 409, "there is one already");
    let api = services.lms.api();
    api.user_group_adder().group_name(group).target_assignment_code("AC3-2").send().await?;
    api.user_group_adder().group_name(group).target_assignment_code("AC3-2").send().await?;
    api.supervised_groups_adder().group_name(group).user_id(login.as_str()).send().await?;
    let assignments = services.read_json(&login, "assignments", &[]).await?;
    let groups =
        |kind: &str| [0, 1].map(|place| assignments["assignments"][place][kind].as_array().map_or(0, Vec::len));
    assert_eq!((groups("groups"), groups("supervisedGroups")), ([0, 1], [1, 1]), "{assignments}");
    let (_, export) = services.export("user200510Xml", &format!("userId={login}")).await?;
    assert!(export.contains("<group>Night &amp; Day</group>"), "{export}");
    api.user_group_remover().group_name(group).user_id(login.as_str()).send().await?;
    let assignments = services.read_json(&login, "assignments", &[]).await?;
    assert_eq!(assignments["assignments"][1]["groups"].as_array().map(Vec::len), Some(0));
    api.user_group_deleter().group_name(group).send_json().await?;
    let assignments = services.read_json(&login, "assignments", &[]).await?;
    assert_eq!(assignments["assignments"][0]["supervisedGroups"].as_array().map(Vec::len), Some(0));
    assert_eq!(services.change("", "userGroupDeleter", &[name]).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_private_group_is_visible_to_its_creator_only() -> TestResult {
    let services = services(20).await?;
    let (one, two) = (services.login(1).await?, services.login(2).await?);
    let name = ("group-name", "Mine");
    assert_eq!(services.change(&one, "userGroupCreator", &[name]).await?.0, 200);
    let add = [name, ("user-id", one.as_str())];
    assert_eq!(services.function("POST", &two, "userGroupAdder", &add).await?.0, 404);
    assert_eq!(services.function("POST", &one, "userGroupAdder", &add).await?.0, 200);
    let no_target = services.function("POST", &one, "userGroupAdder", &[name]).await?;
    assert!(no_target.0 == 400 && no_target.1.contains("user-id"), "{no_target:?}");
    let two_targets = [name, ("user-id", one.as_str()), ("targetAssignmentId", "A2-1")];
    assert_eq!(services.function("POST", &one, "userGroupAdder", &two_targets).await?.0, 400, "they disagree");
    let stranger = [name, ("user-id", "nobody")];
    assert_eq!(services.function("POST", &one, "userGroupAdder", &stranger).await?.0, 400);
    let blank = services.change(&one, "userGroupCreator", &[("group-name", "  ")]).await?;
    assert_eq!(blank.0, 400);
    Ok(())
}

#[tokio::test]
async fn the_export_of_users_is_filtered_by_status() -> TestResult {
    let services = services(250).await?;
    let count = |document: &str| document.matches("<user>").count();
    let mut sum = 0;
    for status in ["active", "inactive"] {
        let (code, document) = services.export("users200510Xml", &format!("status={status}")).await?;
        assert!(
            code == 200 && document.contains("<users xmlns=\"") && document.ends_with("</users>"),
            "{document:.200}"
        );
        assert_eq!(count(&document), document.matches(&format!("<status>{status}</status>")).count());
        sum += count(&document);
    }
    let (_, all) = services.export("users200510Xml", "status=all").await?;
    assert_eq!((count(&all), sum), (245, 245));
    let (_, below) = services.export("users200510Xml", "status=all&organizationId=ORG-CUSTOMERS").await?;
    let (_, sales) = services.export("users200510Xml", "status=all&organizationId=ORG-SALES").await?;
    assert!(count(&sales) < count(&below) && count(&below) < 245, "an organization has those below it");
    let (_, chosen) = services.export("users200510Xml", "status=all&fields=id,organization(code)").await?;
    assert!(chosen.contains("<organization><code>") && !chosen.contains("<email>") && !chosen.contains("ORG-"));
    let (_, chosen) =
        services.export("users200510Xml", "status=all&fields=city,prefix,other,attribute(description)").await?;
    assert!(chosen.contains("<city>Southport</city>") && !chosen.contains("<other>") && !chosen.contains("<id>"));
    assert!(chosen.contains("<attribute><description>Knows &lt;first&gt; aid &amp; more</description></attribute>"));
    for query in ["status=gone", "", "status=all&fields=id(", "status=all&fields=secret", "status=all&user=1"] {
        assert_eq!(services.export("users200510Xml", query).await?.0, 400, "{query}");
    }
    assert_eq!(services.export("users200510Xml", "status=all&organizationId=none").await?.0, 404);
    assert_eq!(services.export("user200510Xml", "userId=nobody").await?.0, 404);
    let refused = services.send(As::LmsUser, "GET", "/ekp/api/users200510Xml?status=all").await?;
    assert_eq!(refused.status().as_u16(), 401, "exports accept only the system key");
    Ok(())
}

#[tokio::test]
async fn job_profiles_are_assigned_and_unassigned() -> TestResult {
    let services = services(20).await?;
    let login = services.login(2).await?;
    let assigned = || async {
        let response = services.read_json(&login, "assignedJobProfiles", &[]).await?;
        TestResult::Ok(texts(&response["jobProfiles"], "id"))
    };
    let before = assigned().await?;
    assert_eq!(before.len(), 1, "that of the job title");
    let (profile, user) = (("profileId", "JP-12"), ("userId", login.as_str()));
    assert_eq!(services.change("", "jobProfileAssigner", &[profile, user]).await?.0, 200);
    assert_eq!(services.change("", "jobProfileAssigner", &[profile, user]).await?.0, 409);
    assert_eq!(assigned().await?, [before[0].as_str(), "JP-12"]);
    let path = services.read(&login, "userJobProfilePath", &[]).await?;
    assert!(path.contains("<name>First Aider</name>"), "{path}");
    let status = services.read(&login, "competencyCompletionStatus", &[]).await?;
    assert!(status.contains("<id>CMP-02</id>"), "{status}");
    let learning = services.read(&login, "learningPath", &[("format", "xml")]).await?;
    assert!(learning.contains("<name>Gives First Aid</name>"), "{learning}");
    assert_eq!(services.change("", "jobProfileUnassigner", &[profile, user]).await?.0, 200);
    let own = ("profileId", before[0].as_str());
    assert_eq!(services.change("", "jobProfileUnassigner", &[own, ("targetAssignmentId", "A2-1")]).await?.0, 200);
    assert_eq!(services.change("", "jobProfileUnassigner", &[own, user]).await?.0, 409);
    assert_eq!(assigned().await?, [""; 0]);
    assert_eq!(services.change("", "jobProfileAssigner", &[("profileId", "JP-99"), user]).await?.0, 404);
    let all = services.read_json("", "jobProfiles", &[("groupBy", "none"), ("max", "50")]).await?;
    let grouped = services.read_json("", "jobProfiles", &[("groupBy", "catalog"), ("max", "50")]).await?;
    let groups = grouped["catalogs"].as_array().into_iter().flatten();
    let sum: usize = groups.map(|catalog| catalog["jobProfiles"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(all["jobProfiles"].as_array().map(Vec::len), Some(sum));
    Ok(())
}
