//! The token endpoint, and one request to it.

use std::borrow::Cow;
use std::time::Duration;

use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::time::timeout;
use url::Url;

use super::error::TokenError;
use super::grant::Form;
use super::login_url::{self, Login};
use super::token_response::Issued;
use crate::error::no_connection;
use crate::transport::is_loopback;
use crate::{Connection, Error, ErrorKind, headers};

/// How much of a response is read. Tokens have some hundred bytes, those with claims a few thousand.
const LIMIT: usize = 256 * 1024;

/// Where tokens are requested, and over which connection.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub url: Url,
    connection: Connection,
    timeout: Duration,
}

impl Endpoint {
    /// The endpoint for a transport. By default a token request has half the time of a call, so that a call that waits
    /// for it learns what failed.
    pub fn new(login: &Login, connection: &Connection, limit: Option<Duration>) -> Result<Self, Error> {
        let url = login_url::below(&login.url(&connection.base)?, "/oauth/token");
        if url.scheme() != "https" && !connection.allow_insecure_http && !is_loopback(&url) {
            let cause = "the secrets of the token request would be sent over unencrypted http";
            return Err(Error::new(ErrorKind::InsecureTransport, cause));
        }
        Ok(Self { url, connection: connection.clone(), timeout: limit.unwrap_or(connection.timeout / 2) })
    }

    /// Requests a token.
    pub async fn request(&self, form: &Form) -> Result<Issued, TokenError> {
        let late =
            |elapsed| TokenError::network(form, "no complete response from the login within the time limit", elapsed);
        let (status, headers, body) = timeout(self.timeout, self.exchange(form)).await.map_err(late)??;
        tracing::debug!(
            grant = form.grant,
            status = status.as_u16(),
            correlation_id = headers::correlation_id(&headers),
            "received the response of the login"
        );
        if !status.is_success() {
            return Err(TokenError::refused(form, status, headers, body.freeze()));
        }
        Issued::decode(&body).map_err(|problem| TokenError::malformed(form, problem, status, headers))
    }

    async fn exchange(&self, form: &Form) -> Result<(StatusCode, HeaderMap, BytesMut), TokenError> {
        let broken = |error: reqwest::Error| {
            let problem = match (error.is_connect(), error.is_timeout()) {
                (true, _) => Cow::Owned(no_connection("no connection to the login", &error)),
                (false, true) => Cow::Borrowed("no response from the login within the time limit"),
                (false, false) => Cow::Borrowed("the connection to the login broke before the response was complete"),
            };
            TokenError::network(form, &problem, error.without_url())
        };
        let mut response = self.connection.http.execute(self.to_http(form)).await.map_err(broken)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LIMIT => body.extend_from_slice(&chunk),
                Ok(None) => return Ok((status, headers, body)),
                // What there is may still say what is wrong.
                Ok(Some(_)) | Err(_) if !status.is_success() => return Ok((status, headers, body)),
                Ok(Some(_)) => {
                    return Err(TokenError::malformed(form, "the login's response is too large", status, headers));
                }
                Err(error) => return Err(broken(error)),
            }
        }
    }

    fn to_http(&self, form: &Form) -> reqwest::Request {
        let mut request = reqwest::Request::new(Method::POST, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.connection.user_agent.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        // Checked when the source was built.
        if let Some(Ok((name, value))) = form.client.as_ref().map(|client| client.to_header()) {
            headers.insert(name, value);
        }
        *request.body_mut() = Some(form.encode().into());
        request
    }
}
