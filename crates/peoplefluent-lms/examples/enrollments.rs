//! Enrolls somebody else into modules, as an administrator does. A refusal is an error, whatever the status of the response.
//!
//! It runs against an embedded sandbox: `cargo run -p peoplefluent-lms --example enrollments`.

use std::error::Error;
use std::io::{self, Write};

use peoplefluent_lms::{Client, ErrorKind};
use rosterkit_sandbox::Sandbox;

/// One of the sandbox's people.
const PERSON: &str = "covian.kascote.0";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout()).await
}

/// Enrolls one person into a module that exists, and into one that does not.
pub async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start().await?;
    // In production: Client::from_env()?
    let known = sandbox.credentials();
    let client = Client::builder().base_url(sandbox.lms_url()).user(known.lms_user, known.lms_password).build()?;

    let person = client.on_behalf_of(PERSON);
    for module in ["PHONE-110", "NO-SUCH-MODULE"] {
        match person.enrollments().enroll(module).send().await {
            Ok(_enrollment) => writeln!(out, "{module}: enrolled")?,
            Err(error) if error.is_rejection() => writeln!(out, "{module}: refused")?,
            Err(error) if error.kind() == ErrorKind::Connect => return Err("the LMS cannot be reached".into()),
            Err(error) => return Err(error.into()),
        }
    }
    let history = person.api().records().send_document().await?.into_inner();
    writeln!(out, "{} records", history.training_record.map_or(0, |records| records.len()))?;
    sandbox.stop().await;
    Ok(())
}
