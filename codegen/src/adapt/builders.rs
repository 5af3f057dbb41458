//! The operation builders: which setters progenitor wrote, and of what type.

use std::collections::BTreeMap;

use syn::visit_mut::VisitMut;
use syn::{Fields, ImplItem, Item, ReturnType, Type};

use super::types::{Local, Shorten, generic};
use super::{Field, Signature, unexpected};
use crate::model::{Api, ApiOperation};

pub(super) fn read(api: &Api, items: Vec<Item>) -> Result<BTreeMap<String, Signature>, String> {
    let mut fields: BTreeMap<String, BTreeMap<String, Field>> = BTreeMap::new();
    let mut responses: BTreeMap<String, Type> = BTreeMap::new();
    for item in items {
        match item {
            Item::Struct(item) => {
                let name = item.ident.to_string();
                fields.insert(name.clone(), read_fields(&name, item.fields)?);
            }
            Item::Impl(item) => {
                let Some(name) = self_name(&item.self_ty) else { continue };
                for function in item.items {
                    if let ImplItem::Fn(function) = function
                        && function.sig.ident == "send"
                    {
                        responses.insert(name.clone(), response(&name, &function.sig.output)?);
                    }
                }
            }
            _ => {}
        }
    }

    let mut operations = BTreeMap::new();
    for operation in &api.operations {
        let missing = |what: &str| unexpected(&format!("{what} for operation `{}`", operation.id));
        let fields = fields.remove(&operation.pascal).ok_or_else(|| missing("no builder"))?;
        let response = responses.remove(&operation.pascal).ok_or_else(|| missing("no `send`"))?;
        let found: Vec<&str> = fields.keys().map(String::as_str).collect();
        let expected = setters(operation);
        if found != expected {
            return Err(unexpected(&format!(
                "setters {found:?} for operation `{}`, where its parameters are {expected:?}",
                operation.id
            )));
        }
        operations.insert(operation.id.clone(), Signature { fields, response });
    }
    match fields.keys().next() {
        Some(name) => Err(unexpected(&format!("a builder `{name}` for no operation"))),
        None => Ok(operations),
    }
}

/// The setters that an operation has, sorted.
fn setters(operation: &ApiOperation) -> Vec<&str> {
    let selector = operation.representations.as_ref().map(|chosen| chosen.parameter.as_str());
    let mut setters: Vec<&str> = operation
        .parameters
        .iter()
        .filter(|parameter| Some(parameter.name.as_str()) != selector)
        .map(|parameter| parameter.field.as_str())
        .chain(operation.body.as_ref().map(|_| "body"))
        .collect();
    setters.sort_unstable();
    setters
}

fn read_fields(name: &str, fields: Fields) -> Result<BTreeMap<String, Field>, String> {
    let Fields::Named(fields) = fields else {
        return Err(unexpected(&format!("builder `{name}` without named fields")));
    };
    let mut read = BTreeMap::new();
    for field in fields.named {
        let ident = field.ident.map(|ident| ident.to_string()).unwrap_or_default();
        if ident == "client" {
            continue;
        }
        let Some(value) = generic(&field.ty, "Result") else {
            return Err(unexpected(&format!("field `{ident}` of builder `{name}` is not a `Result`")));
        };
        let (optional, mut ty) = match generic(value, "Option") {
            Some(inner) => (true, inner.clone()),
            None => (false, value.clone()),
        };
        Shorten.visit_type_mut(&mut ty);
        Local { cut: 2 }.visit_type_mut(&mut ty);
        read.insert(ident, Field { optional, ty });
    }
    Ok(read)
}

fn self_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

/// `T` of `Result<ResponseValue<T>, …>`.
fn response(name: &str, output: &ReturnType) -> Result<Type, String> {
    let inner = match output {
        ReturnType::Type(_, ty) => generic(ty, "Result").and_then(|ty| generic(ty, "ResponseValue")),
        ReturnType::Default => None,
    };
    let mut inner = inner.cloned().ok_or_else(|| {
        unexpected(&format!("`send` of builder `{name}` does not answer `Result<ResponseValue<…>, …>`"))
    })?;
    Shorten.visit_type_mut(&mut inner);
    Local { cut: 2 }.visit_type_mut(&mut inner);
    Ok(inner)
}
