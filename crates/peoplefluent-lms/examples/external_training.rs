//! Sends external training as a bulk file, with an outcome for each row, and reads the training history that results.
//!
//! It runs against an embedded sandbox: `cargo run -p peoplefluent-lms --example external_training`.

use std::error::Error;
use std::io::{self, Write};

use peoplefluent_lms::Client;
use peoplefluent_lms::bulk::{ExternalStatus, ExternalTrainingRow, Outcome};
use peoplefluent_lms::chrono::NaiveDate;
use rosterkit_sandbox::Sandbox;

/// One of the sandbox's people.
const PERSON: &str = "covian.kascote.0";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout()).await
}

/// Sends two rows, of which one is about nobody.
pub async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start().await?;
    // In production: Client::from_env()?
    let known = sandbox.credentials();
    let client = Client::builder()
        .base_url(sandbox.lms_url())
        .user(known.lms_user, known.lms_password)
        .system_key(known.lms_system_key)
        .build()?;

    let day = NaiveDate::from_ymd_opt(2026, 1, 31).ok_or("no such day")?;
    let rows = [("R-1", PERSON), ("R-2", "nobody")].map(|(record, user)| {
        ExternalTrainingRow::add_or_update(record, user, "First aid")
            .with_end_date(day)
            .with_status(ExternalStatus::Completed)
    });
    // Only columns with a value: an update leaves the others alone.
    let upload =
        client.bulk().external_training(rows).columns(["Action", "RecordID", "UserId", "Title", "EndDate", "Status"]);
    let mut outcomes = upload.outcomes();
    while let Some(item) = outcomes.next().await {
        let item = item?;
        match item.outcome {
            Outcome::Accepted(()) => {}
            other => {
                writeln!(out, "row {} is {}: {}", item.index, other.name(), other.reason().unwrap_or_default())?;
            }
        }
    }
    writeln!(out, "{}", outcomes.counts())?;

    let history = client.on_behalf_of(PERSON).api().records().send_document().await?.into_inner();
    let records = history.training_record.unwrap_or_default();
    let sent = records.iter().filter(|record| record.id.as_deref() == Some("R-1")).count();
    writeln!(out, "{} records, {sent} of them sent just now", records.len())?;
    sandbox.stop().await;
    Ok(())
}
