//! Brings the users of the session service in step with another system: upserts everybody, then deactivates whoever the
//! other system no longer has.
//!
//! It runs against an embedded sandbox: `cargo run -p session-clusters --example sync_users`.

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};

use rosterkit_sandbox::{Sandbox, UNTRUSTED};
use session_clusters::Client;
use session_clusters::types::{UserRef, UserTemplate};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout()).await
}

/// Synchronizes 450 people, the last of whom is outside of the trusted domains.
pub async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(40).start().await?;
    let client =
        Client::builder().base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;

    let remote_ids: Vec<String> =
        (1..450).map(|number| format!("person-{number}")).chain([format!("{UNTRUSTED}450")]).collect();
    let people = remote_ids.iter().map(|remote_id| UserTemplate {
        remote_id: Some(remote_id.clone()),
        first_name: Some("Ada".to_owned()),
        last_name: Some(remote_id.clone()),
        active: Some(true),
        ..UserTemplate::default()
    });
    let mut outcomes = client.upsert_users(people).ordered();
    while let Some(item) = outcomes.next().await {
        if let Some(reason) = item.outcome.reason() {
            writeln!(out, "item {} is {}: {reason}", item.index, item.outcome.name())?;
        }
    }
    writeln!(out, "upsert: {}", outcomes.counts())?;

    let known: HashSet<&str> = remote_ids.iter().map(String::as_str).collect();
    let mut gone = Vec::new();
    let mut users = client.users().items();
    while let Some(user) = users.next().await {
        let user = user?;
        if let Some(remote_id) = user.remote_id.filter(|id| user.active == Some(true) && !known.contains(id.as_str())) {
            gone.push(UserRef::by_remote_id(remote_id));
        }
    }
    let mut outcomes = client.deactivate_users(gone).unordered();
    while outcomes.next().await.is_some() {}
    writeln!(out, "deactivation: {}", outcomes.counts())?;
    sandbox.stop().await;
    Ok(())
}
