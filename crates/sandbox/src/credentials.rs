//! The credentials that the sandbox accepts.

/// The credentials that a sandbox accepts, the same in every sandbox. They are valid nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// Genesys: an access token of the first of the people, sent as `Authorization: Bearer`. It has every permission and
    /// never expires.
    pub genesys_token: &'static str,
    /// Genesys: the id of an OAuth client with a secret and every permission, for the login.
    pub genesys_client_id: &'static str,
    /// Genesys: the secret of [`genesys_client_id`](Self::genesys_client_id).
    pub genesys_client_secret: &'static str,
    /// Genesys: the id of an OAuth client without a secret and with every permission, for PKCE.
    pub genesys_public_client_id: &'static str,
    /// Genesys: the password of every sample person until it is changed.
    pub genesys_password: &'static str,
    /// LMS: the id of a user who may act for all others, and who is not one of the sample people.
    pub lms_user: &'static str,
    /// LMS: the password of [`lms_user`](Self::lms_user), and of every sample person with an active account. People sign in
    /// with their logins and see their own training and that of their reports; they may not act for others.
    pub lms_password: &'static str,
    /// LMS: an access token of [`lms_user`](Self::lms_user), as an alternative to the password.
    pub lms_token: &'static str,
    /// LMS: the system key of the site, sent as the password of any user.
    pub lms_system_key: &'static str,
    /// Session clusters: the server key, sent in the header `x-api-key`.
    pub session_key: &'static str,
}

pub(crate) const SANDBOX: Credentials = Credentials {
    genesys_token: "sandbox-genesys-token",
    genesys_client_id: "sandbox-client",
    genesys_client_secret: "sandbox-client-secret",
    genesys_public_client_id: "sandbox-public-client",
    genesys_password: "sandbox-genesys-password",
    lms_user: "integration",
    lms_password: "sandbox-lms-password",
    lms_token: "sandbox-lms-token",
    lms_system_key: "sandbox-system-key",
    session_key: "sandbox-session-key",
};
