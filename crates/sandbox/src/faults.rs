//! Injected faults, as of a network or a busy service.

mod fault;
mod parse;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::fault::{Fault, FaultKind};
pub use self::parse::FaultError;
pub(crate) use self::parse::{duration, near, unknown};
use crate::random::Draw;

/// The faults of a sandbox, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    armed: Vec<Armed>,
    added: u64,
}

/// A fault with its counts.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    pub(crate) number: u64,
    pub(crate) fault: Fault,
    /// The number of requests that match.
    pub(crate) seen: u64,
    /// The number of requests that it was applied to.
    pub(crate) struck: u64,
}

/// What happens to a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decision {
    /// The delay before anything else.
    pub(crate) delay: Duration,
    /// The values of `expand` that are not heeded.
    pub(crate) left_out: Vec<&'static str>,
    /// The fault after the delay.
    pub(crate) kind: Option<FaultKind>,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: impl IntoIterator<Item = Fault>) -> Self {
        let this = Self { seed, state: Mutex::default() };
        for fault in faults {
            this.add(fault);
        }
        this
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault and returns its number, counted from 1.
    pub(crate) fn add(&self, fault: Fault) -> u64 {
        let mut state = self.state();
        state.added += 1;
        let number = state.added;
        state.armed.push(Armed { number, fault, seen: 0, struck: 0 });
        number
    }

    pub(crate) fn list(&self) -> Vec<Armed> {
        self.state().armed.clone()
    }

    /// Removes one fault, or all, and returns how many were removed.
    pub(crate) fn remove(&self, number: Option<u64>) -> usize {
        let mut state = self.state();
        let before = state.armed.len();
        state.armed.retain(|armed| number.is_some_and(|number| armed.number != number));
        before - state.armed.len()
    }

    /// What happens to a request. Delays add up, and so do missing parts; of the others the first fault that applies wins, and
    /// those after it do not count the request.
    pub(crate) fn decide(&self, service: &str, operation: Option<&str>) -> Decision {
        let mut decision = Decision::default();
        for armed in &mut self.state().armed {
            if armed.fault.is_for(service, operation) && armed.strikes(self.seed) {
                match armed.fault.kind {
                    FaultKind::Delay(delay) => decision.delay = decision.delay.saturating_add(delay),
                    FaultKind::Without { part } => decision.left_out.push(part),
                    kind => {
                        decision.kind = Some(kind);
                        break;
                    }
                }
            }
        }
        decision
    }
}

impl Decision {
    /// The faults without delays, as text.
    pub(crate) fn describe(&self) -> Option<String> {
        let left_out = self.left_out.iter().map(|part| FaultKind::Without { part });
        let texts: Vec<String> = left_out.chain(self.kind).map(|kind| kind.to_string()).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

impl Armed {
    /// Whether the fault applies to the next request, which is counted.
    fn strikes(&mut self, seed: u64) -> bool {
        if self.is_spent() {
            return false;
        }
        self.seen += 1;
        if self.seen <= self.fault.skip {
            return false;
        }
        // With its own seed, a fault does not depend on when it is added. Without, several faults differ from each other.
        let (seed, number) = self.fault.seed.map_or((seed, self.number), |own| (own, 1));
        let mut draw = Draw::new(seed, "fault", (number << 40) ^ self.seen);
        // The precision of a probability is 53 bits.
        let drawn = (draw.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let strikes = drawn < self.fault.probability;
        self.struck += u64::from(strikes);
        strikes
    }

    /// Whether the fault has been applied as often as it should.
    pub(crate) fn is_spent(&self) -> bool {
        self.fault.times.is_some_and(|times| self.struck >= times)
    }
}
