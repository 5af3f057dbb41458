//! Second factors: one-time passwords and security keys.

use std::collections::BTreeMap;

use genesys_users::types::TotpAlgorithm;
use serde::{Deserialize, Serialize};

use super::totp::Totp;
use crate::counter::Counter;
use crate::ids::IdSpace;
use crate::people::People;
use crate::random::Draw;

pub(crate) const DEFAULT_DIGITS: i64 = 6;
/// Seconds.
pub(crate) const DEFAULT_PERIOD: i64 = 30;
/// Bytes.
pub(crate) const DEFAULT_SECRET: i64 = 20;

/// The verifiers of users where they have been changed; every tenth of the sample people has one from the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Verifiers {
    pub(crate) by_user: BTreeMap<u64, BTreeMap<String, Verifier>>,
    /// The challenges of registrations that have begun, by user.
    pub(crate) challenges: BTreeMap<u64, String>,
    /// How many ids and challenges have been issued.
    given: Counter,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Verifier {
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) default: bool,
    /// `None` for a security key.
    pub(crate) totp: Option<Totp>,
}

impl Verifiers {
    pub(crate) fn next(&mut self) -> u32 {
        self.given.next()
    }

    pub(crate) fn of(&self, people: People, user: u64) -> BTreeMap<String, Verifier> {
        self.by_user.get(&user).cloned().unwrap_or_else(|| original(people, user))
    }

    pub(crate) fn add(&mut self, people: People, user: u64, id: &str, verifier: Verifier) {
        let mut verifiers = self.of(people, user);
        if verifier.default {
            verifiers.values_mut().for_each(|other| other.default = false);
        }
        verifiers.insert(id.to_owned(), verifier);
        self.by_user.insert(user, verifiers);
    }
}

/// The verifiers that a user has from the start.
fn original(people: People, user: u64) -> BTreeMap<String, Verifier> {
    if !people.is_equipped(user) {
        return BTreeMap::new();
    }
    let mut draw = Draw::new(people.seed, "first totp", user);
    let secret = (0..DEFAULT_SECRET).map(|_| draw.next() as u8).collect();
    let (digits, period) = (DEFAULT_DIGITS as u32, DEFAULT_PERIOD as u64);
    let totp = Totp { algorithm: TotpAlgorithm::Sha1, digits, period, secret };
    let verifier = Verifier { name: "Authenticator app".to_owned(), enabled: true, default: true, totp: Some(totp) };
    BTreeMap::from([(IdSpace::new(people.seed, "first verifier").uuid(user as u32), verifier)])
}
