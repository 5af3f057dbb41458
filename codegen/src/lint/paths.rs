//! Path templates, and the path parameters that fill them.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Linter, Node, Operation};
use super::suggest;

pub fn check(linter: &mut Linter<'_>) {
    let root = linter.root();
    if let Some(paths) = root.get("paths").filter(|paths| paths.value.as_object().is_some_and(|map| map.is_empty())) {
        linter.report(&paths, "there is no path", "list the paths with their operations");
    }
    for (path, item) in root.entries_of("paths") {
        if let Err(wrong) = names(path) {
            linter.report_key(&item, format!("the path `{path}` {wrong}"), "write a path such as `/users/{userId}`");
        }
    }
    equivalent(linter);
    for operation in linter.operations() {
        parameters(linter, &operation);
    }
}

/// The parameters of a path template, or what is wrong with it.
fn names(path: &str) -> Result<Vec<&str>, String> {
    if !path.starts_with('/') {
        return Err("does not start with a slash".into());
    }
    if path.len() > 1 && path.ends_with('/') {
        return Err("ends with a slash".into());
    }
    if let Some(character) = path.chars().find(|c| c.is_whitespace() || matches!(c, '?' | '#' | '%' | '"' | '\\')) {
        return Err(format!("has the character `{character}`, which no path template has"));
    }
    let mut names = Vec::new();
    for segment in path[1..].split('/').filter(|_| path.len() > 1) {
        if segment.is_empty() || segment == "." || segment == ".." {
            return Err("has a segment that is empty or dots".into());
        }
        let mut rest = segment;
        while let Some(start) = rest.find(['{', '}']) {
            let end = rest[start + 1..].find(['{', '}']).map(|end| start + 1 + end);
            match end {
                Some(end) if rest[start..].starts_with('{') && rest[end..].starts_with('}') && end > start + 1 => {
                    let name = &rest[start + 1..end];
                    if names.contains(&name) {
                        return Err(format!("has the parameter `{name}` twice"));
                    }
                    names.push(name);
                    rest = &rest[end + 1..];
                }
                _ => return Err("has braces that enclose no parameter".into()),
            }
        }
    }
    Ok(names)
}

/// A path template with its parameters' names left out.
fn skeleton(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push('{');
            }
            '}' => {
                inside = false;
                out.push('}');
            }
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

fn equivalent(linter: &mut Linter<'_>) {
    let mut seen: BTreeMap<(String, &str), Operation<'_>> = BTreeMap::new();
    let mut operations = linter.operations();
    operations.sort_by_key(|operation| linter.place(&operation.node));
    for operation in operations {
        if let Some(first) = seen.get(&(skeleton(operation.path), operation.method)) {
            let message = format!(
                "`{}` and `{}` are the same path, and both have `{}`",
                first.path, operation.path, operation.method
            );
            linter.report_key(&operation.node, message, "keep one of the operations");
        } else {
            seen.insert((skeleton(operation.path), operation.method), operation);
        }
    }
}

fn parameters(linter: &mut Linter<'_>, operation: &Operation<'_>) {
    let Ok(expected) = names(operation.path) else { return };
    let mut declared = BTreeSet::new();
    for parameter in linter.parameters(operation) {
        let (Some("path"), Some(name)) = (parameter.node.text("in"), parameter.node.text("name")) else { continue };
        declared.insert(name);
        if !expected.contains(&name) {
            let otherwise = format!("put `{{{name}}}` into the path, or delete the parameter");
            let help = suggest::help(name, expected.iter().copied(), otherwise);
            report_in(linter, &parameter.site, format!("the path `{}` has no `{{{name}}}`", operation.path), help);
        }
    }
    for name in expected {
        if !declared.contains(name) {
            let message = format!("the path parameter `{name}` of `{}` is not declared", operation.name());
            let help = format!("add a parameter with `name: {name}`, `in: path` and `required: true`");
            linter.report(&operation.node, message, help);
        }
    }
}

fn report_in(linter: &mut Linter<'_>, site: &Node<'_>, message: String, help: String) {
    let name = site.get("name").unwrap_or_else(|| site.clone());
    linter.report(&name, message, help);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_templates_are_taken_apart() {
        for (path, expected) in [
            ("/", Ok(vec![])),
            ("/users", Ok(vec![])),
            ("/users/{userId}/roles/{roleId}", Ok(vec!["userId", "roleId"])),
            ("/jobs/{a}-{b}.json", Ok(vec!["a", "b"])),
            ("", Err("does not start with a slash")),
            ("users", Err("does not start with a slash")),
            ("/users/", Err("ends with a slash")),
            ("/a//b", Err("has a segment that is empty or dots")),
            ("/a/../b", Err("has a segment that is empty or dots")),
            ("/a?b=c", Err("has the character `?`, which no path template has")),
            ("/{a}/{a}", Err("has the parameter `a` twice")),
            ("/{}", Err("has braces that enclose no parameter")),
            ("/{a", Err("has braces that enclose no parameter")),
            ("/a}", Err("has braces that enclose no parameter")),
            ("/{a/b}", Err("has braces that enclose no parameter")),
            ("/{é}", Ok(vec!["é"])),
        ] {
            assert_eq!(names(path), expected.map_err(str::to_owned), "{path}");
        }
        assert_eq!(skeleton("/users/{userId}/roles"), skeleton("/users/{subjectId}/roles"));
    }
}
