//! Streams of listings: `pager` and `items` on the builder of each operation that pages.

use std::fmt::Write as _;

use super::literal;
use crate::adapt::Signature;
use crate::api::{Api, ApiOperation, Shape};
use crate::names;
use crate::spec::{Paging, Schema};

/// Names that the generated methods take.
const METHODS: [&str; 2] = ["pager", "items"];

pub(super) fn emit(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) -> Result<(), String> {
    let Some(paging) = &operation.paging else { return Ok(()) };
    if let Some(taken) = METHODS.iter().find(|name| signature.fields.contains_key(**name)) {
        return Err(format!(
            "operation `{}` has a parameter `{taken}`, which is the name of a paging method",
            operation.id
        ));
    }
    let answer =
        operation.response.json().ok_or_else(|| format!("operation `{}` pages without a JSON answer", operation.id))?;
    let item = item_type(api, operation, answer, paging)?;
    let _ = write!(
        out,
        "\n    /// Pages through the listing: a stream of pages or of items, which can fetch ahead, be limited, and start again where\n    \
         /// it stopped. What this builder says of pages is the first page's size; where to start is the pager's.\n    \
         pub fn pager(self) -> Pager<'static, {item}> {{\n        {}\n    }}\n\n    \
         /// The items of all pages, as a stream: [`pager`](Self::pager) with its defaults.\n    \
         pub fn items(self) -> Items<'static, {item}> {{\n        self.pager().items()\n    }}\n",
        pager(api, operation, signature, answer, paging)?
    );
    Ok(())
}

fn pager(
    api: &Api,
    operation: &ApiOperation,
    signature: &Signature,
    answer: &Schema,
    paging: &Paging,
) -> Result<String, String> {
    let (constructor, position, parameter) = match paging.style.as_str() {
        "cursor" => ("by_cursor(".to_owned(), "cursor", &paging.cursor_parameter),
        "after" => {
            let name = paging.after_parameter.as_deref().unwrap_or_default();
            (format!("by_after({}, ", literal(name)), "after", &paging.after_parameter)
        }
        _ => (format!("by_number({}, ", paging.first_page.unwrap_or(1)), "page", &paging.page_parameter),
    };
    let parameter = parameter.as_deref().unwrap_or_default();
    let in_body = paging.location.as_deref() == Some("body");
    let set = if in_body && position != "page" {
        return Err(format!(
            "operation `{}` has a cursor in its body; only page numbers are supported there",
            operation.id
        ));
    } else if in_body {
        set_in_body(api, operation, parameter)?
    } else {
        let field = names::snake(parameter);
        if !signature.fields.contains_key(&field) {
            return Err(format!(
                "operation `{}` pages by `{parameter}`, which is none of its parameters",
                operation.id
            ));
        }
        if position == "page" {
            format!("let builder = self.clone().{field}(page);")
        } else {
            format!(
                "let builder = match {position} {{\n                    Some({position}) => self.clone().{field}({position}),\n                    \
                 None => self.clone(),\n                }};"
            )
        }
    };
    Ok(format!(
        "Pager::{constructor}\n            move |{position}| {{\n                {set}\n                async move {{ {} }}\n            }},\n            \
         |answer| {},\n        )",
        send(api, operation, answer, paging)?,
        read(api, operation, answer, paging)?
    ))
}

/// Sends, and refuses an answer that is no page: one without the object that holds the items, or with neither items nor
/// anything else that the spec says of pages. Taken for an empty page, it would end the listing as if all was read.
fn send(api: &Api, operation: &ApiOperation, answer: &Schema, paging: &Paging) -> Result<String, String> {
    let (lacks, problem) = match paging.items.split_once('.') {
        Some((holder, _)) => (
            format!("answer.{}.is_none()", names::snake(holder)),
            format!("the answer has no `{holder}`, which holds the page"),
        ),
        None => {
            let signs: Vec<&String> = [&paging.next, &paging.page_count, &paging.total].into_iter().flatten().collect();
            let required = &api.resolve(answer).required;
            let is_required =
                |path: &String| path.split('.').next().is_some_and(|name| required.iter().any(|it| it == name));
            // What has neither links nor pages may leave out an empty list: analytics do. What is required is missed by
            // the decoder.
            let has_signs = paging.style != "cursor" && (paging.next.is_some() || paging.page_count.is_some());
            if paging.items.is_empty() || !has_signs || signs.iter().any(|path| is_required(path)) {
                return Ok("Ok(builder.send().await?.into_inner())".to_owned());
            }
            let mut lacks = vec![format!("answer.{}.is_none()", names::snake(&paging.items))];
            for path in &signs {
                lacks.push(format!("{}.is_none()", scalar(api, operation, answer, path)?.trim_end_matches(".clone()")));
            }
            let names: Vec<String> = signs.iter().map(|name| format!("`{name}`")).collect();
            (
                lacks.join(" && "),
                format!(
                    "the answer is no page of the listing: it has neither `{}` nor {}",
                    paging.items,
                    names.join(" nor ")
                ),
            )
        }
    };
    Ok(format!(
        "let answer = builder.send().await?.into_inner();\n                    if {lacks} {{\n                        \
         return Err(Error::decode(&operations::{}, {}));\n                    }}\n                    Ok(answer)\n                ",
        operation.constant,
        literal(&problem)
    ))
}

/// Sets the page number in a body, below optional objects where the path has dots.
fn set_in_body(api: &Api, operation: &ApiOperation, path: &str) -> Result<String, String> {
    let body = operation
        .body
        .as_ref()
        .ok_or_else(|| format!("operation `{}` pages in a body that it does not have", operation.id))?;
    let names: Vec<&str> = path.split('.').collect();
    let mut schema = api.resolve(&body.schema);
    let mut place = "body".to_owned();
    for (index, name) in names.iter().enumerate() {
        let property = schema
            .properties
            .get(*name)
            .ok_or_else(|| format!("operation `{}`: no `{path}` in the body", operation.id))?;
        let field = names::snake(name);
        if index + 1 == names.len() {
            place = format!("{place}.{field} = i64::try_from(page).ok()");
        } else {
            place = format!("{place}.{field}.get_or_insert_default()");
            schema = api.resolve(property);
        }
    }
    let wrap = |inner: &str| format!("let mut builder = self.clone();\n                {inner}");
    Ok(if body.required {
        wrap(&format!("if let Ok(body) = &mut builder.body {{\n                    {place};\n                }}"))
    } else {
        wrap(&format!(
            "if let Ok(body) = &mut builder.body {{\n                    let body = body.get_or_insert_default();\n                    {place};\n                }}"
        ))
    })
}

/// The page that an answer holds. Scalars are read before the items are moved out.
fn read(api: &Api, operation: &ApiOperation, answer: &Schema, paging: &Paging) -> Result<String, String> {
    let mut out = String::from("{\n");
    let mut page = String::new();
    let kind = match paging.style.as_str() {
        "cursor" => "CursorPage",
        "after" => "LinkedPage",
        _ => "NumberedPage",
    };
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
        let _ = writeln!(out, "                let {method} = {};", scalar(api, operation, answer, path)?);
        let _ = write!(page, ".{method}({method})");
    }
    let items = if paging.items.is_empty() {
        "answer".to_owned()
    } else {
        format!("{}.unwrap_or_default()", moved(&paging.items))
    };
    let _ = writeln!(out, "                let items = {items};");
    let _ = write!(out, "                {kind}::new(items){page}\n            }}");
    Ok(out)
}

/// An optional property at a dotted path, cloned.
fn scalar(api: &Api, operation: &ApiOperation, answer: &Schema, path: &str) -> Result<String, String> {
    let property = property(api, operation, answer, path)?;
    let copies = matches!(api.shape(property), Shape::Integer | Shape::Number | Shape::Boolean);
    let last = if copies { "" } else { ".clone()" };
    let fields: Vec<String> = path.split('.').map(names::snake).collect();
    Ok(match fields.as_slice() {
        [only] => format!("answer.{only}{last}"),
        [first, second] => format!("answer.{first}.as_ref().and_then(|value| value.{second}{last})"),
        _ => return Err(format!("operation `{}`: `{path}` has more than two parts", operation.id)),
    })
}

fn moved(path: &str) -> String {
    let mut fields = path.split('.').map(names::snake);
    let first = fields.next().unwrap_or_default();
    fields.fold(format!("answer.{first}"), |place, field| format!("{place}.and_then(|value| value.{field})"))
}

fn item_type(api: &Api, operation: &ApiOperation, answer: &Schema, paging: &Paging) -> Result<String, String> {
    let items = api.resolve(property(api, operation, answer, &paging.items)?);
    let item = items
        .items
        .as_deref()
        .ok_or_else(|| format!("operation `{}`: `{}` is no array", operation.id, paging.items))?;
    Ok(match (item.target(), api.shape(item)) {
        (Some(name), _) => format!("types::{}", names::pascal(name)),
        (None, Shape::String) => "String".to_owned(),
        (None, Shape::Object) => "serde_json::Value".to_owned(),
        (None, other) => {
            return Err(format!("operation `{}`: items of shape {other:?} are not supported", operation.id));
        }
    })
}

fn property<'a>(api: &'a Api, operation: &ApiOperation, answer: &'a Schema, path: &str) -> Result<&'a Schema, String> {
    let mut schema = api.resolve(answer);
    let mut found = schema;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        found = schema
            .properties
            .get(name)
            .ok_or_else(|| format!("operation `{}`: no `{path}` in the answer", operation.id))?;
        schema = api.resolve(found);
    }
    Ok(found)
}

/// The types that the paging methods of a module need.
pub(super) fn imports(body: &str) -> String {
    let names: Vec<&str> = ["CursorPage", "Items", "LinkedPage", "NumberedPage", "Pager"]
        .into_iter()
        .filter(|name| body.contains(name))
        .collect();
    if names.is_empty() { String::new() } else { format!("use rosterkit_core::paging::{{{}}};\n", names.join(", ")) }
}
