//! Credentials that are not known beforehand, or change.

use std::fmt::Debug;
use std::sync::Arc;

use futures_core::future::BoxFuture;

use super::{Connection, Credential};
use crate::Error;

/// Where credentials come from that are not known when the client is built, or that change: a vault, a token service.
///
/// A transport asks its source before every attempt of a call, so a source keeps what it has and returns at once as long
/// as that is valid. After a 401 the transport tells the source which credential was turned away, and if there is a new
/// one, repeats the request once.
///
/// What `Debug` prints must hold no secret.
///
/// ```
/// use std::sync::RwLock;
/// use rosterkit_core::{BoxFuture, Credential, CredentialSource, Error, SecretString, Transport};
///
/// /// A token that another part of the program keeps up to date.
/// #[derive(Debug, Default)]
/// struct Shared(RwLock<Option<SecretString>>);
///
/// impl CredentialSource for Shared {
///     fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
///         let token = self.0.read().ok().and_then(|token| token.clone());
///         let missing = || Error::authentication("there is no token yet", "sign in first");
///         Box::pin(async move { token.map(Credential::bearer).ok_or_else(missing) })
///     }
/// }
///
/// let transport = Transport::builder()
///     .base_url("https://api.mypurecloud.ie")
///     .credential_source("oauth", Shared::default())
///     .build()?;
/// # Ok::<(), Error>(())
/// ```
pub trait CredentialSource: Send + Sync + Debug {
    /// The credential for the next attempt.
    ///
    /// # Errors
    /// Surfaces as the error of the call. [`Error::authentication`] makes one.
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>>;

    /// The service answered 401 to this credential. `true` means that [`credential`](Self::credential) now gives another
    /// one; without that, the 401 surfaces as the error of the call.
    ///
    /// # Errors
    /// Surfaces as the error of the call, in place of the 401.
    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        let _ = credential;
        Box::pin(std::future::ready(Ok(false)))
    }

    /// The source becomes part of a transport. It may keep a copy of the connection for requests of its own.
    ///
    /// # Errors
    /// Surfaces from [`TransportBuilder::build`](crate::TransportBuilder::build).
    fn attach(&self, connection: &Connection) -> Result<(), Error> {
        let _ = connection;
        Ok(())
    }
}

/// One source for several clients.
impl<S: CredentialSource + ?Sized> CredentialSource for Arc<S> {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        (**self).credential()
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        (**self).rejected(credential)
    }

    fn attach(&self, connection: &Connection) -> Result<(), Error> {
        (**self).attach(connection)
    }
}
