//! Accounts and assignments in responses.

use crate::lms::model::account::Account;
use crate::lms::model::assignment::Assignment;
use crate::lms::model::imported::Imported;
use crate::lms::model::reference::{FACILITIES, Organization};
use crate::lms::node::Node;
use crate::lms::render::attributes;
use crate::lms::store::Store;
use crate::people::{People, Person};

impl Account {
    /// Id and names, as those who teach or assess are named.
    pub(crate) fn reference(&self, name: &'static str) -> Node {
        Node::new(name).text("id", self.login()).text("family", self.family()).some("given", self.given())
    }

    /// All fields, those of an empty value left out.
    pub(crate) fn node(&self, people: People) -> Node {
        if let Self::Imported(imported) = self {
            return imported.node();
        }
        let extras = self.person().map(Extras::of).unwrap_or_default();
        let base = Node::new("user")
            .text("id", self.login())
            .text("family", self.family())
            .some("given", self.given())
            .some("middle", extras.middle)
            .some("prefix", extras.prefix)
            .text("email", self.email())
            .text("status", self.status());
        let role = |id: &str| Node::new("primaryRole").text("id", id);
        let Some(person) = self.person() else { return base.with(role("administrator")) };
        let department = person.department.to_uppercase();
        let manager = person.manager.and_then(|index| people.get(index)).filter(Person::has_lms_account);
        let address = extras.address.as_ref();
        base.text("employeeNumber", &person.employee_number)
            .some("address1", address.map(|address| address.street.as_str()))
            .some("address2", address.and_then(|address| address.floor.as_deref()))
            .some("city", address.map(|address| address.city))
            .some("provinceState", address.map(|_| "NY"))
            .some("postalCodeZip", address.map(|address| address.zip.as_str()))
            .with(Node::new("country").text("code", "US").text("name", "United States"))
            .text("phone", &person.phone)
            .text("jobTitle", person.title)
            .with(role("learner"))
            .with_some(self.organization().map(Organization::of_user))
            .with_some(manager.map(|manager| Node::new("directAppraiser").text("id", manager.login)))
            .text("departmentId", department)
            .text("departmentName", person.department)
            .text("costCenter", format!("CC-{}", 100 + person.index % 7))
            .list("attributes", attributes(extras.attributes.iter().copied()))
    }
}

impl Imported {
    fn node(&self) -> Node {
        // An object is left out if none of its fields is known.
        let object = |name, fields: &[(&'static str, &str)]| {
            let known = fields.iter().any(|(_, path)| self.text(path).is_some());
            known.then(|| fields.iter().fold(Node::new(name), |node, (field, path)| node.some(field, self.text(path))))
        };
        let organization = self.organization().map(Organization::of_user).or_else(|| {
            let fields = [
                ("id", "organization.id"),
                ("code", "organization.code"),
                ("description", "organization.description"),
                ("parent", "organization.parent"),
            ];
            object("organization", &fields)
        });
        let names = ["given", "middle", "other", "prefix", "email"];
        let base = Node::new("user").text("id", &self.login).text("family", &self.family);
        let base = names.into_iter().fold(base, |node, name| node.some(name, self.text(name)));
        let base = base.text("status", if self.active { "active" } else { "inactive" });
        let place = ["employeeNumber", "address1", "address2", "city", "provinceState", "postalCodeZip"];
        place
            .into_iter()
            .fold(base, |node, name| node.some(name, self.text(name)))
            .with_some(object("country", &[("code", "country.code"), ("name", "country.name")]))
            .some("phone", self.text("phone"))
            .some("jobTitle", self.text("jobTitle"))
            .with_some(object("primaryRole", &[("id", "primaryRole.id")]))
            .with_some(organization)
            .with_some(object("directAppraiser", &[("id", "directAppraiser.id")]))
            .some("departmentId", self.text("departmentId"))
            .some("departmentName", self.text("departmentName"))
            .some("costCenter", self.text("costCenter"))
            .list("attributes", attributes(self.attributes.iter().map(String::as_str)))
    }
}

impl Organization {
    /// The organization as a user has it. Whether the one above it is an id or an object is not published.
    fn of_user(&self) -> Node {
        Node::new("organization")
            .text("id", self.id)
            .text("code", self.code)
            .text("description", self.description)
            .some("parent", self.parent)
    }
}

impl Assignment {
    pub(crate) fn node(&self, store: &Store) -> Node {
        let groups = |names: Vec<String>, name| names.into_iter().map(move |text| Node::leaf(name, text));
        Node::new("assignment")
            .text("id", &self.id)
            .text("code", &self.code)
            .text("userId", self.account.login())
            .flag("primary", self.primary)
            .some("jobTitle", self.account.title())
            .some("organizationId", self.account.organization_id())
            .list("groups", groups(store.groups.of(&self.id), "group"))
            .list("supervisedGroups", groups(store.groups.supervised_by(&self.id), "supervisedGroup"))
            .list("jobProfiles", store.profiles.of(self).map(|profile| Node::leaf("jobProfile", profile.id)))
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
