//! LMS users.

use peoplefluent_lms::TryStreamExt as _;
use peoplefluent_lms::xml::Records;
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::source::Source;

use crate::support::{Query, SENTINEL, TestResult, ids, of_sandbox, of_server, read, server};

#[tokio::test]
async fn users_of_both_statuses_are_read_as_the_command_line_prints_them() -> TestResult {
    let sandbox = Sandbox::builder().users(2_300).start().await?;
    let services = of_sandbox(&sandbox)?;
    let mut expected = Vec::new();
    for status in ["active", "inactive"] {
        let export = services.lms()?.api().users200510_xml().status(status).send().await?;
        let records: Vec<_> = Records::from(export).of("user").try_collect().await?;
        expected.extend(records.iter().map(|record| record.root().to_json()));
    }
    let mut reading = Source::LmsUsers.open(&services)?;
    let (mut rows, mut largest) = (Vec::new(), 0);
    while let Some(chunk) = reading.next().await? {
        largest = largest.max(chunk.len());
        rows.extend(chunk.into_iter().map(|row| row.value));
    }
    let report = reading.finish();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((largest, report.rows, rows.len()), (1_000, expected.len() as u64, expected.len()));
    assert!(rows == expected && rows.iter().any(|row| row["status"] == "inactive"));
    Ok(())
}

#[tokio::test]
async fn an_export_that_is_cut_is_an_error_whichever_it_is() -> TestResult {
    for (skip, kind) in [(0, "truncate"), (1, "truncate"), (0, "drop"), (1, "drop"), (1, "status=503")] {
        let fault = format!("users200510Xml:{kind},skip={skip}").parse()?;
        let sandbox = Sandbox::builder().users(300).fault(fault).start().await?;
        let error = read(&Source::LmsUsers, &of_sandbox(&sandbox)?).await.map(drop).expect_err("cut");
        assert_eq!(error.operation(), Some("users200510Xml"), "{kind} {skip}: {error}");
        let what = if skip == 0 { "cannot read active LMS users" } else { "cannot read inactive LMS users" };
        assert!(error.to_string().starts_with(what), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn repeated_users_are_left_out_and_unreadable_ones_make_the_export_incomplete() -> TestResult {
    let respond = |query: &Query| {
        let users = match query["status"].as_str() {
            "active" => {
                "<user><id>a</id></user><user><id>a</id></user><user><name>S3NTINEL</name></user><user>S3NTINEL</user>\
                 <user><id>b</id><id>S3NTINEL</id></user>"
            }
            _ => "<user><id>a</id></user><user><id>c</id></user>",
        };
        (200, format!("<users><dateCreated>2024-06-01</dateCreated>{users}</users>"))
    };
    let server = server("application/xml", respond).await;
    let (rows, report) = read(&Source::LmsUsers, &of_server(&server)?).await?;
    assert_eq!((ids(&rows), report.repeated, report.unreadable), (vec!["a", "c"], 2, 3));
    assert_eq!(report.incomplete, ["3 rows could not be read"]);
    assert!(report.notes[0].starts_with("2 people were listed twice"), "{report:?}");
    assert!(!format!("{report:?}").contains(SENTINEL));
    Ok(())
}

#[tokio::test]
async fn an_empty_export_is_incomplete_and_an_error_document_an_error() -> TestResult {
    let empty = server("application/xml", |_| (200, "<users><dateCreated>x</dateCreated></users>".to_owned())).await;
    let (_, report) = read(&Source::LmsUsers, &of_server(&empty)?).await?;
    assert!(report.incomplete[0].starts_with("the list is empty"), "{report:?}");
    let refusing = server("application/xml", |_| (200, "<error><message>S3NTINEL</message></error>".to_owned())).await;
    let error = read(&Source::LmsUsers, &of_server(&refusing)?).await.map(drop).expect_err("refused");
    assert!(!format!("{error} {error:?}").contains(SENTINEL), "{error}");
    Ok(())
}
