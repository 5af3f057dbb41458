//! The shortcuts: the calls that they make, and what they return.
use futures_util::StreamExt as _;
use httpmock::MockServer;
use peoplefluent_lms::chrono::DateTime;
use peoplefluent_lms::mocks::on;
use peoplefluent_lms::types::EnrollmentApprovalStatus;
use peoplefluent_lms::xml::Tree;
use peoplefluent_lms::{ErrorKind, Member, Refusal, SaveOptions};
use serde_json::json;

use crate::client;

#[tokio::test]
async fn enroll_returns_the_response_and_fails_with_its_refusal() {
    let server = MockServer::start_async().await;
    let mock = on(&server).enroll_user(|when, then| {
        when.learning_id("M-1").session_code("S-1").on_behalf_of("a.roe");
        then.ok(r#"{"id": "E-1", "code": 7}"#);
    });
    let refusing = on(&server).enroll_user(|when, then| {
        when.learning_id("M-2");
        then.ok(r#"{"error": "SENTINEL", "code": 7}"#);
    });
    let client = client(&server).on_behalf_of("a.roe");
    let response = client.enrollments().enroll("M-1").with(|call| call.session_code("S-1")).send().await.expect("sent");
    assert_eq!(response.json::<serde_json::Value>().expect("JSON")["code"], 7);
    let error = response.json::<Vec<u8>>().expect_err("another shape");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("enrollUser")));
    assert!(!format!("{error} {response:?}").contains("E-1"), "{error}");
    mock.assert();
    let error = client.enrollments().enroll("M-2").send().await.expect_err("refused");
    assert_eq!((error.kind(), error.is_rejection()), (ErrorKind::Refused, true));
    let refusal = error.service_error::<Refusal>().expect("the words of the service");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("7"), Some("SENTINEL")));
    assert!(!error.to_string().contains("SENTINEL"), "{error}");
    refusing.assert();
}

#[tokio::test]
async fn an_html_page_instead_of_an_enrollment_is_an_error() {
    for (media_type, page) in [("text/html", "sign in"), ("text/plain", "<!DOCTYPE html><html>sign in</html>")] {
        let server = MockServer::start_async().await;
        on(&server).enroll_user(|_, then| {
            drop(then.and(|then| then.status(200).header("content-type", media_type).body(page)))
        });
        let error = client(&server).enrollments().enroll("M-1").send().await.expect_err("a page");
        assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
        assert!(
            error.to_string().contains("received an HTML page (a login or error page?) instead of data"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_launch_is_recorded_to_the_minute() {
    let server = MockServer::start_async().await;
    let mock = on(&server).launch_tracker(|when, then| {
        when.enrollment_id("E-1").datetime("2009-11-13T19:00Z").allow_new_attempt(true).representation("json");
        then.ok(&json!({}));
    });
    let client = client(&server);
    let launched_at = "2009-11-13T20:00:41.5+01:00".parse().expect("a date-time");
    let launch = client.enrollments().record_launch("E-1", launched_at).with(|call| call.allow_new_attempt(true));
    launch.send().await.expect("recorded");
    mock.assert();
}

#[tokio::test]
async fn decisions_have_the_status_of_the_response() {
    let server = MockServer::start_async().await;
    let mocks = [
        on(&server).enrollment_request_approver(|when, then| {
            when.request_id("R-1").step_id("2").comments("Go ahead").cost_center("C-1");
            then.ok(&json!({"status": "waitlisted"}));
        }),
        on(&server).enrollment_request_denier(|when, then| {
            when.request_id("R-1").step_id("2");
            then.ok(&json!({"status": "invalid-approver"}));
        }),
        on(&server).withdrawal_request_approver(|when, then| {
            when.request_id("T-1");
            then.ok(&json!({"status": "parked"}));
        }),
        on(&server).withdrawal_request_denier(|when, then| {
            when.request_id("T-1");
            then.ok(&json!({}));
        }),
        on(&server).task_approver(|when, then| {
            when.task_id("E-1");
            then.ok(&json!({"status": "ok"}));
        }),
    ];
    let client = client(&server);
    let approvals = client.approvals();
    let approve = approvals.approve_enrollment("R-1", "2").with(|call| call.comments("Go ahead").cost_center("C-1"));
    let decisions = [
        approve.send().await.expect("a decision"),
        approvals.deny_enrollment("R-1", "2").send().await.expect("a decision"),
        approvals.approve_withdrawal("T-1").send().await.expect("a decision"),
        approvals.deny_withdrawal("T-1").send().await.expect("a decision"),
        approvals.approve_task("E-1").send().await.expect("a decision"),
    ];
    let expected = [
        (Some(EnrollmentApprovalStatus::Waitlisted), Some(true)),
        (Some(EnrollmentApprovalStatus::InvalidApprover), Some(false)),
        (Some("parked".into()), None),
        (None, None),
        (Some(EnrollmentApprovalStatus::Ok), Some(true)),
    ];
    assert_eq!(decisions.map(|decision| (decision.status.clone(), decision.is_done())), expected);
    mocks.iter().for_each(peoplefluent_lms::mocks::Mock::assert);
}

#[tokio::test]
async fn members_and_supervisors_are_added_and_removed() {
    let server = MockServer::start_async().await;
    let mocks = [
        on(&server).user_group_adder(|when, then| {
            when.group_name("Safety & first aid").user_id("a.roe");
            then.ok("done");
        }),
        on(&server).user_group_remover(|when, then| {
            when.group_name("Safety & first aid").target_assignment_id("A-7");
            then.ok("done");
        }),
        on(&server).supervised_groups_adder(|when, then| {
            when.group_name("Safety & first aid").target_assignment_code("X-1");
            then.ok("done");
        }),
        on(&server).supervised_groups_remover(|when, then| {
            when.group_name("Safety & first aid").user_id("b.doe");
            then.ok("done");
        }),
    ];
    let client = client(&server);
    let group = client.group("Safety & first aid");
    group.add(Member::user("a.roe")).send().await.expect("added");
    group.remove(Member::Assignment("A-7".to_owned())).send().await.expect("removed");
    group.add_supervisor(Member::AssignmentCode("X-1".to_owned())).send().await.expect("added");
    group.remove_supervisor(Member::user("b.doe")).send().await.expect("removed");
    mocks.iter().for_each(peoplefluent_lms::mocks::Mock::assert);
}

#[tokio::test]
async fn a_failure_of_one_member_does_not_stop_the_others() {
    let server = MockServer::start_async().await;
    let refused = on(&server).user_group_adder(|when, then| {
        when.user_id("p-3");
        then.error(404, "nobody");
    });
    let added = on(&server).user_group_adder(|when, then| {
        when.group_name("G");
        then.ok("done");
    });
    let client = client(&server);
    let members: Vec<_> = (0..9).map(|number| Member::user(format!("p-{number}"))).collect();
    let outcomes: Vec<_> = client.group("G").add_all(members.clone()).ordered().collect().await;
    assert_eq!(outcomes.iter().map(|member| member.item.clone()).collect::<Vec<_>>(), members);
    let failed: Vec<_> = outcomes.iter().filter(|it| !it.outcome.is_accepted()).map(|it| it.item.clone()).collect();
    assert_eq!(failed, [Member::user("p-3")]);
    assert_eq!((refused.calls(), added.calls()), (1, 8));
}

#[tokio::test]
async fn all_certificates_are_saved_and_a_failure_does_not_stop_the_others() {
    let server = MockServer::start_async().await;
    let listing = r#"<certifications><certification awardId="A/1"/><certification awardId="B"/><certification awardId="C"/></certifications>"#;
    on(&server).certifications_awarded(|when, then| {
        when.on_behalf_of("a.roe");
        then.ok(listing);
    });
    for award in ["A/1", "C"] {
        on(&server).certificate(|when, then| {
            when.award_id(award).on_behalf_of("a.roe");
            then.ok_file("certificate.pdf", format!("%PDF-1.7 {award}"));
        });
    }
    on(&server).certificate(|when, then| {
        when.award_id("B");
        then.ok("<html>sign in</html>");
    });
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(&server).on_behalf_of("a.roe");
    let files = client.certificates().save_all(directory.path(), SaveOptions::new()).await.expect("a listing");
    assert_eq!(files.iter().map(|file| file.award.as_str()).collect::<Vec<_>>(), ["A/1", "B", "C"]);
    let [Ok(first), Err(page), Ok(last)] = [0, 1, 2].map(|index| &files[index].result) else { panic!("{files:?}") };
    assert_eq!(page.kind(), ErrorKind::UnexpectedMediaType);
    assert_eq!(std::fs::read_to_string(&first.path).expect("a file"), "%PDF-1.7 A/1");
    assert_eq!(last.path, directory.path().join("certificate-C.pdf"));
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 2);
}

#[tokio::test]
async fn a_list_of_awards_without_ids_is_an_error_and_an_empty_list_is_not() {
    for (listing, is_empty) in [(r#"[]"#, true), (r#"[{"id": "A-1"}]"#, false)] {
        let server = MockServer::start_async().await;
        on(&server).certifications_awarded(|_, then| drop(then.ok(listing)));
        let saved = client(&server).certificates().save_all(".", SaveOptions::new()).await;
        match saved {
            Ok(files) => assert!(is_empty && files.is_empty()),
            Err(error) => {
                assert!(!is_empty && error.kind() == ErrorKind::Decode, "{error}");
                assert_eq!(error.operation(), Some("certificationsAwarded"));
            }
        }
    }
}

#[tokio::test]
async fn responses_are_decoded_in_their_declared_encoding() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><awards><award awardId='A-1'>Erste Hilfe f\xfcr alle</award></awards>";
    let utf16: Vec<u8> = "\u{feff}<awards><award awardId='A-1'>Erste Hilfe f\u{fc}r alle</award></awards>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (content_type, listing) in [
        ("text/xml", latin.as_slice()),
        ("application/xml", &utf16),
        ("text/plain; charset=ISO-8859-1", b"<awards><award awardId='A-1'>Erste Hilfe f\xfcr alle</award></awards>"),
        (
            "text/xml;charset=utf-8",
            "<awards><award awardId='A-1'>Erste Hilfe f\u{fc}r alle</award></awards>".as_bytes(),
        ),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.path("/ekp/api/certificationsAwarded");
            then.status(200).header("content-type", content_type).body(listing);
        });
        on(&server).certificate(|when, then| {
            when.award_id("A-1");
            then.ok("%PDF-1.7");
        });
        let client = client(&server);
        let response = client.certificates().awarded().send().await.expect("a response");
        assert!(response.text().expect(content_type).contains("Erste Hilfe für alle"), "{content_type}");
        for tree in [response.xml(), Tree::parse(response.text().expect(content_type).to_owned())] {
            let tree = tree.expect(content_type);
            assert_eq!(tree.root().text_of("award").as_deref(), Some("Erste Hilfe für alle"), "{content_type}");
        }
        let directory = tempfile::tempdir().expect("a directory");
        let files = client.certificates().save_all(directory.path(), SaveOptions::new()).await.expect(content_type);
        assert!(matches!(files.as_slice(), [file] if file.result.is_ok()), "{content_type}");
    }
    let server = MockServer::start_async().await;
    on(&server).certifications_awarded(|_, then| drop(then.ok(b"SENTINEL \xfc")));
    let unreadable = client(&server).certificates().awarded().send().await.expect_err("not UTF-8");
    let mislabelled = MockServer::start_async().await;
    mislabelled.mock(|when, then| {
        when.path("/ekp/api/certificationsAwarded");
        then.status(200)
            .header("content-type", "application/json;charset=ISO-8859-1")
            .body("{\"title\": \"f\u{fc}r\"}");
    });
    let json = client(&mislabelled).certificates().awarded().send().await.expect("a response");
    assert_eq!(json.json::<serde_json::Value>().expect("JSON")["title"], "für", "JSON is UTF-8 whatever is said of it");
    let cut = MockServer::start_async().await;
    on(&cut).certifications_awarded(|_, then| drop(then.ok("<awards>\n<award>SENTINEL")));
    let cut = client(&cut).certificates().awarded().send().await.expect_err("cut off");
    assert!(cut.to_string().contains("the response cannot be read as XML: the document is cut off"), "{cut}");
    assert!(cut.operation() == Some("certificationsAwarded") && !cut.to_string().contains("SENTINEL"), "{cut}");
    assert!(unreadable.to_string().contains("the response is not UTF-8 from byte 9 on"), "{unreadable}");
}

#[tokio::test]
async fn the_histories_of_a_team_need_two_credentials_and_a_failure_does_not_stop_the_others() {
    const KEY: &str = "Basic c3lzdGVtOnRoZSBrZXk=";
    let server = MockServer::start_async().await;
    on(&server).direct_reports(|when, then| {
        when.on_behalf_of("m.boss").and(|when| when.header("authorization", "Basic bS5zYW1wbGU6cGFzc3dvcmQ="));
        then.ok(&json!({"users": [{"id": "a.roe"}, {"id": "b.doe"}, {"id": "c.poe"}]}));
    });
    on(&server).training_history_xml(|when, then| {
        when.user_id("b.doe");
        then.error(403, "not visible");
    });
    let histories = ["a.roe", "c.poe"].map(|user| {
        on(&server).training_history_xml(|when, then| {
            when.user_id(user).last_updated_start("2009-11-13T20:00Z").and(|when| when.header("authorization", KEY));
            then.ok(format!("<trainingHistory user='{user}'/>"));
        })
    });
    let client = client(&server).on_behalf_of("m.boss").assignment("A-1");
    let since = DateTime::from_timestamp(1_258_142_459, 0).expect("a date-time");
    let team = client.team();
    // The function that lists takes the user and the assignment, the function that exports neither.
    let people: Vec<_> = team.training_history(since).await.expect("a team").collect().await;
    assert_eq!(people.iter().map(|person| person.user.as_str()).collect::<Vec<_>>(), ["a.roe", "b.doe", "c.poe"]);
    assert_eq!(people.iter().map(|person| person.result.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    let document = people[2].result.as_ref().expect("a history");
    assert_eq!(document.root().attribute("user"), Some("c.poe"));
    histories.iter().for_each(peoplefluent_lms::mocks::Mock::assert);
}

#[tokio::test]
async fn a_blank_user_id_is_an_error_since_it_would_select_the_whole_site() {
    let server = MockServer::start_async().await;
    let any = on(&server).training_history_xml(|_, then| drop(then.ok("<trainingHistory/>")));
    let client = client(&server);
    let people: Vec<_> = client.team().training_history_of(vec![" ".to_owned()], DateTime::UNIX_EPOCH).collect().await;
    let error = people[0].result.as_ref().expect_err("refused");
    assert_eq!((error.kind(), any.calls()), (ErrorKind::InvalidRequest, 0));
}
