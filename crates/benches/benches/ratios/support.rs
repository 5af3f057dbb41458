//! Shared code of the parts.

use std::error::Error;

use rosterkit_benches::Outcome;
use rosterkit_sandbox::Sandbox;
use serde_json::{Value, json};

/// The result of a part.
pub type Measured = Result<Vec<Outcome>, Box<dyn Error>>;

/// An async runtime on this thread. Servers have threads of their own.
pub fn event_loop() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A client without a rate limit.
pub fn client(base_url: &str, token: &str) -> Result<genesys_users::Client, rosterkit_core::Error> {
    let builder = genesys_users::Client::builder().base_url(base_url).bearer(token);
    builder.rate_limit(rosterkit_core::RateLimit::unlimited()).build()
}

/// A page of 500 people of the sandbox with all details.
pub fn page() -> Result<String, Box<dyn Error>> {
    const EXPAND: &str = "routingStatus,presence,conversationSummary,outOfOffice,geolocation,station,authorization,lasttokenissued,\
                          profileSkills,certifications,locations,groups,skills,languages,languagePreference,biography";
    event_loop()?.block_on(async {
        let sandbox = Sandbox::builder().users(500).start().await?;
        let http = reqwest::Client::new();
        let mut people = Vec::new();
        for number in 1..=5 {
            let url = format!("{}/api/v2/users", sandbox.genesys_url());
            let number = number.to_string();
            let mut query = vec![("pageSize", "100"), ("pageNumber", &number), ("state", "any")];
            query.extend(EXPAND.split(',').map(|name| ("expand", name)));
            let url = reqwest::Url::parse_with_params(&url, &query)?;
            let token = sandbox.credentials().genesys_token;
            let response = http.get(url).bearer_auth(token).send().await?.error_for_status()?.bytes().await?;
            let mut page: Value = serde_json::from_slice(&response)?;
            if let Some(Value::Array(entities)) = page.get_mut("entities").map(Value::take) {
                people.extend(entities);
            }
        }
        if people.len() != 500 {
            return Err(format!("expected 500 people in the sandbox, but got {}", people.len()).into());
        }
        Ok(json!({ "entities": people, "pageSize": 500, "pageNumber": 1, "total": 500, "pageCount": 1 }).to_string())
    })
}
