//! Enumerations: open, so that a value the spec does not know is kept and sent back unchanged.

use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{docs, ident, inner_docs, print};
use crate::model::Api;
use crate::{names, rustdoc};

/// The file. prettyplease lays out an enumeration, but not what is inside a macro: so the macro is put around its text.
pub(super) fn emit(api: &Api) -> Result<String, String> {
    let module = inner_docs(
        "Enumerations. A value that the spec does not know is kept as `Unrecognized` and sent back unchanged.",
    );
    let import = api.enums().next().map(|_| {
        quote!(
            use rosterkit_core::open_enum;
        )
    });
    let mut text = print(quote!(#module #import))?;
    for (name, schema) in api.enums() {
        let enumeration = match schema.description.as_str() {
            "" => docs(&format!("`{name}`.")),
            description => docs(&rustdoc::escape(description)),
        };
        let variants = schema.values.iter().map(|value| -> TokenStream {
            let (docs, variant) = (docs(&format!("`{value}`.")), ident(&names::pascal(value)));
            quote!(#docs #variant = #value)
        });
        let name = ident(&names::pascal(name));
        let _ = write!(text, "\nopen_enum! {{\n");
        for line in print(quote!(#enumeration pub enum #name { #(#variants),* }))?.lines() {
            let _ = writeln!(text, "    {line}");
        }
        text.push_str("}\n");
    }
    Ok(text)
}
