//! Lists users and changes one of them, on an embedded sandbox: `cargo run -p genesys-users --example users`.

#![allow(dead_code, clippy::print_stdout, reason = "an example prints, and a test runs it without `main`")]

use genesys_users::types::UpdateUser;
use genesys_users::{Client, Patch};
use rosterkit_sandbox::Sandbox;

/// What the example shows.
pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::builder().users(120).start().await?;
    // In production: Client::from_env()?, or Client::builder().region("eu-west-1").client_credentials(id, secret).build()?
    let known = sandbox.credentials();
    let client = Client::builder()
        .gateway(sandbox.base_url(), "/genesys", "/login")
        .client_credentials(known.genesys_client_id, known.genesys_client_secret)
        .build()?;

    let mut users = client.users().list().state("any").items();
    let mut first = None;
    let mut count = 0;
    while let Some(user) = users.next().await {
        let user = user?;
        first = first.or(user.id);
        count += 1;
    }
    println!("{count} users");
    assert_eq!(count, 120);

    // The title is set, the department is cleared, and everything else stays, whoever else changes the user meanwhile.
    let id = first.ok_or("no user")?;
    let change =
        |_: &_| UpdateUser { title: "Trainer".to_owned().into(), department: Patch::Null, ..Default::default() };
    let user = client.users().patch_latest(id, change).await?;
    println!("{} is a {}", user.name.as_deref().unwrap_or("?"), user.title.as_deref().unwrap_or("?"));
    assert_eq!((user.title.as_deref(), user.department), (Some("Trainer"), None));

    sandbox.stop().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run().await
}
