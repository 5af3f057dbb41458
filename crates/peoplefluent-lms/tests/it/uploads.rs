//! Files for the LMS: attachments of external records and content packages, from memory, disk and streams.

use std::sync::{Arc, Mutex};

use futures_util::stream;
use httpmock::MockServer;
use peoplefluent_lms::{Body, Client, Date, ErrorKind, FilePart};

fn client(server: &MockServer) -> Client {
    Client::builder().base_url(server.url("/ekp/")).user("a.roe", "secret").build().expect("valid settings")
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

#[tokio::test]
async fn a_record_is_added_with_an_attachment_from_disk() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("Zeugnis ä.pdf");
    std::fs::write(&path, "%PDF-1.7 content").expect("writable");
    let server = MockServer::start_async().await;
    let mock = server.mock_async(|when, then| {
        when.method("POST")
            .path("/ekp/api/externalRecordAdder")
            .header_exists("content-length")
            .header_prefix("content-type", "multipart/form-data; boundary=")
            .body_includes("name=\"attachment\"; filename=\"Zeugnis ä.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 content\r\n")
            .body_includes("name=\"title\"\r\n\r\nFirst aid\r\n")
            .body_includes("name=\"format\"\r\n\r\njson\r\n");
        then.status(200).header("content-type", "application/json").body("{}");
    });
    let mock = mock.await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let bar = Arc::clone(&seen);
    let attachment = FilePart::from_path(&path).await.expect("a file");
    let attachment = attachment.with_progress(move |sent, total| bar.lock().expect("no panic").push((sent, total)));
    let client = client(&server);
    let request = client.api().external_record_adder().title("First aid").attachment(attachment);
    let request = request.start_date(date("2024-05-01")).end_date(date("2024-05-02")).language("en");
    let request = request.duration_unit("hour").cost_currency("GBP").status("openForEditing");
    request.send_json().await.expect("added");
    mock.assert_async().await;
    assert_eq!(*seen.lock().expect("no panic"), [(16, Some(16))]);
}

#[tokio::test]
async fn a_content_package_is_sent_from_memory_a_stream_or_a_body() {
    let server = MockServer::start_async().await;
    let mock = server.mock_async(|when, then| {
        when.method("POST").path("/ekp/api/contentPackageImporter").header_exists("content-length").body_includes(
            "name=\"package\"; filename=\"course.zip\"\r\nContent-Type: application/zip\r\n\r\nPK..\r\n",
        );
        then.status(200).header("content-type", "application/json").body("{}");
    });
    let mock = mock.await;
    let chunks = || stream::iter(["PK", ".."].map(|chunk| Ok::<_, std::io::Error>(chunk.into())));
    let client = client(&server);
    for package in [
        FilePart::new("course.zip", "PK.."),
        FilePart::stream("course.zip", chunks(), Some(4)),
        FilePart::new("course.zip", Body::repeatable(chunks, Some(4))),
    ] {
        let request = client.api().content_package_importer().versioning("none");
        request.package(package.with_media_type("application/zip")).send_json().await.expect("imported");
    }
    assert_eq!(mock.calls_async().await, 3);
}

#[tokio::test]
async fn a_file_that_changed_is_not_imported_partially() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("course.zip");
    std::fs::write(&path, "PK..").expect("writable");
    let package = FilePart::from_path(&path).await.expect("a file");
    std::fs::write(&path, "PK....").expect("writable");
    let server = MockServer::start_async().await;
    let request = client(&server);
    let error = request.api().content_package_importer().versioning("none").package(package).send_json().await;
    assert_eq!(error.expect_err("changed").kind(), ErrorKind::RequestBody);
}
