//! A bar on standard error, if that is a terminal.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;
use crate::error::Error;
use crate::input::Position;

/// How far the input is read and how many items are done.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    read: Arc<AtomicU64>,
    done: u64,
}

impl Progress {
    pub(crate) fn new(context: &Context, (read, length): Position) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
            let colour = if context.global.color.is_on(true) { ".green" } else { "" };
            let bar_template = format!("{{bar:30{colour}}} {{percent}} %  {{msg}}");
            let template = if length.is_some() { bar_template.as_str() } else { "{spinner} {msg}" };
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Self { bar, read, done: 0 }
    }

    /// Counts an item, and writes its line where the bar is not.
    pub(super) fn tick(&mut self, write: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.done += 1;
        let Some(bar) = &self.bar else { return write() };
        let written = bar.suspend(write);
        bar.set_position(self.read.load(Ordering::Relaxed));
        bar.set_message(format!("{} done", self.done));
        written
    }

    /// Writes where the bar is not.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
