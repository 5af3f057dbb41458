//! What requests come to on the wire, and which are refused.

use futures_util::stream;
use http::header;

use super::*;
use crate::{Error, ErrorKind, bytes::Bytes};

static SKILL: Operation = Operation {
    api: "sample",
    id: "deleteUserSkill",
    method: "DELETE",
    path: "/api/v2/users/{userId}/skills/{skillId}",
    security: &[],
    repeatable: false,
    service_error: None,
    scope: &[],
};

static UPLOAD: Operation = Operation {
    api: "sample",
    id: "upload",
    method: "POST",
    path: "/api/upload",
    security: &[],
    repeatable: false,
    service_error: None,
    scope: &[],
};

fn assemble(request: Request, base: &str) -> Result<Assembled, Error> {
    let template = request.operation().path;
    request.assemble(&Url::parse(base).expect("a URL"), template)
}

fn upload(request: Request) -> Assembled {
    assemble(request, "https://www.example.com").expect("no problem")
}

fn text(assembled: &Assembled) -> String {
    let bytes = assembled.body.as_ref().and_then(Body::as_bytes).expect("a body in memory");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn refusal(request: Request) -> String {
    let error = assemble(request, "https://www.example.com").err().expect("a problem");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(!error.to_string().contains("sentinel"), "{error}");
    error.to_string()
}

#[test]
fn path_parameters_that_would_call_another_path_are_refused() {
    let plain = ["", ".", "..", "../me", "a/../b", "a/..", "\\..\\", "..;x", "a/..;x/b"];
    let encoded =
        ["%2e", "%2E%2e", ".%2e", "%252e%252E", "%25252e.", "%2525252e%2e", "..%2Fme", "a%252f%2e%2e", "a%5C.."];
    for value in plain.into_iter().chain(encoded) {
        let message = refusal(Request::new(&SKILL).path("userId", "u-1").path("skillId", value));
        assert!(message.contains("parameter `skillId`"), "{message}");
    }
}

#[test]
fn dot_segments_are_found_under_any_number_of_encodings_in_linear_time() {
    let nested = |tail: &str| format!("%{}{tail}", "25".repeat(100_000));
    for (value, is_refused) in [
        (nested("2e"), true),
        (nested("2E.").replace("%25", "%%32%35"), true),
        (nested("2f"), false),
        (nested(""), false),
        ("%2525".repeat(40_000), false),
        ("%2%65".to_owned(), true),
        ("%%32e%2e".to_owned(), true),
        ("%2e%2e%2e".to_owned(), false),
        ("%".repeat(200_000), false),
    ] {
        assert_eq!(encode::path_problem(&value).is_some(), is_refused, "{}", &value[..value.len().min(20)]);
        let mut steps = 0;
        encode::fully_decoded(&value, || steps += 1);
        assert!(steps <= 2 * value.len(), "{steps} steps for {} bytes", value.len());
    }
}

#[test]
fn path_parameters_stay_within_their_segment() {
    for (value, expected) in [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a//b..", "a%2F%2Fb.."),
        ("a;..", "a%3B.."),
        ("...", "..."),
        ("%2F", "%252F"),
        ("100%", "100%25"),
        ("%ff", "%25ff"),
        ("a?b#c", "a%3Fb%23c"),
        ("\\a\\", "%5Ca%5C"),
        ("é-._~", "%C3%A9-._~"),
        ("\r\n", "%0D%0A"),
    ] {
        let request = Request::new(&SKILL).path("skillId", value).path("userId", &7);
        let url = assemble(request, "https://www.example.com").expect("no problem").url;
        assert_eq!(url.as_str(), format!("https://www.example.com/api/v2/users/7/skills/{expected}"));
    }
}

#[test]
fn the_context_path_stands_before_the_operations() {
    for (base, expected) in [
        ("https://www.example.com", "https://www.example.com/api/upload"),
        ("https://www.example.com/", "https://www.example.com/api/upload"),
        ("https://www.example.com/ekp", "https://www.example.com/ekp/api/upload"),
        ("https://www.example.com:8443/a/b/", "https://www.example.com:8443/a/b/api/upload"),
    ] {
        assert_eq!(assemble(Request::new(&UPLOAD), base).expect("no problem").url.as_str(), expected);
    }
}

#[test]
fn parameters_and_template_must_agree() {
    assert!(refusal(Request::new(&SKILL).path("userId", "u-1")).contains("`skillId` of the path is missing"));
    assert!(refusal(Request::new(&UPLOAD).path("userId", "u-1")).contains("no place for parameter `userId`"));
}

#[test]
fn arrays_repeat_their_name_and_nothing_is_a_plus_sign() {
    let request = Request::new(&UPLOAD)
        .query_all("expand", &["presence", "routingStatus"])
        .query_all::<u8>("none", &[])
        .query("q", "a b+c&d=e/ü'")
        .query("empty", "");
    let url = upload(request).url;
    assert_eq!(url.query(), Some("expand=presence&expand=routingStatus&q=a%20b%2Bc%26d%3De%2F%C3%BC%27&empty="));
    assert_eq!(upload(Request::new(&UPLOAD)).url.query(), None);
}

#[test]
fn forms_are_encoded_as_browsers_do() {
    let assembled = upload(Request::new(&UPLOAD).form("a b", "c d+e").form_all("id", &[1, 2]).form("ü", "ß"));
    assert_eq!(assembled.content_type.as_ref().expect("set"), "application/x-www-form-urlencoded");
    assert_eq!(text(&assembled), "a+b=c+d%2Be&id=1&id=2&%C3%BC=%C3%9F");
    let empty = upload(Request::new(&UPLOAD).form_body());
    assert_eq!(
        (empty.content_type.as_ref().expect("set").as_bytes(), text(&empty).as_str()),
        ("application/x-www-form-urlencoded".as_bytes(), "")
    );
}

#[test]
fn multipart_forms_in_memory_are_repeatable() {
    let file = FilePart::new("a \"b\"\r\n.csv", "id\r\n1").with_media_type("text/csv");
    let assembled =
        upload(Request::new(&UPLOAD).part("format", "json").part_all("id", &[1, 2]).part_file("file", file));
    let content_type = assembled.content_type.as_ref().expect("set").to_str().expect("text");
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\njson\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n2\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22%0D%0A.csv\"\r\n\
         Content-Type: text/csv\r\n\r\nid\r\n1\r\n--{boundary}--\r\n"
    );
    assert_eq!(text(&assembled), expected);
    let again = upload(Request::new(&UPLOAD).part("format", "json"));
    assert_ne!(again.content_type.as_ref().expect("set").to_str().expect("text"), content_type);
}

#[test]
fn the_length_of_a_streamed_form_is_known_if_that_of_each_file_is() {
    let file = |length| {
        let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from("abc"))]);
        FilePart::new("x", Body::stream(chunks, length))
    };
    let length = |request| upload(request).body.expect("a body").length();
    let in_memory = length(Request::new(&UPLOAD).part_file("file", FilePart::new("x", "abc")));
    assert!(in_memory.is_some());
    assert_eq!(length(Request::new(&UPLOAD).part_file("file", file(Some(3)))), in_memory);
    assert_eq!(length(Request::new(&UPLOAD).part_file("file", file(None))), None);
    assert_eq!(length(Request::new(&UPLOAD).part_file("a", file(Some(3))).part_file("b", file(Some(u64::MAX)))), None);
}

#[test]
fn a_body_is_of_one_kind() {
    let file = || FilePart::new("sentinel", "x");
    for request in [
        Request::new(&UPLOAD).form("a", "sentinel").part("b", "sentinel"),
        Request::new(&UPLOAD).part("a", "sentinel").form("b", "sentinel"),
        Request::new(&UPLOAD).form("a", "sentinel").json("sentinel"),
        Request::new(&UPLOAD).json("sentinel").part_file("b", file()),
        Request::new(&UPLOAD).body("text/csv", "sentinel".into()).body("text/csv", "sentinel".into()),
    ] {
        assert!(refusal(request).contains("on top of a body of another kind"));
    }
}

#[test]
fn what_http_cannot_carry_is_refused() {
    for request in [
        Request::new(&UPLOAD).header("x-note", "sentinel\r\nx-injected: 1"),
        Request::new(&UPLOAD).header("x-note", "sentinel\u{e9}"),
        Request::new(&UPLOAD).header("x note", "sentinel"),
        Request::new(&UPLOAD).part_file("file", FilePart::new("x", "y").with_media_type("text/sentinel\r\nx: 1")),
        Request::new(&UPLOAD).part_file("file", FilePart::new("x", "y").with_media_type("sentinel")),
        Request::new(&UPLOAD).json(&std::collections::BTreeMap::from([(vec![1], "sentinel")])),
        Request::new(&UPLOAD).body("text/csv\r\n", "sentinel".into()),
        Request::new(&UPLOAD).accept("text/csv\r\n"),
    ] {
        refusal(request);
    }
    let headers = upload(Request::new(&UPLOAD).header("x-note", "a").header("x-note", &1)).headers;
    assert_eq!(headers.get_all("x-note").iter().collect::<Vec<_>>(), ["a", "1"]);
    assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    assert!(!headers.contains_key(header::ACCEPT));
}

#[test]
fn limits_are_inclusive_and_named() {
    let at = |value| Request::new(&UPLOAD).check_range("pageSize", value, Some(1), Some(100));
    for value in [1, 100] {
        upload(at(value));
    }
    for value in [0, 101] {
        assert!(refusal(at(value)).contains("parameter `pageSize` must be from 1 to 100"));
    }
    upload(Request::new(&UPLOAD).check_range("n", i64::MIN, None, None));
    assert!(refusal(Request::new(&UPLOAD).check_range("n", -1, Some(0), None)).contains("must be at least 0"));
    upload(Request::new(&UPLOAD).check_range_f64("n", 0.5, Some(0.5), Some(1.0)));
    for value in [0.4, f64::NAN] {
        let request = Request::new(&UPLOAD).check_range_f64("n", value, Some(0.5), None);
        assert!(refusal(request).contains("must be at least 0.5"));
    }
    upload(Request::new(&UPLOAD).check_items("ids", 50, Some(1), Some(50)));
    assert!(
        refusal(Request::new(&UPLOAD).check_items("ids", 51, None, Some(50))).contains("must have at most 50 items")
    );
    assert!(refusal(Request::new(&UPLOAD).check_items("ids", 0, Some(1), None)).contains("must have at least 1 items"));
}

#[test]
fn the_first_problem_is_reported_with_its_operation() {
    let request = Request::new(&UPLOAD).invalid("first", "is\nwrong").invalid("second", "is wrong").header("b", "\n");
    let error = assemble(request, "https://www.example.com").err().expect("a problem");
    assert_eq!(
        error.to_string(),
        "upload (POST /api/upload): parameter `first` is wrong; correct the argument; nothing was sent"
    );
    let message = refusal(Request::new(&UPLOAD).set("id", Err::<u8, _>(REQUIRED.to_owned()), |request, _| request));
    assert!(message.contains("parameter `id` is required"), "{message}");
}

#[test]
fn debug_shows_names_and_no_values() {
    let request = Request::new(&SKILL).path("userId", "sentinel").query("q", "sentinel").header("x-note", "sentinel");
    let shown = format!("{:?} {:?}", request.form("f", "sentinel"), FilePart::new("x", "sentinel").body());
    assert!(shown.contains("userId") && shown.contains("x-note") && !shown.contains("sentinel"), "{shown}");
}
