//! What callers do, and what they are told about it.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use genesys_users::types::{CreateUser, PatchUser, UpdateUser, UserExpand};
use peoplefluent_lms::bulk::ExternalTrainingRow;
use peoplefluent_lms::xml::Records;
use rosterkit_core::Error;
use rosterkit_core::batch::Outcome;
use rosterkit_sandbox::UNTRUSTED;
use session_clusters::types::{UserRef, UserTemplate};

use super::clients::Clients;
use super::held::{Held, People};

/// The kinds of calls that change something.
pub const CALLS: [&str; 9] = [
    "create user",
    "change user",
    "delete user",
    "change users",
    "upsert users",
    "deactivate users",
    "external training",
    "add external record",
    "enroll",
];

/// The modules into which users enroll, in turn. The last one does not exist.
const MODULES: [&str; 3] = ["SAFETY-105", "PRIVACY-220", "NO-SUCH-MODULE"];

/// What a caller is told about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    Accepted,
    /// The change has no effect.
    Failed,
    /// The change may have taken effect.
    Unknown,
}

impl Told {
    fn of_result<T>(result: Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Accepted,
            Err(error) if error.may_have_taken_effect() => Self::Unknown,
            Err(_) => Self::Failed,
        }
    }

    fn of_outcome<T>(outcome: &Outcome<T>) -> Self {
        match outcome {
            outcome if outcome.is_accepted() => Self::Accepted,
            Outcome::Unknown(_) => Self::Unknown,
            _ => Self::Failed,
        }
    }
}

/// A change that a caller wanted.
#[derive(Debug)]
pub struct Change {
    pub call: &'static str,
    /// What [`Held`] counts.
    key: String,
    pub told: Told,
}

impl Change {
    /// What is wrong with what the caller was told, given what is there before and after.
    pub fn problem(&self, before: &Held, after: &Held) -> Option<String> {
        let times = after.count(&self.key).checked_sub(before.count(&self.key));
        let is_right = match self.told {
            Told::Accepted => times == Some(1),
            Told::Failed => times == Some(0),
            Told::Unknown => times == Some(0) || times == Some(1),
        };
        let Self { call, key, told } = self;
        (!is_right).then(|| format!("{call}: {told:?}, and {key} is there {times:?} times"))
    }
}

pub struct Caller {
    seed: u64,
    name: String,
    clients: Clients,
    people: Arc<People>,
}

impl Caller {
    pub fn new(seed: u64, name: String, clients: &Clients, people: &Arc<People>) -> Self {
        Self { seed, name, clients: clients.clone(), people: people.clone() }
    }

    /// Makes a call, the one of this number of all callers' in the round, and returns what it was to change.
    pub async fn call(&self, number: u64, of_all: u64) -> Vec<Change> {
        let index = usize::try_from(of_all).expect("a small number");
        let name = format!("{}-{number}", self.name);
        let mut random = fastrand::Rng::with_seed(self.seed.wrapping_add(number));
        let choice = random.usize(..CALLS.len() + 3);
        let Some(call) = CALLS.get(choice).copied() else {
            self.read(choice - CALLS.len(), index).await;
            return Vec::new();
        };
        let changes = match choice {
            0 => self.create_user(name).await,
            1 => self.change_user(name, index).await,
            2 => self.delete_user(index).await,
            3 => self.change_users(name, index).await,
            4 => self.upsert_users(&name).await,
            5 => self.deactivate_users(index).await,
            6 => self.external_training(&name, index).await,
            7 => self.add_external_record(name, index).await,
            _ => self.enroll(index).await,
        };
        changes.into_iter().map(|(key, told)| Change { call, key, told }).collect()
    }

    /// Reads something: it is complete, or an error.
    async fn read(&self, choice: usize, index: usize) {
        match choice {
            0 => {
                let id = &self.people.genesys[index * 2];
                if let Ok(user) = self.clients.genesys.users().get_with(id, [UserExpand::Skills]).await {
                    assert_eq!(user.id.as_ref(), Some(id));
                }
            }
            1 => {
                let users: Result<Vec<_>, _> = self.clients.sessions.users().page_size(200).items().try_collect().await;
                assert!(users.is_ok_and_complete(self.people.sessions.len()), "a listing lacks users");
            }
            _ => {
                let call = self.clients.lms.api().users200510_xml().status("active").fields("id");
                if let Ok(response) = call.send().await {
                    let users: Result<Vec<_>, _> = Records::from(response).of("user").try_collect().await;
                    assert!(users.is_ok_and_complete(self.people.logins.len()), "an export lacks users");
                }
            }
        }
    }

    async fn create_user(&self, name: String) -> Vec<(String, Told)> {
        let email = format!("{name}@example.com");
        let user = CreateUser { name: Some(name), email: Some(email.clone()), ..CreateUser::default() };
        vec![(format!("email {email}"), Told::of_result(self.clients.genesys.users().create(user).await))]
    }

    async fn change_user(&self, name: String, index: usize) -> Vec<(String, Told)> {
        let id = self.people.genesys[index * 2].as_str();
        let change = |_: &_| UpdateUser { title: name.clone().into(), ..UpdateUser::default() };
        let result = self.clients.genesys.users().patch_latest(id, change).await;
        vec![(format!("title {name}"), Told::of_result(result))]
    }

    async fn delete_user(&self, index: usize) -> Vec<(String, Told)> {
        let id = self.people.genesys[index * 2].as_str();
        vec![(format!("deleted {id}"), Told::of_result(self.clients.genesys.users().delete(id).await))]
    }

    /// Changes two users in one request. At times one of them does not exist, and the service refuses both.
    async fn change_users(&self, name: String, index: usize) -> Vec<(String, Told)> {
        let other = if index.is_multiple_of(4) { name } else { self.people.genesys[index * 2 + 1].clone() };
        let ids = [self.people.genesys[index * 2].clone(), other];
        let item = |id: &String| PatchUser { id: id.clone().into(), acd_auto_answer: true.into() };
        let outcomes: Vec<_> = self.clients.genesys.users().patch_many(ids.iter().map(item)).ordered().collect().await;
        let told = outcomes.iter().map(|outcome| Told::of_outcome(&outcome.outcome));
        ids.iter().map(|id| format!("auto-answer {id}")).zip(told).collect()
    }

    /// Upserts users with keys; the service does not trust the domain of one.
    async fn upsert_users(&self, name: &str) -> Vec<(String, Told)> {
        let ids = [format!("{name}-a"), format!("{UNTRUSTED}{name}"), format!("{name}-b")];
        let user = |id: &String| UserTemplate {
            remote_id: Some(id.clone()),
            first_name: Some("Ada".to_owned()),
            last_name: Some(name.to_owned()),
            ..UserTemplate::default()
        };
        let outcomes: Vec<_> = self.clients.sessions.upsert_users(ids.iter().map(user)).ordered().collect().await;
        let told = outcomes.iter().map(|outcome| Told::of_outcome(&outcome.outcome));
        ids.iter().map(|id| format!("remote id {id}")).zip(told).collect()
    }

    async fn deactivate_users(&self, index: usize) -> Vec<(String, Told)> {
        let id = self.people.sessions[index].as_str();
        let users = [UserRef::by_remote_id(id)];
        let outcomes: Vec<_> = self.clients.sessions.deactivate_users(users).ordered().collect().await;
        outcomes.iter().map(|it| (format!("inactive {id}"), Told::of_outcome(&it.outcome))).collect()
    }

    /// Adds records of external training with a file; the user of one does not exist.
    async fn external_training(&self, name: &str, index: usize) -> Vec<(String, Told)> {
        let login = self.people.logins[index].as_str();
        let titles = ["p", "q", "r"].map(|letter| format!("{name}-{letter}"));
        let users = [login, "nobody.at.all", login];
        let rows: Vec<_> =
            users.iter().zip(&titles).map(|(user, title)| ExternalTrainingRow::add(*user, title)).collect();
        let mut outcomes = self.clients.lms.bulk().external_training(rows).outcomes();
        let mut told = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            told.push(Told::of_outcome(&outcome.expect("valid rows").outcome));
        }
        assert_eq!(told.len(), titles.len(), "each row has an outcome");
        titles.iter().map(|title| format!("training {title}")).zip(told).collect()
    }

    async fn add_external_record(&self, title: String, index: usize) -> Vec<(String, Told)> {
        let lms = self.clients.lms.on_behalf_of(self.people.logins[index].as_str());
        let call = lms.api().external_record_adder().title(title.as_str()).status("completed").language("en");
        let call = call.duration_unit("minute").cost_currency("EUR").start_date("2024-03-01").end_date("2024-03-02");
        vec![(format!("training {title}"), Told::of_result(call.send_json().await))]
    }

    async fn enroll(&self, index: usize) -> Vec<(String, Told)> {
        let login = self.people.logins[index].as_str();
        let module = MODULES[index % MODULES.len()];
        let result = self.clients.lms.on_behalf_of(login).enrollments().enroll(module).send().await;
        vec![(format!("record of {login} in {module}"), Told::of_result(result))]
    }
}

/// A listing is an error, or has what was there from the start.
trait IsOkAndComplete {
    fn is_ok_and_complete(&self, at_least: usize) -> bool;
}

impl<T, E> IsOkAndComplete for Result<Vec<T>, E> {
    fn is_ok_and_complete(&self, at_least: usize) -> bool {
        self.as_ref().map_or(true, |items| items.len() >= at_least)
    }
}
