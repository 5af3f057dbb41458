//! Text from outside, made fit for one line of a terminal.

/// The text without control characters, which could move the cursor or change colours.
pub(crate) fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for it in text.chars() {
        if is_harmful(it) { printed.extend(it.escape_default()) } else { printed.push(it) }
    }
    printed
}

/// Printable text of several lines.
pub(crate) fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Printable text of at most so many characters.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let printed = printable(text);
    match printed.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &printed[..end]),
        None => printed,
    }
}

/// Control characters, and those that change the direction of what follows.
pub(crate) fn is_harmful(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(printable("a\x1b[31m\nb\u{202e}"), "a\\u{1b}[31m\\nb\\u{202e}");
        assert_eq!(printable("Zoë 王"), "Zoë 王");
        assert_eq!(shortened("ééé", 2), "éé…");
        assert_eq!(shortened("éé", 2), "éé");
    }
}
