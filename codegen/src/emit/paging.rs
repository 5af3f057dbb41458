//! Streams of listings: `pager` and `items` on the builder of each operation that pages.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::call::Call;
use super::tokens::{count, docs, ident, number};
use crate::model::Shape;
use crate::names;
use crate::spec::{Paging, Schema};

/// Names that the generated methods take.
const METHODS: [&str; 2] = ["pager", "items"];

/// The types that the generated methods need.
pub(super) const TYPES: [&str; 5] = ["CursorPage", "Items", "LinkedPage", "NumberedPage", "Pager"];

pub(super) fn emit(call: &Call<'_>) -> Result<TokenStream, String> {
    let Some(paging) = &call.operation.paging else { return Ok(quote!()) };
    let id = &call.operation.id;
    if let Some(taken) = METHODS.iter().find(|name| call.signature.fields.contains_key(**name)) {
        return Err(format!("operation `{id}` has a parameter `{taken}`, which is the name of a paging method"));
    }
    let response =
        call.operation.response.json().ok_or_else(|| format!("operation `{id}` pages without a JSON response"))?;
    let listing = Listing { call, paging, response };
    let (item, pager) = (listing.item_type()?, listing.pager()?);
    let pager_docs = docs(
        "Lists page by page: a stream of pages or of items that can fetch ahead, be limited, and resume where it stopped.\n\
         A page size that is set on this builder holds for all pages; where to start is set on the pager.",
    );
    Ok(quote! {
        #pager_docs
        pub fn pager(self) -> Pager<'static, #item> {
            #pager
        }

        /// The items of all pages, as a stream: [`pager`](Self::pager) with its defaults.
        pub fn items(self) -> Items<'static, #item> {
            self.pager().items()
        }
    })
}

/// An operation that pages.
struct Listing<'a> {
    call: &'a Call<'a>,
    paging: &'a Paging,
    response: &'a Schema,
}

impl Listing<'_> {
    fn pager(&self) -> Result<TokenStream, String> {
        let Self { call, paging, .. } = self;
        let (position, parameter) = match paging.style.as_str() {
            "cursor" => ("cursor", &paging.cursor_parameter),
            "after" => ("after", &paging.after_parameter),
            _ => ("page", &paging.page_parameter),
        };
        let parameter = parameter.as_deref().unwrap_or_default();
        let in_body = paging.location.as_deref() == Some("body");
        let set = if in_body && position != "page" {
            return Err(self.error("has a cursor in its body; only page numbers are supported there"));
        } else if in_body {
            self.set_in_body(parameter)?
        } else {
            let field = names::snake(parameter);
            if !call.signature.fields.contains_key(&field) {
                return Err(self.error(&format!("pages by `{parameter}`, which is not one of its parameters")));
            }
            let (field, position) = (ident(&field), ident(position));
            match paging.style.as_str() {
                "cursor" | "after" => quote! {
                    let builder = match #position {
                        Some(#position) => this.clone().#field(#position),
                        None => this.clone(),
                    };
                },
                _ => quote!(let builder = self.clone().#field(page);),
            }
        };
        let constructor = match position {
            "cursor" => quote!(by_cursor),
            "after" => quote!(by_after),
            _ => quote!(by_number),
        };
        let first = match position {
            "cursor" => None,
            "after" => Some(quote!(#parameter,)),
            _ => {
                let first = count(paging.first_page.unwrap_or(1).into());
                Some(quote!(#first,))
            }
        };
        let cut = paging.max_items.zip(paging.instead.as_ref()).map(|(items, instead)| {
            let items = count(items);
            quote!(.cut_at(#items, #instead))
        });
        let (send, read) = (self.send()?, self.read()?);
        // A cursor belongs to the client that it was given to.
        let keep = (position != "page").then(|| {
            quote! {
                let client = crate::generated::Client::new(self.client.transport().keep_client());
                let this = Self { client, ..self };
            }
        });
        let position = ident(position);
        Ok(quote! {
            #keep
            Pager::#constructor(
                #first
                move |#position| {
                    #set
                    async move { #send }
                },
                |response| { #read },
            )
            #cut
        })
    }

    /// Sends, and refuses a response that is not a page: one without the object that holds the items, or with neither
    /// items nor anything else that the spec says of pages. Taken for an empty page, it would end the listing as if all
    /// was read.
    fn send(&self) -> Result<TokenStream, String> {
        let Self { call, paging, .. } = self;
        let (lacks, problem) = match paging.items.split_once('.') {
            Some((holder, _)) => {
                let field = ident(&names::snake(holder));
                (quote!(response.#field.is_none()), format!("the response has no `{holder}`, which holds the page"))
            }
            None => {
                let signs: Vec<&String> =
                    [&paging.next, &paging.page_count, &paging.total].into_iter().flatten().collect();
                // A listing that has neither links nor a number of pages may leave out an empty list: analytics does.
                let has_signs = paging.style != "cursor" && (paging.next.is_some() || paging.page_count.is_some());
                if paging.items.is_empty() || !has_signs {
                    return Ok(quote!(Ok(builder.send().await?.into_inner())));
                }
                let items = ident(&names::snake(&paging.items));
                let mut lacks = quote!(response.#items.is_none());
                for path in &signs {
                    let sign = self.scalar(path, false)?;
                    lacks.extend(quote!(&& #sign.is_none()));
                }
                let names: Vec<String> = signs.iter().map(|name| format!("`{name}`")).collect();
                (
                    lacks,
                    format!(
                        "the response is not a page of the listing: it has neither `{}` nor {}",
                        paging.items,
                        names.join(" nor ")
                    ),
                )
            }
        };
        let constant = &call.constant;
        Ok(quote! {
            let response = builder.send().await?.into_inner();
            if #lacks {
                return Err(Error::decode(&#constant, #problem));
            }
            Ok(response)
        })
    }

    /// Sets the page number in a body, below optional objects where the path has dots.
    fn set_in_body(&self, path: &str) -> Result<TokenStream, String> {
        let api = self.call.api;
        let body =
            self.call.operation.body.as_ref().ok_or_else(|| self.error("pages in a body that it does not have"))?;
        let names: Vec<&str> = path.split('.').collect();
        let mut schema = api.resolve(&body.schema);
        let (mut place, mut fills) = (quote!(body), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let property =
                schema.properties.get(*name).ok_or_else(|| self.error(&format!("has no `{path}` in its body")))?;
            let field = ident(&names::snake(name));
            if index + 1 == names.len() {
                place = quote!(#place.#field = i64::try_from(page).ok());
            } else {
                place = quote!(#place.#field.get_or_insert_default());
                schema = api.resolve(property);
                // What the inserted object must have besides the page, such as its size.
                let default = |property: &Schema| property.default.as_ref().and_then(Value::as_i64);
                let demanded = schema.properties.iter().filter(|(name, _)| schema.demands(name, false));
                fills.extend(demanded.filter_map(|(name, property)| Some((name, default(property)?))).map(
                    |(name, value)| {
                        let (field, value) = (ident(&names::snake(name)), number(value));
                        quote!(#place.#field.get_or_insert(#value);)
                    },
                ));
            }
        }
        let insert = (!body.required).then(|| quote!(let body = body.get_or_insert_default();));
        Ok(quote! {
            let mut builder = self.clone();
            if let Ok(body) = &mut builder.body {
                #insert
                #place;
                #(#fills)*
            }
        })
    }

    /// The page that a response holds. Scalars are read before the items are moved out.
    fn read(&self) -> Result<TokenStream, String> {
        let paging = self.paging;
        let kind = match paging.style.as_str() {
            "cursor" => "CursorPage",
            "after" => "LinkedPage",
            _ => "NumberedPage",
        };
        let (mut scalars, mut names, mut methods) = (Vec::new(), Vec::new(), Vec::new());
        for (method, path) in [
            ("cursor", &paging.cursor),
            ("next", &paging.next),
            ("page_count", &paging.page_count),
            ("total", &paging.total),
        ] {
            let Some(path) = path else { continue };
            if method == "page_count" && kind != "NumberedPage" {
                continue;
            }
            scalars.push(self.scalar(path, true)?);
            names.push(ident(method));
            methods.push(ident(match method {
                "total" if paging.total_is_approximate => "approximate_total",
                method => method,
            }));
        }
        let mut fields = paging.items.split('.').filter(|name| !name.is_empty()).map(|name| ident(&names::snake(name)));
        let items = match fields.next() {
            None => quote!(response),
            Some(first) => quote!(response.#first #(.and_then(|value| value.#fields))*.unwrap_or_default()),
        };
        let kind = ident(kind);
        Ok(quote! {
            #(let #names = #scalars;)*
            let items = #items;
            #kind::new(items)#(.#methods(#names))*
        })
    }

    /// An optional property at a dotted path; cloned, unless it is only looked at or a number.
    fn scalar(&self, path: &str, owned: bool) -> Result<TokenStream, String> {
        let api = self.call.api;
        let copies = matches!(api.shape(self.property(path)?), Shape::Integer | Shape::Number | Shape::Boolean);
        let fields: Vec<_> = path.split('.').map(|name| ident(&names::snake(name))).collect();
        let clone = (owned && !copies).then(|| quote!(.clone()));
        match fields.as_slice() {
            [only] => Ok(quote!(response.#only #clone)),
            [first, second] => {
                let clone = (!copies).then(|| quote!(.clone()));
                Ok(quote!(response.#first.as_ref().and_then(|value| value.#second #clone)))
            }
            _ => Err(self.error(&format!("pages by `{path}`, which has more than two parts"))),
        }
    }

    fn item_type(&self) -> Result<TokenStream, String> {
        let api = self.call.api;
        let items = api.resolve(self.property(&self.paging.items)?);
        let item = items.items.as_deref();
        let item =
            item.ok_or_else(|| self.error(&format!("pages over `{}`, which is not an array", self.paging.items)))?;
        match (item.target(), api.shape(item)) {
            (Some(name), _) => {
                let name = ident(&names::pascal(name));
                Ok(quote!(types::#name))
            }
            (None, Shape::String) => Ok(quote!(String)),
            (None, Shape::Object) => Ok(quote!(serde_json::Value)),
            (None, other) => Err(self.error(&format!("pages over items of shape {other:?}, which is not supported"))),
        }
    }

    fn property(&self, path: &str) -> Result<&Schema, String> {
        let api = self.call.api;
        let mut schema = api.resolve(self.response);
        let mut found = schema;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            let missing = || self.error(&format!("has no `{path}` in its response"));
            found = schema.properties.get(name).ok_or_else(missing)?;
            schema = api.resolve(found);
        }
        Ok(found)
    }

    fn error(&self, what: &str) -> String {
        format!("operation `{}` {what}", self.call.operation.id)
    }
}
