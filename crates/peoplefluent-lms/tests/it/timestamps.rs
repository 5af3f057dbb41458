//! Moments in requests: the site reads them to the minute, and in no other form.

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use peoplefluent_lms::chrono::{DateTime, Utc};
use peoplefluent_lms::{Client, Timestamp};

#[tokio::test]
async fn moments_of_any_form_go_out_in_utc_and_to_the_minute() {
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
    let moment = DateTime::<Utc>::from_timestamp_millis(1_258_142_459_123).expect("a moment");
    let offset: Timestamp = "2009-11-13T21:00:59.123+0100".parse().expect("a moment");
    let minutes: Timestamp = "2009-11-13T20:00Z".parse().expect("a moment");
    for moment in [moment.into(), offset, minutes] {
        let api = client.api();
        let listing = api.articles().published_after(moment.clone()).send_json().await.map(drop);
        let launch = api.launch_tracker().enrollment_id("E-1").datetime(moment).send_json().await.map(drop);
        for (outcome, name) in [(listing, "publishedAfter"), (launch, "datetime")] {
            let error = outcome.expect_err("400");
            let sent = String::from_utf8_lossy(error.body().expect("what was sent")).into_owned();
            assert!(sent.contains(&format!("{name}=2009-11-13T20%3A00Z")), "{sent}");
        }
    }
}
