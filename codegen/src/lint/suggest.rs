//! Guesses what a misspelt name was meant to be.

/// The candidate that differs least from a word, if it differs little.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
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
