//! Holds a spec to the house rules, and to all that the later stages take for granted.
//!
//! progenitor and typify panic on much that OpenAPI allows, and pass over some of it in silence; the house rules allow
//! less than either. Whatever passes here can be generated. Every rule reads values of any shape without panicking, and
//! every problem is reported in one go.
//!
//! The rules come in two layers. `keys` walks the document along the tables of `grammar` and settles which keys there
//! are, what type each has and where a `$ref` leads. The families after it hold what takes more than one node to
//! decide; a value of the wrong type is nothing to them, since it has been reported.

mod bodies;
mod components;
mod csv;
mod defaults;
mod document;
mod extensions;
mod grammar;
mod keys;
mod node;
mod operations;
mod parameters;
mod paths;
mod references;
mod responses;
mod schemas;
mod scope;
mod security;
mod suggest;

use crate::load::{Document, Problem};
use node::Linter;

/// Everything that is wrong with a spec, in the order of the file; nothing for a spec that can be generated.
pub fn lint(document: &Document) -> Vec<Problem> {
    let mut linter = Linter::new(document);
    for family in [
        keys::check,
        document::check,
        document::order,
        references::check,
        security::check,
        paths::check,
        operations::check,
        parameters::check,
        bodies::check,
        responses::check,
        components::check,
        schemas::check,
        schemas::enums,
        defaults::check,
        references::recursion,
        extensions::check,
        csv::check,
        extensions::examples,
        scope::check,
    ] {
        family(&mut linter);
    }
    linter.finish()
}
