//! Mailboxes: messages drawn from the seed, messages that functions have sent, and which messages were read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::IdSpace;
use crate::lms::datetime::Timestamp;
use crate::lms::model::Message;
use crate::lms::model::account::Account;
use crate::people::{People, Person};
use crate::random::Draw;

/// The largest number of drawn messages per person.
const DRAWN: u64 = 4;

const SUBJECTS: &[&str] = &["Welcome", "A Course for You", "Please Complete Your Training", "Your Feedback Counts"];

/// Messages that were sent, and ids of those that were read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mail {
    sent: BTreeMap<String, Message>,
    /// Recipient and id.
    by_user: BTreeSet<(String, String)>,
    pub(crate) read: BTreeSet<String>,
}

impl Mail {
    /// Adds a message to the mailbox of its recipient.
    pub(crate) fn send(&mut self, message: Message) {
        self.by_user.insert((message.to.clone(), message.id.clone()));
        self.sent.insert(message.id.clone(), message);
    }

    /// The messages of a user, newest first.
    pub(crate) fn of(&self, people: People, account: &Account) -> Vec<Message> {
        let login = account.login();
        let ids = self.by_user.range((login.to_owned(), String::new())..);
        let sent = ids.take_while(|(to, _)| to == login).filter_map(|(_, id)| self.sent.get(id)).cloned();
        let drawn = account.person().into_iter();
        let drawn = drawn.flat_map(|person| (0..DRAWN).filter_map(move |number| draw(people, person, number)));
        let mut all: Vec<_> = drawn.chain(sent).collect();
        all.sort_by(|one, other| (other.sent, &other.id).cmp(&(one.sent, &one.id)));
        all
    }

    /// A message in the mailbox of a user. Mailboxes are private: messages of others are not found.
    pub(crate) fn get(&self, people: People, account: &Account, id: &str) -> Option<Message> {
        let drawn = || {
            let index = u64::from(ids(people).index_of_short(id)?);
            let person = people.get(index / DRAWN).filter(Person::has_lms_account)?;
            draw(people, &person, index % DRAWN)
        };
        let found = self.sent.get(id).cloned().or_else(drawn);
        found.filter(|message| message.to == account.login())
    }
}

fn ids(people: People) -> IdSpace {
    IdSpace::new(people.seed, "message")
}

fn draw(people: People, person: &Person, number: u64) -> Option<Message> {
    let count = 1 + Draw::new(people.seed, "messages", person.index).below(DRAWN);
    let number = (number < count).then_some(number)?;
    let index = person.index * DRAWN + number;
    let mut draw = Draw::new(people.seed, "message", index);
    let subject = SUBJECTS.get(number as usize)?;
    let name = Account::Person(Box::new(person.clone())).name();
    Some(Message {
        id: ids(people).short(index as u32),
        to: person.login.clone(),
        sent: Timestamp::SAMPLE.plus_hours(-(draw.below(2_000) as i64) - 1),
        subject: (*subject).to_owned(),
        body: format!("Dear {name},\n{subject}.\nThe training team"),
    })
}
