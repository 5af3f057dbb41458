//! Answers that are documents in XML: the names of their root elements, and methods that decode them.
//!
//! What reads a document is hand-written, in the client's module `xml`: a trait `FromXml` with a constant `ROOT`, and a
//! function `read_xml`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{list, literal};
use crate::api::{Api, ApiOperation};
use crate::names;
use crate::spec::Schema;

/// The file, or `None` if no answer is a document.
pub(super) fn emit(api: &Api) -> Option<String> {
    let answers: Vec<_> = api.operations.iter().filter_map(|operation| answer(api, operation)).collect();
    if answers.is_empty() {
        return None;
    }
    let mut out = String::from(
        "//! Answers that are documents in XML, as types.\n\nuse rosterkit_core::{Error, Response};\n\n\
         use super::{builder, types};\nuse crate::xml::{FromXml, read_xml};\n",
    );
    let roots: BTreeMap<&str, &str> = answers.iter().map(|answer| (answer.schema, answer.root)).collect();
    let attributes = attributes(api);
    for (schema, root) in roots {
        let _ = write!(
            out,
            "\nimpl FromXml for types::{} {{\n    const ROOT: &'static str = {};\n    \
             const ATTRIBUTES: &'static [(&'static str, &'static [&'static str])] = ATTRIBUTES;\n}}\n",
            names::pascal(schema),
            literal(root)
        );
    }
    let _ = write!(
        out,
        "\n/// Which fields of which types are attributes.\nconst ATTRIBUTES: &[(&str, &[&str])] = &[{attributes}];\n"
    );
    for Answer { operation, schema, root, send } in answers {
        let _ = write!(
            out,
            "\nimpl builder::{}<'_> {{\n    /// Sends `{} {}` and decodes the answer, a document of `{root}` in XML.\n    ///\n    \
             /// # Errors\n    ///\n    /// See [`rosterkit_core::Error`] and [`FromXml::from_xml`]. Nothing of a document that ends early is given out.\n    \
             pub async fn send_document(self) -> Result<Response<types::{}>, Error> {{\n        read_xml(self.{send}().await?).await\n    }}\n}}\n",
            operation.pascal,
            operation.method,
            operation.path,
            names::pascal(schema),
        );
    }
    Some(out)
}

/// The attributes of each type that has some, as a list of pairs.
fn attributes(api: &Api) -> String {
    let is_attribute = |schema: &Schema| schema.xml.as_ref().is_some_and(|xml| xml.attribute);
    let types = api.spec.components.schemas.iter().filter_map(|(name, schema)| {
        let fields: Vec<&str> =
            schema.properties.iter().filter(|(_, field)| is_attribute(field)).map(|(name, _)| name.as_str()).collect();
        (!fields.is_empty()).then(|| format!("({}, {})", literal(&names::pascal(name)), list(fields)))
    });
    types.collect::<Vec<_>>().join(", ")
}

struct Answer<'a> {
    operation: &'a ApiOperation,
    schema: &'a str,
    root: &'a str,
    /// The method that sends for XML.
    send: String,
}

fn answer<'a>(api: &'a Api, operation: &'a ApiOperation) -> Option<Answer<'a>> {
    const XML: &str = "application/xml";
    let schema = operation.response.content.get(XML)?.schema.target()?;
    let root = api.schema(schema)?.xml.as_ref()?.name.as_deref()?;
    let chosen = operation.representations.iter().flat_map(|chosen| &chosen.media);
    let value = chosen.filter(|(_, media_type)| *media_type == XML).map(|(value, _)| value).next();
    let send = value.map_or_else(|| "send".to_owned(), |value| format!("send_{}", names::snake(value)));
    Some(Answer { operation, schema, root, send })
}
