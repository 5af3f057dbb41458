//! The accounts from files, and the ways to find them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::lms::model::account::Account;
use crate::lms::model::imported::Imported;

/// The accounts from files, in the order of the files. No function changes an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Imported>", into = "Vec<Imported>")]
pub(crate) struct ImportedAccounts {
    /// Shared with responses that are still being written.
    all: Arc<Vec<Arc<Imported>>>,
    by_login: BTreeMap<String, usize>,
    /// By id and by code.
    by_assignment: BTreeMap<String, usize>,
    /// E-mail address in lower case, and position.
    by_email: BTreeSet<(String, usize)>,
    /// Login of the direct appraiser, and position.
    by_appraiser: BTreeSet<(String, usize)>,
}

impl From<Vec<Imported>> for ImportedAccounts {
    fn from(all: Vec<Imported>) -> Self {
        let mut accounts = Self::default();
        all.into_iter().for_each(|account| accounts.add(account));
        accounts
    }
}

impl From<ImportedAccounts> for Vec<Imported> {
    fn from(accounts: ImportedAccounts) -> Self {
        accounts.all.iter().map(|account| Imported::clone(account)).collect()
    }
}

impl ImportedAccounts {
    pub(crate) fn add(&mut self, account: Imported) {
        let position = self.all.len();
        self.by_login.insert(account.login.clone(), position);
        for assignment in &account.assignments {
            self.by_assignment.insert(assignment.id.clone(), position);
            self.by_assignment.insert(assignment.code.clone(), position);
        }
        if let Some(email) = account.text("email") {
            self.by_email.insert((email.to_ascii_lowercase(), position));
        }
        if let Some(appraiser) = account.text("directAppraiser.id") {
            self.by_appraiser.insert((appraiser.to_owned(), position));
        }
        Arc::make_mut(&mut self.all).push(Arc::new(account));
    }

    pub(crate) fn count(&self) -> u64 {
        self.all.len() as u64
    }

    /// Whether they are numbered from this index on, and no two have the same login.
    pub(crate) fn are_numbered_from(&self, first: u64) -> bool {
        let indexes = self.all.iter().map(|account| account.index);
        indexes.eq((first..).take(self.all.len())) && self.by_login.len() == self.all.len()
    }

    pub(crate) fn get(&self, position: u64) -> Option<Account> {
        self.at(usize::try_from(position).ok()?)
    }

    fn at(&self, position: usize) -> Option<Account> {
        self.all.get(position).map(|account| Account::Imported(Arc::clone(account)))
    }

    pub(crate) fn by_login(&self, login: &str) -> Option<Account> {
        self.at(*self.by_login.get(login)?)
    }

    /// The account with an assignment of this id or code.
    pub(crate) fn by_assignment(&self, text: &str) -> Option<Account> {
        self.at(*self.by_assignment.get(text)?)
    }

    /// The accounts with this e-mail address. Unlike logins, several can have the same.
    pub(crate) fn by_email(&self, email: &str) -> impl Iterator<Item = Account> {
        self.among(&self.by_email, email.to_ascii_lowercase())
    }

    /// The accounts whose direct appraiser has this login.
    pub(crate) fn reports(&self, login: &str) -> impl Iterator<Item = Account> {
        self.among(&self.by_appraiser, login.to_owned())
    }

    fn among(&self, index: &BTreeSet<(String, usize)>, key: String) -> impl Iterator<Item = Account> {
        let found = index.range((key.clone(), 0)..=(key, usize::MAX));
        found.filter_map(|(_, position)| self.at(*position))
    }

    /// Whether an account is in this organization, which need not be one of the site's own.
    pub(crate) fn have_organization(&self, id: &str) -> bool {
        self.all.iter().any(|account| account.text("organization.id") == Some(id))
    }

    /// All accounts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Account> + use<> {
        let all = Arc::clone(&self.all);
        (0..all.len()).filter_map(move |position| all.get(position).cloned().map(Account::Imported))
    }
}
