//! Finds the known name that is most similar to an unknown one.

/// The length in bytes beyond which a name is not compared.
const LONGEST: usize = 128;

/// The name that is nearest to the given one, if one is near: its edit distance, case ignored, is at most a third of the
/// length; two letters in the wrong order are one edit. Of several, the first. A very long name is not compared, since that
/// would only cost time.
///
/// ```
/// assert_eq!(rosterkit_core::nearest("pagesize", ["pageNumber", "pageSize"]), Some("pageSize"));
/// ```
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > LONGEST {
        return None;
    }
    let given = given.to_lowercase();
    let distances = names.into_iter().map(|name| (strsim::osa_distance(&given, &name.to_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= given.chars().count().max(name.chars().count())).then_some(name)
}

/// A name that a caller typed, escaped and shortened to 64 characters for a message.
pub fn printable(name: &str) -> String {
    name.escape_debug().take(64).collect()
}

/// The question whether the nearest of the names was meant, if one is near.
///
/// ```
/// use rosterkit_core::catalog::did_you_mean;
///
/// assert_eq!(did_you_mean("pagesize", ["pageNumber", "pageSize"]).as_deref(), Some("did you mean `pageSize`?"));
/// ```
pub fn did_you_mean<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(given, names).map(|name| format!("did you mean `{name}`?"))
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
            ("getUesr", Some("getUser")),
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
}
