//! Responses: one success, one error.

use std::collections::BTreeSet;

use super::node::{Linter, Node, Operation};
use crate::model::is_json;

pub fn check(linter: &mut Linter<'_>) {
    let operations = linter.operations();
    let has_default = |operation: &Operation<'_>| operation.node.get("responses").is_some_and(|all| all.has("default"));
    let default_expected = operations.iter().any(has_default);
    for operation in &operations {
        let Some(responses) = operation.node.get("responses").filter(|all| all.value.is_object()) else { continue };
        if default_expected && !has_default(operation) {
            let help = "write `default` with a `$ref` to the error response, as the other operations do";
            linter.report(&responses, format!("`{}` has no `default` response", operation.name()), help);
        }
        success(linter, operation, &responses);
        errors(linter, operation, &responses);
    }
    for (name, response) in linter.components("responses") {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            linter.report_key(
                &response,
                format!("`{name}` is not a valid name for a component"),
                "write letters and digits",
            );
        }
    }
}

fn success<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, responses: &Node<'a>) {
    let mut found = Vec::new();
    for (status, response) in responses.entries() {
        match status {
            "200" | "201" | "202" | "204" => found.push((status, response)),
            "default" => {}
            _ if is_error(status) => {}
            _ => {
                let help =
                    "write '200', '201', '202' or '204' for success, 'default' or a number from '400' for errors";
                linter.report_key(&response, format!("the status `{status}` is not supported"), help);
            }
        }
    }
    if found.len() != 1 {
        let message = format!("`{}` has {} success responses", operation.name(), found.len());
        linter.report(responses, message, "write exactly one of '200', '201', '202' and '204'");
    }
    for (status, site) in found {
        let Some(response) = linter.follow(&site, "responses") else { continue };
        let Some(content) = response.get("content").filter(|content| content.value.is_object()) else { continue };
        let entries = content.entries();
        if status == "204" {
            linter.report_key(
                &content,
                "a response of status 204 with content",
                "delete the content, or write another status",
            );
        }
        if entries.is_empty() {
            linter.report(&content, "content without a media type", "delete `content` if the response has no body");
        }
        if entries.len() > 1 && !operation.node.has("x-representations") {
            let help = "write one media type, or say with `x-representations` which parameter chooses";
            linter.report(&content, format!("{} media types, and nothing that chooses one", entries.len()), help);
        }
        for (media_type, media) in entries {
            media_response(linter, media_type, &media);
        }
    }
}

fn is_error(status: &str) -> bool {
    status.len() == 3 && status.starts_with(['4', '5']) && status.bytes().all(|byte| byte.is_ascii_digit())
}

fn media_response<'a>(linter: &mut Linter<'a>, media_type: &str, media: &Node<'a>) {
    let valid = media_type.split_once('/').is_some_and(|(kind, subtype)| {
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&^_.+-".contains(&byte))
        };
        (token(kind) && token(subtype)) || media_type == "*/*"
    });
    if !valid {
        let help = "write a media type in small letters and without parameters, such as `text/csv`";
        linter.report_key(media, format!("`{media_type}` is not a media type"), help);
        return;
    }
    let Some(schema) = media.get("schema").filter(|schema| schema.value.is_object()) else { return };
    let resolved = linter.schema(&schema);
    if is_json(media_type) || resolved.has("$ref") || resolved.has("allOf") {
        return;
    }
    let root = resolved.get("xml").is_some_and(|xml| xml.has("name"));
    if is_xml(media_type) && root {
        return;
    }
    let plain = resolved.text("type") == Some("string") && matches!(resolved.text("format"), None | Some("binary"));
    if !plain || resolved.has("enum") {
        let message = format!("a response of `{media_type}` that is more than text or bytes");
        let help = match is_xml(media_type) {
            true => "write `type: string`, or `$ref` a component whose `xml.name` is the root element",
            false => "write `type: string`, with `format: binary` for bytes",
        };
        linter.report(&schema, message, help);
    } else if media_type == "*/*" && resolved.text("format") != Some("binary") {
        linter.report(&schema, "a response of any media type as text", "write `type: string` and `format: binary`");
    }
}

fn is_xml(media_type: &str) -> bool {
    media_type == "application/xml"
}

fn errors<'a>(linter: &mut Linter<'a>, operation: &Operation<'a>, responses: &Node<'a>) {
    let mut types = BTreeSet::new();
    for (status, site) in responses.entries().into_iter().filter(|(status, _)| *status == "default" || is_error(status))
    {
        if !site.has("$ref") {
            if site.value.is_object() {
                let help = "make it a component under `components/responses` and `$ref` it";
                linter.report_key(&site, format!("the error response `{status}` is written out in place"), help);
            }
            continue;
        }
        let Some(response) = linter.follow(&site, "responses") else { continue };
        types.insert(linter.json(&response).and_then(|schema| linter.schema_target(&schema)));
        for (media_type, media) in response.entries_of("content") {
            media_response(linter, media_type, &media);
            if let Some(schema) = media.get("schema").filter(|schema| is_json(media_type) && !names_a_type(schema)) {
                linter.report(&schema, "an error without a name", "make its schema a component and `$ref` it");
            }
        }
    }
    if types.len() > 1 {
        let message = format!("`{}` has {} types of errors", operation.name(), types.len());
        linter.report(responses, message, "let all error responses have the same schema");
    }
}

fn names_a_type(schema: &Node<'_>) -> bool {
    schema.has("$ref") || schema.has("allOf")
}

#[cfg(test)]
mod tests {
    use super::is_error;

    #[test]
    fn error_statuses_are_three_digits_from_400() {
        for (status, expected) in
            [("400", true), ("503", true), ("4XX", false), ("200", false), ("4000", false), ("é4", false)]
        {
            assert_eq!(is_error(status), expected, "{status}");
        }
    }
}
