//! Answers as types.

use genesys_users::types::UserEntityListing;
use rosterkit_benches::{Comparison, Options};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::support::{Measured, page};

/// Numbers as generated types have them.
#[derive(Deserialize)]
struct Tolerant {
    #[serde(rename = "n", deserialize_with = "rosterkit_core::lenient_integer::deserialize")]
    _numbers: Vec<i64>,
}

/// Numbers as serde has them.
#[derive(Deserialize)]
struct Strict {
    #[serde(rename = "n")]
    _numbers: Vec<i64>,
}

pub fn run(options: Options) -> Measured {
    let page = page()?;
    let page = page.as_str();
    // Both must work before their time means anything.
    serde_json::from_str::<UserEntityListing>(page)?;
    let typed = || serde_json::from_str::<UserEntityListing>(page);
    let over_value = Comparison::new("as types", "as serde_json::Value").bytes(page.len());
    let over_skipping = Comparison::new("as types", "skipped through, nothing kept").bytes(page.len());

    let numbers = format!(r#"{{"n":{:?}}}"#, (0..50_000).map(|n| n * 7919 % 100_003).collect::<Vec<i64>>());
    let numbers = numbers.as_str();
    serde_json::from_str::<Tolerant>(numbers)?;
    let whole = Comparison::new("whole numbers that may have a point", "whole numbers of serde").bytes(numbers.len());
    Ok(vec![
        over_value.run(options, || serde_json::from_str::<Value>(page), typed),
        over_skipping.run(options, || serde_json::from_str::<IgnoredAny>(page), typed),
        whole.run(options, || serde_json::from_str::<Strict>(numbers), || serde_json::from_str::<Tolerant>(numbers)),
    ])
}
