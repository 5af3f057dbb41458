//! Reference data that every site has: facilities, organizations, competencies, job profiles and resources.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::lms::node::Node;
use crate::lms::samples::{Samples, load};

/// A training facility.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facility {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    pub(crate) rooms: u32,
}

pub(crate) static FACILITIES: Samples<Facility> = Samples::new(|| load(include_str!("../samples/facilities.json")));

/// An organization; the one above it is named by id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parent: Option<&'static str>,
    /// Descriptions of its attributes.
    #[serde(default)]
    pub(crate) attributes: Vec<&'static str>,
}

/// The id of the topmost organization, and the one that means the topmost catalog.
pub(crate) const ROOT: &str = "*ROOT*";

/// Each organization comes after the one above it. Every department of the sample people is one.
pub(crate) static ORGANIZATIONS: Samples<Organization> =
    Samples::new(|| load(include_str!("../samples/organizations.json")));

impl Organization {
    /// The organization of this id.
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        ORGANIZATIONS.iter().find(|organization| organization.id == id)
    }

    /// The organization of a department of the sample people.
    pub(crate) fn of_department(department: &str) -> Option<&'static Self> {
        ORGANIZATIONS.iter().find(|organization| organization.description == department)
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &'static Self> {
        ORGANIZATIONS.iter().filter(|organization| organization.parent == Some(self.id))
    }

    /// Whether this is the other one or below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.id == other.id || self.parent.and_then(Self::find).is_some_and(|parent| parent.is_within(other))
    }
}

/// A competency. Whoever completes its modules has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Competency {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) modules: Vec<&'static str>,
    /// Modules that count in place of one of those.
    #[serde(default)]
    pub(crate) substitutes: BTreeMap<&'static str, &'static str>,
}

pub(crate) static COMPETENCIES: Samples<Competency> =
    Samples::new(|| load(include_str!("../samples/competencies.json")));

impl Competency {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        COMPETENCIES.iter().find(|competency| competency.id == id)
    }

    pub(crate) fn description(&self) -> String {
        format!("Whoever has the competency {} can do what it says.", self.code)
    }

    pub(crate) fn node(&self) -> Node {
        Node::new("competency")
            .text("id", self.id)
            .text("code", self.code)
            .text("name", self.name)
            .text("description", self.description())
            .list("modules", self.modules.iter().map(|id| Node::leaf("moduleId", *id)))
    }
}

/// A job profile and the competencies that it requires; the last one of several is optional.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobProfile {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// The catalog that lists it.
    pub(crate) catalog: &'static str,
    pub(crate) competencies: Vec<&'static str>,
}

/// Sample people have the job profile that is named like their title.
pub(crate) static JOB_PROFILES: Samples<JobProfile> =
    Samples::new(|| load(include_str!("../samples/job_profiles.json")));

impl JobProfile {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        JOB_PROFILES.iter().find(|profile| profile.id == id)
    }

    pub(crate) fn of_title(title: &str) -> Option<&'static Self> {
        JOB_PROFILES.iter().find(|profile| profile.name == title)
    }

    pub(crate) fn competencies(&self) -> impl Iterator<Item = (&'static Competency, bool)> {
        let several = self.competencies.len() > 1;
        let last = self.competencies.len().saturating_sub(1);
        let found = self.competencies.iter().enumerate();
        found.filter_map(move |(index, id)| Some((Competency::find(id)?, several && index == last)))
    }

    pub(crate) fn description(&self) -> String {
        format!("What a {} has to be able to do.", self.name)
    }

    pub(crate) fn node(&self) -> Node {
        Node::new("jobProfile")
            .text("id", self.id)
            .text("name", self.name)
            .text("code", self.code)
            .text("description", self.description())
    }
}

/// A reference resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) path: &'static str,
    pub(crate) content: &'static str,
}

pub(crate) const RESOURCES: &[Resource] = &[
    Resource {
        id: "RES-01",
        title: "House Rules",
        media_type: "text/plain;charset=UTF-8",
        path: "resources/house-rules.txt",
        content: include_str!("../samples/resources/house-rules.txt"),
    },
    Resource {
        id: "RES-02",
        title: "Phone Phrases",
        media_type: "text/csv;charset=UTF-8",
        path: "resources/phone-phrases.csv",
        content: include_str!("../samples/resources/phone-phrases.csv"),
    },
    Resource {
        id: "RES-03",
        title: "Map of the Site",
        media_type: "image/svg+xml",
        path: "resources/map.svg",
        content: include_str!("../samples/resources/map.svg"),
    },
    Resource {
        id: "RES-04",
        title: "Safety Checklist",
        media_type: "text/html;charset=UTF-8",
        path: "resources/safety.html",
        content: include_str!("../samples/resources/safety.html"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organizations_and_competencies_that_are_referred_to_exist() {
        for organization in ORGANIZATIONS.iter() {
            let root = Organization::find(ROOT);
            assert!(root.is_some_and(|root| organization.is_within(root)), "{}", organization.id);
        }
        for profile in JOB_PROFILES.iter() {
            assert_eq!(profile.competencies().count(), profile.competencies.len(), "{}", profile.id);
        }
    }
}
