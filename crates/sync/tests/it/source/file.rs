//! People of a file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rosterkit_sync::config::From;
use rosterkit_sync::source::{ReadReport, Row, Services, Source, SourceError};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{SENTINEL, TestResult, read};

/// A file in a folder of its own.
fn file(name: &str, content: &[u8]) -> TestResult<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name);
    fs::write(&path, content)?;
    Ok((folder, path))
}

async fn read_file(path: &Path, expect_rows: Option<u64>) -> Result<(Vec<Row>, ReadReport), SourceError> {
    read(&Source::new(&From::File { path: path.to_owned(), expect_rows })?, &Services::default()).await
}

#[tokio::test]
async fn csv_and_json_lines_are_read_to_their_end() -> TestResult {
    for (name, content) in [
        ("people.csv", &b"\xef\xbb\xbfid,manager.id,title,teams:json\r\nu-1,u-9,\"a, b\",[1]\r\nu-2,,,\r\n"[..]),
        (
            "people.jsonl",
            b"\xef\xbb\xbf{\"id\":\"u-1\",\"manager\":{\"id\":\"u-9\"},\"title\":\"a, b\",\"teams\":[1]}\r\n\r\n\
              {\"id\":\"u-2\",\"manager\":{\"id\":\"\"},\"title\":\"\",\"teams\":null}",
        ),
    ] {
        let (_folder, path) = file(name, content)?;
        let (rows, report) = read_file(&path, Some(2)).await?;
        assert!(report.is_complete(), "{name}: {report:?}");
        let values: Vec<_> = rows.into_iter().map(|row| row.value).collect();
        let expected = [
            json!({ "id": "u-1", "manager": { "id": "u-9" }, "title": "a, b", "teams": [1] }),
            // An empty cell is an empty text.
            json!({ "id": "u-2", "manager": { "id": "" }, "title": "", "teams": null }),
        ];
        assert_eq!(values, expected, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn an_invalid_row_is_told_by_its_line_and_the_others_are_read() -> TestResult {
    for (name, content, lines) in [
        ("people.csv", "id,title\nu-1,a\nS3NTINEL\n\nu-2,\"S3NTINEL\" x\nu-3,c\n", ["line 3: ", "line 5: "]),
        (
            "people.jsonl",
            "{\"id\":\"u-1\"}\n{\"id\":\"S3NTINEL\",}\n[\"S3NTINEL\"]\n{\"id\":\"u-3\"}\n",
            ["line 2: ", "line 3: "],
        ),
    ] {
        let (_folder, path) = file(name, content.as_bytes())?;
        let (rows, report) = read_file(&path, None).await?;
        assert_eq!((rows.len(), report.rows, report.unreadable), (2, 2, 2), "{name}: {report:?}");
        assert_eq!(report.incomplete, ["2 rows could not be read"]);
        assert!(report.problems.iter().zip(lines).all(|(problem, line)| problem.starts_with(line)), "{report:?}");
        assert!(!format!("{report:?}").contains(SENTINEL), "{report:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_number_of_rows_that_was_not_expected_and_no_rows_at_all_are_incomplete() -> TestResult {
    let (_folder, path) = file("people.csv", b"id\nu-1\nu-2\n")?;
    let (rows, report) = read_file(&path, Some(3)).await?;
    assert_eq!(rows.len(), 2);
    assert_eq!(report.incomplete, ["the file has 2 rows, but `expect_rows` is 3"]);
    for (name, content) in [("people.csv", &b"id\n"[..]), ("people.jsonl", b""), ("people.jsonl", b"\n")] {
        let (_folder, path) = file(name, content)?;
        let (_, report) = read_file(&path, None).await?;
        assert!(report.incomplete[0].starts_with("the list is empty"), "{report:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_readable_to_its_end_is_an_error() -> TestResult {
    for (name, content, expected) in [
        ("people.csv", &b""[..], "the header line is missing"),
        ("people.csv", b"id;name\nu-1;S3NTINEL\n", "save the file with commas"),
        ("people.csv", b"id,id\nu-1,S3NTINEL\n", "sets the same field"),
        (
            "people.csv",
            b"id,name\nu-1,a\nu-2,\"S3NTINEL\nu-3,c\n",
            "line 3: `name` has a quotation mark that is not closed",
        ),
        ("people.txt", b"id\nS3NTINEL\n", "expected .csv, .jsonl or .ndjson"),
    ] {
        let (_folder, path) = file(name, content)?;
        let error = read_file(&path, None).await.map(drop).expect_err("not readable").to_string();
        assert!(error.contains(expected) && error.contains(name) && !error.contains(SENTINEL), "{error}");
    }
    let folder = tempfile::tempdir()?;
    assert!(read_file(&folder.path().join("missing.csv"), None).await.is_err());
    fs::create_dir(folder.path().join("folder.csv"))?;
    let error = read_file(&folder.path().join("folder.csv"), None).await.map(drop).expect_err("a folder");
    assert!(error.to_string().contains("expected a regular file"), "{error}");
    Ok(())
}

/// How a file is changed.
type Change = fn(&Path) -> TestResult;

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_incomplete() -> TestResult {
    // More than the thread reads ahead.
    let content: String = ["id\n".to_owned()].into_iter().chain((0..40_000).map(|at| format!("u-{at:08}\n"))).collect();
    let changes: [(&str, Option<Change>); 5] = [
        ("", None),
        ("it has another size", Some(|path| Ok(fs::OpenOptions::new().append(true).open(path)?.write_all(b"u-x\n")?))),
        (
            "it was written to",
            Some(|path| {
                let file = fs::OpenOptions::new().write(true).open(path)?;
                Ok(file.set_modified(SystemTime::now() + Duration::from_secs(60))?)
            }),
        ),
        (
            "another file is in its place",
            Some(|path| {
                let other = path.with_extension("new");
                fs::copy(path, &other)?;
                Ok(fs::rename(other, path)?)
            }),
        ),
        ("it is gone", Some(|path| Ok(fs::remove_file(path)?))),
    ];
    for (expected, change) in changes {
        let (_folder, path) = file("people.csv", content.as_bytes())?;
        let mut reading = Source::File { path: path.clone(), expect_rows: None }.open(&Services::default())?;
        assert!(reading.next().await?.is_some_and(|rows| rows.len() == 1_000));
        change.map_or(Ok(()), |change| change(&path))?;
        while reading.next().await?.is_some() {}
        let report = reading.finish();
        assert!(report.rows >= 40_000, "{report:?}");
        match change {
            None => assert!(report.is_complete(), "{report:?}"),
            Some(_) => assert_eq!(report.incomplete, [format!("the file changed while it was read: {expected}")]),
        }
    }
    Ok(())
}
