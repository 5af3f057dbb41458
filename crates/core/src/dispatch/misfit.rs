//! Which part of a JSON value does not fit a type: decoding a value that is not text tells no place.

use serde_json::{Map, Value};

/// How many properties are left out, one after the other, to find the one in which something is missing.
const MOST: usize = 100;

/// The names that lead to the part of a value at which decoding fails, as far as they can be told. `problem` decodes a
/// value and gives the message of its failure.
///
/// A decoder reads properties and elements one after the other, so the shortest beginning of them that fails like the whole
/// ends with the one that does not fit.
pub(super) fn place(value: &Value, problem: &dyn Fn(Value) -> Option<String>) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(whole) = problem(value.clone()) {
        descend(value, &|part| problem(part).as_ref() == Some(&whole), &mut names);
    }
    names
}

fn descend(value: &Value, fails: &dyn Fn(Value) -> bool, names: &mut Vec<String>) {
    match value {
        Value::Object(properties) => {
            let found = if fails(Value::Object(Map::new())) {
                // Something is missing: here, or in a property without which it is not.
                let without =
                    |name: &String| properties.iter().filter(|(other, _)| *other != name).map(owned).collect();
                let is_cause = |name: &&String| !fails(Value::Object(without(name)));
                properties.keys().take(MOST).find(is_cause).map(|name| (name, properties.clone()))
            } else {
                let first = |count| properties.iter().take(count).map(owned).collect::<Map<_, _>>();
                let count = shortest(properties.len(), |count| fails(Value::Object(first(count))));
                properties.keys().nth(count - 1).map(|name| (name, first(count)))
            };
            if let Some((name, object)) = found {
                let with = |part: Value| {
                    let mut object = object.clone();
                    object.insert(name.clone(), part);
                    fails(Value::Object(object))
                };
                names.push(name.clone());
                descend(&properties[name], &with, names);
            }
        }
        Value::Array(elements) if !elements.is_empty() && !fails(Value::Array(Vec::new())) => {
            let count = shortest(elements.len(), |count| fails(Value::Array(elements[..count].to_vec())));
            let (before, element) = (&elements[..count - 1], &elements[count - 1]);
            let with = |part: Value| fails(Value::Array(before.iter().cloned().chain([part]).collect()));
            names.push((count - 1).to_string());
            descend(element, &with, names);
        }
        _ => {}
    }
}

/// The smallest number from 1 to `all` that fails, where each after one that fails does, too.
fn shortest(all: usize, fails: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (1, all.max(1));
    while low < high {
        let middle = low.midpoint(high);
        if fails(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "decoded only")]
    struct Sample {
        name: String,
        version: Option<u64>,
        parts: Option<Vec<Sample>>,
    }

    #[test]
    fn the_first_part_that_does_not_fit_is_found() {
        for (value, expected) in [
            (json!({ "name": "a", "version": "3" }), &["version"][..]),
            (json!({ "name": "a", "parts": [{ "name": "b" }, { "name": 4, "version": 1 }] }), &["parts", "1", "name"]),
            (
                json!({ "name": "a", "parts": [{ "name": "b" }, { "name": "c", "version": {} }] }),
                &["parts", "1", "version"],
            ),
            (json!({ "name": "a", "parts": {} }), &["parts"]),
            (json!({ "name": "a", "parts": [{ "version": 1 }] }), &["parts", "0"]),
            (json!({ "version": 1, "parts": [{ "name": "b" }] }), &[]),
            (json!({ "name": "a", "parts": [{ "name": "b", "parts": [{}, {}] }] }), &["parts", "0", "parts", "0"]),
            (json!({ "name": "a", "parts": vec![json!({ "name": "b" }); 10_000], "version": -1 }), &["version"]),
            (json!({ "name": null, "version": null }), &["name"]),
            (json!([]), &[]),
            (json!("a"), &[]),
            (json!({ "name": "a" }), &[]),
        ] {
            let problem = |value| serde_json::from_value::<Sample>(value).err().map(|error| error.to_string());
            assert_eq!(place(&value, &problem), expected, "{value}");
        }
    }
}
