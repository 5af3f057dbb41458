//! Courses to send: well-formed ones arrive, others never do.

use std::time::Duration;

use futures_util::stream;
use httpmock::prelude::*;
use peoplefluent_lms::xml::{Tree, XmlSource};
use peoplefluent_lms::{Backoff, bytes::Bytes};
use peoplefluent_lms::{Client, Error, ErrorKind, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const COURSES: &str = "<?xml version=\"1.0\"?>\n<courses><course id=\"C-1\"><title>Zoë</title></course></courses>\n";

fn client(server: &str) -> Client {
    Client::builder().base_url(format!("{server}/ekp")).system_key("site-key").build().expect("builds")
}

fn chunks(document: &str, size: usize) -> Vec<Result<Bytes, std::io::Error>> {
    document.as_bytes().chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
}

#[tokio::test]
async fn a_well_formed_document_is_sent_from_every_source() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/ekp/contentHandler/courses")
                .header("content-type", "application/xml")
                .header("authorization", "Basic c3lzdGVtOnNpdGUta2V5")
                .body(COURSES);
            then.status(200).body("done");
        })
        .await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courses.xml");
    std::fs::write(&path, COURSES).expect("writes");
    let client = client(&server.base_url());
    let mut sources = vec![
        XmlSource::from_bytes(COURSES).expect("well-formed"),
        XmlSource::from_file(&path).await.expect("well-formed"),
        XmlSource::from_reader(COURSES.as_bytes()),
    ];
    for size in [1, 7, 1_000] {
        sources.push(XmlSource::from_stream(stream::iter(chunks(COURSES, size)), None));
        sources.push(XmlSource::from_stream(stream::iter(chunks(COURSES, size)), Some(COURSES.len() as u64)));
    }
    let count = sources.len();
    for source in sources {
        let response = client.import_courses(source).await.expect("a response");
        assert_eq!(response.into_inner().text().await.expect("text"), "done");
    }
    assert_eq!(mock.calls_async().await, count);
}

#[tokio::test]
async fn a_file_is_sent_again_on_a_retry() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courses.xml");
    std::fs::write(&path, COURSES).expect("writes");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let received = tokio::spawn(async move {
        for status in ["429 Too Many Requests", "200 OK"] {
            let (mut connection, _) = listener.accept().await.expect("connects");
            let mut received = Vec::new();
            while !received.ends_with(COURSES.as_bytes()) {
                assert_ne!(connection.read_buf(&mut received).await.expect("a request"), 0);
            }
            let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            connection.write_all(response.as_bytes()).await.expect("a client that waits");
        }
    });
    let policy = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let builder = Client::builder().base_url(format!("http://{address}/ekp")).system_key("site-key");
    let client = builder.transport(|transport| transport.retry(policy)).build().expect("builds");
    client.import_courses(XmlSource::from_file(&path).await.expect("well-formed")).await.expect("taken");
    received.await.expect("both requests were whole");
}

#[tokio::test]
async fn a_malformed_document_in_memory_or_in_a_file_is_rejected() {
    let folder = tempfile::tempdir().expect("a folder");
    for (document, words) in [
        ("<courses><course></courses>", "invalid end tag: expected `</course>`, in line 1 at `courses/course`"),
        ("<courses>", "cut off"),
        ("", "the XML document is empty"),
        ("<!DOCTYPE courses><courses/>", "document type definition"),
        ("<courses>&copy;</courses>", "unknown entity `copy`"),
    ] {
        let error = XmlSource::from_bytes(document).expect_err("malformed");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some("courses")));
        assert!(error.to_string().contains(words), "{error}");
        let path = folder.path().join("my courses.xml");
        std::fs::write(&path, document).expect("writes");
        let error = XmlSource::from_file(&path).await.expect_err("malformed");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(
            error.to_string().contains("`my courses.xml` is not sent") && error.to_string().contains(words),
            "{error}"
        );
    }
    let error = XmlSource::from_file(folder.path().join("none.xml")).await.expect_err("no file");
    assert!(error.to_string().contains("the file `none.xml` cannot be read: entity not found"), "{error}");
    assert!(XmlSource::from_file(folder.path()).await.is_err());
}

/// A server that tells all that one connection sent.
async fn listen() -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let received = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("connects");
        let mut received = Vec::new();
        loop {
            match connection.read_buf(&mut received).await {
                Ok(0) | Err(_) => return received,
                Ok(_) if is_complete(&received) => {
                    let _ = connection
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                        .await;
                    return received;
                }
                Ok(_) => {}
            }
        }
    });
    (format!("http://{address}"), received)
}

/// Whether bytes are a whole request.
fn is_complete(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => received.len() - head.len() - 4 >= length,
        None => body.ends_with("0\r\n\r\n"),
    }
}

#[tokio::test]
async fn a_malformed_stream_never_becomes_a_complete_request() {
    let good = format!("<courses>{}", "<course id='C-1'><title>Title</title></course>\n".repeat(4_000));
    for ending in ["", "</course>", "</courses>x", "</courses>\n\n<courses/>", "<course></courses>", "&x;</courses>"] {
        for known in [false, true] {
            let document = format!("{good}{ending}");
            let (server, received) = listen().await;
            let length = known.then_some(document.len() as u64);
            let source = XmlSource::from_stream(stream::iter(chunks(&document, 10_000)), length);
            let error = client(&server).import_courses(source).await.expect_err("malformed");
            assert_eq!(error.kind(), ErrorKind::RequestBody, "{ending}: {error}");
            assert!(error.to_string().contains("the document is not sent: "), "{error}");
            let received = received.await.expect("listens");
            assert!(!is_complete(&received), "`{ending}` arrived as a complete request");
        }
    }
}

#[tokio::test]
async fn the_test_server_recognizes_a_complete_request() {
    let document = format!("<courses>{}</courses>", "<course/>".repeat(20_000));
    for length in [None, Some(document.len() as u64)] {
        let (server, received) = listen().await;
        let source = XmlSource::from_stream(stream::iter(chunks(&document, 10_000)), length);
        client(&server).import_courses(source).await.expect("a response");
        assert!(is_complete(&received.await.expect("listens")));
    }
}

#[tokio::test]
async fn a_file_that_changes_after_the_check_is_not_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("courses.xml");
    std::fs::write(&path, COURSES).expect("writes");
    let source = XmlSource::from_file(&path).await.expect("well-formed");
    let broken = COURSES.replace("</title>", "</tilte>");
    std::fs::write(&path, &broken).expect("writes");
    let (server, received) = listen().await;
    let error = client(&server).import_courses(source).await.expect_err("malformed now");
    assert_eq!(error.kind(), ErrorKind::RequestBody, "{error}");
    assert!(!is_complete(&received.await.expect("listens")));
}

#[tokio::test]
async fn a_stream_that_fails_or_has_another_length_is_an_error() {
    let mut failing = chunks("<courses><course/>", 5);
    failing.push(Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied)));
    for (source, words) in [
        (XmlSource::from_stream(stream::iter(failing), None), "permission denied"),
        (XmlSource::from_stream(stream::iter(chunks(COURSES, 50)), Some(10_000)), "ended before its declared length"),
        (XmlSource::from_stream(stream::iter(chunks(COURSES, 50)), Some(20)), "longer than its declared length"),
        (XmlSource::from_stream(stream::iter(chunks(COURSES, 50)), Some(50)), "longer than its declared length"),
    ] {
        let (server, received) = listen().await;
        let error = client(&server).import_courses(source).await.expect_err("fails");
        assert_eq!(error.kind(), ErrorKind::RequestBody);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!is_complete(&received.await.expect("listens")));
    }
}

#[test]
fn a_written_document_is_read_back_unchanged() -> Result<(), Error> {
    let source = XmlSource::build("courses", |courses| {
        courses.attribute("xmlns", "urn:example");
        courses.element("course", |course| {
            course.attribute("id", "a\"b'<&>\t\n\r ").text("one ]]> two\r\n").element("empty", |_| {});
            course.text_element("price", 12.5).text_element("title", "<i>&amp;</i>");
        });
    })?;
    let bytes = futures_util::FutureExt::now_or_never(source.into_body().bytes()).expect("in memory")?;
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<courses xmlns=\"urn:example\"><course id="),
        "{text}"
    );
    let tree = Tree::parse(text)?;
    let course = tree.root().child("course").expect("a course");
    assert_eq!(course.attribute("id"), Some("a\"b'<&>\t\n\r "));
    assert_eq!(course.exact_text(), "one ]]> two\r\n");
    assert_eq!(course.text_of("price").as_deref(), Some("12.5"));
    assert_eq!(course.text_of("title").as_deref(), Some("<i>&amp;</i>"));
    assert!(course.child("empty").is_some_and(|empty| empty.is_empty()));
    Ok(())
}

#[test]
fn a_writer_rejects_malformed_documents() {
    type Write = fn(&mut peoplefluent_lms::xml::XmlWriter<'_>);
    let cases: [(Write, &str); 7] = [
        (|it| _ = it.attribute("1a", ""), "an attribute of `courses` has an invalid name"),
        (|it| _ = it.attribute("a", "").attribute("a", ""), "the attribute `a` of `courses` is set twice"),
        (|it| _ = it.text("x").attribute("a", ""), "the attribute `a` of `courses` comes after content"),
        (|it| _ = it.attribute("a", "\0"), "the attribute `a` of `courses` holds a control character"),
        (|it| _ = it.text("\u{1}"), "the text of `courses` holds a control character"),
        (|it| _ = it.element("a b", |_| {}), "invalid element name"),
        (
            |it| _ = it.element("a", |it| _ = it.text_element("b", "\u{ffff}")),
            "the text of `b` holds a control character",
        ),
    ];
    for (write, words) in cases {
        let error = XmlSource::build("courses", write).expect_err("malformed");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(XmlSource::build("", |_| {}).is_err());
}
