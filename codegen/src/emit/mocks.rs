//! Typed httpmock helpers, for tests of code that uses the client.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::{Call, ResponseBody, place};
use super::tokens::{docs, ident, import, inner_docs, number};
use crate::model::{Api, ApiOperation, Location, Shape};
use crate::{names, rustdoc};

pub(super) fn emit(api: &Api, calls: &[Call<'_>]) -> Result<TokenStream, String> {
    let methods = calls.iter().map(|call| method(api, call));
    let types = calls.iter().map(types).collect::<Result<Vec<_>, String>>()?;
    let text = format!(
        "Typed mocks of every operation, for tests of code that uses the client.\n\n\
         [`on`] is the entry: `{}::mocks::on(&server)` has a method per operation, which takes a closure over a `…When` and a \
         `…Then`. A `…When` matches the operation's requests, whatever the base path of the client, and only those with the \
         parameters that are set on it. A `…Then` adds responses: several in a row are sent one after the other, and the last \
         one repeats. `and` gives access to httpmock's own `When` and `Then`.\n\n\
         The handle that a method returns has [`assert`](Mock::assert), whose message names the parameter that did not match, \
         with the expected and the received value; and it has the methods of [`httpmock::Mock`].",
        api.name.replace('-', "_")
    );
    let module = inner_docs(&format!("{text}{}", calls.iter().find_map(example).unwrap_or_default()));
    let on = docs(&format!("The mocks of the {} on a server.", rustdoc::escape(&api.spec.info.title)));
    let body = quote! {
        #on
        pub fn on(server: &MockServer) -> Mocks<'_> {
            Mocks { server }
        }

        /// One method per operation; made by [`on`].
        #[derive(Clone, Copy)]
        pub struct Mocks<'a> {
            server: &'a MockServer,
        }

        impl<'a> Mocks<'a> {
            #(#methods)*
        }

        impl std::fmt::Debug for Mocks<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Mocks").finish_non_exhaustive()
            }
        }

        #(#types)*
    };
    let modules = import(quote!(super), &["operations", "types"], &body);
    Ok(quote! {
        #module

        use std::fmt::Display;

        pub use httpmock;
        use httpmock::MockServer;
        pub use rosterkit_core::mocks::Mock;
        use rosterkit_core::mocks::{Then, When};

        #modules

        #body
    })
}

/// The version of httpmock that the helpers are made for.
const HTTPMOCK: &str = "0.9";

/// A whole test, with the first operation that takes one parameter of its path and responds with JSON.
fn example(call: &Call<'_>) -> Option<String> {
    let (operation, krate) = (call.operation, call.api.name.replace('-', "_"));
    let mut parameters = call.settable().filter(|parameter| parameter.required);
    let (parameter, None) = (parameters.next()?, parameters.next()) else { return None };
    let is_plain = parameter.location == Location::Path && call.api.shape(&parameter.schema) == Shape::String;
    let is_simple =
        is_plain && operation.body.is_none() && operation.representations.is_none() && !operation.deprecated;
    let response = call.api.resolve(operation.response.json()?);
    if !is_simple || !response.is_struct() {
        return None;
    }
    let (method, field) = (&call.method, &parameter.field);
    let import = format!("use {krate}::mocks::{{httpmock::MockServer, on}};");
    Some(format!(
        r#"

# Example

Tests depend on `httpmock = "{HTTPMOCK}"`, or use it as `{krate}::mocks::httpmock`.

```no_run
{import}

# async fn test(client_for: impl Fn(String) -> {krate}::Client) -> Result<(), {krate}::Error> {{
let server = MockServer::start_async().await;
let mock = on(&server).{method}(|when, then| {{
    when.{field}("7");
    then.status(429).header("retry-after", "0").ok(&Default::default());
}});
// A client with `.base_url(server.base_url())`, which repeats the call after the 429.
let client = client_for(server.base_url());
client.api().{method}().{field}("7").send().await?;
mock.assert_calls_async(2).await;
# Ok(())
# }}
```"#
    ))
}

fn method(api: &Api, call: &Call<'_>) -> TokenStream {
    let Call { operation, method, constant, .. } = call;
    let docs =
        docs(&format!("Mocks `{} {}`: {}.", operation.method, operation.path, rustdoc::escape(&operation.summary)));
    let (when, then, siblings) = (name_of(call, "When"), name_of(call, "Then"), literal_siblings(api, operation));
    quote! {
        #docs
        pub fn #method(&self, define: impl FnOnce(#when, #then)) -> Mock<'a> {
            Mock::new(self.server, &#constant, &[#(#siblings),*], |when, then| define(#when(when), #then(then)))
        }
    }
}

fn name_of(call: &Call<'_>, role: &str) -> proc_macro2::Ident {
    ident(&format!("{}{role}", call.operation.pascal))
}

/// Paths of sibling operations of the same method that have literal segments where this one has a parameter.
fn literal_siblings<'a>(api: &'a Api, operation: &ApiOperation) -> Vec<&'a String> {
    let own: Vec<&str> = operation.path.split('/').collect();
    let overlaps = |other: &&ApiOperation| {
        let theirs: Vec<&str> = other.path.split('/').collect();
        other.method == operation.method
            && other.id != operation.id
            && theirs.len() == own.len()
            && own.iter().zip(&theirs).all(|(a, b)| a == b || a.starts_with('{'))
    };
    let mut siblings: Vec<&String> = api.operations.iter().filter(overlaps).map(|other| &other.path).collect();
    siblings.sort();
    siblings
}

fn types(call: &Call<'_>) -> Result<TokenStream, String> {
    let (when, then) = (name_of(call, "When"), name_of(call, "Then"));
    let (conditions, responses) = (conditions(call)?, responses(call));
    let link = format!("[`Client::{0}`](super::Client::{0})", call.operation.snake);
    let (when_docs, then_docs) =
        (docs(&format!("Matches requests of {link}.")), docs(&format!("Responds to requests of {link}.")));
    Ok(quote! {
        #when_docs
        pub struct #when(When);

        impl #when {
            /// Adds conditions of httpmock's own.
            pub fn and(self, narrow: impl FnOnce(httpmock::When) -> httpmock::When) -> Self {
                Self(self.0.and(narrow))
            }

            #(#conditions)*
        }

        #then_docs
        pub struct #then(Then);

        impl #then {
            /// Sets what httpmock offers, such as a delay; or the whole response, where none is added here.
            pub fn and(self, change: impl FnOnce(httpmock::Then) -> httpmock::Then) -> Self {
                Self(self.0.and(change))
            }

            /// Adds a response with this status and no body.
            pub fn status(self, status: u16) -> Self {
                Self(self.0.status(status))
            }

            /// Adds a header to the response that was added last.
            pub fn header(self, name: &str, value: &str) -> Self {
                Self(self.0.header(name, value))
            }

            #(#responses)*
        }
    })
}

fn conditions(call: &Call<'_>) -> Result<Vec<TokenStream>, String> {
    let mut conditions = Vec::new();
    for parameter in call.settable() {
        let (name, field, of) = (&parameter.name, ident(&parameter.field), place(parameter.location));
        conditions.push(match (parameter.location, call.api.shape(&parameter.schema)) {
            (Location::Multipart, Shape::File) => {
                let docs = docs(&format!("Matches when the file part `{name}` has this file name and these contents."));
                quote! {
                    #docs
                    pub fn #field(self, file_name: &str, contents: impl Into<Vec<u8>>) -> Self {
                        Self(self.0.part_file(#name, file_name, contents))
                    }
                }
            }
            (location, Shape::Array) if location != Location::Path => {
                let docs = docs(&format!("Matches when `{name}` has exactly these values, in this order."));
                quote! {
                    #docs
                    pub fn #field(self, values: impl IntoIterator<Item = impl Display>) -> Self {
                        Self(self.0.#of(#name, values))
                    }
                }
            }
            (location, _) => {
                let docs = docs(&format!("Matches when `{name}` has this value."));
                let value = if location == Location::Path { quote!(value) } else { quote!([value]) };
                quote! {
                    #docs
                    pub fn #field(self, value: impl Display) -> Self {
                        Self(self.0.#of(#name, #value))
                    }
                }
            }
        });
    }
    match &call.operation.body {
        Some(body) if body.is_json() => {
            let ty = &call.field("body")?.ty;
            conditions.push(quote! {
                /// Matches when the body is this, compared as JSON.
                pub fn body(self, body: &#ty) -> Self {
                    Self(self.0.json(body))
                }
            });
        }
        Some(_) => conditions.push(quote! {
            /// Matches when the body is this, byte by byte.
            pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
                Self(self.0.raw(body))
            }
        }),
        None => {}
    }
    if let Some(selector) = call.selector() {
        let values: Vec<String> =
            call.senders().iter().filter_map(|sender| sender.value).map(|value| format!("`{value}`")).collect();
        let docs = docs(&format!("Matches when this representation is asked for: {}.", values.join(", ")));
        let (name, of) = (&selector.name, place(selector.location));
        conditions.push(quote! {
            #docs
            pub fn representation(self, value: &str) -> Self {
                Self(self.0.#of(#name, [value]))
            }
        });
    }
    Ok(conditions)
}

fn responses(call: &Call<'_>) -> Vec<TokenStream> {
    let response = &call.operation.response;
    let (code, status) = (response.status, number(response.status.into()));
    let mut methods = Vec::new();
    if response.json().is_some() {
        let (ty, docs) = (&call.signature.response, docs(&format!("Adds a response {code} with this as JSON.")));
        methods.push(quote! {
            #docs
            pub fn ok(self, body: &#ty) -> Self {
                Self(self.0.json(#status, body))
            }
        });
    }
    if response.content.is_empty() {
        let docs = docs(&format!("Adds a response {code} without a body."));
        methods.push(quote! {
            #docs
            pub fn ok(self) -> Self {
                Self(self.0.status(#status))
            }
        });
    }
    // Of several media types without a parameter that chooses, the first one is the default.
    for sender in call.senders() {
        let (ResponseBody::Raw, Some(media_type)) = (&sender.body, sender.media_types.first()) else { continue };
        let name = ident(&sender.value.map_or_else(|| "ok".to_owned(), |value| format!("ok_{}", names::snake(value))));
        let media_type = if *media_type == "*/*" { OCTETS } else { media_type };
        let docs = docs(&format!("Adds a response {code} with these bytes as `{media_type}`."));
        methods.push(quote! {
            #docs
            pub fn #name(self, body: impl AsRef<[u8]>) -> Self {
                Self(self.0.raw(#status, #media_type, body))
            }
        });
    }
    methods.extend(files(call, &status));
    match &call.operation.error {
        Some(error) => {
            let ty = ident(&names::pascal(error));
            methods.push(quote! {
                /// Adds a response with an error status and the documented error body.
                pub fn error(self, status: u16, error: &types::#ty) -> Self {
                    Self(self.0.json(status, error))
                }
            });
        }
        None => methods.push(quote! {
            /// Adds a response with an error status and these bytes as plain text.
            pub fn error(self, status: u16, body: impl AsRef<[u8]>) -> Self {
                Self(self.0.raw(status, "text/plain", body))
            }
        }),
    }
    methods
}

const OCTETS: &str = "application/octet-stream";

/// Responses of operations that give files, or bytes of any media type.
fn files(call: &Call<'_>, status: &TokenStream) -> Vec<TokenStream> {
    let response = &call.operation.response;
    let raw = response.raw();
    let media_type = raw.iter().find(|media_type| !is_text(media_type));
    let Some(media_type) = media_type.filter(|_| call.operation.representations.is_none()) else { return Vec::new() };
    let any = raw.contains(&"*/*");
    let media_type = if any { OCTETS } else { media_type };
    let docs =
        docs(&format!("Adds a response {} with these bytes as `{media_type}`, a file of this name.", response.status));
    let file = quote! {
        #docs
        pub fn ok_file(self, file_name: &str, body: impl AsRef<[u8]>) -> Self {
            Self(self.0.file(#status, #media_type, file_name, body))
        }
    };
    let as_any = quote! {
        /// Adds a response with these bytes as a media type of your choice.
        pub fn ok_as(self, media_type: &str, body: impl AsRef<[u8]>) -> Self {
            Self(self.0.raw(#status, media_type, body))
        }
    };
    if any { vec![file, as_any] } else { vec![file] }
}

/// Documents that are not saved under a suggested name.
fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type == "application/xml"
        || media_type.ends_with("+xml")
        || crate::model::is_json(media_type)
}
