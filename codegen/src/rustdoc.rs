//! Spec descriptions as rustdoc: nothing that rustdoc would read as a link, a tag or a list by accident.

/// Escapes a description for rustdoc. Text in backticks stays as it is.
pub fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_outside_backticks_is_escaped() {
        assert_eq!(escape("A <b> [x] `a<b>[c]` *y*"), "A \\<b\\> \\[x\\] `a<b>[c]` \\*y\\*");
    }
}
