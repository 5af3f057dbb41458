//! The examples run, and do what they say.

#[path = "../../examples/bulk_languages.rs"]
mod bulk_languages;
#[cfg(feature = "mocks")]
#[path = "../../examples/mocks.rs"]
mod mocks;
#[path = "../../examples/users.rs"]
mod users;

#[tokio::test]
async fn users_are_listed_and_changed() {
    users::run().await.expect("the example runs");
}

#[tokio::test]
async fn the_example_adds_languages_in_bulk() {
    bulk_languages::run().await.expect("the example runs");
}

#[cfg(feature = "mocks")]
#[tokio::test]
async fn typed_mocks_respond_to_the_code_under_test() {
    mocks::run().await.expect("the example runs");
}
