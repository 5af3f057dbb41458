//! No value in any place makes lint panic.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::VALID;
use rosterkit_codegen::lint::lint;
use rosterkit_codegen::load::{Document, parse};

fn pointers(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, format!("{pointer}/{index}"), out);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        _ => {}
    }
    out.push(pointer);
}

fn delete(root: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match root.pointer_mut(parent) {
        Some(Value::Array(list)) => drop(list.remove(last.parse().expect("an index"))),
        Some(Value::Object(map)) => drop(map.remove(&last.replace("~1", "/").replace("~0", "~"))),
        _ => {}
    }
}

fn valid() -> Document {
    parse("valid.yaml", VALID).expect("valid YAML")
}

#[test]
fn no_value_in_any_place_makes_lint_panic() {
    let valid = valid();
    let mut all = Vec::new();
    pointers(&valid.root, String::new(), &mut all);
    // A summary under one `get` stands for the summary under every other.
    let mut seen = BTreeSet::new();
    all.retain(|pointer| {
        let container = valid.root.pointer(pointer).is_some_and(|node| node.is_object() || node.is_array());
        container || seen.insert(pointer.rsplitn(3, '/').take(2).map(str::to_owned).collect::<Vec<_>>())
    });
    assert!(all.len() > 200, "{}", all.len());
    let values = [
        json!(null),
        json!(-1),
        json!("é`{<"),
        json!([null, 1.5, "", [], {}]),
        json!({"": null, "x": {"$ref": 1}, "$ref": "#/components/schemas/Pet", "é/{": []}),
        json!({"allOf": [{"$ref": "#/components/parameters/petId"}], "type": "array", "default": [], "enum": [1]}),
    ];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            let (mut document, values) = (valid.clone(), &values);
            scope.spawn(move || {
                let root = document.root.clone();
                for pointer in part {
                    for value in values {
                        *document.root.pointer_mut(pointer).expect("the node is there") = value.clone();
                        lint(&document);
                        document.root.clone_from(&root);
                    }
                    delete(&mut document.root, pointer);
                    lint(&document);
                    document.root.clone_from(&root);
                }
            });
        }
    });
}

#[test]
fn references_in_a_circle_come_to_an_end() {
    let mut document = valid();
    document.root["components"]["schemas"]["Format"] = json!({"$ref": "#/components/schemas/PetKind"});
    document.root["components"]["schemas"]["PetKind"] = json!({"$ref": "#/components/schemas/Format"});
    document.root["components"]["parameters"]["petId"] = json!({"$ref": "#/components/parameters/petId"});
    document.root["components"]["responses"]["Failure"] = json!({"$ref": "#/components/responses/Failure"});
    assert!(!lint(&document).is_empty());
}

#[test]
fn all_problems_come_at_once_and_in_order() {
    let text = VALID
        .replace("operationId: startJob", "operationId: StartJob")
        .replace("summary: List pets\n", "summary: List pets.\n");
    let text = text.replace("description: The mother; null if unknown.", "description: The <b>mother</b>.");
    let found = lint(&parse("valid.yaml", &text).expect("valid YAML"));
    let lines: Vec<_> =
        found.iter().map(|problem| text.lines().nth(problem.line - 1).unwrap_or_default().trim()).collect();
    assert_eq!(lines, ["operationId: StartJob", "summary: List pets.", "description: The <b>mother</b>."]);
}
