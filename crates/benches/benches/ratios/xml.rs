//! Large documents of the LMS.

use std::fmt::Write as _;

use futures_util::TryStreamExt as _;
use peoplefluent_lms::xml::{Records, Tree};
use quick_xml::events::Event;
use rosterkit_benches::{Bound, Comparison, Options};
use rosterkit_core::Body;
use rosterkit_core::bytes::Bytes;
use serde::Deserialize;

use crate::support::{Measured, event_loop};

const PEOPLE: usize = 10_000;

/// A record as a type of the caller's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what is decoded is not read")]
struct Person {
    id: String,
    user_id: String,
    first_name: String,
    last_name: String,
    email: String,
    status: String,
    department: String,
}

pub fn run(options: Options) -> Measured {
    let (document, table) = samples()?;
    let (document, table) = (Bytes::from(document), Bytes::from(table));
    let event_loop = event_loop()?;
    let records = || -> Result<usize, peoplefluent_lms::Error> {
        event_loop.block_on(async {
            let (mut users, mut count) = (Records::new(Body::from(document.clone())).of("user"), 0);
            while let Some(user) = users.try_next().await? {
                count += usize::from(user.root().id().is_some());
            }
            Ok(count)
        })
    };
    let typed = || -> Result<usize, peoplefluent_lms::Error> {
        event_loop.block_on(async {
            let records = Records::new(Body::from(document.clone())).of("user").decode::<Person>();
            records.try_fold(0, |count, _| std::future::ready(Ok(count + 1))).await
        })
    };
    let text = str::from_utf8(&document)?;
    let found = [records()?, typed()?, events(text)?, lines(&table)?];
    if found != [PEOPLE; 4] {
        return Err(format!("expected {PEOPLE} people each time, but got {found:?}").into());
    }
    let size = document.len();
    Ok(vec![
        Comparison::new("as a stream of records", "as events of quick-xml, nothing kept")
            .bytes(size)
            .run(options, || events(text), records)
            .bound(Bound::AtMost(2.0)),
        Comparison::new("as a stream of a type", "as events of quick-xml, nothing kept")
            .bytes(size)
            .run(options, || events(text), typed)
            .bound(Bound::AtMost(2.5)),
        Comparison::new("as a stream of records", "as a tree of the whole").bytes(size).run(
            options,
            || Tree::parse(document.clone()),
            records,
        ),
        Comparison::new("as a stream of records", "the same people in CSV, through csv::Reader").run(
            options,
            || lines(&table),
            records,
        ),
    ])
}

/// The people as XML and as CSV.
fn samples() -> Result<(String, String), std::fmt::Error> {
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<users>\n");
    let mut table = String::from("id,first,last,email,status,department\n");
    for n in 0..PEOPLE {
        writeln!(
            document,
            "  <user id=\"u.{n}\"><userId>u.{n}</userId><firstName>Sample</firstName><lastName>Person {n}</lastName>\
             <email>u.{n}@example.com</email><status>active</status><department>Research &amp; {n}</department></user>"
        )?;
        writeln!(table, "u.{n},Sample,Person {n},u.{n}@example.com,active,Research & {n}")?;
    }
    document.push_str("</users>\n");
    Ok((document, table))
}

fn events(document: &str) -> Result<usize, quick_xml::Error> {
    let (mut reader, mut count) = (quick_xml::Reader::from_str(document), 0);
    loop {
        match reader.read_event()? {
            Event::Start(start) if start.name().as_ref() == "user" => count += 1,
            Event::Eof => return Ok(count),
            _ => {}
        }
    }
}

fn lines(table: &[u8]) -> Result<usize, csv::Error> {
    let (mut reader, mut record, mut count) = (csv::Reader::from_reader(table), csv::StringRecord::new(), 0);
    while reader.read_record(&mut record)? {
        count += usize::from(record.get(0).is_some());
    }
    Ok(count)
}
