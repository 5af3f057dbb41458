//! The rows that bulk operations take as CSV: row types, code types and their checks, and the catalog's entries.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::tokens::{inner_docs, option};
use crate::csv::{Code, Column, Csv, TYPES, lower_first};
use crate::model::{Api, ApiOperation};
use crate::spec::Conditions;
use crate::{names, rustdoc};

/// The file of rows; `None` for an API without any.
pub(super) fn emit(api: &Api) -> Option<TokenStream> {
    let rows: Vec<(&ApiOperation, &Csv)> =
        api.operations.iter().filter_map(|operation| Some((operation, operation.csv.as_ref()?))).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = || rows.iter().flat_map(|(_, csv)| &csv.columns);
    let codes = columns().filter(|column| !column.codes.is_empty()).map(code_type);
    let rows = rows.iter().map(|(operation, csv)| row(operation, csv));
    let docs = inner_docs("The rows of the CSV that bulk operations take, with their codes.");
    Some(quote! {
        #docs

        use std::borrow::Cow;

        use rosterkit_core::{BoxFuture, Operation, open_enum};

        use super::operations;
        use crate::bulk::cell::{self, Cell};
        use crate::bulk::row::{BulkRow, Check, Row};
        use crate::bulk::{dates, values};
        use crate::{Body, CallOptions, Client, Error, Response};

        #(#rows)*
        #(#codes)*
    })
}

fn row(operation: &ApiOperation, csv: &Csv) -> TokenStream {
    let name = format_ident!("{}", csv.row);
    let (constant, method) = (format_ident!("{}", operation.constant), format_ident!("{}", operation.snake));
    let columns: Vec<&str> = csv.columns.iter().map(|column| column.name.as_str()).collect();
    let fields: Vec<_> = csv.columns.iter().map(field).collect();
    let types: Vec<TokenStream> = csv.columns.iter().map(cell_type).collect();
    let docs = csv.columns.iter().map(|column| format!(" {}", rustdoc::escape(&column.describe())));
    let setters = csv.columns.iter().zip(&fields).zip(&types).map(|((column, field), ty)| {
        let setter = format_ident!("with_{}", names::snake(&column.property).trim_end_matches('_'));
        let doc = format!(" Sets `{}`: see [`{field}`](Self::{field}).", column.name);
        quote! {
            #[doc = #doc]
            pub fn #setter(mut self, value: impl Into<#ty>) -> Self {
                self.#field = Some(value.into());
                self
            }
        }
    });
    let indexes = 0..columns.len();
    let checks = csv.columns.iter().zip(&fields).map(|(column, field)| {
        let (name, limit) = (&column.name, limit(column));
        quote!(check.cell(#name, self.#field.as_ref(), #limit);)
    });
    let text = |name: &String| {
        let field = csv.columns.iter().find(|column| column.name == *name).map(field);
        quote!(#name, cell::write(self.#field.as_ref()))
    };
    let required = csv.required.iter().map(|required| {
        let columns = required.columns.iter().map(text);
        let when = required.when.iter().next().map(|(column, codes)| (text(column), codes));
        let when = option(when.map(|(text, codes)| quote!((#text, &[#(#codes),*]))));
        let unless = option(required.unless.as_ref().map(|column| {
            let text = text(column);
            quote!((#text))
        }));
        quote!(check.required(&[#((#columns)),*], #when, #unless);)
    });
    let is_idempotent = operation.idempotent.as_ref().map(|idempotent| {
        let Conditions { given, when } = idempotent.conditions();
        let given = given.iter().map(|name| {
            let field = csv.columns.iter().find(|column| column.name == *name).map(field);
            quote!(!cell::write(self.#field.as_ref()).trim().is_empty())
        });
        let when = when.iter().map(|(name, codes)| {
            let field = csv.columns.iter().find(|column| column.name == *name).map(field);
            quote!([#(#codes),*].contains(&&*cell::write(self.#field.as_ref())))
        });
        let conditions: Vec<_> = given.chain(when).collect();
        let conditions = if conditions.is_empty() { quote!(true) } else { quote!(#(#conditions)&&*) };
        quote! {
            fn is_idempotent(&self) -> bool {
                #conditions
            }
        }
    });
    let needed = csv.needed();
    let keys = csv.keys.iter().map(|key| quote!(&[#(#key),*]));
    let doc = format!("A row of `{}`: {}.", operation.id, rustdoc::escape(&lower_first(&operation.summary)));
    let rules = csv.required.iter().map(|required| format!("- {}", required.describe()));
    let about = [doc, String::new(), "# Required columns".to_owned()].into_iter().chain(rules);
    let about = about.map(|line| format!(" {line}"));
    let (blank, problems) =
        (" A row whose cells are all blank.", " The rules that the row breaks, each with its column. Values stay out.");
    let debug = " Shows which columns have a value, and no values.";
    quote! {
        #(#[doc = #about])*
        #[derive(Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct #name {
            #(#[doc = #docs] pub #fields: Option<#types>,)*
        }

        impl #name {
            #[doc = #blank]
            pub fn new() -> Self {
                Self::default()
            }

            #(#setters)*

            #[doc = #problems]
            pub fn check(&self) -> Vec<(&'static str, String)> {
                let mut check = Check::default();
                #(#checks)*
                #(#required)*
                check.finish()
            }
        }

        impl BulkRow for #name {
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];

            fn cells(&self) -> Vec<Cow<'_, str>> {
                vec![#(cell::write(self.#fields.as_ref())),*]
            }

            fn set(&mut self, column: usize, text: &str) -> Result<(), String> {
                match column {
                    #(#indexes => self.#fields = Cell::read_optional(text)?,)*
                    _ => {}
                }
                Ok(())
            }

            fn problems(&self) -> Vec<(&'static str, String)> {
                self.check()
            }
        }

        impl Row for #name {
            const KEYS: &'static [&'static [&'static str]] = &[#(#keys),*];
            const NEEDED: &'static [&'static str] = &[#(#needed),*];
            const OPERATION: &'static Operation = &operations::#constant;

            #is_idempotent

            fn upload(client: &Client, body: Body, options: CallOptions) -> BoxFuture<'_, Result<Response<Body>, Error>> {
                Box::pin(client.api().#method().body(body).options(options).send())
            }
        }

        #[doc = #debug]
        impl std::fmt::Debug for #name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let cells = self.cells();
                let given = Self::COLUMNS.iter().zip(&cells).filter(|(_, text)| !text.is_empty());
                formatter.debug_set().entries(given.map(|(column, _)| column)).finish()
            }
        }
    }
}

/// The function that checks a cell's text, if it has a limit.
fn limit(column: &Column) -> TokenStream {
    let function = match (column.kind.as_str(), column.max_length) {
        ("currency", _) => Some(quote!(cell::currency)),
        ("language", _) => Some(quote!(cell::language)),
        ("code", Some(most)) => {
            let ty = cell_type(column);
            Some(quote!(|text| cell::known_or_at_most(text, #ty::VALUES, #most)))
        }
        (_, Some(most)) => Some(quote!(|text| cell::at_most(text, #most))),
        (_, None) => None,
    };
    option(function)
}

fn field(column: &Column) -> proc_macro2::Ident {
    format_ident!("{}", names::snake(&column.property))
}

fn cell_type(column: &Column) -> TokenStream {
    let known = || TYPES.iter().find(|(name, ..)| *name == column.kind).map_or("String", |(_, ty, _)| ty);
    let name = column.code_type.as_deref().unwrap_or_else(known);
    let parts = name.split("::").map(|part| format_ident!("{part}"));
    quote!(#(#parts)::*)
}

fn code_type(column: &Column) -> TokenStream {
    let (name, codes) = (cell_type(column), &column.codes);
    let variants: Vec<_> = codes.iter().map(|code| format_ident!("{}", code.name)).collect();
    let texts: Vec<&str> = codes.iter().map(|code| code.code.as_str()).collect();
    let docs = codes.iter().map(|code| format!(" {}", rustdoc::escape(&code.description)));
    let about = format!(" The codes of the column `{}`. {}", column.name, rustdoc::escape(&column.description));
    let about = about.split_whitespace().fold(String::new(), |text, word| text + " " + word);
    let write = quote! {
        fn write(&self) -> Cow<'_, str> {
            self.as_str().into()
        }
    };
    if column.open {
        return quote! {
            open_enum! {
                #[doc = #about]
                pub enum #name {
                    #(#[doc = #docs] #variants = #texts,)*
                }
            }

            impl Cell for #name {
                fn read(text: &str) -> Result<Self, String> {
                    let known = Self::VALUES.iter().find(|value| value.eq_ignore_ascii_case(text));
                    Ok(known.map_or_else(|| text.into(), |value| (*value).into()))
                }

                #write
            }
        };
    }
    let alias = |code: &Code| code.alias.clone().map(|alias| (alias, format_ident!("{}", code.name)));
    let (aliases, aliased): (Vec<_>, Vec<_>) = codes.iter().filter_map(alias).unzip();
    let (values, text) = (" The codes, as they are written in the file.", " The code, as it is written in the file.");
    quote! {
        #[doc = #about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum #name {
            #(#[doc = #docs] #variants,)*
        }

        impl #name {
            #[doc = #values]
            pub const VALUES: &'static [&'static str] = &[#(#texts),*];

            #[doc = #text]
            pub fn as_str(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl Cell for #name {
            fn read(text: &str) -> Result<Self, String> {
                cell::code(text, &[#((#texts, Self::#variants),)* #((#aliases, Self::#aliased)),*], Self::VALUES)
            }

            #write
        }
    }
}

/// The catalog's entry.
pub(super) fn entry(csv: &Csv) -> TokenStream {
    let columns = csv.columns.iter().map(|column| {
        let (name, kind, open) = (&column.name, &column.kind, column.open);
        let description = column.description.split_whitespace().collect::<Vec<_>>().join(" ");
        let most = option(column.max_length.map(|most| quote!(#most)));
        let default = option(column.default.as_ref().map(|default| quote!(#default)));
        let codes = column.codes.iter().map(|code| {
            let (code, meaning) = (&code.code, &code.description);
            quote!((#code, #meaning))
        });
        quote! {
            CsvColumn {
                name: #name, kind: #kind, description: #description, max_length: #most, default: #default,
                codes: &[#(#codes),*], open: #open,
            }
        }
    });
    let keys = csv.keys.iter().map(|key| quote!(&[#(#key),*]));
    let required = csv.required.iter().map(|required| {
        let columns = &required.columns;
        let when = option(required.when.iter().next().map(|(column, codes)| quote!((#column, &[#(#codes),*]))));
        let unless = option(required.unless.as_ref().map(|column| quote!(#column)));
        quote!(CsvRequired { columns: &[#(#columns),*], when: #when, unless: #unless })
    });
    quote!(CsvEntry { columns: &[#(#columns),*], keys: &[#(#keys),*], required: &[#(#required),*] })
}
