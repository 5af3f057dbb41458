//! Ends a batch whose service is down, refuses the credential, or asks to come back much later.

use std::sync::Arc;

use crate::{Error, ErrorKind};

/// How much failing requests in a row weigh before the rest is not sent.
const LIMIT: u32 = 20;
/// The weight of a request with several items: five in a row reach the limit.
const WEIGHT_OF_SEVERAL: u32 = 4;

/// Decides after each response whether a batch goes on.
///
/// | response to a request | effect |
/// | --- | --- |
/// | no connection, a lost connection, a timeout, 5xx, or no access token because the login service is down | the fifth in a row opens it; of requests with one item, the twentieth |
/// | 401, or no credential | opens it at once, since each further use of a refused credential may lock the account |
/// | the service asks for a longer wait than the client waits | opens it at once |
/// | any other | the count begins anew |
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    /// Whether failures are counted.
    is_counting: bool,
    weight: u32,
    requests: u32,
    open: Option<Arc<Error>>,
}

impl CircuitBreaker {
    pub(super) fn new(is_counting: bool) -> Self {
        Self { is_counting, weight: 0, requests: 0, open: None }
    }

    /// The error of the items that are not sent, once it is open.
    pub(super) fn open(&self) -> Option<&Arc<Error>> {
        self.open.as_ref()
    }

    /// Notes that the service answered a request.
    pub(super) fn answered(&mut self) {
        (self.weight, self.requests) = (0, 0);
    }

    /// Notes that a request with so many items failed.
    pub(super) fn failed(&mut self, items: usize, error: &Error) {
        if error.is_wait_too_long() {
            self.open_because("not sent: the service asks to come back later", error);
        } else if error.is_credential_refused() {
            self.open_because("not sent: authentication failed for a request before", error);
        } else if !error.is_outage() {
            self.answered();
        } else if self.is_counting {
            self.weight += if items > 1 { WEIGHT_OF_SEVERAL } else { 1 };
            self.requests += 1;
            if self.weight >= LIMIT {
                self.open_because(&format!("not sent: {} requests in a row failed", self.requests), error);
            }
        }
    }

    fn open_because(&mut self, reason: &str, error: &Error) {
        if self.open.is_none() {
            let open = Error::new(ErrorKind::CircuitOpen, format!("{reason}; the last one: {}", error.cause()));
            let is_about_caller = error.is_wait_too_long() || error.is_credential_refused();
            let open = if is_about_caller { open.with_advice(error.advice().to_owned()) } else { open };
            self.open = Some(Arc::new(open.with_wait_of(error)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use futures_util::stream;
    use http::{HeaderMap, HeaderValue, StatusCode, header};
    use tokio::time::sleep;

    use super::*;
    use crate::batch::{Batch, Outcome, all_accepted};

    fn status(status: u16) -> Error {
        let status = StatusCode::from_u16(status).expect("a status");
        Error::new(ErrorKind::Status, "refused").with_head(status, &HeaderMap::new())
    }

    /// How many failures of requests with so many items open it, if at most 30 do.
    fn opens_after(items: usize, error: impl Fn() -> Error) -> Option<u32> {
        let mut breaker = CircuitBreaker::new(true);
        (1..=30).find(|_| {
            breaker.failed(items, &error());
            breaker.open().is_some()
        })
    }

    #[test]
    fn failures_of_the_service_open_it_after_five_chunks_or_twenty_items() {
        let kinds = [ErrorKind::Connect, ErrorKind::Transport, ErrorKind::Timeout];
        for kind in kinds {
            let error = || Error::new(kind, "broken");
            assert_eq!((opens_after(2, error), opens_after(1, error)), (Some(5), Some(20)), "{kind:?}");
        }
        for code in [500, 502, 503, 504, 599] {
            let error = || status(code);
            assert_eq!((opens_after(200, error), opens_after(1, error)), (Some(5), Some(20)), "{code}");
        }
    }

    #[test]
    fn responses_about_the_items_never_open_it() {
        for code in [400, 403, 404, 408, 409, 413, 422, 429] {
            assert_eq!(opens_after(2, || status(code)), None, "{code}");
        }
        for kind in [ErrorKind::Decode, ErrorKind::Refused, ErrorKind::InvalidRequest, ErrorKind::UnexpectedMediaType] {
            assert_eq!(opens_after(2, || Error::new(kind, "refused")), None, "{kind:?}");
        }
    }

    #[test]
    fn a_refused_credential_opens_it_at_once_and_a_dead_login_service_does_not() {
        assert_eq!(opens_after(2, || status(401)), Some(1));
        assert_eq!(opens_after(2, || Error::authentication("refused", "sign in")), Some(1));
        assert_eq!(opens_after(2, || Error::new(ErrorKind::MissingCredential, "no token")), Some(1));
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        let login = || Error::authentication("no token", "wait").with_head(unavailable, &HeaderMap::new());
        assert_eq!(opens_after(2, login), Some(5));
    }

    #[test]
    fn a_wait_that_nobody_waits_opens_it_at_once_and_is_passed_on() {
        let asked = |seconds: &'static str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static(seconds))]);
            Error::new(ErrorKind::Status, "busy").with_head(StatusCode::TOO_MANY_REQUESTS, &headers)
        };
        assert_eq!(opens_after(2, || asked("600")), None);
        let asked = |seconds| asked(seconds).with_too_long_wait();
        assert_eq!(opens_after(2, || asked("600")), Some(1));
        let mut breaker = CircuitBreaker::new(false);
        breaker.failed(2, &asked("600"));
        let open = breaker.open().expect("it is open");
        assert_eq!(open.retry_after().map(|wait| wait.as_secs()), Some(600));
    }

    #[test]
    fn an_answer_in_between_lets_the_count_begin_anew() {
        let mut breaker = CircuitBreaker::new(true);
        for between in [None, Some(404), Some(429), None] {
            for _ in 0..4 {
                breaker.failed(2, &status(503));
            }
            match between {
                Some(code) => breaker.failed(2, &status(code)),
                None => breaker.answered(),
            }
            assert!(breaker.open().is_none());
        }
    }

    #[test]
    fn whoever_keeps_going_is_stopped_by_a_refused_credential_alone() {
        let mut breaker = CircuitBreaker::new(false);
        (0..100).for_each(|_| breaker.failed(2, &status(503)));
        assert!(breaker.open().is_none());
        breaker.failed(2, &status(401));
        assert!(breaker.open().is_some_and(|error| error.kind() == ErrorKind::CircuitOpen && error.is_retryable()));
    }

    /// An error and the outcome of its items, by chance.
    fn failure(random: &mut fastrand::Rng) -> (Error, &'static str) {
        let of_kind = |kind| Error::new(kind, "broken");
        match random.u8(0..12) {
            0 => (status(400), "rejected"),
            1 => (of_kind(ErrorKind::Decode), "unknown"),
            2 => (status(401), "not sent"),
            3..=5 => (of_kind(ErrorKind::Connect), "not sent"),
            6..=8 => (of_kind(ErrorKind::Transport), "unknown"),
            _ => (status(503), "unknown"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_fails_when_every_item_has_one_outcome_in_its_place() {
        for seed in 0..500 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (items, size, concurrency) = (random.u32(0..200), random.usize(1..8), random.usize(1..6));
            let (is_ordered, keep_going, failing) = (random.bool(), random.bool(), random.u8(0..=100));
            let random = Arc::new(Mutex::new(random));
            // What the items of a request must become.
            let expected = Arc::new(Mutex::new(std::collections::BTreeMap::new()));
            let send = |items: &[u32]| {
                let mut random = random.lock().expect("no panic before");
                let wait = random.u64(0..50);
                let (result, outcome) = match random.u8(0..100) < failing {
                    true => {
                        let (error, outcome) = failure(&mut random);
                        (Err(error), outcome)
                    }
                    false => (Ok(items.len()), "accepted"),
                };
                expected.lock().expect("no panic before").extend(items.iter().map(|item| (*item, outcome)));
                async move {
                    sleep(Duration::from_millis(wait)).await;
                    result
                }
            };
            let batch = Batch::of_stream(stream::iter(0..items), send, |_: &[u32], count| all_accepted(count));
            let check = |item: &u32| if item % 11 == 7 { Err(Vec::new()) } else { Ok(()) };
            let batch = batch.size(size).concurrency(concurrency).keep_going(keep_going).check(check);
            let mut outcomes = if is_ordered { batch.ordered() } else { batch.unordered() };
            let mut seen = Vec::new();
            while let Some(item) = outcomes.next().await {
                assert_eq!(item.index, u64::from(item.item));
                let sent = expected.lock().expect("no panic before").get(&item.item).copied();
                let unsent = if item.item % 11 == 7 { "invalid" } else { "not sent" };
                assert_eq!(item.outcome.name(), sent.unwrap_or(unsent), "seed {seed}, item {}", item.item);
                let is_rest =
                    matches!(&item.outcome, Outcome::NotSent(error) if error.kind() == ErrorKind::CircuitOpen);
                assert_eq!(is_rest, sent.is_none() && unsent == "not sent", "seed {seed}, item {}", item.item);
                seen.push(item.item);
            }
            assert_eq!(outcomes.counts().total(), u64::from(items));
            assert!(!is_ordered || seen.is_sorted(), "seed {seed}");
            seen.sort_unstable();
            assert_eq!(seen, (0..items).collect::<Vec<_>>(), "seed {seed}");
        }
    }
}
