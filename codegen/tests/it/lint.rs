//! Each house rule on a spec that breaks it: one edit of `valid.yaml`, and the one problem that follows.

mod bodies;
mod csv;
mod document;
mod extensions;
mod operations;
mod parameters;
mod robustness;
mod schemas;

use rosterkit_codegen::lint::lint;
use rosterkit_codegen::load::{Problem, parse};

const VALID: &str = include_str!("lint/valid.yaml");

/// One edit of the valid spec, and what lint says of it.
struct Case {
    /// What is taken out of the valid spec; `anchor >> text` takes the first `text` after `anchor`.
    take: &'static str,
    /// What is put in its place.
    put: &'static str,
    /// A part of the line that is reported.
    line: &'static str,
    /// What the message says.
    message: &'static str,
    /// What the help says, or a part of it.
    help: &'static str,
}

const fn case(
    take: &'static str,
    put: &'static str,
    line: &'static str,
    message: &'static str,
    help: &'static str,
) -> Case {
    Case { take, put, line, message, help }
}

fn edit(take: &str, put: &str) -> String {
    let (anchor, take) = take.split_once(" >> ").unwrap_or(("", take));
    let start = VALID.find(anchor).unwrap_or_else(|| panic!("`{anchor}` is not in the valid spec"));
    let found =
        VALID[start..].find(take).unwrap_or_else(|| panic!("`{take}` is not in the valid spec after `{anchor}`"));
    format!("{}{put}{}", &VALID[..start + found], &VALID[start + found + take.len()..])
}

fn problems(text: &str) -> Vec<Problem> {
    match parse("spec/valid.yaml", text) {
        Ok(document) => lint(&document),
        Err(problems) => panic!("not loaded: {problems:?}"),
    }
}

/// Each edit leads to one problem, with this line, message and help.
fn one_problem_each(cases: &[Case]) {
    for case in cases {
        let text = edit(case.take, case.put);
        let found = problems(&text);
        let show = || found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let [problem] = found.as_slice() else {
            panic!(
                "`{}` has {} problems instead of one:\n{}\nexpected: {}",
                case.put,
                found.len(),
                show(),
                case.message
            )
        };
        assert_eq!(problem.message, case.message, "{}", show());
        assert!(problem.help.contains(case.help), "`{}` is not in the help of\n{}", case.help, show());
        let line = text.lines().nth(problem.line - 1).unwrap_or_default();
        assert!(line.contains(case.line), "line {} is `{line}` and not `{}`:\n{}", problem.line, case.line, show());
    }
}

/// Each edit leads to this problem among others.
fn among_problems(cases: &[Case]) {
    for case in cases {
        let text = edit(case.take, case.put);
        let found = problems(&text);
        let matches = |problem: &&Problem| {
            let line = text.lines().nth(problem.line - 1).unwrap_or_default();
            problem.message == case.message && problem.help.contains(case.help) && line.contains(case.line)
        };
        let show = || found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(found.iter().any(|problem| matches(&problem)), "`{}` is not among\n{}", case.message, show());
    }
}

#[test]
fn what_the_house_rules_allow_has_no_problems() {
    let found = problems(VALID);
    assert!(found.is_empty(), "{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}
