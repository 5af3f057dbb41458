//! Listings of many people, page by page.

use std::error::Error;

use futures_util::TryStreamExt as _;
use genesys_users::Client;
use genesys_users::types::UserEntityListing;
use rosterkit_benches::{Bound, Comparison, Options, Outcome};
use rosterkit_sandbox::Sandbox;

use crate::canned::{self, SIZE};
use crate::process::{self, Used};
use crate::support::{self, Measured, event_loop};

const PEOPLE: u64 = 10_000;
const MANY_PEOPLE: u64 = 1_000_000;
/// People of a listing whose responses come late, and how late they come.
const LATE_PEOPLE: u64 = 4_000;
const LATENCY: u64 = 20;
/// The first argument of a process that streams people.
pub const STREAM: &str = "stream-users";

pub fn run(options: Options) -> Measured {
    let event_loop = event_loop()?;
    let server = canned::start(PEOPLE)?;
    let client = support::client(server.address(), "token")?;
    let http = reqwest::Client::new();
    let bare = || event_loop.block_on(bare(&http, server.address()));
    let ours = || event_loop.block_on(ours(&client));
    let found = [bare()?, ours()?];
    if found != [PEOPLE; 2] {
        return Err(format!("expected {PEOPLE} people from both listings, but got {found:?}").into());
    }
    let late_server = canned::start(LATE_PEOPLE)?;
    let late = support::client(&canned::delayed(&late_server, LATENCY), "token")?;
    let ahead = |pages: usize| {
        let items = late.api().get_users().page_size(SIZE as i64).pager().ahead(pages).items();
        event_loop.block_on(items.try_fold(0_u64, |count, _| async move { Ok(count + 1) }))
    };
    if [ahead(0)?, ahead(4)?] != [LATE_PEOPLE; 2] {
        return Err("not all people came with a delay".into());
    }
    let mut outcomes = vec![
        Comparison::new(
            "10,000 people as a stream of items",
            "100 requests of reqwest, one after the other, as the same types",
        )
        .run(options.whole(9), bare, ours)
        .bound(Bound::AtMost(0.85)),
        Comparison::new("4 pages ahead, 20 ms for each response", "page by page")
            .speed()
            .run(options.whole(3), || ahead(0), || ahead(4))
            .bound(Bound::AtLeast(3.5)),
    ];
    let people = if options.is_once() { PEOPLE } else { MANY_PEOPLE };
    let many = canned::start(people)?;
    let used = Used::by(&[STREAM, many.address()], people)?;
    outcomes.extend(used.megabytes().map(|memory| {
        let rate = people as f64 / used.time.as_secs_f64();
        let what = format!("peak memory of a program that streams {people} people");
        Outcome::number(what, memory, "MB").bound(Bound::AtMost(15.0)).figure(format!("{rate:.0} people a second"))
    }));
    outcomes.push(last_page(options)?);
    Ok(outcomes)
}

/// A page at the end of a million people of the sandbox beside one at the end of a thousand.
fn last_page(options: Options) -> Result<Outcome, Box<dyn Error>> {
    let event_loop = event_loop()?;
    let (small, small_client) = event_loop.block_on(start(1_000))?;
    let (large, large_client) = event_loop.block_on(start(1_000_000))?;
    let page = |client: &Client, number: i64| {
        let call = client.api().get_users().state("any").page_size(SIZE as i64).page_number(number);
        event_loop.block_on(call.send()).map(|page| page.get().entities.as_ref().map_or(0, Vec::len))
    };
    if [page(&small_client, 10)?, page(&large_client, 10_000)?] != [100, 100] {
        return Err("a page has fewer people than expected".into());
    }
    let outcome = Comparison::new("the last page of 1,000,000 people of the sandbox", "the last page of 1,000 people")
        .run(options, || page(&small_client, 10), || page(&large_client, 10_000));
    drop((small, large));
    Ok(outcome)
}

async fn start(people: u64) -> Result<(Sandbox, Client), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(people).start().await?;
    let client = support::client(&sandbox.genesys_url(), sandbox.credentials().genesys_token)?;
    Ok((sandbox, client))
}

async fn ours(client: &Client) -> Result<u64, rosterkit_core::Error> {
    let (mut people, mut count) = (client.users().list().items(), 0);
    while let Some(person) = people.next().await {
        person.map_err(rosterkit_core::Error::from)?;
        count += 1;
    }
    Ok(count)
}

/// Lists the people of a server, in a process of its own.
pub fn stream(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [address] = arguments else { return Err("expected an address".into()) };
    let (client, event_loop) = (support::client(address, "token")?, event_loop()?);
    process::measured(|| Ok(event_loop.block_on(ours(&client))?))
}

async fn bare(http: &reqwest::Client, base_url: &str) -> Result<u64, Box<dyn Error>> {
    let (mut count, mut number) = (0, 1);
    loop {
        let url = format!("{base_url}/api/v2/users?pageSize={SIZE}&pageNumber={number}");
        let response = http.get(url).bearer_auth("token").send().await?.error_for_status()?.bytes().await?;
        let page: UserEntityListing = serde_json::from_slice(&response)?;
        count += page.entities.as_ref().map_or(0, |people| people.len() as u64);
        if page.next_uri.is_none() {
            return Ok(count);
        }
        number += 1;
    }
}
