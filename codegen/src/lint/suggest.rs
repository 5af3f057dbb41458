//! Guesses what a misspelt name was meant to be.

/// The candidate that differs least from a word, if it differs little.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *candidate != word)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "write `x`" for the nearest candidate, otherwise the given help.
pub fn help<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>, otherwise: impl Into<String>) -> String {
    match nearest(word, candidates) {
        Some(candidate) => format!("write `{candidate}`"),
        None => otherwise.into(),
    }
}

/// Names in a row, each in backticks.
pub fn list<'c>(names: impl IntoIterator<Item = &'c str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let keys = ["summary", "description", "tags", "x-paging"];
        for (word, expected) in [
            ("sumary", Some("summary")),
            ("descritpion", Some("description")),
            ("Tags", Some("tags")),
            ("x-pageing", Some("x-paging")),
            ("callbacks", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
        assert_eq!(help("tag", keys, "delete it"), "write `tags`");
        assert_eq!(help("callbacks", keys, "delete it"), "delete it");
    }
}
