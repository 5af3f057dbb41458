//! Specs: what lint passes can be generated from, and every problem has a place in the text.

use rosterkit_codegen::generate::{generate, resolve};
use rosterkit_codegen::lint::lint;
use rosterkit_codegen::load::{Problem, parse};

use crate::{Target, no_seeds};

pub const TARGET: Target = Target {
    name: "spec",
    run,
    seeds: no_seeds,
    words: &[
        "\n",
        ": ",
        "- ",
        "  ",
        "'",
        "\"",
        "{}",
        "[]",
        "|",
        ">",
        "&a",
        "*a",
        "!!int",
        "\t",
        "---\n",
        "null",
        "true",
        "0x1f",
        "1e9",
        "type: object",
        "type: array",
        "type: string",
        "nullable: true",
        "required:",
        "enum:",
        "format: date-time",
        "$ref: '#/",
        "oneOf:",
        "x-",
        "default: ",
        "in: path",
        "in: query",
        "minimum: -1",
    ],
};

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().count() + 2;
    let is_placed = |problem: &Problem| {
        let is_in_text = problem.file == "spec.yaml" && (1..=lines).contains(&problem.line) && problem.column >= 1;
        is_in_text && !problem.message.is_empty() && !problem.help.is_empty()
    };
    let document = match parse("spec.yaml", &text) {
        Ok(document) => document,
        Err(problems) => {
            assert!(!problems.is_empty() && problems.iter().all(is_placed), "{problems:?}");
            return;
        }
    };
    let problems = lint(&document);
    assert!(problems.iter().all(is_placed), "{problems:?}");
    if problems.is_empty() {
        let api = resolve("spec", &document).unwrap_or_else(|problems| panic!("lint passed it: {problems:?}"));
        generate(&api).unwrap_or_else(|message| panic!("lint passed it: {message}"));
    }
}
