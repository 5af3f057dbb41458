//! What users refer to: skills, languages, queues, divisions, roles, groups, locations, presences, skill groups and
//! stations.
//!
//! No operation of the API creates or changes any of these, so they are fixed: the names are the same in every sandbox,
//! the ids follow from the seed. The module `organization` lists them.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::ids::IdSpace;

/// When everything here was created.
pub(crate) const MADE: &str = "2024-01-08T09:00:00.000Z";

/// Stations without a user at first.
const SPARE_STATIONS: u64 = 50;

/// The contents of `reference.json`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Lists {
    skills: Vec<&'static str>,
    languages: Vec<&'static str>,
    queues: Vec<&'static str>,
    divisions: Vec<&'static str>,
    groups: Vec<&'static str>,
    locations: Vec<&'static str>,
    presences: Vec<&'static str>,
    /// The presences in German.
    presence_labels: Vec<&'static str>,
    /// The last one was deactivated.
    presence_sources: Vec<&'static str>,
    roles: Vec<&'static str>,
    /// The permissions of each role.
    permissions: Vec<Vec<&'static str>>,
    skill_groups: Vec<&'static str>,
    skill_group_rules: Vec<SkillGroup>,
}

/// The skill that makes a user a member of a skill group.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SkillGroup {
    /// The position in the list of skills.
    pub(crate) skill: usize,
    /// The least proficiency, from 1 to 5.
    pub(crate) proficiency: u8,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    serde_json::from_str(include_str!("reference.json")).unwrap_or_else(|error| panic!("reference.json: {error}"))
});

/// The lists of one sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    seed: u64,
    people: u64,
}

impl Reference {
    /// `people` is the number of sample people: there are stations for all of them.
    pub(crate) fn new(seed: u64, people: u64) -> Self {
        Self { seed, people }
    }

    fn list(self, kind: &'static str, path: &'static str, names: &'static [&'static str]) -> List {
        List::new(IdSpace::new(self.seed, kind), path, names)
    }

    /// Routing skills.
    pub(crate) fn skills(self) -> List {
        self.list("skill", "/api/v2/routing/skills", &LISTS.skills)
    }

    /// Routing languages.
    pub(crate) fn languages(self) -> List {
        self.list("language", "/api/v2/routing/languages", &LISTS.languages)
    }

    /// Queues. Each belongs to the division that [`queue_division`](Self::queue_division) gives.
    pub(crate) fn queues(self) -> List {
        self.list("queue", "/api/v2/routing/queues", &LISTS.queues)
    }

    /// The division of a queue, as a position in [`divisions`](Self::divisions).
    pub(crate) fn queue_division(self, queue: usize) -> usize {
        queue % self.divisions().len()
    }

    /// A queue without members, as listings show it.
    pub(crate) fn queue(self, queue: usize) -> Option<Value> {
        let mut shown = self.queues().entity(queue)?;
        shown["division"] = self.divisions().entity(self.queue_division(queue))?;
        describe_queue(&mut shown);
        Some(shown)
    }

    /// Divisions; the first is the home division, to which users belong unless they were created in another.
    pub(crate) fn divisions(self) -> List {
        self.list("division", "/api/v2/authorization/divisions", &LISTS.divisions)
    }

    /// Roles; everybody has the first.
    pub(crate) fn roles(self) -> List {
        self.list("role", "/api/v2/authorization/roles", &LISTS.roles)
    }

    /// The permissions of a role.
    pub(crate) fn permissions(self, role: usize) -> &'static [&'static str] {
        LISTS.permissions.get(role).map(Vec::as_slice).unwrap_or_default()
    }

    /// Groups of users.
    pub(crate) fn groups(self) -> List {
        self.list("group", "/api/v2/groups", &LISTS.groups)
    }

    /// The group to which a sample person belongs at first.
    pub(crate) fn group_of(self, person: u64) -> usize {
        (person % self.groups().len() as u64) as usize
    }

    /// The groups that a list of references names.
    pub(crate) fn groups_in(self, references: &Value) -> Vec<usize> {
        let list = self.groups();
        let ids = references.as_array().into_iter().flatten().filter_map(|group| group.get("id")?.as_str());
        ids.filter_map(|id| list.find(id)).collect()
    }

    /// Sites of the organization.
    pub(crate) fn locations(self) -> List {
        self.list("location", "/api/v2/locations", &LISTS.locations)
    }

    /// Presences that users can choose, with the name of the system presence of each.
    pub(crate) fn presences(self) -> List {
        self.list("presence", "/api/v2/presence/definitions", &LISTS.presences)
    }

    /// A reference to a presence.
    pub(crate) fn presence(self, presence: usize) -> Option<Value> {
        let list = self.presences();
        let (id, name) = (list.id(presence)?, list.name(presence)?);
        Some(json!({ "id": id, "systemPresence": name, "selfUri": list.uri(presence)? }))
    }

    /// The German label of a presence.
    pub(crate) fn presence_label(self, presence: usize) -> Option<&'static str> {
        LISTS.presence_labels.get(presence).copied()
    }

    /// Registered sources of presence. The first is supplied, the last one was deactivated.
    pub(crate) fn presence_sources(self) -> List {
        self.list("presence source", "/api/v2/presence/sources", &LISTS.presence_sources)
    }

    /// Whether a registered source can no longer report.
    pub(crate) fn is_deactivated_source(self, source: usize) -> bool {
        source + 1 == self.presence_sources().len()
    }

    /// A registered source as the service shows it.
    pub(crate) fn presence_source(self, source: usize) -> Option<Value> {
        let mut shown = self.presence_sources().entity(source)?;
        shown["type"] = json!(if source == 0 { "System" } else { "User" });
        shown["deactivated"] = json!(self.is_deactivated_source(source));
        Some(shown)
    }

    /// Groups to which users belong by their skills.
    pub(crate) fn skill_groups(self) -> List {
        self.list("skill group", "/api/v2/routing/skillgroups", &LISTS.skill_groups)
    }

    /// The rule of a skill group.
    pub(crate) fn skill_group(self, group: usize) -> Option<&'static SkillGroup> {
        LISTS.skill_group_rules.get(group)
    }

    /// Phones.
    pub(crate) fn stations(self) -> Stations {
        let (ids, lines) = (IdSpace::new(self.seed, "station"), IdSpace::new(self.seed, "line appearance"));
        Stations { ids, lines, people: self.people }
    }

    /// The team that a person leads.
    pub(crate) fn team(self, leader: u64) -> Value {
        let id = IdSpace::new(self.seed, "team").uuid(leader as u32);
        json!({ "id": id, "name": format!("Team {}", leader + 1), "selfUri": format!("/api/v2/teams/{id}") })
    }
}

/// Items of one kind, by their position in the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    ids: IdSpace,
    path: &'static str,
    names: &'static [&'static str],
}

impl List {
    fn new(ids: IdSpace, path: &'static str, names: &'static [&'static str]) -> Self {
        Self { ids, path, names }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, position: usize) -> Option<&'static str> {
        self.names.get(position).copied()
    }

    pub(crate) fn id(&self, position: usize) -> Option<String> {
        (position < self.names.len()).then(|| self.ids.uuid(position as u32))
    }

    /// The URI of an item.
    pub(crate) fn uri(&self, position: usize) -> Option<String> {
        Some(format!("{}/{}", self.path, self.id(position)?))
    }

    /// The position of the item with this id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let position = self.ids.index_of_uuid(id)? as usize;
        (position < self.names.len()).then_some(position)
    }

    /// The position of the item with this name, ignoring case.
    pub(crate) fn find_name(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// Id, name and URI.
    pub(crate) fn entity(&self, position: usize) -> Option<Value> {
        Some(json!({ "id": self.id(position)?, "name": self.name(position)?, "selfUri": self.uri(position)? }))
    }
}

/// All stations, by number. The first ones are those of the sample people, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stations {
    ids: IdSpace,
    lines: IdSpace,
    people: u64,
}

impl Stations {
    pub(crate) fn len(self) -> u64 {
        self.people + SPARE_STATIONS
    }

    pub(crate) fn id(self, station: u64) -> String {
        self.ids.uuid(station as u32)
    }

    /// The number of the station with this id.
    pub(crate) fn find(self, id: &str) -> Option<u64> {
        self.ids.index_of_uuid(id).map(u64::from).filter(|station| *station < self.len())
    }

    /// The line appearance of a station, by id.
    pub(crate) fn line(self, station: u64) -> String {
        self.lines.uuid(station as u32)
    }

    /// The number of the station with this line appearance.
    pub(crate) fn find_line(self, line: &str) -> Option<u64> {
        self.lines.index_of_uuid(line).map(u64::from).filter(|station| *station < self.len())
    }

    /// The name of a station. The names are in the order of the numbers.
    pub(crate) fn name(self, station: u64) -> String {
        format!("Station {:05}", station + 1)
    }

    /// A station without its users.
    pub(crate) fn entity(self, station: u64) -> Value {
        json!({
            "id": self.id(station), "name": self.name(station), "type": "inin_webrtc_softphone",
            "webRtcCallAppearances": 10,
        })
    }
}

/// Adds what all queues have in common.
fn describe_queue(queue: &mut Value) {
    let media = json!({ "alertingTimeoutSeconds": 30, "serviceLevel": { "percentage": 0.8, "durationMs": 20_000 } });
    queue["dateCreated"] = json!(MADE);
    queue["dateModified"] = json!(MADE);
    queue["mediaSettings"] =
        json!({ "call": media, "callback": media, "chat": media, "email": media, "message": media });
    queue["acwSettings"] = json!({ "wrapupPrompt": "OPTIONAL" });
    queue["skillEvaluationMethod"] = json!("ALL");
    queue["scoringMethod"] = json!("TimestampAndPriority");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_map_back_to_their_position_and_differ_between_lists_and_seeds() {
        let reference = Reference::new(7, 10);
        let lists = |reference: Reference| {
            [
                reference.skills(),
                reference.languages(),
                reference.queues(),
                reference.divisions(),
                reference.roles(),
                reference.groups(),
                reference.locations(),
                reference.presences(),
                reference.presence_sources(),
                reference.skill_groups(),
            ]
        };
        let mut seen = std::collections::BTreeSet::new();
        for list in lists(reference).into_iter().chain(lists(Reference::new(8, 10))) {
            assert!(list.len() > 3);
            for position in 0..list.len() {
                let id = list.id(position).unwrap_or_default();
                assert_eq!(list.find(&id), Some(position));
                assert!(seen.insert(id));
            }
            assert_eq!((list.id(list.len()), list.find("nothing")), (None, None));
        }
    }

    #[test]
    fn every_role_has_permissions_every_skill_group_a_rule_and_every_presence_a_label() {
        let reference = Reference::new(7, 10);
        assert!((0..reference.presences().len()).all(|presence| reference.presence_label(presence).is_some()));
        assert!((0..reference.roles().len()).all(|role| !reference.permissions(role).is_empty()));
        for group in 0..reference.skill_groups().len() {
            let group = reference.skill_group(group).map(|group| (group.skill, group.proficiency));
            assert!(group.is_some_and(|(skill, least)| skill < reference.skills().len() && (1..=5).contains(&least)));
        }
    }
}
