//! Verifiers: second factors with one-time passwords or security keys.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use genesys_users::types::{
    CreateVerifierRequest, FinishWebAuthnRegistrationRequest, TotpAlgorithm, UpdateVerifierRequest,
    ValidateVerifierRequest,
};
use serde_json::{Value, json};

use crate::clock;
use crate::genesys::model::totp::Totp;
use crate::genesys::model::user::User;
use crate::genesys::model::verifiers::{DEFAULT_DIGITS, DEFAULT_PERIOD, DEFAULT_SECRET, Verifier};
use crate::genesys::request::{Whose, body, me, no_content, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserVerifiers", |genesys, call| list(genesys, call, subject)),
    ("putUserVerifier", |genesys, call| update(genesys, call, subject)),
    ("deleteUserVerifier", |genesys, call| delete(genesys, call, subject)),
    ("getUsersMeVerifiers", |genesys, call| list(genesys, call, me)),
    ("putUsersMeVerifier", |genesys, call| update(genesys, call, me)),
    ("deleteUsersMeVerifier", |genesys, call| delete(genesys, call, me)),
    ("postUsersMeVerifiersTotp", create),
    ("postUsersMeVerifiersTotpVerifierId", validate),
    ("postUsersMeVerifiersWebauthnRegisterOptions", begin),
    ("postUsersMeVerifiersWebauthnRegister", register),
];

fn list(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = whose(&users, call)?;
    let verifiers = users.details.verifiers.of(users.people, user.index);
    let entities: Vec<Value> = verifiers.iter().map(|(id, verifier)| shown(&user, id, verifier)).collect();
    Ok(Reply::json(&json!({ "total": entities.len(), "entities": entities, "selfUri": call.uri })))
}

fn update(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let given: UpdateVerifierRequest = body(call)?;
    let mut users = genesys.users();
    let (index, id, people) = (whose(&users, call)?.index, call.path("verifierId"), users.people);
    let mut verifier = users.details.verifiers.of(people, index).remove(id).ok_or_else(absent)?;
    verifier.name = given.name.unwrap_or(verifier.name);
    verifier.enabled = given.enabled.unwrap_or(verifier.enabled);
    verifier.default = given.default.unwrap_or(verifier.default);
    users.details.verifiers.add(people, index, id, verifier.clone());
    let user = whose(&users, call)?;
    Ok(Reply::json(&shown(&user, id, &verifier)))
}

fn delete(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    let mut verifiers = users.details.verifiers.of(users.people, index);
    verifiers.remove(call.path("verifierId")).ok_or_else(absent)?;
    users.details.verifiers.by_user.insert(index, verifiers);
    Ok(no_content())
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: CreateVerifierRequest = body(call)?;
    let algorithm = given.algorithm.unwrap_or(TotpAlgorithm::Sha1);
    if !algorithm.is_recognized() {
        return Err(Error::invalid("algorithm", "must be one of SHA1, SHA256, SHA512"));
    }
    let digits = between("digits", given.digits.unwrap_or(DEFAULT_DIGITS), 6, 8)?;
    let period = between("period", given.period.unwrap_or(DEFAULT_PERIOD), 1, 3600)?;
    let size = between("secretSize", given.secret_size.unwrap_or(DEFAULT_SECRET), 10, 128)?;
    let name = named(given.name)?;

    let mut users = genesys.users();
    let (index, number, people) = (me(&users, call)?.index, users.details.verifiers.next(), users.people);
    let mut draw = Draw::new(people.seed, "totp", number.into());
    let secret = (0..size).map(|_| draw.next() as u8).collect();
    let totp = Totp { algorithm, digits: digits as u32, period: period as u64, secret };
    let id = verifier_id(&users, number);
    let user = me(&users, call)?;
    let response = json!({
        "id": id, "name": name, "type": "totp", "enabled": given.enabled.unwrap_or(false),
        "default": given.default.unwrap_or(false), "keyUri": totp.uri(&user.id),
    });
    let (enabled, default) = (given.enabled.unwrap_or(false), given.default.unwrap_or(false));
    users.details.verifiers.add(people, index, &id, Verifier { name, enabled, default, totp: Some(totp) });
    Ok(Reply::json(&response))
}

fn validate(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: ValidateVerifierRequest = body(call)?;
    let token = given.token.ok_or_else(|| Error::missing("token"))?;
    let mut users = genesys.users();
    let index = me(&users, call)?.index;
    let mut verifiers = users.details.verifiers.of(users.people, index);
    let verifier = verifiers.get_mut(call.path("verifierId")).ok_or_else(absent)?;
    let totp = verifier.totp.as_ref().ok_or_else(absent)?;
    if !totp.accepts(token.expose(), clock::now().timestamp()) {
        let error = Error::new(StatusCode::BAD_REQUEST, "invalid.token", "The one-time password is wrong.");
        return Err(Error { field: Some("token".into()), ..error });
    }
    verifier.enabled |= given.enable.unwrap_or(false);
    users.details.verifiers.by_user.insert(index, verifiers);
    Ok(no_content())
}

fn begin(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let (index, number) = (me(&users, call)?.index, users.details.verifiers.next());
    let mut draw = Draw::new(users.people.seed, "challenge", number.into());
    let challenge: Vec<u8> = (0..4).flat_map(|_| draw.next().to_be_bytes()).collect();
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    users.details.verifiers.challenges.insert(index, challenge.clone());
    let user = me(&users, call)?;
    let keys = users.details.verifiers.of(users.people, index);
    let excluded = keys.iter().filter(|(_, verifier)| verifier.totp.is_none());
    let excluded: Vec<Value> = excluded.map(|(id, _)| json!({ "type": "public-key", "id": id })).collect();
    Ok(Reply::json(&json!({ "publicKey": {
        "challenge": challenge,
        "rp": { "id": "example.com", "name": "Sandbox" },
        "user": { "id": URL_SAFE_NO_PAD.encode(&user.id), "name": user.id, "displayName": user.name() },
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
        "timeout": 60_000,
        "excludeCredentials": excluded,
        "attestation": "none",
    } })))
}

fn register(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: FinishWebAuthnRegistrationRequest = body(call)?;
    let name = named(given.name)?;
    let credential = given.credential.ok_or_else(|| Error::missing("credential"))?;
    let response = credential.response.as_ref().ok_or_else(|| Error::missing("response"))?;
    let client_data = response.client_data_json.as_deref().ok_or_else(|| Error::missing("clientDataJSON"))?;
    let invalid = || Error::invalid("clientDataJSON", "does not answer the challenge of a registration");
    let client_data = URL_SAFE_NO_PAD.decode(client_data.trim_end_matches('=')).map_err(|_| invalid())?;
    let client_data: Value = serde_json::from_slice(&client_data).map_err(|_| invalid())?;

    let mut users = genesys.users();
    let index = me(&users, call)?.index;
    let challenge = users.details.verifiers.challenges.get(&index).map(String::as_str);
    if client_data["type"] != "webauthn.create" || challenge.is_none() || client_data["challenge"].as_str() != challenge
    {
        return Err(invalid());
    }
    users.details.verifiers.challenges.remove(&index);
    let number = users.details.verifiers.next();
    let id = verifier_id(&users, number);
    let verifier = Verifier { name, enabled: true, default: given.default.unwrap_or(false), totp: None };
    let people = users.people;
    users.details.verifiers.add(people, index, &id, verifier.clone());
    Ok(Reply::json(&shown(&me(&users, call)?, &id, &verifier)))
}

fn verifier_id(users: &Users, number: u32) -> String {
    IdSpace::new(users.people.seed, "verifier").uuid(number)
}

fn named(name: Option<String>) -> Result<String, Error> {
    let name = name.ok_or_else(|| Error::missing("name"))?;
    if name.trim().is_empty() { Err(Error::invalid("name", "is empty")) } else { Ok(name) }
}

fn between(name: &str, number: i64, least: i64, most: i64) -> Result<i64, Error> {
    let fits = (least..=most).contains(&number);
    fits.then_some(number).ok_or_else(|| Error::invalid(name, &format!("must be between {least} and {most}")))
}

/// A verifier without its secret.
fn shown(user: &User<'_>, id: &str, verifier: &Verifier) -> Value {
    json!({
        "id": id, "name": verifier.name, "type": if verifier.totp.is_some() { "totp" } else { "webauthn" },
        "enabled": verifier.enabled, "default": verifier.default,
        "selfUri": format!("/api/v2/users/{}/verifiers/{id}", user.id),
    })
}

fn absent() -> Error {
    Error::not_found("The user has no such verifier.")
}
