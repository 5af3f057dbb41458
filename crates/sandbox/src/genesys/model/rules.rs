//! Rules that select users by criteria.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::counter::Counter;
use crate::genesys::reference::{MADE, Reference};
use crate::ids::IdSpace;

/// All rules by number. One exists from the start, and the first learning module uses it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rules {
    created: Counter,
    /// Criteria and their conditions have ids of their own.
    pub(crate) parts: Counter,
    pub(crate) rules: BTreeMap<u32, Rule>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// What it is used for.
    pub(crate) kind: String,
    /// As the service shows them.
    pub(crate) criteria: Vec<Value>,
    pub(crate) created: String,
    pub(crate) created_by: Option<u64>,
    pub(crate) modified: Option<String>,
    pub(crate) modified_by: Option<u64>,
    /// The learning modules that use it, by position.
    pub(crate) modules: Vec<usize>,
}

impl Rules {
    pub(crate) fn new(seed: u64) -> Self {
        let home = Reference::new(seed, 0).divisions().id(0);
        let parts = IdSpace::new(seed, "rule part");
        let first = Rule {
            name: "Home division".to_owned(),
            kind: "Learning".to_owned(),
            criteria: vec![json!({
                "id": parts.uuid(u32::MAX), "operator": "Or",
                "group": [{
                    "id": parts.uuid(u32::MAX - 1), "operator": "And", "container": "Division", "values": [{ "ids": [home] }],
                }],
            })],
            created: MADE.to_owned(),
            modules: vec![0],
            ..Rule::default()
        };
        Self { rules: BTreeMap::from([(0, first)]), ..Self::default() }
    }

    /// Adds a rule and returns its number.
    pub(crate) fn add(&mut self, rule: Rule) -> u32 {
        let number = self.created.next();
        self.rules.insert(number, rule);
        number
    }
}
