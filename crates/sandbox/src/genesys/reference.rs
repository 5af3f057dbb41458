//! What users refer to: skills, languages, queues, divisions, roles, groups, locations, presences, skill groups and
//! stations.
//!
//! No operation of the API creates or changes any of these, so they are fixed: the names are the same in every sandbox,
//! the ids follow from the seed.

mod list;
mod names;
mod queues;
mod roles;
mod skill_groups;
mod stations;

use serde_json::{Value, json};

pub(crate) use self::list::List;
pub(crate) use self::skill_groups::SkillGroup;
pub(crate) use self::stations::Stations;
use crate::ids::IdSpace;

/// When everything here was made.
pub(crate) const MADE: &str = "2024-01-08T09:00:00.000Z";

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
        self.list("skill", "/api/v2/routing/skills", names::SKILLS)
    }

    /// Routing languages.
    pub(crate) fn languages(self) -> List {
        self.list("language", "/api/v2/routing/languages", names::LANGUAGES)
    }

    /// Queues. Each belongs to the division that [`queue_division`](Self::queue_division) gives.
    pub(crate) fn queues(self) -> List {
        self.list("queue", "/api/v2/routing/queues", queues::NAMES)
    }

    /// The division of a queue, as a place in [`divisions`](Self::divisions).
    pub(crate) fn queue_division(self, queue: usize) -> usize {
        queue % self.divisions().len()
    }

    /// A queue as those that list queues show it, without members.
    pub(crate) fn queue(self, queue: usize) -> Option<Value> {
        let mut shown = self.queues().entity(queue)?;
        shown["division"] = self.divisions().entity(self.queue_division(queue))?;
        queues::describe(&mut shown);
        Some(shown)
    }

    /// Divisions; the first is the home division, to which users belong unless they were created in another.
    pub(crate) fn divisions(self) -> List {
        self.list("division", "/api/v2/authorization/divisions", names::DIVISIONS)
    }

    /// Roles; everybody has the first.
    pub(crate) fn roles(self) -> List {
        self.list("role", "/api/v2/authorization/roles", roles::NAMES)
    }

    /// The permissions of a role.
    pub(crate) fn permissions(self, role: usize) -> &'static [&'static str] {
        roles::PERMISSIONS.get(role).copied().unwrap_or_default()
    }

    /// Groups of users.
    pub(crate) fn groups(self) -> List {
        self.list("group", "/api/v2/groups", names::GROUPS)
    }

    /// Sites of the organization.
    pub(crate) fn locations(self) -> List {
        self.list("location", "/api/v2/locations", names::LOCATIONS)
    }

    /// Presences that users can choose, with the name of the system's presence behind each.
    pub(crate) fn presences(self) -> List {
        self.list("presence", "/api/v2/presence/definitions", names::PRESENCES)
    }

    /// A presence as a user's presence refers to it.
    pub(crate) fn presence(self, presence: usize) -> Option<Value> {
        let list = self.presences();
        let (id, name) = (list.id(presence)?, list.name(presence)?);
        Some(json!({ "id": id, "systemPresence": name, "selfUri": list.uri(presence)? }))
    }

    /// Groups to which users belong by their skills.
    pub(crate) fn skill_groups(self) -> List {
        self.list("skill group", "/api/v2/routing/skillgroups", skill_groups::NAMES)
    }

    /// What makes a user a member of a skill group.
    pub(crate) fn skill_group(self, group: usize) -> Option<&'static SkillGroup> {
        skill_groups::GROUPS.get(group)
    }

    /// Phones.
    pub(crate) fn stations(self) -> Stations {
        Stations::new(IdSpace::new(self.seed, "station"), self.people)
    }

    /// Teams are led by managers and as many as there are people who could lead one: the id of that of this person.
    pub(crate) fn team(self, leader: u64) -> Value {
        let id = IdSpace::new(self.seed, "team").uuid(leader as u32);
        json!({ "id": id, "name": format!("Team {}", leader + 1), "selfUri": format!("/api/v2/teams/{id}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_their_place_and_differ_between_lists_and_seeds() {
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
                reference.skill_groups(),
            ]
        };
        let mut seen = std::collections::BTreeSet::new();
        for list in lists(reference).into_iter().chain(lists(Reference::new(8, 10))) {
            assert!(list.len() > 3);
            for place in 0..list.len() {
                let id = list.id(place).unwrap_or_default();
                assert_eq!(list.find(&id), Some(place));
                assert!(seen.insert(id));
            }
            assert_eq!((list.id(list.len()), list.find("nothing")), (None, None));
        }
    }

    #[test]
    fn every_role_has_permissions_and_every_skill_group_a_rule() {
        let reference = Reference::new(7, 10);
        assert!((0..reference.roles().len()).all(|role| !reference.permissions(role).is_empty()));
        for group in 0..reference.skill_groups().len() {
            let group = reference.skill_group(group).map(|group| (group.skill, group.proficiency));
            assert!(group.is_some_and(|(skill, least)| skill < reference.skills().len() && (1..=5).contains(&least)));
        }
    }
}
