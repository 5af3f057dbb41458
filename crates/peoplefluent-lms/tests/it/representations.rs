//! Responses in every representation: JSON into types of the caller's, feeds, files, and pages that are none of these.
use httpmock::MockServer;
use peoplefluent_lms::feeds::FeedResponse as _;
use peoplefluent_lms::mocks::on;
use peoplefluent_lms::{ErrorKind, ReadableUsers, SaveOptions};
use serde_json::json;

use crate::client;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Record {
    score: u8,
}

#[tokio::test]
async fn json_decodes_into_a_type_of_the_caller_and_a_mismatch_shows_its_path_and_no_value() {
    let server = MockServer::start_async().await;
    on(&server).record(|when, then| {
        when.id("R-1").representation("json");
        then.ok(&json!({"score": 91, "more": []}));
    });
    on(&server).record(|when, then| {
        when.id("R-2");
        then.ok(&json!({"score": "S3NTINEL"}));
    });
    on(&server).record(|_, then| drop(then.and(|then| then.status(200))));
    let client = client(&server);
    let record = |id: &str| client.api().record().id(id).send_json_as::<Record>();
    assert_eq!(*record("R-1").await.expect("a record").get(), Record { score: 91 });
    for (id, expected) in [
        ("R-2", "does not match Record at line 1 column 19, in `score`: expected u8"),
        ("R-3", "the response is empty"),
    ] {
        let error = record(id).await.expect_err("no record");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("S3NTINEL"));
    }
}

#[tokio::test]
async fn people_are_read_from_a_loose_encoder_and_those_that_cannot_be_are_told_when_asked() {
    let server = MockServer::start_async().await;
    on(&server).users(|when, then| {
        when.user_id("all");
        then.and(|then| {
            then.status(200).json_body(json!({"users": [
                {"id": 4711, "employeeNumber": 12, "status": true, "country": {"code": 1}},
                {"id": "b.poe", "email": ["S3NTINEL"]},
                {"id": "c.roe"},
            ]}))
        });
    });
    on(&server).me(|_, then| {
        then.and(|then| then.status(200).json_body(json!({"id": 4711, "postalCodeZip": 10115})));
    });
    let client = client(&server);
    let me = client.api().me().send_json().await.expect("a user").into_inner();
    assert_eq!((me.id.as_deref(), me.postal_code_zip.as_deref()), (Some("4711"), Some("10115")));
    let users = || client.api().users().user_id("all");
    let error = users().send_json().await.expect_err("an address that is a list");
    assert!(error.to_string().contains("in `users.1.email`, of the item with id `b.poe`: expected text"), "{error}");
    let listing = users().send_json_as::<ReadableUsers>().await.expect("readable").into_inner();
    let [first, last] = &listing.users.items[..] else { panic!("{listing:?}") };
    let country = first.country.as_ref().and_then(|country| country.code.as_deref());
    assert_eq!(
        (first.id.as_deref(), first.employee_number.as_deref(), first.status.as_deref(), country),
        (Some("4711"), Some("12"), Some("true"), Some("1"))
    );
    assert_eq!(last.id.as_deref(), Some("c.roe"));
    let told: Vec<String> = listing.users.unreadable.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["item 1 with id `b.poe`, in `email`: expected text, a number or a boolean"]);
    assert!(!format!("{listing:?} {error:?}").contains("S3NTINEL"));
}

#[tokio::test]
async fn organizations_are_read_with_their_attributes_and_those_of_users_with_the_one_above() {
    let server = MockServer::start_async().await;
    let above = json!({"id": "*ROOT*", "code": "ALL"});
    let organization = json!({"id": "O-1", "code": "SALES", "description": "Sales", "parent": above});
    on(&server).me(|_, then| {
        then.and(|then| then.status(200).json_body(json!({"id": "a.roe", "organization": organization})));
    });
    on(&server).organization(|_, then| {
        let root = json!({"id": "*ROOT*", "attributes": [{"description": "Region"}]});
        then.and(|then| then.status(200).json_body(root));
    });
    let client = client(&server);
    let organization = client.api().me().send_json().await.expect("a user").into_inner().organization.expect("one");
    let read = (organization.id.as_deref(), organization.code.as_deref(), organization.description.as_deref());
    assert_eq!((read, organization.parent), ((Some("O-1"), Some("SALES"), Some("Sales")), Some(above)));
    let root = client.api().organization().id("*ROOT*").send_json().await.expect("an organization").into_inner();
    let attributes = root.attributes.expect("attributes");
    assert_eq!((root.id.as_deref(), &attributes[0]["description"]), (Some("*ROOT*"), &json!("Region")));
}

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>n</id>
  <entry><title>Opening</title><id>N-1</id></entry></feed>"#;
const RSS: &str = r#"<rss version="2.0"><channel><title>News</title><link>https://www.example.com/</link>
  <description>All</description><item><title>Opening</title><guid>N-1</guid></item></channel></rss>"#;

#[tokio::test]
async fn every_feed_function_decodes_its_feed() {
    let server = MockServer::start_async().await;
    on(&server).public_news(|when, then| drop((when.representation("atom"), then.ok_atom(ATOM))));
    on(&server).public_news(|when, then| drop((when.representation("rssfull"), then.ok_rssfull(RSS))));
    on(&server).user_news(|when, then| drop((when.representation("rssteasers"), then.ok_rssteasers(RSS))));
    on(&server).modules(|when, then| drop((when.representation("rss"), then.ok_rss(RSS))));
    on(&server).latest_forum_posts(|when, then| drop((when.representation("atom"), then.ok_atom(ATOM))));
    on(&server).article(|when, then| {
        when.id("N-1");
        then.ok(r#"<entry xmlns="http://www.w3.org/2005/Atom"><title>Opening</title><id>N-1</id></entry>"#);
    });
    let client = client(&server);
    let api = client.api();
    for feed in [
        api.public_news().send_atom().await.expect("a response").into_feed().await,
        api.public_news().send_rssfull().await.expect("a response").into_feed().await,
        api.user_news().send_rssteasers().await.expect("a response").into_feed().await,
        api.modules().sort("title").send_rss().await.expect("a response").into_feed().await,
        api.latest_forum_posts().send_atom().await.expect("a response").into_feed().await,
    ] {
        let feed = feed.expect("a feed").into_inner();
        assert_eq!(feed.title.map(|title| title.content).as_deref(), Some("News"));
        assert_eq!(feed.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["N-1"]);
    }
    let entry = api.article().id("N-1").send().await.expect("a response").into_entry().await.expect("an entry");
    assert_eq!(entry.get().title.as_ref().map(|title| title.content.as_str()), Some("Opening"));
}

#[tokio::test]
async fn an_invalid_feed_is_an_error_that_names_the_function_and_hides_the_content() {
    for (body, limit, kind, expected) in [
        (ATOM, 40, ErrorKind::TooLarge, "more than 40 bytes"),
        (&ATOM[..80], 1000, ErrorKind::Decode, "cut off"),
        ("<!DOCTYPE feed [<!ENTITY a 'S3NTINEL'>]><feed>&a;</feed>", 1000, ErrorKind::Decode, "document type"),
        ("<S3NTINEL/>", 1000, ErrorKind::Decode, "not an RSS or Atom feed"),
        ("<html>S3NTINEL</html>", 1000, ErrorKind::UnexpectedMediaType, "received an HTML page"),
    ] {
        let server = MockServer::start_async().await;
        on(&server).public_news(|_, then| drop(then.ok_atom(body)));
        let response = client(&server).api().public_news().send_atom().await.expect("a head");
        let error = response.into_feed_within(limit).await.expect_err("no feed");
        assert_eq!((error.kind(), error.operation()), (kind, Some("publicNews")), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains("S3NTINEL"));
    }
}

#[tokio::test]
async fn a_feed_with_several_entries_is_not_one_entry() {
    let server = MockServer::start_async().await;
    let two = ATOM.replace("</feed>", "<entry><id>N-2</id></entry></feed>");
    on(&server).article(|_, then| drop(then.ok(&two)));
    let response = client(&server).api().article().id("N-1").send().await.expect("a head");
    assert_eq!(response.into_entry().await.expect_err("two").kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn certificates_packages_reports_and_resources_are_saved_as_files() {
    let server = MockServer::start_async().await;
    on(&server).certificate(|_, then| drop(then.ok_file("Zertifikat für A.pdf", b"%PDF-1.7")));
    on(&server).content_package(|_, then| drop(then.ok_file("course.zip", b"PK\x03\x04")));
    on(&server).batch_report(|_, then| drop(then.ok_file("../report.csv", b"id,name\n")));
    on(&server).resource(|_, then| drop(then.ok(b"\xff\xfe")));
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(&server);
    let api = client.api();
    let bodies = [
        api.certificate().award_id("A-1").send().await.expect("a certificate"),
        api.content_package().enrollment_id("E-1").send().await.expect("a package"),
        api.batch_report().pathname("a/b").send().await.expect("a report"),
        api.resource().url("R-1").send().await.expect("a resource"),
    ];
    let mut names = Vec::new();
    for body in bodies {
        let saved = body.into_inner().save_into(directory.path(), "resource", SaveOptions::new()).await.expect("saved");
        names.push(saved.path.file_name().expect("a name").to_string_lossy().into_owned());
    }
    assert_eq!(names, ["Zertifikat für A.pdf", "course.zip", "report.csv", "resource"]);
    assert_eq!(std::fs::read(directory.path().join("course.zip")).expect("a file"), b"PK\x03\x04");
}

#[tokio::test]
async fn an_archive_may_have_its_own_media_type_or_that_of_any_file() {
    for media_type in
        ["application/zip", "application/x-zip-compressed", "application/gzip", "application/octet-stream"]
    {
        let server = MockServer::start_async().await;
        for (path, media_type) in [("contentPackage", media_type), ("certificate", "application/octet-stream")] {
            server.mock(|when, then| {
                when.path(format!("/ekp/api/{path}"));
                then.status(200).header("content-type", media_type).body("PK");
            });
        }
        let client = client(&server);
        let package = client.api().content_package().enrollment_id("E-1").send().await.expect(media_type);
        assert_eq!(package.into_inner().text().await.expect(media_type), "PK");
        let certificate = client.api().certificate().award_id("A-1").send().await.expect("mere bytes");
        assert_eq!(certificate.into_inner().text().await.expect("mere bytes"), "PK");
    }
    for media_type in ["application/json", "text/xml", "text/plain", "text/html"] {
        let server = MockServer::start_async().await;
        server.mock(|_, then| drop(then.status(200).header("content-type", media_type).body("no such enrollment")));
        let client = client(&server);
        let package = client.api().content_package().enrollment_id("E-1").send().await.expect_err(media_type);
        let certificate = client.api().certificate().award_id("A-1").send().await.expect_err(media_type);
        let expected = ErrorKind::UnexpectedMediaType;
        assert_eq!((package.kind(), certificate.kind()), (expected, expected), "{media_type}");
    }
}

#[tokio::test]
async fn xhtml_instead_of_records_is_an_html_page() {
    let server = MockServer::start_async().await;
    let page = "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\">\n<html/>";
    on(&server).records(|_, then| drop(then.ok(page)));
    let response = client(&server).api().records().send().await.expect("a head");
    let error = response.into_inner().text().await.expect_err("a page");
    assert!(error.to_string().contains("received an HTML page (a login or error page?) instead of data"), "{error}");
}
