//! Listings of many people, page by page.

use std::error::Error;
use std::time::Duration;

use genesys_users::Client;
use rosterkit_benches::{Comparison, Options};
use rosterkit_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{self, Measured, event_loop};

const PEOPLE: u64 = 10_000;
const SIZE: i64 = 100;

pub fn run(options: Options) -> Measured {
    let event_loop = event_loop()?;
    // A listing is long enough to be a round.
    let whole = Options { round: Duration::ZERO, rounds: options.rounds.min(5) };
    let token;
    let (sandbox, client) = {
        let (sandbox, client) = event_loop.block_on(start(PEOPLE))?;
        token = sandbox.credentials().genesys_token;
        (sandbox, client)
    };
    let (small, small_client) = event_loop.block_on(start(1_000))?;
    let (large, large_client) = event_loop.block_on(start(1_000_000))?;

    let http = reqwest::Client::new();
    let bare = || event_loop.block_on(bare(&http, &sandbox.genesys_url(), token));
    let ours = || event_loop.block_on(ours(&client));
    let found = [bare()?, ours()?];
    if found != [PEOPLE; 2] {
        return Err(format!("expected {PEOPLE} people from both listings, but got {found:?}").into());
    }
    let page = |client: &Client, number: i64| {
        let call = client.api().get_users().state("any").page_size(SIZE).page_number(number);
        event_loop.block_on(call.send()).map(|page| page.get().entities.as_ref().map_or(0, Vec::len))
    };
    if [page(&small_client, 10)?, page(&large_client, 10_000)?] != [100, 100] {
        return Err("a page has fewer people than expected".into());
    }
    let outcomes = vec![
        Comparison::new("10,000 people as a stream of items", "100 requests of reqwest, one after the other, as Value")
            .run(whole, bare, ours),
        Comparison::new("the last page of 1,000,000 people", "the last page of 1,000 people").run(
            options,
            || page(&small_client, 10),
            || page(&large_client, 10_000),
        ),
    ];
    drop((small, large));
    Ok(outcomes)
}

async fn start(people: u64) -> Result<(Sandbox, Client), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(people).start().await?;
    let client = support::client(&sandbox.genesys_url(), sandbox.credentials().genesys_token)?;
    Ok((sandbox, client))
}

async fn ours(client: &Client) -> Result<u64, rosterkit_core::Error> {
    let (mut people, mut count) = (client.users().list().state("any").items(), 0);
    while let Some(person) = people.next().await {
        person.map_err(rosterkit_core::Error::from)?;
        count += 1;
    }
    Ok(count)
}

async fn bare(http: &reqwest::Client, base_url: &str, token: &str) -> Result<u64, Box<dyn Error>> {
    let (mut count, mut number) = (0, 1);
    loop {
        let url = format!("{base_url}/api/v2/users?state=any&pageSize={SIZE}&pageNumber={number}");
        let response = http.get(url).bearer_auth(token).send().await?.error_for_status()?.bytes().await?;
        let page: Value = serde_json::from_slice(&response)?;
        count += page["entities"].as_array().map_or(0, |people| people.len() as u64);
        if page.get("nextUri").is_none_or(Value::is_null) {
            return Ok(count);
        }
        number += 1;
    }
}
