//! Every operation of session clusters, held to its spec. The numbers are those of the cases that a check must go through.

use rosterkit_tests::{SessionClusters as Api, checks};

#[test]
fn the_catalog_matches_the_spec() {
    assert_eq!(checks::catalog::matches_the_spec::<Api>(), 5);
}

#[tokio::test]
async fn requests_carry_every_parameter() {
    assert_eq!(checks::requests::everything::<Api>().await, 5);
}

#[tokio::test]
async fn requests_carry_nothing_that_was_not_given() {
    assert_eq!(checks::requests::required::<Api>().await, 5);
}

#[tokio::test]
async fn unknown_values_are_sent_unchanged() {
    assert_eq!(checks::requests::unknown_values::<Api>().await, 5);
}

#[tokio::test]
async fn null_is_sent_where_it_clears() {
    assert_eq!(checks::requests::nulls::<Api>().await, 2);
}

#[tokio::test]
async fn empty_arrays_are_sent() {
    assert_eq!(checks::requests::empties::<Api>().await, 2);
}

#[tokio::test]
async fn absent_properties_stay_absent() {
    assert_eq!(checks::requests::absent_properties::<Api>().await, 2);
}

#[tokio::test]
async fn answers_lose_nothing() {
    assert_eq!(checks::answers::typed::<Api>().await, 30);
}

#[tokio::test]
async fn answers_may_write_whole_numbers_with_a_point() {
    assert_eq!(checks::answers::whole_numbers_with_a_point::<Api>().await, 5);
}

#[tokio::test]
async fn login_pages_are_no_answers() {
    assert_eq!(checks::answers::login_pages::<Api>().await, 5);
}

#[tokio::test]
async fn the_first_complete_credential_is_sent() {
    assert_eq!(checks::credentials::each::<Api>().await, 10);
}

#[tokio::test]
async fn documented_errors_are_typed_and_not_shown() {
    assert_eq!(checks::errors::documented::<Api>().await, 30);
}

#[tokio::test]
async fn other_errors_keep_status_and_body() {
    assert_eq!(checks::errors::undocumented::<Api>().await, 5);
}

#[tokio::test]
async fn what_is_required_must_be_given() {
    assert_eq!(checks::refusals::missing::<Api>().await, 2);
}

#[tokio::test]
async fn what_is_unknown_is_refused() {
    assert_eq!(checks::refusals::unknown::<Api>().await, 23);
}

#[tokio::test]
async fn what_is_mistyped_is_refused() {
    assert_eq!(checks::refusals::mistyped::<Api>().await, 18);
}

#[tokio::test]
async fn limits_hold() {
    assert_eq!(checks::refusals::beyond_limits::<Api>().await, 3);
}

#[tokio::test]
async fn unknown_operations_are_refused() {
    assert_eq!(checks::refusals::unknown_operation::<Api>().await, 5);
}

/// The first operation of such a kind has to get a test of its own.
#[tokio::test]
async fn the_api_has_no_operation_of_other_kinds() {
    assert_eq!(checks::requests::streams::<Api>().await, 0);
    assert_eq!(checks::answers::empty::<Api>().await, 0);
    assert_eq!(checks::answers::raw::<Api>().await, 0);
    assert_eq!(checks::representations::each::<Api>().await, 0);
    assert_eq!(checks::refusals::dot_segments::<Api>().await, 0);
}
