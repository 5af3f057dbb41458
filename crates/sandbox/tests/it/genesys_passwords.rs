//! Genesys: passwords and second factors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use genesys_users::types::{
    AuthenticatorAttestationResponse, ChangeMyPasswordRequest, ChangePasswordRequest, CreateVerifierRequest,
    FinishWebAuthnRegistrationRequest, PublicKeyCredentialCreationResponse, UpdateVerifierRequest,
    ValidateVerifierRequest,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;

use crate::support::genesys::{person, refusal};
use crate::support::{As, TestResult, services};

/// Name, whether it is enabled, and whether it is offered first.
type Shown = (Option<String>, Option<bool>, Option<bool>);

const NEW: &str = "correct horse battery";

fn change(old: &str, new: &str) -> ChangeMyPasswordRequest {
    ChangeMyPasswordRequest { old_password: Some(old.to_owned().into()), new_password: Some(new.to_owned().into()) }
}

#[tokio::test]
async fn the_current_user_needs_the_old_password_to_change_it() -> TestResult {
    let services = services(3).await?;
    let (api, first) = (services.genesys.api(), services.sandbox.credentials().genesys_password);
    let set = async |body| api.post_users_me_password().body(body).send().await;
    for bad in [change("wrong password", NEW), change(first, "short"), change(first, first)] {
        assert_eq!(refusal(set(bad).await)?.0, 400);
    }
    set(change(first, NEW)).await?;
    assert_eq!(refusal(set(change(first, "another password")).await)?.1, "invalid.password");
    set(change(NEW, "another password")).await?;
    Ok(())
}

#[tokio::test]
async fn the_password_of_another_user_is_set_without_the_old_one() -> TestResult {
    let services = services(3).await?;
    let (api, me) = (services.genesys.api(), person(&services, 0).await?);
    let body = |password: &str| ChangePasswordRequest { new_password: Some(password.to_owned().into()) };
    assert_eq!(refusal(api.post_user_password().user_id(&me).body(body("short")).send().await)?.0, 400);
    assert_eq!(refusal(api.post_user_password().user_id("unknown").body(body(NEW)).send().await)?.0, 404);
    api.post_user_password().user_id(&me).body(body(NEW)).send().await?;
    api.post_users_me_password().body(change(NEW, "another password")).send().await?;
    Ok(())
}

#[tokio::test]
async fn no_response_repeats_a_password() -> TestResult {
    let services = services(3).await?;
    let user = person(&services, 1).await?;
    for (path, body) in [
        (format!("{user}/password"), json!({ "newPassword": "tiny42" })),
        ("me/password".to_owned(), json!({ "oldPassword": "tiny42-wrong", "newPassword": "tiny42-new-one" })),
        (format!("{user}/password"), json!({ "newPassword": ["tiny42"] })),
    ] {
        let path = format!("/genesys/api/v2/users/{path}");
        let (status, answer) = services.post(As::Genesys, "POST", &path, &body.to_string()).await?;
        assert_eq!(status, 400);
        assert!(!answer.to_string().contains("tiny42"), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_one_time_password_verifier_is_created_checked_changed_and_deleted() -> TestResult {
    let services = services(3).await?;
    let (api, me) = (services.genesys.api(), person(&services, 0).await?);
    let body = CreateVerifierRequest { name: Some("Phone".to_owned()), default: Some(true), ..Default::default() };
    let created = api.post_users_me_verifiers_totp().body(body.clone()).send().await?.into_inner();
    let uri = created.key_uri.ok_or("no key")?;
    assert!(uri.expose().starts_with("otpauth://totp/") && uri.expose().contains("&algorithm=SHA1&digits=6&period=30"));
    let id = created.id.ok_or("no id")?;

    let check = async |token: &str| {
        let body = ValidateVerifierRequest { enable: Some(true), token: Some(token.to_owned().into()) };
        api.post_users_me_verifiers_totp_verifier_id().verifier_id(&id).body(body).send().await
    };
    assert_eq!(refusal(check("1234567").await)?, (400, "invalid.token".to_owned()));
    let list = async || -> TestResult<Vec<Shown>> {
        let mine = api.get_users_me_verifiers().send().await?.into_inner();
        let theirs = api.get_user_verifiers().user_id(&me).send().await?.into_inner();
        assert_eq!(mine.entities, theirs.entities);
        let mut shown: Vec<Shown> =
            mine.entities.into_iter().flatten().map(|one| (one.name, one.enabled, one.default)).collect();
        shown.sort();
        Ok(shown)
    };
    let one = |name: &str, enabled, default| (Some(name.to_owned()), Some(enabled), Some(default));
    assert_eq!(list().await?, [one("Authenticator app", true, false), one("Phone", false, true)]);

    let second = CreateVerifierRequest { name: Some("Tablet".to_owned()), ..body.clone() };
    api.post_users_me_verifiers_totp().body(second).send().await?;
    assert_eq!(list().await?.iter().filter(|one| one.2 == Some(true)).count(), 1, "one is offered first");
    let change =
        UpdateVerifierRequest { name: Some("Old phone".to_owned()), enabled: Some(true), ..Default::default() };
    let changed = api.put_user_verifier().user_id(&me).verifier_id(&id).body(change).send().await?.into_inner();
    assert_eq!((changed.name.as_deref(), changed.enabled), (Some("Old phone"), Some(true)));
    api.delete_users_me_verifier().verifier_id(&id).send().await?;
    assert_eq!(refusal(api.delete_user_verifier().user_id(&me).verifier_id(&id).send().await)?.0, 404);
    assert_eq!(list().await?.len(), 2);

    for bad in [
        CreateVerifierRequest { digits: Some(40), ..body.clone() },
        CreateVerifierRequest { period: Some(0), ..body.clone() },
        CreateVerifierRequest { algorithm: Some("MD5".into()), ..body },
    ] {
        assert_eq!(refusal(api.post_users_me_verifiers_totp().body(bad).send().await)?.0, 400);
    }
    Ok(())
}

/// The one-time password of the moment, as an authenticator app makes it from the key URI.
fn one_time_password(uri: &str, seconds: u64) -> TestResult<String> {
    let secret = uri.split(['?', '&']).find_map(|part| part.strip_prefix("secret=")).ok_or("no secret")?;
    let (mut bits, mut count, mut key) = (0_u32, 0, Vec::new());
    for digit in secret.chars() {
        bits = (bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(digit).ok_or("no base 32")? as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push((bits >> count) as u8);
        }
    }
    let hash = Hmac::<Sha1>::new_from_slice(&key)?.chain_update((seconds / 30).to_be_bytes()).finalize().into_bytes();
    let start = usize::from(hash[19] & 0xf);
    let number = u32::from_be_bytes(hash[start..start + 4].try_into()?) & 0x7fff_ffff;
    Ok(format!("{:06}", number % 1_000_000))
}

#[tokio::test]
async fn a_valid_one_time_password_enables_a_verifier() -> TestResult {
    let services = services(3).await?;
    let api = services.genesys.api();
    let body = CreateVerifierRequest { name: Some("Phone".to_owned()), ..Default::default() };
    let created = api.post_users_me_verifiers_totp().body(body).send().await?.into_inner();
    let (uri, id) = (created.key_uri.ok_or("no key")?, created.id.ok_or("no id")?);
    let now = services.sandbox.now().timestamp();
    let token = one_time_password(uri.expose(), now.try_into()?)?;
    let check = async || {
        let body = ValidateVerifierRequest { enable: Some(true), token: Some(token.clone().into()) };
        api.post_users_me_verifiers_totp_verifier_id().verifier_id(&id).body(body).send().await
    };
    services.sandbox.advance(std::time::Duration::from_secs(120));
    assert_eq!(refusal(check().await)?.1, "invalid.token", "it has run out");
    services.sandbox.set_time(services.sandbox.now() - std::time::Duration::from_secs(120));
    check().await?;
    let verifiers = api.get_users_me_verifiers().send().await?.into_inner().entities;
    let verifier = verifiers.into_iter().flatten().find(|verifier| verifier.id.as_deref() == Some(&id));
    assert_eq!(verifier.and_then(|verifier| verifier.enabled), Some(true));
    Ok(())
}

#[tokio::test]
async fn the_challenge_of_a_security_key_is_valid_once() -> TestResult {
    let services = services(3).await?;
    let api = services.genesys.api();
    let begin = async || -> TestResult<String> {
        let options = api.post_users_me_verifiers_webauthn_register_options().send().await?.into_inner();
        Ok(options.public_key.and_then(|key| key.challenge).ok_or("no challenge")?)
    };
    let register = async |client_data: serde_json::Value| {
        let response = AuthenticatorAttestationResponse {
            client_data_json: Some(URL_SAFE_NO_PAD.encode(client_data.to_string())),
            attestation_object: Some("o2NmbXRkbm9uZQ".to_owned()),
            ..Default::default()
        };
        let credential = PublicKeyCredentialCreationResponse {
            id: Some("a2V5".to_owned()),
            raw_id: Some("a2V5".to_owned()),
            type_: Some("public-key".to_owned()),
            response: Some(response.into()),
            ..Default::default()
        };
        let body = FinishWebAuthnRegistrationRequest {
            credential: Some(credential.into()),
            name: Some("Key".to_owned()),
            ..Default::default()
        };
        api.post_users_me_verifiers_webauthn_register().body(body).send().await
    };
    let answer = |challenge: &str| json!({ "type": "webauthn.create", "challenge": challenge });
    assert_eq!(refusal(register(answer("nothing")).await)?.0, 400, "none has begun");
    let challenge = begin().await?;
    assert_eq!(refusal(register(json!({ "type": "webauthn.get", "challenge": challenge })).await)?.0, 400);
    assert_eq!(refusal(register(answer("another")).await)?.0, 400);
    let verifier = register(answer(&challenge)).await?.into_inner();
    assert_eq!(verifier.type_.as_ref().map(|kind| kind.as_str()), Some("webauthn"));
    assert_eq!(refusal(register(answer(&challenge)).await)?.0, 400, "a challenge is answered once");
    assert_ne!(begin().await?, challenge);
    Ok(())
}
