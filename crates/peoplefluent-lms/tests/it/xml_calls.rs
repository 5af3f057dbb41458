//! Calls with responses in XML, against a server.

use std::error::Error as _;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use httpmock::prelude::*;
use peoplefluent_lms::types::{ModuleType, OverallStatus, SessionStatus, TrainingHistory};
use peoplefluent_lms::xml::{FromXml as _, Limits, Records, Tree, XmlError, XmlErrorKind, read_xml_within};
use peoplefluent_lms::{Backoff, RetryPolicy};
use peoplefluent_lms::{Client, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn client(server: &str) -> Client {
    let client = Client::builder().base_url(format!("{server}/ekp/")).user("j.doe", "pass-word").system_key("site-key");
    client.build().expect("builds")
}

const HISTORY: &str = include_str!("samples/training_history.xml");

#[tokio::test]
async fn records_and_enrollments_return_a_typed_history() {
    let server = MockServer::start_async().await;
    for path in ["/ekp/api/records", "/ekp/api/enrollments"] {
        server
            .mock_async(|when, then| {
                when.method(GET).path(path).query_param("onBehalfOf", "a.roe").header("accept", "application/xml");
                then.status(200)
                    .header("content-type", "text/xml;charset=UTF-8")
                    .header("x-correlation-id", "c-1")
                    .body(HISTORY);
            })
            .await;
    }
    let client = client(&server.base_url());
    let records = client.api().records().on_behalf_of("a.roe").send_document().await.expect("a response");
    assert_eq!(records.correlation_id(), Some("c-1"));
    let records = records.into_inner().training_record.expect("records");
    assert_eq!(records[0].overall_status, Some(OverallStatus::Completed));
    let enrollments = client.api().enrollments().on_behalf_of("a.roe").send_document().await.expect("a response");
    assert_eq!(enrollments.get().training_record.as_ref(), Some(&records));
}

#[tokio::test]
async fn module_learning_path_and_competencies_return_their_types() {
    let server = MockServer::start_async().await;
    let responses = [
        ("/ekp/api/module", None, include_str!("samples/module.xml")),
        ("/ekp/api/learningPath", Some("xml"), include_str!("samples/learning_path.xml")),
        ("/ekp/api/competenciesAwarded", Some("xml"), include_str!("samples/competencies.xml")),
    ];
    for (path, format, body) in responses {
        server
            .mock_async(|when, then| {
                let when = when.method(GET).path(path);
                if let Some(format) = format {
                    when.query_param("format", format);
                }
                then.status(200).header("content-type", "application/xml").body(body);
            })
            .await;
    }
    let client = client(&server.base_url());
    let module = client.api().module().id("M-1").send_document().await.expect("a response");
    assert_eq!(module.get().type_, Some(ModuleType::Classroom));
    assert_eq!(module.get().session.as_ref().and_then(|it| it[0].status.clone()), Some(SessionStatus::Active));
    let path = client.api().learning_path().send_document().await.expect("a response");
    assert_eq!(path.get().job_profile.as_ref().map(Vec::len), Some(1));
    let awarded = client.api().competencies_awarded().send_document().await.expect("a response");
    assert_eq!(awarded.get().competency.as_ref().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_certification_of_an_empty_exam_is_more_than_an_empty_text() {
    let server = MockServer::start_async().await;
    let document =
        "<module><id>M1</id><title>T</title><type>onlineModule</type><certification><exam/></certification></module>";
    server
        .mock_async(|when, then| {
            when.method(GET).path("/ekp/api/module");
            then.status(200).header("content-type", "application/xml").body(document);
        })
        .await;
    let module = client(&server.base_url()).api().module().id("M1").send_document().await.expect("a response");
    let certification = module.into_inner().certification.expect("a certification");
    assert!(certification.exam.is_some() && certification.additional_properties.is_empty(), "{certification:?}");
}

#[tokio::test]
async fn the_charset_of_the_response_is_used() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/ekp/api/module");
            then.status(200)
                .header("content-type", "text/xml; charset=\"ISO-8859-1\"")
                .body(b"<module><title>Zo\xeb</title></module>");
        })
        .await;
    let module = client(&server.base_url()).api().module().id("M-1").send_document().await.expect("a response");
    assert_eq!(module.get().title.as_deref(), Some("Zoë"));
}

#[tokio::test]
async fn an_error_of_a_document_names_the_call_and_its_correlation_id() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/ekp/api/records");
            then.status(200)
                .header("content-type", "application/xml")
                .header("x-correlation-id", "c-7")
                .body("<trainingHistory>\n<trainingRecord><userId>sentinel");
        })
        .await;
    let client = client(&server.base_url());
    let error = client.api().records().send_document().await.expect_err("cut off");
    assert_eq!(
        (error.kind(), error.operation(), error.correlation_id()),
        (ErrorKind::Decode, Some("records"), Some("c-7"))
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(
        error.to_string(),
        "records (GET /api/records): the document is cut off: it ends before its root element does, in line 2 at \
         `trainingHistory/trainingRecord/userId`, status 200, correlation id c-7; request the document again, or a smaller one"
    );
    let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).map(XmlError::kind);
    assert_eq!(cause, Some(XmlErrorKind::Truncated));
    let response = client.api().records().send().await.expect("a response");
    let error =
        read_xml_within::<peoplefluent_lms::types::TrainingHistory>(response, Limits::new().with_depth(1)).await;
    assert_eq!(error.expect_err("too deep").operation(), Some("records"));
}

#[tokio::test]
async fn a_cut_off_document_is_requested_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let requests = tokio::spawn(async move {
        let mut heads = Vec::new();
        for sent in [HISTORY.len() / 2, HISTORY.len()] {
            let (mut connection, _) = listener.accept().await.expect("connects");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                connection.read_buf(&mut head).await.expect("reads");
            }
            heads.push(String::from_utf8(head).expect("text"));
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
                HISTORY.len(),
                HISTORY.get(..sent).expect("between characters")
            );
            connection.write_all(response.as_bytes()).await.expect("writes");
        }
        heads
    });
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let builder = Client::builder().base_url(format!("http://{address}/ekp")).user("j.doe", "pass-word");
    let client = builder.transport(|transport| transport.retry(quick)).build().expect("builds");
    let history = client.api().records().on_behalf_of("a.roe").send_document().await.expect("a response");
    assert_eq!(history.into_inner(), TrainingHistory::from_xml(HISTORY).expect("a document"));
    let heads = requests.await.expect("both were asked for");
    assert!(heads[0].starts_with("GET /ekp/api/records?onBehalfOf=a.roe "), "{}", heads[0]);
    assert_eq!(heads[0], heads[1]);
}

#[tokio::test]
async fn an_unexpected_media_type_is_an_error_before_the_body_is_read() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/ekp/api/records");
            then.status(200).header("content-type", "text/html").body("<html><body>Please sign in</body></html>");
        })
        .await;
    let error = client(&server.base_url()).api().records().send_document().await.expect_err("a page");
    assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
}

#[tokio::test]
async fn large_documents_stream_with_the_system_key() {
    let server = MockServer::start_async().await;
    let users = "<users xmlns='urn:example'><user><id>a.roe</id></user><user><id>b.roe</id></user></users>";
    for path in ["users200510Xml", "user200510Xml", "trainingHistoryXml", "completedTrainingRecordsXml"] {
        server
            .mock_async(|when, then| {
                when.method(GET).path(format!("/ekp/api/{path}")).header("authorization", "Basic c3lzdGVtOnNpdGUta2V5");
                then.status(200).header("content-type", "application/xml").body(users);
            })
            .await;
    }
    let client = client(&server.base_url());
    let responses = [
        client.api().users200510_xml().status("active").send().await.expect("a response"),
        client.api().user200510_xml().user_id("a.roe").send().await.expect("a response"),
        client.api().training_history_xml().send().await.expect("a response"),
        client.api().completed_training_records_xml().send().await.expect("a response"),
    ];
    for response in responses {
        let records: Vec<Tree> = Records::from(response).try_collect().await.expect("reads");
        let ids: Vec<_> = records.iter().filter_map(|record| record.root().id()).collect();
        assert_eq!(ids, ["a.roe", "b.roe"]);
    }
}

/// A server that sends a head that promises more than the body holds, and hangs up.
async fn hang_up(body: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("connects");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            connection.read_buf(&mut request).await.expect("reads");
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", body.len() + 100);
        connection.write_all(head.as_bytes()).await.expect("writes");
        connection.write_all(body.as_bytes()).await.expect("writes");
    });
    format!("http://{address}")
}

#[tokio::test]
async fn an_interrupted_download_yields_the_complete_records() {
    let server = hang_up("<users><user id='1'/><user id='2'/><user id='3'").await;
    let response = client(&server).api().users200510_xml().status("active").send().await.expect("a response");
    let mut records = Records::from(response).of("user");
    assert!(records.try_next().await.expect("complete").is_some());
    assert!(records.try_next().await.expect("complete").is_some());
    let error = records.try_next().await.expect_err("broken");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Transport, Some("users200510Xml")));
    assert!(error.to_string().contains(", after 2 complete records"), "{error}");
    assert!(records.try_next().await.expect("the end").is_none());
}
