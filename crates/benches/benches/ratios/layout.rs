//! What the command line prints.

use rosterkit_benches::{Comparison, Options};
use rosterkit_cli::measured;
use serde_json::Value;

use crate::support::{Measured, page};

const COLUMNS: [&str; 6] = ["id", "name", "email", "state", "division.name", "version"];

pub fn run(options: Options) -> Measured {
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
