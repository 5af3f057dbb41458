//! Genesys: the keys by which other systems know users.

use genesys_users::types::UserExternalIdentifier;

use crate::support::genesys::{id, people, person, refusal};
use crate::support::{TestResult, services};

fn key(authority: &str, key: &str) -> UserExternalIdentifier {
    UserExternalIdentifier {
        authority_name: Some(authority.to_owned()),
        external_key: Some(key.to_owned()),
        ..UserExternalIdentifier::default()
    }
}

#[tokio::test]
async fn a_key_finds_its_user_until_it_is_deleted() -> TestResult {
    let services = services(4).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    let response = api.post_user_externalid().user_id(&user).body(key("Pay/roll", "K 1")).send().await?.into_inner();
    assert_eq!(response.len(), 2, "the new one and the employee number");
    let found = async |authority: &str, key: &str| {
        api.get_users_externalid_authority_name_external_key().authority_name(authority).external_key(key).send().await
    };
    assert_eq!(found("Pay/roll", "K 1").await?.get().id.as_deref(), Some(user.as_str()));
    for (authority, key) in [("pay/roll", "K 1"), ("Pay/roll", "k 1"), ("Pay/roll", "K 2"), ("staff", "E9999999")] {
        assert_eq!(refusal(found(authority, key).await)?.0, 404, "{authority} {key}");
    }
    let one = api.get_user_externalid_authority_name().user_id(&user).authority_name("Pay/roll").send().await?;
    assert_eq!(one.get().external_key.as_deref(), Some("K 1"));

    let delete = async |key: &str| {
        let call = api.delete_user_externalid_authority_name_external_key().user_id(&user);
        call.authority_name("Pay/roll").external_key(key).send().await
    };
    assert_eq!(refusal(delete("K 2").await)?.0, 404);
    delete("K 1").await?;
    assert_eq!(refusal(delete("K 1").await)?.0, 404);
    assert_eq!(refusal(found("Pay/roll", "K 1").await)?.0, 404);
    Ok(())
}

#[tokio::test]
async fn sample_people_are_found_by_their_employee_numbers() -> TestResult {
    let services = services(30).await?;
    let api = services.genesys.api();
    for user in people(&services).await?.iter().take(20) {
        let keys = api.get_user_externalid().user_id(id(user)).send().await?.into_inner();
        let number = keys.first().and_then(|key| key.external_key.clone()).ok_or("no employee number")?;
        let call = api.get_users_externalid_authority_name_external_key().authority_name("staff").external_key(number);
        assert_eq!(call.send().await?.get().id, user.id);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_belongs_to_one_user_and_a_user_has_one_of_each_authority() -> TestResult {
    let services = services(4).await?;
    let api = services.genesys.api();
    let (first, second) = (person(&services, 1).await?, person(&services, 2).await?);
    let add = async |user: &str, body| api.post_user_externalid().user_id(user).body(body).send().await;
    add(&first, key("badge", "1")).await?;
    assert_eq!(refusal(add(&second, key("badge", "1")).await)?.0, 409);
    assert_eq!(refusal(add(&first, key("badge", "1")).await)?.0, 409);
    assert_eq!(refusal(add(&first, key("badge", "2")).await)?.0, 409);
    add(&second, key("Badge", "1")).await?;
    assert_eq!(refusal(add(&second, key("staff", "E0000001")).await)?.0, 409, "a number that a sample person has");
    for bad in [key("", "1"), key("badge", " ")] {
        assert_eq!(refusal(add(&second, bad).await)?.0, 400);
    }
    Ok(())
}

#[tokio::test]
async fn a_user_has_at_most_a_hundred_keys() -> TestResult {
    let services = services(2).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    for number in 0..99 {
        api.post_user_externalid().user_id(&user).body(key(&format!("a{number}"), "1")).send().await?;
    }
    let refused = api.post_user_externalid().user_id(&user).body(key("one more", "1")).send().await;
    assert_eq!(refusal(refused)?, (400, "limit.exceeded".to_owned()));
    Ok(())
}

#[tokio::test]
async fn the_key_of_a_deleted_user_is_not_found() -> TestResult {
    let services = services(4).await?;
    let (api, user) = (services.genesys.api(), person(&services, 1).await?);
    api.post_user_externalid().user_id(&user).body(key("badge", "1")).send().await?;
    api.delete_user().user_id(&user).send().await?;
    for (authority, key) in [("badge", "1"), ("staff", "E0000001")] {
        let call = api.get_users_externalid_authority_name_external_key().authority_name(authority).external_key(key);
        assert_eq!(refusal(call.send().await)?.0, 404);
    }
    assert_eq!(refusal(api.get_user_externalid().user_id(&user).send().await)?.0, 404);
    Ok(())
}
