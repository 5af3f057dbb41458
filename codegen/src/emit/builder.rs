//! The operation builders: progenitor's setters, sending through the core.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::{Call, ResponseBody, Sender, place};
use super::tokens::{count, docs, ident, import, inner_docs, number, option};
use super::{paging, xml};
use crate::adapt::{Field, generic};
use crate::model::{Api, ApiParameter, Location, Shape};
use crate::names;
use crate::spec::{Idempotent, Precision, Schema};

pub(super) fn emit(calls: &[Call<'_>]) -> Result<TokenStream, String> {
    let builders = calls.iter().map(builder).collect::<Result<Vec<_>, String>>()?;
    let body = quote!(#(#builders)*);
    let docs = inner_docs("One builder per operation: a setter per parameter, then `send`.");
    let core = import(quote!(rosterkit_core), &["Body", "CallOptions", "Error", "Request", "Response"], &body);
    let paging = import(quote!(rosterkit_core::paging), &paging::TYPES, &body);
    let modules = import(quote!(super), &["operations", "types"], &body);
    let tests = tests(calls);
    Ok(quote! {
        #docs
        #![allow(clippy::module_name_repetitions)]

        #core
        #paging

        #modules

        #body
        #tests
    })
}

/// A test that compiles only if builders, their futures and their streams are `Send` and own what they need.
fn tests(calls: &[Call<'_>]) -> TokenStream {
    let checks = calls.iter().map(|call| {
        let method = &call.method;
        let sends = call.senders().into_iter().map(|sender| sender.method);
        let items = call.operation.paging.as_ref().map(|_| quote!(owned(client.#method().items());));
        quote! {
            owned(client.#method());
            #(owned(client.#method().#sends());)*
            #items
        }
    });
    quote! {
        #[cfg(test)]
        #[allow(deprecated)]
        mod tests {
            fn owned<T: Send + 'static>(_: T) {}

            #[test]
            fn builders_futures_and_streams_are_send_and_static() {
                let _: fn(crate::generated::Client) = |client| { #(#checks)* };
            }
        }
    }
}

fn builder(call: &Call<'_>) -> Result<TokenStream, String> {
    let Call { api, operation, builder, signature, .. } = call;
    let is_stream = signature.fields.values().any(is_stream);
    let names: Vec<_> = signature.fields.keys().map(|name| ident(name)).collect();
    let (mut stored, mut initial) = (Vec::new(), Vec::new());
    for Field { optional, ty } in signature.fields.values() {
        stored.push(if *optional { quote!(Result<Option<#ty>, String>) } else { quote!(Result<#ty, String>) });
        initial.push(if *optional { quote!(Ok(None)) } else { quote!(Err(rosterkit_core::REQUIRED.to_owned())) });
    }

    let mut setters = Vec::new();
    for parameter in call.settable() {
        let text = super::docs::parameter(api, parameter, operation.provenance);
        let accepted = accepted(api, &parameter.schema);
        setters.push(setter(&parameter.field, &text, call.field(&parameter.field)?, &accepted));
    }
    if let Some(body) = &operation.body {
        let need = if body.required { "required" } else { "optional" };
        let description = crate::rustdoc::escape(&body.description);
        let text = format!("Sets the body, sent as `{}` ({need}). {description}", body.media_type);
        let accepted = if body.is_json() { accepted(api, &body.schema) } else { "text or bytes".to_owned() };
        setters.push(setter("body", &text, call.field("body")?, &accepted));
    }

    let mut senders: Vec<_> = call.senders().iter().map(|sender| self::sender(call, sender)).collect();
    senders.extend(document_sender(call));
    let clone = (!is_stream).then(|| quote!(#[derive(Clone)]));
    let paging = if is_stream { quote!() } else { paging::emit(call)? };
    let request = request(call)?;
    let (name, link) =
        (&operation.pascal, docs(&format!("Builder for [`Client::{0}`](super::Client::{0}).", operation.snake)));
    Ok(quote! {
        #link
        #[must_use = "a builder does nothing until it is sent"]
        #clone
        pub struct #builder {
            client: crate::generated::Client,
            call_options: Option<CallOptions>,
            #(#names: #stored,)*
        }

        impl std::fmt::Debug for #builder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }

        impl #builder {
            pub(super) fn new(client: crate::generated::Client) -> Self {
                Self { client, call_options: None, #(#names: #initial,)* }
            }

            #(#setters)*

            /// Sets the options of this one call: retries, timeouts, a request id. Without it, the client's settings hold.
            pub fn options(mut self, options: CallOptions) -> Self {
                self.call_options = Some(options);
                self
            }

            #(#senders)*
            #paging
            #request
        }
    })
}

/// Whether a value can be sent only once, which a builder cannot be cloned with.
fn is_stream(field: &Field) -> bool {
    ["Body", "FilePart"].iter().any(|name| {
        matches!(&field.ty, syn::Type::Path(path) if {
            let segments = &path.path.segments;
            segments.len() == 2 && segments[0].ident == "rosterkit_core" && segments[1].ident == name
        })
    })
}

/// A setter: of any sequence for an array, else of any value that converts.
fn setter(name: &str, text: &str, field: &Field, accepted: &str) -> TokenStream {
    let (docs, name, ty) = (docs(text), ident(name), &field.ty);
    if let Some(item) = generic(ty, "Vec") {
        let values = quote!(values.into_iter().map(Into::into).collect());
        let values = if field.optional { quote!(Some(#values)) } else { values };
        return quote! {
            #docs
            pub fn #name(mut self, values: impl IntoIterator<Item = impl Into<#item>>) -> Self {
                self.#name = Ok(#values);
                self
            }
        };
    }
    let some = field.optional.then(|| quote!(.map(Some)));
    let message = format!("is invalid: expected {accepted}");
    quote! {
        #docs
        pub fn #name(mut self, value: impl TryInto<#ty>) -> Self {
            self.#name = value.try_into()#some.map_err(|_| #message.to_owned());
            self
        }
    }
}

/// What a parameter accepts, in words for messages.
fn accepted(api: &Api, schema: &Schema) -> String {
    let resolved = api.resolve(schema);
    match api.shape(schema) {
        Shape::String if resolved.is_enum() => {
            let values: Vec<String> = resolved.values.iter().map(|value| format!("`{value}`")).collect();
            format!("one of {}", values.join(", "))
        }
        Shape::String => "text".to_owned(),
        Shape::Integer => "a 64-bit integer".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::Boolean => "`true` or `false`".to_owned(),
        Shape::Date => "a date such as 2024-04-04".to_owned(),
        Shape::DateTime => "a date-time with an offset, such as 2024-04-04T00:00Z".to_owned(),
        Shape::File => "a file".to_owned(),
        Shape::Array => "a list".to_owned(),
        Shape::Object => "an object".to_owned(),
    }
}

/// A method that sends; and for JSON of a chosen representation, a second one that decodes into the caller's type.
fn sender(call: &Call<'_>, sender: &Sender<'_>) -> TokenStream {
    let Sender { method, media_types, body, .. } = sender;
    let (request, accept) = (request_of(call, sender), media_types.join(", "));
    let (response, what, send) = match body {
        ResponseBody::Empty => (quote!(()), "The response has no body.".to_owned(), quote!(send_empty(request))),
        ResponseBody::Raw => (
            quote!(Body),
            format!("The response is streamed as `{accept}`."),
            quote!(send_body(request, &[#(#media_types),*])),
        ),
        ResponseBody::Json(schema) => {
            let ty = &call.signature.response;
            let what = "The response is JSON.".to_owned();
            if is_free_form(call.api, schema) {
                (quote!(#ty), what, quote!(send_json_optional(request)))
            } else {
                (quote!(#ty), what, quote!(send_json(request)))
            }
        }
    };
    let unwrap = match body {
        // An empty response is decoded as `null`.
        ResponseBody::Json(schema) if is_free_form(call.api, schema) => {
            Some(quote!(.map(|response| response.map(Option::unwrap_or_default))))
        }
        _ => None,
    };
    let errors =
        "# Errors\n\nSee [`rosterkit_core::Error`]: an invalid or missing parameter fails before anything is sent.";
    let text = docs(&format!("{} {what}\n\n{errors}", sends(call)));
    let custom = match (body, sender.value) {
        (ResponseBody::Json(_), Some(_)) => Some(custom_sender(call, sender)),
        // Of a loose encoder, a caller may want to read more, or to go on after what cannot be read.
        (ResponseBody::Json(_), None) if call.api.spec.loose_json => Some(custom_sender(call, sender)),
        _ => None,
    };
    quote! {
        #text
        pub async fn #method(self) -> Result<Response<#response>, Error> {
            let transport = self.client.transport().clone();
            let request = #request;
            transport.#send.await #unwrap
        }

        #custom
    }
}

fn sends(call: &Call<'_>) -> String {
    format!("Sends `{} {}`.", call.operation.method, call.operation.path)
}

/// The request with its `Accept` header and the parameter that chooses its representation.
fn request_of(call: &Call<'_>, sender: &Sender<'_>) -> TokenStream {
    let select = call.selector().zip(sender.value).map(|(parameter, value)| {
        let (method, name) = (place(parameter.location), &parameter.name);
        quote!(.#method(#name, #value))
    });
    let accept = sender.media_types.join(", ");
    let accept = (!accept.is_empty()).then(|| quote!(.accept(#accept)));
    quote!(self.request()#select #accept)
}

/// Free-form JSON includes an empty response.
fn is_free_form(api: &Api, schema: &Schema) -> bool {
    api.shape(schema) == Shape::Object && {
        let schema = api.resolve(schema);
        schema.properties.is_empty() && schema.additional_properties.is_none() && schema.kind.is_none()
    }
}

/// JSON into a type of the caller's own: what the documents leave open, a caller may know.
fn custom_sender(call: &Call<'_>, sender: &Sender<'_>) -> TokenStream {
    let method = ident(&format!("{}_as", sender.method));
    let request = request_of(call, sender);
    let text = docs(&format!(
        "{} The response is JSON, decoded into a type of the caller's own.\n\n# Errors\n\nSee [`rosterkit_core::Error`]. \
         An empty response, or one that does not match the type, is a `Decode` error with the path and the expected type.",
        sends(call)
    ));
    quote! {
        #text
        pub async fn #method<T>(self) -> Result<Response<T>, Error>
        where
            T: ::serde::de::DeserializeOwned,
        {
            let transport = self.client.transport().clone();
            let request = #request;
            transport.send_json(request).await
        }
    }
}

/// XML into the type of its document, within the attempt.
fn document_sender(call: &Call<'_>) -> Option<TokenStream> {
    let xml::Document { schema, root } = xml::document(call.api, call.operation)?;
    let sender = call.senders().into_iter().find(|sender| {
        matches!(sender.body, ResponseBody::Raw) && (sender.value.is_none() || sender.media_types == [xml::MEDIA_TYPE])
    });
    // Without representations, JSON may be what `send` asks for.
    let media_types = sender.as_ref().map_or_else(|| call.operation.response.raw(), |it| it.media_types.clone());
    let value = sender.and_then(|sender| sender.value);
    let sender = Sender { method: ident("send_document"), value, media_types, body: ResponseBody::Raw };
    let (request, media_types) = (request_of(call, &sender), &sender.media_types);
    let ty = ident(&names::pascal(schema));
    let text = docs(&format!(
        "{} The response is an XML document with the root element `{root}`, decoded.\n\n# Errors\n\nSee \
         [`rosterkit_core::Error`] and [`FromXml::from_xml`](crate::xml::FromXml::from_xml). A document that ends early is an error.",
        sends(call)
    ));
    Some(quote! {
        #text
        #[cfg(feature = "xml")]
        pub async fn send_document(self) -> Result<Response<types::#ty>, Error> {
            let transport = self.client.transport().clone();
            let request = #request;
            transport.send_read(request, &[#(#media_types),*], crate::xml::read_xml).await
        }
    })
}

fn request(call: &Call<'_>) -> Result<TokenStream, String> {
    let Call { api, operation, constant, .. } = call;
    let mut parameters: Vec<&ApiParameter> = call.settable().collect();
    parameters.sort_by_key(|parameter| parameter.location != Location::Path);
    let mut sets = Vec::new();
    for parameter in parameters {
        let checks = checks(api, &parameter.name, &parameter.schema, &quote!(value));
        let apply = apply(api, parameter);
        sets.push(set(&parameter.name, &parameter.field, call, &quote!(#checks #apply))?);
    }
    if let Some(body) = &operation.body {
        let apply = if body.is_json() {
            let checks = body_checks(api, &body.schema);
            let idempotent = idempotent_items(call, &body.schema)?;
            let required = super::required::table(api, &body.schema).map(|table| quote!(.check_required(#table)));
            quote!(#checks #idempotent.json(&value)#required)
        } else {
            let media_type = content_type(&body.media_type);
            quote!(.body(#media_type, value))
        };
        sets.push(set("body", "body", call, &apply)?);
    }
    let form = (operation.form == Some(Location::Form)).then(|| quote!(.form_body()));
    let always = matches!(operation.idempotent, Some(Idempotent::Always(true))).then(|| quote!(.idempotent(true)));
    Ok(quote! {
        fn request(self) -> Request {
            Request::new(&#constant)
                #always
                #(#sets)*
                #form
                .call_options(self.call_options)
        }
    })
}

/// Says of a body with a batch of items whether each of them meets the conditions of `x-idempotent`. The rows of CSV are out
/// of sight here.
fn idempotent_items(call: &Call<'_>, schema: &Schema) -> Result<TokenStream, String> {
    let (api, operation) = (call.api, call.operation);
    let (Some(Idempotent::If(conditions)), Some(batch)) = (&operation.idempotent, &operation.batch) else {
        return Ok(quote!());
    };
    let missing = |name: &str| format!("operation `{}`: no property `{name}` for `x-idempotent`", operation.id);
    let (mut items, mut schema) = (quote!(value), api.resolve(schema));
    for segment in batch.items.split('.').filter(|segment| !segment.is_empty()) {
        let field = ident(&names::snake(segment));
        items = quote!(#items.#field);
        schema = api.resolve(schema.properties.get(segment).ok_or_else(|| missing(segment))?);
    }
    let item = api.resolve(schema.items.as_deref().ok_or_else(|| missing(&batch.items))?);
    let mut given = Vec::new();
    for name in &conditions.given {
        let property = item.properties.get(name).ok_or_else(|| missing(name))?;
        let field = ident(&names::snake(name));
        let is_present = item.required.contains(name) && !property.nullable;
        given.push(match (is_present, operation.method) {
            (true, _) => quote!(!item.#field.trim().is_empty()),
            (false, "PATCH") => {
                return Err(format!(
                    "operation `{}`: `{name}` of a PATCH must be required for `x-idempotent`",
                    operation.id
                ));
            }
            (false, _) => quote!(item.#field.as_deref().is_some_and(|text| !text.trim().is_empty())),
        });
    }
    Ok(quote!(.idempotent(#items.iter().all(|item| #(#given)&&*))))
}

fn set(name: &str, field: &str, call: &Call<'_>, apply: &TokenStream) -> Result<TokenStream, String> {
    let set = ident(if call.field(field)?.optional { "set_optional" } else { "set" });
    let field = ident(field);
    Ok(quote!(.#set(#name, self.#field, |request, value| request #apply)))
}

/// Puts a value into the request.
fn apply(api: &Api, parameter: &ApiParameter) -> TokenStream {
    let (name, schema) = (&parameter.name, &parameter.schema);
    let method = place(parameter.location);
    if api.shape(schema) == Shape::Array && !matches!(parameter.location, Location::Path | Location::Header) {
        let method = ident(&format!("{method}_all"));
        return quote!(.#method(#name, &value));
    }
    if api.shape(schema) == Shape::File {
        return quote!(.part_file(#name, value));
    }
    let value = match (api.resolve(schema).format.as_deref(), api.spec.precision) {
        (Some("password"), _) => quote!(value.expose()),
        (Some("date-time"), Some(Precision::Minute)) => quote!(&value.in_minutes()),
        _ => quote!(&value),
    };
    quote!(.#method(#name, #value))
}

/// The `Content-Type` of a raw body. Text is UTF-8 and says so, since the default of many servers is Latin-1.
fn content_type(media_type: &str) -> String {
    if media_type.starts_with("text/") { format!("{media_type}; charset=utf-8") } else { media_type.to_owned() }
}

/// The documented limits of a value, checked before sending.
fn checks(api: &Api, name: &str, schema: &Schema, value: &TokenStream) -> TokenStream {
    let mut checks = quote!();
    if (schema.minimum.is_some() || schema.maximum.is_some()) && api.shape(schema) == Shape::Integer {
        let (least, most) = (option(schema.minimum.map(number)), option(schema.maximum.map(number)));
        checks.extend(quote!(.check_range(#name, #value, #least, #most)));
    }
    if schema.min_items.is_some() || schema.max_items.is_some() {
        let (least, most) = (option(schema.min_items.map(count)), option(schema.max_items.map(count)));
        checks.extend(quote!(.check_items(#name, #value.len(), #least, #most)));
    }
    checks
}

/// Limits of an array body and of the arrays that are always in a body.
fn body_checks(api: &Api, schema: &Schema) -> TokenStream {
    let mut out = checks(api, "body", schema, &quote!(value));
    let resolved = api.resolve(schema);
    for (name, property) in &resolved.properties {
        if resolved.has_always(name) {
            let field = ident(&names::snake(name));
            out.extend(checks(api, name, property, &quote!(value.#field)));
        }
    }
    out
}
