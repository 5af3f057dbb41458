//! A user as the service shows it.

use serde_json::{Map, Value, json};

use super::contacts;
use super::expand::{self, Expand};
use super::model::user::{User, jabber_id, user_reference, user_uri};
use super::store::Users;

/// The user with the fields that are always shown, and the expanded ones.
pub(super) fn user(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    let mut shown = always(users, user);
    expand::add(users, user, expand, &mut shown);
    for (name, value) in user.fields.into_iter().flatten() {
        let hidden = expand::is_optional(name) && !expand.holds(name);
        if value.is_null() {
            shown.remove(name);
        } else if !hidden {
            shown.insert(name.clone(), value.clone());
        }
    }
    let contacts = primary_contacts(&shown);
    shown.insert("primaryContactInfo".to_owned(), contacts);
    Value::Object(shown)
}

fn always(users: &Users, user: &User<'_>) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut set = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    set("id", json!(user.id));
    set("version", json!(user.version));
    set("state", json!(user.state.as_str()));
    set("chat", json!({ "jabberId": jabber_id(&user.id) }));
    set("division", json!(users.reference().divisions().entity(0)));
    set("acdAutoAnswer", json!(false));
    set("images", json!([]));
    set("addresses", json!([]));
    set("selfUri", json!(user_uri(&user.id)));
    if let Some(sent) = users.details.invitations.get(&user.index) {
        set("dateWelcomeSent", json!(sent));
    }
    if let Some(person) = &user.person {
        set("name", json!(person.name()));
        set("email", json!(person.email()));
        set("username", json!(person.email()));
        set("title", json!(person.title));
        set("department", json!(person.department));
        set("addresses", json!([contacts::phone(person)]));
        if let Some(manager) = person.manager {
            set("manager", user_reference(&users.id(manager)));
        }
    }
    shown
}

/// The main e-mail address, and the addresses that are marked as primary.
fn primary_contacts(shown: &Map<String, Value>) -> Value {
    let email = shown.get("email").map(|email| json!({ "address": email, "mediaType": "EMAIL", "type": "PRIMARY" }));
    let addresses = shown.get("addresses").and_then(Value::as_array).into_iter().flatten();
    let primary = addresses.filter(|address| address.get("type") == Some(&json!("PRIMARY"))).cloned();
    email.into_iter().chain(primary).collect()
}
