//! Genesys: limits and habits of the service that its schemas do not show.

use genesys_users::types::{CallForwarding, CallForwardingPatch, CreateUser, UpdateUser};
use genesys_users::{Client, Patch};
use rosterkit_sandbox::{Permissions, Sandbox};
use serde_json::{Value, json};

use crate::support::genesys::{id, people, person, refusal};
use crate::support::{As, Services, TestResult, services};

const USERS: &str = "/genesys/api/v2/users";

#[tokio::test]
async fn the_listing_of_inactive_users_ends_after_ten_thousand_although_page_count_goes_on() -> TestResult {
    let services = services(210_000).await?;
    let api = services.genesys.api();
    let last = api.get_users().state("inactive").page_size(500).page_number(20).send().await?.into_inner();
    assert_eq!(last.entities.map(|users| users.len()), Some(500));
    assert_eq!((last.total, last.page_count, last.next_uri.is_some()), (Some(10_500), Some(21), true));
    for (size, number) in [(500, 21), (100, 101), (300, 34)] {
        let beyond = api.get_users().state("inactive").page_size(size).page_number(number).send().await;
        assert_eq!(refusal(beyond)?.0, 400, "{number} pages of {size}");
    }
    let active = api.get_users().page_size(500).page_number(21).send().await?.into_inner();
    assert_eq!(active.entities.map(|users| users.len()), Some(500), "the limit is that of inactive users");
    Ok(())
}

#[tokio::test]
async fn at_most_a_hundred_users_are_selected_by_id() -> TestResult {
    let services = services(120).await?;
    let api = services.genesys.api();
    let ids: Vec<String> = people(&services).await?.iter().map(id).collect();
    let page = api.get_users().id(ids.clone()).state("any").page_size(500).send().await?.into_inner();
    assert_eq!((ids.len() as i64, page.total), (100, Some(100)));
    let more: Vec<String> = ids.iter().chain([&"more".to_owned()]).map(|id| format!("id={id}")).collect();
    let (status, refused) = services.json(As::Genesys, "GET", &format!("{USERS}?{}", more.join("&"))).await?;
    assert_eq!((status, &refused["code"]), (400, &json!("max.user.ids")));
    Ok(())
}

#[tokio::test]
async fn pages_have_the_sizes_that_the_service_takes() -> TestResult {
    let services = services(510).await?;
    let user = person(&services, 1).await?;
    for (path, expected) in [
        (format!("{USERS}?pageSize=500"), 500),
        (format!("{USERS}?pageSize=500&integrationPresenceSource=MicrosoftTeams"), 100),
        (format!("{USERS}/{user}/routingskills?pageSize=100"), 50),
        (format!("{USERS}/{user}/routinglanguages?pageSize=100"), 50),
        (format!("{USERS}/{user}/queues?pageSize=100"), 100),
    ] {
        let (status, page) = services.json(As::Genesys, "GET", &path).await?;
        assert_eq!((status, &page["pageSize"]), (200, &json!(expected)), "{path}");
    }
    let (_, page) = services.json(As::Genesys, "GET", &format!("{USERS}/query?pageSize=500&state=any")).await?;
    assert_eq!(page["entities"].as_array().map(Vec::len), Some(500));
    let path = format!("{USERS}/query?pageSize=500&state=any&integrationPresenceSource=MicrosoftTeams");
    let (_, page) = services.json(As::Genesys, "GET", &path).await?;
    assert_eq!(page["entities"].as_array().map(Vec::len), Some(100));
    Ok(())
}

#[tokio::test]
async fn custom_attributes_are_asked_for_under_few_schemas() -> TestResult {
    let services = services(3).await?;
    let user = person(&services, 1).await?;
    let ids = |count: usize| vec!["userCustomAttributeSchemaIds=s"; count].join("&");
    for (path, most) in [(USERS.to_owned(), 5), (format!("{USERS}/query"), 5), (format!("{USERS}/{user}"), 100)] {
        let status = async |count| -> TestResult<u16> {
            let path = format!("{path}?{}", ids(count));
            Ok(services.send(As::Genesys, "GET", &path).await?.status().as_u16())
        };
        assert_eq!((status(most).await?, status(most + 1).await?), (200, 400), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn each_form_of_a_conflict_is_given_on_request_for_every_change_of_a_user() -> TestResult {
    let services = services(3).await?;
    let user = format!("{USERS}/{}", person(&services, 1).await?);
    let before = services.sandbox.state()?;
    let skill = r#"{ "id": "x", "proficiency": 1 }"#;
    for (form, status, code, text) in [
        ("conflict", 409, "general.conflict", "version"),
        ("conflict=400", 400, "general.bad.request", "version"),
        ("conflict=408", 408, "request.timeout", "time"),
    ] {
        for (operation, method, path, body) in [
            ("patchUser", "PATCH", "", r#"{ "version": 1, "title": "Agent" }"#),
            ("deleteUser", "DELETE", "", ""),
            ("putUserProfileskills", "PUT", "/profileskills", "[]"),
            ("postUserRoutingskills", "POST", "/routingskills", skill),
            ("putUserRoutingskillsBulk", "PUT", "/routingskills/bulk", "[]"),
            ("deleteUserRoutingskill", "DELETE", "/routingskills/x", ""),
            ("postUserRoutinglanguages", "POST", "/routinglanguages", skill),
            ("deleteUserRoutinglanguage", "DELETE", "/routinglanguages/x", ""),
            ("putUserStationAssociatedstationStationId", "PUT", "/station/associatedstation/x", ""),
            ("deleteUserStationDefaultstation", "DELETE", "/station/defaultstation", ""),
        ] {
            services.sandbox.add_fault(format!("{operation}:{form},times=1").parse()?)?;
            let (given, response) = services.post(As::Genesys, method, &format!("{user}{path}"), body).await?;
            assert_eq!((given, response["code"].as_str()), (status, Some(code)), "{operation}");
            assert!(response["message"].as_str().is_some_and(|message| message.contains(text)), "{response}");
        }
    }
    assert_eq!(services.sandbox.state()?, before, "nothing was changed");
    Ok(())
}

#[tokio::test]
async fn a_change_of_a_station_is_accepted_without_a_body() -> TestResult {
    let services = services(6).await?;
    let user = person(&services, 2).await?;
    let path = format!("{USERS}/{user}/station");
    let (_, stations) = services.json(As::Genesys, "GET", &path).await?;
    let station = stations["associatedStation"]["id"].as_str().ok_or("no station")?;
    for (method, path) in [
        ("DELETE", format!("{path}/associatedstation")),
        ("PUT", format!("{path}/associatedstation/{station}")),
        ("DELETE", format!("{path}/defaultstation")),
        ("PUT", format!("{path}/defaultstation/{station}")),
    ] {
        let response = services.send(As::Genesys, method, &path).await?;
        assert_eq!((response.status().as_u16(), response.text().await?.as_str()), (202, ""), "{method} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_user_unknown_to_routing_is_off_queue() -> TestResult {
    let services = services(20).await?;
    let (status, shown) = services.json(As::Genesys, "GET", &format!("{USERS}/nobody/routingstatus")).await?;
    assert_eq!((status, shown), (200, json!({ "userId": "nobody", "status": "OFF_QUEUE" })));
    let inactive = person(&services, 13).await?;
    let path = format!("{USERS}/{inactive}/routingstatus");
    let (status, refused) = services.post(As::Genesys, "PUT", &path, r#"{"status": "IDLE"}"#).await?;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("general.bad.request")),
        "who is not active cannot go on queue"
    );
    Ok(())
}

#[tokio::test]
async fn a_program_is_not_a_user() -> TestResult {
    let services = services(3).await?;
    let token = services.sandbox.access_token(Permissions::all());
    let client = Client::builder().base_url(services.sandbox.genesys_url()).bearer(token).build()?;
    let (api, user) = (client.api(), person(&services, 1).await?);
    let expected = (400, "not.a.user".to_owned());
    assert_eq!(refusal(api.get_users_me().send().await)?, expected);
    let put = api.put_user_callforwarding().user_id(&user).body(CallForwarding::default()).send().await;
    assert_eq!(refusal(put)?, expected);
    let patch = api.patch_user_callforwarding().user_id(&user).body(CallForwardingPatch::default()).send().await;
    assert_eq!(refusal(patch)?, expected);
    api.get_user_callforwarding().user_id(&user).send().await?;
    Ok(())
}

#[tokio::test]
async fn phones_have_each_of_the_four_forms() -> TestResult {
    let services = services(10).await?;
    let phones: Vec<Value> = {
        let (_, page) = services.json(As::Genesys, "GET", &format!("{USERS}?state=any")).await?;
        page["entities"].as_array().into_iter().flatten().map(|user| user["addresses"][0].clone()).collect()
    };
    let text = |phone: &Value, name: &str| phone[name].as_str().map(str::to_owned);
    let form = |phone: &Value| (text(phone, "address"), text(phone, "extension"), text(phone, "display"));
    let is_number = |text: &str| text.starts_with("+1");
    assert!(matches!(form(&phones[0]), (Some(number), None, None) if is_number(&number)), "{}", phones[0]);
    assert!(
        matches!(form(&phones[5]), (Some(_), Some(extension), Some(display)) if extension == display),
        "{}",
        phones[5]
    );
    assert!(
        matches!(form(&phones[6]), (None, Some(extension), Some(number)) if is_number(&number) && extension != number)
    );
    assert!(
        matches!(form(&phones[7]), (None, None, Some(display)) if display.starts_with('(') && display.ends_with(')')),
        "{}",
        phones[7]
    );
    Ok(())
}

#[tokio::test]
async fn a_phone_that_is_written_gets_the_form_that_belongs_to_it() -> TestResult {
    let services = services(10).await?;
    let user = format!("{USERS}/{}", person(&services, 1).await?);
    let number = "+13175550100";
    let phone = |kind: &str, rest: Value| {
        let mut phone = json!({ "mediaType": "PHONE", "type": kind });
        rest.as_object().into_iter().flatten().for_each(|(name, value)| phone[name] = value.clone());
        phone
    };
    let cases = [
        (json!({ "address": number, "display": "ignored" }), json!({ "address": number })),
        (json!({ "extension": "4321" }), json!({ "extension": "4321", "display": "4321" })),
        (json!({ "address": number, "extension": "12" }), json!({ "extension": "12", "display": number })),
        (json!({ "extension": "12", "display": "ignored" }), json!({ "display": "(12)" })),
    ];
    let kinds = ["WORK", "WORK2", "HOME", "MOBILE"];
    let sent: Vec<Value> = kinds.iter().zip(&cases).map(|(kind, (sent, _))| phone(kind, sent.clone())).collect();
    let expected: Vec<Value> = kinds.iter().zip(&cases).map(|(kind, (_, shown))| phone(kind, shown.clone())).collect();
    let put = async |version: u64, addresses: &[Value]| {
        let body = json!({ "version": version, "addresses": addresses }).to_string();
        services.post(As::Genesys, "PATCH", &user, &body).await
    };
    assert_eq!(put(1, &sent).await?.1["addresses"], json!(expected));
    assert_eq!(put(2, &expected).await?.1["addresses"], json!(expected), "what was read can be sent back");

    let body = json!({ "name": "A B", "email": "a.b@example.com", "addresses": sent }).to_string();
    let (status, created) = services.post(As::Genesys, "POST", USERS, &body).await?;
    assert_eq!((status, &created["addresses"]), (200, &json!(expected)));

    let twice = [phone("WORK", json!({ "address": number })), phone("WORK", json!({ "extension": "12" }))];
    let (status, refused) = put(3, &twice).await?;
    assert_eq!((status, &refused["details"][0]["fieldName"]), (400, &json!("addresses")), "one per kind of phone");
    assert_eq!(put(3, &[]).await?.1["addresses"], json!([]), "the list is replaced as a whole");
    Ok(())
}

#[tokio::test]
async fn a_phone_in_any_form_can_be_sent_back() -> TestResult {
    let services = services(10).await?;
    for index in [0, 5, 6, 7] {
        let user = format!("{USERS}/{}", person(&services, index).await?);
        let (_, before) = services.json(As::Genesys, "GET", &user).await?;
        let body = json!({ "version": before["version"], "addresses": before["addresses"] }).to_string();
        let (status, after) = services.post(As::Genesys, "PATCH", &user, &body).await?;
        assert_eq!((status, &after["addresses"]), (200, &before["addresses"]));
    }
    Ok(())
}

#[tokio::test]
async fn a_location_that_is_written_is_shown_with_its_definition() -> TestResult {
    let services = services(10).await?;
    let user = format!("{USERS}/{}", person(&services, 1).await?);
    let (_, page) = services.json(As::Genesys, "GET", "/genesys/api/v2/locations").await?;
    let site = &page["entities"][1];
    let other = json!({ "id": "other", "name": "Other" });
    let location = json!({ "id": site["id"], "notes": "Third floor", "floorplanId": "p", "locationDefinition": other });
    let body = json!({ "version": 1, "locations": [location] }).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &user, &body).await?.0, 200);
    let (_, shown) = services.json(As::Genesys, "GET", &format!("{user}?expand=locations")).await?;
    let shown = &shown["locations"][0];
    assert_eq!(
        (&shown["id"], &shown["notes"], &shown["floorplanId"]),
        (&site["id"], &json!("Third floor"), &Value::Null)
    );
    let definition = &shown["locationDefinition"];
    assert_eq!((&definition["id"], &definition["name"]), (&site["id"], &site["name"]));
    Ok(())
}

#[tokio::test]
async fn an_empty_manager_is_none() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let user = person(&services, 12).await?;
    assert!(api.get_user().user_id(&user).send().await?.get().manager.is_some());
    let body = UpdateUser { manager: Patch::Value(String::new()), version: Patch::Value(1), ..UpdateUser::default() };
    assert!(api.patch_user().user_id(&user).body(body).send().await?.get().manager.is_none());
    Ok(())
}

#[tokio::test]
async fn a_deleted_user_is_found_by_address_and_state_and_holds_the_address() -> TestResult {
    let services = services(5).await?;
    let api = services.genesys.api();
    let user = people(&services).await?.into_iter().nth(2).ok_or("no user")?;
    let email = user.email.clone().unwrap_or_default();
    api.delete_user().user_id(id(&user)).send().await?;
    let exact = |field: &str, value: &str| json!({ "type": "EXACT", "fields": [field], "value": value });
    let search = async |query: Value| -> TestResult<Vec<Value>> {
        let body = json!({ "query": query }).to_string();
        let (status, page) = services.post(As::Genesys, "POST", &format!("{USERS}/search"), &body).await?;
        assert_eq!(status, 200, "{page}");
        Ok(page["results"].as_array().into_iter().flatten().map(|user| user["id"].clone()).collect())
    };
    assert_eq!(search(json!([exact("email", &email), exact("state", "deleted")])).await?, [json!(id(&user))]);
    assert!(search(json!([exact("email", &email)])).await?.is_empty(), "active users only, without a state");
    let body = CreateUser { name: Some("A B".to_owned()), email: Some(email), ..CreateUser::default() };
    assert_eq!(refusal(api.post_users().body(body).send().await)?, (409, "general.conflict".to_owned()));
    Ok(())
}

#[tokio::test]
async fn external_ids_are_compared_exactly() -> TestResult {
    let services = Services::of(Sandbox::builder().users(3).start().await?)?;
    let user = person(&services, 1).await?;
    let path = format!("{USERS}/{user}/externalid");
    for (authority, key) in [("badge", "a1"), ("Badge", "A1")] {
        let body = json!({ "authorityName": authority, "externalKey": key }).to_string();
        assert_eq!(services.post(As::Genesys, "POST", &path, &body).await?.0, 200, "{authority}");
    }
    for (authority, key, expected) in [("badge", "a1", 200), ("badge", "A1", 404), ("BADGE", "a1", 404)] {
        let path = format!("{USERS}/externalid/{authority}/{key}");
        assert_eq!(services.send(As::Genesys, "GET", &path).await?.status().as_u16(), expected, "{authority}/{key}");
    }
    Ok(())
}
