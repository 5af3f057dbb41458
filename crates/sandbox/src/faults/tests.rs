//! Faults as text, and when they apply.

use std::time::Duration;

use super::*;

fn parse(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_fault_is_printed_as_it_was_parsed() {
    for text in [
        "getUsers:status=429,retry-after=2,times=3",
        "*:drop,probability=0.01",
        "genesys-users/getUsers:delay=200ms",
        "session-clusters/*:truncate,skip=2",
        "login/oauthToken:status=503",
        "*:garbage,times=1,probability=0.5,skip=1,seed=7",
        "getUser:expired-token",
        "getUser:delay=0.5ms",
        "patchUser:conflict",
        "patchUser:conflict=408,times=1",
        "getUsers:without=skills,times=1",
        "genesys-users/*:without=authorization.unusedRoles",
    ] {
        assert_eq!(parse(text).to_string(), text);
        assert_eq!(parse(&parse(text).to_string()), parse(text));
    }
    assert_eq!(parse("*:drop=0.25"), parse("*:drop,probability=0.25"));
    for (text, delay) in [("2", 2000), ("1.5s", 1500), ("200ms", 200), ("1m", 60_000), ("0", 0)] {
        assert_eq!(parse(&format!("*:delay={text}")).kind, FaultKind::Delay(Duration::from_millis(delay)), "{text}");
    }
}

#[test]
fn an_invalid_fault_is_rejected_with_an_explanation() {
    for (text, part) in [
        ("", "OPERATION:KIND"),
        ("getUsers", "OPERATION:KIND"),
        ("getusers:drop", "did you mean `getUsers`?"),
        ("login/getUsers:drop", "unknown operation `getUsers`"),
        ("genesis-users/getUsers:drop", "did you mean `genesys-users`?"),
        ("*:dropp", "did you mean `drop`?"),
        ("*:", "unknown kind of fault"),
        ("*:status", "status=503"),
        ("*:status=200", "400 to 599"),
        ("*:status=many", "400 to 599"),
        ("*:conflict=404", "expected 409, 400 or 408"),
        ("*:conflict=often", "expected 409, 400 or 408"),
        ("*:without", "without=skills"),
        ("*:without=skils", "did you mean `skills`?"),
        ("session-clusters/*:without=skills", "genesys-users only"),
        ("deleteUser:without=skills", "deleteUser does not take it"),
        ("getUserProfile:without=skills", "getUserProfile does not take it"),
        ("*:delay=soon", "invalid duration"),
        ("*:delay=-1", "invalid duration"),
        ("*:delay=2h", "at most an hour"),
        ("*:delay=1e400", "invalid duration"),
        ("*:drop=2", "between 0 and 1"),
        ("*:drop=NaN", "between 0 and 1"),
        ("*:drop,tims=1", "did you mean `times`?"),
        ("*:drop,times", "times=1"),
        ("*:drop,times=-1", "whole number"),
        ("*:drop,retry-after=1", "`status` only"),
        ("*:status=429,retry-after=0.5", "whole number of seconds"),
    ] {
        let error = text.parse::<Fault>().map_err(|error| error.to_string());
        assert!(error.as_ref().is_err_and(|message| message.contains(part)), "{text}: {error:?}");
    }
}

#[test]
fn a_fault_applies_to_its_operation_and_as_often_as_it_should() {
    let faults =
        Faults::new(7, [parse("getUsers:status=503,times=2,skip=1"), parse("*:delay=1s"), parse("login/*:drop")]);
    let kind = |service, operation| faults.decide(service, operation).kind;
    assert_eq!(kind("genesys-users", Some("getUsers")), None, "the first is skipped");
    assert_eq!(kind("genesys-users", Some("getUser")), None);
    for _ in 0..2 {
        let struck = kind("session-clusters", Some("getUsers"));
        assert_eq!(struck, Some(FaultKind::Status { status: 503, retry_after: None }));
    }
    assert_eq!(kind("genesys-users", Some("getUsers")), None, "it has been applied twice");
    assert_eq!(kind("login", None), Some(FaultKind::Drop));
    assert_eq!(faults.decide("genesys-users", None).delay, Duration::from_secs(1));
    assert_eq!(faults.list().first().map(|armed| (armed.seen, armed.struck, armed.is_spent())), Some((3, 2, true)));
    assert_eq!((faults.remove(Some(2)), faults.remove(Some(2)), faults.remove(None)), (1, 0, 2));
    assert_eq!(faults.decide("login", None), Decision::default());
}

#[test]
fn parts_are_left_out_where_they_can_be_asked_for() {
    let faults = Faults::new(7, [parse("*:without=skills,times=2"), parse("*:without=groups"), parse("getUser:drop")]);
    let decide = |service, operation| faults.decide(service, Some(operation));
    assert_eq!(decide("genesys-users", "deleteUser"), Decision::default());
    assert_eq!(decide("session-clusters", "getUsers"), Decision::default());
    let both = decide("genesys-users", "getUser");
    assert_eq!((both.left_out.as_slice(), both.kind), (&["skills", "groups"][..], Some(FaultKind::Drop)));
    assert_eq!(both.describe().as_deref(), Some("without=skills, without=groups, drop"));
    assert_eq!(decide("genesys-users", "postUsersSearch").left_out, ["skills", "groups"]);
    assert_eq!(decide("genesys-users", "getUser").left_out, ["groups"], "skills have been left out twice");
}

#[test]
fn probability_is_drawn_from_the_seed() {
    let strikes = |seed: u64, text: &str| -> Vec<bool> {
        let faults = Faults::new(seed, [parse(text)]);
        (0..400).map(|_| faults.decide("login", None).kind.is_some()).collect()
    };
    let tenth = strikes(7, "*:drop=0.1");
    assert_eq!(tenth, strikes(7, "*:drop=0.1"));
    assert_eq!(tenth, strikes(8, "*:drop=0.1,seed=7"));
    assert_ne!(tenth, strikes(8, "*:drop=0.1"));
    let count = tenth.iter().filter(|struck| **struck).count();
    assert!((20..=60).contains(&count), "{count}");
    let faults = Faults::new(7, []);
    let again: Vec<Vec<bool>> = ["*:drop=0.5,seed=3", "*:drop=0.5,seed=3", "*:drop=0.5", "*:drop=0.5"]
        .into_iter()
        .map(|text| {
            faults.add(parse(text));
            let strikes = (0..100).map(|_| faults.decide("login", None).kind.is_some()).collect();
            faults.remove(None);
            strikes
        })
        .collect();
    assert_eq!(again[0], again[1], "a fault with its own seed does not depend on earlier faults");
    assert_ne!(again[2], again[3]);
    assert!(!strikes(7, "*:drop=0").contains(&true));
    assert!(!strikes(7, "*:drop=1").contains(&false));
}
