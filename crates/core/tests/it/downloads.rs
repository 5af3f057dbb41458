//! Responses into writers and files: complete or not at all.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::support::{GET_USERS, SENTINEL, assert_discreet, serve_bytes, transport};
use futures_util::{FutureExt as _, stream};
use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error, ErrorKind, Request, SaveOptions};
use tempfile::TempDir;
use tokio::io::AsyncWrite;

const PDF: &str = "%PDF-1.7 a page";

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

/// The body of a response that a raw server gives.
async fn response(head: &str, body: &str) -> Body {
    let url = serve_bytes(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{head}\r\n{body}")).await;
    let response = transport(url).send_body(Request::new(&GET_USERS), &["application/pdf"]).await;
    response.expect("a head").into_inner()
}

async fn pdf(length: usize) -> Body {
    response(&format!("Content-Type: application/pdf\r\nContent-Length: {length}\r\n"), PDF).await
}

#[tokio::test]
async fn a_complete_response_becomes_a_file_and_nothing_else_stays() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    assert_eq!(pdf(PDF.len()).await.save_to(&path, SaveOptions::new()).await.expect("saved"), PDF.len() as u64);
    assert_eq!(fs::read_to_string(&path).expect("a file"), PDF);
    assert_eq!(names(directory.path()), ["a.pdf"]);
}

#[tokio::test]
async fn a_response_that_breaks_off_stalls_or_turns_out_to_be_a_page_leaves_nothing() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    let page = "<!DOCTYPE html><html>S3NTINEL</html>";
    let lying = response(&format!("Content-Type: application/pdf\r\nContent-Length: {}\r\n", page.len()), page).await;
    let chunked = response("Content-Type: application/pdf\r\nTransfer-Encoding: chunked\r\n", "4\r\n%PDF\r\n").await;
    let failing = Body::stream(stream::iter([Ok(Bytes::from("x")), Err(std::io::Error::other(SENTINEL))]), None);
    let short = Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from("x"))]), Some(2));
    for (body, kind) in [
        (pdf(PDF.len() + 1).await, ErrorKind::Transport),
        (chunked, ErrorKind::Transport),
        (lying, ErrorKind::UnexpectedMediaType),
        (failing, ErrorKind::RequestBody),
        (short, ErrorKind::RequestBody),
    ] {
        let error = body.save_to(&path, SaveOptions::new()).await.expect_err("not saved");
        assert_eq!(error.kind(), kind, "{error}");
        assert_discreet(&error);
        assert!(names(directory.path()).is_empty());
    }
}

#[tokio::test]
async fn a_limit_is_checked_against_the_announced_length_and_against_what_comes() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    let exact = SaveOptions::new().limit(PDF.len() as u64);
    let less = SaveOptions::new().limit(PDF.len() as u64 - 1);
    for body in [pdf(PDF.len()).await, response("Content-Type: application/pdf\r\n", PDF).await] {
        let error = body.save_to(&path, less.clone()).await.expect_err("too large");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::TooLarge, Some("getUsers")), "{error}");
        assert!(error.to_string().contains("more than 14 bytes"), "{error}");
        assert!(names(directory.path()).is_empty());
    }
    let mut written = Vec::new();
    let error = response("Content-Type: application/pdf\r\n", PDF).await.write_to(&mut written, 3).await;
    assert_eq!(error.expect_err("too large").kind(), ErrorKind::TooLarge);
    assert!(written.len() <= 3);
    response("Content-Type: application/pdf\r\n", PDF).await.save_to(&path, exact).await.expect("just fits");
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_on_request_and_only_by_a_whole_one() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    fs::write(&path, "before").expect("a file");
    let error = pdf(PDF.len()).await.save_to(&path, SaveOptions::new()).await.expect_err("exists");
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(error.to_string().contains("entity already exists"), "{error}");
    let replace = SaveOptions::new().overwrite(true);
    pdf(PDF.len() + 1).await.save_to(&path, replace.clone()).await.expect_err("breaks off");
    assert_eq!(fs::read_to_string(&path).expect("a file"), "before");
    pdf(PDF.len()).await.save_to(&path, replace).await.expect("replaced");
    assert_eq!(fs::read_to_string(&path).expect("a file"), PDF);
    assert_eq!(names(directory.path()), ["a.pdf"]);
}

#[tokio::test]
async fn a_file_that_appears_meanwhile_is_not_replaced() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    let meanwhile = path.clone();
    let rest = stream::once(async move {
        fs::write(&meanwhile, "somebody else's").expect("a file");
        Ok::<_, std::io::Error>(Bytes::from("mine"))
    });
    let error = Body::stream(rest, None).save_to(&path, SaveOptions::new()).await.expect_err("exists");
    assert_eq!(error.kind(), ErrorKind::Output);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "somebody else's");
    assert_eq!(names(directory.path()), ["a.pdf"]);
}

#[tokio::test]
async fn a_dropped_download_leaves_nothing() {
    let directory = directory();
    let path = directory.path().join("a.pdf");
    let endless = stream::iter([Ok::<_, std::io::Error>(Bytes::from("begun"))]).chain_pending();
    let mut saving = Box::pin(Body::stream(endless, None).save_to(&path, SaveOptions::new()));
    // Until the file is begun.
    while names(directory.path()).is_empty() {
        assert!(saving.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(saving);
    assert!(names(directory.path()).is_empty());
}

/// A stream that never ends after these items.
trait ChainPending: futures_util::Stream + Sized {
    fn chain_pending(self) -> impl futures_util::Stream<Item = Self::Item> {
        futures_util::StreamExt::chain(self, stream::pending())
    }
}

impl<S: futures_util::Stream> ChainPending for S {}

#[tokio::test]
async fn an_unusable_path_is_an_error_that_does_not_show_the_path() {
    let directory = directory();
    let missing = directory.path().join(SENTINEL).join("a.pdf");
    for path in [missing.as_path(), directory.path(), Path::new("/"), Path::new("..")] {
        let error = pdf(PDF.len()).await.save_to(path, SaveOptions::new().overwrite(true)).await.expect_err("no place");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Output, Some("getUsers")), "{error}");
        assert!(error.to_string().starts_with("getUsers (GET /api/users): creating the file failed: "), "{error}");
        assert_discreet(&error);
    }
    assert!(names(directory.path()).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_are_those_of_a_new_file_of_the_replaced_one_or_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = directory();
    let mode = |name: &str| fs::metadata(directory.path().join(name)).expect("a file").permissions().mode() & 0o777;
    let save = async |name: &str, options: SaveOptions| {
        pdf(PDF.len()).await.save_to(directory.path().join(name), options).await.expect("saved");
        mode(name)
    };
    fs::write(directory.path().join("usual"), "").expect("a file");
    fs::write(directory.path().join("shared"), "").expect("a file");
    fs::set_permissions(directory.path().join("shared"), fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(save("new", SaveOptions::new()).await, mode("usual"));
    assert_eq!(save("shared", SaveOptions::new().overwrite(true)).await, 0o640);
    assert_eq!(save("private", SaveOptions::new().private(true)).await, 0o600);
    assert_eq!(save("shared", SaveOptions::new().private(true).overwrite(true)).await, 0o600);
}

#[tokio::test]
async fn a_suggested_name_never_leads_elsewhere() {
    let directory = directory();
    for (disposition, expected) in [
        ("attachment; filename=\"certificate.pdf\"", "certificate.pdf"),
        ("attachment; filename=\"../../.profile\"", "profile"),
        ("attachment; filename=\"..\\\\..\\\\nul\"", "_nul"),
        ("attachment", "fallback.pdf"),
        ("attachment; filename=\" . \"", "fallback.pdf"),
    ] {
        let head = format!("Content-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n");
        let options = SaveOptions::new().overwrite(true);
        let saved =
            response(&head, PDF).await.save_into(directory.path(), "fallback.pdf", options).await.expect("saved");
        assert_eq!((saved.path, saved.bytes), (directory.path().join(expected), PDF.len() as u64), "{disposition}");
    }
    assert_eq!(names(directory.path()), ["_nul", "certificate.pdf", "fallback.pdf", "profile"]);
}

#[tokio::test]
async fn a_writer_that_fails_is_an_error_of_its_own_kind() {
    struct Full;
    impl AsyncWrite for Full {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<std::io::Result<usize>> {
            Poll::Ready(Err(std::io::Error::new(std::io::ErrorKind::StorageFull, SENTINEL)))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
    let error: Error = pdf(PDF.len()).await.write_to(&mut Full, 100).await.expect_err("full");
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(error.to_string().contains("no storage space"), "{error}");
    assert_discreet(&error);
}
