//! Genesys: superiors, siblings, direct reports, favorites, and organizations that trust somebody.

#![allow(deprecated, reason = "deprecated operations are covered, too")]

use genesys_users::Patch;
use genesys_users::types::{UpdateUser, User};

use crate::support::genesys::{id, people, refusal};
use crate::support::{Services, TestResult, services};

fn ids(users: impl IntoIterator<Item = User>) -> Vec<String> {
    users.into_iter().map(|user| id(&user)).collect()
}

async fn put_under(services: &Services, user: &User, manager: Option<&User>) -> TestResult {
    let api = services.genesys.api();
    let version = api.get_user().user_id(id(user)).send().await?.get().version.ok_or("no version")?;
    let manager = manager.map_or(Patch::Null, |manager| Patch::Value(id(manager)));
    let body = UpdateUser { manager, version: Patch::Value(version), ..UpdateUser::default() };
    api.patch_user().user_id(id(user)).body(body).send().await?;
    Ok(())
}

#[tokio::test]
async fn a_changed_manager_is_shown_for_both_users() -> TestResult {
    let services = services(45).await?;
    let (api, people) = (services.genesys.api(), people(&services).await?);
    let reports = async |user: &User| -> TestResult<Vec<String>> {
        Ok(ids(api.get_user_directreports().user_id(id(user)).send().await?.into_inner()))
    };
    assert_eq!(reports(&people[3]).await?, ids(people[30..40].to_vec()));
    assert_eq!(reports(&people[30]).await?, Vec::<String>::new());
    put_under(&services, &people[12], Some(&people[3])).await?;
    put_under(&services, &people[31], None).await?;
    api.delete_user().user_id(id(&people[32])).send().await?;
    let mut expected = ids(people[33..40].to_vec());
    expected.splice(0..0, [id(&people[12]), id(&people[30])]);
    assert_eq!(reports(&people[3]).await?, expected);

    let superiors = ids(api.get_user_superiors().user_id(id(&people[12])).send().await?.into_inner());
    assert_eq!(superiors, [id(&people[3]), id(&people[0])], "the nearest first");
    let adjacents = api.get_user_adjacents().user_id(id(&people[12])).send().await?.into_inner();
    assert_eq!(ids(adjacents.superiors.into_iter().flatten()), superiors);
    assert_eq!(ids(adjacents.siblings.into_iter().flatten()), expected[1..]);
    assert_eq!(ids(adjacents.direct_reports.into_iter().flatten()), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_circular_chain_of_managers_ends() -> TestResult {
    let services = services(5).await?;
    let (api, people) = (services.genesys.api(), people(&services).await?);
    put_under(&services, &people[0], Some(&people[2])).await?;
    put_under(&services, &people[2], Some(&people[1])).await?;
    let superiors = ids(api.get_user_superiors().user_id(id(&people[0])).send().await?.into_inner());
    assert_eq!(superiors, [id(&people[2]), id(&people[1])]);
    Ok(())
}

#[tokio::test]
async fn favorites_and_trustors_are_paged() -> TestResult {
    let services = services(45).await?;
    let (api, people) = (services.genesys.api(), people(&services).await?);
    let (mut favorites, mut trusted) = (0, 0);
    for user in &people {
        let page = api.get_user_favorites().user_id(id(user)).page_size(2).send().await?.into_inner();
        assert!(page.entities.iter().flatten().all(|favorite| id(favorite) != id(user)));
        assert_eq!(page.next_uri.is_some(), page.total > Some(2));
        favorites += page.total.unwrap_or_default();
        let page = api.get_user_trustors().user_id(id(user)).send().await?.into_inner();
        trusted += page.total.unwrap_or_default();
    }
    assert!(favorites > 20 && trusted == 5, "{favorites} {trusted}");
    assert_eq!(refusal(api.get_user_favorites().user_id("unknown").send().await)?.0, 404);
    Ok(())
}
