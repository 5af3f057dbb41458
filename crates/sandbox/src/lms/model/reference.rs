//! Small things that every site has from the start: organizations, facilities, job profiles, competencies, resources.

use crate::lms::node::Node;

/// A training facility.
#[derive(Debug)]
pub(crate) struct Facility {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    pub(crate) rooms: u32,
}

pub(crate) const FACILITIES: &[Facility] = &[
    Facility { id: "FAC-NORTH", name: "Training Center North", city: "Northtown", rooms: 6 },
    Facility { id: "FAC-SOUTH", name: "Training Center South", city: "Southport", rooms: 4 },
    Facility { id: "FAC-EAST", name: "Learning Lab East", city: "Eastfield", rooms: 2 },
    Facility { id: "FAC-WEST", name: "Workshop West", city: "Westbridge", rooms: 3 },
];

/// An organization; the one above it is named by id.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parent: Option<&'static str>,
}

/// What stands for the topmost organization or catalog.
pub(crate) const ROOT: &str = "*ROOT*";

const fn organization(
    id: &'static str,
    code: &'static str,
    description: &'static str,
    parent: &'static str,
) -> Organization {
    Organization { id, code, description, parent: Some(parent) }
}

/// The organizations, each after the one above it. Every department of the sample people is one.
pub(crate) const ORGANIZATIONS: &[Organization] = &[
    Organization { id: "ORG-ROOT", code: "ROOT", description: "Example Company", parent: None },
    organization("ORG-CUSTOMERS", "CUSTOMERS", "Customers", "ORG-ROOT"),
    organization("ORG-OPERATIONS", "OPERATIONS", "Operations", "ORG-ROOT"),
    organization("ORG-SERVICE", "SERVICE", "Service", "ORG-CUSTOMERS"),
    organization("ORG-SALES", "SALES", "Sales", "ORG-CUSTOMERS"),
    organization("ORG-CLAIMS", "CLAIMS", "Claims", "ORG-CUSTOMERS"),
    organization("ORG-LOGISTICS", "LOGISTICS", "Logistics", "ORG-OPERATIONS"),
    organization("ORG-TRAINING", "TRAINING", "Training", "ORG-OPERATIONS"),
    organization("ORG-FINANCE", "FINANCE", "Finance", "ORG-OPERATIONS"),
];

impl Organization {
    /// The organization of this id, or the topmost one for `*ROOT*`.
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        ORGANIZATIONS.iter().find(|organization| organization.id == id || (id == ROOT && organization.parent.is_none()))
    }

    /// The organization of a department of the sample people.
    pub(crate) fn of_department(department: &str) -> Option<&'static Self> {
        ORGANIZATIONS.iter().find(|organization| organization.description == department)
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &'static Self> {
        ORGANIZATIONS.iter().filter(|organization| organization.parent == Some(self.id))
    }

    /// Whether this is the other or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.id == other.id || self.parent.and_then(Self::find).is_some_and(|parent| parent.is_within(other))
    }
}

/// A competency and the modules that lead to it.
#[derive(Debug)]
pub(crate) struct Competency {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) modules: &'static [&'static str],
}

const fn competency(
    id: &'static str,
    code: &'static str,
    name: &'static str,
    modules: &'static [&'static str],
) -> Competency {
    Competency { id, code, name, modules }
}

pub(crate) const COMPETENCIES: &[Competency] = &[
    competency("CMP-01", "SAFE", "Works Safely", &["SAFETY-101"]),
    competency("CMP-02", "AID", "Gives First Aid", &["SAFETY-103", "SAFETY-130"]),
    competency("CMP-03", "PRIV", "Keeps Data Private", &["PRIVACY-201", "PRIVACY-202"]),
    competency("CMP-04", "CALL", "Takes Calls", &["PHONE-110", "PHONE-112"]),
    competency("CMP-05", "CHAT", "Chats", &["CHAT-101"]),
    competency("CMP-06", "MAIL", "Writes Well", &["MAIL-101", "MAIL-102"]),
    competency("CMP-07", "SELL", "Sells", &["SALES-103", "SALES-104"]),
    competency("CMP-08", "CLAIM", "Settles Claims", &["CLAIMS-101", "CLAIMS-102"]),
    competency("CMP-09", "STOCK", "Keeps Stock", &["STOCK-101", "STOCK-103"]),
    competency("CMP-10", "TOOLS", "Masters the Tools", &["TOOLS-101", "TOOLS-102"]),
    competency("CMP-11", "LEAD", "Leads", &["LEAD-101", "LEAD-104"]),
    competency("CMP-12", "TEACH", "Teaches", &["TRAIN-101", "TRAIN-102"]),
];

impl Competency {
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        COMPETENCIES.iter().find(|competency| competency.id == id)
    }

    pub(crate) fn description(&self) -> String {
        format!("Whoever has the competency {} can do what it says.", self.code)
    }

    pub(crate) fn tree(&self) -> Node {
        Node::new("competency")
            .text("id", self.id)
            .text("code", self.code)
            .text("name", self.name)
            .text("description", self.description())
            .list("modules", self.modules.iter().map(|id| Node::leaf("moduleId", *id)))
    }
}

/// A job profile and the competencies that it asks for; the last one of several is optional.
#[derive(Debug)]
pub(crate) struct JobProfile {
    pub(crate) id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// The catalog that lists it.
    pub(crate) catalog: &'static str,
    pub(crate) competencies: &'static [&'static str],
}

const fn profile(
    id: &'static str,
    code: &'static str,
    name: &'static str,
    catalog: &'static str,
    competencies: &'static [&'static str],
) -> JobProfile {
    JobProfile { id, code, name, catalog, competencies }
}

/// The job profiles; those of the first eight names are what the sample people of these titles have from the start.
pub(crate) const JOB_PROFILES: &[JobProfile] = &[
    profile("JP-01", "AGENT", "Agent", "CAT-SERVICE", &["CMP-01", "CMP-04", "CMP-05"]),
    profile("JP-02", "SENIOR", "Senior Agent", "CAT-SERVICE", &["CMP-01", "CMP-04", "CMP-06"]),
    profile("JP-03", "LEAD", "Team Lead", "CAT-LEADERSHIP", &["CMP-01", "CMP-11"]),
    profile("JP-04", "TRAINER", "Trainer", "CAT-TRAINING", &["CMP-01", "CMP-12"]),
    profile("JP-05", "QUALITY", "Quality Analyst", "CAT-SERVICE", &["CMP-03", "CMP-06"]),
    profile("JP-06", "PLANNER", "Planner", "CAT-TOOLS", &["CMP-10"]),
    profile("JP-07", "SUPERVISOR", "Supervisor", "CAT-LEADERSHIP", &["CMP-01", "CMP-03", "CMP-11"]),
    profile("JP-08", "SPECIALIST", "Specialist", "CAT-TOOLS", &["CMP-03", "CMP-10"]),
    profile("JP-09", "SALES", "Sales Agent", "CAT-SALES", &["CMP-07", "CMP-04"]),
    profile("JP-10", "CLAIMS", "Claims Handler", "CAT-CLAIMS", &["CMP-08", "CMP-03"]),
    profile("JP-11", "STOCK", "Stock Keeper", "CAT-LOGISTICS", &["CMP-09", "CMP-01"]),
    profile("JP-12", "AID", "First Aider", "CAT-SAFETY", &["CMP-02"]),
];

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
        found.filter_map(move |(place, id)| Some((Competency::find(id)?, several && place == last)))
    }

    pub(crate) fn description(&self) -> String {
        format!("What a {} has to be able to do.", self.name)
    }

    pub(crate) fn tree(&self) -> Node {
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
        content: "Be on time.\nBe kind.\nLock your screen.\n",
    },
    Resource {
        id: "RES-02",
        title: "Phone Phrases",
        media_type: "text/csv;charset=UTF-8",
        path: "resources/phone-phrases.csv",
        content: "moment,phrase\ngreeting,\"Good morning, how can I help?\"\nclosing,Thank you for your call\n",
    },
    Resource {
        id: "RES-03",
        title: "Map of the Site",
        media_type: "image/svg+xml",
        path: "resources/map.svg",
        content: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><rect width=\"8\" height=\"8\"/></svg>",
    },
    Resource {
        id: "RES-04",
        title: "Safety Checklist",
        media_type: "text/html;charset=UTF-8",
        path: "resources/safety.html",
        content: "<!DOCTYPE html><title>Safety</title><ul><li>Exits are free<li>Alarm is tested</ul>",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_elsewhere_exists() {
        for organization in ORGANIZATIONS {
            let root = Organization::find(ROOT);
            assert!(root.is_some_and(|root| organization.is_within(root)), "{}", organization.id);
        }
        for profile in JOB_PROFILES {
            assert_eq!(profile.competencies().count(), profile.competencies.len(), "{}", profile.id);
        }
    }
}
