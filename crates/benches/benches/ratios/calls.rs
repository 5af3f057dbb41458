//! The overhead of a call, without the network.

use std::error::Error;

use futures_util::{StreamExt as _, stream};
use genesys_users::types::User;
use rosterkit_benches::{Bound, Comparison, Options};

use crate::canned::{self, SMALL};
use crate::support::{self, Measured, event_loop};

/// How many calls are in flight at a time, and how many there are.
const CONCURRENT: usize = 64;
const CALLS: usize = 4_000;
const CALLS_ONCE: usize = 100;

pub fn run(options: Options) -> Measured {
    let server = canned::start(canned::SIZE)?;
    let event_loop = event_loop()?;
    let client = support::client(server.address(), "token")?;
    let http = reqwest::Client::new();
    let url = format!("{}{SMALL}", server.address());

    let bare = || event_loop.block_on(bare(&http, &url));
    let users = client.users();
    let ours = || event_loop.block_on(users.get("u-1"));
    if bare()? != ours()? {
        return Err("the two ways to call give different responses".into());
    }
    let call = Comparison::new("getUser through the client", "the same request through reqwest alone");
    let calls = if options.is_once() { CALLS_ONCE } else { CALLS };
    let many_bare = || event_loop.block_on(succeeded((0..calls).map(|_| self::bare(&http, &url))));
    let many_ours = || event_loop.block_on(succeeded((0..calls).map(|_| users.get("u-1"))));
    if [many_bare(), many_ours()] != [calls; 2] {
        return Err("calls failed".into());
    }
    let many =
        Comparison::new("getUser through the client, 64 at a time", "the same requests through reqwest alone").cpu();
    Ok(vec![
        call.run(options, bare, ours),
        many.run(options.whole(9), many_bare, many_ours).bound(Bound::AtMost(1.05)).figure(format!("{calls} calls")),
    ])
}

/// How many of the calls succeed.
async fn succeeded<T, E>(calls: impl Iterator<Item = impl Future<Output = Result<T, E>>>) -> usize {
    let calls = stream::iter(calls).buffer_unordered(CONCURRENT);
    calls.filter(|result| std::future::ready(result.is_ok())).count().await
}

async fn bare(http: &reqwest::Client, url: &str) -> Result<User, Box<dyn Error>> {
    let response = http.get(url).bearer_auth("token").send().await?.error_for_status()?;
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}
