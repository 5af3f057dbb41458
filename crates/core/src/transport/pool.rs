//! The identities that calls are spread over, each with a credential and a rate limit of its own. Most clients have one.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::credentials::Credentials;
use crate::{Error, ErrorKind, Operation, RateLimit};

pub(super) struct Pool {
    members: Vec<Member>,
    /// Whether calls are spread, even if there is only one member.
    is_spread: bool,
    /// Where the search for a member begins, so that equal ones take turns.
    turn: AtomicUsize,
}

/// One identity.
pub(super) struct Member {
    pub credentials: Credentials,
    pub rate_limit: RateLimit,
    /// How many calls have it at this time.
    calls: AtomicUsize,
    /// Its credential was refused.
    has_left: AtomicBool,
}

/// The member that all calls of a task have. It is chosen by the first call.
pub(super) type Kept = Arc<OnceLock<usize>>;

/// A member while a call has it.
pub(super) struct Seat<'a> {
    member: &'a Member,
    index: usize,
}

impl Pool {
    /// The members, of which there is at least one.
    pub fn new(members: Vec<(Credentials, RateLimit)>, is_spread: bool) -> Self {
        let member = |(credentials, rate_limit)| Member {
            credentials,
            rate_limit,
            calls: AtomicUsize::new(0),
            has_left: AtomicBool::new(false),
        };
        Self { members: members.into_iter().map(member).collect(), is_spread, turn: AtomicUsize::new(0) }
    }

    /// The security schemes that the members have credentials for: all have the same.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.members.iter().take(1).flat_map(|member| member.credentials.schemes())
    }

    /// The schemes that authenticate a call.
    pub fn select(&self, operation: &'static Operation) -> Result<&'static [&'static str], Error> {
        if self.is_spread && operation.path.split('/').any(|segment| segment == "me") {
            let cause = "the operation is about the caller, and a pool of clients has no single one";
            let error = Error::invalid_request(operation, cause);
            return Err(error.with_advice("call it with a client that has one credential; nothing was sent"));
        }
        match self.members.first() {
            Some(member) => member.credentials.select(operation),
            None => Err(none_left()),
        }
    }

    /// The member for a call: the kept one, or the one that can send most at this time.
    pub fn seat(&self, kept: Option<&Kept>) -> Result<Seat<'_>, Error> {
        let index = match kept {
            None => self.choose()?,
            Some(kept) => match kept.get() {
                Some(index) => *index,
                None => {
                    let chosen = self.choose()?;
                    *kept.get_or_init(|| chosen)
                }
            },
        };
        let member = self.members.get(index).ok_or_else(none_left)?;
        member.calls.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { member, index })
    }

    /// Takes a member whose credential was refused out of the pool, with one warning. `false` if calls are not spread.
    pub fn leave(&self, seat: &Seat<'_>, error: &Error) -> bool {
        if self.is_spread && !seat.member.has_left.swap(true, Ordering::Relaxed) {
            let left = self.members.iter().filter(|member| !member.has_left.load(Ordering::Relaxed)).count();
            let (client, of) = (seat.index + 1, self.members.len());
            tracing::warn!(client, of, left, %error, "a client of the pool is not used any more: its token was refused");
        }
        self.is_spread
    }

    fn choose(&self) -> Result<usize, Error> {
        if let ([_], false) = (self.members.as_slice(), self.is_spread) {
            return Ok(0);
        }
        let count = self.members.len().max(1);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..count).map(|step| turn.wrapping_add(step) % count);
        let present = in_turn.filter_map(|index| {
            let member = self.members.get(index).filter(|member| !member.has_left.load(Ordering::Relaxed))?;
            let calls = member.calls.load(Ordering::Relaxed) as i64;
            Some((member.rate_limit.left().saturating_sub(calls), index))
        });
        // The first of equal ones.
        let best = present.reduce(|best, other| if other.0 > best.0 { other } else { best });
        best.map(|(_, index)| index).ok_or_else(none_left)
    }
}

impl Deref for Seat<'_> {
    type Target = Member;

    fn deref(&self) -> &Member {
        self.member
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.member.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

fn none_left() -> Error {
    Error::new(ErrorKind::Authentication, "no client of the pool is left: the token of each was refused")
        .with_advice("check the ids and secrets of the clients, and that they are active; nothing was sent")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::operation::SAMPLE;

    fn pool(rates: &[RateLimit]) -> Pool {
        let members = rates.iter().map(|rate| (Credentials::default(), rate.clone())).collect();
        Pool::new(members, true)
    }

    fn refused() -> Error {
        Error::new(ErrorKind::Authentication, "refused")
    }

    #[tokio::test(start_paused = true)]
    async fn calls_go_to_the_member_that_can_send_most_and_equal_ones_take_turns() {
        let rates = [RateLimit::per_minute(60), RateLimit::per_minute(60), RateLimit::per_minute(60)];
        let pool = pool(&rates);
        let index = || pool.seat(None).map(|seat| seat.index).expect("a member");
        assert_eq!([index(), index(), index(), index()], [0, 1, 2, 0]);
        for _ in 0..3 {
            rates[1].take().await;
        }
        rates[2].take().await;
        assert_eq!([index(), index(), index()], [0, 0, 0]);
        tokio::time::advance(Duration::from_secs(61)).await;
        let seats: Vec<_> = (0..6).map(|_| pool.seat(None).expect("a member")).collect();
        let mut taken: Vec<_> = seats.iter().map(|seat| seat.index).collect();
        taken.sort_unstable();
        assert_eq!(taken, [0, 0, 1, 1, 2, 2], "calls that are in flight count");
    }

    #[test]
    fn a_task_keeps_its_member_and_a_refused_one_gets_no_other_calls() {
        let pool = pool(&[RateLimit::unlimited(), RateLimit::unlimited()]);
        let kept = Kept::default();
        let first = pool.seat(Some(&kept)).expect("a member").index;
        for _ in 0..3 {
            assert_eq!(pool.seat(Some(&kept)).expect("the same").index, first);
        }
        assert!(pool.leave(&pool.seat(Some(&kept)).expect("the same"), &refused()));
        for _ in 0..3 {
            assert_eq!(pool.seat(None).expect("the other").index, 1 - first);
        }
        pool.leave(&pool.seat(None).expect("the other"), &refused());
        let error = pool.seat(None).map(|seat| seat.index).expect_err("none is left");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("no client of the pool is left"), "{error}");
    }

    #[test]
    fn operations_on_the_caller_are_refused_only_where_calls_are_spread() {
        static ME: Operation = Operation { path: "/api/v2/users/me", ..SAMPLE };
        static MENUS: Operation = Operation { path: "/api/v2/menus/{meId}", ..SAMPLE };
        let spread = pool(&[RateLimit::unlimited()]);
        let error = spread.select(&ME).expect_err("about the caller");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(spread.select(&MENUS).is_ok());
        let single = Pool::new(vec![(Credentials::default(), RateLimit::unlimited())], false);
        assert!(single.select(&ME).is_ok());
        assert!(!single.leave(&single.seat(None).expect("the member"), &refused()));
        assert!(single.seat(None).is_ok());
    }
}
