//! Listings: the first page, or all of them while they come.

use std::path::PathBuf;

use clap::Args;
use rosterkit_core::paging::Pager;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;
use crate::output::{Printer, Rows, fields_of};

/// How much of a listing to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct PageOptions {
    /// Read all pages; items are printed while they come
    #[arg(long)]
    pub all: bool,
    /// Read at most so many items, over as many pages as that takes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    #[command(flatten)]
    pub file: OutFile,
}

/// A file instead of standard output.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OutFile {
    /// Write to this file, which appears whole or not at all; .json, .jsonl, .csv and .yaml say its form
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl OutFile {
    /// What writes to the file if there is one, else to standard output. The file's place is checked before anything is
    /// sent.
    pub(crate) fn printer(&self, context: &Context) -> Result<Printer, Error> {
        context.printer()?.into_file(self.out.as_deref())
    }
}

/// Prints a listing: its first page, so many items, or all of them.
pub(crate) async fn print<'a, T: Serialize + DeserializeOwned + 'a>(
    context: &Context,
    pager: Pager<'a, T>,
    options: &PageOptions,
    columns: &[&str],
) -> Result<(), Error> {
    let mut rows = rows::<T>(options.file.printer(context)?, columns)?;
    if options.all || options.limit.is_some() {
        return all(rows, pager, options.limit).await;
    }
    let mut pages = pager.ahead(0).max_pages(1).pages();
    let Some(page) = pages.next().await.transpose()? else { return rows.finish() };
    let shown = page.items.len() as u64;
    for item in &page.items {
        rows.push(row(item)?)?;
    }
    rows.finish()?;
    match page.total {
        Some(total) if total > shown => context.hint(format_args!("{shown} of {total}; --all reads the rest")),
        Some(_) => {}
        None if shown > 0 => context.hint(format_args!("the first {shown}; --all reads what may follow")),
        None => {}
    }
    Ok(())
}

/// Starts a list of items of a type, whose fields are the columns that there can be.
pub(crate) fn rows<T: DeserializeOwned>(printer: Printer, columns: &[&str]) -> Result<Rows, Error> {
    if let Some(names) = fields_of::<T>() {
        printer.check_columns(names)?;
    }
    Ok(printer.rows(columns))
}

/// Prints all items while they come, or so many.
pub(crate) async fn all<'a, T: Serialize + 'a>(
    mut rows: Rows,
    pager: Pager<'a, T>,
    limit: Option<u64>,
) -> Result<(), Error> {
    let mut items = limit.into_iter().fold(pager, |pager, limit| pager.limit(limit)).items();
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => rows.push(row(&item)?)?,
            Err(error) => return interrupted(rows, error.into()),
        }
    }
    rows.finish()
}

/// What came before a failure is printed.
pub(crate) fn interrupted(rows: Rows, error: Error) -> Result<(), Error> {
    rows.interrupted()?;
    Err(error)
}

/// An item as JSON.
pub(crate) fn row<T: Serialize>(item: &T) -> Result<Value, Error> {
    serde_json::to_value(item).map_err(|_| Error::Service("an item cannot be written as JSON".to_owned()))
}
