//! Invitations to activate an account.

use crate::clock;
use crate::genesys::request::{no_content, subject};
use crate::genesys::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("postUserInvite", invite)];

/// Records an invitation. While one is outstanding, another requires `force`. The sandbox sends no e-mail.
fn invite(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let force = call.query("force") == Some("true");
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let sent = clock::rfc3339(clock::now());
    let invitations = &mut users.details.invitations;
    if force {
        invitations.insert(index, sent);
    } else {
        invitations.entry(index).or_insert(sent);
    }
    Ok(no_content())
}
