//! What a response may hold that the spec does not say, and what it may not.

use genesys_users::types::{UpdateUser, User, UserEntityListing};
use genesys_users::{ErrorKind, Patch};
use httpmock::MockServer;
use serde_json::json;

fn user(json: &str) -> User {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn all_fields_may_be_absent_or_null() {
    assert_eq!(user("{}"), User::default());
    let nulls = json!({
        "id": null, "version": null, "skills": null, "addresses": null, "manager": null, "state": null,
        "dateLastLogin": null, "acdAutoAnswer": null, "images": null, "presence": null,
    });
    assert_eq!(user(&nulls.to_string()), User::default());
    let page: UserEntityListing = serde_json::from_str(r#"{"entities":null,"total":null}"#).expect("a page of nothing");
    assert_eq!(page, UserEntityListing::default());
}

#[test]
fn unknown_fields_are_skipped_and_unknown_values_kept_as_text() {
    let user = user(r#"{"new":{"deep":[1e999]},"state":"on-leave","dateLastLogin":"","version":1e1}"#);
    assert_eq!(user.state.as_ref().map(|state| state.as_str()), Some("on-leave"));
    assert_eq!(user.date_last_login.as_ref().map(|date| date.as_str()), Some(""));
    assert!(user.date_last_login.is_some_and(|date| date.to_datetime().is_err()));
    assert_eq!(user.version, Some(10));
}

#[test]
fn whole_numbers_are_read_in_any_notation_and_sent_as_digits() {
    let page: UserEntityListing =
        serde_json::from_str(r#"{"total":1e3,"pageSize":25.0,"pageNumber":2}"#).expect("a page");
    assert_eq!((page.total, page.page_size, page.page_number), (Some(1000), Some(25), Some(2)));
    assert_eq!(serde_json::to_value(&page).expect("JSON"), json!({ "total": 1000, "pageSize": 25, "pageNumber": 2 }));
    let update: UpdateUser = serde_json::from_str(r#"{"version":3.0}"#).expect("an update");
    assert_eq!(update.version, Patch::Value(3));
    assert_eq!(serde_json::to_string(&update).expect("JSON"), r#"{"version":3}"#);
}

#[test]
fn a_value_of_another_type_is_an_error() {
    for refused in [
        r#"{"version":1.5}"#,
        r#"{"version":"1"}"#,
        r#"{"version":1e30}"#,
        r#"{"version":9223372036854775808}"#,
        r#"{"acdAutoAnswer":"true"}"#,
        r#"{"acdAutoAnswer":1}"#,
        r#"{"id":7}"#,
        r#"{"state":true}"#,
        r#"{"dateLastLogin":1704067200000}"#,
        r#"{"skills":{}}"#,
        r#"{"skills":[null]}"#,
        r#"{"id":"a","id":"b"}"#,
    ] {
        assert!(serde_json::from_str::<User>(refused).is_err(), "{refused}");
    }
}

#[tokio::test]
async fn an_invalid_response_names_the_field() {
    let server = MockServer::start_async().await;
    let body = r#"{"entities":[{"id":"u-1","version":1.0},{"id":"u-2","version":1.5}]}"#;
    server.mock(|when, then| {
        when.method("GET");
        then.status(200).header("content-type", "application/json").body(body);
    });
    let error = crate::support::client(&server).api().get_users().send().await.expect_err("half a version");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let expected = "in `entities.1.version`, of the item with id `u-2`: expected a whole number of 64 bits";
    assert!(error.to_string().contains(expected), "{error}");
}
