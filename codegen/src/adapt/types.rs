//! The data types: progenitor's structs without builders, with `Patch` fields folded, whole numbers read however they are
//! written, and paths shortened.

use std::collections::BTreeSet;

use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, Field, Fields, GenericArgument, Item, ItemStruct, Lit, Meta, Path, PathArguments, Type,
    parse_quote,
};

use super::unexpected;
use crate::lower::{Lowered, read_from_json};
use crate::model::Api;
use crate::names;
use crate::spec::AdditionalProperties;

pub(super) fn adapt(api: &Api, lowered: &Lowered, items: Vec<Item>) -> Result<Vec<Item>, String> {
    let enums: BTreeSet<String> = api.enums().map(|(name, _)| names::pascal(name)).collect();
    let open: BTreeSet<String> = api
        .spec
        .components
        .schemas
        .iter()
        .filter(|(_, schema)| {
            schema.is_struct() && schema.additional_properties == Some(AdditionalProperties::Allowed(true))
        })
        .flat_map(|(name, _)| [Some(name), lowered.patches.get(name)])
        .flatten()
        .map(|name| names::pascal(name))
        .collect();
    let loose: BTreeSet<String> = match api.spec.loose_json {
        true => read_from_json(api).iter().map(|name| names::pascal(name)).collect(),
        false => BTreeSet::new(),
    };
    let presences: BTreeSet<(String, &str)> = api
        .spec
        .components
        .schemas
        .iter()
        .flat_map(|(name, schema)| schema.properties.iter().map(move |(property, schema)| (name, property, schema)))
        .filter(|(_, _, schema)| api.resolve(schema).xml.as_ref().is_some_and(|xml| xml.empty))
        .map(|(name, property, _)| (names::pascal(name), property.as_str()))
        .collect();
    let expected: BTreeSet<String> = lowered.document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| names::pascal(name))
        .filter(|name| !enums.contains(name))
        .collect();

    let mut kept = Vec::new();
    let mut found = BTreeSet::new();
    for mut item in items {
        match &mut item {
            Item::Mod(module) if module.ident == "builder" || module.ident == "error" => continue,
            Item::Struct(item) => {
                let name = item.ident.to_string();
                if !expected.contains(&name) {
                    return Err(unexpected(&format!("a type `{name}` that no schema names")));
                }
                structure(item, open.contains(&name), if loose.contains(&name) { LOOSE } else { STRICT })?;
                for field in item.fields.iter_mut() {
                    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    if presences.contains(&(name.clone(), &*serde_name(&field.attrs).unwrap_or(ident))) {
                        field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "::rosterkit_core::presence::deserialize")]));
                    }
                }
                found.insert(name);
            }
            Item::Impl(item) if is_builder_impl(item) => continue,
            Item::Impl(_) => {}
            Item::Enum(item) => {
                return Err(unexpected(&format!("a closed enum `{}`", item.ident)));
            }
            other => {
                return Err(unexpected(&format!(
                    "an item of another kind in `types`: {:?}",
                    std::mem::discriminant(other)
                )));
            }
        }
        Shorten.visit_item_mut(&mut item);
        Local { cut: 3 }.visit_item_mut(&mut item);
        kept.push(item);
    }
    if let Some(missing) = expected.difference(&found).next() {
        return Err(unexpected(&format!("no type `{missing}` for the schema of that name")));
    }
    Ok(kept)
}

fn is_builder_impl(item: &syn::ItemImpl) -> bool {
    matches!(item.items.as_slice(), [syn::ImplItem::Fn(function)] if function.sig.ident == "builder")
}

fn structure(item: &mut ItemStruct, open: bool, reading: Reading) -> Result<(), String> {
    let name = item.ident.to_string();
    tidy_docs(&mut item.attrs, &format!("`{name}`"));
    match &mut item.fields {
        Fields::Named(fields) => {
            for field in &mut fields.named {
                let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                let wire = serde_name(&field.attrs).unwrap_or_else(|| ident.clone());
                tidy_docs(&mut field.attrs, &format!("`{wire}`."));
                if let Some(inner) = generic(&field.ty, "Option").filter(|inner| generic(inner, "Patch").is_some()) {
                    field.ty = inner.clone();
                    let rename = serde_name(&field.attrs);
                    field.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
                    if let Some(rename) = rename {
                        field.attrs.push(parse_quote!(#[serde(rename = #rename)]));
                    }
                    field.attrs.push(parse_quote!(
                        #[serde(default, skip_serializing_if = "::rosterkit_core::Patch::is_absent")]
                    ));
                } else if generic(&field.ty, "Patch").is_some() {
                    return Err(unexpected(&format!("field `{name}.{ident}` is a `Patch` that is not optional")));
                }
                read_by(field, reading);
            }
            if open {
                let extra: syn::FieldsNamed = parse_quote!({
                    /// Properties that the spec does not name, kept and sent as they are.
                    #[serde(default, flatten)]
                    pub additional_properties: ::std::collections::BTreeMap<::std::string::String, ::serde_json::Value>
                });
                fields.named.extend(extra.named);
            }
            Ok(())
        }
        // A component that is an alias of an array or a map.
        Fields::Unnamed(fields) => {
            fields.unnamed.iter_mut().for_each(|field| read_by(field, reading));
            Ok(())
        }
        Fields::Unit => Err(unexpected(&format!("`{name}` without fields"))),
    }
}

/// How scalars are read, other than serde does by itself.
#[derive(Clone, Copy)]
struct Reading {
    scalars: &'static [&'static str],
    /// The function of the core.
    function: &'static str,
}

/// Whole numbers `3.0` and `3e0` are read as `3`: services may change how they write a number.
const STRICT: Reading = Reading { scalars: &["i64"], function: "::rosterkit_core::lenient_integer::deserialize" };

/// In responses of an encoder that is loose, texts may be numbers and whole numbers texts.
const LOOSE: Reading = Reading { scalars: &["i64", "String"], function: "::rosterkit_core::loose_json::deserialize" };

/// Has a field of such scalars read by the function.
fn read_by(field: &mut Field, Reading { scalars, function }: Reading) {
    if !holds(&field.ty, scalars) {
        return;
    }
    // serde takes an absent `Option` for `None` by itself, but not beside `deserialize_with`. A `Patch` has its default.
    field.attrs.push(match generic(&field.ty, "Option") {
        Some(_) => parse_quote!(#[serde(default, deserialize_with = #function)]),
        None => parse_quote!(#[serde(deserialize_with = #function)]),
    });
}

/// Whether a type is one of these scalars, or made of it by the types that the core's functions read.
fn holds(ty: &Type, scalars: &[&str]) -> bool {
    let wrapped = ["Option", "Patch", "Box", "Vec"].iter().find_map(|wrapper| generic(ty, wrapper));
    match (wrapped.or_else(|| map_values(ty)), ty) {
        (Some(inner), _) => holds(inner, scalars),
        (None, Type::Path(path)) => {
            path.path.segments.last().is_some_and(|last| scalars.iter().any(|scalar| last.ident == scalar))
        }
        (None, _) => false,
    }
}

/// `T` of `BTreeMap<K, T>`.
fn map_values(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "BTreeMap")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.get(1)? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Keeps progenitor's own descriptions and gives the nameless a name: every public item is documented.
fn tidy_docs(attributes: &mut Vec<Attribute>, fallback: &str) {
    let docs: Vec<String> = attributes.iter().filter_map(doc).collect();
    let text = docs.join("\n");
    let text = text.split("<details>").next().unwrap_or_default().trim();
    let text = if text.is_empty() || text.starts_with('`') && text.ends_with('`') && !text.contains(' ') {
        fallback
    } else {
        text
    };
    attributes.retain(|attribute| doc(attribute).is_none());
    let lines = text.lines().map(|line| format!(" {line}")).collect::<Vec<_>>();
    for (index, line) in lines.iter().enumerate() {
        attributes.insert(index, parse_quote!(#[doc = #line]));
    }
}

fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn serde_name(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Keys other than `rename` are stepped over; one that cannot be parsed is skipped, too.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        });
    }
    name
}

/// `T` of `Wrapper<T>`, whatever path the wrapper is named by.
pub(crate) fn generic<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if last.ident != wrapper {
        return None;
    }
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Names the open enums by their name alone, as everything in the module of types; outside of it, below `types`.
pub(super) struct Local {
    /// How many segments of `crate::generated::types::Name` are left out.
    pub cut: usize,
}

impl VisitMut for Local {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.len() == 4 && path.segments[0].ident == "crate" && path.segments[2].ident == "types" {
            path.segments = path.segments.iter().skip(self.cut).cloned().collect();
        }
    }
}

/// Shortens the paths of types in the standard prelude; lint keeps schemas from taking their names.
pub(super) struct Shorten;

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keep = match names.as_slice() {
            ["std", "option", "Option"]
            | ["std", "string", "String"]
            | ["std", "vec", "Vec"]
            | ["std", "boxed", "Box"]
            | ["std", "result", "Result"] => 1,
            _ => return,
        };
        path.leading_colon = None;
        path.segments = path.segments.iter().skip(names.len() - keep).cloned().collect();
    }
}
