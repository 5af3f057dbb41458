//! Listings: the first page, or a stream of all items.

use std::path::PathBuf;

use clap::Args;
use rosterkit_core::UnreadableItem;
use rosterkit_core::paging::Pager;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;
use crate::output::{Printer, Rows, fields_of};

const INCOMPLETE: &str = "the listing may not be complete: the service promised more items than it sent";

/// How much of a listing to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct PageOptions {
    /// Read all pages; items are printed as they arrive
    #[arg(long)]
    pub all: bool,
    /// Read at most N items, from as many pages as necessary
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    #[command(flatten)]
    pub file: OutFile,
}

/// A file instead of standard output.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OutFile {
    /// Write to this file, all or nothing; .json, .jsonl, .csv and .yaml set its format; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Whether items that cannot be read end a listing.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct UnreadableOption {
    /// Leave out items that cannot be read, and go on; each is named, and the exit code is 3
    #[arg(long = "skip-unreadable")]
    pub are_skipped: bool,
}

/// The number of items that were left out because they cannot be read.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(u64);

impl LeftOut {
    /// Names the items on standard error, and counts them.
    pub(crate) fn add(&mut self, context: &Context, items: impl IntoIterator<Item = UnreadableItem>) {
        for item in items {
            self.0 += 1;
            context.hint(format_args!("left out: {item}"));
        }
    }

    /// The error of a listing without some of its items.
    pub(crate) fn result(&self) -> Result<(), Error> {
        match self.0 {
            0 => Ok(()),
            1 => Err(Error::Partial("1 item was left out, since it cannot be read".to_owned())),
            items => Err(Error::Partial(format!("{items} items were left out, since they cannot be read"))),
        }
    }
}

impl OutFile {
    /// A printer to the file if one is given, else to standard output. It is checked here, before anything is sent, that
    /// the file can be created.
    pub(crate) fn printer(&self, context: &Context) -> Result<Printer, Error> {
        context.printer()?.into_file(self.out.as_deref())
    }
}

/// Prints a listing: its first page, the items up to the limit, or all items.
pub(crate) async fn print<'a, T: Serialize + DeserializeOwned + 'a>(
    context: &Context,
    pager: Pager<'a, T>,
    options: &PageOptions,
    columns: &[&str],
) -> Result<(), Error> {
    let rows = rows::<T>(options.file.printer(context)?, columns)?;
    print_joined(context, rows, pager, options, async |items| Ok(items)).await
}

/// Prints a listing as [`print`] does, with what a function adds to the items of each page.
pub(crate) async fn print_joined<'a, T: Serialize + 'a>(
    context: &Context,
    mut rows: Rows,
    pager: Pager<'a, T>,
    options: &PageOptions,
    mut join: impl AsyncFnMut(Vec<Value>) -> Result<Vec<Value>, Error>,
) -> Result<(), Error> {
    if options.all || options.limit.is_some() {
        return all_joined(context, rows, pager, options.limit, join).await;
    }
    let mut pages = pager.ahead(0).max_pages(1).pages();
    let page = pages.next().await.transpose()?;
    if let Some(page) = &page {
        join(page.items.iter().map(row).collect::<Result<_, _>>()?)
            .await?
            .into_iter()
            .try_for_each(|row| rows.push(row))?;
    }
    rows.finish()?;
    let mut left_out = LeftOut::default();
    left_out.add(context, pages.take_unreadable());
    if let Some(page) = page {
        let shown = page.items.len() as u64;
        match page.total {
            Some(total) if total > shown + left_out.0 => {
                context.hint(format_args!("{shown} of {total}; --all reads the rest"));
            }
            Some(_) => {}
            None if shown > 0 => context.hint(format_args!("the first {shown}; --all reads all")),
            None => {}
        }
    }
    left_out.result()
}

/// Prints the items that match, up to the limit, where the service has no such filter: all pages are read.
pub(crate) async fn print_matching<'a, T: Serialize + DeserializeOwned + 'a>(
    context: &Context,
    pager: Pager<'a, T>,
    options: &PageOptions,
    columns: &[&str],
    matches: impl Fn(&T) -> bool,
) -> Result<(), Error> {
    let mut rows = rows::<T>(options.file.printer(context)?, columns)?;
    let mut items = pager.items();
    let mut left = options.limit.unwrap_or(u64::MAX);
    while left > 0 {
        match items.next().await {
            Some(Ok(item)) if matches(&item) => {
                rows.push(row(&item)?)?;
                left -= 1;
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return interrupted(rows, error.into()),
            None => break,
        }
    }
    rows.finish()?;
    if left > 0 && !items.is_complete() {
        context.hint(INCOMPLETE);
    }
    Ok(())
}

/// Whether a name has this text in it, ignoring case.
pub(crate) fn contains(name: Option<&str>, text: &str) -> bool {
    name.is_some_and(|name| name.to_lowercase().contains(&text.trim().to_lowercase()))
}

/// Starts a list of items. `--columns` is checked against the fields of their type.
pub(crate) fn rows<T: DeserializeOwned>(printer: Printer, columns: &[&str]) -> Result<Rows, Error> {
    rows_without::<T>(printer, columns, |_| false)
}

/// Starts a list of items whose type has fields that the service was not asked for: `--columns all` leaves these out.
pub(crate) fn rows_without<T: DeserializeOwned>(
    printer: Printer,
    columns: &[&str],
    is_absent: impl Fn(&str) -> bool,
) -> Result<Rows, Error> {
    let Some(names) = fields_of::<T>() else { return Ok(printer.rows(columns)) };
    printer.check_columns(names)?;
    let sent: Vec<&str> = names.iter().copied().filter(|name| !is_absent(name)).collect();
    Ok(printer.with_fields(&sent).rows(columns))
}

/// Prints items as they arrive, up to the limit. A hint says so if the service promised more than came, and the result if
/// items were left out.
pub(crate) async fn all<'a, T: Serialize + 'a>(
    context: &Context,
    rows: Rows,
    pager: Pager<'a, T>,
    limit: Option<u64>,
) -> Result<(), Error> {
    all_joined(context, rows, pager, limit, async |items| Ok(items)).await
}

async fn all_joined<'a, T: Serialize + 'a>(
    context: &Context,
    mut rows: Rows,
    pager: Pager<'a, T>,
    limit: Option<u64>,
    mut join: impl AsyncFnMut(Vec<Value>) -> Result<Vec<Value>, Error>,
) -> Result<(), Error> {
    let mut pages = limit.into_iter().fold(pager, |pager, limit| pager.limit(limit)).pages();
    let mut left_out = LeftOut::default();
    while let Some(page) = pages.next().await {
        left_out.add(context, pages.take_unreadable());
        let joined = match page {
            Ok(page) => join(page.items.iter().map(row).collect::<Result<_, _>>()?).await,
            Err(error) => Err(error.into()),
        };
        match joined {
            Ok(items) => items.into_iter().try_for_each(|row| rows.push(row))?,
            Err(error) => return interrupted(rows, error),
        }
    }
    rows.finish()?;
    left_out.add(context, pages.take_unreadable());
    if limit.is_none() && !pages.is_complete() && left_out.0 == 0 {
        context.hint(INCOMPLETE);
    }
    left_out.result()
}

/// Prints the rows before an error, and returns the error.
pub(crate) fn interrupted(rows: Rows, error: Error) -> Result<(), Error> {
    rows.interrupted()?;
    Err(error)
}

/// An item as JSON.
pub(crate) fn row<T: Serialize>(item: &T) -> Result<Value, Error> {
    serde_json::to_value(item).map_err(|_| Error::Service("cannot write an item as JSON".to_owned()))
}
