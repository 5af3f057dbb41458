//! Accounts of the site, and how they look in answers.

use super::sample::Organization;
use super::tree::Tree;
use crate::credentials::SANDBOX;
use crate::people::{People, Person};

/// An account of the site.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// One of the sample people.
    Person(Box<Person>),
    /// The account that the sandbox's credentials belong to. No listing shows it.
    Integration,
}

impl Account {
    pub(super) fn login(&self) -> &str {
        match self {
            Self::Person(person) => &person.login,
            Self::Integration => SANDBOX.lms_user,
        }
    }

    pub(super) fn is_integration(&self) -> bool {
        matches!(self, Self::Integration)
    }

    pub(super) fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Integration => None,
        }
    }

    /// A shared account has one name, which the LMS keeps as the family name.
    pub(super) fn family(&self) -> &str {
        match self {
            Self::Person(person) if person.family.is_empty() => &person.given,
            Self::Person(person) => &person.family,
            Self::Integration => "Account",
        }
    }

    pub(super) fn given(&self) -> Option<&str> {
        match self {
            Self::Person(person) if person.family.is_empty() => None,
            Self::Person(person) => Some(&person.given),
            Self::Integration => Some("Integration"),
        }
    }

    pub(super) fn name(&self) -> String {
        let given = self.given().map(|given| format!("{given} ")).unwrap_or_default();
        given + self.family()
    }

    pub(super) fn email(&self) -> String {
        match self {
            Self::Person(person) => person.email(),
            Self::Integration => format!("{}@example.com", SANDBOX.lms_user),
        }
    }

    pub(super) fn status(&self) -> &'static str {
        match self {
            Self::Person(person) if !person.active => "inactive",
            _ => "active",
        }
    }

    pub(super) fn organization(&self) -> Option<&'static Organization> {
        Organization::of_department(self.person()?.department)
    }

    /// Id and names, as those who teach or assess are named.
    pub(super) fn reference(&self, name: &'static str) -> Tree {
        Tree::new(name).text("id", self.login()).text("family", self.family()).some("given", self.given())
    }

    /// All fields, those of an empty value left out.
    pub(super) fn tree(&self, people: People) -> Tree {
        let base = Tree::new("user")
            .text("id", self.login())
            .text("family", self.family())
            .some("given", self.given())
            .text("email", self.email())
            .text("status", self.status());
        let role = |id: &str| Tree::new("primaryRole").text("id", id);
        let Some(person) = self.person() else { return base.with(role("administrator")) };
        let department = person.department.to_uppercase();
        let organization = self.organization().map(|organization| {
            Tree::new("organization")
                .text("id", organization.id)
                .text("code", organization.code)
                .text("description", organization.description)
        });
        let manager = person.manager.and_then(|index| people.get(index)).filter(Person::has_lms_account);
        base.text("employeeNumber", &person.employee_number)
            .with(Tree::new("country").text("code", "US").text("name", "United States"))
            .text("phone", &person.phone)
            .text("jobTitle", person.title)
            .with(role("learner"))
            .with_some(organization)
            .with_some(manager.map(|manager| Tree::new("directAppraiser").text("id", manager.login)))
            .text("departmentId", department)
            .text("departmentName", person.department)
            .text("costCenter", format!("CC-{}", 100 + person.index % 7))
            .list("attributes", [])
    }
}
