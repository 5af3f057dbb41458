//! The three clients, as the checks see them.

use std::future::Future;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterkit_core::catalog::Catalog;
use rosterkit_core::dispatch::{Arguments, Output};
use rosterkit_core::{Credential, Error, HeaderName, Transport};
use serde_json::Value;

/// A generated client.
pub trait Target: Send + Sync {
    /// The API, by the name of its spec.
    const API: &'static str;

    /// A client that sends through a transport.
    fn new(transport: Transport) -> Self;

    /// The API's operations as data.
    fn catalog() -> &'static Catalog;

    /// Calls an operation by its id.
    fn dispatch(&self, id: &str, arguments: Arguments) -> impl Future<Output = Result<Output, Error>> + Send;

    /// The typed error body of a response, as JSON again.
    fn service_error(error: &Error) -> Option<Value>;

    /// A credential for each security scheme.
    fn proofs() -> Vec<Proof>;
}

/// A credential, and the header that it must become.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The security scheme.
    pub scheme: &'static str,
    /// What the client is given.
    pub credential: Credential,
    /// The header's name and value.
    pub header: (&'static str, String),
}

impl Proof {
    fn bearer(scheme: &'static str, token: &'static str) -> Self {
        Self { scheme, credential: Credential::bearer(token), header: ("authorization", format!("Bearer {token}")) }
    }

    fn basic(scheme: &'static str, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        Self {
            scheme,
            credential: Credential::basic(user, password),
            header: ("authorization", format!("Basic {encoded}")),
        }
    }

    fn api_key(scheme: &'static str, header: &'static str, key: &'static str) -> Self {
        let credential = Credential::api_key(HeaderName::from_static(header), key);
        Self { scheme, credential, header: (header, key.to_owned()) }
    }
}

/// Implements [`Target`] with a generated client; the type is the one of its documented error body, if there is one.
macro_rules! target {
    ($(#[$docs:meta])* $name:ident, $krate:ident, $api:literal, [$($error:ty)?], $proofs:expr) => {
        $(#[$docs])*
        #[derive(Debug)]
        pub struct $name($krate::generated::Client);

        impl Target for $name {
            const API: &'static str = $api;

            fn new(transport: Transport) -> Self {
                Self($krate::generated::Client::new(transport))
            }

            fn catalog() -> &'static Catalog {
                &$krate::generated::catalog::CATALOG
            }

            async fn dispatch(&self, id: &str, arguments: Arguments) -> Result<Output, Error> {
                self.0.dispatch(id, arguments).await
            }

            fn service_error(error: &Error) -> Option<Value> {
                let _ = error;
                $(
                    if let Some(error) = error.service_error::<$error>() {
                        return serde_json::to_value(error).ok();
                    }
                )?
                None
            }

            fn proofs() -> Vec<Proof> {
                $proofs.into()
            }
        }
    };
}

target!(
    /// Genesys Cloud users.
    GenesysUsers,
    genesys_users,
    "genesys-users",
    [genesys_users::generated::types::ErrorBody],
    [Proof::bearer("oauth", "a-Genesys.token~0")]
);

target!(
    /// The LMS.
    PeoplefluentLms,
    peoplefluent_lms,
    "peoplefluent-lms",
    [],
    [
        Proof::basic("userBasic", "ada é", "pass:word \"ß\""),
        Proof::bearer("userBearer", "an-LMS.token/+="),
        Proof::basic("systemKey", "any", "the system key"),
    ]
);

target!(
    /// Session clusters.
    SessionClusters,
    session_clusters,
    "session-clusters",
    [session_clusters::generated::types::ErrorEnvelope],
    [Proof::api_key("ServerApiKey", "x-api-key", "server key 0")]
);
