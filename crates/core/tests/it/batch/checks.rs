//! Items that are checked before they are sent, and items that carry what is sent.

use super::*;

fn is_even(item: &u32) -> Result<(), Vec<Violation>> {
    if item.is_multiple_of(2) { Ok(()) } else { Err(vec![Violation::new("must be even")]) }
}

#[tokio::test(start_paused = true)]
async fn invalid_items_are_not_sent_and_come_out_in_their_place() {
    for is_ordered in [false, true] {
        let service = Service::default();
        let items = [1, 3, 2, 5, 4, 6, 8, 7, 9];
        let batch = Batch::of(items, |items: &[u32]| service.send(items, 1), accept).size(3).check(is_even);
        let mut outcomes = if is_ordered { batch.ordered() } else { batch.unordered() };
        let mut found = Vec::new();
        while let Some(item) = outcomes.next().await {
            assert_eq!(item.outcome.name(), if item.item % 2 == 0 { "accepted" } else { "invalid" });
            assert!(item.outcome.is_accepted() || item.outcome.reason().as_deref() == Some("must be even"));
            found.push((item.index as usize, item.item));
        }
        if !is_ordered {
            found.sort_unstable();
        }
        assert_eq!(found, items.into_iter().enumerate().collect::<Vec<_>>());
        assert_eq!(service.requests(), [vec![2, 4], vec![6, 8]]);
        assert_eq!(outcomes.counts().to_string(), "4 accepted, 5 invalid");
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_item_waits_for_no_request_and_for_no_further_input() {
    let service = Service::default();
    let items = stream::iter([1, 3]).chain(stream::pending());
    let batch = Batch::of_stream(items, |items: &[u32]| service.send(items, 1), accept).size(99).check(is_even);
    let mut outcomes = batch.ordered();
    assert_eq!(outcomes.next().await.map(|item| item.index), Some(0));
    assert_eq!(outcomes.next().await.map(|item| item.index), Some(1));
}

#[tokio::test(start_paused = true)]
async fn items_that_carry_what_is_sent_come_out_with_its_outcomes() {
    let service = Service::default();
    let numbers = Batch::of([], |items: &[u32]| service.send(items, 1), accept).size(3).check(is_even);
    let numbers = numbers.keyed_by(|item| vec![*item]).max_weight(100, |item| u64::from(*item));
    let lines = ["2", "4", "2", "x", "7", "98", "6"].map(|line| (line, line.parse::<u32>()));
    let invalid = || vec![Violation::of("line", "must be a number")];
    let carried = numbers.carried_by(stream::iter(lines), move |(_, number)| number.as_ref().map_err(|_| invalid()));
    let mut outcomes = carried.ordered();
    let mut found = Vec::new();
    while let Some(line) = outcomes.next().await {
        let reason = line.outcome.reason().map(|reason| reason.into_owned());
        found.push((line.item.0, reason, line.outcome.accepted()));
    }
    let accepted = |line: &'static str| (line, None, line.parse().ok());
    let invalid = |line, reason: &str| (line, Some(reason.to_owned()), None);
    let rest = [invalid("x", "line must be a number"), invalid("7", "must be even"), accepted("98"), accepted("6")];
    assert_eq!(found[..3], ["2", "4", "2"].map(accepted));
    assert_eq!(found[3..], rest);
    assert_eq!(service.requests(), [vec![2, 4], vec![2], vec![98], vec![6]]);
}

#[tokio::test(start_paused = true)]
async fn a_further_check_keeps_those_before_it() {
    let service = Service::default();
    let numbers = Batch::of([], |items: &[u32]| service.send(items, 1), accept).check(is_even);
    let lines = ["2", "x", "7", "8", "98"].map(|line| (line, line.parse::<u32>()));
    let invalid = || vec![Violation::of("line", "must be a number")];
    let carried = numbers.carried_by(stream::iter(lines), move |(_, number)| number.as_ref().map_err(|_| invalid()));
    let is_short = |(line, _): &(&str, _)| match line.len() {
        1 => Ok(()),
        _ => Err(vec![Violation::of("line", "must have one digit")]),
    };
    let mut outcomes = carried.check(is_short).ordered();
    let mut reasons = Vec::new();
    while let Some(line) = outcomes.next().await {
        reasons.push(line.outcome.reason().map(|reason| reason.into_owned()));
    }
    let reasons: Vec<_> = reasons.iter().map(Option::as_deref).collect();
    let expected = [None, Some("line must be a number"), Some("must be even"), None, Some("line must have one digit")];
    assert_eq!(reasons, expected);
    assert_eq!(service.requests(), [vec![2, 8]]);
}
