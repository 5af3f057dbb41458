//! JSON: responses decoded as types, and output of the command line.

use genesys_users::types::UserEntityListing;
use rosterkit_benches::{Bound, Comparison, Options};
use rosterkit_cli::measured;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::canned;
use crate::support::{Measured, page};

const COLUMNS: [&str; 6] = ["id", "name", "email", "state", "division.name", "version"];

/// Numbers as in generated types.
#[derive(Deserialize)]
struct Tolerant {
    #[serde(rename = "n", deserialize_with = "rosterkit_core::lenient_integer::deserialize")]
    _numbers: Vec<i64>,
}

/// Numbers as in serde.
#[derive(Deserialize)]
struct Strict {
    #[serde(rename = "n")]
    _numbers: Vec<i64>,
}

/// A page with the fields of the [canned](canned::page) users and no others, as one would write it by hand.
#[allow(dead_code, reason = "what is decoded is not read")]
mod plain {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Page {
        pub entities: Vec<User>,
        page_size: Option<i64>,
        page_number: Option<i64>,
        total: Option<i64>,
        page_count: Option<i64>,
        next_uri: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct User {
        id: Option<String>,
        name: Option<String>,
        division: Option<Named>,
        chat: Option<Chat>,
        department: Option<String>,
        email: Option<String>,
        primary_contact_info: Option<Vec<Contact>>,
        addresses: Option<Vec<Contact>>,
        state: Option<String>,
        title: Option<String>,
        username: Option<String>,
        manager: Option<Named>,
        images: Option<Vec<String>>,
        version: Option<i64>,
        acd_auto_answer: Option<bool>,
        self_uri: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        id: Option<String>,
        name: Option<String>,
        self_uri: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Chat {
        jabber_id: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Contact {
        address: Option<String>,
        display: Option<String>,
        media_type: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
        extension: Option<String>,
        country_code: Option<String>,
    }
}

pub fn decode(options: Options) -> Measured {
    let page = page()?;
    let page = page.as_str();
    // Both must work before they are measured.
    serde_json::from_str::<UserEntityListing>(page)?;
    let typed = || serde_json::from_str::<UserEntityListing>(page);
    let over_value = Comparison::new("as types", "as serde_json::Value").bytes(page.len());
    let over_skipping = Comparison::new("as types", "skipped through, nothing kept").bytes(page.len());

    let plain = canned::page();
    let plain = plain.as_str();
    let found = [
        serde_json::from_str::<plain::Page>(plain)?.entities.len(),
        serde_json::from_str::<UserEntityListing>(plain)?.entities.map_or(0, |people| people.len()),
    ];
    if found != [canned::SIZE as usize; 2] {
        return Err(format!("expected a page of {} people, but got {found:?}", canned::SIZE).into());
    }
    let over_plain =
        Comparison::new("100 users as types", "as types by hand with the fields that occur").bytes(plain.len());

    let numbers = format!(r#"{{"n":{:?}}}"#, (0..50_000).map(|n| n * 7919 % 100_003).collect::<Vec<i64>>());
    let numbers = numbers.as_str();
    serde_json::from_str::<Tolerant>(numbers)?;
    let whole = Comparison::new("integers that may be written as `3.0`", "integers of serde").bytes(numbers.len());
    Ok(vec![
        over_plain
            .run(
                options,
                || serde_json::from_str::<plain::Page>(plain),
                || serde_json::from_str::<UserEntityListing>(plain),
            )
            .bound(Bound::AtMost(1.05)),
        over_value.run(options, || serde_json::from_str::<Value>(page), typed),
        over_skipping.run(options, || serde_json::from_str::<IgnoredAny>(page), typed),
        whole.run(options, || serde_json::from_str::<Strict>(numbers), || serde_json::from_str::<Tolerant>(numbers)),
    ])
}

pub fn layout(options: Options) -> Measured {
    let page = page()?;
    let value: Value = serde_json::from_str(&page)?;
    let empty = Vec::new();
    let people = value["entities"].as_array().unwrap_or(&empty);

    let laid_out = Comparison::new("JSON laid out token by token", "JSON read as a Value and written indented");
    let laid_out = laid_out.bytes(page.len()).run(
        options,
        || {
            let value: Value = serde_json::from_str(&page)?;
            serde_json::to_vec_pretty(&value)
        },
        || measured::lay_out(page.as_bytes()),
    );
    let rows = Comparison::new("rows of 6 columns as CSV", "the same cells through one csv::Writer");
    let rows = rows.run(options, || plain_rows(people), || measured::csv_rows(people, &COLUMNS));
    Ok(vec![laid_out, rows])
}

fn plain_rows(people: &[Value]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for person in people {
        let cell = |column: &str| match column.split('.').try_fold(person, |value, name| value.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        writer.write_record(COLUMNS.map(cell))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
