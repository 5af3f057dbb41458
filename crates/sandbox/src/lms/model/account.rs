//! Accounts of the site.

use crate::credentials::SANDBOX;
use crate::lms::model::reference::Organization;
use crate::people::Person;

/// An account of the site.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// One of the sample people.
    Person(Box<Person>),
    /// The account that the sandbox's credentials belong to. No listing shows it.
    Integration,
}

impl Account {
    pub(crate) fn login(&self) -> &str {
        match self {
            Self::Person(person) => &person.login,
            Self::Integration => SANDBOX.lms_user,
        }
    }

    pub(crate) fn is_integration(&self) -> bool {
        matches!(self, Self::Integration)
    }

    pub(crate) fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Integration => None,
        }
    }

    /// A shared account has one name, which the LMS keeps as the family name.
    pub(crate) fn family(&self) -> &str {
        match self {
            Self::Person(person) if person.family.is_empty() => &person.given,
            Self::Person(person) => &person.family,
            Self::Integration => "Account",
        }
    }

    pub(crate) fn given(&self) -> Option<&str> {
        match self {
            Self::Person(person) if person.family.is_empty() => None,
            Self::Person(person) => Some(&person.given),
            Self::Integration => Some("Integration"),
        }
    }

    pub(crate) fn name(&self) -> String {
        let given = self.given().map(|given| format!("{given} ")).unwrap_or_default();
        given + self.family()
    }

    pub(crate) fn email(&self) -> String {
        match self {
            Self::Person(person) => person.email(),
            Self::Integration => format!("{}@example.com", SANDBOX.lms_user),
        }
    }

    pub(crate) fn status(&self) -> &'static str {
        match self {
            Self::Person(person) if !person.active => "inactive",
            _ => "active",
        }
    }

    pub(crate) fn organization(&self) -> Option<&'static Organization> {
        Organization::of_department(self.person()?.department)
    }
}
