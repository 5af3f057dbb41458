//! The parts of a user that are shown only when `expand` asks for them.

use serde_json::{Map, Value, json};

use super::store::User;
use crate::ident::IdSpace;
use crate::random::Draw;

/// When the sample people were last seen. The sandbox reads no clock.
const SEEN: &str = "2024-12-02T08:00:00.000Z";

/// The values of `expand` and the fields they add. The spellings differ in places.
const FIELDS: &[(&str, &str)] = &[
    ("routingStatus", "routingStatus"),
    ("presence", "presence"),
    ("integrationPresence", "integrationPresence"),
    ("conversationSummary", "conversationSummary"),
    ("outOfOffice", "outOfOffice"),
    ("geolocation", "geolocation"),
    ("station", "station"),
    ("authorization", "authorization"),
    ("authorization.unusedRoles", "authorization"),
    ("lasttokenissued", "lastTokenIssued"),
    ("team", "team"),
    ("workPlanBidRanks", "workPlanBidRanks"),
    ("profileSkills", "profileSkills"),
    ("certifications", "certifications"),
    ("locations", "locations"),
    ("groups", "groups"),
    ("skills", "skills"),
    ("languages", "languages"),
    ("languagePreference", "languagePreference"),
    ("employerInfo", "employerInfo"),
    ("biography", "biography"),
    ("dateLastLogin", "dateLastLogin"),
];

const SKILLS: &[&str] = &["Billing", "Claims", "Onboarding", "Returns", "Technical"];
const LANGUAGES: &[&str] = &["English", "French", "German", "Spanish"];
const INTERESTS: &[&str] = &["chess", "cycling", "gardening", "hiking", "pottery"];

/// What a request asks to be shown.
#[derive(Debug, Default)]
pub(super) struct Expand<'a> {
    values: Vec<&'a str>,
    presence_source: Option<&'a str>,
}

impl<'a> Expand<'a> {
    pub(super) fn new(values: impl Iterator<Item = &'a str>, presence_source: Option<&'a str>) -> Self {
        Self { values: values.collect(), presence_source }
    }

    pub(super) fn holds(&self, field: &str) -> bool {
        self.fields().any(|known| known == field)
    }

    fn fields(&self) -> impl Iterator<Item = &'static str> {
        FIELDS.iter().filter(|(value, _)| self.values.contains(value)).map(|(_, field)| *field)
    }
}

/// Whether a field is shown only on demand.
pub(super) fn is_optional(field: &str) -> bool {
    FIELDS.iter().any(|(_, known)| *known == field)
}

/// Adds what was asked for.
pub(super) fn add(seed: u64, user: &User<'_>, expand: &Expand<'_>, shown: &mut Map<String, Value>) {
    let parts = Parts { seed, user, expand };
    for field in expand.fields() {
        if let Some(value) = parts.part(field) {
            shown.insert(field.to_owned(), value);
        }
    }
}

struct Parts<'a> {
    seed: u64,
    user: &'a User<'a>,
    expand: &'a Expand<'a>,
}

impl Parts<'_> {
    /// The value of a field; users that were created have no more than what every account has.
    fn part(&self, field: &str) -> Option<Value> {
        let id = self.user.id.as_str();
        let person = self.user.person.as_ref();
        let mut draw = Draw::new(self.seed, field, self.user.index);
        Some(match field {
            "routingStatus" => json!({ "userId": id, "status": "OFF_QUEUE", "startTime": SEEN }),
            "presence" => self.presence(self.expand.presence_source.unwrap_or("PURECLOUD"), &mut draw),
            "integrationPresence" => self.presence("MicrosoftTeams", &mut draw),
            "conversationSummary" => conversation_summary(id),
            "outOfOffice" => json!({
                "id": id, "active": false, "indefinite": false, "selfUri": format!("/api/v2/users/{id}/outofoffice"),
            }),
            "station" => json!({}),
            "authorization" => self.authorization(),
            "lastTokenIssued" => json!({ "dateIssued": SEEN }),
            "workPlanBidRanks" => json!({
                "id": id, "workPlanBiddingPerformance": 1 + draw.below(100), "biddingTieBreaker": "0",
                "selfUri": format!("/api/v2/users/{id}/workplanbidranks"),
            }),
            "certifications" | "locations" | "profileSkills" if person.is_none() => json!([]),
            "skills" | "languages" | "groups" if person.is_none() => json!([]),
            "certifications" => json!(if draw.one_in(3) { vec!["First Aid"] } else { vec![] }),
            "locations" => json!([]),
            "profileSkills" => json!([draw.word(SKILLS).to_lowercase()]),
            "skills" => self.abilities("skill", SKILLS, &mut draw),
            "languages" => self.abilities("language", LANGUAGES, &mut draw),
            "groups" => json!([self.named("group", self.user.index % 4)]),
            "team" => self.named("team", person?.manager?),
            "languagePreference" => json!("en-us"),
            "dateLastLogin" => json!(SEEN),
            "geolocation" => json!({
                "id": id, "type": "browser", "primary": true, "country": "US", "region": "Washington", "city": "Seattle",
                "latitude": 47.0, "longitude": -122.0, "selfUri": format!("/api/v2/users/{id}/geolocations/browser"),
            }),
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

    fn presence(&self, source: &str, draw: &mut Draw) -> Value {
        let (id, presences) = (&self.user.id, &["Available", "Away", "Busy", "Offline"]);
        let presence = draw.word(presences);
        let definition = self.id("presence", presences.iter().position(|known| *known == presence).unwrap_or(0) as u64);
        json!({
            "id": id, "source": source, "primary": true, "message": "", "modifiedDate": SEEN,
            "presenceDefinition": {
                "id": definition, "systemPresence": presence,
                "selfUri": format!("/api/v2/presence/definitions/{definition}"),
            },
            "selfUri": format!("/api/v2/users/{id}/presences/{}", source.to_lowercase()),
        })
    }

    fn authorization(&self) -> Value {
        let mut authorization = json!({
            "roles": [{ "id": self.id("role", 0), "name": "employee" }],
            "permissions": ["directory:user:view"],
            "permissionPolicies": [],
        });
        if self.expand.values.contains(&"authorization.unusedRoles") {
            authorization["unusedRoles"] = json!([{ "id": self.id("role", 1), "name": "supervisor" }]);
        }
        authorization
    }

    /// One or two of a list, with proficiency.
    fn abilities(&self, kind: &'static str, names: &[&str], draw: &mut Draw) -> Value {
        let (first, count) = (draw.below(names.len() as u64), 1 + draw.below(2));
        let abilities = (first..first + count).filter_map(|number| {
            let number = number % names.len() as u64;
            let (id, uri) = (self.id(kind, number), format!("/api/v2/routing/{kind}s/"));
            Some(json!({
                "id": id, "name": names.get(number as usize)?, "proficiency": (1 + draw.below(5)) as f64, "state": "active",
                (format!("{kind}Uri")): format!("{uri}{id}"),
                "selfUri": format!("/api/v2/users/{}/routing{kind}s/{id}", self.user.id),
            }))
        });
        abilities.collect()
    }

    fn named(&self, kind: &'static str, number: u64) -> Value {
        let id = self.id(kind, number);
        let name = format!("{}{} {}", kind[..1].to_uppercase(), &kind[1..], number + 1);
        json!({ "id": id, "name": name, "selfUri": format!("/api/v2/{kind}s/{id}") })
    }

    fn id(&self, kind: &'static str, number: u64) -> String {
        IdSpace::new(self.seed, kind).uuid(number as u32)
    }
}

fn conversation_summary(id: &str) -> Value {
    let none = json!({ "active": 0, "acw": 0 });
    let media = json!({ "contactCenter": none, "enterprise": none });
    json!({
        "userId": id, "call": media, "callback": media, "email": media, "message": media, "chat": media,
        "socialExpression": media, "video": media,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Service;

    #[test]
    fn every_documented_value_is_known() {
        let entry = crate::genesys::Genesys::catalog().find("getUsers");
        let expand = entry.and_then(|entry| entry.parameter("expand"));
        for value in expand.map_or(&[][..], |parameter| parameter.values) {
            assert!(FIELDS.iter().any(|(known, _)| known == value), "{value}");
        }
    }
}
