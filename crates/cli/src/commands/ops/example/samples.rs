//! What examples are about: things that the embedded sandbox has, with its default people and seed. Against a real
//! account, the ids are all that has to be replaced.

use rosterkit_core::catalog::{Kind, ParameterEntry};
use serde_json::{Value, json};

use super::{genesys_users, peoplefluent_lms, session_clusters};

/// The samples of one API.
#[derive(Debug)]
pub(super) struct Samples {
    /// Parameters and properties that mean the same wherever they stand: name and value.
    pub(super) shared: &'static [(&'static str, &'static str)],
    /// Parameters of one operation: operation, name and value. Those that need not be sent are sent nevertheless.
    pub(super) parameters: &'static [(&'static str, &'static str, &'static str)],
    /// The bodies of operations.
    pub(super) bodies: &'static [(&'static str, &'static str)],
}

/// An operation that takes a file, and the one that gives such a file.
pub(super) const GIVEN_BY: &[(&str, &str)] = &[("contentPackageImporter", "contentPackage")];

const NONE: Samples = Samples { shared: &[], parameters: &[], bodies: &[] };

pub(super) fn of(api: &str) -> &'static Samples {
    match api {
        "genesys-users" => &genesys_users::SAMPLES,
        "peoplefluent-lms" => &peoplefluent_lms::SAMPLES,
        "session-clusters" => &session_clusters::SAMPLES,
        _ => &NONE,
    }
}

impl Samples {
    /// Whether an operation has a sample of a parameter for itself.
    pub(super) fn has_own(&self, operation: &str, parameter: &str) -> bool {
        self.parameters.iter().any(|(owner, name, _)| (*owner, *name) == (operation, parameter))
    }

    /// The value of a parameter or property.
    pub(super) fn text(&self, operation: &str, name: &str) -> Option<&'static str> {
        let own = self.parameters.iter().find(|(owner, own, _)| (*owner, *own) == (operation, name));
        let shared = || self.shared.iter().find(|(shared, _)| *shared == name).map(|(_, value)| *value);
        own.map(|(_, _, value)| *value).or_else(shared)
    }

    /// The value of a parameter, as JSON.
    pub(super) fn value(&self, operation: &str, parameter: &ParameterEntry) -> Option<Value> {
        let text = self.text(operation, parameter.name)?;
        match parameter.kind {
            Kind::Integer | Kind::Number | Kind::Boolean | Kind::Object => serde_json::from_str(text).ok(),
            Kind::String | Kind::Date | Kind::DateTime | Kind::File => Some(json!(text)),
        }
    }

    pub(super) fn body(&self, operation: &str) -> Option<&'static str> {
        self.bodies.iter().find(|(owner, _)| *owner == operation).map(|(_, body)| *body)
    }
}
