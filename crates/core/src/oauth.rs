//! OAuth 2 access tokens: requested when they are needed, shared by all callers, renewed before they expire.
//!
//! A [`TokenSource`] is a [`CredentialSource`](crate::CredentialSource) for one of five grants. Clients that are given
//! clones of it share the token.
//!
//! | grant | constructor | renewed by |
//! | --- | --- | --- |
//! | client credentials | [`TokenSource::client_credentials`] | the same grant again |
//! | authorization code | [`TokenSource::authorization_code`] | the refresh token, if the login gives one |
//! | authorization code with PKCE | [`TokenSource::pkce`] | the refresh token, if the login gives one |
//! | refresh token | [`TokenSource::refresh_token`], [`TokenSource::public_refresh_token`] | the refresh token, or the one that replaced it |
//! | SAML2 bearer | [`TokenSource::saml2_bearer`] | the refresh token if there is one, else the same assertion |
//!
//! [`SignIn`] makes the URL at which a user signs in for the two code grants, and reads the response.
//!
//! ```
//! use rosterkit_core::{Transport, oauth::TokenSource};
//!
//! let tokens = TokenSource::client_credentials("client id", "client secret").build()?;
//! let transport = Transport::builder()
//!     .base_url("https://api.mypurecloud.ie")
//!     .credential_source("oauth", tokens)
//!     .build()?;
//! # Ok::<(), rosterkit_core::Error>(())
//! ```
//!
//! # Where tokens come from
//! `POST {login}/oauth/token`, through the connection settings of the first transport that the source is given to: proxy,
//! certificates, user agent. The login is the API host with `api.` replaced by `login.`, unless
//! [`login_path`](TokenSourceBuilder::login_path) names the prefix of a gateway or
//! [`login_url`](TokenSourceBuilder::login_url) the whole address. No redirect is followed with the secrets of a token
//! request, and none is sent over plain `http` except to this machine or when the transport allows it.
//!
//! # Renewal
//! - A token is renewed by the first caller that needs it within the last 60 s of its lifetime
//!   ([`renew_before`](TokenSourceBuilder::renew_before)), or after the service answered 401 to it. One without a known
//!   lifetime is used until it is rejected.
//! - However many callers wait, there is one token request. It goes on as long as one of them waits, also if the one that
//!   began it gives up, and ends with the last: nothing runs in the background.
//! - A failed renewal reaches every waiter as the same error of kind
//!   [`Authentication`](crate::ErrorKind::Authentication), unless the old token is still valid: then that is used. For a
//!   second ([`failure_pause`](TokenSourceBuilder::failure_pause)), or as long as the login's `Retry-After` asks up to a
//!   minute, the failure is repeated from memory; then the next caller tries again.
//! - A login that replaces the refresh token has the new one used from then on.
//!   [`on_token`](TokenSourceBuilder::on_token) sees every token before it is used, to store it.
//! - When the last waiter gives up while the login responds, a refresh token that the response replaces is lost with it, and
//!   the user must sign in again. Where calls are dropped early, [`token`](TokenSource::token) in a task of its own keeps
//!   the renewal going.
//!
//! # Why not the `oauth2` crate
//! It has no SAML2 bearer grant, its errors print the login's descriptions, which may quote what was sent, and it brings
//! a second `rand`, `base64` and `thiserror`. The forms are a few lines; what takes care is what comes after.

mod builder;
mod endpoint;
mod error;
mod grant;
mod login_url;
mod pkce;
mod renewal;
mod sign_in;
mod source;
mod token;
mod token_response;

pub use builder::TokenSourceBuilder;
pub use login_url::login_url;
pub use pkce::Pkce;
pub use sign_in::SignIn;
pub use source::TokenSource;
pub use token::Token;
