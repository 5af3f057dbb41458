//! The page that holds the last figures of each part.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::outcome::Outcome;

/// A part of the benchmarks that was run.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name that runs it.
    pub name: &'static str,
    /// What is measured.
    pub title: &'static str,
    /// The date, the machine and how busy it was.
    pub setting: String,
    /// What was measured.
    pub outcomes: Vec<Outcome>,
}

const HEAD: &str = "\
# Benchmarks

What rosterkit costs, as ratios to the shortest way to do the same work: medians of alternating rounds in one run. A time depends
on the machine and what else it does, a ratio much less. `make bench` measures everything but `cost`, `make bench BENCH=\"xml csv\"`
these parts, `make bench BENCH=\"--write xml csv\"` writes their tables into this page. `target/bench.json` (or BENCH_JSON) has the
figures for programs. With `BENCH_CLOCK=cpu`, ratios are of CPU time, for a machine that does other work. Bounds are what the project aims at; nothing fails if one is missed.
";

impl Part {
    /// The part for programs.
    pub fn to_json(&self) -> Value {
        let figures: Vec<Value> = self.outcomes.iter().map(Outcome::to_json).collect();
        json!({ "part": self.name, "title": self.title, "setting": self.setting, "figures": figures })
    }

    fn heading(&self) -> String {
        format!("## {} [{}]\n", self.title, self.name)
    }

    fn section(&self) -> String {
        let mut section = self.heading();
        let _ = writeln!(section, "\n`make bench BENCH={}`, {}\n", self.name, self.setting);
        section.push_str("| figure | measured | bound | times and details |\n| --- | --- | --- | --- |\n");
        for outcome in &self.outcomes {
            let _ = writeln!(section, "{}", outcome.row());
        }
        section
    }
}

/// The page with the tables of these parts in place of their last ones. `names` are all parts in their order: those of other
/// names are left out.
pub fn updated(page: &str, parts: &[Part], names: &[&str]) -> String {
    let sections: Vec<String> =
        page.split("\n## ").skip(1).map(|section| format!("## {}\n", section.trim_end())).collect();
    let is_of = |section: &str, name: &str| {
        section.lines().next().is_some_and(|heading| heading.ends_with(&format!("[{name}]")))
    };
    let mut updated = HEAD.to_owned();
    for name in names {
        let new = parts.iter().find(|part| part.name == *name).map(Part::section);
        let section = new.or_else(|| sections.iter().find(|section| is_of(section, name)).cloned());
        if let Some(section) = section {
            updated.push('\n');
            updated.push_str(&section);
        }
    }
    updated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &'static str, number: f64) -> Part {
        let outcomes = vec![Outcome::number("size", number, "MB")];
        Part { name, title: "A title", setting: "2 cores".to_owned(), outcomes }
    }

    #[test]
    fn a_table_is_replaced_and_the_others_stay() {
        let names = ["first", "second"];
        let page = updated("", &[part("second", 1.0), part("first", 2.0)], &names);
        assert!(page.starts_with("# Benchmarks\n"));
        assert!(page.find("2 MB").expect("the first") < page.find("1 MB").expect("the second"), "{page}");
        let page = updated(&page, &[part("first", 3.0)], &names);
        assert!(page.contains("3 MB") && page.contains("1 MB") && !page.contains("2 MB"), "{page}");
        assert_eq!(page, updated(&page, &[], &names), "nothing changes without a measurement");
        assert!(!updated(&page, &[], &names[..1]).contains("[second]"), "a part that is no more is left out");
    }
}
