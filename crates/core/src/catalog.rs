//! Static descriptions of operations, for tools: help texts, command lines, dispatch by operation id.
//!
//! Generated code holds one [`Catalog`] per API. Everything in it is `'static` and costs nothing to pass around.

use std::fmt;

use crate::{Error, ErrorKind, Operation, suggest};

mod permissions;
mod schema;

pub use self::permissions::{PermissionMode, PermissionsEntry, covers};
pub use self::schema::{Property, Schema, SchemaKind, Violation};
pub use crate::suggest::{did_you_mean, nearest, printable};

/// All operations of one API.
#[derive(Clone, Copy, Debug)]
pub struct Catalog {
    /// The API, by the name of its crate.
    pub api: &'static str,
    /// The API's title.
    pub title: &'static str,
    /// The version of the API that the spec describes.
    pub version: &'static str,
    /// The documented servers: URL and description.
    pub servers: &'static [(&'static str, &'static str)],
    /// The operations, sorted by id.
    pub operations: &'static [OperationEntry],
}

impl Catalog {
    /// The operation with exactly this id.
    pub fn find(&self, id: &str) -> Option<&'static OperationEntry> {
        let index = self.operations.binary_search_by(|entry| entry.operation.id.cmp(id)).ok()?;
        self.operations.get(index)
    }

    /// The entry of an operation.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if the operation is one of another API.
    pub fn entry(&self, operation: &'static Operation) -> Result<&'static OperationEntry, Error> {
        let missing = || Error::configuration("the operation is not in the catalog").in_operation(operation);
        self.find(operation.id).ok_or_else(missing)
    }

    /// The error for an unknown operation id, with the most similar id.
    pub fn unknown_operation(&self, id: &str) -> Error {
        let advice = match self.suggest(id) {
            Some(near) => format!("did you mean `{near}`? Nothing was sent"),
            None => format!("the catalog of {} lists the operations; nothing was sent", self.api),
        };
        let shown = suggest::printable(id);
        Error::new(ErrorKind::InvalidRequest, format!("unknown operation `{shown}`")).with_advice(advice)
    }

    /// The most similar id, case ignored, if one is similar enough.
    pub fn suggest(&self, id: &str) -> Option<&'static str> {
        suggest::nearest(id, self.operations.iter().map(|entry| entry.operation.id))
    }
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct OperationEntry {
    /// What the core knows of it.
    pub operation: &'static Operation,
    /// The group that it belongs to.
    pub tag: &'static str,
    /// What it does, in one short line.
    pub summary: &'static str,
    /// What it does, in full.
    pub description: &'static str,
    /// Its parameters, those of a form or multipart body included.
    pub parameters: &'static [ParameterEntry],
    /// Its body, if it takes one. The fields of a form or a multipart body are among the parameters.
    pub request: Option<RequestEntry>,
    /// Its successful response.
    pub response: ResponseEntry,
    /// The permissions that it needs; `None` if none are documented.
    pub permissions: Option<PermissionsEntry>,
    /// The OAuth scopes of which a user's token needs one; empty if none are known. Tokens of an OAuth client have no scopes:
    /// there the roles of the client decide.
    pub scopes: &'static [&'static str],
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Whether the service may still change it without notice.
    pub preview: bool,
    /// When a request may be sent twice with the effect of sending it once, although the operation writes and its method does
    /// not say so; `None` if no such case is known.
    pub idempotent: Option<IdempotentEntry>,
    /// How it pages.
    pub paging: Option<PagingEntry>,
    /// How it takes several items at once.
    pub batch: Option<BatchEntry>,
    /// The representations that its response can have.
    pub representations: Option<RepresentationsEntry>,
    /// The rows of a body that is CSV.
    pub csv: Option<CsvEntry>,
    /// An example request.
    pub example: ExampleEntry,
    /// How it is known.
    pub provenance: Provenance,
    /// What older documents say of it, where the spec follows a newer one.
    pub superseded: &'static [SupersededEntry],
}

impl OperationEntry {
    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&'static ParameterEntry> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// How a fact of a spec is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// The service's documentation says so.
    Documented,
    /// It follows from other facts, or from what working clients do.
    Inferred,
    /// The vendor's public metadata says so.
    VendorMetadata,
    /// A page says so that the vendor published after the documents that the spec was made from.
    VendorPages,
}

/// Spelled as in the spec: `documented`, `inferred`, `vendor-metadata`, `vendor-pages`.
impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::VendorMetadata => "vendor-metadata",
            Self::VendorPages => "vendor-pages",
        })
    }
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into an `application/x-www-form-urlencoded` body.
    Form,
    /// Into a `multipart/form-data` body.
    Multipart,
}

/// Spelled in lower case: `path`, `query`.
impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Form => "form",
            Self::Multipart => "multipart",
        })
    }
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date, `YYYY-MM-DD`.
    Date,
    /// A date and time with an offset; see [`Timestamp`](crate::Timestamp).
    DateTime,
    /// A file.
    File,
    /// A JSON object.
    Object,
}

/// Spelled for people: `text`, `whole number`.
impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::String => "text",
            Self::Integer => "whole number",
            Self::Number => "number",
            Self::Boolean => "true or false",
            Self::Date => "date",
            Self::DateTime => "date and time",
            Self::File => "file",
            Self::Object => "JSON object",
        })
    }
}

/// One parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub struct ParameterEntry {
    /// The name on the wire.
    pub name: &'static str,
    /// Where it goes.
    pub location: Location,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is an array, whose name is repeated for each value.
    pub repeated: bool,
    /// What it holds; of an array, what each value holds.
    pub kind: Kind,
    /// The known values of an enumeration; empty if it is none. Services add values without notice.
    pub values: &'static [&'static str],
    /// The documented default, as JSON text.
    pub default: Option<&'static str>,
    /// The smallest value.
    pub minimum: Option<i64>,
    /// The largest value.
    pub maximum: Option<i64>,
    /// The smallest number of values of an array.
    pub min_items: Option<usize>,
    /// The largest number of values of an array.
    pub max_items: Option<usize>,
    /// What it means.
    pub description: &'static str,
    /// How it is known.
    pub provenance: Provenance,
}

/// The body that an operation takes.
#[derive(Clone, Copy, Debug)]
pub struct RequestEntry {
    /// Whether it must be given.
    pub required: bool,
    /// Its media type.
    pub media_type: &'static str,
    /// The schema, by its name in the spec; of an array, the schema of an item.
    pub schema: Option<&'static str>,
    /// Whether it is an array.
    pub array: bool,
    /// The smallest number of items of an array.
    pub min_items: Option<usize>,
    /// The largest number of items of an array.
    pub max_items: Option<usize>,
    /// The properties without which the body, or each of its items, is refused.
    pub required_properties: &'static [&'static str],
    /// The properties that the service sets itself. It ignores them in the body, and in each of its items.
    pub read_only: &'static [&'static str],
}

/// The successful response of an operation.
#[derive(Clone, Copy, Debug)]
pub struct ResponseEntry {
    /// The status.
    pub status: u16,
    /// The media types that it can have; empty if it has no body.
    pub media_types: &'static [&'static str],
    /// The schema, by its name in the spec; of an array, the schema of an item.
    pub schema: Option<&'static str>,
    /// Whether it is an array.
    pub array: bool,
}

/// What an older document says of an operation, and the spec does not follow any more.
///
/// ```
/// use rosterkit_core::catalog::SupersededEntry;
///
/// let entry = SupersededEntry { fact: "No permission is needed.", source: "the JavaScript capture", date: "2024" };
/// assert_eq!(entry.to_string(), "No permission is needed. (the JavaScript capture, 2024)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupersededEntry {
    /// What the document says, as a sentence.
    pub fact: &'static str,
    /// The document.
    pub source: &'static str,
    /// Its date, as exact as known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: &'static str,
}

/// The fact, with source and date in brackets.
impl fmt::Display for SupersededEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}, {})", self.fact, self.source, self.date)
    }
}

/// How an operation pages. Parameters are names; places in the response are dotted paths of property names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagingEntry {
    /// By the number of a page.
    Page {
        /// Whether the parameters are properties of the request's body instead of the query.
        in_body: bool,
        /// The parameter that takes the number of the page.
        page: &'static str,
        /// The parameter that takes the number of items per page.
        size: Option<&'static str>,
        /// The number of the first page.
        first: u32,
        /// Where the response has the items.
        items: &'static str,
        /// Where the response names the next page; absent or null on the last.
        next: Option<&'static str>,
        /// Where the response has the number of pages.
        page_count: Option<&'static str>,
        /// Where the response has the number of items on all pages.
        total: Option<&'static str>,
    },
    /// By a cursor that each response has for the next request.
    Cursor {
        /// The parameter that takes the cursor.
        parameter: &'static str,
        /// Where the response has the next cursor; absent or null on the last page.
        cursor: &'static str,
        /// Where the response has the items.
        items: &'static str,
        /// The parameter that takes the number of items per page.
        size: Option<&'static str>,
    },
    /// By the position after an item, which is in the query of the next page's URL.
    After {
        /// The parameter that takes the position to go on after.
        after: &'static str,
        /// The parameter that takes the position to go back from.
        before: Option<&'static str>,
        /// Where the response has the address of the next page; absent or null on the last.
        next: &'static str,
        /// Where the response has the items.
        items: &'static str,
        /// The parameter that takes the number of items per page.
        size: Option<&'static str>,
    },
}

/// How an operation takes several items at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    /// Where the request's body has the items, as a dotted path; empty if the body itself is the array.
    pub items: &'static str,
    /// How many items one request may have, if a limit is documented.
    pub max: Option<usize>,
}

/// When a request that writes may be sent twice with the effect of sending it once: if every item that it has meets all
/// conditions. Without conditions, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotentEntry {
    /// The properties of an item, or the columns of a CSV row, that must have a value which is not blank.
    pub given: &'static [&'static str],
    /// The columns that must have one of these codes.
    pub codes: &'static [(&'static str, &'static [&'static str])],
}

/// The conditions as the end of a sentence: `if every item has a remoteId`; nothing if there are none.
impl fmt::Display for IdempotentEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.given.iter().map(|name| format!("a {name}"));
        let codes = self.codes.iter().map(|(column, codes)| format!("the {column} {}", codes.join(" or ")));
        let conditions: Vec<String> = given.chain(codes).collect();
        match conditions.is_empty() {
            true => Ok(()),
            false => formatter.pad(&format!("if every item has {}", conditions.join(" and "))),
        }
    }
}

/// The representations that an operation's response can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepresentationsEntry {
    /// The parameter that chooses one.
    pub parameter: &'static str,
    /// The values of the parameter, each with the media type that it gives.
    pub media: &'static [(&'static str, &'static str)],
}

/// An example request: what the operation requires, and what makes the example useful.
///
/// It works on the embedded sandbox as it stands; against a real account, replace the ids. Files, and the parameter that
/// chooses a representation, are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExampleEntry {
    /// The parameters and form fields, as a JSON object.
    pub parameters: &'static str,
    /// The body, if one is required: JSON text, or the text of a body that is not JSON.
    pub body: Option<&'static str>,
}

/// The rows of a body that is CSV: a header line, then one row per record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvEntry {
    /// The columns, in the order of the documentation. A file can leave columns out, and have them in another order.
    pub columns: &'static [CsvColumn],
    /// Groups of columns that identify a row: the first group without a blank cell does.
    pub keys: &'static [&'static [&'static str]],
    /// Which columns a row must have.
    pub required: &'static [CsvRequired],
}

/// A column of a CSV body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvColumn {
    /// The name in the header line.
    pub name: &'static str,
    /// The type of its cells, as the spec names it: `text`, `code`, `amount`.
    pub kind: &'static str,
    /// What it means.
    pub description: &'static str,
    /// The largest number of characters; of a column with codes, that of a value that is not among them.
    pub max_length: Option<usize>,
    /// What the service takes a blank cell for.
    pub default: Option<&'static str>,
    /// The codes that a cell can have, each with its meaning; empty if it has other values.
    pub codes: &'static [(&'static str, &'static str)],
    /// Whether there can be other codes.
    pub open: bool,
}

/// Columns that a row of a CSV body must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvRequired {
    /// The columns.
    pub columns: &'static [&'static str],
    /// They are required where this column has one of these codes; `None` for every row.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// They are required where this column is blank; `None` for every row.
    pub unless: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::SAMPLE;

    const fn operation(id: &'static str) -> Operation {
        Operation { id, ..SAMPLE }
    }

    const fn entry(operation: &'static Operation) -> OperationEntry {
        OperationEntry {
            operation,
            tag: "Samples",
            summary: "",
            description: "",
            parameters: &[],
            request: None,
            response: ResponseEntry { status: 204, media_types: &[], schema: None, array: false },
            permissions: None,
            scopes: &[],
            deprecated: false,
            preview: false,
            idempotent: None,
            paging: None,
            batch: None,
            representations: None,
            csv: None,
            example: ExampleEntry { parameters: "{}", body: None },
            provenance: Provenance::Documented,
            superseded: &[],
        }
    }

    static DELETE: Operation = operation("deleteUser");
    static GET: Operation = operation("getUser");
    static LIST: Operation = operation("getUsers");
    static CATALOG: Catalog = Catalog {
        api: "sample",
        title: "Sample",
        version: "1",
        servers: &[],
        operations: &[entry(&DELETE), entry(&GET), entry(&LIST)],
    };

    #[test]
    fn operations_are_found_by_exact_id() {
        for entry in CATALOG.operations {
            assert_eq!(CATALOG.find(entry.operation.id).map(|found| found.operation.id), Some(entry.operation.id));
        }
        assert!(CATALOG.find("getusers").is_none() && CATALOG.find("").is_none());
    }

    #[test]
    fn a_near_id_is_suggested() {
        assert_eq!(CATALOG.suggest("getusers"), Some("getUsers"));
        assert_eq!(CATALOG.suggest("deleteUsr"), Some("deleteUser"));
        assert_eq!(CATALOG.suggest("trainingHistoryCsv"), None);
        assert!(CATALOG.unknown_operation("getusers").to_string().contains("did you mean `getUsers`?"));
        assert_eq!(CATALOG.unknown_operation("x").kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn names_are_those_of_the_spec() {
        assert_eq!(Provenance::VendorMetadata.to_string(), "vendor-metadata");
        assert_eq!(Provenance::VendorPages.to_string(), "vendor-pages");
        assert_eq!(Location::Multipart.to_string(), "multipart");
    }

    #[test]
    fn the_conditions_of_idempotence_are_told_in_words() {
        let always = IdempotentEntry { given: &[], codes: &[] };
        let rows = IdempotentEntry { given: &["Key"], codes: &[("Action", &["U", "AU"])] };
        assert_eq!(
            (always.to_string().as_str(), rows.to_string().as_str()),
            ("", "if every item has a Key and the Action U or AU")
        );
    }
}
