//! One read of each service, and what its response tells: connection, authentication, clock, rate limit and permissions.

use std::collections::BTreeSet;
use std::time::Instant;

use genesys_users::types::AuthzSubject;
use peoplefluent_lms::generated::operations as lms;
use rosterkit_core::catalog::covers;
use rosterkit_core::chrono::{DateTime, TimeDelta, Utc};
use rosterkit_core::{Error as CallError, HeaderMap, Request, Response, StatusCode, Transport};

use super::report::{Finding, Report};
use crate::connect::{self, Caller};
use crate::context::Context;
use crate::error::Error;

/// How far this machine's clock may be off. Tokens are renewed a minute before they expire.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(30);
/// A `Date` header has whole seconds, and a response takes its time.
const UNNOTICED: TimeDelta = TimeDelta::seconds(3);
/// A user of the LMS who does not exist.
const UNKNOWN_USER: &str = "rosterkit-doctor";

/// What is known of a service after its read.
pub(super) struct Examined {
    pub transport: Option<Transport>,
    /// What the token, or each OAuth client of a pool, may do; empty if nothing is known.
    pub callers: Vec<Held>,
    /// The scopes of the token, if the login said them.
    pub scopes: Option<Vec<String>>,
}

/// The permissions of a caller.
pub(super) struct Held {
    /// The profile of an OAuth client in a pool.
    pub profile: Option<String>,
    /// `None` if they are not known.
    pub permissions: Option<BTreeSet<String>>,
}

impl Examined {
    fn nothing() -> Self {
        Self { transport: None, callers: Vec::new(), scopes: None }
    }
}

/// A read, with the times before and after it.
struct Timed<T> {
    result: Result<Response<T>, CallError>,
    millis: u128,
    /// The time in the middle of the read, by this machine's clock.
    now: DateTime<Utc>,
}

async fn timed<T>(read: impl Future<Output = Result<Response<T>, CallError>>) -> Timed<T> {
    let (started, from) = (Instant::now(), Utc::now());
    let result = read.await;
    let took = started.elapsed();
    Timed { result, millis: took.as_millis(), now: from + TimeDelta::from_std(took / 2).unwrap_or_default() }
}

/// Adds what the head of a response tells.
fn head(
    report: &mut Report,
    service: &str,
    transport: &Transport,
    millis: u128,
    now: DateTime<Utc>,
    headers: &HeaderMap,
) {
    let base = transport.base_url();
    let how = if base.starts_with("https:") { "encrypted" } else { "not encrypted" };
    let text = format!("{base}, {how}; first response after {millis} ms, with the connection and the login");
    report.add(service, "connection", Finding::Ok, text);
    report.add(service, "authentication", Finding::Ok, "the credential is accepted");
    let (finding, text) = clock(headers, now);
    report.add(service, "clock", finding, text);
}

/// How the clock of this machine differs from that of the service.
fn clock(headers: &HeaderMap, now: DateTime<Utc>) -> (Finding, String) {
    let date = headers.get("date").and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return (Finding::NotKnown, "the response has no date".to_owned());
    };
    let ahead = now - date.with_timezone(&Utc);
    match ahead.abs() {
        off if off <= UNNOTICED => (Finding::Ok, "as that of the service".to_owned()),
        off => {
            let finding = if off <= MAX_SKEW { Finding::Ok } else { Finding::Problem };
            let way = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
            (finding, format!("this machine is {} s {way} the service", off.num_seconds()))
        }
    }
}

/// The state of the rate limit, as the headers of Genesys tell it.
fn rate_limit(headers: &HeaderMap) -> (Finding, String) {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let names = ["inin-ratelimit-count", "inin-ratelimit-allowed", "inin-ratelimit-reset"];
    match names.map(number) {
        [Some(count), Some(allowed), Some(reset)] => {
            let finding = if count < allowed { Finding::Ok } else { Finding::Problem };
            (finding, format!("{count} of {allowed} requests used; the count begins anew in {reset} s"))
        }
        _ => (Finding::NotKnown, "the response does not tell".to_owned()),
    }
}

const GENESYS: &str = "genesys";

/// Reads the grants of the token, or of each OAuth client of a pool.
pub(super) async fn genesys(context: &Context, report: &mut Report) -> Examined {
    let (client, callers) = match connect::genesys_and_callers(context).await {
        Ok(found) => found,
        Err(error) => {
            report.begin(None);
            report.failed(GENESYS, "", error);
            return Examined::nothing();
        }
    };
    let mut examined = Examined::nothing();
    for caller in callers {
        report.begin(caller.profile.as_deref());
        let (is_reached, permissions) = grants(report, &caller).await;
        if is_reached {
            examined.transport = Some(client.api().transport().clone());
        }
        let scopes = caller.sign_in.and_then(|sign_in| sign_in.scope());
        examined.scopes = scopes.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        examined.callers.push(Held { profile: caller.profile, permissions });
    }
    report.all();
    if examined.callers.len() > 1 {
        let (finding, text) = pool(&examined.callers);
        report.add(GENESYS, "pool", finding, text);
    }
    examined
}

/// Whether the OAuth clients of a pool have the same permissions. Each call goes to any of them.
fn pool(callers: &[Held]) -> (Finding, String) {
    let all: BTreeSet<&String> = callers.iter().filter_map(|caller| caller.permissions.as_ref()).flatten().collect();
    let (mut lacking, mut unknown) = (Vec::new(), Vec::new());
    for Held { profile, permissions } in callers {
        let name = profile.as_deref().unwrap_or_default();
        let Some(held) = permissions else {
            unknown.push(format!("those of {name} are not known"));
            continue;
        };
        let missing: Vec<&str> = all.iter().filter(|it| !has(held, it)).map(|it| it.as_str()).collect();
        if !missing.is_empty() {
            lacking.push(format!("{name} lacks {}", missing.join(", ")));
        }
    }
    let finding = match (lacking.is_empty(), unknown.is_empty()) {
        (false, _) => Finding::Problem,
        (true, false) => Finding::NotKnown,
        (true, true) => return (Finding::Ok, format!("the {} OAuth clients have the same permissions", callers.len())),
    };
    lacking.append(&mut unknown);
    let how = if finding == Finding::Problem { "differ" } else { "may differ" };
    (finding, format!("the permissions of the OAuth clients {how}: {}", lacking.join("; ")))
}

/// Reads the grants of a caller. Says whether the service accepted the credential, and the permissions, if they are known.
async fn grants(report: &mut Report, caller: &Caller) -> (bool, Option<BTreeSet<String>>) {
    let client = &caller.client;
    let transport = client.api().transport();
    let read = timed(client.api().get_authorization_subjects_me().include_full_roles(true).send()).await;
    let not_known = |error: &CallError| {
        [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].map(Some).contains(&error.status())
    };
    match read.result {
        Ok(response) => {
            head(report, GENESYS, transport, read.millis, read.now, response.headers());
            let (finding, text) = rate_limit(response.headers());
            report.add(GENESYS, "rate limit", finding, text);
            let subject = response.into_inner();
            match permissions(client, &subject).await {
                Ok(permissions) => {
                    let name = subject.name.map(|name| format!(" of {name}")).unwrap_or_default();
                    let text = format!("{} permissions{name}", permissions.len());
                    report.add(GENESYS, "permissions", Finding::Ok, text);
                    (true, Some(permissions))
                }
                Err(reason) => {
                    report.add(GENESYS, "permissions", Finding::NotKnown, reason);
                    (true, None)
                }
            }
        }
        Err(error) if not_known(&error) => {
            let text = format!("{}; after {} ms", transport.base_url(), read.millis);
            report.add(GENESYS, "connection", Finding::Ok, text);
            report.add(GENESYS, "authentication", Finding::Ok, "the credential is accepted");
            let text = format!("the token may not read its own grants: {error}");
            report.add(GENESYS, "permissions", Finding::NotKnown, text);
            (true, None)
        }
        Err(error) => {
            report.failed(GENESYS, transport.base_url(), error.into());
            (false, None)
        }
    }
}

/// The permissions of all granted roles. Roles without their policies are looked up.
async fn permissions(client: &genesys_users::Client, subject: &AuthzSubject) -> Result<BTreeSet<String>, String> {
    let Some(grants) = &subject.grants else { return Err("the response has no grants".to_owned()) };
    let mut held = BTreeSet::new();
    let mut without = BTreeSet::new();
    for role in grants.iter().filter_map(|grant| grant.role.as_deref()) {
        match (&role.policies, &role.id) {
            (Some(policies), _) => {
                for policy in policies {
                    let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
                    let (domain, entity) = (part(&policy.domain), part(&policy.entity_name));
                    let actions = policy.actions.iter().flatten();
                    held.extend(actions.map(|action| format!("{domain}:{entity}:{action}")));
                }
            }
            (None, Some(id)) => drop(without.insert(id.clone())),
            (None, None) => return Err("the response has a role without an id".to_owned()),
        }
    }
    if without.is_empty() {
        return Ok(held);
    }
    let told = |error: CallError| format!("the roles of the token cannot be read: {error}");
    let listing = client.api().get_authorization_roles().id(without.clone()).page_size(100).user_count(false);
    let mut roles = listing.items();
    while let Some(role) = roles.next().await {
        let role = role.map_err(|error| told(error.into_error()))?;
        if let (Some(id), Some(permissions)) = (role.id, role.permissions) {
            without.remove(&id);
            held.extend(permissions);
        }
    }
    match without.len() {
        0 => Ok(held),
        count => Err(format!("the permissions of {count} roles are not listed")),
    }
}

/// Reads the caller, or with a system key alone a user who does not exist: that there is none means that the key is accepted.
pub(super) async fn lms(context: &Context, report: &mut Report) -> Examined {
    const SERVICE: &str = "lms";
    report.begin(None);
    let client = match connect::lms(context).await {
        Ok(client) => client,
        Err(error) => {
            report.failed(SERVICE, "", error);
            return Examined::nothing();
        }
    };
    let transport = client.api().transport().clone();
    let has_user = transport.check_credential(&lms::ME).is_ok();
    let request = match has_user {
        true => Request::new(&lms::ME).query("format", "json"),
        false => Request::new(&lms::USER200510_XML).query("userId", UNKNOWN_USER),
    };
    let read = timed(transport.send_body(request, &["*/*"])).await;
    let read = match read {
        Timed { result: Err(error), millis, .. }
            if !has_user && [Some(400), Some(404)].contains(&error.status().map(|status| status.as_u16())) =>
        {
            report.add(SERVICE, "connection", Finding::Ok, format!("{}; after {millis} ms", transport.base_url()));
            report.add(SERVICE, "authentication", Finding::Ok, "the system key is accepted");
            return Examined { transport: Some(transport), ..Examined::nothing() };
        }
        read => read,
    };
    without_permissions(report, SERVICE, transport, read)
}

/// Reads one user.
pub(super) async fn sessions(context: &Context, report: &mut Report) -> Examined {
    const SERVICE: &str = "sessions";
    report.begin(None);
    let client = match connect::sessions(context).await {
        Ok(client) => client,
        Err(error) => {
            report.failed(SERVICE, "", error);
            return Examined::nothing();
        }
    };
    let transport = client.api().transport().clone();
    let read = timed(client.api().get_users().page_size(1).send()).await;
    without_permissions(report, SERVICE, transport, read)
}

fn without_permissions<T>(report: &mut Report, service: &str, transport: Transport, read: Timed<T>) -> Examined {
    match read.result {
        Ok(response) => {
            head(report, service, &transport, read.millis, read.now, response.headers());
            Examined { transport: Some(transport), ..Examined::nothing() }
        }
        Err(error) => {
            report.failed(service, transport.base_url(), Error::from(error));
            Examined::nothing()
        }
    }
}

/// Whether one of the permissions that are held includes another.
pub(super) fn has(held: &BTreeSet<String>, permission: &str) -> bool {
    held.contains(permission) || held.iter().any(|it| covers(it, permission))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oauth_clients_of_a_pool_need_the_same_permissions() {
        let told = |all: &[Option<&[&str]>]| {
            let held = |(number, names): (usize, &Option<&[&str]>)| Held {
                profile: Some(format!("p{number}")),
                permissions: names.map(|names| names.iter().map(|it| (*it).to_owned()).collect()),
            };
            pool(&all.iter().enumerate().map(held).collect::<Vec<_>>())
        };
        for (all, finding, text) in [
            (
                &[Some(&["a:b:c"][..]), Some(&["a:b:c"])][..],
                Finding::Ok,
                "the 2 OAuth clients have the same permissions",
            ),
            (
                &[Some(&["a:b:*", "a:b:c"]), Some(&["a:b:*"])],
                Finding::Ok,
                "the 2 OAuth clients have the same permissions",
            ),
            (&[Some(&["a:b:c", "d:e:f"]), Some(&["d:e:f"])], Finding::Problem, "differ: p1 lacks a:b:c"),
            (&[Some(&["a:b:c"]), Some(&["d:e:f"])], Finding::Problem, "differ: p0 lacks d:e:f; p1 lacks a:b:c"),
            (&[Some(&["a:b:c"]), None], Finding::NotKnown, "those of p1 are not known"),
            (&[Some(&["a:b:c"]), None, Some(&[])], Finding::Problem, "p2 lacks a:b:c; those of p1 are not known"),
        ] {
            let (found, told) = told(all);
            assert!(found == finding && told.contains(text), "{all:?}: {found:?} {told}");
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect()
    }

    #[test]
    fn the_clock_of_this_machine_is_compared_with_that_of_the_service() {
        let date = headers(&[("date", "Mon, 02 Dec 2024 10:00:00 GMT")]);
        let service = DateTime::parse_from_rfc3339("2024-12-02T10:00:00Z").expect("a time").with_timezone(&Utc);
        for (ahead, finding, text) in [
            (0, Finding::Ok, "as that of the service"),
            (-3, Finding::Ok, "as that of the service"),
            (30, Finding::Ok, "30 s ahead of"),
            (31, Finding::Problem, "31 s ahead of"),
            (-3600, Finding::Problem, "3600 s behind"),
        ] {
            let (found, told) = clock(&date, service + TimeDelta::seconds(ahead));
            assert!(found == finding && told.contains(text), "{ahead}: {told}");
        }
        for without in [headers(&[]), headers(&[("date", "soon")])] {
            assert_eq!(clock(&without, service).0, Finding::NotKnown);
        }
    }

    #[test]
    fn the_state_of_the_rate_limit_is_in_three_headers() {
        let state = |count| {
            let others = [("inin-ratelimit-allowed", "300"), ("inin-ratelimit-reset", "48")];
            rate_limit(&headers(&[&[("inin-ratelimit-count", count)], &others[..]].concat()))
        };
        assert_eq!(state("12"), (Finding::Ok, "12 of 300 requests used; the count begins anew in 48 s".to_owned()));
        assert_eq!(state("300").0, Finding::Problem);
        assert_eq!(rate_limit(&headers(&[("inin-ratelimit-count", "1")])).0, Finding::NotKnown);
    }
}
