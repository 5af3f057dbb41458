//! Bulk files on the wire: cut, sent, and an outcome for every row whatever the LMS answers.

mod quotes;
mod responses;

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream;
use httpmock::{HttpMockRequest, HttpMockResponse, Mock, MockServer};
use peoplefluent_lms::bulk::{
    BulkError, BulkReport, BulkUpload, CsvError, ExternalAction, ExternalTrainingRow, OnFailure, OnInvalid, Outcome,
    RowReader, StudentStatus, TrainingHistoryRow,
};
use peoplefluent_lms::{Backoff, CallOptions, Client, RetryPolicy};

const EXTERNAL: &str = "/ekp/contentHandler/externalTrainingCsv";
const HISTORY: &str = "/ekp/contentHandler/trainingHistoryCsv";
const COLUMNS: [&str; 5] = ["Action", "RecordID", "UserId", "Title", "StartDate"];
const HEADER: &str = "Action,RecordID,UserId,Title,StartDate";

fn client(server: &MockServer) -> Client {
    let builder = Client::builder().base_url(server.url("/ekp/")).system_key("key");
    builder.transport(|transport| transport.retry(RetryPolicy::none())).build().expect("valid settings")
}

fn row(id: &str) -> ExternalTrainingRow {
    ExternalTrainingRow::add_or_update(id, "a.roe", "First aid")
}

fn rows(ids: &[&str]) -> Vec<ExternalTrainingRow> {
    ids.iter().map(|id| row(id)).collect()
}

/// What became of rows in one word each, with the words of the LMS.
fn words(outcome: &Outcome<()>) -> String {
    match outcome {
        Outcome::Accepted(()) => "accepted".to_owned(),
        Outcome::Warned((), text) => format!("warned: {text}"),
        Outcome::Rejected(text) => format!("rejected: {text}"),
        Outcome::Invalid(problems) => format!("invalid: {}", problems.len()),
        Outcome::NotSent(_) => "not sent".to_owned(),
        Outcome::Unknown(_) => "unknown".to_owned(),
    }
}

/// The outcomes, and that there is one for each row, in order.
/// The outcome of rows whose upload was refused as a whole, without words of the service.
const REFUSED: &str = "rejected: externalTrainingCsv";

async fn outcomes(upload: BulkUpload<'_, ExternalTrainingRow>) -> Vec<String> {
    let mut outcomes = upload.outcomes();
    let mut found = Vec::new();
    while let Some(outcome) = outcomes.next().await {
        let outcome = outcome.expect("rows that can be sent");
        assert_eq!(outcome.index, found.len() as u64);
        let words = words(&outcome.outcome);
        // Of an error, the operation.
        found.push(words.split_once(" (POST ").map_or(words.as_str(), |(start, _)| start).to_owned());
    }
    assert_eq!(outcomes.counts().total(), found.len() as u64);
    found
}

async fn responding<'a>(server: &'a MockServer, containing: &str, status: u16, response: &str) -> Mock<'a> {
    server
        .mock_async(|when, then| {
            when.method("POST").path(EXTERNAL).body_includes(containing);
            then.status(status).header("content-type", "text/plain").body(response);
        })
        .await
}

const DONE: &str = "Advice.\nAction,RecordID,UserId,Title,StartDate\nNo Error Occurred\n";

#[tokio::test]
async fn both_files_go_to_their_handlers_with_the_system_key_as_text() {
    let server = MockServer::start_async().await;
    let external = server.mock_async(|when, then| {
        let body = format!("{HEADER}\r\nAU,R-1,a.roe,First aid,\r\n");
        when.method("POST").path(EXTERNAL).body(body);
        then.status(200).header("content-type", "text/plain").body(DONE);
    });
    let history = server.mock_async(|when, then| {
        let when = when.method("POST").path(HISTORY).header("authorization", "Basic c3lzdGVtOmtleQ==");
        when.header("content-type", "text/plain; charset=utf-8").body_includes("a.roe,L-1,,,,,Completed,");
        then.status(200).header("content-type", "text/plain").body("Advice\nNo Error Occurred");
    });
    let (external, history) = (external.await, history.await);
    let client = client(&server);
    assert_eq!(outcomes(client.bulk().external_training([row("R-1")]).columns(COLUMNS)).await, ["accepted"]);
    let row = TrainingHistoryRow::of_user("a.roe", "L-1").with_student_status(StudentStatus::Completed);
    let report = client.bulk().training_history([row]).report().await.expect("sent");
    assert_eq!((report.counts.accepted, report.is_complete(), report.listed.len()), (1, true, 0));
    external.assert_async().await;
    history.assert_async().await;
}

#[tokio::test]
async fn rows_are_cut_by_number_and_by_bytes() {
    let line = "AU,R-1,a.roe,First aid,\r\n".len() as u64;
    for (max_rows, max_bytes, uploads) in
        [(500, u64::MAX, 1), (2, u64::MAX, 3), (500, 2 * line, 3), (500, 0, 5), (0, 0, 5), (3, 2 * line, 3)]
    {
        let server = MockServer::start_async().await;
        let mock = responding(&server, HEADER, 200, DONE).await;
        let client = client(&server);
        let ids = ["R-1", "R-2", "R-3", "R-4", "R-5"];
        for concurrency in [1, 4] {
            let upload =
                client.bulk().external_training(rows(&ids)).columns(COLUMNS).max_rows(max_rows).max_bytes(max_bytes);
            assert_eq!(outcomes(upload.concurrency(concurrency)).await, ["accepted"; 5]);
        }
        assert_eq!(mock.calls_async().await, 2 * uploads, "{max_rows} rows, {max_bytes} bytes");
    }
}

#[tokio::test]
async fn after_an_upload_that_failed_the_rest_goes_on_or_stops() {
    for (on_failure, status, expected) in [
        (OnFailure::Continue, 500, ["accepted", "unknown", "accepted"]),
        (OnFailure::Stop, 500, ["accepted", "unknown", "not sent"]),
        (OnFailure::Continue, 403, ["accepted", REFUSED, "accepted"]),
        (OnFailure::Stop, 403, ["accepted", REFUSED, "not sent"]),
        // A refused credential is not used again.
        (OnFailure::Continue, 401, ["accepted", "not sent", "not sent"]),
        (OnFailure::Continue, 429, ["accepted", "not sent", "accepted"]),
        (OnFailure::Stop, 200, ["accepted", "unknown", "not sent"]),
    ] {
        let server = MockServer::start_async().await;
        responding(&server, "R-1", 200, DONE).await;
        responding(&server, "R-2", status, "").await;
        let third = responding(&server, "R-3", 200, DONE).await;
        let client = client(&server);
        let upload = client.bulk().external_training(rows(&["R-1", "R-2", "R-3"])).columns(COLUMNS).max_rows(1);
        assert_eq!(outcomes(upload.on_failure(on_failure)).await, expected);
        assert_eq!(third.calls_async().await, usize::from(expected[2] == "accepted"));
    }
}

#[tokio::test]
async fn rows_that_never_reach_the_lms_have_failed() {
    let server = MockServer::start_async().await;
    let address = server.base_url();
    let without_key = Client::builder().base_url(&address).build().expect("valid settings");
    assert_eq!(outcomes(without_key.bulk().external_training(rows(&["R-1"]))).await, ["not sent"]);
    // The port stays taken, so that no other test's server is given it, and nothing listens.
    let port = tokio::net::TcpSocket::new_v4().expect("a socket");
    port.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let closed = format!("http://{}", port.local_addr().expect("bound"));
    let client = Client::builder().base_url(closed).system_key("key");
    let client = client.transport(|transport| transport.retry(RetryPolicy::none())).build().expect("valid settings");
    assert_eq!(outcomes(client.bulk().external_training(rows(&["R-1", "R-2"]))).await, ["not sent"; 2]);
}

/// A server that gives each upload the next of these responses.
fn in_turn(responses: &'static [&'static str]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/ekp/", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for response in responses {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut upload = Vec::new();
            while !upload.ends_with(b"First aid,\r\n") {
                let mut piece = [0; 512];
                let read = stream.read(&mut piece).expect("an upload");
                upload.extend_from_slice(&piece[..read]);
            }
            let response = format!("HTTP/1.1 {response}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(response.as_bytes()).expect("a client that waits");
        }
    });
    url
}

#[tokio::test]
async fn rows_are_unknown_if_an_upload_before_the_last_one_may_have_been_carried_out() {
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    for (responses, expected) in [
        (&["429 Too Many Requests", "400 Bad Request"][..], REFUSED),
        (&["500 Internal Server Error", "400 Bad Request"], "unknown"),
    ] {
        let builder = Client::builder().base_url(in_turn(responses)).system_key("key");
        let policy = quick.clone().with_repeat_unsafe(true);
        let client = builder.transport(|transport| transport.retry(policy)).build().expect("valid settings");
        assert_eq!(outcomes(client.bulk().external_training([row("R-1")]).columns(COLUMNS)).await, [expected]);
    }
}

#[tokio::test]
async fn an_upload_is_repeated_after_a_failure_only_if_every_row_has_a_record_id_and_action_au() {
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let without_id = || {
        let mut row = row("");
        row.record_id = None;
        row
    };
    for (rows, is_repeated) in [
        (vec![row("R-1")], true),
        (rows(&["R-1", "R-2", "R-1"]), true),
        (vec![row("R-1"), without_id()], false),
        (vec![row("R-1"), row("")], false),
        (vec![row(" "), row("R-2")], false),
        (vec![row("R-1"), row("R-2").with_action(ExternalAction::Add)], false),
        (vec![row("R-1").with_action(ExternalAction::Update)], false),
        (vec![row("R-1").with_action(ExternalAction::Delete)], false),
    ] {
        for status in [408, 500, 502, 503, 504] {
            let (server, calls) = (MockServer::start_async().await, Arc::new(AtomicUsize::new(0)));
            let counted = Arc::clone(&calls);
            server.mock(|when, then| {
                when.method("POST").path(EXTERNAL);
                then.respond_with(move |_: &HttpMockRequest| {
                    let status = if counted.fetch_add(1, Ordering::SeqCst) == 0 { status } else { 200 };
                    let response = HttpMockResponse::builder().status(status).header("content-type", "text/plain");
                    response.body(DONE).build()
                });
            });
            let client = client(&server).with_options(CallOptions::new().retry(quick.clone()));
            let found = outcomes(client.bulk().external_training(rows.clone()).columns(COLUMNS)).await;
            let expected = if is_repeated { ("accepted", 2) } else { ("unknown", 1) };
            assert!(found.iter().all(|outcome| outcome == expected.0), "{status}: {rows:?} {found:?}");
            assert_eq!((found.len(), calls.load(Ordering::SeqCst)), (rows.len(), expected.1), "{status}: {rows:?}");
        }
    }
}

#[tokio::test]
async fn the_options_of_an_upload_say_whether_it_is_repeated() {
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let adds = || row("R-1").with_action(ExternalAction::Add);
    for (row, is_idempotent, of_client, expected) in [
        (row("R-1"), Some(false), None, "unknown"),
        (adds(), Some(true), None, "accepted"),
        // What is said of all calls of a client is not about these rows.
        (adds(), None, Some(true), "unknown"),
        (row("R-1"), None, Some(false), "accepted"),
    ] {
        let server = MockServer::start_async().await;
        let is_first = AtomicUsize::new(0);
        server.mock(|when, then| {
            when.method("POST").path(EXTERNAL);
            then.respond_with(move |_: &HttpMockRequest| {
                let status = if is_first.fetch_add(1, Ordering::SeqCst) == 0 { 503 } else { 200 };
                let response = HttpMockResponse::builder().status(status).header("content-type", "text/plain");
                response.body(DONE).build()
            });
        });
        let said = |is_idempotent: Option<bool>| match is_idempotent {
            Some(is_idempotent) => CallOptions::new().idempotent(is_idempotent),
            None => CallOptions::new(),
        };
        let client = client(&server).with_options(said(of_client).retry(quick.clone()));
        let upload = client.bulk().external_training([row]).columns(COLUMNS).options(said(is_idempotent));
        assert_eq!(outcomes(upload).await, [expected], "{is_idempotent:?} {of_client:?}");
    }
}

#[tokio::test]
async fn invalid_rows_keep_everything_from_being_sent() {
    let server = MockServer::start_async().await;
    let mock = responding(&server, "", 200, DONE).await;
    let client = client(&server);
    let mut sent = rows(&["R-1", "R-2-R-2-R-2-R-2", "R-3"]);
    sent.extend([ExternalTrainingRow::new(), row("SENTINEL-SENTINEL").with_currency("SENTINEL")]);
    let error = client.bulk().external_training(sent).max_rows(1).report().await.expect_err("invalid rows");
    let BulkError::Invalid(invalid) = &error else { panic!("{error}") };
    let found: Vec<_> =
        invalid.violations().iter().map(|problem| (problem.index, problem.violation.field.as_deref())).collect();
    assert_eq!(found, [(3, Some("Action")), (4, Some("RecordID")), (4, Some("Currency"))]);
    assert!(
        error.to_string().starts_with("nothing was sent: row at index 3, column `Action`: is required; row at index 4"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("SENTINEL"));
    assert_eq!(mock.calls_async().await, 0);
}

#[tokio::test]
async fn invalid_rows_are_left_out_on_demand_and_told() {
    let server = MockServer::start_async().await;
    let mock = responding(&server, HEADER, 200, DONE).await;
    let client = client(&server);
    let mut sent = rows(&["R-1", "R-2", "R-3"]);
    sent.insert(1, ExternalTrainingRow::new());
    sent.insert(2, row("R-9").with_grade("good"));
    let upload = || client.bulk().external_training(sent.clone()).columns(COLUMNS).max_rows(2);
    let upload = || upload().on_invalid(OnInvalid::Skip);
    assert_eq!(outcomes(upload()).await, ["accepted", "invalid: 1", "invalid: 1", "accepted", "accepted"]);
    let mut again = Vec::new();
    assert_eq!(upload().report().await.expect("sent").write_rejected(&mut again).expect("writable"), 2);
    let text = String::from_utf8(again).expect("UTF-8");
    assert!(text.starts_with(&format!("{HEADER},Grade,Reason\r\n")), "the value that was in the way is kept: {text}");
    assert_eq!(mock.calls_async().await, 4, "an upload of invalid rows only is not sent");
    let none = client.bulk().external_training([ExternalTrainingRow::new()]).on_invalid(OnInvalid::Skip);
    assert_eq!(outcomes(none).await, ["invalid: 1"]);
    assert_eq!(mock.calls_async().await, 4);
}

#[tokio::test]
async fn no_rows_and_wrong_columns_send_nothing() {
    let server = MockServer::start_async().await;
    let mock = responding(&server, "", 200, DONE).await;
    let client = client(&server);
    for on_invalid in [OnInvalid::Refuse, OnInvalid::Skip] {
        assert_eq!(outcomes(client.bulk().external_training([]).on_invalid(on_invalid)).await, [""; 0]);
        for columns in [&["Action", "Colour"][..], &["Title"], &[]] {
            let upload = client.bulk().external_training(rows(&["R-1"])).columns(columns).on_invalid(on_invalid);
            let error = upload.report().await.expect_err("wrong columns");
            assert!(matches!(error, BulkError::Columns(_)), "{error}");
        }
    }
    assert_eq!(mock.calls_async().await, 0);
}

#[tokio::test]
async fn rows_come_from_a_file_and_the_rejected_ones_go_back_into_one() {
    let server = MockServer::start_async().await;
    let response = format!("Advice\n{HEADER}\nAU,R-2,nobody,=cmd(),,\"No such user, sorry.\"\n1 failed");
    responding(&server, HEADER, 200, &response).await;
    let client = client(&server);
    let file = "RecordID,Action,UserId,Title,StartDate\n\
        R-1,AU,a.roe,First aid,2024-05-01\nR-2,AU,nobody,=cmd(),\nR-3,X,a.roe,T,\nR-4,AU\nR-5,AU,a.roe,T,\n";
    let reader = || RowReader::<ExternalTrainingRow, _>::new(file.as_bytes()).expect("a header line");

    let refused =
        client.bulk().external_training_stream(stream::iter(reader())).report().await.expect_err("invalid rows");
    let lines = "nothing was sent: line 4, column `Action`: must be one of A, D, U, AU; line 5: has 2 cells";
    assert!(refused.to_string().starts_with(lines), "{refused}");

    let upload = client.bulk().external_training_stream(stream::iter(reader())).columns(reader().columns());
    let report: BulkReport<_> = upload.on_invalid(OnInvalid::Skip).report().await.expect("sent");
    let found: Vec<_> = report.listed.iter().map(|outcome| (outcome.index, words(&outcome.outcome))).collect();
    let rejected = "rejected: No such user, sorry.".to_owned();
    assert_eq!(found, [(1, rejected), (2, "invalid: 1".to_owned()), (3, "invalid: 1".to_owned())]);
    assert_eq!((report.counts.accepted, report.counts.total(), report.is_complete()), (2, 5, false));

    let mut again = Vec::new();
    assert_eq!(report.write_rejected(&mut again).expect("writable"), 1);
    let text = String::from_utf8(again.clone()).expect("UTF-8");
    // Columns that were not sent stay out: blank cells could clear what is there.
    assert_eq!(text, format!("{HEADER},Reason\r\nAU,R-2,nobody,=cmd(),,\"No such user, sorry.\"\r\n"));
    let rows: Result<Vec<ExternalTrainingRow>, _> = RowReader::new(again.as_slice()).expect("valid").collect();
    assert_eq!(rows.expect("valid"), [ExternalTrainingRow::add_or_update("R-2", "nobody", "=cmd()")]);
}

#[tokio::test]
async fn a_source_that_fails_ends_the_upload_and_loses_no_row_before_it() {
    let source = || {
        let broken = || Err(CsvError::Io(std::io::ErrorKind::ConnectionReset.into()));
        stream::iter([Ok(row("R-1")), Ok(row("R-2")), broken(), Ok(row("R-3"))])
    };
    for (on_invalid, accepted) in [(OnInvalid::Refuse, 0), (OnInvalid::Skip, 2)] {
        let server = MockServer::start_async().await;
        let mock = responding(&server, HEADER, 200, DONE).await;
        let client = client(&server);
        let upload = client.bulk().external_training_stream(source()).columns(COLUMNS).on_invalid(on_invalid);
        let mut outcomes = upload.outcomes();
        for _ in 0..accepted {
            let outcome = outcomes.next().await.expect("an outcome").expect("a row before the error");
            assert!(outcome.outcome.is_accepted());
        }
        let error = outcomes.next().await.expect("the error").expect_err("the source failed");
        assert!(matches!(error, BulkError::Source(_)), "{error}");
        assert!(outcomes.next().await.is_none());
        assert_eq!((outcomes.counts().total(), mock.calls_async().await), (accepted, accepted.min(1) as usize));
    }
}

#[tokio::test]
async fn any_number_of_rows_goes_through_without_being_held() {
    let server = MockServer::start_async().await;
    responding(&server, HEADER, 200, DONE).await;
    let client = client(&server);
    let pulled = std::sync::atomic::AtomicU64::new(0);
    let endless = std::iter::repeat_with(|| {
        pulled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        row("R-1")
    });
    let upload = client.bulk().external_training(endless).columns(COLUMNS).max_rows(100).on_invalid(OnInvalid::Skip);
    let mut outcomes = upload.outcomes();
    for _ in 0..1_000 {
        assert!(outcomes.next().await.expect("endless").expect("valid").outcome.is_accepted());
    }
    let ahead = pulled.load(std::sync::atomic::Ordering::Relaxed) - 1_000;
    assert!(ahead <= 400, "{ahead} rows were read ahead");
}

#[tokio::test]
async fn nothing_of_a_row_or_a_response_is_printed_by_accident() {
    let response = format!("Advice\n{HEADER}\nD,SENTINEL,,,,SENTINEL\nAU,R-1,a.roe,SENTINEL,,SENTINEL\n2 failed");
    let server = MockServer::start_async().await;
    responding(&server, HEADER, 200, &response).await;
    let client = client(&server);
    let sent = [row("R-1").with_title("SENTINEL"), row("R-2").with_title("SENTINEL")];
    let report = client.bulk().external_training(sent).columns(COLUMNS).report().await.expect("sent");
    assert_eq!((report.counts.rejected, report.counts.unknown, report.unmatched.len()), (1, 1, 1));
    let printed = format!("{report:?} {} {:?}", report.counts, report.listed[1].outcome.reason());
    assert!(!printed.contains("SENTINEL"), "{printed}");
}
