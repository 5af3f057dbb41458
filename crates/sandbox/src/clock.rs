//! The time in a sandbox.
//!
//! It does not run unless it is set, advanced, or started: the same requests must give the same responses on any day.
//! Sample data does not depend on it, but is relative to [`epoch`].
//!
//! Every sandbox has its own thread, and the clock is installed on that thread, so that handlers read the time without a
//! parameter.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rosterkit_core::chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// 2025-01-01T00:00:00Z.
const EPOCH: i64 = 1_735_689_600;

/// The last second with a year of four digits: 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Clock>>> = const { RefCell::new(None) };
}

/// The clock of one sandbox.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<State>,
    started: Instant,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// The time when it was last set.
    base: DateTime<Utc>,
    /// The instant when it was set, if the clock runs.
    running_since: Option<Instant>,
    /// By how much the clock was advanced since the start.
    advanced: Duration,
}

impl Clock {
    /// A clock with this time, which runs if `runs` is set.
    pub(crate) fn new(now: DateTime<Utc>, runs: bool) -> Self {
        let started = Instant::now();
        let running_since = runs.then_some(started);
        Self { state: Mutex::new(State { base: within(now), running_since, advanced: Duration::ZERO }), started }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let state = self.state();
        let run = state.running_since.map_or(Duration::ZERO, |since| since.elapsed());
        later(state.base, run)
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        let mut state = self.state();
        state.base = within(now);
        state.running_since = state.running_since.map(|_| Instant::now());
    }

    /// Advances the clock; it stops at the end of the year 9999.
    pub(crate) fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.base = later(state.base, by);
        state.advanced = state.advanced.saturating_add(by);
    }

    /// The time since the start for rate limits: real time, and what the clock was advanced by. With a stopped clock alone,
    /// a limit would never end.
    pub(crate) fn elapsed(&self) -> Duration {
        self.state().advanced.saturating_add(self.started.elapsed())
    }
}

fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = TimeDelta::from_std(by).ok();
    by.and_then(|by| time.checked_add_signed(by)).map_or_else(|| timestamp(LAST), within)
}

/// The nearest time that services support: from 1970 to the end of 9999.
fn within(time: DateTime<Utc>) -> DateTime<Utc> {
    time.clamp(timestamp(0), timestamp(LAST))
}

fn timestamp(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// Makes this the clock of the current thread.
pub(crate) fn install(clock: Arc<Clock>) {
    CURRENT.set(Some(clock));
}

/// The time of the sandbox of this thread; [`epoch`] on other threads.
pub(crate) fn now() -> DateTime<Utc> {
    CURRENT.with_borrow(|clock| clock.as_ref().map_or_else(epoch, |clock| clock.now()))
}

/// The initial time of every clock, and the reference of sample data: 2025-01-01.
pub(crate) fn epoch() -> DateTime<Utc> {
    timestamp(EPOCH)
}

/// A time as services write it: RFC 3339 with milliseconds, in UTC.
pub(crate) fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_changes_only_when_it_is_set_or_advanced() {
        let clock = Clock::new(epoch(), false);
        assert_eq!((clock.now(), clock.now()), (epoch(), epoch()));
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now(), epoch() + TimeDelta::seconds(90));
        assert!(clock.elapsed() >= Duration::from_secs(90));
        clock.set(epoch());
        assert_eq!(clock.now(), epoch());
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().to_rfc3339(), "9999-12-31T23:59:59+00:00");
        clock.set(DateTime::<Utc>::MIN_UTC);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        clock.set(DateTime::<Utc>::MAX_UTC);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), timestamp(LAST));
    }

    #[test]
    fn a_thread_has_the_installed_clock() {
        assert_eq!(now(), epoch());
        let other = std::thread::spawn(|| {
            install(Arc::new(Clock::new(epoch() + TimeDelta::days(1), false)));
            now()
        });
        assert_eq!(other.join().ok(), Some(epoch() + TimeDelta::days(1)));
        assert_eq!(now(), epoch());
    }
}
