//! What the emitters share: small pieces of generated code, and the layout of a file.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{ImplItem, Item, parse_quote};

/// A name as an identifier.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Text as the rustdoc of an item.
pub(super) fn docs(text: &str) -> TokenStream {
    let lines = doc_lines(text);
    quote!(#(#[doc = #lines])*)
}

/// Text as the rustdoc of a module.
pub(super) fn inner_docs(text: &str) -> TokenStream {
    let lines = doc_lines(text);
    quote!(#(#![doc = #lines])*)
}

fn doc_lines(text: &str) -> impl Iterator<Item = String> {
    text.trim().lines().map(|line| match line.trim_end() {
        "" => String::new(),
        line => format!(" {line}"),
    })
}

/// `Some(…)` or `None`.
pub(super) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

/// A whole number without the suffix of its type.
pub(super) fn number(value: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#digits) } else { quote!(#digits) }
}

/// A count without the suffix of its type.
pub(super) fn count(value: u64) -> Literal {
    Literal::u64_unsuffixed(value)
}

/// `use path::{…};` with those names that the tokens have; nothing if they have none.
pub(super) fn import(path: TokenStream, names: &[&str], tokens: &TokenStream) -> TokenStream {
    let mut found = BTreeSet::new();
    identifiers(tokens.clone(), &mut found);
    let names: Vec<Ident> = names.iter().filter(|name| found.contains(**name)).map(|name| ident(name)).collect();
    match names.as_slice() {
        [] => quote!(),
        [name] => quote!(use #path::#name;),
        names => quote!(use #path::{#(#names),*};),
    }
}

fn identifiers(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Ident(ident) => drop(found.insert(ident.to_string())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Lays out a file.
pub(super) fn print(tokens: TokenStream) -> Result<String, String> {
    Ok(spaced(&prettyplease::unparse(&parse(tokens)?)))
}

/// Lays out a file of which a program compiles the functions that it calls, with the code that reads and writes their types:
/// those of `impl` blocks are `#[inline]`. Else all of them are compiled with the client, and are in each program with debug
/// information.
pub(super) fn print_inline(tokens: TokenStream) -> Result<String, String> {
    let mut file = parse(tokens)?;
    for item in &mut file.items {
        let Item::Impl(block) = item else { continue };
        for item in &mut block.items {
            if let ImplItem::Fn(function) = item {
                function.attrs.push(parse_quote!(#[inline]));
            }
        }
    }
    Ok(spaced(&prettyplease::unparse(&file)))
}

fn parse(tokens: TokenStream) -> Result<syn::File, String> {
    syn::parse2(tokens).map_err(|error| format!("the generator wrote invalid Rust: {error}"))
}

/// Puts an empty line between items, which prettyplease leaves out.
fn spaced(text: &str) -> String {
    const STARTS: [&str; 12] = [
        "///",
        "#[",
        "pub ",
        "pub(crate) ",
        "fn ",
        "async fn ",
        "const ",
        "static ",
        "impl ",
        "struct ",
        "mod ",
        "type ",
    ];
    let mut out = String::with_capacity(text.len() + text.len() / 50);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(next) = lines.peek() else { break };
        let (start, end) = (next.trim_start(), line.trim_start());
        let level = |line: &str, start: &str| line.len() - start.len();
        let is_doc = |text: &str| text.starts_with("///");
        let ends_item = matches!(end, "}" | "};" | "];") || end.ends_with(';') && !is_doc(end) && is_doc(start);
        let leaves = |prefix: &str| end.starts_with(prefix) && !start.starts_with(prefix);
        if level(line, end) == level(next, start)
            && (ends_item && STARTS.iter().any(|item| start.starts_with(item))
                || ["//!", "#![", "use ", "pub use "].iter().any(|prefix| leaves(prefix)))
        {
            out.push('\n');
        }
    }
    out
}
