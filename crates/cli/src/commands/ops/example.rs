//! An example call to copy. It works as it stands, on the embedded sandbox; against a real account, with other ids.

use rosterkit_core::catalog::{Kind, OperationEntry};

use crate::api::Api;

/// An operation that takes a file, and the one that provides such a file.
const PROVIDED_BY: &[(&str, &str)] = &[("contentPackageImporter", "contentPackage")];

/// The command line of an example.
pub(super) fn command(api: Api, entry: &OperationEntry) -> String {
    let id = entry.operation.id;
    let mut words: Vec<&str> = vec!["rosterkit", "--sandbox", "call", api.catalog().api, id];
    if entry.example.parameters != "{}" {
        words.extend(["--params", entry.example.parameters]);
    }
    let files = entry.parameters.iter().filter(|it| it.required && it.kind == Kind::File);
    let names = files.map(|file| (format!("{}.zip", file.name), format!("{0}=@{0}.zip", file.name)));
    let names: Vec<(String, String)> = names.collect();
    let before = names.iter().map(|(name, _)| format!("{} && ", provide(api, id, name)));
    words.extend(names.iter().flat_map(|(_, argument)| ["--file", argument]));
    if let Some(representations) = entry.representations
        && entry.parameter(representations.parameter).is_some_and(|parameter| parameter.default.is_none())
        && let Some((first, _)) = representations.media.first()
    {
        words.extend(["--representation", first]);
    }
    words.extend(entry.example.body.iter().flat_map(|body| ["--body", body]));
    // Quoting fails on NUL alone, which no word has.
    before.collect::<String>() + &shlex::try_join(words).unwrap_or_default()
}

/// The command that makes a file: a call that provides one, if there is one.
fn provide(api: Api, operation: &str, file: &str) -> String {
    let provider = PROVIDED_BY.iter().find(|(taker, _)| *taker == operation);
    match provider.and_then(|(_, provider)| api.catalog().find(provider)) {
        Some(provider) => format!("{} --out {file}", command(api, provider)),
        None => format!("touch {file}"),
    }
}
