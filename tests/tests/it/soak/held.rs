//! What the services hold, read without faults: how often each thing is there that a call can bring about.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use peoplefluent_lms::xml::Records;

use super::clients::Clients;

/// The people that calls are about: each call has its own.
pub struct People {
    pub genesys: Vec<String>,
    pub sessions: Vec<String>,
    pub logins: Vec<String>,
}

impl People {
    pub fn are_enough_for(&self, calls: u64) -> bool {
        let calls = usize::try_from(calls).expect("a small number");
        self.genesys.len() >= calls * 2 && self.sessions.len() >= calls && self.logins.len() >= calls
    }
}

pub struct Held(HashMap<String, usize>);

impl Held {
    pub fn count(&self, key: &str) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    fn add(&mut self, key: String) {
        *self.0.entry(key).or_default() += 1;
    }

    pub async fn read(clients: &Clients) -> Self {
        Self::read_with_people(clients).await.0
    }

    /// Also the people there are, for calls to be about.
    pub async fn read_with_people(clients: &Clients) -> (Self, People) {
        let mut held = Self(HashMap::new());
        let (genesys, sessions) = (held.read_genesys(clients).await, held.read_sessions(clients).await);
        held.read_training(clients).await;
        let call = clients.lms.api().users200510_xml().status("active").fields("id").send().await;
        let users = Records::from(call.expect("users")).of("user").try_collect::<Vec<_>>().await.expect("users");
        let logins = users.iter().filter_map(|user| user.root().id().map(String::from)).collect();
        (held, People { genesys, sessions, logins })
    }

    async fn read_genesys(&mut self, clients: &Clients) -> Vec<String> {
        let mut ids = Vec::new();
        let mut users = clients.genesys.users().list().state("any").page_size(500).items();
        while let Some(user) = users.next().await {
            let user = user.expect("a user");
            let id = user.id.expect("an id");
            self.add(format!("email {}", user.email.unwrap_or_default()));
            self.add(format!("title {}", user.title.unwrap_or_default()));
            if user.acd_auto_answer == Some(true) {
                self.add(format!("auto-answer {id}"));
            }
            ids.push(id);
        }
        let mut deleted = clients.genesys.users().list().state("deleted").page_size(500).items();
        while let Some(user) = deleted.next().await {
            self.add(format!("deleted {}", user.expect("a user").id.expect("an id")));
        }
        ids
    }

    async fn read_sessions(&mut self, clients: &Clients) -> Vec<String> {
        let mut active = Vec::new();
        let mut users = clients.sessions.users().items();
        while let Some(user) = users.next().await {
            let user = user.expect("a user");
            let id = user.remote_id.expect("a remote id");
            self.add(format!("remote id {id}"));
            match user.active {
                Some(false) => self.add(format!("inactive {id}")),
                _ => active.push(id),
            }
        }
        active
    }

    async fn read_training(&mut self, clients: &Clients) {
        let history = clients.lms.api().training_history_xml().include_older(true).send().await.expect("a history");
        let mut records = Records::from(history).of("trainingRecord");
        while let Some(record) = records.try_next().await.expect("a record") {
            let module = record.root().child("learningModule").expect("a module");
            let user = record.root().text_of("userId").unwrap_or_default();
            self.add(format!("training {}", module.text_of("title").unwrap_or_default()));
            self.add(format!("record of {user} in {}", module.id().unwrap_or_default()));
        }
    }
}
