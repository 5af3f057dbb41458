//! Date-times in requests: the site accepts them to the minute, in UTC.

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use peoplefluent_lms::chrono::{DateTime, Utc};
use peoplefluent_lms::{Client, Timestamp};

#[tokio::test]
async fn timestamps_in_any_form_are_sent_in_utc_to_the_minute() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.is_true(|_| true);
        then.respond_with(|request: &HttpMockRequest| {
            let sent = format!("{}&{}", request.uri().query().unwrap_or_default(), request.body_string());
            HttpMockResponse::builder().status(400).body(sent).build()
        });
    });
    let builder = Client::builder().base_url(server.url("/ekp/")).user("a.roe", "secret");
    let client = builder.build().expect("valid settings");
    let timestamp = DateTime::<Utc>::from_timestamp_millis(1_258_142_459_123).expect("a date-time");
    let offset: Timestamp = "2009-11-13T21:00:59.123+0100".parse().expect("a date-time");
    let minutes: Timestamp = "2009-11-13T20:00Z".parse().expect("a date-time");
    for timestamp in [timestamp.into(), offset, minutes] {
        let api = client.api();
        let listing = api.articles().published_after(timestamp.clone()).send_json().await.map(drop);
        let launch = api.launch_tracker().enrollment_id("E-1").datetime(timestamp).send_json().await.map(drop);
        for (outcome, name) in [(listing, "publishedAfter"), (launch, "datetime")] {
            let error = outcome.expect_err("400");
            let sent = String::from_utf8_lossy(error.body().expect("what was sent")).into_owned();
            assert!(sent.contains(&format!("{name}=2009-11-13T20%3A00Z")), "{sent}");
        }
    }
}
