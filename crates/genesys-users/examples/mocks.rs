//! Tests code that uses the client, on a server with typed mocks: `cargo run -p genesys-users --features mocks --example mocks`.
//!
//! In your own tests, depend on `genesys-users` with the feature `mocks` in `[dev-dependencies]`.

#![allow(dead_code, clippy::print_stdout, reason = "an example prints, and a test runs it without `main`")]

use genesys_users::mocks::{httpmock::MockServer, on};
use genesys_users::types::{UpdateUser, User};
use genesys_users::{Client, Error};

/// The code under test: gives somebody a title, unless they have it already. Whether something was changed.
async fn give_title(client: &Client, id: &str, title: &str) -> Result<bool, Error> {
    let wanted = UpdateUser { title: title.to_owned().into(), ..Default::default() };
    match client.users().get(id).await?.smallest_update(wanted) {
        Some(update) => client.users().patch(id, update).await.map(|_| true),
        None => Ok(false),
    }
}

/// What the example shows.
pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let client = Client::builder().base_url(server.base_url()).bearer("access-token").build()?;
    let person = |title: &str, version| User {
        id: Some("u-1".to_owned()),
        title: Some(title.to_owned()),
        version: Some(version),
        ..User::default()
    };

    // Two responses are sent one after the other; the last one repeats.
    let read = on(&server).get_user(|when, then| {
        when.user_id("u-1");
        then.ok(&person("Agent", 3)).ok(&person("Trainer", 4));
    });
    // The body matches as JSON, with its version and without the fields that are left alone.
    let written = on(&server).patch_user(|when, then| {
        let change = UpdateUser { title: "Trainer".to_owned().into(), version: 3.into(), ..Default::default() };
        when.user_id("u-1").body(&change);
        then.ok(&person("Trainer", 4));
    });

    assert!(give_title(&client, "u-1", "Trainer").await?);
    assert!(!give_title(&client, "u-1", "Trainer").await?);
    // If a request differed, the message would name the parameter, with the expected and the received value.
    read.assert_calls_async(2).await;
    written.assert_async().await;
    println!("{} reads, {} change", read.calls(), written.calls());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run().await
}
