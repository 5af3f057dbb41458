//! The current token, and the one renewal that may be in flight.

use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::future::{Shared, WeakShared};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::Token;
use super::error::TokenError;

/// A renewal. All waiters poll the same request, so it goes on when one gives up, and ends with the last.
pub(super) type Renewal = Shared<BoxFuture<'static, Result<Token, TokenError>>>;

/// What changes over a source's life.
#[derive(Default)]
pub(super) struct TokenState {
    pub current: Option<Current>,
    /// The newest refresh token.
    pub refresh_token: Option<SecretString>,
    /// Whether the grant's code was redeemed: it works once.
    pub is_code_used: bool,
    /// Weak, so that nothing but its waiters keeps a renewal alive.
    pub flight: Option<WeakShared<BoxFuture<'static, Result<Token, TokenError>>>>,
    /// The last failure, and until when it is repeated.
    pub failure: Option<(TokenError, Instant)>,
}

/// The token in use.
pub(super) struct Current {
    pub token: Token,
    /// When it is due to be renewed.
    renew_at: Option<Instant>,
    expires_at: Option<Instant>,
    pub is_rejected: bool,
}

impl Current {
    /// A token with its remaining lifetime, counted from an instant. A renewal is due `margin` before the end, but not before
    /// half of the time: a token that lives for a minute is not renewed for every call.
    pub fn new(token: Token, from: Instant, lifetime: Option<Duration>, margin: Duration) -> Self {
        let after = |time: Duration| from.checked_add(time);
        let renew_at = lifetime.and_then(|lifetime| after(lifetime - margin.min(lifetime / 2)));
        Self { token, renew_at, expires_at: lifetime.and_then(after), is_rejected: false }
    }

    /// Whether the token needs no renewal yet.
    pub fn is_fresh(&self, now: Instant) -> bool {
        !self.is_rejected && self.renew_at.is_none_or(|end| now < end)
    }

    /// Whether the service would still take the token.
    pub fn is_valid(&self, now: Instant) -> bool {
        !self.is_rejected && self.expires_at.is_none_or(|end| now < end)
    }

    pub fn is(&self, access_token: &SecretString) -> bool {
        self.token.access_token().expose_secret() == access_token.expose_secret()
    }
}

impl TokenState {
    pub fn fresh(&self, now: Instant) -> Option<Token> {
        self.current.as_ref().filter(|current| current.is_fresh(now)).map(|current| current.token.clone())
    }

    pub fn valid(&self, now: Instant) -> Option<Token> {
        self.current.as_ref().filter(|current| current.is_valid(now)).map(|current| current.token.clone())
    }

    pub fn recent_failure(&self, now: Instant) -> Option<TokenError> {
        self.failure.as_ref().filter(|(_, until)| now < *until).map(|(failure, _)| failure.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_margin_before_its_end_but_not_before_half_of_its_life() {
        let start = Instant::now();
        for (lifetime, margin, fresh_for) in [(86400, 60, 86340), (100, 60, 50), (10, 60, 5), (100, 0, 100)] {
            let [lifetime, margin, fresh_for] = [lifetime, margin, fresh_for].map(Duration::from_secs);
            let current = Current::new(Token::new("t"), start, Some(lifetime), margin);
            let tick = Duration::from_millis(1);
            assert!(current.is_fresh(start + fresh_for - tick) && !current.is_fresh(start + fresh_for));
            assert!(current.is_valid(start + lifetime - tick) && !current.is_valid(start + lifetime));
        }
        let forever = [None, Some(Duration::MAX)];
        for lifetime in forever {
            let current = Current::new(Token::new("t"), start, lifetime, Duration::from_secs(60));
            assert!(current.is_fresh(start + Duration::from_secs(1_000_000_000)));
        }
    }
}
