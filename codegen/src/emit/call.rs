//! One operation with all that its generated code is made of.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::tokens::ident;
use crate::adapt::{Field, Signature};
use crate::model::{Api, ApiOperation, ApiParameter, Location, is_json};
use crate::names;
use crate::spec::Schema;

/// An operation, its types, and the API that it belongs to.
pub(super) struct Call<'a> {
    pub api: &'a Api,
    pub operation: &'a ApiOperation,
    pub signature: &'a Signature,
    /// `get_users`.
    pub method: Ident,
    /// `GetUsers`.
    pub builder: Ident,
    /// `operations::GET_USERS`.
    pub constant: TokenStream,
}

/// One method that sends.
pub(super) struct Sender<'a> {
    /// `send`, or `send_xml`.
    pub method: Ident,
    /// The value of the parameter that chooses this representation.
    pub value: Option<&'a str>,
    /// What the response may be.
    pub media_types: Vec<&'a str>,
    pub body: ResponseBody<'a>,
}

/// How a method that sends reads the response.
pub(super) enum ResponseBody<'a> {
    Empty,
    Json(&'a Schema),
    Raw,
}

impl<'a> Call<'a> {
    pub fn new(
        api: &'a Api,
        operation: &'a ApiOperation,
        signatures: &'a BTreeMap<String, Signature>,
    ) -> Result<Self, String> {
        let signature =
            signatures.get(&operation.id).ok_or_else(|| format!("operation `{}` has no signature", operation.id))?;
        let constant = ident(&operation.constant);
        Ok(Self {
            api,
            operation,
            signature,
            method: ident(&operation.snake),
            builder: ident(&operation.pascal),
            constant: quote!(operations::#constant),
        })
    }

    /// The parameters that have a setter: all but the one that chooses the representation.
    pub fn settable(&self) -> impl Iterator<Item = &'a ApiParameter> + use<'a> {
        let selector = self.operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
        self.operation.parameters.iter().filter(move |parameter| Some(parameter.name.as_str()) != selector)
    }

    /// The type of a setter.
    pub fn field(&self, name: &str) -> Result<&'a Field, String> {
        let missing = || format!("operation `{}` has no setter `{name}`", self.operation.id);
        self.signature.fields.get(name).ok_or_else(missing)
    }

    /// The parameter that chooses the representation.
    pub fn selector(&self) -> Option<&'a ApiParameter> {
        let chosen = self.operation.representations.as_ref()?;
        self.operation.parameters.iter().find(|parameter| parameter.name == chosen.parameter)
    }

    /// The methods that send: one, or one per representation.
    pub fn senders(&self) -> Vec<Sender<'a>> {
        let response = &self.operation.response;
        let Some(chosen) = &self.operation.representations else {
            let (media_types, body) = match response.json() {
                Some(schema) => (vec!["application/json"], ResponseBody::Json(schema)),
                None if response.content.is_empty() => (Vec::new(), ResponseBody::Empty),
                None => (response.raw(), ResponseBody::Raw),
            };
            return vec![Sender { method: ident("send"), value: None, media_types, body }];
        };
        let sender = |(value, media_type): (&'a String, &'a String)| {
            let json = response.json().filter(|_| is_json(media_type));
            Sender {
                method: ident(&format!("send_{}", names::snake(value))),
                value: Some(value),
                media_types: vec![if json.is_some() { "application/json" } else { media_type }],
                body: json.map_or(ResponseBody::Raw, ResponseBody::Json),
            }
        };
        chosen.media.iter().map(sender).collect()
    }
}

/// The name that code of the core has for a place of parameters: `query`, `form`.
pub(super) fn place(location: Location) -> Ident {
    ident(match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Form => "form",
        Location::Multipart => "part",
    })
}
