//! Many people written in batches, beside the same requests made by hand.

use std::error::Error;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rosterkit_benches::{Bound, Comparison, Options, Outcome};
use rosterkit_core::RateLimit;
use session_clusters::generated::operations::BATCH_UPSERT_USERS_MAX_ITEMS;
use session_clusters::types::{BatchUpsertUsersEnvelope, BatchUpsertUsersRequest, UserTemplate};

use crate::process::{self, Used};
use crate::support::{Measured, event_loop};
use crate::sync::Services;

const PEOPLE: u64 = 100_000;
const PEOPLE_ONCE: u64 = 2_000;
/// How many requests are in flight, as in the client.
const CONCURRENT: usize = 4;
/// The first argument of a process that writes people.
pub const UPSERT: &str = "upsert-users";

pub fn run(options: Options) -> Measured {
    let people = if options.is_once() { PEOPLE_ONCE } else { PEOPLE };
    let services = Services::start(people)?;
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..options.whole(5).rounds {
        let used = |way: &str| Used::by(&[UPSERT, way, services.address(), &people.to_string()], people);
        raw.push(used("raw")?);
        ours.push(used("client")?);
    }
    let wall = |used: &[Used]| used.iter().map(|used| used.time).collect::<Vec<Duration>>();
    let cpu = |used: &[Used]| used.iter().filter_map(|used| used.cpu).collect::<Vec<Duration>>();
    let compared = |comparison: Comparison, [raw, ours]: [Vec<Duration>; 2]| {
        (!raw.is_empty() && !ours.is_empty()).then(|| comparison.measured(raw, ours).bound(Bound::AtMost(1.10)))
    };
    let comparison =
        Comparison::new("people upserted in batches through the client", "the same requests through reqwest");
    let memory = |used: &[Used]| used.iter().filter_map(Used::megabytes).reduce(f64::max);
    let mut outcomes = Vec::new();
    outcomes.extend(compared(comparison, [wall(&raw), wall(&ours)]).map(|it| it.figure(format!("{people} people"))));
    outcomes.extend(compared(comparison.cpu(), [cpu(&raw), cpu(&ours)]));
    outcomes.extend(memory(&ours).map(|megabytes| {
        let peak = Outcome::number("peak memory of the program", megabytes, "MB").bound(Bound::AtMost(15.0));
        match memory(&raw) {
            Some(raw) => peak.figure(format!("{raw:.1} MB with reqwest alone")),
            None => peak,
        }
    }));
    Ok(outcomes)
}

/// Writes people, in a process of its own.
pub fn work(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [way, address, people] = arguments else { return Err("expected a way, an address and a number".into()) };
    let (people, event_loop) = (people.parse::<u64>()?, event_loop()?);
    let users = (0..people).map(user);
    match *way {
        "client" => {
            let client = session_clusters::Client::builder().base_url(*address).api_key("key");
            let client = client.transport(|transport| transport.rate_limit(RateLimit::unlimited())).build()?;
            process::measured(|| {
                let mut outcomes = client.upsert_users(users).concurrency(CONCURRENT).unordered();
                event_loop.block_on(async { while outcomes.next().await.is_some() {} });
                Ok(outcomes.counts().accepted)
            })
        }
        "raw" => process::measured(|| event_loop.block_on(raw(address, users))),
        _ => Err(format!("unknown way `{way}`").into()),
    }
}

async fn raw(address: &str, users: impl Iterator<Item = UserTemplate>) -> Result<u64, Box<dyn Error>> {
    let (http, url) = (reqwest::Client::new(), format!("{address}/users/batch"));
    let chunks = stream::iter(users).chunks(BATCH_UPSERT_USERS_MAX_ITEMS);
    let sent = chunks.map(|users| {
        let request = http.post(&url).header("x-api-key", "key").header("content-type", "application/json");
        async move {
            let request = request.body(serde_json::to_vec(&BatchUpsertUsersRequest { users })?);
            let response = request.send().await?.error_for_status()?.bytes().await?;
            let response: BatchUpsertUsersEnvelope = serde_json::from_slice(&response)?;
            let accepted = response.data.and_then(|data| data.success).map_or(0, |users| users.len() as u64);
            Ok::<u64, Box<dyn Error>>(accepted)
        }
    });
    sent.buffer_unordered(CONCURRENT).try_fold(0, |sum, accepted| async move { Ok(sum + accepted) }).await
}

fn user(number: u64) -> UserTemplate {
    UserTemplate {
        remote_id: Some(format!("00000000-0000-4000-8000-{number:012x}")),
        first_name: Some("Sample".to_owned()),
        last_name: Some(format!("Person {number}")),
        active: Some(true),
        ..UserTemplate::default()
    }
}
