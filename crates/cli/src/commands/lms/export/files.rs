//! Certificates and reports as files.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use peoplefluent_lms::generated::operations::BATCH_REPORTS;
use peoplefluent_lms::{SaveOptions, refusal};
use rosterkit_core::{Body, Timestamp};
use serde_json::json;

use crate::commands::datetime::{self, When};
use crate::commands::lms::Acting;
use crate::context::Context;
use crate::error::Error;
use crate::output::raw;
use crate::{files, listing};

const CERTIFICATES: [&str; 5] = ["award", "outcome", "file", "bytes", "reason"];
const REPORTS: [&str; 1] = ["pathname"];
/// The name of standard output in place of a file.
const STDOUT: &str = "-";
/// The maximum size of a certificate, in bytes.
const MAX_CERTIFICATE: u64 = 256 << 20;

/// Certificates of a user, as PDF files
#[derive(Args, Debug)]
pub(super) struct Certificates {
    /// The folder for the files, named certificate-AWARD.pdf; it is created if necessary. With one --award, `-` is
    /// standard output
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Only the certificate of this award; repeat it for more awards. Default: all certificates of the user
    #[arg(long, value_name = "ID")]
    award: Vec<String>,
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    acting: Acting,
}

impl Certificates {
    /// Writes the one certificate to standard output.
    async fn print(self, context: &Context) -> Result<(), Error> {
        let [award] = self.award.as_slice() else {
            return Err(Error::usage("--out - is for one certificate: give exactly one --award, or a folder"));
        };
        let client = self.acting.client(context).await?;
        let certificate = client.api().certificate().award_id(award.as_str()).send().await?.into_inner();
        write(&self.out, certificate.expect_data()?, "certificate").await
    }

    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if self.out == Path::new(STDOUT) {
            return self.print(context).await;
        }
        let client = self.acting.client(context).await?;
        fs::create_dir_all(&self.out).map_err(|error| Error::write(self.out.display(), error))?;
        let options = SaveOptions::new().limit(MAX_CERTIFICATE).overwrite(self.overwrite);
        let saved = match self.award.is_empty() {
            true => client.certificates().save_all(&self.out, options).await?,
            false => client.certificates().save_each(self.award, &self.out, options).await,
        };
        let mut rows = context.printer()?.rows(&CERTIFICATES);
        let (total, mut failed) = (saved.len(), Vec::new());
        for file in saved {
            let row = match &file.result {
                Ok(saved) => {
                    let path = saved.path.display().to_string();
                    json!({ "award": file.award, "outcome": "saved", "file": path, "bytes": saved.bytes, "reason": null })
                }
                Err(error) => {
                    let reason = error.to_string();
                    json!({ "award": file.award, "outcome": "failed", "file": null, "bytes": null, "reason": reason })
                }
            };
            rows.push(row)?;
            failed.extend(file.result.err());
        }
        rows.finish()?;
        if total == 0 {
            context.hint("there are no certificates");
        }
        let message = format!("{} of {total} failed; see the reasons in their lines", failed.len());
        Error::of_failed(failed, total, message)
    }
}

/// Saves a body or prints it, unless it is an error: then an older file stays, and nothing is printed.
async fn write(path: &Path, mut body: Body, what: &str) -> Result<(), Error> {
    let head = files::head(&mut body).await?;
    if let Some(refusal) = refusal::in_head(&head) {
        return Err(body.refused(refusal).into());
    }
    if head.is_empty() {
        return Err(body.decode_error(format!("the {what} is empty")).into());
    }
    match path == Path::new(STDOUT) {
        true => raw::print(&head, body).await,
        false => files::save(path, &head, body).await,
    }
}

/// List batch reports, or save one
#[derive(Args, Debug)]
pub(super) struct Reports {
    /// The path name of the report, as in the list
    #[arg(requires = "out", conflicts_with_all = ["name", "from", "to"])]
    pathname: Option<String>,
    /// The file for the report, written all or nothing; `-` is standard output
    #[arg(long, value_name = "FILE", requires = "pathname")]
    out: Option<PathBuf>,
    /// Only reports with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only reports created at this time or later: a day (UTC), a date-time with an offset, or relative: 7d, 12h, today
    #[arg(long, value_name = "DATETIME")]
    from: Option<When>,
    /// Only reports created before this time
    #[arg(long, value_name = "DATETIME")]
    to: Option<When>,
    #[command(flatten)]
    acting: Acting,
}

impl Reports {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let client = self.acting.client(context).await?;
        if let (Some(pathname), Some(out)) = (self.pathname, self.out) {
            let report = client.api().batch_report().pathname(pathname).send().await?.into_inner();
            return write(&out, report.expect_data()?, "report").await;
        }
        let minutes = |time: Option<Timestamp>| {
            time.map(|time| time.to_minutes()).transpose().map_err(|error| Error::usage(error.to_string()))
        };
        let from = datetime::resolve(context, self.from.as_ref()).await?;
        let to = datetime::resolve(context, self.to.as_ref()).await?;
        let mut call = client.api().batch_reports();
        call = self.name.into_iter().fold(call, |call, name| call.name(name));
        call = minutes(from)?.into_iter().fold(call, |call, time| call.created_on_or_after(time));
        call = minutes(to)?.into_iter().fold(call, |call, time| call.created_before(time));
        let response = call.send_json().await?;
        let reports = response.require(&BATCH_REPORTS, "the response has no `reports`", |listing| listing.reports)?;
        let mut rows = printer.rows(&REPORTS);
        reports.iter().try_for_each(|report| rows.push(listing::row(report)?))?;
        rows.finish()
    }
}
