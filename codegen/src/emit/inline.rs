//! Functions that are compiled where they are used.
//!
//! A program uses a few operations of many. What is not `#[inline]` is compiled with the client, and all code with it that reads and
//! writes the types of an operation; what is, only in a program that calls it. A program with debug information becomes a third
//! smaller that way, and the client of Genesys is compiled in a fourth of the time with optimization.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{ImplItem, Item, parse_quote};

/// Makes all functions of `impl` blocks `#[inline]`.
pub(super) fn functions(file: TokenStream) -> Result<TokenStream, String> {
    let mut file: syn::File = syn::parse2(file).map_err(|error| format!("a generated file is not Rust: {error}"))?;
    for item in &mut file.items {
        let Item::Impl(block) = item else { continue };
        for item in &mut block.items {
            if let ImplItem::Fn(function) = item {
                function.attrs.push(parse_quote!(#[inline]));
            }
        }
    }
    Ok(file.into_token_stream())
}
