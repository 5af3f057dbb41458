//! Finds what somebody meant to type.

/// The length in bytes beyond which nothing is taken for a name.
const LONGEST: usize = 128;

/// The name that is nearest to the given one, if one is near: its edit distance, case ignored, is at most a third of the
/// length. Of several, the first. Nobody mistypes a name into something very long, which would only cost time.
///
/// ```
/// # #[cfg(feature = "catalog")]
/// assert_eq!(rosterkit_core::catalog::nearest("pagesize", ["pageNumber", "pageSize"]), Some("pageSize"));
/// ```
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > LONGEST {
        return None;
    }
    let given = given.to_lowercase();
    let distances = names.into_iter().map(|name| (distance(&given, &name.to_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= given.chars().count().max(name.chars().count())).then_some(name)
}

/// A name that a caller typed, shortened to 64 characters and escaped to stand in a message.
pub fn printable(name: &str) -> String {
    name.escape_debug().take(64).collect()
}

/// The number of characters to insert, delete or replace (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, from) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, to) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["getUser", "getUsers", "patchUser", "deleteUser"];
        for (given, expected) in [
            ("getuser", Some("getUser")),
            ("getUsrs", Some("getUsers")),
            ("pathUser", Some("patchUser")),
            ("removeUser", None),
            ("listUsers", Some("getUsers")),
            ("listAllUsers", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, names), expected, "{given}");
        }
        assert_eq!(nearest("x", []), None);
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(nearest(&long, [&*long]), None);
        assert_eq!(nearest(&long[1..], [&*long]), Some(&*long));
    }

    #[test]
    fn distances_count_single_edits() {
        for (one, other, expected) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ä", "a", 1)] {
            assert_eq!((distance(one, other), distance(other, one)), (expected, expected));
        }
    }
}
