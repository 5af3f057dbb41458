//! What the rows of both files have in common.

use std::borrow::Cow;

use rosterkit_core::{BoxFuture, Operation};

use crate::{Body, CallOptions, Client, Error, Response};

/// A row of one of the bulk files: [`TrainingHistoryRow`](super::TrainingHistoryRow) or
/// [`ExternalTrainingRow`](super::ExternalTrainingRow).
pub trait BulkRow: Row + Clone + Default + PartialEq + Send + Sync + Unpin + 'static {
    /// The columns, as their names stand in the header line, in the order of the document.
    const COLUMNS: &'static [&'static str];
}

/// What only this module asks of a row.
pub trait Row {
    /// Groups of columns that identify a row: the first group without a blank cell does.
    const KEYS: &'static [&'static [&'static str]];
    /// Columns without which a file makes no sense.
    const NEEDED: &'static [&'static str];
    const OPERATION: &'static Operation;

    /// The texts of all cells, in the order of the columns. A cell without a value is blank.
    fn cells(&self) -> Vec<Cow<'_, str>>;

    /// Reads the cell of a column, or says the rule that it breaks.
    fn set(&mut self, column: usize, text: &str) -> Result<(), String>;

    /// The rules that the row breaks, each with its column.
    fn problems(&self) -> Vec<(&'static str, String)>;

    /// Sends a file.
    fn upload(client: &Client, body: Body, options: CallOptions) -> BoxFuture<'_, Result<Response<Body>, Error>>;
}

/// Declares a row: its columns in order, each with its field, its setter, its type and the rules for its text.
macro_rules! bulk_row {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $( $(#[$field_attribute:meta])* $column:literal $field:ident $setter:ident: $type:ty $(, $rule:expr)*; )*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_attribute])* pub $field: Option<$type>, )*
        }

        impl $name {
            /// A row whose cells are all blank.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("Sets `", $column, "`: see [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                pub fn $setter(mut self, value: impl Into<$type>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            )*

            fn cells_of_columns(&self) -> Vec<Cow<'_, str>> {
                vec![$( self.$field.as_ref().map(Cell::write).unwrap_or_default() ),*]
            }

            fn set_column(&mut self, column: usize, text: &str) -> Result<(), String> {
                let name = Self::COLUMNS.get(column).copied().unwrap_or_default();
                match name {
                    $( $column => self.$field = Cell::read_optional(text)?, )*
                    _ => {}
                }
                Ok(())
            }

            /// The rules that cells break by themselves.
            fn problems_of_cells(&self) -> Vec<(&'static str, String)> {
                let mut problems = Vec::new();
                $(
                    if let Some(value) = &self.$field {
                        problems.extend(value.problem().map(|problem| ($column, problem)));
                        $(
                            let rule: fn(&str) -> Option<String> = $rule;
                            let text = value.write();
                            if !text.is_empty() {
                                problems.extend(rule(&text).map(|problem| ($column, problem)));
                            }
                        )*
                    }
                )*
                problems
            }
        }

        impl BulkRow for $name {
            const COLUMNS: &'static [&'static str] = &[$($column),*];
        }

        /// Shows which columns have a value, and no values.
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut set = formatter.debug_set();
                $( if self.$field.is_some() { set.entry(&$column); } )*
                set.finish()
            }
        }
    };
}

pub(super) use bulk_row;

/// At most so many characters.
pub(super) fn at_most<const MAX: usize>(text: &str) -> Option<String> {
    (text.chars().count() > MAX).then(|| format!("must have at most {MAX} characters"))
}

/// Whether a cell is blank.
pub(super) fn is_blank(value: Option<&String>) -> bool {
    value.is_none_or(|text| text.trim().is_empty())
}
