//! The generated schemas of JSON bodies take what the specs allow, and nothing else.

use std::error::Error;
use std::path::Path;

use rosterkit_codegen::example::{Variant, body_example};
use rosterkit_codegen::generate::read;
use rosterkit_codegen::model::Api;
use rosterkit_core::catalog::Schema;
use serde_json::json;

type Body = fn(&str) -> Option<&'static Schema>;

fn apis() -> Result<Vec<(Api, Body)>, Box<dyn Error>> {
    let bodies: [(&str, Body); 3] = [
        ("genesys-users", genesys_users::generated::schemas::body),
        ("peoplefluent-lms", peoplefluent_lms::generated::schemas::body),
        ("session-clusters", session_clusters::generated::schemas::body),
    ];
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    bodies
        .into_iter()
        .map(|(name, body)| {
            let api = read(&specs.join(format!("{name}.yaml"))).map_err(|_| format!("the spec {name} has mistakes"))?;
            Ok((api, body))
        })
        .collect()
}

#[test]
fn every_json_body_has_a_schema_that_takes_its_examples() -> Result<(), Box<dyn Error>> {
    let mut checked = 0;
    for (api, body) in apis()? {
        for operation in &api.operations {
            let json = operation.body.as_ref().filter(|body| body.is_json());
            let schema = body(&operation.id);
            assert_eq!(schema.is_some(), json.is_some(), "{}", operation.id);
            let (Some(json), Some(schema)) = (json, schema) else { continue };
            for variant in [Variant::Full, Variant::Minimal, Variant::Nulls, Variant::Plain] {
                let value = body_example(&api, &json.schema, variant);
                assert_eq!(schema.check(&value), Ok(()), "{} {variant:?}", operation.id);
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 65);
    Ok(())
}

#[test]
fn what_no_spec_knows_is_refused() -> Result<(), Box<dyn Error>> {
    let (mut fields, mut words) = (0, 0);
    for (api, body) in apis()? {
        for operation in &api.operations {
            let (Some(json), Some(schema)) = (&operation.body, body(&operation.id)) else { continue };
            let full = body_example(&api, &json.schema, Variant::Full);
            let with_field = body_example(&api, &json.schema, Variant::UnknownField);
            let with_word = body_example(&api, &json.schema, Variant::UnknownEnum);
            fields += usize::from(schema.check(&with_field).is_err());
            // A body without an enumeration is the same in both variants.
            if with_word != full {
                assert!(schema.check(&with_word).is_err(), "{}", operation.id);
                words += 1;
            }
            assert!(schema.check(&json!(5)).is_err(), "{}", operation.id);
        }
    }
    assert!(fields > 30 && words > 20, "{fields} bodies refuse unknown fields, {words} unknown words");
    Ok(())
}
