//! Turns progenitor's output into ours, in one pass over its syntax tree.
//!
//! Only names of items and fields are relied on, and each is asserted: a progenitor that writes something else ends
//! generation with a message instead of wrong code. What is kept is the convention its users know: a `Client` with one
//! method per operation, a builder per operation with one setter per parameter, and the data types. What is replaced is
//! everything that runs: the transport, the setters' bodies and `send`.

mod builders;
mod types;

use std::collections::BTreeMap;

use syn::{File, Item, ItemMod};

use crate::lower::Lowered;
use crate::model::Api;
pub(crate) use types::generic;

/// What progenitor wrote, taken apart.
#[derive(Debug)]
pub struct Adapted {
    /// The data types, without builders and error types.
    pub types: Vec<Item>,
    /// Types of each operation's setters and response.
    pub operations: BTreeMap<String, Signature>,
}

/// The Rust types of one operation.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Setter name to its type.
    pub fields: BTreeMap<String, Field>,
    /// The JSON response's type, `()` if there is none.
    pub response: syn::Type,
}

/// One setter.
#[derive(Debug, Clone)]
pub struct Field {
    /// Whether a call without it is allowed.
    pub optional: bool,
    /// The value's type.
    pub ty: syn::Type,
}

/// Takes progenitor's output apart.
pub fn adapt(api: &Api, lowered: &Lowered, file: File) -> Result<Adapted, String> {
    let mut modules = BTreeMap::new();
    for item in file.items {
        if let Item::Mod(module) = item {
            modules.insert(module.ident.to_string(), module);
        }
    }
    let types = contents(modules.remove("types"), "types")?;
    let builder = contents(modules.remove("builder"), "builder")?;
    Ok(Adapted { types: types::adapt(api, lowered, types)?, operations: builders::read(api, builder)? })
}

fn contents(module: Option<ItemMod>, name: &str) -> Result<Vec<Item>, String> {
    match module.and_then(|module| module.content) {
        Some((_, items)) => Ok(items),
        None => Err(unexpected(&format!("no module `{name}`"))),
    }
}

/// The message for output that this pass was not written for.
fn unexpected(what: &str) -> String {
    format!(
        "progenitor's output is not what the generator expects: {what}; the workspace pins the version that is known to \
         work, see codegen/src/adapt.rs for what a newer one has to be matched to"
    )
}
