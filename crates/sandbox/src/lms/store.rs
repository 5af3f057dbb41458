//! The state of the site: the changes that calls have made. People and sample data are drawn from the seed when needed.

mod external;
mod imported;
mod mail;
mod memberships;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use self::external::ExternalRecords;
use self::imported::ImportedAccounts;
use self::mail::Mail;
use self::memberships::{Groups, Profiles};
use crate::counter::Counter;
use crate::credentials::SANDBOX;
use crate::lms::datetime::Timestamp;
use crate::lms::model::account::Account;
use crate::lms::model::assignment::{self, Assignment};
use crate::lms::model::module::Module;
use crate::lms::model::record::Record;
use crate::lms::model::reference::{FACILITIES, Facility};
use crate::lms::model::{Attempt, Message, Package};
use crate::lms::samples::modules::SampleModules;
use crate::lms::samples::records::SampleRecords;
use crate::people::{People, Person};

/// The site: its store behind a lock.
pub(crate) struct Lms {
    /// Shared with responses that are still being written.
    pub(crate) shared: Arc<Mutex<Store>>,
}

impl Lms {
    pub(crate) fn new(people: People) -> Self {
        Self { shared: Arc::new(Mutex::new(Store::new(people))) }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        Self::lock(&self.shared)
    }

    pub(crate) fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
        store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of the site without the drawn data, which a state file can hold.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Store {
    pub(crate) people: People,
    /// Accounts from files. A state of a sandbox that knew no such files has none.
    #[serde(default)]
    pub(crate) imported: ImportedAccounts,
    #[serde(skip)]
    sample: OnceLock<SampleModules>,
    records: Records,
    /// Modules that were imported or changed, by id.
    modules: BTreeMap<String, Module>,
    pub(crate) external: ExternalRecords,
    pub(crate) groups: Groups,
    pub(crate) profiles: Profiles,
    pub(crate) mail: Mail,
    /// Content packages by the identifier of their manifest.
    pub(crate) packages: BTreeMap<String, Package>,
    pub(crate) attempts: BTreeMap<String, Attempt>,
    numbers: Counter,
}

/// The training records that are new or have changed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Records {
    by_id: BTreeMap<String, Record>,
    /// User and id, to read those of one user.
    by_user: BTreeSet<(String, String)>,
    /// User with module, and id; rebuilt when the records are loaded.
    #[serde(skip)]
    by_user_and_module: BTreeSet<(String, String)>,
    by_session: BTreeSet<(String, String)>,
    /// Approver and id of records with a request.
    by_approver: BTreeSet<(String, String)>,
}

impl Store {
    pub(crate) fn new(people: People) -> Self {
        Self {
            people,
            imported: ImportedAccounts::default(),
            sample: OnceLock::new(),
            records: Records::default(),
            modules: BTreeMap::new(),
            external: ExternalRecords::new(people),
            groups: Groups::new(),
            profiles: Profiles::default(),
            mail: Mail::default(),
            packages: BTreeMap::new(),
            attempts: BTreeMap::new(),
            numbers: Counter::default(),
        }
    }

    /// A number that is used once.
    pub(crate) fn next_number(&mut self) -> u32 {
        self.numbers.next()
    }

    /// Sends a message to a user.
    pub(crate) fn send_message(&mut self, to: &str, subject: &str, body: &str) {
        let id = format!("MSG{:09}", self.next_number());
        let (to, subject, body) = (to.to_owned(), subject.to_owned(), body.to_owned());
        self.mail.send(Message { id, to, sent: Timestamp::now(), subject, body });
    }

    pub(crate) fn account(&self, login: &str) -> Option<Account> {
        if login == SANDBOX.lms_user {
            return Some(Account::Integration);
        }
        self.people.by_login(login).and_then(of_person).or_else(|| self.imported.by_login(login))
    }

    /// The account of this [index](Account::index).
    pub(crate) fn account_at(&self, index: u64) -> Option<Account> {
        match index.checked_sub(self.people.count) {
            None => self.people.get(index).and_then(of_person),
            Some(position) => self.imported.get(position),
        }
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = Account> + use<> {
        self.people.iter().filter_map(of_person).chain(self.imported.iter())
    }

    /// The accounts with this e-mail address.
    pub(crate) fn accounts_by_email(&self, email: &str) -> Vec<Account> {
        let sample = self.people.by_email(email).and_then(of_person);
        sample.into_iter().chain(self.imported.by_email(email)).collect()
    }

    /// The accounts whose direct appraiser this one is.
    pub(crate) fn reports(&self, account: &Account) -> Vec<Account> {
        let drawn = account.person().map(|manager| self.people.reports(manager.index));
        let drawn = drawn.into_iter().flatten().filter_map(|index| self.people.get(index)).filter_map(of_person);
        drawn.chain(self.imported.reports(account.login())).collect()
    }

    /// The direct appraiser of an account.
    pub(crate) fn manager(&self, account: &Account) -> Option<Account> {
        match account {
            Account::Person(person) => person.manager.and_then(|index| self.people.get(index)).and_then(of_person),
            Account::Imported(imported) => self.account(imported.text("directAppraiser.id")?),
            Account::Integration => None,
        }
    }

    /// Who approves what a user requests: the manager, or the integration account if there is none.
    pub(crate) fn approver(&self, account: &Account) -> String {
        self.manager(account).unwrap_or(Account::Integration).login().to_owned()
    }

    /// The assignment of this id.
    pub(crate) fn assignment(&self, id: &str) -> Option<Assignment> {
        let imported = || self.imported_assignment(id, |assignment| &assignment.id);
        assignment::find(self.people, id).or_else(imported)
    }

    /// The assignment of this reference code.
    pub(crate) fn assignment_by_code(&self, code: &str) -> Option<Assignment> {
        let imported = || self.imported_assignment(code, |assignment| &assignment.code);
        assignment::find_by_code(self.people, code).or_else(imported)
    }

    fn imported_assignment(&self, text: &str, field: fn(&Assignment) -> &String) -> Option<Assignment> {
        let account = self.imported.by_assignment(text)?;
        assignment::of(&account).into_iter().find(|assignment| field(assignment) == text)
    }

    fn sample(&self) -> &SampleModules {
        self.sample.get_or_init(|| SampleModules::new(self.people))
    }

    pub(crate) fn sample_records(&self) -> SampleRecords<'_> {
        SampleRecords { people: self.people, modules: self.sample() }
    }

    pub(crate) fn facility(&self, id: &str) -> Option<&'static Facility> {
        FACILITIES.iter().find(|facility| facility.id == id)
    }
}

fn of_person(person: Person) -> Option<Account> {
    person.has_lms_account().then(|| Account::Person(Box::new(person)))
}

/// Modules.
impl Store {
    pub(crate) fn module(&self, id: &str) -> Option<&Module> {
        self.modules.get(id).or_else(|| self.sample().by_id.get(id))
    }

    /// All modules by id, each as it is now.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        let mut modules: BTreeMap<&str, &Module> =
            self.sample().by_id.iter().map(|(id, module)| (id.as_str(), module)).collect();
        modules.extend(self.modules.iter().map(|(id, module)| (id.as_str(), module)));
        modules.into_values()
    }

    pub(crate) fn put_module(&mut self, module: Module) {
        if self.sample().by_id.get(&module.id) == Some(&module) {
            self.modules.remove(&module.id);
        } else {
            self.modules.insert(module.id.clone(), module);
        }
    }

    /// Takes a module out to change it; see [`put_module`](Self::put_module).
    pub(crate) fn take_module(&mut self, id: &str) -> Option<Module> {
        self.modules.remove(id).or_else(|| self.sample().by_id.get(id).cloned())
    }
}

/// Training records.
impl Store {
    pub(crate) fn record(&self, id: &str) -> Option<Record> {
        self.records.by_id.get(id).cloned().or_else(|| self.sample_records().by_id(id))
    }

    fn changed<'a>(&'a self, index: &'a BTreeSet<(String, String)>, key: &'a str) -> impl Iterator<Item = &'a Record> {
        let ids = index.range((key.to_owned(), String::new())..).take_while(move |(owner, _)| owner == key);
        ids.filter_map(|(_, id)| self.records.by_id.get(id))
    }

    /// The records of a user: the drawn ones in their order, then the others by id.
    pub(crate) fn records_of(&self, account: &Account) -> Vec<Record> {
        let drawn = match account {
            Account::Person(person) => self.sample_records().of(person),
            Account::Imported(_) | Account::Integration => Vec::new(),
        };
        // A user has few drawn records: a linear search is fast enough.
        let is_other = |record: &&Record| drawn.iter().all(|drawn| drawn.id != record.id);
        let others: Vec<_> = self.changed(&self.records.by_user, account.login()).filter(is_other).cloned().collect();
        let now = drawn.into_iter().map(|record| self.records.by_id.get(&record.id).cloned().unwrap_or(record));
        let mut records: Vec<_> = now.filter(|record| record.user == account.login()).collect();
        records.extend(others);
        records
    }

    /// The records of a user in one module. Does not read the others, since a bulk file asks once per row.
    pub(crate) fn records_in_module(&self, account: &Account, module: &str) -> Vec<Record> {
        let drawn = match account {
            Account::Person(person) => self.sample_records().of(person),
            Account::Imported(_) | Account::Integration => Vec::new(),
        };
        let untouched = |record: &Record| record.module == module && !self.records.by_id.contains_key(&record.id);
        let mut records: Vec<_> = drawn.into_iter().filter(untouched).collect();
        let key = user_and_module(account.login(), module);
        records.extend(self.changed(&self.records.by_user_and_module, &key).cloned());
        records
    }

    /// The records of a session. Session ids of imported modules are unique within their module only.
    pub(crate) fn records_of_session(&self, module: &str, session: &str) -> Vec<Record> {
        let drawn = self.sample_records().of_session(session).into_iter();
        let mut records: Vec<_> = drawn.filter(|record| !self.records.by_id.contains_key(&record.id)).collect();
        records.extend(self.changed(&self.records.by_session, session).cloned());
        records.retain(|record| record.module == module);
        records
    }

    /// The changed records with a request that this user decides or has decided.
    pub(crate) fn records_to_decide(&self, login: &str) -> Vec<Record> {
        self.changed(&self.records.by_approver, login).cloned().collect()
    }

    pub(crate) fn put_record(&mut self, record: Record) {
        let records = &mut self.records;
        if let Some(old) = records.by_id.remove(&record.id) {
            for (index, key) in keys(&old) {
                records.index(index).remove(&(key, old.id.clone()));
            }
        }
        for (index, key) in keys(&record) {
            records.index(index).insert((key, record.id.clone()));
        }
        records.by_id.insert(record.id.clone(), record);
    }

    /// Rebuilds the index that is not serialized.
    pub(crate) fn index(&mut self) {
        let key = |record: &Record| (user_and_module(&record.user, &record.module), record.id.clone());
        self.records.by_user_and_module = self.records.by_id.values().map(key).collect();
    }

    /// An id for a new training record.
    pub(crate) fn new_record_id(&mut self) -> String {
        format!("TX{:011}", self.next_number())
    }
}

#[derive(Clone, Copy)]
enum Index {
    User,
    UserAndModule,
    Session,
    Approver,
}

fn keys(record: &Record) -> Vec<(Index, String)> {
    let session = record.session.iter().map(|session| (Index::Session, session.clone()));
    let steps = record.approval.iter().flat_map(|approval| &approval.steps).map(|step| step.approver.clone());
    let withdrawal = record.withdrawal.iter().map(|withdrawal| withdrawal.approver.clone());
    let approvers = steps.chain(withdrawal).map(|approver| (Index::Approver, approver));
    let user =
        [(Index::User, record.user.clone()), (Index::UserAndModule, user_and_module(&record.user, &record.module))];
    session.chain(approvers).chain(user).collect()
}

/// A key that no other user and module have: logins hold no line break.
fn user_and_module(user: &str, module: &str) -> String {
    format!("{user}\n{module}")
}

impl Records {
    fn index(&mut self, index: Index) -> &mut BTreeSet<(String, String)> {
        match index {
            Index::User => &mut self.by_user,
            Index::UserAndModule => &mut self.by_user_and_module,
            Index::Session => &mut self.by_session,
            Index::Approver => &mut self.by_approver,
        }
    }
}
