//! What the services hold, by calls of the clients alone.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use peoplefluent_lms::StreamExt as _;
use peoplefluent_lms::xml::Records;
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::completions::record_id;
use rosterkit_sync::source::Services;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The clients of a sandbox.
pub(crate) fn connect(sandbox: &Sandbox) -> Result<Services> {
    let known = sandbox.credentials();
    let genesys = genesys_users::Client::builder()
        .base_url(sandbox.genesys_url())
        .bearer(known.genesys_token)
        .rate_limit(genesys_users::RateLimit::unlimited());
    let lms = peoplefluent_lms::Client::builder().base_url(sandbox.lms_url()).system_key(known.lms_system_key);
    let lms = lms.user(known.lms_user, known.lms_password);
    let sessions = session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(known.session_key);
    Ok(Services { genesys: Some(genesys.build()?), lms: Some(lms.build()?), sessions: Some(sessions.build()?) })
}

/// How much the services hold.
pub(crate) struct Holdings {
    /// The total that Genesys reports.
    pub(crate) people: u64,
    pub(crate) session_users: u64,
    pub(crate) completions: u64,
    pub(crate) lms_users: u64,
}

pub(crate) async fn count(services: &Services) -> Result<Holdings> {
    let page = services.genesys()?.api().get_users().state("any").page_size(1).send().await?.into_inner();
    let people = u64::try_from(page.total.ok_or("the listing of people has no total")?)?;

    let (mut session_users, mut completions, mut lms_users) = (0, 0, 0);
    let mut listing = services.sessions()?.users().items();
    while let Some(user) = listing.next().await {
        user?;
        session_users += 1;
    }
    let mut listing = services.sessions()?.completions().items();
    while let Some(completion) = listing.next().await {
        completion?;
        completions += 1;
    }
    for status in ["active", "inactive"] {
        let export = services.lms()?.api().users200510_xml().status(status).send().await?;
        let mut users = Records::from(export).of("user");
        while let Some(user) = users.next().await {
            user?;
            lms_users += 1;
        }
    }
    Ok(Holdings { people, session_users, completions, lms_users })
}

/// The number of active people of Genesys whom the session service has as active, with the same name.
pub(crate) async fn people_in_step(services: &Services) -> Result<u64> {
    let mut listing = services.sessions()?.users().items();
    let mut names = BTreeMap::new();
    while let Some(user) = listing.next().await {
        let user = user?;
        if let (Some(id), Some(true)) = (user.remote_id, user.active) {
            names.insert(id, format!("{} {}", user.first_name.unwrap_or_default(), user.last_name.unwrap_or_default()));
        }
    }
    let mut in_step = 0;
    let mut listing = services.genesys()?.users().list().state("active").items();
    while let Some(user) = listing.next().await {
        let user = user?;
        let name = user.id.and_then(|id| names.get(&id));
        in_step += u64::from(name.is_some() && name == user.name.as_ref());
    }
    Ok(in_step)
}

/// Training records in the LMS.
pub(crate) struct Found {
    /// Users whose records were read.
    pub(crate) learners: u64,
    pub(crate) found: u64,
}

/// Looks for the training records of completions among those of their users.
pub(crate) async fn training_records(services: &Services, learners: &BTreeMap<String, Vec<String>>) -> Result<Found> {
    let mut found = 0;
    for (user, completions) in learners {
        let expected: BTreeSet<String> = completions.iter().map(|id| shown(&record_id(id))).collect();
        let history = services.lms()?.on_behalf_of(user.as_str()).api().records().send_document().await?.into_inner();
        let ids = history.training_record.unwrap_or_default().into_iter().filter_map(|record| record.id);
        found += u64::try_from(ids.filter(|id| expected.contains(id)).count())?;
    }
    Ok(Found { learners: u64::try_from(learners.len())?, found })
}

/// A record id as the LMS shows it. It is an id of XML there, which cannot begin with a digit: that one is written by its code.
fn shown(record_id: &str) -> String {
    let mut letters = record_id.chars();
    match letters.next() {
        Some(digit @ '0'..='9') => format!("_x{:04X}_{}", u32::from(digit), letters.as_str()),
        _ => record_id.to_owned(),
    }
}
