//! Responses that are XML documents: the names of their root elements. The methods that decode them are with the
//! other methods of their builders.
//!
//! What reads a document is hand-written, in the client's module `xml`: a trait `FromXml` with a constant `ROOT`, and a
//! function `read_xml`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{ident, inner_docs};
use crate::model::{Api, ApiOperation};
use crate::names;

/// The file, or `None` if no response is a document.
pub(super) fn emit(api: &Api) -> Option<TokenStream> {
    let roots: BTreeMap<&str, &str> =
        api.operations.iter().filter_map(|operation| document(api, operation)).map(|it| (it.schema, it.root)).collect();
    if roots.is_empty() {
        return None;
    }
    let attributes = api.spec.components.schemas.iter().filter_map(|(name, schema)| {
        let is_attribute = |name: &&String| schema.properties[*name].xml.as_ref().is_some_and(|xml| xml.attribute);
        let fields: Vec<&String> = schema.properties.keys().filter(is_attribute).collect();
        let name = names::pascal(name);
        (!fields.is_empty()).then(|| quote!((#name, &[#(#fields),*])))
    });
    let documents = roots.into_iter().map(|(schema, root)| {
        let ty = ident(&names::pascal(schema));
        quote! {
            impl FromXml for types::#ty {
                const ROOT: &'static str = #root;
                const ATTRIBUTES: &'static [(&'static str, &'static [&'static str])] = ATTRIBUTES;
            }
        }
    });
    let docs = inner_docs("Responses that are XML documents, as types.");
    Some(quote! {
        #docs

        use super::types;
        use crate::xml::FromXml;

        #(#documents)*

        /// Which fields of which types are attributes.
        const ATTRIBUTES: &[(&str, &[&str])] = &[#(#attributes),*];
    })
}

/// A response that is an XML document.
pub(super) struct Document<'a> {
    /// The component that describes it.
    pub schema: &'a str,
    /// The name of its root element.
    pub root: &'a str,
}

pub(super) const MEDIA_TYPE: &str = "application/xml";

/// The document that the operation responds with, if it does.
pub(super) fn document<'a>(api: &'a Api, operation: &'a ApiOperation) -> Option<Document<'a>> {
    let schema = operation.response.content.get(MEDIA_TYPE)?.schema.target()?;
    let root = api.schema(schema)?.xml.as_ref()?.name.as_deref()?;
    Some(Document { schema, root })
}
