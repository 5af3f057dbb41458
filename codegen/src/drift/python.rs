//! Reads the contract out of the Python sources of a wheel, line by line.
//!
//! The sources are generated, so each fact stands on a line of a known form. Of a function that calls the API, everything
//! is required that makes an operation; a form that is not known is an error, not an operation less.

use std::collections::{BTreeMap, BTreeSet};

use crate::drift::contract::{
    Body, Contract, Field, Key, Limits, Model, Operation, Parameter, ParameterKey, Type, Values, one_line,
};
use crate::drift::wheel::Wheel;

/// Reads the operations that `wanted` asks for, and the models they reach.
pub fn contract(wheel: &mut Wheel, wanted: &dyn Fn(&Key) -> bool) -> Result<Contract, String> {
    let mut contract = Contract::default();
    for path in wheel.apis() {
        let text = wheel.text(&path)?;
        let place = wheel.place(&path);
        for operation in operations(&text).map_err(|error| format!("{place}: {error}"))? {
            let key = Key::new(&operation.method, &operation.path);
            if wanted(&key) {
                contract.operations.entry(key).or_insert(operation);
            }
        }
    }

    let index = wheel.index();
    let modules = modules(&wheel.text(&index)?);
    let reached = |kind: &Type| kind.model().map(str::to_owned);
    let mut open: BTreeSet<String> =
        contract.operations.values().flat_map(Operation::types).filter_map(reached).collect();
    while let Some(name) = open.pop_first() {
        // A type without a module stays a name that can be compared.
        let Some(module) = modules.get(&name) else { continue };
        let path = wheel.model(module);
        let text = wheel.text(&path)?;
        let found = model(&text).map_err(|error| format!("{}: {error}", wheel.place(&path)))?;
        let next = found.fields.values().filter_map(|field| reached(&field.kind));
        open.extend(next.filter(|name| !contract.models.contains_key(name)));
        contract.models.insert(name, found);
        open.retain(|name| !contract.models.contains_key(name));
    }
    Ok(contract)
}

/// Modules of the models by class: `from .create_user import CreateUser`.
fn modules(index: &str) -> BTreeMap<String, String> {
    index
        .lines()
        .filter_map(|line| line.strip_prefix("from .")?.split_once(" import "))
        .map(|(module, class)| (class.trim().to_owned(), module.trim().to_owned()))
        .collect()
}

/// The operations of one file.
fn operations(text: &str) -> Result<Vec<Operation>, String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| line.starts_with("    def ")).map(|(index, _)| index).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(lines.len());
        let function = &lines[*start..end];
        let name = function_name(function[0]);
        if function.iter().any(|line| line.trim_start().starts_with("resource_path = ")) {
            found.push(operation(name, function).map_err(|error| format!("`{name}`, line {}: {error}", start + 1))?);
        }
    }
    Ok(found)
}

fn function_name(line: &str) -> &str {
    line.trim_start().trim_start_matches("def ").split('(').next().unwrap_or_default()
}

fn operation(name: &str, function: &[&str]) -> Result<Operation, String> {
    let docstring = docstring(function);
    let mut method = None;
    let mut path = None;
    let mut response = None;
    let mut required = BTreeSet::new();
    let mut wires: BTreeMap<String, ParameterKey> = BTreeMap::new();
    let mut body = None;
    let mut declared = Vec::new();
    for line in function {
        let line = line.trim();
        if let Some(list) = line.strip_prefix("all_params = ") {
            declared = strings(list).ok_or("invalid `all_params`: expected a list of texts")?;
        } else if let Some(rest) = line.strip_prefix("# verify the required parameter ") {
            required.insert(string(rest).ok_or("a required parameter without a name")?.0);
        } else if let Some(rest) = line.strip_prefix("resource_path = ") {
            path = Some(string(rest).ok_or("invalid `resource_path`: expected a text")?.0);
        } else if let Some((_, rest)) = line.split_once(".call_api(resource_path, ") {
            method = Some(string(rest).ok_or("invalid method of `call_api`: expected a text")?.0);
        } else if let Some(rest) = line.strip_prefix("response_type=") {
            response = Some(match rest.trim_end_matches(',') {
                "None" => None,
                _ => Some(kind(&string(rest).ok_or("invalid `response_type`: expected a text")?.0)),
            });
        } else if let Some(argument) = argument(line, "body_params = ") {
            body = Some(argument);
        } else {
            let places = [
                ("path", "path_params["),
                ("query", "query_params["),
                ("header", "header_params["),
                ("form", "local_var_files["),
                ("form", "form_params.append(("),
            ];
            for (location, start) in places {
                let Some((wire, rest)) = line.strip_prefix(start).and_then(string) else { continue };
                let rest = rest.trim_start_matches([']', ',', ' ', '=']);
                // `Accept` and `Content-Type` are not parameters.
                let Some(argument) = argument(rest, "") else { continue };
                wires.insert(argument, ParameterKey { location: location.to_owned(), name: wire });
            }
        }
    }

    let missing = |what: &str| format!("no {what} in a form that is known; the generator of the SDK has changed");
    let method = method.ok_or_else(|| missing("method"))?;
    let path = path.ok_or_else(|| missing("path"))?;
    let mut operation = Operation::unknown(&method, &path);
    operation.name = Some(name.to_owned());
    operation.response = Some(response.ok_or_else(|| missing("response type"))?);
    operation.preview = Some(docstring.preview);
    operation.text = Some(docstring.text);
    for python in declared {
        let (typed, text) =
            docstring.parameters.get(&python).ok_or_else(|| missing(&format!("type of the parameter `{python}`")))?;
        let (kind, text) = (kind(typed), Some(text.clone()));
        let required = required.contains(&python);
        if body.as_ref() == Some(&python) {
            operation.body = Some(Body { required, kind, limits: Limits::new(), text });
        } else {
            let key = wires.remove(&python).ok_or_else(|| missing(&format!("use of the parameter `{python}`")))?;
            let limits = Limits::new();
            let parameter = Parameter { required, kind, default: None, limits, deprecated: None, text };
            operation.parameters.insert(key, parameter);
        }
    }
    Ok(operation)
}

/// The argument's name in `<start>params['<name>']`.
fn argument(line: &str, start: &str) -> Option<String> {
    Some(string(line.strip_prefix(start)?.strip_prefix("params[")?)?.0)
}

/// What the docstring of a function says.
#[derive(Default)]
struct Docstring {
    text: String,
    preview: bool,
    parameters: BTreeMap<String, (String, String)>,
}

fn docstring(function: &[&str]) -> Docstring {
    let mut found = Docstring::default();
    let is_quotes = |line: &&&str| line.trim() == "\"\"\"";
    let inside = function.iter().skip_while(|line| !is_quotes(line)).skip(1).take_while(|line| !is_quotes(line));
    let mut notes: Vec<&str> = Vec::new();
    let mut in_notes = true;
    let mut parameter: Option<String> = None;
    for line in inside {
        let line = line.trim();
        if line.starts_with("This method makes a synchronous HTTP request") {
            in_notes = false;
        } else if in_notes {
            // A line of this form is written by the vendor's generator; the rest is the vendor's text.
            match line.contains("is a preview method") {
                true => found.preview = true,
                false => notes.push(line),
            }
        } else if let Some(rest) = line.strip_prefix(":param ") {
            let (head, text) = rest.split_once(':').unwrap_or((rest, ""));
            let (kind, name) = head.rsplit_once(' ').unwrap_or(("", head));
            let text = text.trim().trim_end_matches("(required)");
            found.parameters.insert(name.to_owned(), (kind.to_owned(), one_line(&unescape(text))));
            parameter = Some(name.to_owned());
        } else if line.starts_with(":return") {
            parameter = None;
        } else if let Some((_, text)) = parameter.as_ref().and_then(|name| found.parameters.get_mut(name)) {
            *text = one_line(&unescape(&format!("{text} {line}")));
        }
    }
    // The first line is the summary.
    let notes: Vec<&str> = notes.into_iter().skip_while(|line| line.is_empty()).skip(1).collect();
    found.text = one_line(&unescape(&notes.join(" ")));
    found
}

/// One model.
fn model(text: &str) -> Result<Model, String> {
    let types = dictionary(text, "self.swagger_types = {")?;
    let wires = dictionary(text, "self.attribute_map = {")?;
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut setter = None;
    let mut getter: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('@').and_then(|rest| rest.strip_suffix(".setter")) {
            (setter, getter) = (Some(name.to_owned()), None);
        } else if let Some(list) = trimmed.strip_prefix("allowed_values = ") {
            let name = setter.clone().ok_or("`allowed_values` outside of a setter")?;
            let list = strings(list)
                .ok_or_else(|| format!("invalid `allowed_values` of `{name}`: expected a list of texts"))?;
            values.insert(name, list.into_iter().collect());
        } else if let Some((name, _)) = trimmed.strip_prefix("Gets the ").and_then(|rest| rest.split_once(" of this "))
            && types.contains_key(name)
            && !texts.contains_key(name)
        {
            texts.insert(name.to_owned(), Vec::new());
            getter = Some(name.to_owned());
        } else if trimmed.starts_with(":return:") || trimmed == "\"\"\"" {
            getter = None;
        } else if let Some(lines) = getter.as_ref().and_then(|name| texts.get_mut(name)) {
            lines.push(trimmed);
        }
    }

    let mut model = Model { named: true, ..Model::default() };
    for (attribute, typed) in types {
        let wire = wires.get(&attribute).ok_or_else(|| format!("`{attribute}` has no name in `attribute_map`"))?;
        let kind = match (kind(&typed), values.remove(&attribute)) {
            (Type::Text(_), Some(listed)) => Type::Text(Values::Listed(listed)),
            (Type::Text(_), None) => Type::Text(Values::Open),
            (kind, _) => kind,
        };
        let text = texts.get(&attribute).map(|lines| one_line(&unescape(&lines.join(" "))));
        let limits = Limits::new();
        let field = Field { kind, required: None, read_only: None, default: None, limits, deprecated: None, text };
        model.fields.insert(wire.clone(), field);
    }
    Ok(model)
}

/// The texts of a dictionary that begins on the line `start` and has an entry on each of the next lines.
fn dictionary(text: &str, start: &str) -> Result<BTreeMap<String, String>, String> {
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != start);
    lines.next().ok_or_else(|| format!("no line `{start}`; the generator of the SDK has changed"))?;
    let mut found = BTreeMap::new();
    for line in lines.take_while(|line| *line != "}").filter(|line| !line.is_empty()) {
        let entry = string(line).and_then(|(key, rest)| Some((key, string(rest.strip_prefix(':')?.trim_start())?.0)));
        let (key, value) =
            entry.ok_or_else(|| format!("invalid entry `{line}` after `{start}`: expected two texts"))?;
        found.insert(key, value);
    }
    Ok(found)
}

/// A type as the SDK writes it.
fn kind(text: &str) -> Type {
    let text = text.trim();
    let inner = |start: &str, end: char| text.strip_prefix(start)?.strip_suffix(end);
    if let Some(items) = inner("list[", ']') {
        return Type::List(Box::new(kind(items)));
    }
    if let Some(values) = inner("dict(str, ", ')') {
        return Type::Map(Box::new(kind(values)));
    }
    match text {
        "str" => Type::TEXT,
        "int" => Type::Integer,
        "float" => Type::Number,
        "bool" => Type::Boolean,
        "datetime" => Type::DateTime,
        "date" => Type::Date,
        "object" => Type::Any,
        "file" => Type::File,
        name => Type::Model(name.to_owned()),
    }
}

/// A Python text at the start of a line, and what follows it.
fn string(line: &str) -> Option<(String, &str)> {
    let mut characters = line.char_indices();
    let quote = characters.next().map(|(_, first)| first).filter(|first| matches!(first, '\'' | '"'))?;
    let mut escaped = false;
    let (end, _) = characters.find(|(_, character)| {
        let is_end = *character == quote && !escaped;
        escaped = *character == '\\' && !escaped;
        is_end
    })?;
    Some((unescape(&line[1..end]), &line[end + 1..]))
}

/// A Python list of texts.
fn strings(line: &str) -> Option<Vec<String>> {
    let mut rest = line.trim().strip_prefix('[')?.trim_start();
    let mut found = Vec::new();
    loop {
        if rest == "]" {
            return Some(found);
        }
        let (text, after) = string(rest)?;
        found.push(text);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest == "]" => {}
            None => return None,
        }
    }
}

/// Takes the backslashes out that keep quotation marks from ending a text.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(next @ ('\'' | '"' | '\\')) if character == '\\' => {
                plain.push(*next);
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_at_their_own_quotation_mark() {
        assert_eq!(string(r#"'a\'b"c', rest"#), Some((r#"a'b"c"#.to_owned(), ", rest")));
        assert_eq!(string("'open"), None);
        assert_eq!(string("name"), None);
    }

    #[test]
    fn a_list_of_texts_is_read_whole_or_not_at_all() {
        assert_eq!(strings("['a', \"b\"]"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(strings("[]"), Some(Vec::new()));
        assert_eq!(strings("['a' 'b']"), None);
        assert_eq!(strings("['a',"), None);
    }

    #[test]
    fn types_nest() {
        assert_eq!(kind("dict(str, list[User])").to_string(), "map of list of User");
        assert_eq!(kind("list[str]"), Type::List(Box::new(Type::TEXT)));
    }

    #[test]
    fn a_function_without_a_known_form_is_an_error_that_names_it() {
        let text = "    def get_user(self, **kwargs):\n        resource_path = '/users'\n";
        let error = operations(text).map(|found| found.len());
        assert_eq!(
            error,
            Err("`get_user`, line 1: no method in a form that is known; the generator of the SDK has changed"
                .to_owned())
        );
    }
}
