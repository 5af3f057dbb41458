//! `call`: the response of the service in each output format.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::{bare, text};

/// A server that responds to each request with this JSON, until the tests end.
fn serve(json: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.extend(byte);
            }
            let response = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{json}",
                json.len()
            );
            // The client may have closed the connection.
            let _ = stream.write_all(response.as_bytes());
        }
    });
    url
}

/// A user with unsorted properties, `null`, an unknown field, and numbers that exceed all types.
const USER: &str = "\u{feff}{\"version\": 3,\r\n \"name\":\"Sample \\u0050erson\", \"id\" : \"u-1\", \"title\":null, \"x-new\": \
                    {\"b\":[1.10, 1e400, 123456789012345678901234567890], \"a\":{ }, \"l\":[ ], \"n\":null}}\n";

fn call(json: &'static str, more: &[&str]) -> (String, String, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a home");
    let mut command = bare(&home);
    command.env("GENESYSCLOUD_BASE_URL", serve(json)).env("GENESYSCLOUD_ACCESS_TOKEN", "t0ken");
    command.args(["call", "genesys-users", "getUser", "-p", "userId=u-1"]).args(more);
    let output = command.output().expect("runs");
    (text(&output.stdout), text(&output.stderr), home)
}

#[test]
fn json_is_indented_and_otherwise_unchanged() {
    let indented = "{\n  \"version\": 3,\n  \"name\": \"Sample \\u0050erson\",\n  \"id\": \"u-1\",\n  \"title\": null,\n  \
                    \"x-new\": {\n    \"b\": [\n      1.10,\n      1e400,\n      123456789012345678901234567890\n    ],\n    \
                    \"a\": {},\n    \"l\": [],\n    \"n\": null\n  }\n}\n";
    for arguments in [&[][..], &["--output", "json"]] {
        assert_eq!(call(USER, arguments).0, indented);
    }
}

#[test]
fn json_on_one_line_is_complete() {
    assert_eq!(
        call(USER, &["--output", "jsonl"]).0,
        "{\"version\":3,\"name\":\"Sample \\u0050erson\",\"id\":\"u-1\",\"title\":null,\"x-new\":{\"b\":[1.10,1e400,\
         123456789012345678901234567890],\"a\":{},\"l\":[],\"n\":null}}\n"
    );
}

#[test]
fn a_file_has_the_bytes_of_the_response_unless_a_format_is_given() {
    let (stdout, stderr, home) = call(USER, &["--out", "user.json"]);
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", ""));
    assert_eq!(std::fs::read(home.path().join("user.json")).expect("a file"), USER.as_bytes());
    let (_, _, home) = call(USER, &["--out", "user.json", "--output", "jsonl"]);
    assert_eq!(
        std::fs::read_to_string(home.path().join("user.json")).expect("a file"),
        call(USER, &["--output", "jsonl"]).0
    );
    let sent = "{\"id\":\"u-1\",\"x-new\":[1.10,null]}";
    let (_, _, home) = call(sent, &["--out", "new.json", "--query", "\"x-new\""]);
    assert_eq!(std::fs::read_to_string(home.path().join("new.json")).expect("a file"), "[\n  1.1,\n  null\n]\n");
}

#[test]
fn queries_columns_and_formats_include_fields_that_the_spec_lacks() {
    let sent = "{\"name\":\"Sample Person\",\"id\":\"u-1\",\"x-new\":{\"shoe\":42},\"title\":null}";
    assert_eq!(call(sent, &["--query", "\"x-new\".shoe"]).0, "42\n");
    assert_eq!(call(sent, &["--output", "csv", "--columns", "id,x-new.shoe"]).0, "id,x-new.shoe\nu-1,42\n");
    assert!(call(sent, &["--output", "yaml"]).0.contains("x-new:\n  shoe: 42\n"));
}

#[test]
fn a_number_out_of_range_is_an_error_where_json_is_decoded() {
    let (stdout, stderr, _) = call(USER, &["--query", "id"]);
    assert_eq!(stdout, "");
    assert!(stderr.contains("getUser") && stderr.contains("a number that is too large, at line 2"), "{stderr}");
}

#[test]
fn a_response_that_does_not_match_its_type_is_an_error() {
    for (sent, problem) in
        [("{\"id\":\"u-1\",\"id\":\"u-2\"}", "does not match User"), ("{\"id\":", "ends early"), ("", "is empty")]
    {
        for arguments in [&[][..], &["--out", "user.json"]] {
            let (stdout, stderr, home) = call(sent, arguments);
            assert_eq!(stdout, "");
            assert!(stderr.contains(problem), "{stderr}");
            assert_eq!(std::fs::read_dir(home.path()).expect("the home").count(), 0);
        }
    }
}
