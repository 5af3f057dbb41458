//! Genesys: the listings that turn names into ids, and moving users to a division.

use std::collections::BTreeMap;

use genesys_users::types::{AuthzDivision, Group, LookupSortOrder, Station, StationStatus, UserExpand};
use serde_json::{Value, json};

use crate::support::genesys::{people, person, refusal};
use crate::support::{As, Services, TestResult, services};

const GENESYS: &str = "/genesys/api/v2";

async fn get(services: &Services, path: &str) -> TestResult<(u16, Value)> {
    services.json(As::Genesys, "GET", &format!("{GENESYS}/{path}")).await
}

async fn names(services: &Services, path: &str) -> TestResult<Vec<String>> {
    let (status, page) = get(services, path).await?;
    assert_eq!(status, 200, "{path}: {page}");
    let entities = page["entities"].as_array().ok_or("no entities")?;
    assert_eq!(page["total"], entities.len(), "{path}: all on one page");
    Ok(entities.iter().filter_map(|item| item["name"].as_str().map(str::to_owned)).collect())
}

#[tokio::test]
async fn a_name_leads_to_the_id_that_users_refer_to() -> TestResult {
    let services = services(12).await?;
    let api = services.genesys.api();
    let user = person(&services, 2).await?;
    let shown = api
        .get_user()
        .user_id(&user)
        .expand(
            ["skills", "languages", "groups", "locations", "authorization", "station"].map(UserExpand::from).to_vec(),
        )
        .send()
        .await?
        .into_inner();
    let shown = serde_json::to_value(shown)?;
    for (part, listing) in [
        ("/skills/0", "routing/skills"),
        ("/languages/0", "routing/languages"),
        ("/groups/0", "groups"),
        ("/locations/0/locationDefinition", "locations"),
        ("/authorization/roles/0", "authorization/roles"),
        ("/division", "authorization/divisions"),
        ("/station/effectiveStation", "stations"),
    ] {
        let held = shown.pointer(part).ok_or(part)?;
        let (status, page) = get(&services, &format!("{listing}?pageSize=100")).await?;
        assert_eq!(status, 200, "{listing}");
        let named: Vec<&Value> =
            page["entities"].as_array().ok_or(listing)?.iter().filter(|item| item["name"] == held["name"]).collect();
        assert_eq!(named.len(), 1, "{listing} has one {}", held["name"]);
        assert_eq!(named[0]["id"], held["id"], "{listing}");
    }
    Ok(())
}

#[tokio::test]
async fn filters_by_name_ignore_case_and_match_as_documented() -> TestResult {
    let services = services(3).await?;
    for (path, expected) in [
        ("routing/skills?name=re", &["Renewals", "Retention", "Returns"][..]),
        ("routing/skills?name=eturns", &[]),
        ("routing/languages?name=english", &["English"]),
        ("routing/queues?name=claims", &["Claims"]),
        ("routing/queues?name=clai", &[]),
        ("routing/queues?name=c*", &["Callbacks", "Chat", "Claims", "Complaints"]),
        ("routing/queues?name=*support", &["Technical Support"]),
        ("routing/queues?name=*ill*", &["Billing"]),
        ("authorization/divisions?name=ort", &["North"]),
        ("authorization/roles?name=ervis", &["supervisor"]),
        (
            "stations?name=station%200000",
            &[
                "Station 00001",
                "Station 00002",
                "Station 00003",
                "Station 00004",
                "Station 00005",
                "Station 00006",
                "Station 00007",
                "Station 00008",
                "Station 00009",
            ],
        ),
    ] {
        assert_eq!(names(&services, path).await?, expected, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn listings_have_pages_and_an_order() -> TestResult {
    let services = services(3).await?;
    let api = services.genesys.api();
    let mut skills = names(&services, "routing/skills?pageSize=100").await?;
    let mut by_page = Vec::new();
    let mut pages = api.get_routing_skills().page_size(3).items();
    while let Some(skill) = pages.next().await {
        by_page.extend(skill?.name);
    }
    assert_eq!((by_page.len(), &by_page), (20, &skills));
    skills.sort();
    assert_eq!(by_page, skills, "sorted by name");

    let queues = api.get_routing_queues().sort_order(LookupSortOrder::from("desc")).page_size(2).send().await?;
    let queues = queues.into_inner();
    let shown: Vec<_> = queues.entities.iter().flatten().filter_map(|queue| queue.name.as_deref()).collect();
    assert_eq!((shown, queues.total), (vec!["Technical Support", "Service"], Some(15)));
    assert_eq!(names(&services, "routing/languages?sortOrder=descending").await?[0], "Spanish");
    for path in ["authorization/roles?sortBy=size", "authorization/divisions?nextPage=2", "stations?sortBy=user"] {
        assert_eq!(get(&services, path).await?.0, 400, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn listings_by_id_leave_out_what_does_not_exist() -> TestResult {
    let services = services(3).await?;
    for listing in [
        "routing/skills",
        "routing/languages",
        "routing/queues",
        "authorization/divisions",
        "authorization/roles",
        "groups",
        "locations",
        "stations",
    ] {
        let (_, page) = get(&services, &format!("{listing}?pageSize=100")).await?;
        let id = page["entities"][1]["id"].as_str().ok_or(listing)?.to_owned();
        let path = match listing {
            "stations" => format!("{listing}?id={id},unknown"),
            _ => format!("{listing}?id={id}&id=unknown"),
        };
        let (status, found) = get(&services, &path).await?;
        assert_eq!((status, found["total"].as_u64()), (200, Some(1)), "{listing}");
        assert_eq!(found["entities"][0], page["entities"][1], "{listing}");
    }
    Ok(())
}

#[tokio::test]
async fn queues_are_listed_by_division_with_their_members() -> TestResult {
    let services = services(30).await?;
    let api = services.genesys.api();
    let user = person(&services, 1).await?;
    let joined = api.get_user_queues().user_id(&user).send().await?.into_inner().entities.unwrap_or_default();
    let joined = joined.first().ok_or("no queue")?;
    let queue = joined.name.as_deref().ok_or("no name")?;
    let found = api.get_routing_queues().name(queue).send().await?.into_inner().entities.unwrap_or_default();
    assert_eq!((found.len(), &found[0].id, found[0].member_count), (1, &joined.id, joined.member_count));
    assert!(found[0].member_count > Some(0));

    let division = found[0].division.as_ref().and_then(|division| division.id.clone()).ok_or("no division")?;
    let same = api.get_routing_queues().division_id(vec![division.clone()]).send().await?.into_inner();
    let divisions: Vec<_> = same
        .entities
        .iter()
        .flatten()
        .map(|queue| queue.division.as_ref().and_then(|division| division.id.clone()))
        .collect();
    assert_eq!(divisions, vec![Some(division); 3]);
    assert!(names(&services, "routing/queues?hasPeer=true").await?.is_empty());
    assert_eq!(api.get_routing_queues().has_peer(false).send().await?.into_inner().total, Some(15));
    Ok(())
}

#[tokio::test]
async fn roles_count_their_users_as_grants_change() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let counts = async || -> TestResult<BTreeMap<String, i64>> {
        let roles = api.get_authorization_roles().send().await?.into_inner().entities.unwrap_or_default();
        let counts = roles.into_iter().filter_map(|role| Some((role.name?, role.user_count?)));
        Ok(counts.collect())
    };
    let before = counts().await?;
    let mut held = BTreeMap::new();
    for user in people(&services).await? {
        let roles = api.get_user_roles().subject_id(user.id.ok_or("no id")?).send().await?.into_inner().roles;
        roles.into_iter().flatten().filter_map(|role| role.name).for_each(|role| *held.entry(role).or_insert(0) += 1);
    }
    held.extend(before.iter().filter(|(_, count)| **count == 0).map(|(role, count)| (role.clone(), *count)));
    assert_eq!(before, held, "as the users show them");

    let trainer = api.get_authorization_roles().name("trainer").send().await?.into_inner().entities.unwrap_or_default();
    let trainer = trainer.into_iter().next().and_then(|role| role.id).ok_or("no trainer")?;
    let user = person(&services, 3).await?;
    api.put_user_roles().subject_id(&user).body(vec![trainer]).send().await?;
    api.delete_user().user_id(person(&services, 4).await?).send().await?;
    let after = counts().await?;
    assert_eq!((after["trainer"], after["employee"]), (before["trainer"] + 1, before["employee"] - 2));

    let holders = api.get_authorization_roles().permission(vec!["routing:queue:join".to_owned()]).user_count(false);
    let holders = holders.send().await?.into_inner().entities.unwrap_or_default();
    let shown: Vec<_> = holders.iter().map(|role| (role.name.as_deref(), role.user_count)).collect();
    assert_eq!(shown, [(Some("agent"), None)]);
    Ok(())
}

#[tokio::test]
async fn groups_count_their_members() -> TestResult {
    let services = services(10).await?;
    let api = services.genesys.api();
    let groups = async || -> TestResult<Vec<Group>> {
        Ok(api.get_groups().send().await?.into_inner().entities.unwrap_or_default())
    };
    let counts = |groups: &[Group]| -> BTreeMap<String, i64> {
        groups.iter().filter_map(|group| Some((group.name.clone()?, group.member_count?))).collect()
    };
    let before = groups().await?;
    assert_eq!(counts(&before).values().sum::<i64>(), 10);
    let user = people(&services).await?.remove(1);
    let target = before.iter().find(|group| group.name.as_deref() == Some("Mentors")).ok_or("no group")?;
    let body = json!({ "version": user.version, "groups": [{ "id": target.id }] }).to_string();
    let path = format!("{GENESYS}/users/{}", user.id.as_deref().unwrap_or_default());
    assert_eq!(services.post(As::Genesys, "PATCH", &path, &body).await?.0, 200);
    let shown = counts(&groups().await?);
    assert_eq!(
        (shown["Mentors"], shown["Late Shift"]),
        (counts(&before)["Mentors"] + 1, counts(&before)["Late Shift"] - 1)
    );
    api.delete_user().user_id(person(&services, 1).await?).send().await?;
    assert_eq!(counts(&groups().await?).values().sum::<i64>(), 9);

    let jabber = api.get_groups().jabber_id(vec!["someone".to_owned()]);
    assert_eq!(jabber.send().await?.into_inner().total, Some(0));
    let id = target.id.clone().ok_or("no id")?;
    let both = api.get_groups().id(vec![id]).jabber_id(vec!["someone".to_owned()]).send().await;
    assert_eq!(refusal(both)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_station_is_found_by_its_user_and_line_and_shows_who_uses_it() -> TestResult {
    let services = services(6).await?;
    let api = services.genesys.api();
    let (owner, other) = (person(&services, 2).await?, person(&services, 3).await?);
    let of = async |user: &str| -> TestResult<Station> {
        let found = api.get_stations().web_rtc_user_id(user).send().await?.into_inner().entities.unwrap_or_default();
        Ok(found.into_iter().next().ok_or("no station")?)
    };
    let station = of(&owner).await?;
    assert_eq!((&station.status, &station.user_id), (&Some(StationStatus::from("ASSOCIATED")), &Some(owner.clone())));
    let line = station.line_appearance_id.clone().ok_or("no line")?;
    let by_line = api.get_stations().line_appearance_id(line).send().await?.into_inner().entities.unwrap_or_default();
    assert_eq!(by_line, std::slice::from_ref(&station));

    api.delete_user_station_associatedstation().user_id(&owner).send().await?;
    let freed = of(&owner).await?;
    assert_eq!((&freed.status, &freed.user_id), (&Some(StationStatus::from("AVAILABLE")), &None));
    let id = station.id.ok_or("no id")?;
    api.put_user_station_associatedstation_station_id().user_id(&other).station_id(&id).send().await?;
    assert_eq!(of(&owner).await?.user_id, Some(other.clone()));

    let elsewhere = api.get_stations().id(&id).web_rtc_user_id(&other).send().await?.into_inner();
    assert_eq!(elsewhere.total, Some(0), "all filters hold");
    assert_eq!(api.get_stations().send().await?.into_inner().total, Some(56), "one of each person, and spare ones");
    assert_eq!(api.get_stations().user_selectable("False").send().await?.into_inner().total, Some(0));
    assert_eq!(refusal(api.get_stations().user_selectable("perhaps").send().await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn users_move_to_a_division_together_or_not_at_all() -> TestResult {
    let services = services(10).await?;
    let api = services.genesys.api();
    let divisions = async || -> TestResult<Vec<AuthzDivision>> {
        let page = api.get_authorization_divisions().object_count(true).send().await?.into_inner();
        Ok(page.entities.unwrap_or_default())
    };
    let users_in = |divisions: &[AuthzDivision], name: &str| {
        let division = divisions.iter().find(|division| division.name.as_deref() == Some(name));
        division.and_then(|division| division.object_counts.as_ref()?.get("USER").copied())
    };
    let before = divisions().await?;
    assert_eq!((users_in(&before, "Home"), users_in(&before, "North")), (Some(10), Some(0)));
    let north = before.iter().find(|division| division.name.as_deref() == Some("North")).ok_or("no division")?;
    let north = north.id.clone().ok_or("no id")?;
    let (first, second) = (person(&services, 2).await?, person(&services, 3).await?);
    let move_to = async |division: &str, users: Vec<String>| {
        api.post_authorization_division_object().division_id(division).object_type("USER").body(users).send().await
    };
    let division_of = async |user: &str| -> TestResult<(Option<String>, Option<i64>)> {
        let user = api.get_user().user_id(user).send().await?.into_inner();
        Ok((user.division.and_then(|division| division.name), user.version))
    };

    let queues =
        api.post_authorization_division_object().division_id(&north).object_type("QUEUE").body(vec![first.clone()]);
    assert_eq!(refusal(queues.send().await)?.0, 400, "nothing but users");
    let unknown = move_to(&north, vec![first.clone(), "unknown".to_owned()]).await;
    assert_eq!(refusal(unknown)?, (400, "invalid.value".to_owned()));
    assert_eq!(division_of(&first).await?.0.as_deref(), Some("Home"), "none moves when one is unknown");
    assert_eq!(refusal(move_to("unknown", vec![first.clone()]).await)?.0, 404);

    move_to(&north, vec![first.clone(), second.clone()]).await?;
    let moved = division_of(&first).await?;
    assert_eq!(moved, (Some("North".to_owned()), Some(2)));
    assert_eq!(division_of(&second).await?.0.as_deref(), Some("North"));
    move_to(&north, vec![first.clone()]).await?;
    assert_eq!(division_of(&first).await?, moved, "a repetition changes nothing");
    let after = divisions().await?;
    assert_eq!((users_in(&after, "Home"), users_in(&after, "North")), (Some(8), Some(2)));

    api.delete_user().user_id(&second).send().await?;
    assert_eq!(users_in(&divisions().await?, "North"), Some(1), "deleted users are not counted");
    let state = services.sandbox.state()?;
    services.sandbox.reset()?;
    assert_eq!(division_of(&first).await?.0.as_deref(), Some("Home"));
    services.sandbox.restore(&state)?;
    assert_eq!(division_of(&first).await?, moved, "a saved state keeps the division");
    Ok(())
}
