//! Finds the rows that a report means among those that were sent.
//!
//! Nothing in a report counts or names rows: they are recognized by their cells. A site may write them in another way
//! than they were sent, such as a date in its own format, so a row that equals none is looked for by the columns that
//! identify it.

use std::collections::{HashMap, VecDeque};

use super::row::BulkRow;

/// A cell as it is compared: how lines end and what surrounds the text makes no difference.
pub(super) fn normalized(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// For each row of the report, the number of the row that was sent. No row sent is found twice; of equal ones, each is
/// found in its turn.
pub(super) fn find<Row: BulkRow>(
    columns: &[&'static str],
    sent: &[Vec<String>],
    reported: &[&[String]],
) -> Vec<Option<usize>> {
    if reported.is_empty() {
        return Vec::new();
    }
    let mut found = vec![None; reported.len()];
    let mut is_taken = vec![false; sent.len()];

    let mut equal: HashMap<&[String], VecDeque<usize>> = HashMap::with_capacity(sent.len());
    for (index, cells) in sent.iter().enumerate() {
        equal.entry(cells).or_default().push_back(index);
    }
    for (found, cells) in found.iter_mut().zip(reported) {
        *found = equal.get_mut(*cells).and_then(VecDeque::pop_front);
        found.iter().for_each(|index: &usize| is_taken[*index] = true);
    }

    let is_missing = found.iter().any(Option::is_none);
    let left = sent.iter().enumerate().filter(|(index, _)| is_missing && !is_taken[*index]);
    let mut similar = Similar::of::<Row>(columns, left);
    for (found, cells) in found.iter_mut().zip(reported).filter(|(found, _)| found.is_none()) {
        *found = similar.take(cells);
    }
    found
}

/// How many rows with the same key are compared with one of the report. More would take a time that grows with the square
/// of their number; beyond, the row is not recognized.
const COMPARED: usize = 1_000;

/// The rows that no row of the report equals, by key. All texts are in lower case.
struct Similar {
    keys: Keys,
    /// The numbers and the cells of the rows.
    rows: HashMap<Key, Vec<(usize, Vec<String>)>>,
}

/// The number of a group of columns, and their cells.
type Key = (usize, Vec<String>);

impl Similar {
    fn of<'a, Row: BulkRow>(columns: &[&'static str], left: impl Iterator<Item = (usize, &'a Vec<String>)>) -> Self {
        let keys = Keys::of::<Row>(columns);
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for (index, cells) in left {
            let cells = in_lower_case(cells);
            if let Some(key) = keys.key(&cells) {
                rows.entry(key).or_default().push((index, cells));
            }
        }
        Self { keys, rows }
    }

    /// Takes the row with the most equal cells. If several have as many and are not the same, none, since the row meant is not known.
    fn take(&mut self, cells: &[String]) -> Option<usize> {
        let cells = in_lower_case(cells);
        let candidates = self.rows.get_mut(&self.keys.key(&cells)?)?;
        if candidates.len() > COMPARED {
            return None;
        }
        let likeness = |row: &[String]| row.iter().zip(&cells).filter(|(sent, reported)| sent == reported).count();
        let (mut best, mut most, mut is_ambiguous) = (0, likeness(&candidates.first()?.1), false);
        for (place, (_, row)) in candidates.iter().enumerate().skip(1) {
            let like = likeness(row);
            if like > most {
                (best, most, is_ambiguous) = (place, like, false);
            } else if like == most {
                is_ambiguous |= *row != candidates[best].1;
            }
        }
        // In their order: of equal rows, the first is taken first.
        if is_ambiguous { None } else { Some(candidates.remove(best).0) }
    }
}

fn in_lower_case(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_lowercase()).collect()
}

/// The columns that identify a row, as far as they were sent.
struct Keys(Vec<Vec<usize>>);

impl Keys {
    fn of<Row: BulkRow>(columns: &[&'static str]) -> Self {
        let position = |name: &&str| columns.iter().position(|column| column == name);
        Self(Row::KEYS.iter().filter_map(|group| group.iter().map(position).collect()).collect())
    }

    /// The first group of cells that are not blank, with its number.
    fn key(&self, cells: &[String]) -> Option<Key> {
        self.0.iter().enumerate().find_map(|(number, group)| {
            let key: Vec<String> = group.iter().map(|column| cells[*column].clone()).collect();
            key.iter().all(|cell| !cell.is_empty()).then_some((number, key))
        })
    }
}
