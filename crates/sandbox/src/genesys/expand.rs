//! Adds the parts of a user that `expand` asks for.

use serde_json::{Map, Value, json};

use super::details::presences::{Source, presence};
use super::details::{geolocation, out_of_office, roles, routing, skills, stations};
use super::model::user::User;
use super::parts::PARTS;
use super::store::Users;
use crate::http::Call;
use crate::random::Draw;

const INTERESTS: &[&str] = &["chess", "cycling", "gardening", "hiking", "pottery"];

/// The parts that a request expands.
#[derive(Debug, Default)]
pub(super) struct Expand<'a> {
    values: Vec<&'a str>,
    presence_source: Option<&'a str>,
}

impl<'a> Expand<'a> {
    pub(super) fn new(values: impl IntoIterator<Item = &'a str>, presence_source: Option<&'a str>) -> Self {
        Self { values: values.into_iter().collect(), presence_source }
    }

    /// The parameters `expand` and `integrationPresenceSource` of a call.
    pub(super) fn of(call: &'a Call<'_>) -> Self {
        Self::new(call.query.all("expand"), call.query("integrationPresenceSource")).without(&call.incoming.left_out)
    }

    /// Leaves out these values, although they are asked for.
    pub(super) fn without(mut self, left_out: &[&'static str]) -> Self {
        self.values.retain(|value| !left_out.contains(value));
        self
    }

    pub(super) fn holds(&self, field: &str) -> bool {
        self.fields().any(|known| known == field)
    }

    fn fields(&self) -> impl Iterator<Item = &'static str> {
        PARTS.iter().filter(|(value, _)| self.values.contains(value)).map(|(_, field)| *field)
    }
}

/// Whether a field is shown only with `expand`.
pub(super) fn is_optional(field: &str) -> bool {
    PARTS.iter().any(|(_, known)| *known == field)
}

/// Adds the expanded parts.
pub(super) fn add(users: &Users, user: &User<'_>, expand: &Expand<'_>, shown: &mut Map<String, Value>) {
    for field in expand.fields() {
        if let Some(value) = part(users, user, expand, field) {
            shown.insert(field.to_owned(), value);
        }
    }
}

/// The value of a field; created users have only what every account has.
fn part(users: &Users, user: &User<'_>, expand: &Expand<'_>, field: &str) -> Option<Value> {
    let (id, person) = (user.id.as_str(), user.person.as_ref());
    let mut draw = Draw::new(users.people.seed, field, user.index);
    Some(match field {
        "routingStatus" => routing::routing_status(users, user),
        "presence" => presence(users, user, expand.presence_source.map_or(Some(Source::PLATFORM), Source::custom)?),
        "integrationPresence" => presence(users, user, Source::custom("MicrosoftTeams")?),
        "conversationSummary" => conversation_summary(users, user),
        "outOfOffice" => out_of_office::out_of_office(users, user),
        "station" => stations::stations(users, user),
        "authorization" => roles::authorization(users, user, expand.values.contains(&"authorization.unusedRoles")),
        "lastTokenIssued" => json!({ "dateIssued": routing::SEEN }),
        "workPlanBidRanks" => json!({
            "id": id, "workPlanBiddingPerformance": 1 + draw.below(100), "biddingTieBreaker": "0",
            "selfUri": format!("/api/v2/users/{id}/workplanbidranks"),
        }),
        "certifications" if person.is_none() => json!([]),
        "certifications" => json!(if draw.one_in(3) { vec!["First Aid"] } else { vec![] }),
        "locations" if person.is_none() => json!([]),
        "locations" => {
            let list = users.reference().locations();
            let place = list.entity(draw.below(list.len() as u64) as usize)?;
            json!([{ "id": place["id"], "locationDefinition": place }])
        }
        "profileSkills" => profile_skills(users, user),
        "skills" => Value::Array(skills::shown_all(users, user, skills::SKILLS)),
        "languages" => Value::Array(skills::shown_all(users, user, skills::LANGUAGES)),
        "groups" => {
            let groups = users.groups(user).into_iter();
            groups.filter_map(|group| users.reference().groups().entity(group)).collect()
        }
        "team" => users.reference().team(users.manager(user)?),
        "languagePreference" => json!("en-us"),
        "dateLastLogin" => json!(routing::SEEN),
        "geolocation" => geolocation::geolocation(users, user)?,
        "employerInfo" => json!({
            "officialName": person?.name(), "employeeId": person?.employee_number, "employeeType": "Full-time",
            "dateHire": format!("20{:02}-{:02}-01", 5 + draw.below(19), 1 + draw.below(12)),
        }),
        "biography" => json!({
            "biography": format!("Works in {} as {}.", person?.department, person?.title),
            "interests": [draw.word(INTERESTS)], "hobbies": [draw.word(INTERESTS)],
        }),
        _ => return None,
    })
}

/// The skills in a user's profile, which are plain texts.
pub(super) fn profile_skills(users: &Users, user: &User<'_>) -> Value {
    match user.changed("profileSkills") {
        Some(Value::Null) => json!([]),
        Some(changed) => changed.clone(),
        None if user.person.is_none() => json!([]),
        None => {
            let list = users.reference().skills();
            let place = Draw::new(users.people.seed, "profileSkills", user.index).below(list.len() as u64) as usize;
            list.name(place).map(|name| name.to_lowercase()).into_iter().collect()
        }
    }
}

/// The number of conversations of a user: one call while interacting.
fn conversation_summary(users: &Users, user: &User<'_>) -> Value {
    let none = json!({ "active": 0, "acw": 0 });
    let media = json!({ "contactCenter": none, "enterprise": none });
    let calls = u64::from(routing::is_interacting(users, user));
    let call = json!({ "contactCenter": { "active": calls, "acw": 0 }, "enterprise": none });
    json!({
        "userId": user.id, "call": call, "callback": media, "email": media, "message": media, "chat": media,
        "socialExpression": media, "video": media,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Service;

    /// Values that add nothing: `dateWelcomeSent` is always shown, and no field is known for the others.
    const WITHOUT_FIELD: [&str; 3] = ["customAttributes", "dateWelcomeSent", "externalContactsSettings"];

    #[test]
    fn every_documented_value_is_known() {
        let entry = crate::genesys::Genesys::catalog().find("getUsers");
        let expand = entry.and_then(|entry| entry.parameter("expand"));
        for value in expand.map_or(&[][..], |parameter| parameter.values) {
            let adds = PARTS.iter().any(|(known, _)| known == value);
            assert_ne!(adds, WITHOUT_FIELD.contains(value), "{value}");
        }
    }
}
