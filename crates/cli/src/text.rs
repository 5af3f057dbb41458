//! Escapes text from outside for a terminal.

/// Escapes control characters, which could move the cursor or change colours.
pub(crate) fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for it in text.chars() {
        if needs_escape(it) { printed.extend(it.escape_default()) } else { printed.push(it) }
    }
    printed
}

/// Escapes control characters, but keeps line breaks.
pub(crate) fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Escapes text that comes in chunks. Line breaks and tabs stay, and a chunk may end within a character.
#[derive(Default)]
pub(crate) struct Chunks {
    rest: Vec<u8>,
}

impl Chunks {
    /// The text that can be shown after another chunk.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> String {
        self.rest.extend_from_slice(chunk);
        let whole = match str::from_utf8(&self.rest) {
            Ok(text) => text.len() - usize::from(text.ends_with('\r')),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.rest.len(),
        };
        let rest = self.rest.split_off(whole);
        shown(&std::mem::replace(&mut self.rest, rest))
    }

    /// The text that is left at the end.
    pub(crate) fn end(self) -> String {
        shown(&self.rest)
    }
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let lines = text.split('\n').map(|line| line.split('\t').map(printable).collect::<Vec<_>>().join("\t"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Escaped text of at most `max` characters.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    let printed = printable(text);
    match printed.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &printed[..end]),
        None => printed,
    }
}

/// Whether a terminal may interpret the character or show nothing for it: control characters, those that change the
/// direction of text, separators of lines, and characters without width. Two names that differ in such a character only
/// would look the same.
pub(crate) fn needs_escape(it: char) -> bool {
    it.is_control()
        || matches!(
            it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\x1b[31m\nb\u{202e}"), "a\\u{1b}[31m\\nb\\u{202e}");
        assert_eq!(printable("Zoë 王"), "Zoë 王");
        for invisible in [
            '\u{ad}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{3164}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let escaped = format!("a{}b", invisible.escape_default());
            assert_eq!(printable(&format!("a{invisible}b")), escaped);
            assert_eq!(printable_lines(&format!("a{invisible}b")), escaped);
        }
        let mut chunks = Chunks::default();
        let mut seen = String::new();
        for chunk in ["a\tb\r".as_bytes(), b"\nc\rd\xc3", b"\xa9\x1b[2J\xff", b"\xe2\x82"] {
            seen.push_str(&chunks.push(chunk));
        }
        assert_eq!(seen + &chunks.end(), "a\tb\nc\\rdé\\u{1b}[2J\u{fffd}\u{fffd}");
        assert_eq!(shortened("ééé", 2), "éé…");
        assert_eq!(shortened("éé", 2), "éé");
    }
}
