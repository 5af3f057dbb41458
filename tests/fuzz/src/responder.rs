//! A server that responds with what it is given, and clients that call it.

use std::future::Future;

use rosterkit_core::{RateLimit, RetryPolicy, Transport, TransportBuilder};
use rosterkit_tests::{GenesysUsers, PeoplefluentLms, Recorder, Reply, SessionClusters, Target as _};
use tokio::runtime::Runtime;

/// One per thread, since a runtime that is driven from one thread needs no locks.
pub struct Responder {
    runtime: Runtime,
    recorder: Recorder,
    /// Has a credential for each scheme of the three APIs.
    pub transport: Transport,
    pub genesys: genesys_users::Client,
    pub lms: peoplefluent_lms::Client,
    pub sessions: session_clusters::Client,
}

impl Responder {
    /// Calls a function with this thread's responder.
    pub fn with<T>(call: impl FnOnce(&Self) -> T) -> T {
        thread_local! {
            static RESPONDER: Responder = Responder::start();
        }
        RESPONDER.with(call)
    }

    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let recorder = runtime.block_on(Recorder::start());
        let url = recorder.url();
        let proofs = [GenesysUsers::proofs(), PeoplefluentLms::proofs(), SessionClusters::proofs()].concat();
        let transport = settings(Transport::builder().base_url(&url));
        let transport = proofs.into_iter().fold(transport, |it, proof| it.credential(proof.scheme, proof.credential));
        let lms = peoplefluent_lms::Client::builder().base_url(&url).system_key("key").transport(settings);
        let sessions = session_clusters::Client::builder().base_url(&url).api_key("key").transport(settings);
        Self {
            transport: transport.build().expect("valid settings"),
            genesys: genesys(&url),
            lms: lms.build().expect("valid settings"),
            sessions: sessions.build().expect("valid settings"),
            runtime,
            recorder,
        }
    }

    /// Another client of Genesys.
    pub fn new_client(&self) -> genesys_users::Client {
        genesys(&self.recorder.url())
    }

    /// The result of calls that are all answered with this.
    pub fn answer<T>(&self, reply: Reply, calls: impl Future<Output = T>) -> T {
        self.recorder.reply(reply);
        self.runtime.block_on(calls)
    }
}

/// Settings with which nothing is sent twice.
fn settings(transport: TransportBuilder) -> TransportBuilder {
    transport.retry(RetryPolicy::none()).no_proxy("*")
}

fn genesys(url: &str) -> genesys_users::Client {
    let client = genesys_users::Client::builder().base_url(url).bearer("token");
    client.rate_limit(RateLimit::unlimited()).transport(settings).build().expect("valid settings")
}
