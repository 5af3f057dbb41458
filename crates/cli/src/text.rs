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

/// Text that comes in pieces, made fit for a terminal: line breaks and tabs stay, and a character may be cut by the end of
/// a piece.
#[derive(Default)]
pub(crate) struct Pieces {
    cut: Vec<u8>,
}

impl Pieces {
    /// What can be shown with another piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> String {
        self.cut.extend_from_slice(piece);
        let whole = match str::from_utf8(&self.cut) {
            Ok(text) => text.len() - usize::from(text.ends_with('\r')),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.cut.len(),
        };
        let rest = self.cut.split_off(whole);
        shown(&std::mem::replace(&mut self.cut, rest))
    }

    /// What is left at the end.
    pub(crate) fn end(self) -> String {
        shown(&self.cut)
    }
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let lines = text.split('\n').map(|line| line.split('\t').map(printable).collect::<Vec<_>>().join("\t"));
    lines.collect::<Vec<_>>().join("\n")
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
        let mut pieces = Pieces::default();
        let mut seen = String::new();
        for piece in ["a\tb\r".as_bytes(), b"\nc\rd\xc3", b"\xa9\x1b[2J\xff", b"\xe2\x82"] {
            seen.push_str(&pieces.push(piece));
        }
        assert_eq!(seen + &pieces.end(), "a\tb\nc\\rdé\\u{1b}[2J\u{fffd}\u{fffd}");
        assert_eq!(shortened("ééé", 2), "éé…");
        assert_eq!(shortened("éé", 2), "éé");
    }
}
