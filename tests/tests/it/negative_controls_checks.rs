//! Negative controls of whole checks: a client with a fault fails them, and the message names the API and an operation.

use std::future::Future;
use std::marker::PhantomData;

use rosterkit_core::catalog::Catalog;
use rosterkit_core::dispatch::{Arguments, Content, Output};
use rosterkit_core::{Error, HeaderMap, StatusCode, Transport};
use rosterkit_tests::{GenesysUsers, PeoplefluentLms, Proof, SessionClusters, Target, checks};
use serde_json::{Value, json};

/// What a faulty client does wrong.
trait Fault: Send + Sync {
    /// Changes what the client is given.
    fn arguments(arguments: Arguments) -> Arguments {
        arguments
    }

    /// Changes what it returns.
    fn response(result: Result<Output, Error>) -> Result<Output, Error> {
        result
    }

    /// The operation that it really calls.
    fn operation(id: &str) -> &str {
        id
    }

    /// Whether it sends something before it refuses a call.
    const SENDS_ANYWAY: bool = false;

    /// Changes what it must send to prove who it is.
    fn proof(proof: Proof) -> Proof {
        proof
    }

    /// Whether it forgets the type of error responses.
    const UNTYPED: bool = false;

    /// Whether its catalog lacks an operation.
    const INCOMPLETE: bool = false;
}

/// A client with a fault.
struct Faulty<S, F>(S, PhantomData<F>);

impl<S: Target, F: Fault> Target for Faulty<S, F> {
    const API: &'static str = S::API;

    fn new(transport: Transport) -> Self {
        Self(S::new(transport), PhantomData)
    }

    fn catalog() -> &'static Catalog {
        let catalog = S::catalog();
        match F::INCOMPLETE {
            true => Box::leak(Box::new(Catalog { operations: &catalog.operations[1..], ..*catalog })),
            false => catalog,
        }
    }

    async fn dispatch(&self, id: &str, arguments: Arguments) -> Result<Output, Error> {
        let result = self.0.dispatch(F::operation(id), F::arguments(arguments)).await;
        if F::SENDS_ANYWAY && result.is_err() {
            let harmless = if S::API == GenesysUsers::API { "getUsersMe" } else { "getClusters" };
            let _ = self.0.dispatch(harmless, Arguments::new()).await;
        }
        F::response(result)
    }

    fn service_error(error: &Error) -> Option<Value> {
        if F::UNTYPED { Some(json!({})) } else { S::service_error(error) }
    }

    fn proofs() -> Vec<Proof> {
        S::proofs().into_iter().map(F::proof).collect()
    }
}

fn success(content: Content) -> Output {
    Output { status: StatusCode::OK, headers: HeaderMap::new(), content }
}

/// Loses its arguments.
struct Forgetful;
impl Fault for Forgetful {
    fn arguments(_: Arguments) -> Arguments {
        Arguments::new()
    }
}

/// Takes every failure for a success.
struct Optimist;
impl Fault for Optimist {
    fn response(result: Result<Output, Error>) -> Result<Output, Error> {
        Ok(result.unwrap_or_else(|_| success(Content::Empty)))
    }
}

/// Calls another operation than it is asked to.
struct Confused;
impl Fault for Confused {
    fn operation(id: &str) -> &str {
        match id {
            "getClusters" => "getCompletions",
            "getCompletions" => "getClusters",
            id => id,
        }
    }
}

/// Changes what comes back.
struct Careless;
impl Fault for Careless {
    fn response(result: Result<Output, Error>) -> Result<Output, Error> {
        result.map(|response| match response.content {
            Content::Json(_) => Output { content: Content::Json(json!({ "changed": true }).into()), ..response },
            Content::Raw(_) => Output { content: Content::Raw("changed".into()), ..response },
            Content::Empty => Output { content: Content::Json(Value::Null.into()), ..response },
        })
    }
}

/// Sends a request although it refuses the call.
struct Hasty;
impl Fault for Hasty {
    const SENDS_ANYWAY: bool = true;
}

/// Uses other credentials than it was given.
struct Impostor;
impl Fault for Impostor {
    fn proof(proof: Proof) -> Proof {
        Proof { header: (proof.header.0, "something else".to_owned()), ..proof }
    }
}

/// Does not decode error bodies.
struct Untyped;
impl Fault for Untyped {
    const UNTYPED: bool = true;
}

/// Lacks an operation in its catalog.
struct Incomplete;
impl Fault for Incomplete {
    const INCOMPLETE: bool = true;
}

type Sessions<F> = Faulty<SessionClusters, F>;
type Lms<F> = Faulty<PeoplefluentLms, F>;
type Genesys<F> = Faulty<GenesysUsers, F>;

/// The message with which a check fails.
async fn failure(check: impl Future<Output = usize> + Send + 'static) -> String {
    let panic = tokio::spawn(check).await.expect_err("the check must fail").into_panic();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// Asserts that a check fails with a message that holds all of these.
macro_rules! fails {
    ($check:expr, $($part:literal),+) => {
        let message = failure($check).await;
        for part in [$($part),+] {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    };
}

#[tokio::test]
async fn lost_arguments_fail_every_check_of_requests() {
    fails!(
        checks::requests::everything::<Sessions<Forgetful>>(),
        "session-clusters getUsers",
        "query parameter `page` is missing"
    );
    fails!(checks::requests::everything::<Lms<Forgetful>>(), "peoplefluent-lms enrollUser", "the call fails");
    fails!(
        checks::requests::required::<Sessions<Forgetful>>(),
        "session-clusters batchUpsertUsers",
        "nothing was sent"
    );
    fails!(checks::requests::unknown_values::<Lms<Forgetful>>(), "query parameter `");
    fails!(checks::requests::nulls::<Sessions<Forgetful>>(), "session-clusters batchUpsertUsers");
    fails!(checks::requests::empties::<Sessions<Forgetful>>(), "session-clusters batchUpsertUsers");
    fails!(checks::requests::absent_properties::<Sessions<Forgetful>>(), "session-clusters batchUpsertUsers");
    fails!(checks::requests::streams::<Lms<Forgetful>>(), "peoplefluent-lms externalTrainingCsv");
    fails!(
        checks::representations::each::<Lms<Forgetful>>(),
        "peoplefluent-lms articles",
        "`format` is [\"json\"], expected [\"xml\"]"
    );
}

#[tokio::test]
async fn another_operation_fails_the_checks() {
    fails!(
        checks::requests::everything::<Sessions<Confused>>(),
        "session-clusters getClusters",
        "path [\"completions\"]"
    );
    fails!(
        checks::errors::undocumented::<Sessions<Confused>>(),
        "session-clusters getClusters",
        "the operation of the error is wrong"
    );
}

#[tokio::test]
async fn changed_responses_fail_every_check_of_responses() {
    fails!(checks::responses::typed::<Sessions<Careless>>(), "session-clusters getUsers, response Full", "response `");
    fails!(
        checks::responses::whole_numbers_with_a_point::<Sessions<Careless>>(),
        "session-clusters getUsers, response with points",
        "response `"
    );
    fails!(
        checks::responses::absent_properties::<Sessions<Careless>>(),
        "session-clusters getUsers, response with empty objects at level 0",
        "response `"
    );
    fails!(
        checks::responses::raw::<Lms<Careless>>(),
        "peoplefluent-lms certificate",
        "where other bytes were expected"
    );
    fails!(checks::responses::empty::<Genesys<Careless>>(), "genesys-users deleteUserRoutingskill");
    fails!(checks::representations::each::<Lms<Careless>>(), "peoplefluent-lms articles", "xml", "json");
}

#[tokio::test]
async fn swallowed_failures_fail_every_check_of_errors() {
    fails!(checks::errors::documented::<Sessions<Optimist>>(), "session-clusters getUsers", "taken for a success");
    fails!(checks::errors::undocumented::<Lms<Optimist>>(), "peoplefluent-lms articles", "taken for a success");
    fails!(
        checks::responses::login_pages::<Lms<Optimist>>(),
        "peoplefluent-lms articles",
        "a login page is taken for the response"
    );
    fails!(
        checks::responses::raw::<Lms<Optimist>>(),
        "peoplefluent-lms certificate",
        "a login page is taken for the response"
    );
    fails!(
        checks::refusals::missing::<Sessions<Optimist>>(),
        "session-clusters batchUpsertUsers, without `body`",
        "the call succeeds"
    );
    fails!(
        checks::refusals::incomplete_bodies::<Genesys<Optimist>>(),
        "genesys-users patchUser, a body without `version`",
        "genesys-users patchUser, a body with null for `version`",
        "the call succeeds"
    );
    fails!(checks::refusals::unknown::<Sessions<Optimist>>(), "session-clusters getUsers, an unknown parameter");
    fails!(checks::refusals::mistyped::<Sessions<Optimist>>(), "session-clusters getUsers, `page` is");
    fails!(checks::refusals::dot_segments::<Genesys<Optimist>>(), "genesys-users deleteUser");
    fails!(checks::refusals::beyond_limits::<Genesys<Optimist>>(), "genesys-users patchUsersBulk");
    fails!(checks::refusals::unknown_operation::<Sessions<Optimist>>(), "session-clusters getUsersx");
    fails!(checks::credentials::each::<Sessions<Optimist>>(), "session-clusters getUsers", "without a credential");
}

#[tokio::test]
async fn a_request_before_a_refusal_fails_the_checks() {
    fails!(checks::refusals::missing::<Sessions<Hasty>>(), "session-clusters batchUpsertUsers", "a request was sent");
    fails!(checks::refusals::incomplete_bodies::<Genesys<Hasty>>(), "genesys-users patchUser", "a request was sent");
    fails!(checks::refusals::unknown::<Sessions<Hasty>>(), "session-clusters getUsers", "a request was sent");
    fails!(checks::refusals::mistyped::<Sessions<Hasty>>(), "session-clusters getUsers", "a request was sent");
}

#[tokio::test]
async fn another_credential_fails_the_checks() {
    fails!(checks::credentials::each::<Sessions<Impostor>>(), "session-clusters getUsers", "`x-api-key`");
    fails!(checks::credentials::each::<Lms<Impostor>>(), "peoplefluent-lms me", "`authorization`");
}

#[tokio::test]
async fn an_untyped_error_fails_the_checks() {
    fails!(checks::errors::documented::<Sessions<Untyped>>(), "session-clusters getUsers", "service error `/");
    fails!(checks::errors::undocumented::<Lms<Untyped>>(), "peoplefluent-lms articles", "HTML was decoded");
}

#[tokio::test]
async fn a_forgotten_operation_fails_the_check() {
    fails!(
        async { checks::catalog::matches_the_spec::<Sessions<Incomplete>>() },
        "session-clusters batchDeactivateUsers",
        "is missing"
    );
}
