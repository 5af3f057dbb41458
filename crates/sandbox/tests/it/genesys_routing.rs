//! Genesys: routing skills and languages, queues, status, utilization and skill groups of a user.

use std::collections::BTreeMap;

use genesys_users::Patch;
use genesys_users::types::{
    MediaUtilization, RoutingStatus, UserExpand, UserMeExpand, UserQueuePatch, UserRoutingLanguagePatch,
    UserRoutingLanguagePostPatch, UserRoutingSkill, UserRoutingSkillPost, UserRoutingSkillPostPatch,
    UtilizationRequest,
};
use serde_json::json;

use crate::support::genesys::{id, people, person, refusal};
use crate::support::{As, Services, TestResult, services};

/// The ids of all routing skills, from what the current user can be shown.
async fn skills(services: &Services) -> TestResult<Vec<String>> {
    let me = services
        .genesys
        .api()
        .get_users_me()
        .expand(vec![UserMeExpand::from("routingskills")])
        .send()
        .await?
        .into_inner();
    let skills: Vec<String> = me.routing_skills.into_iter().flatten().filter_map(|skill| skill.id).collect();
    assert!(skills.len() > 10);
    Ok(skills)
}

fn skill(id: &str, proficiency: f64) -> UserRoutingSkillPost {
    UserRoutingSkillPost { id: Some(id.to_owned()), proficiency: Some(proficiency), ..UserRoutingSkillPost::default() }
}

fn added(id: &str, proficiency: f64) -> UserRoutingSkillPostPatch {
    UserRoutingSkillPostPatch {
        id: Patch::Value(id.to_owned()),
        proficiency: Patch::Value(proficiency),
        ..UserRoutingSkillPostPatch::default()
    }
}

/// Id and proficiency of the skills of a user, as the listing has them and as `expand` shows them.
async fn owned(services: &Services, user: &str) -> TestResult<Vec<(String, f64)>> {
    let api = services.genesys.api();
    let sorted = |skills: Option<Vec<UserRoutingSkill>>| {
        let pair = |skill: UserRoutingSkill| Some((skill.id?, skill.proficiency?));
        let mut pairs: Vec<(String, f64)> = skills.into_iter().flatten().filter_map(pair).collect();
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs
    };
    let listed = sorted(api.get_user_routingskills().user_id(user).page_size(100).send().await?.into_inner().entities);
    let shown = api.get_user().user_id(user).expand(vec![UserExpand::from("skills")]).send().await?.into_inner().skills;
    assert_eq!(listed, sorted(shown), "expand shows what the listing has");
    Ok(listed)
}

#[tokio::test]
async fn skills_are_replaced_added_changed_and_removed() -> TestResult {
    let services = services(5).await?;
    let (api, user, skills) = (services.genesys.api(), person(&services, 1).await?, skills(&services).await?);
    assert!(!owned(&services, &user).await?.is_empty());
    let pairs = |pairs: &[(usize, f64)]| {
        let mut pairs: Vec<_> =
            pairs.iter().map(|(place, proficiency)| (skills[*place].clone(), *proficiency)).collect();
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs
    };

    let body = vec![skill(&skills[0], 1.0), skill(&skills[1], 2.5)];
    let response = api.put_user_routingskills_bulk().user_id(&user).body(body).send().await?.into_inner();
    assert_eq!((response.total, response.entities.map(|skills| skills.len())), (Some(2), Some(2)));
    assert_eq!(owned(&services, &user).await?, pairs(&[(0, 1.0), (1, 2.5)]));

    let body = vec![added(&skills[1], 5.0), added(&skills[2], 0.0)];
    api.patch_user_routingskills_bulk().user_id(&user).body(body).send().await?;
    assert_eq!(owned(&services, &user).await?, pairs(&[(0, 1.0), (1, 5.0), (2, 0.0)]));

    let posted = api.post_user_routingskills().user_id(&user).body(skill(&skills[3], 3.0)).send().await?.into_inner();
    assert_eq!((posted.id.as_ref(), posted.proficiency), (Some(&skills[3]), Some(3.0)));
    let body =
        UserRoutingSkill { proficiency: Some(4.0), state: Some("inactive".into()), ..UserRoutingSkill::default() };
    let put = api.put_user_routingskill().user_id(&user).skill_id(&skills[3]).body(body).send().await?.into_inner();
    assert_eq!(put.state.as_ref().map(|state| state.as_str()), Some("inactive"));
    api.delete_user_routingskill().user_id(&user).skill_id(&skills[0]).send().await?;
    assert_eq!(owned(&services, &user).await?, pairs(&[(1, 5.0), (2, 0.0), (3, 4.0)]));

    api.put_user_routingskills_bulk().user_id(&user).body(Vec::<UserRoutingSkillPost>::new()).send().await?;
    assert_eq!(owned(&services, &user).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_bulk_with_one_invalid_skill_changes_nothing() -> TestResult {
    let services = services(3).await?;
    let (api, user, skills) = (services.genesys.api(), person(&services, 1).await?, skills(&services).await?);
    let before = owned(&services, &user).await?;
    for bad in [skill("nothing", 1.0), skill(&skills[1], 5.5), skill(&skills[1], -1.0)] {
        let body = vec![skill(&skills[0], 1.0), bad];
        assert_eq!(refusal(api.put_user_routingskills_bulk().user_id(&user).body(body).send().await)?.0, 400);
        assert_eq!(owned(&services, &user).await?, before);
    }
    let one = api.put_user_routingskill().user_id(&user).skill_id("nothing").body(UserRoutingSkill::default());
    assert_eq!(refusal(one.send().await)?.0, 404);
    assert_eq!(refusal(api.delete_user_routingskill().user_id(&user).skill_id("nothing").send().await)?.0, 404);
    let stranger = api.put_user_routingskills_bulk().user_id("unknown").body(Vec::<UserRoutingSkillPost>::new());
    assert_eq!(refusal(stranger.send().await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn at_most_fifty_languages_or_skills_are_added_at_once() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let listed = api.get_user_routinglanguages().user_id(&user).send().await?.into_inner();
    let first = listed.entities.into_iter().flatten().next().and_then(|language| language.id).ok_or("no language")?;
    // The client refuses such a list itself, so the request is made by hand.
    let path = format!("/genesys/api/v2/users/{user}/routinglanguages/bulk");
    let body = |count: usize| json!(vec![json!({ "id": first, "proficiency": 3 }); count]).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &path, &body(51)).await?.0, 400);
    assert_eq!(services.post(As::Genesys, "PATCH", &path, &body(50)).await?.0, 200);
    let listed = api.get_user_routingskills().user_id(&user).send().await?.into_inner();
    let skill = listed.entities.into_iter().flatten().next().and_then(|skill| skill.id).ok_or("no skill")?;
    let path = format!("/genesys/api/v2/users/{user}/routingskills/bulk");
    let body = |count: usize| json!(vec![json!({ "id": skill, "proficiency": 3 }); count]).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &path, &body(51)).await?.0, 400);
    assert_eq!(services.post(As::Genesys, "PATCH", &path, &body(50)).await?.0, 200);

    let language = UserRoutingLanguagePostPatch {
        id: Patch::Value("nothing".to_owned()),
        proficiency: Patch::Value(1.0),
        ..Default::default()
    };
    let call = api.patch_user_routinglanguages_bulk().user_id(&user).body(vec![language]);
    assert_eq!(refusal(call.send().await)?.0, 400);
    for (given, kept) in [(2.4, 2.0), (2.5, 3.0)] {
        let body = UserRoutingLanguagePatch { proficiency: Patch::Value(given), ..UserRoutingLanguagePatch::default() };
        let changed = api.patch_user_routinglanguage().user_id(&user).language_id(&first).body(body).send().await?;
        assert_eq!(changed.get().proficiency, Some(kept), "the proficiency of a language is rounded");
    }
    let body = UserRoutingLanguagePatch { proficiency: Patch::Value(1.0), ..UserRoutingLanguagePatch::default() };
    let changed = api.patch_user_routinglanguage().user_id(&user).language_id(&first).body(body).send().await?;
    assert_eq!(changed.get().proficiency, Some(1.0));
    api.delete_user_routinglanguage().user_id(&user).language_id(&first).send().await?;
    assert_eq!(refusal(api.delete_user_routinglanguage().user_id(&user).language_id(&first).send().await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_skill_makes_a_user_a_member_of_a_skill_group() -> TestResult {
    let services = services(3).await?;
    let (api, user, skills) = (services.genesys.api(), person(&services, 1).await?, skills(&services).await?);
    let names = async || -> TestResult<Vec<String>> {
        let page = api.get_user_skillgroups().user_id(&user).send().await?.into_inner();
        Ok(page.entities.into_iter().flatten().filter_map(|group| group.name).collect())
    };
    api.put_user_routingskills_bulk().user_id(&user).body(vec![skill(&skills[0], 1.0)]).send().await?;
    assert_eq!(names().await?, ["Billing Desk"]);
    api.put_user_routingskills_bulk().user_id(&user).body(vec![skill(&skills[0], 4.0)]).send().await?;
    assert_eq!(names().await?, ["Billing Experts", "Billing Desk"]);

    let all: Vec<_> = (0..5).map(|place| skill(&skills[place], 5.0)).collect();
    api.put_user_routingskills_bulk().user_id(&user).body(all).send().await?;
    let (whole, mut paged, mut after, mut before) = (names().await?, Vec::new(), None::<String>, None::<String>);
    assert_eq!(whole.len(), 6);
    loop {
        let mut call = api.get_user_skillgroups().user_id(&user).page_size(4);
        if let Some(after) = &after {
            call = call.after(after);
        }
        let page = call.send().await?.into_inner();
        paged.extend(page.entities.into_iter().flatten().filter_map(|group| group.name));
        before = page.previous_uri.and_then(|uri| uri.split("before=").nth(1).map(str::to_owned)).or(before);
        match page.next_uri.and_then(|uri| uri.split("after=").nth(1).map(str::to_owned)) {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    let back =
        api.get_user_skillgroups().user_id(&user).page_size(4).before(before.ok_or("no way back")?).send().await?;
    assert_eq!(back.get().entities.as_ref().map(Vec::len), Some(4));
    assert_eq!(refusal(api.get_user_skillgroups().user_id(&user).after("nothing").send().await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn queues_are_joined_and_left() -> TestResult {
    let services = services(40).await?;
    let api = services.genesys.api();
    let ids = async |user: &str, joined: bool| -> TestResult<Vec<String>> {
        let page = api.get_user_queues().user_id(user).joined(joined).send().await?.into_inner();
        Ok(page.entities.into_iter().flatten().filter_map(|queue| queue.id).collect())
    };
    let mut user = String::new();
    for index in 0..40 {
        user = person(&services, index).await?;
        if ids(&user, false).await?.len() > 1 {
            break;
        }
    }
    let (joined, left) = (ids(&user, true).await?, ids(&user, false).await?);
    assert!(!joined.is_empty() && left.len() > 1);
    let default = api.get_user_queues().user_id(&user).send().await?.into_inner();
    assert_eq!(default.total, Some(joined.len() as i64), "joined ones are listed by default");

    let body = UserQueuePatch { joined: Patch::Value(true), ..UserQueuePatch::default() };
    let response = api.patch_user_queue().user_id(&user).queue_id(&left[0]).body(body.clone()).send().await?;
    assert_eq!(response.get().joined, Some(true));
    assert!(ids(&user, true).await?.contains(&left[0]) && !ids(&user, false).await?.contains(&left[0]));

    let change = |id: &str, joined| UserQueuePatch {
        id: Patch::Value(id.to_owned()),
        joined: Patch::Value(joined),
        ..UserQueuePatch::default()
    };
    let body_of_two = vec![change(&left[0], false), change(&left[1], true)];
    let response = api.patch_user_queues().user_id(&user).body(body_of_two).send().await?.into_inner();
    assert_eq!(response.entities.map(|queues| queues.len()), Some(2));
    assert!(ids(&user, false).await?.contains(&left[0]) && ids(&user, true).await?.contains(&left[1]));

    let with_foreign = vec![change(&left[0], true), change("nothing", true)];
    let response = api.patch_user_queues().user_id(&user).body(with_foreign).send().await?.into_inner();
    assert_eq!(response.entities.map(|queues| queues.len()), Some(1), "queues without membership are disregarded");
    assert!(ids(&user, true).await?.contains(&left[0]));
    assert_eq!(refusal(api.patch_user_queue().user_id(&user).queue_id("nothing").body(body).send().await)?.0, 404);

    let divided = api.get_user_queues().user_id(&user).division_id(vec!["nothing".to_owned()]).send().await?;
    assert_eq!(divided.get().total, Some(0));
    Ok(())
}

#[tokio::test]
async fn queues_show_the_numbers_of_members_and_joined_members() -> TestResult {
    let services = services(40).await?;
    let api = services.genesys.api();
    let people = people(&services).await?;
    let (mut members, mut joined) = (BTreeMap::<String, i64>::new(), BTreeMap::<String, i64>::new());
    let mut told = BTreeMap::new();
    for user in people.iter().map(id) {
        for present in [true, false] {
            let page = api.get_user_queues().user_id(&user).joined(present).send().await?.into_inner();
            for queue in page.entities.into_iter().flatten() {
                let id = queue.id.ok_or("no id")?;
                *members.entry(id.clone()).or_default() += 1;
                *joined.entry(id.clone()).or_default() += i64::from(present);
                told.insert(id, (queue.member_count, queue.joined_member_count, (user.clone(), present)));
            }
        }
    }
    for (queue, (count, present, _)) in &told {
        assert_eq!((*count, *present), (members.get(queue).copied(), joined.get(queue).copied()), "{queue}");
    }

    let (queue, (count, present, (user, was))) = told.into_iter().next().ok_or("no queue")?;
    let (count, present) = (count.ok_or("no count")?, present.ok_or("no count")?);
    let body = UserQueuePatch { joined: Patch::Value(!was), ..UserQueuePatch::default() };
    let changed = api.patch_user_queue().user_id(&user).queue_id(&queue).body(body.clone()).send().await?;
    let now = present + if was { -1 } else { 1 };
    assert_eq!((changed.get().member_count, changed.get().joined_member_count), (Some(count), Some(now)));
    api.delete_user().user_id(user).send().await?;
    let mut seen = 0;
    for other in people.iter().map(id) {
        let page = api.get_user_queues().user_id(&other).send().await;
        let found = page.ok().and_then(|page| page.into_inner().entities).unwrap_or_default();
        if let Some(shown) = found.into_iter().find(|shown| shown.id.as_deref() == Some(&queue)) {
            seen += 1;
            assert_eq!(shown.member_count, Some(count - 1), "a deleted user is not a member");
        }
    }
    assert!(seen > 0);
    Ok(())
}

#[tokio::test]
async fn a_user_on_queue_has_status_presence_and_conversations() -> TestResult {
    let services = services(5).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let set = async |status: &str| {
        let body = RoutingStatus { status: Some(status.into()), ..RoutingStatus::default() };
        api.put_user_routingstatus().user_id(&user).body(body).send().await
    };
    let seen = async || -> TestResult<(String, String, i64)> {
        let expand = ["routingStatus", "presence", "conversationSummary"].map(UserExpand::from).to_vec();
        let user = api.get_user().user_id(&user).expand(expand).send().await?.into_inner();
        let status = user.routing_status.and_then(|status| status.status).map(|status| status.as_str().to_owned());
        let presence = user.presence.and_then(|presence| presence.presence_definition);
        let calls = user.conversation_summary.and_then(|summary| summary.call).and_then(|call| call.contact_center);
        Ok((
            status.ok_or("no status")?,
            presence.and_then(|definition| definition.system_presence).ok_or("no presence")?,
            calls.and_then(|calls| calls.active).ok_or("no calls")?,
        ))
    };
    set("INTERACTING").await?;
    assert_eq!(seen().await?, ("INTERACTING".to_owned(), "OnQueue".to_owned(), 1));
    set("OFF_QUEUE").await?;
    let (status, presence, calls) = seen().await?;
    assert_eq!((status.as_str(), calls), ("OFF_QUEUE", 0));
    assert_ne!(presence, "OnQueue");
    assert_eq!(refusal(set("ASLEEP").await)?.0, 400);
    let nothing = api.put_user_routingstatus().user_id(&user).body(RoutingStatus::default());
    assert_eq!(refusal(nothing.send().await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn utilization_of_a_user_is_kept_until_it_is_reset() -> TestResult {
    let services = services(3).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let capacity = async |media: &str| -> TestResult<(Option<i64>, Option<String>)> {
        let response = api.get_routing_user_utilization().user_id(&user).send().await?.into_inner();
        let level = response.level.map(|level| level.as_str().to_owned());
        Ok((response.utilization.unwrap_or_default().get(media).and_then(|media| media.maximum_capacity), level))
    };
    let (organization, mail) = (capacity("call").await?, capacity("email").await?.0);
    assert_eq!(organization.1.as_deref(), Some("Organization"));
    let media = MediaUtilization { maximum_capacity: Some(3), ..MediaUtilization::default() };
    let body = |name: &str, media: MediaUtilization| UtilizationRequest {
        utilization: Some([(name.to_owned(), media)].into()),
        ..UtilizationRequest::default()
    };
    api.put_routing_user_utilization().user_id(&user).body(body("call", media.clone())).send().await?;
    assert_eq!(capacity("call").await?, (Some(3), Some("Agent".to_owned())));
    assert_eq!(capacity("email").await?.0, mail, "what is not given is as in the organization");
    let of = |capacity| MediaUtilization { maximum_capacity: Some(capacity), ..Default::default() };
    for bad in [body("pigeon", media.clone()), body("call", of(-1)), body("call", of(26))] {
        assert_eq!(refusal(api.put_routing_user_utilization().user_id(&user).body(bad).send().await)?.0, 400);
    }
    api.put_routing_user_utilization().user_id(&user).body(body("chat", of(25))).send().await?;
    assert_eq!(capacity("chat").await?.0, Some(25));
    assert_eq!(capacity("call").await?.0, organization.0, "a PUT resets the media types that it leaves out");
    api.delete_routing_user_utilization().user_id(&user).send().await?;
    assert_eq!(capacity("call").await?, organization);
    Ok(())
}

#[tokio::test]
async fn created_users_have_no_skills_and_no_queues() -> TestResult {
    let services = services(3).await?;
    let api = services.genesys.api();
    let body = json!({ "name": "A Roe", "email": "a.roe@example.com" }).to_string();
    let (_, created) = services.post(As::Genesys, "POST", "/genesys/api/v2/users", &body).await?;
    let user = created["id"].as_str().ok_or("no id")?;
    assert_eq!(owned(&services, user).await?, []);
    assert_eq!(api.get_user_queues().user_id(user).send().await?.get().total, Some(0));
    let skills = skills(&services).await?;
    api.post_user_routingskills().user_id(user).body(skill(&skills[0], 2.0)).send().await?;
    assert_eq!(owned(&services, user).await?, [(skills[0].clone(), 2.0)]);
    Ok(())
}
