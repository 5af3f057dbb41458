//! The mailbox: `mailbox`, `message`, `messageUpdater`, and the messages that other functions send.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Lms;
use super::account::Account;
use super::answer::{answer, needed, outcome};
use super::authorization::user;
use super::datetime::Timestamp;
use super::store::Store;
use super::tree::Tree;
use crate::credentials::SANDBOX;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("mailbox", mailbox), ("message", message), ("messageUpdater", message_updater)];

/// As many messages a person can have from the start.
const PLACES: u64 = 4;

const SUBJECTS: &[&str] = &["Welcome", "A Course for You", "Please Complete Your Training", "Your Feedback Counts"];

/// Messages that were sent, and ids of those that were read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Mail {
    sent: BTreeMap<String, Message>,
    /// Recipient and id.
    by_user: BTreeSet<(String, String)>,
    read: BTreeSet<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Message {
    id: String,
    to: String,
    sent: Timestamp,
    subject: String,
    body: String,
}

impl Store {
    /// Puts a message into somebody's mailbox.
    pub(super) fn send_message(&mut self, to: &str, subject: &str, body: &str) {
        let id = format!("MSG{:09}", self.next_number());
        let (to, subject, body) = (to.to_owned(), subject.to_owned(), body.to_owned());
        self.mail.by_user.insert((to.clone(), id.clone()));
        self.mail.sent.insert(id.clone(), Message { id, to, sent: Timestamp::now(), subject, body });
    }

    fn message_ids(&self) -> IdSpace {
        IdSpace::new(self.people.seed, "message")
    }

    fn drawn_message(&self, account: &Account, place: u64) -> Option<Message> {
        let person = account.person()?;
        let number = 1 + Draw::new(self.people.seed, "messages", person.index).below(PLACES);
        let place = (place < number).then_some(place)?;
        let mut draw = Draw::new(self.people.seed, "message", person.index * PLACES + place);
        let subject = SUBJECTS.get(place as usize)?;
        Some(Message {
            id: self.message_ids().short((person.index * PLACES + place) as u32),
            to: person.login.clone(),
            sent: Timestamp::SAMPLE.plus_hours(-(draw.below(2_000) as i64) - 1),
            subject: (*subject).to_owned(),
            body: format!("Dear {},\n{subject}.\nThe training team", account.name()),
        })
    }

    /// The messages of a user, newest first.
    fn messages_of(&self, account: &Account) -> Vec<Message> {
        let login = account.login();
        let ids = self.mail.by_user.range((login.to_owned(), String::new())..);
        let sent = ids.take_while(|(to, _)| to == login).filter_map(|(_, id)| self.mail.sent.get(id)).cloned();
        let mut all: Vec<_> = (0..PLACES).filter_map(|place| self.drawn_message(account, place)).chain(sent).collect();
        all.sort_by(|one, other| (other.sent, &other.id).cmp(&(one.sent, &one.id)));
        all
    }

    fn message(&self, account: &Account, id: &str) -> Result<Message, Error> {
        let drawn = || {
            let number = u64::from(self.message_ids().index_of_short(id)?);
            let person = self.people.get(number / PLACES)?;
            self.drawn_message(&self.account(&person.login)?, number % PLACES)
        };
        let found = self.mail.sent.get(id).cloned().or_else(drawn);
        // Somebody else's message is as good as none: mailboxes are private.
        let own = found.filter(|message| message.to == account.login());
        own.ok_or_else(|| Error::not_found("The user's mailbox has no message of this id."))
    }

    fn message_tree(&self, message: &Message, whole: bool) -> Tree {
        let sender = Tree::new("sender").text("id", SANDBOX.lms_user).text("name", "Training Team");
        let tree = Tree::new("message")
            .text("id", &message.id)
            .text("subject", &message.subject)
            .with(sender)
            .text("sent", message.sent.text())
            .flag("read", self.mail.read.contains(&message.id));
        if whole { tree.text("body", &message.body) } else { tree }
    }
}

fn mailbox(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let messages = store.messages_of(&user(&store, call)?);
    let unread = messages.iter().filter(|message| !store.mail.read.contains(&message.id)).count();
    let trees = messages.iter().map(|message| store.message_tree(message, false));
    Ok(answer(call, &Tree::new("mailbox").number("unread", unread).list("messages", trees)))
}

/// Reading a message does not mark it; `messageUpdater` does.
fn message(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let message = store.message(&user(&store, call)?, needed(call, "id")?)?;
    Ok(answer(call, &store.message_tree(&message, true)))
}

fn message_updater(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let message = store.message(&user(&store, call)?, needed(call, "id")?)?;
    store.mail.read.insert(message.id.clone());
    Ok(answer(call, &outcome().text("id", message.id)))
}
