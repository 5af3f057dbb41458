//! Every operation of every API, held to its spec.
//!
//! One test per API runs all checks at once. `tests/counts` has the number of cases that each check went through, so that
//! no operation and no case gets lost; a changed spec changes that one file. To write it:
//! `UPDATE_COUNTS=1 cargo test -p rosterkit-tests --test it contract`.

use std::fmt::Write as _;
use std::future::{Future, ready};
use std::path::PathBuf;
use std::pin::Pin;

use rosterkit_tests::{GenesysUsers, PeoplefluentLms, SessionClusters, Target, checks};

/// A check by name. It returns the number of its cases.
type Check = (&'static str, Pin<Box<dyn Future<Output = usize> + Send>>);

fn all<T: Target + 'static>() -> Vec<Check> {
    vec![
        ("catalog matches the spec", Box::pin(ready(checks::catalog::matches_the_spec::<T>()))),
        ("permissions are those of the spec", Box::pin(ready(checks::catalog::permissions::<T>()))),
        ("OAuth scopes are those of the spec", Box::pin(ready(checks::catalog::scopes::<T>()))),
        ("superseded facts are kept", Box::pin(ready(checks::catalog::superseded::<T>()))),
        ("vendor pages are told from captures", Box::pin(ready(checks::catalog::vendor_pages::<T>()))),
        ("requests carry every parameter", Box::pin(checks::requests::everything::<T>())),
        ("requests carry nothing that was not given", Box::pin(checks::requests::required::<T>())),
        ("unknown values are sent unchanged", Box::pin(checks::requests::unknown_values::<T>())),
        ("null is sent where it clears", Box::pin(checks::requests::nulls::<T>())),
        ("empty arrays are sent", Box::pin(checks::requests::empties::<T>())),
        ("absent properties stay absent", Box::pin(checks::requests::absent_properties::<T>())),
        ("streams are sent unchanged", Box::pin(checks::requests::streams::<T>())),
        ("typed responses lose nothing", Box::pin(checks::responses::typed::<T>())),
        ("responses may leave out any property", Box::pin(checks::responses::absent_properties::<T>())),
        ("raw responses arrive byte by byte", Box::pin(checks::responses::raw::<T>())),
        ("responses of operations without a body are ignored", Box::pin(checks::responses::empty::<T>())),
        ("integers may have a decimal point", Box::pin(checks::responses::whole_numbers_with_a_point::<T>())),
        ("login pages are refused", Box::pin(checks::responses::login_pages::<T>())),
        ("every representation is requested", Box::pin(checks::representations::each::<T>())),
        ("the first complete credential is sent", Box::pin(checks::credentials::each::<T>())),
        ("documented errors are typed and not shown", Box::pin(checks::errors::documented::<T>())),
        ("other errors keep status and body", Box::pin(checks::errors::undocumented::<T>())),
        ("missing required values are refused", Box::pin(checks::refusals::missing::<T>())),
        ("bodies without a required property are refused", Box::pin(checks::refusals::incomplete_bodies::<T>())),
        ("unknown parameters are refused", Box::pin(checks::refusals::unknown::<T>())),
        ("mistyped values are refused", Box::pin(checks::refusals::mistyped::<T>())),
        ("dot segments are refused", Box::pin(checks::refusals::dot_segments::<T>())),
        ("values beyond limits are refused", Box::pin(checks::refusals::beyond_limits::<T>())),
        ("unknown operations are refused", Box::pin(checks::refusals::unknown_operation::<T>())),
    ]
}

/// Runs the checks side by side, and compares the numbers of their cases with the file of the API.
async fn run<T: Target>(checks: Vec<Check>) {
    let running: Vec<_> = checks.into_iter().map(|(name, check)| (name, tokio::spawn(check))).collect();
    let (mut counts, mut failed) = (String::new(), Vec::new());
    for (name, check) in running {
        match check.await {
            Ok(count) => writeln!(counts, "{count:4} {name}").expect("a string takes text"),
            // The message of the panic is in the output above.
            Err(_) => failed.push(name),
        }
    }
    assert!(failed.is_empty(), "{}: failed checks: {}", T::API, failed.join(", "));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts").join(T::API).with_extension("txt");
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        std::fs::write(&file, counts).expect("the file of counts can be written");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(counts, expected, "numbers of cases differ from {}; if the spec has changed, update it", file.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn genesys_users_holds_its_contract() {
    run::<GenesysUsers>(all::<GenesysUsers>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peoplefluent_lms_holds_its_contract() {
    type Lms = PeoplefluentLms;
    let scope: [Check; 4] = [
        ("a scoped onBehalfOf is sent", Box::pin(checks::scope::arrives::<Lms>("onBehalfOf"))),
        ("a scoped assignmentId is sent", Box::pin(checks::scope::arrives::<Lms>("assignmentId"))),
        ("a call's onBehalfOf goes before the scoped one", Box::pin(checks::scope::gives_way::<Lms>("onBehalfOf"))),
        ("a call's assignmentId goes before the scoped one", Box::pin(checks::scope::gives_way::<Lms>("assignmentId"))),
    ];
    run::<Lms>(all::<Lms>().into_iter().chain(scope).collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_clusters_holds_its_contract() {
    run::<SessionClusters>(all::<SessionClusters>()).await;
}
