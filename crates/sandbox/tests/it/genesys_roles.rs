//! Genesys: grants, and the roles and permissions that follow from them.

use std::collections::BTreeSet;

use genesys_users::types::{AuthzSubject, RoleDivisionGrants, RoleDivisionPair, UserExpand, UserMeExpand};

use crate::support::genesys::{person, refusal};
use crate::support::{As, Services, TestResult, services};

/// The roles of the organization by name, with their ids.
async fn role(services: &Services, name: &str) -> TestResult<String> {
    let expand = vec![UserMeExpand::from("orgauthorization")];
    let me = services.genesys.api().get_users_me().expand(expand).send().await?.into_inner();
    let mut roles = me.org_authorization.into_iter().flatten();
    Ok(roles.find(|role| role.name.as_deref() == Some(name)).and_then(|role| role.id).ok_or("no such role")?)
}

fn pairs(subject: &AuthzSubject) -> BTreeSet<(String, String)> {
    let grants = subject.grants.iter().flatten();
    grants
        .filter_map(|grant| Some((grant.role.as_ref()?.name.clone()?, grant.division.as_ref()?.name.clone()?)))
        .collect()
}

fn grants(pairs: &[(&str, &str)]) -> RoleDivisionGrants {
    let pair = |(role, division): &(&str, &str)| RoleDivisionPair {
        role_id: Some((*role).to_owned()),
        division_id: Some((*division).to_owned()),
    };
    RoleDivisionGrants { grants: Some(pairs.iter().map(pair).collect()) }
}

/// The division of the first grant, which is the home division.
async fn home(services: &Services, user: &str) -> TestResult<String> {
    let subject = services.genesys.api().get_authorization_subject().subject_id(user).send().await?.into_inner();
    let mut divisions = subject.grants.into_iter().flatten().filter_map(|grant| grant.division);
    let home = divisions.find(|division| division.home_division == Some(true)).and_then(|division| division.id);
    Ok(home.ok_or("no home division")?)
}

#[tokio::test]
async fn grants_are_added_removed_and_replaced() -> TestResult {
    let services = services(20).await?;
    let (api, user) = (services.genesys.api(), person(&services, 5).await?);
    let home = home(&services, &user).await?;
    let (trainer, planner) = (role(&services, "trainer").await?, role(&services, "planner").await?);
    let read = async || -> TestResult<BTreeSet<(String, String)>> {
        Ok(pairs(&api.get_authorization_subject().subject_id(&user).send().await?.into_inner()))
    };
    let before = read().await?;
    assert!(before.contains(&("employee".to_owned(), "Home".to_owned())));

    let both = grants(&[(&trainer, &home), (&planner, &home)]);
    api.post_authorization_subject_bulkadd().subject_id(&user).body(both.clone()).send().await?;
    let added = read().await?;
    assert_eq!(added.len(), before.len() + 2);
    api.post_authorization_subject_bulkadd().subject_id(&user).body(both).send().await?;
    assert_eq!(read().await?, added, "what is there stays");

    let one = grants(&[(&planner, &home)]);
    api.post_authorization_subject_bulkremove().subject_id(&user).body(one.clone()).send().await?;
    assert_eq!(read().await?.len(), before.len() + 1);
    api.post_authorization_subject_bulkreplace().subject_id(&user).body(one).send().await?;
    assert_eq!(read().await?, BTreeSet::from([("planner".to_owned(), "Home".to_owned())]));

    let single = |role: &str| {
        api.post_authorization_subject_division_role().subject_id(&user).division_id(&home).role_id(role).send()
    };
    single(&trainer).await?;
    assert_eq!(read().await?.len(), 2);
    assert_eq!(refusal(single("nothing").await)?.0, 404);
    let remove = async || {
        let call = api.delete_authorization_subject_division_role().subject_id(&user);
        call.division_id(&home).role_id(&trainer).send().await
    };
    remove().await?;
    assert_eq!(refusal(remove().await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_bulk_with_one_unknown_role_or_division_changes_nothing() -> TestResult {
    let services = services(20).await?;
    let (api, user) = (services.genesys.api(), person(&services, 5).await?);
    let (home, trainer) = (home(&services, &user).await?, role(&services, "trainer").await?);
    let before = api.get_authorization_subject().subject_id(&user).send().await?.into_inner();
    for bad in [grants(&[(&trainer, &home), ("nothing", &home)]), grants(&[(&trainer, &home), (&trainer, "nothing")])] {
        let add = api.post_authorization_subject_bulkadd().subject_id(&user).body(bad.clone()).send().await;
        assert_eq!(refusal(add)?.0, 400);
        let replace = api.post_authorization_subject_bulkreplace().subject_id(&user).body(bad.clone()).send().await;
        assert_eq!(refusal(replace)?.0, 400);
        let remove = api.post_authorization_subject_bulkremove().subject_id(&user).body(bad).send().await;
        assert_eq!(refusal(remove)?.0, 400, "a removal fails as a whole, too");
    }
    assert_eq!(api.get_authorization_subject().subject_id(&user).send().await?.into_inner(), before);
    Ok(())
}

#[tokio::test]
async fn roles_are_set_and_shown_with_their_permissions() -> TestResult {
    let services = services(20).await?;
    let (api, user) = (services.genesys.api(), person(&services, 5).await?);
    let (trainer, employee) = (role(&services, "trainer").await?, role(&services, "employee").await?);
    let set = api.put_user_roles().subject_id(&user).body(vec![trainer.clone(), employee]).send().await?.into_inner();
    let names = |roles: Option<Vec<genesys_users::types::DomainRole>>| -> BTreeSet<String> {
        roles.into_iter().flatten().filter_map(|role| role.name).collect()
    };
    assert_eq!(names(set.roles.clone()), BTreeSet::from(["employee".to_owned(), "trainer".to_owned()]));
    assert!(set.permissions.iter().flatten().any(|permission| permission == "learning:module:view"));
    assert_eq!(api.get_user_roles().subject_id(&user).send().await?.into_inner(), set);

    let expand = vec![UserExpand::from("authorization.unusedRoles")];
    let shown = api.get_user().user_id(&user).expand(expand).send().await?.into_inner().authorization;
    let shown = shown.ok_or("no authorization")?;
    assert_eq!(names(shown.roles), names(set.roles));
    assert!(names(shown.unused_roles).contains("planner"));

    let subject = api.get_authorization_subject().subject_id(&user).send().await?.into_inner();
    assert!(pairs(&subject).contains(&("trainer".to_owned(), "Home".to_owned())));
    assert_eq!(refusal(api.put_user_roles().subject_id(&user).body(vec!["nothing".to_owned()]).send().await)?.0, 400);
    api.put_user_roles().subject_id(&user).body(Vec::<String>::new()).send().await?;
    assert_eq!(api.get_user_roles().subject_id(&user).send().await?.get().roles, Some(vec![]));
    Ok(())
}

#[tokio::test]
async fn members_of_a_group_have_its_grants() -> TestResult {
    let services = services(20).await?;
    let (api, user) = (services.genesys.api(), person(&services, 5).await?);
    let (home, planner) = (home(&services, &user).await?, role(&services, "planner").await?);
    let expand = vec![UserExpand::from("groups")];
    let shown = api.get_user().user_id(&user).expand(expand).send().await?.into_inner();
    let group = shown.groups.into_iter().flatten().next().and_then(|group| group.id).ok_or("no group")?;
    let call = api.post_authorization_subject_bulkadd().subject_id(&group).subject_type("PC_GROUP");
    call.body(grants(&[(&planner, &home)])).send().await?;
    let wrong = api.post_authorization_subject_bulkadd().subject_id(&group).subject_type("PC_USER");
    assert_eq!(refusal(wrong.body(grants(&[])).send().await)?.0, 404);

    let roles = api.get_user_roles().subject_id(&user).send().await?.into_inner().roles;
    assert!(roles.into_iter().flatten().any(|role| role.name.as_deref() == Some("planner")));
    // Replacing the direct grants leaves those of groups alone.
    api.post_authorization_subject_bulkreplace().subject_id(&user).body(grants(&[(&planner, &home)])).send().await?;
    let count = async |duplicates: bool| -> TestResult<usize> {
        let call = api.get_authorization_subject().subject_id(&user).include_duplicates(duplicates);
        Ok(call.send().await?.get().grants.as_ref().map(Vec::len).unwrap_or_default())
    };
    assert_eq!((count(false).await?, count(true).await?), (1, 2));
    api.post_authorization_subject_bulkreplace().subject_id(&user).body(grants(&[])).send().await?;
    assert_eq!((count(false).await?, count(true).await?), (1, 1));
    Ok(())
}

#[tokio::test]
async fn the_grants_of_the_current_user_are_those_of_the_subject() -> TestResult {
    let services = services(20).await?;
    let api = services.genesys.api();
    let me = api.get_users_me().send().await?.into_inner().id.ok_or("no current user")?;
    let mine = api.get_authorization_subjects_me().send().await?.into_inner();
    assert_eq!(mine, api.get_authorization_subject().subject_id(&me).send().await?.into_inner());
    let path = format!("/genesys/api/v2/authorization/subjects/{me}?includeFullRoles=true");
    let (_, full) = services.json(As::Genesys, "GET", &path).await?;
    assert!(full["grants"][0]["role"]["policies"][0]["domain"].is_string());
    for (path, status) in [("unknown", 404), (me.as_str(), 200)] {
        let path = format!("/genesys/api/v2/authorization/subjects/{path}");
        assert_eq!(services.send(As::Genesys, "GET", &path).await?.status().as_u16(), status);
    }
    api.delete_user().user_id(person(&services, 5).await?).send().await?;
    let deleted = api.get_authorization_subject().subject_id(person(&services, 5).await?);
    assert_eq!(refusal(deleted.send().await)?.0, 404);
    Ok(())
}
