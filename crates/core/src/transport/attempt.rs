//! One attempt of a call: credential, concurrency, rate limit, sending with redirects, and reading the response.

use std::future::Future;

use http::{Method, StatusCode, header};
use tokio::sync::SemaphorePermit;
use tracing::{Instrument as _, Span};

use super::deadline::{self, within};
use super::pool::Member;
use super::prepare::Call;
use super::response::RawResponse;
use super::settings::Settings;
use super::{gunzip, redirect};
use crate::credentials::Authorization;
use crate::retry::RetryState;
use crate::{Error, ErrorKind, WriteWatch, telemetry};

/// An attempt that failed.
pub(super) struct AttemptError {
    pub error: Error,
    pub next: Next,
}

/// Whether a failed attempt is repeated.
pub(super) enum Next {
    /// As the retry policy decides.
    ByPolicy,
    /// At once, since the credential was renewed.
    AtOnce,
    Never,
    /// Never, since the call's deadline passed before the attempt sent anything.
    NeverSent,
}

impl AttemptError {
    fn never(error: Error) -> Self {
        Self { error, next: Next::Never }
    }
}

/// Makes one attempt, and notes it in the state. `read` reads the response within it, so that one which breaks off is
/// repeated.
pub(super) async fn attempt<T, R, F>(
    settings: &Settings,
    member: &Member,
    call: &Call,
    mut state: RetryState,
    read: &R,
) -> (RetryState, Result<T, AttemptError>)
where
    R: Fn(RawResponse) -> F,
    F: Future<Output = Result<T, Error>>,
{
    let result = try_attempt(settings, member, call, &mut state, read).await;
    (state, result)
}

async fn try_attempt<T, R, F>(
    settings: &Settings,
    member: &Member,
    call: &Call,
    state: &mut RetryState,
    read: &R,
) -> Result<T, AttemptError>
where
    R: Fn(RawResponse) -> F,
    F: Future<Output = Result<T, Error>>,
{
    let route = &call.route;
    WriteWatch::note_begin();
    let ready = async {
        // Asked for anew before each attempt. A failure here is not repeated.
        let authorization = member.credentials.authorize(route.operation).await.map_err(|error| error.at(route))?;
        Ok::<_, Error>((authorization, admit(settings, member).await))
    };
    let (authorization, permit) = match within(call.deadline, route, ready).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(error)) => {
            state.note_refusal(error.is_credential_refused());
            return Err(AttemptError::never(error));
        }
        Err(late) => return Err(AttemptError { error: late.unsent(), next: Next::NeverSent }),
    };
    state.begin();
    if !route.only_reads() {
        WriteWatch::note_sent();
    }
    let span = telemetry::attempt_span(&call.span, route, &settings.base, state.attempts());
    let mut is_trusted = true;
    let is_earlier_effect_possible = state.may_have_taken_effect();
    let exchange = async {
        let mut response = send(settings, member, call, &authorization, &mut is_trusted).await?;
        response.is_earlier_effect_possible = is_earlier_effect_possible;
        read(response).await
    };
    let result = exchange.instrument(span.clone()).await;
    drop(permit);
    let error = match result {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    telemetry::failed(&span, &error);
    let is_rejected = error.kind() == ErrorKind::Status && error.status() == Some(StatusCode::UNAUTHORIZED);
    // Another origin got no credential, so it rejected none.
    if is_rejected && is_trusted && state.may_renew() {
        let renewal = member.credentials.rejected(route.operation, &authorization);
        match within(call.deadline, route, renewal).await {
            Ok(Ok(true)) if !call.body.is_whole() => {
                let advice = "the credential is renewed now: send the request again";
                return Err(AttemptError::never(error.with_advice(advice)));
            }
            Ok(Ok(true)) => {
                state.renewed();
                return Err(AttemptError { error, next: Next::AtOnce });
            }
            Ok(Ok(false)) => state.note_refusal(true),
            Ok(Err(problem)) => {
                state.note_refusal(problem.is_credential_refused());
                return Err(AttemptError::never(problem.at(route)));
            }
            // The response of the service says more than that the time is up.
            Err(_) => return Err(AttemptError::never(error)),
        }
    } else if is_rejected && is_trusted {
        state.note_refusal(true);
    }
    let next = if call.body.is_whole() { Next::ByPolicy } else { Next::Never };
    Err(AttemptError { error, next })
}

/// Waits for a free place among the concurrent requests, then for the rate limit.
async fn admit<'a>(settings: &'a Settings, member: &Member) -> Option<SemaphorePermit<'a>> {
    let permit = match &settings.concurrent {
        // It is never closed.
        Some(places) => places.acquire().await.ok(),
        None => None,
    };
    member.rate_limit.take().await;
    permit
}

/// Sends a call and follows its redirects until there is a response with a success status. `is_trusted` tells whether the
/// last response came from the service's own origin, which got the credentials.
async fn send(
    settings: &Settings,
    member: &Member,
    call: &Call,
    authorization: &Authorization,
    is_trusted: &mut bool,
) -> Result<RawResponse, Error> {
    let Call { route, body, .. } = call;
    let deadline = deadline::after(call.timeout, call.deadline);
    let is_body_logged = telemetry::is_body_logged(settings.log_bodies);
    let mut url = call.url.clone();
    *is_trusted = true;
    let mut redirects = 0;
    loop {
        let mut request = reqwest::Request::new(route.method.clone(), url.clone());
        *request.headers_mut() = call.common.clone();
        if *is_trusted {
            request.headers_mut().extend(call.trusted.clone());
            // Last, so that no parameter of an operation takes the place of a credential.
            authorization.apply(request.headers_mut());
        }
        set_body(&mut request, call);
        if is_body_logged && body.is_some() {
            telemetry::request_body(call.content_type.as_ref(), body.bytes().map(AsRef::as_ref));
        }
        let http = within(deadline, route, settings.http.execute(request)).await?;
        let http = http.map_err(|error| Error::from_http(error, route))?;
        let status = http.status();
        if *is_trusted {
            member.rate_limit.heed(status, http.headers());
        }
        telemetry::responded(&Span::current(), status, http.headers());
        telemetry::responded(&call.span, status, http.headers());
        let response = RawResponse {
            http: if settings.gzip { gunzip::decoded(http) } else { http },
            route: route.clone(),
            deadline,
            timeout: call.timeout,
            max_decoded_bytes: settings.max_decoded_bytes,
            is_earlier_effect_possible: false,
            keep_body: call.keep_body,
            is_body_logged,
        };
        if status.is_success() {
            return Ok(response);
        }
        if !status.is_redirection() {
            return Err(response.into_error().await);
        }
        let headers = response.http.headers();
        let refused = |cause| Error::new(ErrorKind::Redirect, cause).at(route).with_head(status, headers);
        let next = redirect::target(status, headers, &url, &route.method, body.is_some()).map_err(refused)?;
        if redirects == settings.max_redirects {
            return Err(refused("too many redirects"));
        }
        if !body.is_whole() {
            return Err(refused("a redirect requires sending a streamed body a second time"));
        }
        redirects += 1;
        // Never trusted again: another host must not send a call back with credentials to where it likes.
        *is_trusted = *is_trusted && redirect::is_same_origin(&url, &next);
        url = next;
    }
}

/// Sets the body with its length, where that is known. A method that usually has a body says so if it has none: some
/// servers insist.
fn set_body(request: &mut reqwest::Request, call: &Call) {
    let length = match call.body.is_some() {
        true => call.body.length(),
        false => matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH).then_some(0),
    };
    if let Some(length) = length {
        request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(content_type) = &call.content_type {
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    }
    *request.body_mut() = call.body.lend();
}
