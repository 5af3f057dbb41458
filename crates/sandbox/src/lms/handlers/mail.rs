//! The mailbox: `mailbox`, `message`, `messageUpdater`.

use crate::credentials::SANDBOX;
use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::user;
use crate::lms::model::Message;
use crate::lms::node::Node;
use crate::lms::params::required;
use crate::lms::response::{ok, respond};
use crate::lms::store::{Lms, Store};

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("mailbox", mailbox), ("message", message), ("messageUpdater", message_updater)];

/// The message without its body.
fn summary(store: &Store, message: &Message) -> Node {
    let sender = Node::new("sender").text("id", SANDBOX.lms_user).text("name", "Training Team");
    Node::new("message")
        .text("id", &message.id)
        .text("subject", &message.subject)
        .with(sender)
        .text("sent", message.sent.text())
        .flag("read", store.mail.read.contains(&message.id))
}

/// The message that `id` names.
fn named(store: &Store, call: &Call<'_>) -> Result<Message, Error> {
    let found = store.mail.get(store.people, &user(store, call)?, required(call, "id")?);
    found.ok_or_else(|| Error::not_found("The user's mailbox has no message of this id."))
}

fn mailbox(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let messages = store.mail.of(store.people, &user(&store, call)?);
    let unread = messages.iter().filter(|message| !store.mail.read.contains(&message.id)).count();
    let nodes = messages.iter().map(|message| summary(&store, message));
    Ok(respond(call, &Node::new("mailbox").number("unread", unread).list("messages", nodes)))
}

/// Reading a message does not mark it; `messageUpdater` does.
fn message(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let message = named(&store, call)?;
    Ok(respond(call, &summary(&store, &message).text("body", &message.body)))
}

fn message_updater(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let mut store = lms.store();
    let id = named(&store, call)?.id;
    store.mail.read.insert(id.clone());
    Ok(respond(call, &ok().text("id", id)))
}
