//! Field selectors of the LMS: `id,organization(code)`.

use peoplefluent_lms::FieldSelector;

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "fields",
    run,
    seeds: no_seeds,
    words: &["(", ")", ",", " ", "id", "a(b", "((((", "\u{e9}", "-", ".", ":"],
};

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.parse::<FieldSelector>() {
        Ok(selector) => {
            let printed = selector.to_string();
            let again: FieldSelector = printed.parse().unwrap_or_else(|error| panic!("{printed:?}: {error}"));
            assert_eq!(again, selector, "{printed:?}");
            assert_eq!(again.to_string(), printed);
        }
        Err(error) => assert!(!error.to_string().contains(['\n', '\r']), "{error}"),
    }
}
