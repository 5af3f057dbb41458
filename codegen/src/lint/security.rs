//! Security schemes, and the alternatives that operations name.

use std::collections::BTreeSet;

use super::node::{Linter, Node};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    for (_, scheme) in linter.components("securitySchemes") {
        keys(linter, &scheme);
    }
    let root = linter.root();
    let mut used = BTreeSet::new();
    if root.has("security") {
        alternatives(linter, &root, &mut used);
    }
    for operation in linter.operations() {
        if operation.node.has("security") {
            alternatives(linter, &operation.node, &mut used);
        } else if !root.has("security") {
            let help = "write `security` with its alternatives, or `security: []` if it takes no credentials at all";
            linter.report(&operation.node, format!("`{}` states no security", operation.name()), help);
        }
    }
    for (name, scheme) in linter.components("securitySchemes") {
        if !used.contains(name) {
            let help = "delete it, or name it in the `security` of an operation";
            linter.report_key(&scheme, format!("the security scheme `{name}` is used by nothing"), help);
        }
    }
}

/// Each type of scheme has its own keys.
fn keys(linter: &mut Linter<'_>, scheme: &Node<'_>) {
    let (needed, allowed): (&[&str], &[&str]) = match scheme.text("type") {
        Some("http") => (&["scheme"], &["bearerFormat"]),
        Some("apiKey") => (&["in", "name"], &[]),
        Some("oauth2") => (&["flows"], &[]),
        _ => return,
    };
    for key in needed {
        if !scheme.has(key) {
            linter.report(
                scheme,
                format!("`{key}` is missing"),
                format!("write `{key}`, which this type of scheme needs"),
            );
        }
    }
    for (key, entry) in scheme.entries() {
        let general = ["type", "description", "x-provenance"].contains(&key);
        if !general && !needed.contains(&key) && !allowed.contains(&key) {
            linter.report_key(&entry, format!("`{key}` says nothing about this type of scheme"), "delete it");
        }
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if let Some(name) = scheme.get("name")
        && name.value.as_str().is_some_and(|text| !text.bytes().all(token))
    {
        linter.report(&name, format!("{} is not a header", name.value), "write letters, digits and hyphens");
    }
    for (name, flow) in scheme.entries_of("flows") {
        if name == "authorizationCode" && !flow.has("authorizationUrl") {
            linter.report(&flow, "`authorizationUrl` is missing", "write the URL at which a user agrees");
        }
        if name == "clientCredentials"
            && let Some(url) = flow.get("authorizationUrl")
        {
            linter.report_key(&url, "`authorizationUrl` says nothing about this flow", "delete it");
        }
    }
}

fn alternatives<'a>(linter: &mut Linter<'a>, node: &Node<'a>, used: &mut BTreeSet<&'a str>) {
    let mut seen = BTreeSet::new();
    for alternative in node.items_of("security") {
        let names: Vec<&str> = alternative.entries().into_iter().map(|(name, _)| name).collect();
        if alternative.value.is_object() && !seen.insert(names) {
            linter.report(&alternative, "the same security alternative twice", "keep one of them");
        }
        for (name, scopes) in alternative.entries() {
            let Some(scheme) = linter.component("securitySchemes", name) else {
                let names: Vec<&str> = linter.components("securitySchemes").into_iter().map(|(name, _)| name).collect();
                let otherwise = format!("add `{name}` to `components/securitySchemes`");
                let help = suggest::help(name, names, otherwise);
                linter.report_key(&scopes, format!("there is no security scheme `{name}`"), help);
                continue;
            };
            used.insert(name);
            let flows = scheme.entries_of("flows");
            for scope in scopes.items() {
                let Some(text) = scope.value.as_str() else { continue };
                let declared = flows.iter().any(|(_, flow)| flow.get("scopes").is_some_and(|scopes| scopes.has(text)));
                if !declared {
                    let help = "declare the scope in a flow of the scheme, or write `[]`";
                    linter.report(&scope, format!("the scheme `{name}` has no scope `{text}`"), help);
                }
            }
        }
    }
}
