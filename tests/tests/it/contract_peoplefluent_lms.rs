//! Every operation of the LMS, held to its spec. The numbers are those of the cases that a check must go through.

use rosterkit_tests::{PeoplefluentLms as Api, checks};

#[test]
fn the_catalog_matches_the_spec() {
    assert_eq!(checks::catalog::matches_the_spec::<Api>(), 80);
}

#[tokio::test]
async fn requests_carry_every_parameter() {
    assert_eq!(checks::requests::everything::<Api>().await, 80);
}

#[tokio::test]
async fn requests_carry_nothing_that_was_not_given() {
    assert_eq!(checks::requests::required::<Api>().await, 80);
}

#[tokio::test]
async fn unknown_values_are_sent_unchanged() {
    assert_eq!(checks::requests::unknown_values::<Api>().await, 80);
}

#[tokio::test]
async fn streams_are_sent_as_they_come() {
    assert_eq!(checks::requests::streams::<Api>().await, 6);
}

#[tokio::test]
async fn answers_lose_nothing() {
    assert_eq!(checks::answers::typed::<Api>().await, 294);
}

#[tokio::test]
async fn raw_answers_arrive_byte_for_byte() {
    assert_eq!(checks::answers::raw::<Api>().await, 27);
}

#[tokio::test]
async fn answers_may_write_whole_numbers_with_a_point() {
    assert_eq!(checks::answers::whole_numbers_with_a_point::<Api>().await, 49);
}

#[tokio::test]
async fn login_pages_are_no_answers() {
    assert_eq!(checks::answers::login_pages::<Api>().await, 49);
}

#[tokio::test]
async fn every_representation_is_asked_for() {
    assert_eq!(checks::representations::each::<Api>().await, 266);
}

#[tokio::test]
async fn the_first_complete_credential_is_sent() {
    assert_eq!(checks::credentials::each::<Api>().await, 320);
}

#[tokio::test]
async fn what_a_client_sets_for_all_calls_arrives_where_each_function_takes_it() {
    assert_eq!(checks::scope::arrives::<Api>("onBehalfOf").await, 80);
    assert_eq!(checks::scope::arrives::<Api>("assignmentId").await, 80);
}

#[tokio::test]
async fn what_a_call_sets_itself_goes_before_what_its_client_sets() {
    assert_eq!(checks::scope::gives_way::<Api>("onBehalfOf").await, 71);
    assert_eq!(checks::scope::gives_way::<Api>("assignmentId").await, 66);
}

#[tokio::test]
async fn other_errors_keep_status_and_body() {
    assert_eq!(checks::errors::undocumented::<Api>().await, 80);
}

#[tokio::test]
async fn what_is_required_must_be_given() {
    assert_eq!(checks::refusals::missing::<Api>().await, 138);
}

#[tokio::test]
async fn what_is_unknown_is_refused() {
    assert_eq!(checks::refusals::unknown::<Api>().await, 397);
}

#[tokio::test]
async fn what_is_mistyped_is_refused() {
    assert_eq!(checks::refusals::mistyped::<Api>().await, 927);
}

#[tokio::test]
async fn unknown_operations_are_refused() {
    assert_eq!(checks::refusals::unknown_operation::<Api>().await, 80);
}

/// The first operation of such a kind has to get a test of its own.
#[tokio::test]
async fn the_api_has_no_operation_of_other_kinds() {
    assert_eq!(checks::requests::nulls::<Api>().await, 0);
    assert_eq!(checks::requests::empties::<Api>().await, 0);
    assert_eq!(checks::requests::absent_properties::<Api>().await, 0);
    assert_eq!(checks::answers::empty::<Api>().await, 0);
    assert_eq!(checks::errors::documented::<Api>().await, 0);
    assert_eq!(checks::refusals::dot_segments::<Api>().await, 0);
    assert_eq!(checks::refusals::beyond_limits::<Api>().await, 0);
}
