//! One thing that is measured, in a process of its own.

use std::error::Error;
use std::path::Path;

use rosterkit_core::{RateLimit, TransportBuilder};
use rosterkit_sync::config::{GenesysListing, SyncFile};
use rosterkit_sync::engine::{ApplyOptions, Engine, PlanOptions};
use rosterkit_sync::source::{Services, Source, SourceError};
use rosterkit_sync::state::{State, plans, runs};
use serde_json::{Value, json};
use session_clusters::types::UserTemplate;

use crate::process;
use crate::support::event_loop;

/// The state file in the folder.
pub const STATE: &str = "rosterkit-sync.db";

const FILE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "split_name_rest(name)"

[flow.removals]
policy = "deactivate"

[flow.limits]
removals = { max = 100, max_percent = 5 }
"#;

/// Does it, and says what it took and what it counted.
pub fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [name, address, folder] = arguments else { return Err("expected a part, an address and a folder".into()) };
    let (event_loop, services, folder) = (event_loop()?, services(address)?, Path::new(folder));
    process::measured(|| {
        event_loop.block_on(async {
            match *name {
                "read" => read(&services).await,
                "rows" => rows(&services).await,
                "plan" => plan(services, folder).await,
                "apply" => apply(services, folder).await,
                "upsert" => upsert(&services).await,
                _ => Err(format!("unknown part `{name}`").into()),
            }
        })
    })
}

fn services(address: &str) -> Result<Services, rosterkit_core::Error> {
    let unlimited = |transport: TransportBuilder| transport.rate_limit(RateLimit::unlimited());
    let genesys = genesys_users::Client::builder().base_url(address).bearer("token").transport(unlimited);
    let sessions = session_clusters::Client::builder().base_url(address).api_key("key").transport(unlimited);
    Ok(Services { genesys: Some(genesys.build()?), lms: None, sessions: Some(sessions.build()?) })
}

type Counts = Result<Value, Box<dyn Error>>;

/// Reads both listings with the clients.
async fn read(services: &Services) -> Counts {
    let mut count = 0;
    for state in ["active", "inactive"] {
        let mut pages = services.genesys()?.api().get_users().state(state).page_size(500).pager().pages();
        while let Some(page) = futures_util::StreamExt::next(&mut pages).await {
            count += page?.items.len();
        }
    }
    Ok(json!({ "genesys": count, "sessions": list_target(services).await? }))
}

async fn list_target(services: &Services) -> Result<usize, Box<dyn Error>> {
    let mut pages = services.sessions()?.users().skip_unreadable().pager().pages();
    let mut count = 0;
    while let Some(page) = futures_util::StreamExt::next(&mut pages).await {
        count += page?.items.len();
    }
    Ok(count)
}

/// Reads both listings as the engine does.
async fn rows(services: &Services) -> Counts {
    let genesys = Source::GenesysUsers { expand: Vec::new(), listing: GenesysListing::List };
    let mut counts = Vec::new();
    for source in [genesys, Source::SessionUsers] {
        let report = source.read(services, async |_| Ok::<(), SourceError>(())).await?;
        counts.push(report.rows);
    }
    Ok(json!(counts))
}

async fn engine(services: Services, folder: &Path) -> Result<(Engine, i64), Box<dyn Error>> {
    let file = SyncFile::parse(FILE, &folder.join("rosterkit-sync.toml"))?;
    let state = State::open(folder.join(STATE), "bench").await?;
    let engine = Engine::new(file, services, state);
    let (hash, now) = (engine.file().hash.clone(), std::time::SystemTime::now().into());
    let run = engine.state().call(move |connection| runs::begin(connection, "bench", &hash, now)).await?;
    Ok((engine, run))
}

async fn plan(services: Services, folder: &Path) -> Counts {
    let (engine, run) = engine(services, folder).await?;
    engine.resume().await?;
    let plan = engine.plan(run, &PlanOptions::default()).await?;
    let flow = plan.summary.flows.first().ok_or("the plan has no flow")?;
    Ok(json!(flow.counts))
}

async fn apply(services: Services, folder: &Path) -> Counts {
    let (engine, run) = engine(services, folder).await?;
    let plan = engine.state().call(|connection| plans::last(connection)).await?.ok_or("there is no plan")?;
    let report = engine.apply(run, plan.id, &ApplyOptions::default()).await?;
    let flow = report.flows.first().ok_or("the report has no flow")?;
    Ok(json!(flow.outcomes))
}

/// Reads the target, and sends what the source has changed, without a plan and a journal.
async fn upsert(services: &Services) -> Counts {
    list_target(services).await?;
    let address = services.genesys()?.api().transport().base_url().to_owned();
    let changed = reqwest::get(format!("{address}/changed")).await?.error_for_status()?.bytes().await?;
    let changed: Vec<UserTemplate> = serde_json::from_slice(&changed)?;
    let mut outcomes = services.sessions()?.upsert_users(changed).ordered();
    while outcomes.next().await.is_some() {}
    Ok(json!({ "accepted": outcomes.counts().accepted }))
}
