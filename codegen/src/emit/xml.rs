//! Answers that are documents in XML: the names of their root elements. The methods that decode them stand with the
//! other methods of their builders.
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
    let roots: BTreeMap<&str, &str> =
        api.operations.iter().filter_map(|operation| document(api, operation)).map(|it| (it.schema, it.root)).collect();
    if roots.is_empty() {
        return None;
    }
    let mut out = String::from(
        "//! Answers that are documents in XML, as types.\n\nuse super::types;\nuse crate::xml::FromXml;\n",
    );
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

/// An answer that is a document in XML.
pub(super) struct Document<'a> {
    /// The component that describes it.
    pub schema: &'a str,
    /// The name of its root element.
    pub root: &'a str,
}

pub(super) const MEDIA_TYPE: &str = "application/xml";

/// The document that the operation answers with, if it does.
pub(super) fn document<'a>(api: &'a Api, operation: &'a ApiOperation) -> Option<Document<'a>> {
    let schema = operation.response.content.get(MEDIA_TYPE)?.schema.target()?;
    let root = api.schema(schema)?.xml.as_ref()?.name.as_deref()?;
    Some(Document { schema, root })
}
