//! Gives a user 120 languages, on a mock server: `cargo run -p genesys-users --example bulk_languages`.

#![allow(dead_code, clippy::print_stdout, reason = "an example prints, and a test runs it without `main`")]

use genesys_users::Client;
use genesys_users::batch::Outcome;
use genesys_users::types::UserRoutingLanguagePostPatch;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

/// What the example shows.
pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // It answers with the languages that it is sent.
    let server = MockServer::start_async().await;
    let bulk = server.mock(|when, then| {
        when.method("PATCH").path("/api/v2/users/u-1/routinglanguages/bulk");
        then.respond_with(|request: &HttpMockRequest| {
            let body = format!("{{\"entities\": {}}}", request.body_string());
            HttpMockResponse::builder().status(200).header("content-type", "application/json").body(body).build()
        });
    });
    let client = Client::builder().base_url(server.base_url()).bearer("access-token").build()?;

    let languages = (0..120).map(|number| UserRoutingLanguagePostPatch {
        id: format!("language-{number}").into(),
        proficiency: 4.0.into(),
        ..Default::default()
    });
    let mut outcomes = client.routing("u-1").add_languages(languages).ordered();
    while let Some(item) = outcomes.next().await {
        match item.outcome {
            Outcome::Accepted(_) => {}
            other => println!("item {}: {}, {:?}", item.index, other.name(), other.reason()),
        }
    }
    let counts = outcomes.counts();
    println!("{} of {} languages in {} requests", counts.accepted, counts.total(), bulk.calls());
    assert_eq!((counts.accepted, counts.total(), bulk.calls()), (120, 120, 3));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run().await
}
