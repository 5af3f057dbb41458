//! The decision after each failed attempt of one call: wait how long, or give up.

use std::time::Duration;

use tokio::time::Instant;

use super::RetryPolicy;
use crate::options::IsConflict;
use crate::{Error, ErrorKind};

/// How often in a row a call waits as long as the service asks.
const MAX_OBEYED: u32 = 3;

/// The attempts of one call so far.
pub(crate) struct RetryState {
    policy: RetryPolicy,
    repeat_unsafe: bool,
    /// When the whole call is given up; `None` is never.
    deadline: Option<Instant>,
    began: Option<Instant>,
    attempts: u32,
    /// How often in a row the call waited as long as the service asked.
    obeyed: u32,
    /// How long these waits, and those after conflicts, were in all. The total does not count them.
    waited: Duration,
    /// What the call says is a conflict.
    is_conflict: Option<IsConflict>,
    /// How often the call was repeated after a conflict.
    conflicts: u32,
    may_have_taken_effect: bool,
    renewal: Renewal,
    is_credential_refused: bool,
}

/// Whether the credential was renewed after a 401.
#[derive(PartialEq)]
enum Renewal {
    None,
    /// The next attempt is the repetition.
    New,
    Used,
}

impl RetryState {
    /// `repeat_unsafe` is what the call says, over what its policy says.
    pub fn new(policy: RetryPolicy, repeat_unsafe: Option<bool>, deadline: Option<Instant>) -> Self {
        let repeat_unsafe = repeat_unsafe.unwrap_or(policy.repeat_unsafe);
        Self {
            policy,
            repeat_unsafe,
            deadline,
            began: None,
            attempts: 0,
            obeyed: 0,
            waited: Duration::ZERO,
            is_conflict: None,
            conflicts: 0,
            may_have_taken_effect: false,
            renewal: Renewal::None,
            is_credential_refused: false,
        }
    }

    /// Has what this function finds repeated as a conflict.
    pub fn with_conflicts(mut self, is_conflict: Option<IsConflict>) -> Self {
        self.is_conflict = is_conflict;
        self
    }

    /// How many attempts have begun.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether an attempt that was repeated may have taken effect.
    pub fn may_have_taken_effect(&self) -> bool {
        self.may_have_taken_effect
    }

    /// Notes that the request is sent again after this error and this wait.
    pub fn repeat_after(&mut self, error: &Error, wait: Duration) {
        self.may_have_taken_effect |= error.may_have_taken_effect();
        if self.is_conflict(error) {
            self.conflicts += 1;
            self.waited = self.waited.saturating_add(wait);
            return;
        }
        match asked_wait(error) {
            Some(_) => {
                self.obeyed += 1;
                self.waited = self.waited.saturating_add(wait);
            }
            None => self.obeyed = 0,
        }
    }

    /// Whether the service asks for a longer wait than this call waits: longer than the cap, or once more after three waits.
    pub fn is_wait_too_long(&self, error: &Error) -> bool {
        asked_wait(error).is_some_and(|asked| asked > self.policy.retry_after_cap || self.obeyed >= MAX_OBEYED)
    }

    /// Counts an attempt, unless it repeats the last one with a renewed credential.
    pub fn begin(&mut self) {
        self.began.get_or_insert_with(Instant::now);
        match self.renewal {
            Renewal::New => self.renewal = Renewal::Used,
            Renewal::None | Renewal::Used => self.attempts += 1,
        }
    }

    /// Whether the credential may be renewed: once per call.
    pub fn may_renew(&self) -> bool {
        self.renewal == Renewal::None
    }

    /// Notes that the credential was renewed, and the request is repeated with it.
    pub fn renewed(&mut self) {
        self.renewal = Renewal::New;
    }

    /// Notes whether the service or its login refused the credential, so that no other request with it would succeed.
    pub fn note_refusal(&mut self, is_refused: bool) {
        self.is_credential_refused = is_refused;
    }

    pub fn is_credential_refused(&self) -> bool {
        self.is_credential_refused
    }

    /// Begins anew with another credential.
    pub fn with_other_credential(mut self) -> Self {
        (self.renewal, self.is_credential_refused) = (Renewal::None, false);
        self
    }

    /// How long to wait before the request is sent again; `None` if it is not.
    pub fn wait(&self, error: &Error, random: &mut fastrand::Rng) -> Option<Duration> {
        if self.is_conflict(error) {
            let wait = self.policy.conflict_wait(error, self.conflicts)?;
            let resumes = Instant::now().checked_add(wait)?;
            return self.deadline.is_none_or(|deadline| resumes < deadline).then_some(wait);
        }
        let is_harmless = match harm(error) {
            Harm::None => true,
            Harm::IfCarriedOut => self.repeat_unsafe || error.is_safe_to_repeat(),
            Harm::NoUse => false,
        };
        let attempts = self.attempts.saturating_sub(self.conflicts);
        if !is_harmless || attempts >= self.policy.attempts || self.is_wait_too_long(error) {
            return None;
        }
        let asked = asked_wait(error);
        let wait = asked.unwrap_or_else(|| self.policy.backoff.wait(attempts, random));
        let resumes = Instant::now().checked_add(wait)?;
        let total = self.policy.total.saturating_add(self.waited);
        let ends = self.began.and_then(|began| began.checked_add(total)).filter(|_| asked.is_none());
        let is_in_time =
            ends.is_none_or(|ends| resumes <= ends) && self.deadline.is_none_or(|deadline| resumes < deadline);
        is_in_time.then_some(wait)
    }

    fn is_conflict(&self, error: &Error) -> bool {
        self.is_conflict.is_some_and(|is_conflict| is_conflict(error))
    }
}

/// How long the service asks to wait because it is busy, if it does.
fn asked_wait(error: &Error) -> Option<Duration> {
    let is_busy = error.kind() == ErrorKind::Status && matches!(error.status().map(|it| it.as_u16()), Some(429 | 503));
    error.retry_after().filter(|asked| is_busy && !asked.is_zero())
}

/// What repeating the request could do.
enum Harm {
    /// The service certainly has not carried it out.
    None,
    /// It has an effect twice, unless the request is safe.
    IfCarriedOut,
    /// The response would be the same.
    NoUse,
}

fn harm(error: &Error) -> Harm {
    match (error.kind(), error.status().map(|status| status.as_u16())) {
        (ErrorKind::Connect, _) | (ErrorKind::Status, Some(429)) => Harm::None,
        (ErrorKind::Transport, _) if error.is_unreadable() => Harm::NoUse,
        (ErrorKind::Timeout | ErrorKind::Transport, _) => Harm::IfCarriedOut,
        (ErrorKind::Status, Some(408 | 500 | 502 | 503 | 504)) => Harm::IfCarriedOut,
        _ => Harm::NoUse,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode, header};

    use super::*;
    use crate::error::Route;
    use crate::operation::SAMPLE;
    use crate::{Backoff, Operation};

    const fn operation(method: &'static str, repeatable: bool) -> Operation {
        Operation { method, repeatable, ..SAMPLE }
    }

    static GET: Operation = operation("GET", false);
    static POST: Operation = operation("POST", false);
    static OPERATIONS: [(Operation, bool); 8] = [
        (operation("GET", false), true),
        (operation("HEAD", false), true),
        (operation("PUT", false), true),
        (operation("DELETE", false), true),
        (operation("OPTIONS", false), true),
        (operation("POST", true), true),
        (operation("POST", false), false),
        (operation("PATCH", false), false),
    ];

    /// Each of them, and a request of the last that says of itself that it is idempotent.
    fn routes() -> Vec<(Route, bool)> {
        let mut routes: Vec<_> =
            OPERATIONS.iter().map(|(operation, is_safe)| (Route::of(operation), *is_safe)).collect();
        routes.push((Route { is_idempotent: true, ..Route::of(&OPERATIONS[7].0) }, true));
        routes
    }

    fn status(status: u16, retry_after: Option<&'static str>) -> Error {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        Error::new(ErrorKind::Status, "refused").with_head(status, &headers)
    }

    fn plain() -> RetryPolicy {
        RetryPolicy::default().with_backoff(Backoff::default().with_jitter(false))
    }

    type Failure = Box<dyn Fn() -> Error>;

    /// The wait after so many attempts.
    fn wait(policy: &RetryPolicy, attempts: u32, error: Error) -> Option<u128> {
        let mut state = RetryState::new(policy.clone(), None, None);
        (0..attempts).for_each(|_| state.begin());
        state.wait(&error, &mut fastrand::Rng::with_seed(1)).map(|wait| wait.as_millis())
    }

    #[test]
    fn the_table_of_what_is_repeated_holds() {
        use ErrorKind::*;
        let of_kind = |kind| Error::new(kind, "broken");
        let (always, if_safe, never) = ([true, true, true], [true, false, true], [false, false, false]);
        let mut rows: Vec<(Failure, [bool; 3])> = Vec::new();
        rows.push((Box::new(move || of_kind(Connect)), always));
        rows.push((Box::new(|| status(429, None)), always));
        for code in [408, 500, 502, 503, 504] {
            rows.push((Box::new(move || status(code, None)), if_safe));
        }
        for kind in [Transport, Timeout] {
            rows.push((Box::new(move || of_kind(kind)), if_safe));
        }
        for code in [400, 401, 403, 404, 409, 410, 412, 413, 422, 425, 501, 505, 507, 520, 599] {
            rows.push((Box::new(move || status(code, Some("1"))), never));
        }
        let kinds = [
            InvalidRequest,
            MissingCredential,
            InsecureTransport,
            RequestBody,
            Redirect,
            UnexpectedMediaType,
            Decode,
            Configuration,
            TooLarge,
        ];
        for kind in kinds {
            rows.push((Box::new(move || of_kind(kind)), never));
        }
        for (error, [safe, other, other_when_told]) in rows {
            for (route, is_safe) in &routes() {
                let error = || error().at(route);
                let shown = error();
                let expected = if *is_safe { safe } else { other };
                assert_eq!(wait(&plain(), 1, error()).is_some(), expected, "{shown:?}");
                let told = if *is_safe { safe } else { other_when_told };
                assert_eq!(wait(&plain().with_repeat_unsafe(true), 1, error()).is_some(), told, "{shown:?}");
                assert_eq!(wait(&RetryPolicy::none(), 1, error()), None);
                assert!(!expected || shown.is_retryable(), "{shown:?}");
            }
        }
    }

    #[test]
    fn a_call_overrides_whether_its_policy_repeats_what_is_unsafe() {
        for (policy, call, repeats) in
            [(false, None, false), (true, None, true), (false, Some(true), true), (true, Some(false), false)]
        {
            let mut state = RetryState::new(plain().with_repeat_unsafe(policy), call, None);
            state.begin();
            let error = status(503, None).in_operation(&POST);
            assert_eq!(state.wait(&error, &mut fastrand::Rng::new()).is_some(), repeats);
        }
    }

    #[test]
    fn attempts_are_counted_with_the_first() {
        let busy = || status(503, None).in_operation(&GET);
        let waits: Vec<_> = (1..=5).map(|attempts| wait(&plain(), attempts, busy())).collect();
        assert_eq!(waits, [Some(250), Some(500), Some(1000), None, None]);
        assert_eq!(wait(&plain().with_attempts(0), 1, busy()), None);
        assert_eq!(wait(&plain().with_attempts(2), 1, busy()), Some(250));
    }

    #[test]
    fn the_service_is_given_the_time_it_asks_for_up_to_the_cap() {
        let patient = plain().with_total(Duration::MAX);
        for (asked, waits) in [
            (Some("7"), 7_000),
            (Some("180"), 180_000),
            (Some("1.0"), 1_000),
            (Some("1.2"), 2_000),
            (Some("0"), 250),
            (Some("Sun, 06 Nov 1994 08:49:37 GMT"), 250),
            (Some("soon"), 250),
            (None, 250),
        ] {
            for code in [429, 503] {
                assert_eq!(wait(&patient, 1, status(code, asked).in_operation(&GET)), Some(waits), "{asked:?}");
            }
        }
        let hasty = patient.with_retry_after_cap(Duration::from_secs(2));
        assert_eq!(wait(&hasty, 1, status(429, Some("2"))), Some(2_000));
    }

    #[test]
    fn a_wait_above_the_cap_or_a_fourth_one_in_a_row_ends_the_call() {
        let longest =
            ["181", "86400", "18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"];
        for asked in longest {
            for code in [429, 503] {
                let error = || status(code, Some(asked)).in_operation(&GET);
                assert_eq!(wait(&plain().with_total(Duration::MAX), 1, error()), None, "{asked}");
                assert!(RetryState::new(plain(), None, None).is_wait_too_long(&error()), "{asked}");
            }
        }
        let mut state = RetryState::new(plain().with_attempts(100), None, None);
        let mut random = fastrand::Rng::with_seed(1);
        let (asked, broken) = (|| status(429, Some("90")), Error::new(ErrorKind::Connect, "broken"));
        for _ in 0..2 {
            for _ in 0..3 {
                state.begin();
                let wait = state.wait(&asked(), &mut random).expect("it waits");
                assert_eq!(wait.as_secs(), 90);
                state.repeat_after(&asked(), wait);
            }
            assert_eq!((state.wait(&asked(), &mut random), state.is_wait_too_long(&asked())), (None, true));
            // What lies between makes a new row.
            state.repeat_after(&broken, Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_retry_begins_after_the_total_or_the_deadline() {
        let broken = || Error::new(ErrorKind::Connect, "broken");
        let ten_seconds = Backoff::new(Duration::from_secs(10), 1.0, Duration::from_secs(10)).with_jitter(false);
        let state = |total, deadline| {
            let deadline = Instant::now() + Duration::from_secs(deadline);
            let policy = plain().with_backoff(ten_seconds).with_total(Duration::from_secs(total));
            RetryState::new(policy, None, Some(deadline))
        };
        for (total, deadline, elapsed, repeats) in [
            (60, 60, 0, true),
            (10, 60, 0, true),
            (9, 60, 0, false),
            (60, 11, 0, true),
            (60, 10, 0, false),
            (60, 60, 49, true),
            (60, 61, 50, true),
            (60, 61, 51, false),
        ] {
            let mut state = state(total, deadline);
            state.begin();
            tokio::time::advance(Duration::from_secs(elapsed)).await;
            let wait = state.wait(&broken(), &mut fastrand::Rng::with_seed(1));
            assert_eq!(wait.is_some(), repeats, "total {total}, deadline {deadline}, elapsed {elapsed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_the_service_asks_for_is_outside_the_total_and_within_the_deadline() {
        let (asked, broken) = (status(429, Some("90")), Error::new(ErrorKind::Connect, "broken"));
        let random = &mut fastrand::Rng::with_seed(1);
        for (deadline, expected) in [(None, Some(90)), (Some(91), Some(90)), (Some(90), None)] {
            let deadline = deadline.map(|seconds| Instant::now() + Duration::from_secs(seconds));
            let mut state = RetryState::new(plain().with_total(Duration::from_secs(60)), None, deadline);
            state.begin();
            assert_eq!(state.wait(&asked, random).map(|wait| wait.as_secs()), expected);
        }
        let mut state = RetryState::new(plain(), None, None);
        state.begin();
        state.repeat_after(&asked, Duration::from_secs(90));
        tokio::time::advance(Duration::from_secs(145)).await;
        assert!(state.wait(&broken, random).is_some());
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(state.wait(&broken, random).is_none());
    }

    fn is_409(error: &Error) -> bool {
        error.status() == Some(StatusCode::CONFLICT)
    }

    /// The waits of a call that meets nothing but this.
    fn conflict_waits(policy: RetryPolicy, error: impl Fn() -> Error) -> Vec<u128> {
        let mut state = RetryState::new(policy, None, None).with_conflicts(Some(is_409));
        let mut random = fastrand::Rng::with_seed(1);
        let mut waits = Vec::new();
        loop {
            state.begin();
            let Some(wait) = state.wait(&error(), &mut random) else { return waits };
            state.repeat_after(&error(), wait);
            waits.push(wait.as_millis());
        }
    }

    #[test]
    fn a_conflict_is_repeated_with_longer_waits_each_time_and_as_often_as_the_policy_says() {
        let conflict = || status(409, None).in_operation(&POST);
        let steps: Vec<_> = (1..10).map(|step| step * 500).collect();
        assert_eq!(conflict_waits(plain(), conflict), steps);
        assert_eq!(conflict_waits(plain().with_attempts(2), conflict), steps);
        let short = plain().with_conflict_attempts(3).with_conflict_step(Duration::from_millis(20));
        assert_eq!(conflict_waits(short, conflict), [20, 40]);
        let none: [u128; 0] = [];
        for policy in [RetryPolicy::none(), plain().with_attempts(1), plain().with_conflict_attempts(0)] {
            assert_eq!(conflict_waits(policy, conflict), none);
        }
        assert_eq!(wait(&plain(), 1, conflict()), None, "a call that does not say so repeats no conflict");
    }

    #[test]
    fn a_conflict_waits_for_what_the_service_asks_for_up_to_the_cap() {
        let asking = |seconds| move || status(409, Some(seconds)).in_operation(&POST);
        assert_eq!(conflict_waits(plain().with_conflict_attempts(3), asking("2.0")), [2000, 2000]);
        assert!(conflict_waits(plain(), asking("181")).is_empty());
        assert_eq!(conflict_waits(plain().with_conflict_attempts(2), asking("0")), [500]);
    }

    #[test]
    fn conflicts_and_other_failures_are_counted_apart() {
        let mut state = RetryState::new(plain().with_attempts(2), None, None).with_conflicts(Some(is_409));
        let mut random = fastrand::Rng::with_seed(1);
        for error in [status(409, None), status(409, None), status(429, None)] {
            state.begin();
            let wait = state.wait(&error, &mut random).expect("it is repeated");
            state.repeat_after(&error, wait);
        }
        state.begin();
        assert_eq!(state.wait(&status(429, None), &mut random), None);
        assert!(state.wait(&status(409, None), &mut random).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_after_a_conflict_ends_beyond_the_deadline() {
        for (deadline, repeats) in [(501, true), (500, false)] {
            let deadline = Instant::now() + Duration::from_millis(deadline);
            let mut state = RetryState::new(plain(), None, Some(deadline)).with_conflicts(Some(is_409));
            state.begin();
            assert_eq!(state.wait(&status(409, None), &mut fastrand::Rng::new()).is_some(), repeats);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_total_counts_from_the_first_attempt() {
        let mut state = RetryState::new(plain(), None, None);
        tokio::time::advance(Duration::from_secs(600)).await;
        state.begin();
        let busy = status(503, None).in_operation(&GET);
        assert!(state.wait(&busy, &mut fastrand::Rng::with_seed(1)).is_some());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(state.wait(&busy, &mut fastrand::Rng::with_seed(1)).is_none());
    }
}
