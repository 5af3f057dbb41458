//! Functions on accounts: `me`, `users`.

use serde_json::{Value, json};

use super::store::Account;
use super::xml::Element;
use super::{Lms, acting_user};
use crate::credentials::SANDBOX;
use crate::http::{Call, Failure, Handler, Reply};
use crate::people::{People, Person};

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] = &[("me", me), ("users", users)];

fn me(lms: &Lms, call: &Call<'_>) -> Result<Reply, Failure> {
    let store = lms.store();
    let account = store.account(acting_user(&store, call)?);
    let user = fields(store.people, &account.ok_or_else(|| Failure::not_found("There is no such user."))?);
    Ok(match call.query("format") {
        Some("xml") => Reply::xml(element("user", &user).document()),
        _ => Reply::json(&user),
    })
}

fn users(lms: &Lms, call: &Call<'_>) -> Result<Reply, Failure> {
    let store = lms.store();
    acting_user(&store, call)?;
    let filter = |name| call.filter(name).map(str::to_owned);
    let (login, email, organization) = (filter("userId"), filter("email"), filter("organizationId"));
    let chosen = match (&login, &email) {
        (Some(login), _) => Some(store.account(login)),
        (None, Some(email)) => Some(store.people.by_email(email).and_then(|person| store.account(&person.login))),
        (None, None) => None,
    };
    let people = store.people;
    let accounts: Box<dyn Iterator<Item = Account> + Send> = match chosen {
        Some(account) => Box::new(account.into_iter()),
        None => Box::new(store.accounts().map(Box::new).map(Account::Person)),
    };
    let users = accounts.map(move |account| fields(people, &account)).filter(move |user| {
        let same = |wanted: &Option<String>, value: &Value| {
            let value = value.as_str().unwrap_or_default();
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
        };
        same(&email, &user["email"]) && same(&organization, &user["organization"]["id"])
    });
    Ok(match call.query("format") {
        Some("xml") => {
            let elements = users.map(|user| element("user", &user).to_string());
            Reply::xml_list("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<users>", elements, "</users>")
        }
        _ => Reply::json_list("{\"users\":[", users, "]}"),
    })
}

/// The fields of an account, those of an empty value left out.
fn fields(people: People, account: &Account) -> Value {
    match account {
        Account::Person(person) => person_fields(people, person),
        Account::Integration => json!({
            "id": SANDBOX.lms_user,
            "family": "Account",
            "given": "Integration",
            "email": format!("{}@example.com", SANDBOX.lms_user),
            "status": "active",
            "primaryRole": { "id": "administrator" },
        }),
    }
}

fn person_fields(people: People, person: &Person) -> Value {
    // A shared account has one name, which the LMS keeps as the family name.
    let (given, family) =
        if person.family.is_empty() { (None, &person.given) } else { (Some(&person.given), &person.family) };
    let department = person.department.to_uppercase();
    let mut user = json!({
        "id": person.login,
        "family": family,
        "email": person.email(),
        "status": if person.active { "active" } else { "inactive" },
        "employeeNumber": person.employee_number,
        "country": { "code": "US", "name": "United States" },
        "phone": person.phone,
        "jobTitle": person.title,
        "primaryRole": { "id": "learner" },
        "organization": { "id": format!("ORG-{department}"), "code": department, "description": person.department },
        "departmentId": department,
        "departmentName": person.department,
        "costCenter": format!("CC-{}", 100 + person.index % 7),
        "attributes": [],
    });
    if let Some(given) = given {
        user["given"] = json!(given);
    }
    let manager = person.manager.and_then(|index| people.get(index)).filter(Person::has_lms_account);
    if let Some(manager) = manager {
        user["directAppraiser"] = json!({ "id": manager.login });
    }
    user
}

/// JSON as elements: an object's fields in the order of the vendor's list of them, a list's items under one name.
fn element(name: &'static str, value: &Value) -> Element {
    match value {
        Value::Object(fields) => {
            let known = NAMES.iter().filter_map(|name| Some(element(name, fields.get(*name)?)));
            Element::new(name).with_all(known)
        }
        Value::Array(items) => Element::new(name).with_all(items.iter().map(|item| element("attribute", item))),
        Value::String(text) => Element::text(name, text.as_str()),
        other => Element::text(name, other.to_string()),
    }
}

const NAMES: &[&str] = &[
    "id",
    "code",
    "name",
    "description",
    "family",
    "given",
    "email",
    "status",
    "employeeNumber",
    "country",
    "phone",
    "jobTitle",
    "primaryRole",
    "organization",
    "directAppraiser",
    "departmentId",
    "departmentName",
    "costCenter",
    "attributes",
];
