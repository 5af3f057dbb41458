//! Accounts of the site, and how they look in answers.

use super::sample::{FACILITIES, Organization};
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
        let extras = self.person().map(Extras::of).unwrap_or_default();
        let base = Tree::new("user")
            .text("id", self.login())
            .text("family", self.family())
            .some("given", self.given())
            .some("middle", extras.middle)
            .some("prefix", extras.prefix)
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
        let address = extras.address.as_ref();
        base.text("employeeNumber", &person.employee_number)
            .some("address1", address.map(|address| address.street.as_str()))
            .some("address2", address.and_then(|address| address.floor.as_deref()))
            .some("city", address.map(|address| address.city))
            .some("provinceState", address.map(|_| "NY"))
            .some("postalCodeZip", address.map(|address| address.zip.as_str()))
            .with(Tree::new("country").text("code", "US").text("name", "United States"))
            .text("phone", &person.phone)
            .text("jobTitle", person.title)
            .with(role("learner"))
            .with_some(organization)
            .with_some(manager.map(|manager| Tree::new("directAppraiser").text("id", manager.login)))
            .text("departmentId", department)
            .text("departmentName", person.department)
            .text("costCenter", format!("CC-{}", 100 + person.index % 7))
            .list("attributes", extras.attributes.iter().map(|text| Tree::new("attribute").text("description", *text)))
    }
}

/// What only some people have: a client must not rely on it.
#[derive(Debug, Default)]
struct Extras {
    middle: Option<&'static str>,
    prefix: Option<&'static str>,
    address: Option<Address>,
    attributes: &'static [&'static str],
}

#[derive(Debug)]
struct Address {
    street: String,
    floor: Option<String>,
    city: &'static str,
    zip: String,
}

impl Extras {
    fn of(person: &Person) -> Self {
        let index = person.index;
        let is_one = !person.family.is_empty();
        let facility = FACILITIES.get((index % FACILITIES.len() as u64) as usize);
        Self {
            middle: (is_one && index % 9 == 5).then_some("J."),
            prefix: (is_one && index % 31 == 7).then_some("Dr."),
            address: facility.filter(|_| index % 3 == 1).map(|facility| Address {
                street: format!("{} Sample Street", 1 + index % 200),
                floor: index.is_multiple_of(2).then(|| format!("Floor {}", 1 + index % 12)),
                city: facility.city,
                zip: format!("000{:02}", index % 100),
            }),
            attributes: match index % 8 {
                2 => &["Early shift"],
                5 => &["Late shift", "Knows <first> aid & more"],
                _ => &[],
            },
        }
    }
}
