//! Which names and characters XML 1.0 allows (productions 2, 4, 4a and 5).

/// Whether a text is a name.
#[inline]
pub(super) fn is_name(text: &str) -> bool {
    // Names in ASCII are the usual case.
    if let [first, rest @ ..] = text.as_bytes()
        && (first.is_ascii_alphabetic() || *first == b'_')
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
    {
        return true;
    }
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(|c| is_name_start(c) || is_name_rest(c))
}

/// Whether all characters are allowed in a document.
pub(super) fn is_text(text: &str) -> bool {
    text.chars().all(|c| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}'))
}

fn is_name_start(c: char) -> bool {
    matches!(c,
        ':' | 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name_rest(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_xml() {
        for name in ["a", "_", "x:y", "a-b.c1", "Ärger", "名前", "a·"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "-a", ".a", "a b", "a<", "a=\"", "a@b", "a\u{0}", "·a"] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn control_characters_are_not_allowed_in_text() {
        assert!(is_text("tab\t line\r\n \u{7f} \u{85} 名 \u{1f642}"));
        for text in ["\0", "a\u{1}", "\u{b}", "\u{1f}", "\u{ffff}"] {
            assert!(!is_text(text), "{text:?}");
        }
    }
}
