//! Accounts of the site.

use std::sync::Arc;

use crate::credentials::SANDBOX;
use crate::lms::model::imported::Imported;
use crate::lms::model::reference::Organization;
use crate::people::Person;

/// An account of the site.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// One of the sample people.
    Person(Box<Person>),
    /// One from a file of people.
    Imported(Arc<Imported>),
    /// The account that the sandbox's credentials belong to. No listing shows it.
    Integration,
}

impl Account {
    pub(crate) fn login(&self) -> &str {
        match self {
            Self::Person(person) => &person.login,
            Self::Imported(imported) => &imported.login,
            Self::Integration => SANDBOX.lms_user,
        }
    }

    pub(crate) fn is_integration(&self) -> bool {
        matches!(self, Self::Integration)
    }

    pub(crate) fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Imported(_) | Self::Integration => None,
        }
    }

    /// The number of the account: those from files come after the sample people.
    pub(crate) fn index(&self) -> Option<u64> {
        match self {
            Self::Person(person) => Some(person.index),
            Self::Imported(imported) => Some(imported.index),
            Self::Integration => None,
        }
    }

    /// A shared account has one name, which the LMS keeps as the family name.
    pub(crate) fn family(&self) -> &str {
        match self {
            Self::Person(person) if person.family.is_empty() => &person.given,
            Self::Person(person) => &person.family,
            Self::Imported(imported) => &imported.family,
            Self::Integration => "Account",
        }
    }

    pub(crate) fn given(&self) -> Option<&str> {
        match self {
            Self::Person(person) if person.family.is_empty() => None,
            Self::Person(person) => Some(&person.given),
            Self::Imported(imported) => imported.text("given"),
            Self::Integration => Some("Integration"),
        }
    }

    pub(crate) fn name(&self) -> String {
        let given = self.given().map(|given| format!("{given} ")).unwrap_or_default();
        given + self.family()
    }

    /// Empty for an account from a file without one.
    pub(crate) fn email(&self) -> String {
        match self {
            Self::Person(person) => person.email(),
            Self::Imported(imported) => imported.text("email").unwrap_or_default().to_owned(),
            Self::Integration => format!("{}@example.com", SANDBOX.lms_user),
        }
    }

    pub(crate) fn status(&self) -> &'static str {
        match self {
            Self::Person(person) if !person.active => "inactive",
            Self::Imported(imported) if !imported.active => "inactive",
            _ => "active",
        }
    }

    pub(crate) fn title(&self) -> Option<&str> {
        match self {
            Self::Person(person) => Some(person.title),
            Self::Imported(imported) => imported.text("jobTitle"),
            Self::Integration => None,
        }
    }

    pub(crate) fn department(&self) -> Option<&str> {
        match self {
            Self::Person(person) => Some(person.department),
            Self::Imported(imported) => imported.text("departmentName"),
            Self::Integration => None,
        }
    }

    /// The organization, if it is one of the site's own: an account from a file can be in another.
    pub(crate) fn organization(&self) -> Option<&'static Organization> {
        match self {
            Self::Person(person) => Organization::of_department(person.department),
            Self::Imported(imported) => imported.organization(),
            Self::Integration => None,
        }
    }

    pub(crate) fn organization_id(&self) -> Option<&str> {
        let own = self.organization().map(|organization| organization.id);
        own.or_else(|| match self {
            Self::Imported(imported) => imported.text("organization.id"),
            Self::Person(_) | Self::Integration => None,
        })
    }
}
