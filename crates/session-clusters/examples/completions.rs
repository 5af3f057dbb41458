//! Counts who attended which module within a year, month by month, so that no single answer grows large.
//!
//! It runs against an embedded sandbox: `cargo run -p session-clusters --example completions`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use rosterkit_sandbox::Sandbox;
use session_clusters::Client;

const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout()).await
}

/// Reads the clusters and the completions of 2024.
pub async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(100).start().await?;
    let client =
        Client::builder().base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;

    let clusters = client.clusters().from("2024-01-01T00:00Z").to("2025-01-01T00:00Z").send().await?;
    writeln!(out, "{} clusters", clusters.get().len())?;

    let mut attendance = BTreeMap::<String, u64>::new();
    let mut completions =
        client.completions().from("2024-01-01T00:00Z").to("2025-01-01T00:00Z").interval(MONTH).items();
    while let Some(completion) = completions.next().await {
        let completion = completion?;
        if completion.attended == Some(true) {
            *attendance.entry(completion.module_name.unwrap_or_default()).or_default() += 1;
        }
    }
    for (module, people) in attendance {
        writeln!(out, "{module}: {people}")?;
    }
    sandbox.stop().await;
    Ok(())
}
