//! Invitations to activate an account.

use std::collections::BTreeMap;

use super::{no_content, subject};
use crate::clock;
use crate::genesys::Genesys;
use crate::genesys::store::moment;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("postUserInvite", invite)];

/// When each user was invited last. The service shows it as `dateWelcomeSent`.
pub(super) type Invitations = BTreeMap<u64, String>;

/// Sends an invitation. While one is outstanding another is only sent with `force`; no e-mail leaves the sandbox.
fn invite(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let force = call.query("force") == Some("true");
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let sent = moment(clock::now());
    let invitations = &mut users.details.invitations;
    if force {
        invitations.insert(index, sent);
    } else {
        invitations.entry(index).or_insert(sent);
    }
    Ok(no_content())
}
