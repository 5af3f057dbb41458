//! The access tokens of a user who is signed in: kept between runs, and renewed by one process at a time.
//!
//! A login may replace the refresh token with each use, so that the one that is kept must be the newest. A process that needs
//! a new access token locks, reads what is kept, since another process may have renewed it meanwhile, asks the login, and keeps
//! the response before it unlocks. A renewal that was sent is finished even if no one waits for it any more.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use genesys_users::oauth::TokenSource;
use rosterkit_core::chrono::Utc;
use rosterkit_core::secrecy::ExposeSecret as _;
use rosterkit_core::{BoxFuture, Connection, Credential, CredentialSource, Error as CallError, SecretText};

use crate::error::Error;
use crate::profiles::{self, SignIn, Tokens};
use crate::signals;

/// The source of access tokens of one profile. Clones share the token.
#[derive(Clone)]
pub(crate) struct SignedIn(Arc<Inner>);

struct Inner {
    profile: String,
    client_id: String,
    /// The address of the login, if it is not derived from the address of the API.
    login_url: Option<String>,
    store: Box<dyn profiles::TokenStore>,
    /// The file that is locked during a renewal.
    lock: PathBuf,
    connection: OnceLock<Connection>,
    known: Mutex<Known>,
    /// Held by the call that looks for a new token, so that the others of this process do not.
    turn: tokio::sync::Mutex<()>,
}

/// What this process knows.
#[derive(Default)]
struct Known {
    tokens: Option<Tokens>,
    /// The refresh token that the login refused, and why. It is not sent again.
    refused: Option<(SecretText, String)>,
}

impl SignedIn {
    pub(super) fn new(profile: &str, sign_in: &SignIn, login_url: Option<&str>) -> Result<Self, Error> {
        let store = profiles::store(profile, sign_in.kept_in)?;
        Ok(Self::with_store(profile, sign_in, login_url, store, profiles::lock_path(profile)?))
    }

    fn with_store(
        profile: &str,
        sign_in: &SignIn,
        login_url: Option<&str>,
        store: Box<dyn profiles::TokenStore>,
        lock: PathBuf,
    ) -> Self {
        Self(Arc::new(Inner {
            profile: profile.to_owned(),
            client_id: sign_in.client_id.clone(),
            login_url: login_url.map(str::to_owned),
            store,
            lock,
            connection: OnceLock::new(),
            known: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// The scopes of the access token, separated by spaces; `None` before the first call, or if the login did not say them.
    pub(crate) fn scope(&self) -> Option<String> {
        self.0.known().tokens.as_ref().and_then(|tokens| tokens.scope.clone())
    }

    /// Tokens that are fresh, and not those with the rejected access token.
    async fn tokens(&self, rejected: Option<&str>) -> Result<Tokens, CallError> {
        let _turn = self.0.turn.lock().await;
        if let Some(tokens) = self.0.known().tokens.as_ref().filter(|tokens| is_usable(tokens, rejected)) {
            return Ok(tokens.clone());
        }
        // A task of its own goes on when the call that waits for it is given up: a refresh token that the login replaces would
        // be lost.
        let renewal = signals::uninterrupted(self.0.clone().renew(rejected.map(str::to_owned)));
        match tokio::spawn(renewal).await {
            Ok(Some(result)) => result,
            Ok(None) | Err(_) => {
                Err(CallError::authentication("the renewal of the access token was stopped", "run the command again"))
            }
        }
    }
}

/// Whether an access token may be sent.
fn is_usable(tokens: &Tokens, rejected: Option<&str>) -> bool {
    tokens.is_fresh(Utc::now()) && rejected != Some(tokens.access_token.expose())
}

impl Inner {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign_in_again(&self) -> String {
        format!("run `rosterkit login --profile {}`", self.profile)
    }

    async fn renew(self: Arc<Self>, rejected: Option<String>) -> Result<Tokens, CallError> {
        let rejected = rejected.as_deref();
        let inner = self.clone();
        let (lock, kept) = blocking(move || {
            let lock = profiles::lock(&inner.lock)?;
            Ok((lock, inner.store.read()?))
        })
        .await?;
        let tokens = match kept {
            Some(tokens) if is_usable(&tokens, rejected) => tokens,
            Some(tokens) => match self.request(&tokens).await {
                Ok(new) => {
                    self.keep(&new).await;
                    new
                }
                // The service may still take the old one.
                Err(error) if tokens.is_valid(Utc::now()) && rejected != Some(tokens.access_token.expose()) => {
                    tell(format_args!("the access token could not be renewed, and is used until it expires: {error}"));
                    return Ok(tokens);
                }
                Err(error) => return Err(error),
            },
            None => {
                let cause = format!("no user is signed in with profile `{}`", self.profile);
                return Err(CallError::authentication(cause, self.sign_in_again()));
            }
        };
        drop(lock);
        self.known().tokens = Some(tokens.clone());
        Ok(tokens)
    }

    /// Asks the login for a new access token.
    async fn request(&self, tokens: &Tokens) -> Result<Tokens, CallError> {
        let Some(refresh_token) = &tokens.refresh_token else {
            let cause = "the access token has expired or was rejected, and the login gave no refresh token";
            return Err(CallError::authentication(cause, self.sign_in_again()));
        };
        let refused = self.known().refused.clone().filter(|(token, _)| token == refresh_token);
        if let Some((_, cause)) = refused {
            return Err(CallError::authentication(cause, self.sign_in_again()));
        }
        let source = TokenSource::public_refresh_token(&self.client_id, refresh_token.expose());
        let source = self.login_url.iter().fold(source, |source, url| source.login_url(url)).build()?;
        let Some(connection) = self.connection.get() else {
            return Err(CallError::configuration("the sign-in belongs to no client"));
        };
        source.attach(connection)?;
        let now = Utc::now();
        match source.token().await {
            Ok(token) => Ok(Tokens::issued(&token, now)),
            Err(error) if error.is_credential_refused() => {
                // Without the response, which may quote the token.
                let text = error.to_string();
                let cause = text.strip_suffix(&format!("; {}", error.advice())).unwrap_or(&text).to_owned();
                self.known().refused = Some((refresh_token.clone(), cause.clone()));
                Err(CallError::authentication(cause, self.sign_in_again()))
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps new tokens. If that fails, this run goes on with them, and the user is told.
    async fn keep(self: &Arc<Self>, tokens: &Tokens) {
        let (inner, tokens) = (self.clone(), tokens.clone());
        if let Err(error) = blocking(move || inner.store.replace(&tokens)).await {
            tell(format_args!("{error}, so that the new tokens are lost after this command"));
        }
    }
}

/// Calls a function that blocks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, CallError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let cause = error.message(false).unwrap_or_default();
            Err(CallError::authentication(
                format!("the kept tokens cannot be used: {cause}"),
                "correct it, or sign in again",
            ))
        }
        Err(_) => Err(CallError::authentication("the kept tokens cannot be used", "sign in again")),
    }
}

/// Writes a message to standard error.
fn tell(message: fmt::Arguments<'_>) {
    use std::io::Write as _;
    // A closed standard error does not stop the command.
    let _ = writeln!(std::io::stderr(), "rosterkit: {}", crate::text::printable_lines(&message.to_string()));
}

impl CredentialSource for SignedIn {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, CallError>> {
        Box::pin(async move { Ok(Credential::bearer(self.tokens(None).await?.access_token.expose())) })
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool, CallError>> {
        Box::pin(async move {
            let Credential::Bearer(rejected) = credential else { return Ok(false) };
            self.tokens(Some(rejected.expose_secret())).await.map(|_| true)
        })
    }

    fn attach(&self, connection: &Connection) -> Result<(), CallError> {
        self.0.connection.get_or_init(|| connection.clone());
        Ok(())
    }
}

/// Shows the profile.
impl fmt::Debug for SignedIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedIn").field("profile", &self.0.profile).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use genesys_users::oauth::{SignIn as Browser, Token};
    use genesys_users::{CallOptions, Client, RateLimit, RetryPolicy};
    use rosterkit_core::ErrorKind;
    use rosterkit_core::chrono::TimeDelta;
    use rosterkit_core::reqwest::{Client as Http, redirect};
    use rosterkit_sandbox::Sandbox;

    use super::*;
    use crate::profiles::{KeptIn, TokenStore};

    /// A store in memory.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Option<Tokens>>>);

    impl TokenStore for Memory {
        fn read(&self) -> Result<Option<Tokens>, Error> {
            Ok(self.0.lock().expect("no panic").clone())
        }

        fn replace(&self, tokens: &Tokens) -> Result<(), Error> {
            *self.0.lock().expect("no panic") = Some(tokens.clone());
            Ok(())
        }
    }

    /// A sandbox with somebody who is signed in, and the folder of the lock.
    struct Setting {
        sandbox: Sandbox,
        store: Memory,
        folder: tempfile::TempDir,
    }

    impl Setting {
        async fn new() -> Self {
            let sandbox = Sandbox::builder().users(5).start().await.expect("a sandbox");
            let id = sandbox.credentials().genesys_public_client_id;
            let sign_in = Browser::pkce(id, "http://localhost:8087/callback").expect("random numbers");
            let http = Http::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a browser");
            let address = sign_in.url(&sandbox.login_url()).expect("an address");
            let response = http.get(address).send().await.expect("a redirect");
            let callback = response.headers()["location"].to_str().expect("text").to_owned();
            let tokens = sign_in.finish(&callback).expect("a code").login_url(sandbox.login_url()).build().expect("it");
            let builder = Client::builder().base_url(sandbox.genesys_url()).token_source(tokens.clone());
            let _client = builder.build().expect("a client");
            let kept = Tokens::issued(&tokens.token().await.expect("tokens"), Utc::now());
            sandbox.clear_request_log();
            let store = Memory(Arc::new(Mutex::new(Some(kept))));
            Self { sandbox, store, folder: tempfile::tempdir().expect("a folder") }
        }

        fn kept(&self) -> Tokens {
            self.store.read().expect("a store").expect("tokens")
        }

        /// Changes the tokens that are kept.
        fn keep(&self, change: impl FnOnce(&mut Tokens)) {
            let mut tokens = self.kept();
            change(&mut tokens);
            self.store.replace(&tokens).expect("a store");
        }

        /// A client, as another process would make it.
        fn client(&self, login_url: &str) -> Client {
            let client_id = self.sandbox.credentials().genesys_public_client_id.to_owned();
            let sign_in = SignIn { client_id, kept_in: KeptIn::File, tokens: None };
            let lock = self.folder.path().join("work.lock");
            let source = SignedIn::with_store("work", &sign_in, Some(login_url), Box::new(self.store.clone()), lock);
            let builder = Client::builder().base_url(self.sandbox.genesys_url()).credential_source(source);
            builder.rate_limit(RateLimit::unlimited()).build().expect("a client")
        }

        fn logins(&self) -> usize {
            self.sandbox.request_log().iter().filter(|request| request.operation == Some("oauthToken")).count()
        }
    }

    async fn call(client: &Client) -> Result<(), CallError> {
        client.api().get_users_me().send().await.map(drop)
    }

    fn ended() -> Option<String> {
        Some("2024-12-02T10:00:00Z".to_owned())
    }

    #[tokio::test]
    async fn a_token_that_is_kept_is_used_until_it_ends_and_then_renewed_once_by_all_processes() {
        let setting = Setting::new().await;
        let first = setting.kept();
        let clients = [(); 4].map(|()| setting.client(&setting.sandbox.login_url()));
        call(&clients[0]).await.expect("it is valid");
        assert_eq!((setting.logins(), setting.kept() == first), (0, true));

        setting.keep(|tokens| tokens.expires_at = ended());
        let clients = [(); 4].map(|()| setting.client(&setting.sandbox.login_url()));
        let [a, b, c, d] = &clients;
        let results = tokio::join!(call(a), call(b), call(c), call(d));
        assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok() && results.3.is_ok(), "{results:?}");
        let second = setting.kept();
        assert_eq!(setting.logins(), 1);
        assert!(second.access_token != first.access_token && second.refresh_token != first.refresh_token);

        // A token that the service rejects is renewed as well, once for all.
        setting.sandbox.expire_tokens();
        let results = tokio::join!(call(a), call(b), call(c), call(d));
        assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok() && results.3.is_ok(), "{results:?}");
        assert_eq!(setting.logins(), 2);
    }

    #[tokio::test]
    async fn a_refresh_token_that_is_refused_is_sent_once_and_never_shown() {
        let setting = Setting::new().await;
        setting.keep(|tokens| {
            tokens.expires_at = ended();
            tokens.refresh_token = Some("S3NTINEL".into());
        });
        let client = setting.client(&setting.sandbox.login_url());
        for _ in 0..3 {
            let error = call(&client).await.expect_err("refused");
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, false));
            assert!(error.to_string().ends_with("; run `rosterkit login --profile work`"), "{error}");
            assert!(error.to_string().contains("`invalid_grant`"), "{error}");
            assert!(!format!("{error} {error:?} {client:?}").contains("S3NTINEL") && error.body().is_none());
        }
        assert_eq!(setting.logins(), 1);
    }

    #[tokio::test]
    async fn an_old_token_is_used_as_long_as_it_lives_while_the_login_is_down() {
        let setting = Setting::new().await;
        let soon = Tokens::issued(&Token::new("t").with_expires_at(Utc::now() + TimeDelta::seconds(30)), Utc::now());
        setting.keep(|tokens| {
            tokens.expires_at = soon.expires_at.clone();
            tokens.issued_at = ended();
        });
        call(&setting.client("http://127.0.0.1:1")).await.expect("it is still valid");
        setting.keep(|tokens| tokens.expires_at = ended());
        let client = setting.client("http://127.0.0.1:1");
        let client = client.with_options(CallOptions::new().retry(RetryPolicy::default().with_attempts(1)));
        let error = call(&client).await.expect_err("no connection");
        assert!(error.is_retryable() && !error.to_string().contains("rosterkit login"), "{error}");
    }

    #[tokio::test]
    async fn somebody_who_signed_out_and_a_sign_in_without_a_refresh_token_are_told_what_to_do() {
        let setting = Setting::new().await;
        setting.keep(|tokens| {
            tokens.expires_at = ended();
            tokens.refresh_token = None;
        });
        let error = call(&setting.client(&setting.sandbox.login_url())).await.expect_err("it has ended");
        assert!(error.to_string().contains("gave no refresh token; run `rosterkit login"), "{error}");
        setting.store.0.lock().expect("no panic").take();
        let error = call(&setting.client(&setting.sandbox.login_url())).await.expect_err("signed out");
        assert!(
            error.to_string().contains("no user is signed in with profile `work`; run `rosterkit login"),
            "{error}"
        );
    }
}
