//! What a response says about each row, and which rows it leaves unknown.

use httpmock::MockServer;
use peoplefluent_lms::ErrorKind;
use peoplefluent_lms::bulk::{ExternalTrainingRow, MockResponse, Outcome, PlainDateTime};

use super::{COLUMNS, EXTERNAL, HEADER, REFUSED, client, outcomes, row, rows, words};

/// What becomes of rows if the LMS answers this, and how many rows of the response match none.
async fn judged(rows: Vec<ExternalTrainingRow>, response: &str) -> (Vec<String>, usize) {
    let server = MockServer::start_async().await;
    let mock = server.mock_async(|when, then| {
        when.method("POST").path(EXTERNAL);
        then.status(200).header("content-type", "text/plain; charset=utf-8").body(response);
    });
    let mock = mock.await;
    let client = client(&server);
    let mut outcomes = client.bulk().external_training(rows).columns(COLUMNS).outcomes();
    let mut found = Vec::new();
    while let Some(outcome) = outcomes.next().await {
        found.push(words(&outcome.expect("rows that can be sent").outcome));
    }
    mock.assert_async().await;
    let unmatched = outcomes.take_unmatched().len();
    (found, unmatched)
}

#[tokio::test]
async fn each_row_gets_what_the_response_says_about_it() {
    let response = format!(
        "Correct the rows below.\n{HEADER}\nAU,R-2,a.roe,First aid,,There is no such user.\n\
         AU,R-3,a.roe,First aid,,\"WARNING. No unit, hours are assumed.\"\n1 of 3 rows failed.\n"
    );
    let expected = ["accepted", "rejected: There is no such user.", "warned: No unit, hours are assumed.", "accepted"];
    for response in [
        response.clone(),
        response.replace('\n', "\r\n"),
        format!("\u{feff}{response}"),
        response.replace("Correct the rows below.", "Correct\nthe \"rows\n\nbelow."),
        response.replace("Correct the rows below.\n", ""),
        response.replace(HEADER, &format!("{HEADER},Reason")),
        response.replace("There is no such user.", "\"There is no such user.\""),
    ] {
        assert_eq!(
            judged(rows(&["R-1", "R-2", "R-3", "R-4"]), &response).await,
            (expected.map(str::to_owned).to_vec(), 0),
            "{response}"
        );
    }
}

#[tokio::test]
async fn responses_written_for_tests_are_read_as_they_are_meant() {
    let rows = ["R-1", "R-2", "R-3"].map(|id| row(id).with_title("Tea,\n\"green\""));
    let response = || MockResponse::with_columns(COLUMNS).expect("columns of the row");
    for (response, expected) in [
        (response(), ["accepted", "accepted", "accepted"]),
        (response().warned(&rows[1], "one, two"), ["accepted", "warned: one, two", "accepted"]),
        (response().rejected(&rows[2], "no").warned(&rows[0], "hm"), ["warned: hm", "accepted", "rejected: no"]),
    ] {
        let text = response.text().expect("writable");
        assert_eq!(judged(rows.to_vec(), &text).await, (expected.map(str::to_owned).to_vec(), 0), "{text}");
        assert!(!format!("{response:?}").contains("Tea"));
    }
    assert!(MockResponse::<ExternalTrainingRow>::with_columns(["Colour"]).is_err());
}

#[tokio::test]
async fn columns_in_another_order_and_values_in_another_format_still_match() {
    let day: PlainDateTime = "2024-05-01".parse().expect("a day");
    let sent = vec![
        row("R-1").with_start_date(day),
        ExternalTrainingRow::add("b.poe", "Tea, \"green\"").with_start_date(day),
        ExternalTrainingRow::add("b.poe", "two\r\nlines"),
        row("R-4"),
    ];
    let response = "Advice\nTitle,StartDate,UserId,RecordID,Action\n\
        \"TWO\nlines\",,b.poe,,A,three\n\
        \"tea, \"\"green\"\"\",2024-05-01 00:00:00,B.POE,,A,two\n\
        First aid,01.05.2024,a.roe,R-1,AU,one\n\
        3 rows failed\n";
    let (found, unmatched) = judged(sent, response).await;
    assert_eq!(
        (found, unmatched),
        (["rejected: one", "rejected: two", "rejected: three", "accepted"].map(str::to_owned).to_vec(), 0)
    );
}

#[tokio::test]
async fn equal_rows_are_matched_each_in_its_turn() {
    let response = |lines: &str| format!("Advice\n{HEADER}\n{lines}rows failed\n");
    let line = "AU,R-1,a.roe,First aid,";
    let (found, _) = judged(rows(&["R-1", "R-2", "R-1"]), &response(&format!("{line},one\n{line},two\n"))).await;
    assert_eq!(found, ["rejected: one", "accepted", "rejected: two"]);
    let (found, _) = judged(rows(&["R-1", "R-2", "R-1"]), &response(&format!("{line},one\n"))).await;
    assert_eq!(found, ["rejected: one", "accepted", "accepted"]);
    // One more than was sent.
    let (found, unmatched) = judged(rows(&["R-1", "R-2"]), &response(&format!("{line},one\n{line},two\n"))).await;
    assert_eq!((found, unmatched), (vec!["rejected: one".to_owned(), "unknown".to_owned()], 1));
}

#[tokio::test]
async fn a_changed_row_that_could_be_one_of_several_is_not_guessed() {
    let titled = |title: &str| row("R-1").with_title(title);
    let response = format!("Advice\n{HEADER}\nAU,R-1,a.roe,Third,,one\n1 failed\n");
    let (found, unmatched) = judged(vec![titled("First"), titled("Second"), row("R-2")], &response).await;
    assert_eq!((found, unmatched), (vec!["unknown".to_owned(); 3], 1));
    // The one that is most alike is meant.
    let response = format!("Advice\n{HEADER}\nAU,R-1,a.roe,second,2024-01-01,one\n1 failed\n");
    let (found, unmatched) = judged(vec![titled("First"), titled("Second"), row("R-2")], &response).await;
    assert_eq!((found, unmatched), (["accepted", "rejected: one", "accepted"].map(str::to_owned).to_vec(), 0));
}

#[tokio::test]
async fn an_inconclusive_response_accepts_nothing() {
    let failed = "AU,R-1,a.roe,First aid,,one";
    for (response, first, unmatched, why) in [
        (String::new(), "unknown", 0, "old versions"),
        (" \r\n".to_owned(), "unknown", 0, "old versions"),
        ("<html><body>Sign in</body></html>".to_owned(), "unknown", 0, "a page"),
        ("Internal error".to_owned(), "unknown", 0, "no report"),
        ("Internal error\nin\nline 3".to_owned(), "unknown", 0, "no report"),
        (format!("Advice\n{HEADER}\n"), "unknown", 0, "cut off after the header"),
        (format!("Advice\n{HEADER}\nAU,R-1,a.r"), "unknown", 0, "cut off in a row"),
        (format!("Advice\n{HEADER}\nAU,R-1,a.roe,First aid,,WARN"), "unknown", 0, "cut off in a reason"),
        (format!("Advice\n{HEADER}\n{failed}\nA"), "unknown", 0, "cut off in a row"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,\"First"), "unknown", 0, "cut off in quotes"),
        (format!("Advice\n{HEADER}\n1 failed"), "unknown", 0, "names nothing"),
        (
            format!("Advice\n{HEADER}\nAU,R-1,a.roe,First aid,,WARNING. one\n1 failed"),
            "warned: one",
            0,
            "names no failure",
        ),
        (format!("Advice\n{HEADER}\nD,R-9,,,,one\n1 failed"), "unknown", 1, "a row that was not sent"),
        (
            format!("Advice\n{HEADER}\nD,R-9,,,,WARNING. one\nNo Error Occurred"),
            "unknown",
            1,
            "a row that was not sent",
        ),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2\n2 failed"), "rejected: one", 1, "a row without a reason"),
        (format!("Advice\nAction,Title\n{failed}\n1 failed"), "unknown", 0, "another header"),
        (
            format!("Advice\n{HEADER}\nD,R-9,,,\"No Error Occurred\",one\n1 failed"),
            "unknown",
            1,
            "a cell is no last line",
        ),
    ] {
        let (found, lost) = judged(rows(&["R-1", "R-2"]), &response).await;
        assert_eq!((found, lost), (vec![first.to_owned(), "unknown".to_owned()], unmatched), "{why}: {response}");
    }
}

const NOTHING_FAILED: &str = "No Error Occurred";

#[tokio::test]
async fn a_response_that_fails_ends_with_its_last_row() {
    let quoted = |cells: &str| cells.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
    let (header, failed) = (quoted(HEADER), quoted("AU,R-2,a.roe,First aid,,There is no such user."));
    let expected = ["accepted", "rejected: There is no such user.", "accepted"];
    for response in [
        format!("Advice\n{header}\n{failed}"),
        format!("Advice\n{header}\n{failed}\n"),
        format!("Advice\r\n{header}\r\n{failed}\r\n"),
        format!("Advice\n{header}\n{failed}\n \n\n"),
        format!("{}\n{}\n", header.to_uppercase(), failed.replace('"', "")),
        format!("{HEADER},Reason\n{failed}\n"),
        // A site that lists all rows.
        format!(
            "Advice\n{header}\n{}\n{failed}\n{}",
            quoted("AU,R-1,a.roe,First aid,,"),
            quoted("AU,R-3,a.roe,First aid,,")
        ),
    ] {
        assert_eq!(
            judged(rows(&["R-1", "R-2", "R-3"]), &response).await,
            (expected.map(str::to_owned).to_vec(), 0),
            "{response}"
        );
    }
    // With a last line in any case.
    let warned = "AU,R-2,a.roe,First aid,,Warning.No unit.";
    let response = format!("{HEADER}\n{warned}\nNO ERROR OCCURRED\n");
    let (found, _) = judged(rows(&["R-1", "R-2"]), &response).await;
    assert_eq!(found, ["accepted", "warned: No unit."]);
}

#[tokio::test]
async fn a_body_is_a_report_by_its_last_line_or_by_its_header_and_complete_rows() {
    const ALL: [&str; 3] = ["accepted"; 3];
    const NONE: [&str; 3] = ["unknown"; 3];
    const SECOND: [&str; 3] = ["accepted", "rejected: no", "accepted"];
    const WARNED: [&str; 3] = ["accepted", "warned: no", "accepted"];
    let (no, warned, blank) =
        ("AU,R-2,a.roe,First aid,,no", "AU,R-2,a.roe,First aid,,WARNING. no", "AU,R-2,a.roe,First aid,,");
    let quoted = |line: &str| line.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
    let long_advice = "Read this.\n".repeat(50);
    for (kind, body, expected) in [
        // Its last line says so.
        ("the last line alone", "No Error Occurred".to_owned(), ALL),
        ("in another case, with blank lines after it", "NO ERROR OCCURRED.\r\n \n\n".to_owned(), ALL),
        ("after advice", format!("{long_advice}no error occurred in 3 rows"), ALL),
        ("after the header", format!("Advice\n{HEADER}\nNo Error Occurred\n"), ALL),
        ("after a warning", format!("Advice\n{HEADER}\n{warned}\nNo Error Occurred"), WARNED),
        ("after a failure, which counts", format!("Advice\n{HEADER}\n{no}\nNo Error Occurred"), SECOND),
        ("not in the last line", format!("No Error Occurred\n{no}\n"), NONE),
        ("in a text after it", "No Error Occurred\nInternal error".to_owned(), NONE),
        // The header and rows.
        ("a row that failed", format!("Advice\n{HEADER}\n{no}\n"), SECOND),
        ("without advice", format!("{HEADER}\n{no}\n"), SECOND),
        ("after long advice", format!("{long_advice}{HEADER}\n{no}\n"), SECOND),
        ("in quotation marks", format!("Advice\n{}\n{}\n", quoted(HEADER), quoted(no)), SECOND),
        ("without a last line break", format!("Advice\n{}\n{}", quoted(HEADER), quoted(no)), SECOND),
        ("the header in another case", format!("Advice\n{}\n{no}\n", HEADER.to_lowercase()), SECOND),
        ("a warning", format!("Advice\n{HEADER}\n{warned}\n"), WARNED),
        ("a warning in another case", format!("Advice\n{HEADER}\n{}\n", warned.replace("WARNING", "warning")), WARNED),
        ("a blank reason", format!("Advice\n{HEADER}\n{blank}\n"), ALL),
        ("a reason of blanks", format!("Advice\n{HEADER}\n{blank}\"  \"\n"), ALL),
        ("blank reasons and one that is not", format!("{HEADER}\n{}\n{no}\n", blank.replace("R-2", "R-1")), SECOND),
        ("a line that says that rows failed", format!("Advice\n{HEADER}\n{no}\n1 row failed.\n"), SECOND),
        // Neither.
        ("empty", String::new(), NONE),
        ("blank", " \r\n".to_owned(), NONE),
        ("HTML", "<html><body>Sign in</body></html>".to_owned(), NONE),
        ("HTML that says so", "<html>\nNo Error Occurred</html>".to_owned(), NONE),
        ("another text", "Internal error\n".to_owned(), NONE),
        ("the header alone", format!("Advice\n{HEADER}\n"), NONE),
        ("rows without the header", format!("Advice\n{no}\n"), NONE),
        ("another header", format!("Advice\nAction,RecordID,UserId\n{no}\n"), NONE),
        ("rows without a reason", format!("Advice\n{HEADER}\nAU,R-2,a.roe,First aid,\n"), NONE),
        ("cut in a row", format!("Advice\n{HEADER}\n{no}\nAU,R-3,a.r"), NONE),
        ("cut in a reason", format!("Advice\n{HEADER}\n{no}"), NONE),
        ("cut in quotation marks", format!("Advice\n{HEADER}\nAU,R-2,a.roe,First aid,,\"n"), NONE),
    ] {
        let (found, unmatched) = judged(rows(&["R-1", "R-2", "R-3"]), &body).await;
        assert_eq!((found, unmatched), (expected.map(str::to_owned).to_vec(), 0), "{kind}: {body}");
    }
}

#[tokio::test]
async fn a_response_that_breaks_off_or_ends_with_another_text_leaves_every_row_unknown() {
    let failed = "AU,R-1,a.roe,First aid,,one";
    for (response, why) in [
        (format!("Advice\n{HEADER},Reason\n{failed}\nAU,R-2,a.roe,First aid,,tw"), "half a reason"),
        (format!("Advice\n{HEADER},Reason\n{failed}\nAU,R-2,a.roe,Fir"), "half a cell before a reason column"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,First aid,\n"), "no reason"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,First aid,,"), "the reason missing"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,First aid,,\"two"), "half a quoted reason"),
        (format!("Advice\n{HEADER}\n{failed}\n,,"), "blank cells"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,First aid,,see 12\""), "half a reason with a mark"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,A.ROE,FIR"), "cells in capitals"),
        (format!("Advice\n{HEADER}\n{failed}\nAU,R-2,a.roe,Changed,01.05"), "cells in another format"),
        (format!("Advice\n{HEADER},Extra\n{failed},\nAU,R-2,a.roe,First aid,,so"), "another column"),
        (format!("Advice\n{HEADER}\n{failed}\nInternal Server Error\n"), "an error of the server"),
        (format!("Advice\n{HEADER},Extra,Reason\n{failed}\n"), "not the header sent"),
        (failed.to_owned(), "no header"),
        (failed.replace("First aid", NOTHING_FAILED), "no header, and a cell is no last line"),
        (format!("<html>{NOTHING_FAILED}</html>"), "HTML"),
        ("{\"error\": \"full\"}".to_owned(), "JSON"),
    ] {
        let (found, unmatched) = judged(rows(&["R-1", "R-2", "R-3"]), &response).await;
        assert_eq!((found, unmatched), (vec!["unknown".to_owned(); 3], 0), "{why}: {response}");
    }
}

#[tokio::test]
async fn rows_that_vanish_in_the_quotation_marks_of_others_are_not_accepted() {
    for (response, found) in [
        ("AU,R-1,a.roe,First aid,,\"one\nAU,R-2,a.roe,First aid,,\"two\n2 failed\n", ["unknown"; 3]),
        // The line that became part of the reason has a quotation mark that is not closed in it.
        ("AU,R-1,a.roe,First aid,,\"one\nAU,R-2,a.roe,\"\"First\naid\"\",,two\"\n", ["unknown"; 3]),
        ("AU,R-1,a.roe,\"First aid,,one\nAU,R-2,a.roe,\"First aid,,two\n2 failed\n", ["unknown"; 3]),
        (
            "AU,R-1,a.roe,First aid,,\"one:\n- tea, green\"\n1 failed\n",
            ["rejected: one:\n- tea, green", "accepted", "accepted"],
        ),
    ] {
        let response = format!("Advice\n{HEADER}\n{response}");
        assert_eq!(judged(rows(&["R-1", "R-2", "R-3"]), &response).await.0, found, "{response}");
    }
}

#[tokio::test]
async fn the_last_line_alone_is_enough_if_nothing_else_is_said() {
    for response in ["No Error Occurred", "Advice\nin two\n\nlines\nno error occurred in 2 rows.\n"] {
        assert_eq!(judged(rows(&["R-1", "R-2"]), response).await, (vec!["accepted".to_owned(); 2], 0), "{response}");
    }
}

#[tokio::test]
async fn responses_in_several_encodings_are_read_and_pages_and_failures_are_not_success() {
    let server = MockServer::start_async().await;
    let client = client(&server);
    let upload = || client.bulk().external_training([row("R-1").with_title("Käse"), row("R-2")]).columns(COLUMNS);
    let utf_16 = format!("\u{feff}A\r\n{HEADER}\r\nAU,R-1,a.roe,K\u{e4}se,,n\u{f6}\r\n");
    let utf_16: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (status, content_type, body, expected, kind) in [
        (
            200,
            "text/plain; charset=ISO-8859-1",
            &b"A\nAction,RecordID,UserId,Title,StartDate\nAU,R-1,a.roe,K\xe4se,,no\n1 failed"[..],
            ["rejected: no", "accepted"],
            None,
        ),
        (
            200,
            "text/plain",
            b"A\nAction,RecordID,UserId,Title,StartDate\nAU,R-1,a.roe,K\xe4se,,no\n1 failed",
            ["rejected: no", "accepted"],
            None,
        ),
        (
            200,
            "text/plain; charset=windows-1252",
            b"A\n\"Action\",\"RecordID\",\"UserId\",\"Title\",\"StartDate\"\n\"AU\",\"R-1\",\"a.roe\",\"K\xe4se\",\"\",\"no\x85\"",
            ["rejected: no\u{2026}", "accepted"],
            None,
        ),
        (200, "text/plain", &utf_16, ["rejected: n\u{f6}", "accepted"], None),
        (200, "text/html", b"<html>Sign in</html>", ["unknown"; 2], Some(ErrorKind::UnexpectedMediaType)),
        (200, "text/plain", b"", ["unknown"; 2], Some(ErrorKind::Decode)),
        (500, "text/plain", b"sorry", ["unknown"; 2], Some(ErrorKind::Status)),
        (408, "text/plain", b"late", ["unknown"; 2], Some(ErrorKind::Status)),
        (401, "text/plain", b"who?", ["not sent"; 2], Some(ErrorKind::Status)),
        (403, "text/html", b"<html>Forbidden</html>", [REFUSED; 2], None),
        (413, "text/plain", b"too much", [REFUSED; 2], None),
    ] {
        let mock = server
            .mock_async(|when, then| {
                when.method("POST").path(EXTERNAL);
                then.status(status).header("content-type", content_type).body(body);
            })
            .await;
        assert_eq!(outcomes(upload()).await, expected, "{status} {content_type}");
        let report = upload().report().await.expect("sent");
        let outcome = report.listed.last().map(|outcome| outcome.outcome.clone());
        match outcome {
            Some(Outcome::NotSent(error) | Outcome::Unknown(error)) => {
                assert_eq!(Some(error.kind()), kind);
                assert_eq!(error.operation(), Some("externalTrainingCsv"));
            }
            _ => assert_eq!(kind, None),
        }
        mock.delete_async().await;
    }
}
