//! Uploads: from files and streams, with progress, in little memory, and never a truncated success.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use futures_util::{StreamExt as _, stream};
use rosterkit_core::{Backoff, Body, ErrorKind, FilePart, Request, RetryPolicy, bytes::Bytes};
use tempfile::{TempDir, tempdir};

fn file(directory: &TempDir, name: &str, content: &[u8]) -> std::path::PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, content).expect("a temporary file");
    path
}

fn append(path: &Path, content: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).expect("the file is there");
    file.write_all(content).expect("writable");
}

fn upload(file: FilePart) -> Request {
    Request::new(&POST_USER).part("format", "json").part_file("package", file)
}

/// The part named `package` of a form, without its head.
fn package(received: &Received) -> &[u8] {
    let head = b"name=\"package\"";
    let find = |hay: &[u8], needle: &[u8]| hay.windows(needle.len()).position(|window| window == needle);
    let part = &received.body[find(&received.body, head).expect("the part")..];
    let content = &part[find(part, b"\r\n\r\n").expect("a head") + 4..];
    &content[..find(content, b"\r\n--rosterkit-").expect("the boundary")]
}

const GIBIBYTE: u64 = 1024 * 1024 * 1024;

/// Reads one request and throws its body away, counting it.
fn discard(received: Arc<AtomicU64>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut buffer = vec![0; 1024 * 1024];
        let mut head = Vec::new();
        let (length, beginning) = loop {
            let read = stream.read(&mut buffer).expect("the head");
            head.extend_from_slice(&buffer[..read]);
            if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
                break (length.parse::<u64>().expect("a number"), (head.len() - end - 4) as u64);
            }
        };
        let mut left = length - beginning;
        received.fetch_add(beginning, Ordering::SeqCst);
        while left > 0 {
            let read = stream.read(&mut buffer).expect("the body") as u64;
            received.fetch_add(read, Ordering::SeqCst);
            left -= read;
        }
        stream.write_all(EMPTY.as_bytes()).expect("the client still listens");
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_gibibyte_goes_through_in_constant_memory() {
    const CHUNK: usize = 256 * 1024;
    static ZEROS: [u8; CHUNK] = [0; CHUNK];
    let (produced, received) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let most = Arc::new(AtomicU64::new(0));
    let url = discard(Arc::clone(&received));

    let counts = (Arc::clone(&produced), Arc::clone(&received), Arc::clone(&most));
    let chunks = stream::iter(0..GIBIBYTE / CHUNK as u64).map(move |_| {
        let (produced, received, most) = &counts;
        let produced = produced.fetch_add(CHUNK as u64, Ordering::SeqCst) + CHUNK as u64;
        most.fetch_max(produced.saturating_sub(received.load(Ordering::SeqCst)), Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(&ZEROS))
    });
    let reported = Arc::new(AtomicU64::new(0));
    let bar = Arc::clone(&reported);
    let file = FilePart::stream("course.zip", chunks, Some(GIBIBYTE)).with_progress(move |sent, total| {
        assert_eq!(total, Some(GIBIBYTE));
        assert!(bar.swap(sent, Ordering::SeqCst) < sent);
    });
    transport(url).send_empty(upload(file)).await.expect("taken");

    assert_eq!(produced.load(Ordering::SeqCst), GIBIBYTE);
    assert_eq!(reported.load(Ordering::SeqCst), GIBIBYTE);
    assert!(received.load(Ordering::SeqCst) > GIBIBYTE, "the form has a head and an end too");
    // What is produced and not received lies in buffers, ours and those of the operating system's sockets.
    let most = most.load(Ordering::SeqCst);
    assert!(most < 32 * 1024 * 1024, "{most} bytes were in flight at once");
}

#[tokio::test]
async fn a_file_arrives_with_its_name_media_type_and_every_byte() {
    let directory = tempdir().expect("a temporary directory");
    for length in [0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000] {
        let content: Vec<u8> = (0..length).map(|index: u32| (index % 251) as u8).collect();
        let path = file(&directory, "kurs ü.zip", &content);
        let (url, mut received) = record(EMPTY).await;
        let part = FilePart::from_path(&path).await.expect("a file");
        assert_eq!((part.file_name(), part.media_type()), ("kurs ü.zip", "application/zip"));
        assert_eq!(part.body().length(), Some(content.len() as u64));
        transport(url).send_empty(upload(part)).await.expect("taken");
        let received = received.recv().await.expect("a request");
        assert!(received.header("content-length").is_some() && received.header("transfer-encoding").is_none());
        assert_eq!(package(&received), content, "{length} bytes");
    }
}

#[tokio::test]
async fn media_types_follow_the_extension_and_can_be_set() {
    let directory = tempdir().expect("a temporary directory");
    for (name, media_type) in [
        ("a.PDF", "application/pdf"),
        ("a.tar.zip", "application/zip"),
        ("rows.csv", "text/csv"),
        ("photo.JPeG", "image/jpeg"),
        ("zip", "application/octet-stream"),
        (".pdf", "application/pdf"),
        ("a.", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ] {
        let part = FilePart::from_path(file(&directory, name, b"x")).await.expect("a file");
        assert_eq!((part.file_name(), part.media_type()), (name, media_type));
    }
    let path = file(&directory, "a.bin", b"x");
    let part = FilePart::from_path(path).await.expect("a file");
    let part = part.with_file_name("b.scorm").with_media_type("application/x-scorm");
    assert_eq!((part.file_name(), part.media_type()), ("b.scorm", "application/x-scorm"));
}

#[tokio::test]
async fn a_path_that_is_not_a_file_fails_before_anything_is_sent() {
    let directory = tempdir().expect("a temporary directory");
    let missing = FilePart::from_path(directory.path().join("a.roe.pdf")).await.expect_err("not there");
    let no_file = FilePart::from_path(directory.path()).await.expect_err("a directory");
    let no_name = FilePart::from_path("..").await.expect_err("no name");
    for (error, cause) in [(missing, "entity not found"), (no_file, "not a regular file"), (no_name, "file name")] {
        assert_eq!(error.kind(), ErrorKind::RequestBody);
        let printed = printed(&error);
        assert!(printed.contains(cause) && !printed.contains("a.roe"), "{printed}");
    }
}

#[tokio::test]
async fn a_file_that_changed_its_length_is_an_error() {
    let directory = tempdir().expect("a temporary directory");
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("grown", |path| append(path, b"!")),
        ("shrunk", |path| std::fs::write(path, b"123").expect("writable")),
        ("emptied", |path| std::fs::write(path, b"").expect("writable")),
        ("removed", |path| std::fs::remove_file(path).expect("removable")),
    ];
    for (name, change) in changes {
        let path = file(&directory, name, b"123456");
        let part = FilePart::from_path(&path).await.expect("a file");
        change(&path);
        let (url, _received) = record(EMPTY).await;
        let error = transport(url).send_empty(upload(part)).await.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::RequestBody, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_an_error() {
    let directory = tempdir().expect("a temporary directory");
    let content = vec![7; 200_000];
    type Change = fn(&Path);
    let changes: [(&str, Change); 2] = [
        ("grown", |path| append(path, b"!")),
        ("cut", |path| {
            let file = OpenOptions::new().write(true).open(path).expect("the file is there");
            file.set_len(100_000).expect("writable");
        }),
    ];
    for (name, change) in changes {
        let path = file(&directory, name, &content);
        let mut body = Body::file(&path).await.expect("a file");
        let mut read = body.next().await.expect("a piece").expect("readable").len();
        change(&path);
        let error = loop {
            match body.next().await.expect("an error before the end") {
                Ok(piece) => read += piece.len(),
                Err(error) => break error,
            }
        };
        assert!(read < content.len(), "{name}: the last piece is held back");
        assert_eq!(error.kind(), ErrorKind::RequestBody, "{name}");
        assert!(error.to_string().contains("was changed"), "{error}");
        assert!(body.next().await.is_none());
    }
}

#[tokio::test]
async fn a_file_and_a_repeatable_body_are_sent_again() {
    let directory = tempdir().expect("a temporary directory");
    let path = file(&directory, "rows.csv", b"id\n1\n2\n");
    let opened = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&opened);
    let repeatable = Body::repeatable(
        move || {
            count.fetch_add(1, Ordering::SeqCst);
            stream::iter([Ok::<_, std::io::Error>(Bytes::from("id\n1\n")), Ok(Bytes::from("2\n"))])
        },
        Some(7),
    );
    let from_file = FilePart::from_path(&path).await.expect("a file");
    for part in [from_file, FilePart::new("rows.csv", repeatable), FilePart::new("rows.csv", "id\n1\n2\n")] {
        let (url, mut received) =
            serve_in_turn(vec![response(503, &[]), response(307, &["Location: /b"]), EMPTY.into()]).await;
        let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
        let transport = builder(url).retry(quick.with_repeat_unsafe(true)).build().expect("valid settings");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let bar = Arc::clone(&seen);
        let part = part.with_progress(move |sent, total| bar.lock().expect("no panic").push((sent, total)));
        transport.send_empty(upload(part)).await.expect("taken in the end");
        for _ in 0..3 {
            assert_eq!(package(&received.recv().await.expect("a request")), b"id\n1\n2\n");
        }
        let ends = seen.lock().expect("no panic").iter().filter(|seen| **seen == (7, Some(7))).count();
        assert_eq!(ends, 3, "the count begins anew with each request");
    }
    assert_eq!(opened.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_repeatable_body_is_held_to_its_length() {
    for (length, cause) in [(3, "longer than"), (5, "ended before")] {
        let body = Body::repeatable(|| stream::iter([Ok::<_, std::io::Error>(Bytes::from("abcd"))]), Some(length));
        let (url, _received) = record(EMPTY).await;
        let error = transport(url).send_empty(Request::new(&POST_USER).body("text/csv", body)).await.expect_err(cause);
        assert_eq!(error.kind(), ErrorKind::RequestBody);
        assert!(error.to_string().contains(cause), "{error}");
    }
}

#[test]
fn nothing_prints_the_name_of_a_file() {
    let part = FilePart::new("SENTINEL.pdf", "SENTINEL").with_media_type("application/pdf");
    let printed = format!("{part:?}");
    assert!(printed.contains("application/pdf") && !printed.contains("SENTINEL"), "{printed}");
}
