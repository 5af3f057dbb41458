//! The steps, each a few calls of one client.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::iter;

use genesys_users::types::User;
use peoplefluent_lms::bulk::{Amount, CourseType, DurationUnit, ExternalStatus, ExternalTrainingRow, PlainDateTime};
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use rosterkit_core::Timestamp;
use rosterkit_sandbox::Sandbox;
use session_clusters::batch::Outcome;
use session_clusters::types::{Completion, UserTemplate};

use crate::figures::Figures;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The size of a page.
const PAGE: i64 = 100;

/// The three clients.
pub(crate) struct Clients {
    genesys: genesys_users::Client,
    lms: peoplefluent_lms::Client,
    sessions: session_clusters::Client,
}

impl Clients {
    pub(crate) fn new(sandbox: &Sandbox) -> Result<Self> {
        let accepted = sandbox.credentials();
        let genesys = genesys_users::Client::builder()
            .base_url(sandbox.genesys_url())
            .bearer(accepted.genesys_token)
            .rate_limit(genesys_users::RateLimit::unlimited());
        let lms = peoplefluent_lms::Client::builder()
            .base_url(sandbox.lms_url())
            .user(accepted.lms_user, accepted.lms_password)
            .system_key(accepted.lms_system_key);
        let sessions =
            session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(accepted.session_key);
        Ok(Self { genesys: genesys.build()?, lms: lms.build()?, sessions: sessions.build()? })
    }
}

/// Reads all people from Genesys, page by page.
pub(crate) async fn list_people(clients: &Clients, figures: &mut Figures) -> Result<Vec<User>> {
    let mut people = Vec::new();
    for number in 1.. {
        let request = clients.genesys.api().get_users().state("any").page_size(PAGE).page_number(number);
        let page = request.send().await?.into_inner();
        figures.total = usize::try_from(page.total.unwrap_or_default())?;
        figures.pages += 1;
        people.extend(page.entities.unwrap_or_default());
        if page.next_uri.is_none() {
            break;
        }
    }
    figures.listed = people.len();
    Ok(people)
}

/// Writes all people to the session service, in batches, and returns how often each error occurred.
pub(crate) async fn upsert_people(
    clients: &Clients,
    people: &[User],
    figures: &mut Figures,
) -> Result<BTreeMap<String, usize>> {
    let mut reasons = BTreeMap::new();
    let mut outcomes = clients.sessions.upsert_users(people.iter().map(template)).ordered();
    while let Some(outcome) = outcomes.next().await {
        match outcome.outcome {
            Outcome::Accepted(_) => figures.upserted += 1,
            Outcome::Rejected(reason) => {
                figures.failed += 1;
                *reasons.entry(reason).or_default() += 1;
            }
            other => return Err(other.reason().unwrap_or_default().into_owned().into()),
        }
    }
    Ok(reasons)
}

/// Maps a person to the session service: Genesys has one name, the session service two.
fn template(user: &User) -> UserTemplate {
    let name = user.name.as_deref().unwrap_or_default();
    let (first, last) = match name.split_once(' ') {
        Some((first, last)) => (first, Some(last)),
        None => (name, None),
    };
    UserTemplate {
        remote_id: user.id.clone(),
        first_name: Some(first.to_owned()),
        last_name: last.map(str::to_owned),
        active: user.state.as_ref().map(|state| state.as_str() == "active"),
        additional_properties: BTreeMap::new(),
    }
}

/// Reads the completions.
pub(crate) async fn read_completions(clients: &Clients, figures: &mut Figures) -> Result<Vec<Completion>> {
    let mut listing = clients.sessions.completions().items();
    let mut completions = Vec::new();
    while let Some(completion) = listing.next().await {
        completions.push(completion?);
    }
    figures.completions = completions.len();
    Ok(completions)
}

/// What was sent to the LMS.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The accepted record ids of each user.
    accepted: BTreeMap<String, BTreeSet<String>>,
    /// How often rows were rejected, by reason.
    pub(crate) rejections: BTreeMap<String, usize>,
}

/// Writes the completions to the LMS, as rows of a bulk file.
pub(crate) async fn send_training(
    clients: &Clients,
    people: &[User],
    completions: &[Completion],
    figures: &mut Figures,
) -> Result<Sent> {
    // The LMS knows people by the local part of their address.
    let logins =
        people.iter().filter_map(|user| Some((user.id.as_deref()?, user.email.as_deref()?.split('@').next()?)));
    let logins: HashMap<&str, &str> = logins.collect();
    let mut rows = Vec::new();
    for completion in completions {
        let login = completion.remote_user_id.as_deref().and_then(|id| logins.get(id));
        rows.push(row(login.ok_or("a completion belongs to no user of Genesys")?, completion)?);
    }
    figures.rows = rows.len();

    let mut sent = Sent::default();
    let mut outcomes = clients.lms.bulk().external_training(rows).columns(COLUMNS).outcomes();
    while let Some(outcome) = outcomes.next().await {
        let outcome = outcome?;
        let row = outcome.item.unwrap_or_default();
        match outcome.outcome {
            Outcome::Accepted(()) | Outcome::Warned((), _) => {
                figures.accepted += 1;
                let (login, record) = (row.user_id.unwrap_or_default(), row.record_id.unwrap_or_default());
                sent.accepted.entry(login).or_default().insert(record);
            }
            Outcome::Rejected(reason) => {
                figures.rejected += 1;
                *sent.rejections.entry(reason).or_default() += 1;
            }
            other => return Err(other.reason().unwrap_or_default().into_owned().into()),
        }
    }
    Ok(sent)
}

/// Looks for the accepted rows among the training records of their users.
pub(crate) async fn read_back(clients: &Clients, sent: &Sent, figures: &mut Figures) -> Result<()> {
    for (login, expected) in &sent.accepted {
        let records = clients.lms.api().records().on_behalf_of(login.as_str()).send().await?;
        let found = record_ids(&records.into_inner().text().await?)?;
        figures.learners += 1;
        figures.read_back += found.iter().filter(|id| expected.contains(*id)).count();
    }
    Ok(())
}

/// The columns of a row.
const COLUMNS: [&str; 11] = [
    "Action",
    "RecordID",
    "UserId",
    "Title",
    "CourseType",
    "StartDate",
    "EndDate",
    "Status",
    "Score",
    "Duration",
    "Unit",
];

/// Maps a completion to a row of external training.
fn row(user_id: &str, completion: &Completion) -> Result<ExternalTrainingRow> {
    let id = completion.id.as_deref().ok_or("a completion has no id")?;
    // The LMS takes 15 characters, and shows them as an id of XML, which begins with a letter. The other 14, digits of a
    // UUID, still distinguish completions.
    let record_id: String = iter::once('r').chain(id.chars().filter(char::is_ascii_hexdigit).take(14)).collect();
    let title = completion.module_name.as_deref().unwrap_or("Session");
    let attended = completion.attended == Some(true);
    let mut row = ExternalTrainingRow::add_or_update(record_id, user_id, title)
        .with_course_type(CourseType::Workshop)
        .with_status(if attended { ExternalStatus::Completed } else { ExternalStatus::Cancelled })
        .with_duration(Amount::rounded(completion.time_in_session_mins.unwrap_or_default())?)
        .with_unit(DurationUnit::Minutes);
    row.start_date = date_time(completion.session_scheduled_start_at.as_ref())?;
    row.end_date = date_time(completion.session_scheduled_end_at.as_ref())?;
    row.score = completion.percentage_steps_visited.map(|share| share.to_string());
    Ok(row)
}

/// The file names no time zone; the demo's LMS keeps time in UTC.
fn date_time(timestamp: Option<&Timestamp>) -> Result<Option<PlainDateTime>> {
    Ok(match timestamp {
        Some(timestamp) => Some(timestamp.to_datetime()?.naive_utc().into()),
        None => None,
    })
}

/// The ids of all training records, nested ones included.
fn record_ids(document: &str) -> Result<Vec<String>> {
    let mut reader = Reader::from_str(document);
    let mut ids = Vec::new();
    loop {
        match reader.read_event()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "trainingRecord" => {
                if let Some(id) = element.try_get_attribute("id")? {
                    ids.push(id.normalized_value(XmlVersion::Implicit1_0)?.into_owned());
                }
            }
            Event::Eof => return Ok(ids),
            _ => {}
        }
    }
}
