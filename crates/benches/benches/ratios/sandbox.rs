//! The sandbox with a million people, in a process of its own.

use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rosterkit_benches::{Options, Outcome, duration};
use rosterkit_sandbox::Sandbox;
use serde_json::Value;

use crate::process::{self, Server};
use crate::support::{Measured, event_loop};

const PEOPLE: u64 = 1_000_000;
const CONCURRENT: usize = 64;
/// The first argument of the process.
pub const SANDBOX: &str = "sandbox-server";

pub fn run(options: Options) -> Measured {
    let requests = if options.is_once() { 64 } else { 20_000 };
    let server = Server::start(&[SANDBOX, &PEOPLE.to_string()])?;
    let (address, token) = server.address().split_once(' ').ok_or("the sandbox told no token")?;
    let (http, event_loop) = (reqwest::Client::new(), event_loop()?);
    let get = async |path: String| -> Result<(Duration, Value), Box<dyn Error>> {
        let start = Instant::now();
        let response = http.get(format!("{address}{path}")).bearer_auth(token).send().await?.error_for_status()?;
        let response = response.bytes().await?;
        Ok((start.elapsed(), serde_json::from_slice(&response)?))
    };
    let pages = PEOPLE / 100;
    // A step that shares no factor with the number of pages leads to all of them, far apart.
    let page = |number: u64| format!("/api/v2/users?state=any&pageSize=100&pageNumber={}", number * 7_919 % pages + 1);
    let ids = event_loop.block_on(async {
        let mut ids = Vec::new();
        for number in 0..10 {
            let (_, response) = get(page(number)).await?;
            let people = response["entities"].as_array().ok_or("a page has no people")?;
            ids.extend(people.iter().filter_map(|person| person["id"].as_str().map(str::to_owned)));
        }
        Ok::<_, Box<dyn Error>>(ids)
    })?;
    if ids.len() != 1_000 {
        return Err(format!("expected 1000 people on 10 pages, but got {}", ids.len()).into());
    }
    let measured = |what: &str, requests: u64, path: &dyn Fn(u64) -> String| -> Result<Outcome, Box<dyn Error>> {
        let start = Instant::now();
        let calls = stream::iter(0..requests).map(|number| get(path(number))).buffer_unordered(CONCURRENT);
        let mut times: Vec<Duration> = event_loop.block_on(calls.map_ok(|(time, _)| time).try_collect())?;
        let rate = requests as f64 / start.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        Ok(Outcome::number(format!("{what} at 1,000,000 people, 64 at a time"), rate, "requests a second")
            .figure(format!("median {}, p99 {}", duration(at(50)), duration(at(99)))))
    };
    Ok(vec![
        measured("getUser", requests, &|number| format!("/api/v2/users/{}", ids[number as usize % ids.len()]))?,
        measured("a page of 100", requests.div_ceil(20), &page)?,
    ])
}

/// Serves a sandbox.
pub fn serve(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [people] = arguments else { return Err("expected the number of people".into()) };
    let sandbox = event_loop()?.block_on(Sandbox::builder().users(people.parse()?).start())?;
    let address = format!("{} {}", sandbox.genesys_url(), sandbox.credentials().genesys_token);
    Ok(process::serve(address)?)
}
