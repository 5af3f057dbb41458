//! Plans a flow of completions: reads the window, compares each completion with the ledger, and says what is to be written.

use std::sync::Arc;

use chrono_tz::Tz;
use rosterkit_core::chrono::{DateTime, Duration, Utc};
use rusqlite::Connection;

use super::compare::{Comparison, Counted};
use super::read::Pieces;
use super::staging;
use super::users::Owners;
use super::window::{Applied, Window, start_of_day};
use crate::config::{Completions, Flow};
use crate::engine::{Engine, Error, PlanOptions};
use crate::plan::{FlowSummary, SideSummary};
use crate::source::ReadReport;
use crate::state::{Number, Side, StateError, Time, ledger, side_reads};

/// How far into the future a session is looked for before its record is withdrawn.
const FUTURE: Duration = Duration::days(730);

/// The settings of a flow of completions, with what they need of the sync file.
pub(super) struct Settings<'a> {
    pub(super) completions: &'a Completions,
    pub(super) zone: Tz,
    pub(super) since: DateTime<Utc>,
}

impl<'a> Settings<'a> {
    /// # Errors
    /// If the flow has no section `completions`, or the sync file no time zone. The sync file is checked for both when it is read.
    pub(super) fn new(flow: &'a Flow, zone: Option<Tz>) -> Result<Self, Error> {
        let missing = |what: &str| Error::Refused(format!("flow `{}`: {what} is required", flow.name));
        let completions = flow.completions.as_ref().ok_or_else(|| missing("`completions`"))?;
        let zone = zone.ok_or_else(|| missing("`lms.time_zone`"))?;
        let since = completions.since.to_naive_date().map_err(|_| missing("a date in `completions.since`"))?;
        Ok(Self { completions, zone, since: start_of_day(since, zone) })
    }
}

impl Engine {
    /// Plans a flow of completions.
    ///
    /// # Errors
    /// If the completions cannot be read, or the state file fails. Nothing is written to the LMS.
    pub(crate) async fn plan_completions(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        options: &PlanOptions,
    ) -> Result<FlowSummary, Error> {
        let settings = Settings::new(flow, self.file.lms_time_zone)?;
        let owners = Owners::new(flow, &self.file.flows)?;
        let now = self.now();
        let name: Arc<str> = flow.name.as_str().into();
        let key = Arc::clone(&name);
        let applied = self.state.call(move |connection| Applied::get(connection, &key)).await?;
        let window = Window::new(settings.completions, settings.since, settings.zone, applied.as_ref(), now);

        let mut notes = Vec::new();
        if let Some(before) = applied.as_ref().map(|applied| &applied.zone).filter(|zone| *zone != settings.zone.name())
        {
            let after = settings.zone.name();
            notes
                .push(format!("`lms.time_zone` was {before} and is {after}: the dates of all training records change"));
        }
        let mut source = self.stage(&name, plan, &window).await?;
        if owners.needs_session_users() {
            let users = self.load_session_users().await?;
            notes.extend(
                users.incomplete.iter().map(|reason| format!("session users were not read completely: {reason}")),
            );
        }
        if settings.completions.withdraw {
            self.find_missing(flow, plan, &window, &settings, options.accept_source_size, &mut source).await?;
        }

        let comparison = Comparison {
            flow: Arc::clone(&name),
            run,
            plan,
            now,
            zone: settings.zone,
            settled_before: super::window::before(now, settings.completions.settle),
            scope: flow.scope.clone(),
            owners,
            window: window.clone(),
            withdraws: settings.completions.withdraw,
            incomplete: source.incomplete.clone(),
            only: options.only.clone(),
        };
        let is_for_all = options.only.is_none();
        let remembered = Applied {
            newest: None,
            full_at: applied.as_ref().filter(|_| !window.is_full).map_or(now, |applied| applied.full_at),
            since: settings.since,
            zone: settings.zone.name().to_owned(),
        };
        let previous = applied.and_then(|applied| applied.newest);
        let report = source.clone();
        let compare = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let flow = &comparison.flow;
            side_reads::record(&transaction, run, flow, Side::Source, &report, now)?;
            let counted = comparison.run(&transaction)?;
            if is_for_all {
                let newest = staging::newest(&transaction, flow, plan, window.to)?;
                Applied { newest: newest.max(previous), ..remembered }.plan(&transaction, flow, plan)?;
            }
            let recorded = ledger::count_recorded(&transaction, flow)?;
            transaction.commit()?;
            Ok((counted, recorded))
        };
        let (counted, recorded) = self.state.call(compare).await?;
        notes.extend(counted.notes(settings.completions.settle));
        let Counted { counts, held, .. } = counted;
        let mut summary = FlowSummary {
            flow: flow.name.clone(),
            source: SideSummary { rows: source.rows, incomplete: source.incomplete },
            target: SideSummary { rows: recorded, incomplete: Vec::new() },
            counts,
            held,
            managed_active: recorded,
            notes,
            kept_back: Vec::new(),
        };
        summary.kept_back = summary.over(&flow.limits, &options.allowances);
        Ok(summary)
    }

    /// Reads the window into `source_completion`.
    async fn stage(&self, flow: &Arc<str>, plan: i64, window: &Window) -> Result<ReadReport, Error> {
        let key = Arc::clone(flow);
        self.state.call(move |connection| staging::begin(connection, &key)).await?;
        let mut report = ReadReport::default();
        let (mut position, mut without_id) = (0_u64, 0);
        let mut pieces = Pieces::new(self.services.sessions()?, window.from, window.to);
        while let Some(completions) = pieces.next(&mut report).await? {
            if completions.is_empty() {
                continue;
            }
            let (key, first) = (Arc::clone(flow), position);
            position += completions.len() as u64;
            let add = move |connection: &mut Connection| staging::add(connection, &key, plan, first, &completions);
            without_id += self.state.call(add).await?;
        }
        for (count, what) in [(without_id, "have no `id`"), (report.unreadable, "could not be read")] {
            if count > 0 {
                report.incomplete.push(format!("{count} of the completions {what}"));
            }
        }
        Ok(report)
    }

    /// Collects the completions that are accepted, whose sessions lie in the window, and that are not listed any more, in the
    /// temporary table `missing_completion`. A session can have been moved out of the window, so all of the time is read
    /// before a completion is taken for gone.
    async fn find_missing(
        &self,
        flow: &Flow,
        plan: i64,
        window: &Window,
        settings: &Settings<'_>,
        accepts_size: bool,
        source: &mut ReadReport,
    ) -> Result<(), Error> {
        let (key, span) = (flow.name.clone(), window.clone());
        let (missing, recorded) =
            self.state.call(move |connection| collect_missing(connection, &key, plan, &span)).await?;
        let found = recorded - missing;
        let min_percent = u64::from(flow.limits.min_percent);
        if found.saturating_mul(100) < recorded.saturating_mul(min_percent) && !accepts_size {
            source.incomplete.push(format!(
                "{found} of the {recorded} completions with a training record are listed, less than {min_percent} %; \
                 --accept-source-size accepts them"
            ));
        }
        if missing == 0 || !source.is_complete() {
            return Ok(());
        }
        let client = self.services.sessions()?;
        for (from, to) in [(settings.since, window.from), (window.to, window.to + FUTURE)] {
            let mut report = ReadReport::default();
            let mut pieces = Pieces::new(client, from, to);
            while let Some(completions) = pieces.next(&mut report).await? {
                let key = flow.name.clone();
                let note = move |connection: &mut Connection| staging::note_elsewhere(connection, &key, &completions);
                self.state.call(note).await?;
            }
            if report.unreadable > 0 {
                let unreadable = report.unreadable;
                source
                    .incomplete
                    .push(format!("completions outside of the window that could not be read: {unreadable}"));
            }
        }
        Ok(())
    }
}

/// Returns how many are missing, and how many have a record and a session in the window.
fn collect_missing(
    connection: &mut Connection,
    flow: &str,
    plan: i64,
    window: &Window,
) -> Result<(u64, u64), StateError> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS missing_completion (
             flow TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (flow, id)) WITHOUT ROWID;
         DELETE FROM temp.missing_completion;",
    )?;
    let span = rusqlite::params![flow, Time(window.from), Time(window.to)];
    let recorded = connection.query_row(
        "SELECT count(*) FROM ledger
         WHERE flow = ?1 AND row_hash IS NOT NULL AND session_date >= ?2 AND session_date < ?3",
        span,
        |row| row.get::<_, Number>(0),
    )?;
    let missing = connection.execute(
        "INSERT INTO temp.missing_completion (flow, id)
         SELECT flow, completion_id FROM ledger l
         WHERE flow = ?1 AND row_hash IS NOT NULL AND session_date >= ?2 AND session_date < ?3
         AND NOT EXISTS (SELECT 1 FROM source_completion s
                         WHERE s.flow = l.flow AND s.id = l.completion_id AND s.plan = ?4)",
        rusqlite::params![flow, Time(window.from), Time(window.to), plan],
    )?;
    Ok((missing as u64, recorded.0))
}
