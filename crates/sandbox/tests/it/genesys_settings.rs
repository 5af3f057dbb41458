//! Genesys: out of office, call forwarding, places, direct routing backup, profile skills, custom attributes, invitations.

#![allow(deprecated, reason = "deprecated operations are covered, too")]

use genesys_users::Patch;
use genesys_users::types::{
    AgentDirectRoutingBackupSettings, CallForwarding, CallForwardingPatch, CallRoute, CallTarget, GeolocationPatch,
    OutOfOffice, UpdateUser, UserExpand,
};
use serde_json::{Value, json};

use crate::support::genesys::{person, refusal};
use crate::support::{As, TestResult, services};

const USERS: &str = "/genesys/api/v2/users";

#[tokio::test]
async fn out_of_office_requires_consistent_dates() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let put = async |body: OutOfOffice| api.put_user_outofoffice().user_id(&user).body(body).send().await;
    let (start, end) = (Some("2025-02-01T08:00:00.000Z".parse()?), Some("2025-02-03T08:00:00.000+01:00".parse()?));
    let away = OutOfOffice { active: Some(true), start_date: start, end_date: end, ..OutOfOffice::default() };
    let set = put(away.clone()).await?.into_inner();
    assert_eq!((&set.start_date, &set.end_date, set.active), (&away.start_date, &away.end_date, Some(true)));
    let shown = api.get_user().user_id(&user).expand(vec![UserExpand::from("outOfOffice")]).send().await?.into_inner();
    assert_eq!(shown.out_of_office.as_deref(), Some(&set));

    for bad in [
        OutOfOffice { end_date: None, ..away.clone() },
        OutOfOffice { start_date: None, ..away.clone() },
        OutOfOffice { start_date: away.end_date.clone(), end_date: away.start_date.clone(), ..away.clone() },
    ] {
        assert_eq!(refusal(put(bad).await)?.0, 400);
    }
    assert_eq!(api.get_user_outofoffice().user_id(&user).send().await?.into_inner(), set);
    let for_good = put(OutOfOffice { indefinite: Some(true), ..away }).await?.into_inner();
    assert_eq!((for_good.indefinite, for_good.end_date), (Some(true), None));
    let back = put(OutOfOffice::default()).await?.into_inner();
    assert_eq!((back.active, back.start_date), (Some(false), None));
    Ok(())
}

#[tokio::test]
async fn call_forwarding_is_replaced_or_patched() -> TestResult {
    let services = crate::support::strict_services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let target = |kind: &str, value: &str| {
        let target = CallTarget { type_: Some(kind.into()), value: Some(value.to_owned()) };
        vec![CallRoute { targets: Some(vec![target]) }]
    };
    let put = async |body: CallForwarding| api.put_user_callforwarding().user_id(&user).body(body).send().await;
    let body = CallForwarding {
        enabled: Some(true),
        calls: Some(target("PHONENUMBER", "+12025550100")),
        voicemail: Some("PURECLOUD".into()),
        ..CallForwarding::default()
    };
    let set = put(body.clone()).await?.into_inner();
    assert_eq!((set.enabled, &set.calls), (Some(true), &body.calls));

    let patch =
        async |body: CallForwardingPatch| api.patch_user_callforwarding().user_id(&user).body(body).send().await;
    let off = CallForwardingPatch { enabled: Patch::Value(false), ..CallForwardingPatch::default() };
    let changed = patch(off).await?.into_inner();
    assert_eq!((changed.enabled, &changed.calls, &changed.voicemail), (Some(false), &set.calls, &set.voicemail));
    let cleared = CallForwardingPatch { calls: Patch::Null, voicemail: Patch::Null, ..CallForwardingPatch::default() };
    assert_eq!(patch(cleared).await?.get().calls, Some(vec![]));
    let on = CallForwardingPatch { enabled: Patch::Value(true), ..CallForwardingPatch::default() };
    assert_eq!(refusal(patch(on).await)?.0, 400, "there is nowhere to forward to");

    for calls in [target("STATION", "nothing"), target("PIGEON", "1"), target("PHONENUMBER", "")] {
        assert_eq!(refusal(put(CallForwarding { calls: Some(calls), ..body.clone() }).await)?.0, 400);
    }
    assert_eq!(refusal(put(CallForwarding { voicemail: Some("SHOUT".into()), ..body }).await)?.0, 400);
    assert_eq!(api.get_user_callforwarding().user_id(&user).send().await?.get().enabled, Some(false));
    Ok(())
}

#[tokio::test]
async fn coordinates_are_resolved_for_the_next_read() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let get = async |client: &str| api.get_user_geolocation().user_id(&user).client_id(client).send().await;
    let patch = async |client: &str, body: GeolocationPatch| {
        api.patch_user_geolocation().user_id(&user).client_id(client).body(body).send().await
    };
    assert_eq!(get("browser").await?.get().primary, Some(true));
    assert_eq!(refusal(get("phone").await)?.0, 404);
    let dublin = GeolocationPatch {
        primary: Patch::Value(true),
        latitude: Patch::Value(53.35),
        longitude: Patch::Value(-6.26),
        ..GeolocationPatch::default()
    };
    let response = patch("phone", dublin.clone()).await?.into_inner();
    assert_eq!((response.primary, response.city), (Some(true), None));
    get("phone").await?;
    assert_eq!(get("phone").await?.get().city.as_deref(), Some("Dublin"));
    assert_eq!(get("browser").await?.get().primary, Some(false), "one client is the main source");
    let shown = api.get_user().user_id(&user).expand(vec![UserExpand::from("geolocation")]).send().await?.into_inner();
    assert_eq!(shown.geolocation.and_then(|place| place.id).as_deref(), Some("phone"));

    let named = GeolocationPatch { city: Patch::Value("Elsewhere".to_owned()), ..GeolocationPatch::default() };
    let response = patch("phone", named.clone()).await?.into_inner();
    assert_eq!((response.city.as_deref(), response.latitude), (Some("Elsewhere"), None));
    for bad in [
        GeolocationPatch { city: named.city, ..dublin.clone() },
        GeolocationPatch { longitude: Patch::Absent, ..dublin.clone() },
        GeolocationPatch { latitude: Patch::Value(91.0), ..dublin },
    ] {
        assert_eq!(refusal(patch("phone", bad).await)?.0, 400);
    }
    Ok(())
}

#[tokio::test]
async fn a_backup_lists_the_users_it_backs_up() -> TestResult {
    let services = services(4).await?;
    let api = services.genesys.api();
    let (user, other) = (person(&services, 1).await?, person(&services, 2).await?);
    let get = async |user: &str| api.get_routing_user_directroutingbackup_settings().user_id(user).send().await;
    let put = async |user: &str, body: AgentDirectRoutingBackupSettings| {
        api.put_routing_user_directroutingbackup_settings().user_id(user).body(body).send().await
    };
    let to = |user: &str| AgentDirectRoutingBackupSettings { user_id: Some(user.to_owned()), ..Default::default() };
    assert_eq!(refusal(get(&user).await)?.0, 404);
    put(&user, to(&other)).await?;
    put(&other, to(&user)).await?;
    assert_eq!(get(&other).await?.get().backed_up_users.as_deref(), Some(&[user.clone()][..]));

    let queues = api.get_user_queues().user_id(&user).send().await?.into_inner();
    let queue = queues.entities.into_iter().flatten().next().and_then(|queue| queue.id).ok_or("no queue")?;
    let by_queue = AgentDirectRoutingBackupSettings { queue_id: Some(queue.clone()), ..Default::default() };
    assert_eq!(put(&user, by_queue.clone()).await?.get().queue_id, Some(queue));
    assert_eq!(get(&other).await?.get().backed_up_users, Some(vec![]));
    for bad in [
        to("unknown"),
        to(&user),
        AgentDirectRoutingBackupSettings::default(),
        AgentDirectRoutingBackupSettings { agent_wait_seconds: Some(59), ..by_queue.clone() },
        AgentDirectRoutingBackupSettings { agent_wait_seconds: Some(864_001), ..by_queue.clone() },
        AgentDirectRoutingBackupSettings { queue_id: Some("nothing".to_owned()), ..Default::default() },
    ] {
        assert_eq!(refusal(put(&user, bad).await)?.0, 400);
    }
    let both = AgentDirectRoutingBackupSettings {
        user_id: Some(other.clone()),
        agent_wait_seconds: Some(60),
        ..by_queue.clone()
    };
    let set = put(&user, both.clone()).await?.into_inner();
    assert_eq!((set.user_id, set.queue_id), (both.user_id, both.queue_id), "first the user, then the queue");
    assert_eq!(get(&other).await?.get().backed_up_users.as_deref(), Some(&[user.clone()][..]));
    api.delete_routing_user_directroutingbackup_settings().user_id(&user).send().await?;
    assert_eq!(refusal(get(&user).await)?.0, 404);
    api.put_routing_directroutingbackup_settings_me().body(by_queue.clone()).send().await?;
    assert_eq!(api.get_routing_directroutingbackup_settings_me().send().await?.get().queue_id, by_queue.queue_id);
    api.delete_routing_directroutingbackup_settings_me().send().await?;
    Ok(())
}

#[tokio::test]
async fn profile_skills_are_a_field_of_the_user() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let words = vec!["welding".to_owned(), "singing".to_owned()];
    api.put_user_profileskills().user_id(&user).body(words.clone()).send().await?;
    let shown =
        api.get_user().user_id(&user).expand(vec![UserExpand::from("profileSkills")]).send().await?.into_inner();
    assert_eq!((shown.profile_skills, shown.version), (Some(words), Some(2)));
    let body = UpdateUser { profile_skills: Patch::Value(vec![]), version: Patch::Value(2), ..UpdateUser::default() };
    api.patch_user().user_id(&user).body(body).send().await?;
    assert!(api.get_user_profileskills().user_id(&user).send().await?.into_inner().is_empty());
    Ok(())
}

#[tokio::test]
async fn profiles_are_read_and_listed() -> TestResult {
    let services = services(30).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let one = api
        .get_user_profile()
        .user_id(&user)
        .expand(vec!["station".into(), "presence".into()] as Vec<genesys_users::types::UserProfileExpand>)
        .send()
        .await?
        .into_inner();
    assert_eq!(one.id.as_ref(), Some(&user));
    assert!(one.expands.is_some_and(|parts| parts.station.is_some() && parts.presence.is_some()));
    let page = api.get_profiles_users().id(vec![user.clone()]).send().await?.into_inner();
    let found = page.entities.into_iter().flatten().next().ok_or("not found")?;
    assert_eq!((page.total, found.name), (Some(1), one.name));
    assert_eq!(api.get_profiles_users().send().await?.get().total, Some(29));
    Ok(())
}

#[tokio::test]
async fn custom_attributes_are_kept_per_schema() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let path = format!("{USERS}/{user}/customattributes");
    let send =
        async |method: &str, path: &str, body: Value| services.post(As::Genesys, method, path, &body.to_string()).await;
    let schema = async |name: &str, required: Value, properties: Value| -> TestResult<String> {
        let document = json!({ "type": "object", "required": required, "properties": properties });
        let body = json!({ "name": name, "version": 1, "jsonSchema": document });
        let (status, made) = send("POST", &format!("{USERS}/customattributes/schemas"), body).await?;
        assert_eq!(status, 200, "{made}");
        Ok(made["id"].as_str().ok_or("no id")?.to_owned())
    };
    let text = json!({ "allOf": [{ "$ref": "#/definitions/text" }] });
    let fields = json!({ "size": { "type": "integer", "maximum": 9 }, "badge": text, "shift": text });
    let (a, b) = (
        &*schema("A", json!(["badge"]), fields).await?,
        &*schema("B", json!([]), json!({ "x": { "type": "integer" } })).await?,
    );
    let set = |schema: &str, attributes: Value| json!({ "schemaId": schema, "attributes": attributes });
    let (status, response) = send("PUT", &path, set(a, json!({ "size": 3, "badge": "x" }))).await?;
    assert_eq!((status, &response["attributes"]["size"]), (200, &json!(3)));
    let changes = json!([set(a, json!({ "size": null, "shift": "late" })), set(b, json!({ "x": 1 }))]);
    assert_eq!(send("PATCH", &format!("{path}/bulk"), changes).await?.0, 200);
    let read = api.get_user_customattribute().user_id(&user).schema_id(a).send().await?.into_inner();
    assert_eq!(json!(read.attributes), json!({ "badge": "x", "shift": "late" }));
    let several = api.get_user_customattributes_bulk().user_id(&user);
    let several = several.schema_ids(vec![a.to_owned(), b.to_owned(), "c".to_owned()]).send().await?.into_inner();
    assert_eq!(several.len(), 2);
    for bad in [
        json!({}),
        json!(5),
        set("", json!({})),
        set("c", json!({})),
        set(a, json!([1])),
        set(a, json!({ "badge": null })),
        set(a, json!({ "size": 10 })),
        set(a, json!({ "siez": 1 })),
        json!({ "schemaId": a, "schemaVersion": 2, "attributes": { "shift": "early" } }),
    ] {
        assert_eq!(send("PATCH", &path, bad.clone()).await?.0, 400, "{bad}");
    }
    for bad in [
        set(a, json!({ "shift": "early" })),
        json!([set(a, json!({ "shift": "early" })), {}]),
        json!([set(a, json!({ "shift": "early" })), set(b, json!({ "x": "1" }))]),
    ] {
        assert_eq!(send("PATCH", &format!("{path}/bulk"), bad.clone()).await?.0, 400, "{bad}");
    }
    let after = api.get_user_customattribute().user_id(&user).schema_id(a).send().await?.into_inner();
    assert_eq!(json!(after.attributes), json!({ "badge": "x", "shift": "late" }), "all or nothing");
    let (status, response) = send("PUT", &path, set(a, json!({ "badge": "y" }))).await?;
    assert_eq!((status, &response["attributes"]), (200, &json!({ "badge": "y" })), "what is left out is lost");
    api.delete_user_customattribute().user_id(&user).schema_id(a).send().await?;
    assert_eq!(refusal(api.get_user_customattribute().user_id(&user).schema_id(a).send().await)?.0, 404);
    api.delete_users_customattributes_schema().schema_id(b).send().await?;
    assert_eq!(refusal(api.get_user_customattribute().user_id(&user).schema_id(b).send().await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn an_invitation_is_shown_at_the_user() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    assert!(api.get_user().user_id(&user).send().await?.get().date_welcome_sent.is_none());
    api.post_user_invite().user_id(&user).send().await?;
    api.post_user_invite().user_id(&user).force(true).send().await?;
    assert!(api.get_user().user_id(&user).send().await?.get().date_welcome_sent.is_some());
    assert_eq!(refusal(api.post_user_invite().user_id("unknown").send().await)?.0, 404);
    Ok(())
}
