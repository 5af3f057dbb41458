//! The three services, as the command line names them.

use clap::ValueEnum;
use rosterkit_core::catalog::{Catalog, Schema};

/// The three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Api {
    /// Genesys Cloud Users API
    #[value(alias = "genesys")]
    GenesysUsers,
    /// PeopleFluent LMS Legacy API
    #[value(alias = "lms")]
    PeoplefluentLms,
    /// Session-cluster sync API
    #[value(alias = "sessions")]
    SessionClusters,
}

impl Api {
    pub(crate) fn catalog(self) -> &'static Catalog {
        match self {
            Self::GenesysUsers => &genesys_users::catalog::CATALOG,
            Self::PeoplefluentLms => &peoplefluent_lms::catalog::CATALOG,
            Self::SessionClusters => &session_clusters::catalog::CATALOG,
        }
    }

    /// The schema of an operation's JSON body, if it takes one.
    pub(crate) fn body_schema(self, operation: &str) -> Option<&'static Schema> {
        match self {
            Self::GenesysUsers => genesys_users::generated::schemas::body(operation),
            Self::PeoplefluentLms => peoplefluent_lms::generated::schemas::body(operation),
            Self::SessionClusters => session_clusters::generated::schemas::body(operation),
        }
    }
}
