//! Answers made from rows, whole and in part: what is said of a row is never better than what became of it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::bulk::writer::line;
use crate::bulk::{ExternalTrainingRow, Outcome, TrainingHistoryRow};

const COLUMNS: [&str; 4] = ["Action", "RecordID", "UserId", "Title"];

/// What really became of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Done,
    Warned,
    Failed,
}

fn fates() -> impl Strategy<Value = Vec<(Vec<String>, Fate)>> {
    let cell = || prop_oneof![3 => "[ABa,\"\n;=]{0,3}", 1 => "No Error Occurred", 1 => Just(String::new())];
    let row = (prop_oneof!["A", "AU", "D"], cell(), cell(), cell()).prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let fate = prop_oneof![2 => Just(Fate::Done), 1 => Just(Fate::Warned), 1 => Just(Fate::Failed)];
    prop::collection::vec((row, fate), 1..12)
}

fn text(cells: impl IntoIterator<Item: AsRef<[u8]>>) -> String {
    String::from_utf8(line(cells).expect("cells can be written")).expect("UTF-8")
}

/// The answer of an LMS to these rows, with the columns turned by some places.
fn answer(rows: &[(Vec<String>, Fate)], turned: usize) -> String {
    let turn = |cells: &[&str]| {
        let mut cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
        cells.rotate_left(turned % COLUMNS.len());
        cells
    };
    let mut answer = "Correct these, \"please\".\r\n".to_owned() + &text(turn(&COLUMNS));
    for (number, (cells, fate)) in rows.iter().enumerate().filter(|(_, (_, fate))| *fate != Fate::Done) {
        let warning = if *fate == Fate::Warned { WARNING } else { "" };
        let cells = turn(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        answer += &text(cells.into_iter().chain([format!("{warning}reason, {number}")]));
    }
    let failed = rows.iter().any(|(_, fate)| *fate == Fate::Failed);
    answer + if failed { "Some of the rows failed.\r\n" } else { "No Error Occurred in these rows.\r\n" }
}

fn sent(rows: &[(Vec<String>, Fate)]) -> Vec<Vec<String>> {
    rows.iter().map(|(cells, _)| cells.iter().map(|cell| normalized(cell)).collect()).collect()
}

fn fate(outcome: Option<&Outcome<()>>) -> Option<Fate> {
    match outcome {
        None => Some(Fate::Done),
        Some(Outcome::Warned(..)) => Some(Fate::Warned),
        Some(Outcome::Rejected(_)) => Some(Fate::Failed),
        Some(_) => None,
    }
}

/// How many of the rows with these cells had which fate.
fn counted<'a>(fates: impl Iterator<Item = (&'a Vec<String>, Option<Fate>)>) -> BTreeMap<&'a Vec<String>, [usize; 4]> {
    let mut counts: BTreeMap<_, [usize; 4]> = BTreeMap::new();
    for (cells, fate) in fates {
        counts.entry(cells).or_default()[fate.map_or(3, |fate| fate as usize)] += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_whole_answer_tells_every_row_s_fate(rows in fates(), turned in 0_usize..4) {
        let sent = sent(&rows);
        let judged = judge::<ExternalTrainingRow>(&answer(&rows, turned), &COLUMNS, &sent);
        prop_assert_eq!((judged.doubt, judged.unmatched.len()), (None, 0));
        // Equal rows cannot be told apart, but the number that failed is right.
        let found = counted(sent.iter().zip(judged.listed.iter().map(|outcome| fate(outcome.as_ref()))));
        let real = counted(sent.iter().zip(rows.iter().map(|(_, fate)| Some(*fate))));
        prop_assert_eq!(found, real);
    }

    #[test]
    fn an_answer_that_breaks_off_calls_no_row_better_or_worse_than_it_is(rows in fates(), turned in 0_usize..4, cut in any::<Index>()) {
        let whole = answer(&rows, turned);
        let end = whole.trim_end().rfind('\n').map_or(0, |end| end + 1);
        let mut cut = cut.index(end);
        while !whole.is_char_boundary(cut) {
            cut -= 1;
        }
        let sent = sent(&rows);
        let judged = judge::<ExternalTrainingRow>(&whole[..cut], &COLUMNS, &sent);
        prop_assert!(judged.doubt.is_some(), "cut at {} of {:?}", cut, whole);
        let listed = sent.iter().zip(judged.listed.iter().flatten().map(|outcome| fate(Some(outcome))));
        let is_lost = judged.listed.iter().any(Option::is_none);
        prop_assert!(is_lost || listed.count() == rows.len());
        let real = counted(sent.iter().zip(rows.iter().map(|(_, fate)| Some(*fate))));
        let told = sent.iter().zip(&judged.listed).filter(|(_, outcome)| outcome.is_some());
        for (cells, found) in counted(told.map(|(cells, outcome)| (cells, fate(outcome.as_ref())))) {
            prop_assert!((0..4).all(|index| found[index] <= real[cells][index]), "{:?} at {} of {:?}", found, cut, whole);
        }
    }

    #[test]
    fn arbitrary_reports_give_each_row_one_outcome(noise in "[A,\"\r\nNo Error cud\u{feff}\u{e9}]{0,80}", rows in fates()) {
        let sent = sent(&rows);
        for answer in [noise.clone(), format!("x\nAction,RecordID,UserId,Title\n{noise}")] {
            let judged = judge::<ExternalTrainingRow>(&answer, &COLUMNS, &sent);
            prop_assert_eq!(judged.listed.len(), rows.len());
            let judged = judge::<TrainingHistoryRow>(&answer, &["USERID", "LEARNINGID", "LOTITLE", "SCORE"], &sent);
            prop_assert_eq!(judged.listed.len(), rows.len());
        }
    }
}

#[test]
fn many_rows_that_came_back_changed_take_no_time_that_grows_with_their_square() {
    let rows: Vec<Vec<String>> =
        (0..3_000).map(|number| ["A", "R-1", "", &number.to_string()].map(str::to_owned).to_vec()).collect();
    let lines: String = (0..3_000).map(|number| format!("A,r-1,,changed {number},no\n")).collect();
    let judged = judge::<ExternalTrainingRow>(&format!("x\n{}\n{lines}failed", COLUMNS.join(",")), &COLUMNS, &rows);
    assert_eq!(judged.unmatched.len(), 3_000);
    assert!(judged.doubt.is_some());
}
