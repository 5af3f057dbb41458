//! The file of `--undo`: the way back, as items for `--from`.
//!
//! It is written before anything is changed, with an entry for everybody whom the run is about. After the run, those who were
//! certainly not changed are taken out. A run that is killed leaves the whole file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rosterkit_core::input::Format;
use serde_json::Value;

use super::verb::Fields;
use crate::atomic_file::AtomicFile;
use crate::context::Context;
use crate::error::Error;

/// The way back.
pub(crate) struct Undo {
    path: PathBuf,
    undone_by: &'static str,
    /// In the order of the input, each with what it is about.
    entries: Vec<(String, Fields)>,
    places: HashMap<String, usize>,
    kept: HashSet<String>,
}

impl Undo {
    /// Checks that the file can be written, before anything is read.
    ///
    /// # Errors
    /// If it exists, or has another form than JSON lines by its name.
    pub(crate) fn check(path: &Path) -> Result<(), Error> {
        if Format::of_path(path) != Some(Format::JsonLines) {
            return Err(Error::usage("--undo: the file has JSON lines: expected a name that ends with .jsonl"));
        }
        if path.exists() {
            return Err(Error::usage(format!(
                "--undo: `{}` exists: name a new file, so that no old values are lost",
                path.display()
            )));
        }
        Ok(())
    }

    pub(crate) fn new(path: &Path, undone_by: &'static str) -> Self {
        let path = path.to_owned();
        Self { path, undone_by, entries: Vec::new(), places: HashMap::new(), kept: HashSet::new() }
    }

    /// Adds an entry. Of two about the same person, the first has the old values.
    pub(crate) fn add(&mut self, about: &str, fields: Fields) {
        match self.places.get(about).and_then(|place| self.entries.get_mut(*place)) {
            Some((_, entry)) => {
                for (name, value) in fields {
                    entry.entry(name).or_insert(value);
                }
            }
            None => {
                self.places.insert(about.to_owned(), self.entries.len());
                self.entries.push((about.to_owned(), fields));
            }
        }
    }

    /// Writes all entries.
    pub(crate) fn write(&self) -> Result<(), Error> {
        self.write_those(|_| true)
    }

    /// Notes that somebody was changed, or may have been.
    pub(crate) fn keep(&mut self, about: &str) {
        self.kept.insert(about.to_owned());
    }

    /// The same if no user was changed.
    pub(crate) fn without_all(mut self) -> Self {
        self.kept.clear();
        self
    }

    /// Takes out who was not changed.
    fn finish(self, context: &Context) -> Result<(), Error> {
        self.write_those(|about| self.kept.contains(about))?;
        let count = self.entries.iter().filter(|(about, _)| self.kept.contains(about)).count();
        let path = self.path.display();
        context.hint(match count {
            0 => format!("nothing to undo; `{path}` is empty"),
            _ => format!("to undo it ({count} items): rosterkit {} --from {path}", self.undone_by),
        });
        Ok(())
    }

    /// The same after a run; an error of the run goes before one of the file, which is reported then.
    pub(crate) fn end_after(self, context: &Context, sent: &Result<(), Error>) -> Result<(), Error> {
        match (self.finish(context), sent) {
            (Err(error), Err(_)) => {
                context.hint(error.message(false).unwrap_or_default());
                Ok(())
            }
            (finished, _) => finished,
        }
    }

    fn write_those(&self, is_meant: impl Fn(&str) -> bool) -> Result<(), Error> {
        let mut file = AtomicFile::private(&self.path)?;
        for (_, fields) in self.entries.iter().filter(|(about, _)| is_meant(about)) {
            file.add(Value::Object(fields.clone()).to_string().as_bytes())?;
            file.add(b"\n")?;
        }
        file.finish()
    }
}
