//! Phases and counts on standard error, if that is a terminal.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rosterkit_sync::engine;

use crate::context::Context;

const SPINNER: &str = "{spinner} {msg}";

/// The phase of a run on a terminal; nothing elsewhere.
#[derive(Clone)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    colour: &'static str,
}

impl Progress {
    pub(super) fn new(context: &Context) -> Self {
        let bar = io::stderr()
            .is_terminal()
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style(SPINNER)));
        Self { bar, colour: if context.global.color.is_on(true) { ".green" } else { "" } }
    }

    /// Shows how far a run is.
    pub(super) fn show(&self, progress: engine::Progress) {
        let Some(bar) = &self.bar else { return };
        if bar.is_finished() {
            bar.reset();
        }
        if bar.length().is_some() && !matches!(progress, engine::Progress::Applying { .. }) {
            bar.unset_length();
            bar.set_style(style(SPINNER));
        }
        let message = match progress {
            engine::Progress::Reading { flow, side, records } => {
                format!("{flow}: reading the {}: {records} records", side.as_str())
            }
            engine::Progress::Comparing { flow } => format!("{flow}: comparing"),
            engine::Progress::Settling { flow } => format!("{flow}: looking up what became of what was sent"),
            engine::Progress::Applying { flow, done, total } => {
                if bar.length() != Some(total) {
                    bar.set_length(total);
                    bar.reset_eta();
                    let template = format!("{{bar:30{}}} {{pos}} of {{len}}, {{eta}} left  {{msg}}", self.colour);
                    bar.set_style(style(&template));
                }
                bar.set_position(done);
                format!("{flow}: applying")
            }
            _ => return,
        };
        bar.set_message(message);
        bar.tick();
    }

    /// Writes to the terminal beside it.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes it from the terminal.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that is wrong is a mistake of this module, and no reason to fail.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
