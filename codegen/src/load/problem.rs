//! What is wrong with a spec, where, and what to write instead.

use std::fmt;

/// One thing that is wrong with a spec.
///
/// Displayed on one line that editors and terminals turn into a link:
///
/// ```text
/// spec/pets.yaml:12:5: `sumary` is not a key of an operation (in paths > /pets > get); write `summary`
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The spec's file, as it was named by the caller.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// JSON pointer of the node that is meant, such as `/paths/~1pets/get`; empty for the whole document.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Problem {
    /// Sorts problems by place and drops repetitions.
    pub fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
        problems.sort();
        problems.dedup();
        problems
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if !self.pointer.is_empty() {
            f.write_str(" (in")?;
            for (index, segment) in segments(&self.pointer).enumerate() {
                write!(f, "{} {segment}", if index == 0 { "" } else { " >" })?;
            }
            f.write_str(")")?;
        }
        write!(f, "; {}", self.help)
    }
}

impl std::error::Error for Problem {}

/// The pointer of a child, given the pointer of its parent.
pub fn child(parent: &str, key: &str) -> String {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        true => [parent, "/", &escaped(key)].concat(),
        false => [parent, "/", key].concat(),
    }
}

/// The unescaped segments of a pointer.
pub fn segments(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_with_place_and_help() {
        let problem = Problem {
            file: "spec/pets.yaml".into(),
            line: 12,
            column: 5,
            pointer: child(&child("/paths", "/pets/{id}"), "get"),
            message: "`sumary` is not a key of an operation".into(),
            help: "write `summary`".into(),
        };
        assert_eq!(
            problem.to_string(),
            "spec/pets.yaml:12:5: `sumary` is not a key of an operation (in paths > /pets/{id} > get); write `summary`"
        );
        let whole = Problem { pointer: String::new(), ..problem };
        assert_eq!(whole.to_string(), "spec/pets.yaml:12:5: `sumary` is not a key of an operation; write `summary`");
    }

    #[test]
    fn problems_are_sorted_by_place_and_appear_once() {
        let at = |line, column| Problem {
            file: "a".into(),
            line,
            column,
            pointer: String::new(),
            message: String::new(),
            help: String::new(),
        };
        assert_eq!(Problem::sorted(vec![at(2, 1), at(1, 9), at(2, 1), at(1, 2)]), [at(1, 2), at(1, 9), at(2, 1)]);
    }
}
