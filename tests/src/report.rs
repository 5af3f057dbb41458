//! Collects what a check finds, so that one run shows everything.

/// What a check of one API has found so far.
#[derive(Debug)]
pub struct Report {
    api: &'static str,
    cases: usize,
    failures: Vec<String>,
}

/// Failures that a test's message shows.
const SHOWN: usize = 60;

impl Report {
    /// Nothing found yet.
    pub fn new(api: &'static str) -> Self {
        Self { api, cases: 0, failures: Vec::new() }
    }

    /// Counts a case of an operation and notes its problems. `case` says what was tried.
    pub fn case(&mut self, operation: &str, case: &str, problems: impl IntoIterator<Item = String>) {
        self.cases += 1;
        let api = self.api;
        self.failures.extend(problems.into_iter().map(|problem| format!("{api} {operation}, {case}: {problem}")));
    }

    /// What was noted.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// The number of cases.
    ///
    /// # Panics
    /// If there was a failure. The message lists them.
    pub fn finish(self) -> usize {
        let count = self.failures.len();
        let shown: Vec<_> = self.failures.into_iter().take(SHOWN).collect();
        assert!(count == 0, "{count} failures in {} cases:\n{}", self.cases, shown.join("\n"));
        self.cases
    }
}
