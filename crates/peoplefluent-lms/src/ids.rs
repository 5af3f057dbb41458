//! Finds ids in responses whose shape is not documented.
//!
//! A response that is not empty but has no such id is an error, since people or awards would otherwise be lost silently.

use std::collections::HashSet;

use serde_json::Value;

use crate::xml::{Element, parse_text};

/// The ids of the people in a JSON list: an array of objects with `id`, alone or as the only array of an object. The error
/// holds no value of the response.
pub(crate) fn of_people(listing: &Value) -> Result<Vec<String>, &'static str> {
    let people = match listing {
        Value::Null => return Ok(Vec::new()),
        Value::Array(people) => people,
        Value::Object(fields) => {
            let mut arrays = fields.values().filter_map(Value::as_array);
            match (fields.get("users").and_then(Value::as_array), arrays.next(), arrays.next()) {
                (Some(users), ..) => users,
                (None, Some(only), None) => only,
                (None, None, _) if fields.is_empty() => return Ok(Vec::new()),
                _ => return Err("expected exactly one list of people in the response"),
            }
        }
        _ => return Err("the response is not a list of people"),
    };
    people.iter().map(|person| id(person.get("id")).ok_or("a person in the response has no `id`")).collect()
}

/// The ids under a name, anywhere in JSON or XML, each once and in the order of the document. The error holds no value of
/// the document.
pub(crate) fn named(document: &str, name: &str) -> Result<Vec<String>, &'static str> {
    let text = document.trim_start();
    let (mut found, has_entries) = match text.as_bytes().first() {
        None => return Ok(Vec::new()),
        Some(b'<') => {
            let tree = parse_text(text).map_err(|_| "the response is not well-formed XML within the limits")?;
            let mut found = Vec::new();
            in_xml(tree.root(), name, &mut found);
            (found, tree.root().children().next().is_some())
        }
        Some(_) => {
            let json: Value = serde_json::from_str(text).map_err(|_| "the response is neither JSON nor XML")?;
            let mut found = Vec::new();
            in_json(&json, name, &mut found);
            (found, has_entries_below(&json, true))
        }
    };
    if found.is_empty() && has_entries {
        return Err("the response is not empty but has no id under the expected name");
    }
    let mut seen = HashSet::new();
    found.retain(|id| seen.insert(id.clone()));
    Ok(found)
}

fn id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(id) if !id.trim().is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn in_json(json: &Value, name: &str, found: &mut Vec<String>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| in_json(item, name, found)),
        Value::Object(fields) => {
            found.extend(id(fields.get(name)));
            fields.values().for_each(|value| in_json(value, name, found));
        }
        _ => {}
    }
}

/// Whether there is an entry: an item of an array, or an object with fields below the top level.
fn has_entries_below(json: &Value, is_top: bool) -> bool {
    match json {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) if is_top => fields.values().any(|value| has_entries_below(value, false)),
        Value::Object(fields) => !fields.is_empty(),
        _ => false,
    }
}

fn in_xml(root: Element<'_>, name: &str, found: &mut Vec<String>) {
    let mut rest = vec![root];
    while let Some(element) = rest.pop() {
        let text = (element.name() == name).then(|| element.text());
        let ids = element.attribute(name).map(Into::into).into_iter().chain(text);
        found.extend(ids.map(|id: std::borrow::Cow<'_, str>| id.trim().to_owned()).filter(|id| !id.is_empty()));
        // Reversed, so that the first child is the next.
        let children: Vec<_> = element.children().collect();
        rest.extend(children.into_iter().rev());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_found_in_one_list_and_an_unclear_list_is_an_error() {
        for (listing, expected) in [
            (json!({"users": [{"id": "a.roe", "directAppraiser": {"id": "boss"}}, {"id": 7}]}), Ok(vec!["a.roe", "7"])),
            (json!([{"id": "a.roe"}]), Ok(vec!["a.roe"])),
            (json!({"directReports": [{"id": "a.roe"}], "total": 1}), Ok(vec!["a.roe"])),
            (json!({"users": [{"id": "a.roe"}], "others": []}), Ok(vec!["a.roe"])),
            (json!({"users": []}), Ok(vec![])),
            (json!([]), Ok(vec![])),
            (json!({}), Ok(vec![])),
            (json!(null), Ok(vec![])),
            (json!({"a": [], "b": []}), Err("expected exactly one list of people in the response")),
            (json!({"total": 2}), Err("expected exactly one list of people in the response")),
            (json!({"users": [{"id": "a.roe"}, {"name": "b"}]}), Err("a person in the response has no `id`")),
            (json!([{"id": " "}]), Err("a person in the response has no `id`")),
            (json!("a.roe"), Err("the response is not a list of people")),
        ] {
            let found = of_people(&listing);
            assert_eq!(found, expected.map(|ids| ids.into_iter().map(str::to_owned).collect()), "{listing}");
        }
    }

    #[test]
    fn named_ids_are_found_in_json_and_xml() {
        const XML: &str = "the response is not well-formed XML within the limits";
        const NONE: &str = "the response is not empty but has no id under the expected name";
        for (document, expected) in [
            ("", Ok(vec![])),
            (" \n", Ok(vec![])),
            ("[]", Ok(vec![])),
            ("{\"certifications\": []}", Ok(vec![])),
            (
                "{\"certifications\": [{\"awardId\": \"A-1\"}, {\"award\": {\"awardId\": 2}}, {\"awardId\": \"A-1\"}]}",
                Ok(vec!["A-1", "2"]),
            ),
            ("{\"certifications\": [{\"id\": \"A-1\"}]}", Err(NONE)),
            ("{\"certification\": {\"id\": \"A-1\"}}", Err(NONE)),
            ("<certifications/>", Ok(vec![])),
            ("<?xml version=\"1.0\"?><certifications></certifications>", Ok(vec![])),
            (
                "<c:s xmlns:c=\"u\"><c:x c:awardId=\"A&amp;1\"/><x><awardId> A<![CDATA[<]]>&#50;&lt; </awardId></x></c:s>",
                Ok(vec!["A&1", "A<2<"]),
            ),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><s><x awardId='Ä'/></s>", Ok(vec!["Ä"])),
            ("<s><x id=\"1\"/></s>", Err(NONE)),
            ("<s><x awardId=\"1\">", Err(XML)),
            ("<s></x>", Err(XML)),
            ("<!DOCTYPE s [<!ENTITY a \"b\">]><s><awardId>&a;</awardId></s>", Err(XML)),
            ("<s><awardId>&a;</awardId></s>", Err(XML)),
            ("done", Err("the response is neither JSON nor XML")),
        ] {
            let found = named(document, "awardId");
            assert_eq!(found, expected.map(|ids| ids.into_iter().map(str::to_owned).collect()), "{document}");
        }
    }
}
