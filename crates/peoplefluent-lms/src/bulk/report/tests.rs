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

/// A line of a report, with quotation marks where they are needed, or everywhere.
fn text(cells: impl IntoIterator<Item: AsRef<[u8]>>, is_quoted: bool) -> String {
    if !is_quoted {
        return String::from_utf8(line(cells).expect("cells can be written")).expect("UTF-8");
    }
    let quoted = |cell: <Vec<String> as IntoIterator>::Item| format!("\"{}\"", cell.replace('"', "\"\""));
    let cells = cells.into_iter().map(|cell| String::from_utf8(cell.as_ref().to_vec()).expect("UTF-8"));
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

/// How a site writes its reports.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// By how many places the columns are turned.
    turned: usize,
    is_quoted: bool,
    /// Whether a line says that rows failed.
    says_failed: bool,
    /// Whether the last line ends with a line break.
    ends_line: bool,
}

fn forms() -> impl Strategy<Value = Form> {
    let parts = (0_usize..4, any::<bool>(), any::<bool>(), any::<bool>());
    parts.prop_map(|(turned, is_quoted, says_failed, ends_line)| Form { turned, is_quoted, says_failed, ends_line })
}

/// The answer of an LMS to these rows, and where its rows end.
fn answer(rows: &[(Vec<String>, Fate)], form: Form) -> (String, Vec<usize>) {
    let turn = |cells: &[&str]| {
        let mut cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
        cells.rotate_left(form.turned % COLUMNS.len());
        cells
    };
    let mut answer = "Correct these, \"please\".\r\n".to_owned() + &text(turn(&COLUMNS), form.is_quoted);
    let mut ends = Vec::new();
    for (number, (cells, fate)) in rows.iter().enumerate().filter(|(_, (_, fate))| *fate != Fate::Done) {
        let warning = if *fate == Fate::Warned { "WARNING. " } else { "" };
        let cells = turn(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        answer += &text(cells.into_iter().chain([format!("{warning}reason, {number}")]), form.is_quoted);
        ends.push(answer.len());
    }
    if rows.iter().all(|(_, fate)| *fate != Fate::Failed) {
        answer += "No Error Occurred in these rows.\r\n";
    } else if form.says_failed {
        answer += "Some of the rows failed.\r\n";
    }
    (if form.ends_line { answer } else { answer.trim_end().to_owned() }, ends)
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
    fn a_whole_answer_tells_every_row_s_fate(rows in fates(), form in forms()) {
        let sent = sent(&rows);
        let judged = judge::<ExternalTrainingRow>(&answer(&rows, form).0, &COLUMNS, &sent);
        prop_assert_eq!((judged.doubt, judged.unmatched.len()), (None, 0));
        // Equal rows cannot be told apart, but the number that failed is right.
        let found = counted(sent.iter().zip(judged.listed.iter().map(|outcome| fate(outcome.as_ref()))));
        let real = counted(sent.iter().zip(rows.iter().map(|(_, fate)| Some(*fate))));
        prop_assert_eq!(found, real);
    }

    #[test]
    fn an_answer_that_breaks_off_calls_no_row_better_or_worse_than_it_is(rows in fates(), form in forms(), cut in any::<Index>()) {
        let (whole, ends) = answer(&rows, form);
        let last_line = whole.trim_end().rfind('\n').map_or(0, |end| end + 1);
        let mut cut = cut.index(if ends.last().is_some_and(|end| *end > last_line) { whole.trim_end().len() } else { last_line });
        while !whole.is_char_boundary(cut) {
            cut -= 1;
        }
        let sent = sent(&rows);
        let judged = judge::<ExternalTrainingRow>(&whole[..cut], &COLUMNS, &sent);
        // Every reason has a comma, so that quotation marks end it, and then a line break of two characters.
        if ends.iter().any(|end| (end - 2..=*end).contains(&cut)) {
            prop_assert_eq!(judged.unmatched.len(), 0);
        } else {
            prop_assert!(judged.doubt.is_some(), "cut at {} of {:?}", cut, whole);
            prop_assert!(judged.listed.iter().all(Option::is_none), "cut at {} of {:?}", cut, whole);
        }
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
