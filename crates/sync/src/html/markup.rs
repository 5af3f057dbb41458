//! Markup in which data cannot become markup, and JSON that a script element can hold.

use std::fmt::{self, Display, Write as _};
use std::io;

use serde::Serialize;

/// Characters that change how a text is shown without being seen: controls but tab and line feed, marks of direction, and
/// characters of no width. They are shown by their number, so that no one approves another text than the one that is written.
/// The script has the same list.
pub(super) const UNSEEN: [(u32, u32); 12] = [
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x61C, 0x61C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
];

/// A part of a page. Tags are texts of the program; everything else is escaped.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds tags.
    pub(super) fn tags(&mut self, tags: &'static str) -> &mut Self {
        self.0.push_str(tags);
        self
    }

    /// Adds data as text, which may also be within the quotes of an attribute.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        // Only a `Display` that fails without a reason of the writer could fail here; its text ends there.
        let _ = write!(Escape(&mut self.0), "{text}");
        self
    }

    /// Adds data between tags.
    pub(super) fn within(&mut self, start: &'static str, text: impl Display, end: &'static str) -> &mut Self {
        self.tags(start).text(text).tags(end)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

struct Escape<'a>(&'a mut String);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                it if is_unseen(it) => write!(self.0, "⟨U+{:04X}⟩", u32::from(it))?,
                it => self.0.push(it),
            }
        }
        Ok(())
    }
}

fn is_unseen(character: char) -> bool {
    let code = u32::from(character);
    UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// JSON that ends no script element, starts no comment in it, and ends no line of a script.
///
/// # Errors
/// Those of the value's serialization.
pub(super) fn json(value: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string(value)?;
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // Outside of texts, JSON has none of these.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a text does not fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(character));
            }
            it => safe.push(it),
        }
    }
    Ok(safe)
}

/// A number with its thousands marked.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
