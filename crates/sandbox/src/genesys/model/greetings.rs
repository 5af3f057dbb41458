//! Greetings that callers of users hear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::counter::Counter;
use crate::genesys::reference::MADE;

/// All greetings by number. The first person has one from the start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Greetings {
    created: Counter,
    pub(crate) greetings: BTreeMap<u32, Greeting>,
    /// The default greetings of users, by type.
    pub(crate) defaults: BTreeMap<u64, BTreeMap<String, u32>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// The user whose greeting it is.
    pub(crate) owner: u64,
    /// What it is for.
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    /// The text that is spoken.
    pub(crate) text: Option<String>,
    /// The recording, as it was sent.
    pub(crate) audio: Option<Value>,
    pub(crate) created: String,
    pub(crate) modified: Option<String>,
}

impl Greetings {
    pub(crate) fn new(people: u64) -> Self {
        let mut greetings = Self::default();
        if people > 0 {
            let first = Greeting {
                kind: "VOICEMAIL".to_owned(),
                name: Some("Voicemail".to_owned()),
                text: Some("Please leave a message.".to_owned()),
                created: MADE.to_owned(),
                ..Greeting::default()
            };
            greetings.defaults.insert(0, BTreeMap::from([(first.kind.clone(), 0)]));
            greetings.greetings.insert(0, first);
        }
        greetings
    }

    /// Adds a greeting and returns its number.
    pub(crate) fn add(&mut self, greeting: Greeting) -> u32 {
        let number = self.created.next();
        self.greetings.insert(number, greeting);
        number
    }

    /// Removes a greeting, also as a default.
    pub(crate) fn remove(&mut self, number: u32) {
        self.greetings.remove(&number);
        self.forget_default(number);
    }

    /// Ends that a greeting is the default of its type.
    pub(crate) fn forget_default(&mut self, number: u32) {
        self.defaults.values_mut().for_each(|defaults| defaults.retain(|_, held| *held != number));
    }
}
