//! Spec descriptions as rustdoc: nothing that rustdoc would read as a link, a tag or a list by accident.

/// Escapes a description for rustdoc. Text in backticks stays as it is.
pub fn rustdoc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.trim().split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for c in part.chars() {
            if matches!(c, '<' | '>' | '[' | ']' | '*' | '_' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// The first sentence, for one-line summaries.
pub fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    text.find(". ").or_else(|| text.find(".\n")).map_or(text, |end| &text[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_outside_backticks_is_escaped() {
        assert_eq!(rustdoc("A <b> [x] `a<b>[c]` *y*"), "A \\<b\\> \\[x\\] `a<b>[c]` \\*y\\*");
        assert_eq!(first_sentence("One. Two."), "One.");
        assert_eq!(first_sentence("One."), "One.");
    }
}
