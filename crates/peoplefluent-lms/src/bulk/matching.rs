//! Finds the rows that an answer means among those that were sent.
//!
//! Nothing in an answer counts or names rows: they are recognized by their cells. A site may write them in another way
//! than they were sent, such as a date in its own format, so a row that equals none is looked for by the columns that
//! identify it.

use std::collections::{HashMap, VecDeque};

use super::row::BulkRow;

/// A cell as it is compared: how lines end and what surrounds the text makes no difference.
pub(super) fn normalized(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// For each row of the answer, the number of the row that was sent. No row sent is found twice; of equal ones, each is
/// found in its turn.
pub(super) fn find<Row: BulkRow>(
    columns: &[&'static str],
    sent: &[Vec<String>],
    answered: &[&[String]],
) -> Vec<Option<usize>> {
    if answered.is_empty() {
        return Vec::new();
    }
    let mut found = vec![None; answered.len()];
    let mut is_taken = vec![false; sent.len()];

    let mut equal: HashMap<&[String], VecDeque<usize>> = HashMap::with_capacity(sent.len());
    for (index, cells) in sent.iter().enumerate() {
        equal.entry(cells).or_default().push_back(index);
    }
    for (found, cells) in found.iter_mut().zip(answered) {
        *found = equal.get_mut(*cells).and_then(VecDeque::pop_front);
        found.iter().for_each(|index: &usize| is_taken[*index] = true);
    }

    let keys = Keys::of::<Row>(columns);
    let mut similar: HashMap<(usize, Vec<String>), Vec<usize>> = HashMap::new();
    if found.iter().any(Option::is_none) {
        for (index, cells) in sent.iter().enumerate().filter(|(index, _)| !is_taken[*index]) {
            if let Some(key) = keys.key(cells) {
                similar.entry(key).or_default().push(index);
            }
        }
    }
    for (found, cells) in found.iter_mut().zip(answered).filter(|(found, _)| found.is_none()) {
        let Some(candidates) = keys.key(cells).and_then(|key| similar.get_mut(&key)) else { continue };
        *found = most_alike(cells, candidates, sent);
        candidates.retain(|index| Some(*index) != *found);
    }
    found
}

/// The candidate with the most equal cells. If several have as many and are not the same, none: nobody can tell.
fn most_alike(cells: &[String], candidates: &[usize], sent: &[Vec<String>]) -> Option<usize> {
    let likeness = |index: usize| {
        let pairs = sent[index].iter().zip(cells);
        pairs.filter(|(sent, answered)| sent.to_lowercase() == answered.to_lowercase()).count()
    };
    let most = candidates.iter().map(|index| likeness(*index)).max()?;
    let mut best = candidates.iter().copied().filter(|index| likeness(*index) == most);
    let first = best.next()?;
    best.all(|other| sent[other] == sent[first]).then_some(first)
}

/// The columns that identify a row, as far as they were sent.
struct Keys(Vec<Vec<usize>>);

impl Keys {
    fn of<Row: BulkRow>(columns: &[&'static str]) -> Self {
        let position = |name: &&str| columns.iter().position(|column| column == name);
        Self(Row::KEYS.iter().filter_map(|group| group.iter().map(position).collect()).collect())
    }

    /// The first group of cells that are not blank, with its number.
    fn key(&self, cells: &[String]) -> Option<(usize, Vec<String>)> {
        self.0.iter().enumerate().find_map(|(number, group)| {
            let key: Vec<String> = group.iter().map(|column| cells[*column].to_lowercase()).collect();
            key.iter().all(|cell| !cell.is_empty()).then_some((number, key))
        })
    }
}
