//! Strict validation of XML declarations (XML 1.0, productions 23 to 26, 32, 80 and 81).

/// Whether `content`, the text between `<?` and `?>`, is a valid declaration: version, then encoding, then standalone,
/// each at most once and separated by white space.
pub(super) fn is_declaration(content: &str) -> bool {
    let Some(rest) = content.strip_prefix("xml") else { return false };
    let Some((version, rest)) = pseudo_attribute(rest, "version") else { return false };
    let (encoding, rest) = pseudo_attribute(rest, "encoding").map_or((None, rest), |(value, rest)| (Some(value), rest));
    let (standalone, rest) =
        pseudo_attribute(rest, "standalone").map_or((None, rest), |(value, rest)| (Some(value), rest));
    let is_version = version.strip_prefix("1.").is_some_and(|minor| !minor.is_empty() && is_digits(minor));
    is_version
        && encoding.is_none_or(is_encoding)
        && standalone.is_none_or(|value| matches!(value, "yes" | "no"))
        && trim_start(rest).is_empty()
}

/// The value of the next pseudo-attribute, and the text after it.
fn pseudo_attribute<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let named = trim_start(text);
    let value = trim_start(named.strip_prefix(name).filter(|_| named.len() < text.len())?).strip_prefix('=')?;
    let value = trim_start(value);
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_encoding(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::is_declaration;

    #[test]
    fn declarations_are_validated_strictly() {
        for content in [
            "xml version='1.0'",
            "xml version=\"1.1\" ",
            "xml\n version\t=\r\n'1.0' encoding = \"ISO-8859-1\"",
            "xml version='1.0' standalone='no'",
            "xml version='1.0' encoding='x-mac_1.2' standalone=\"yes\"\n",
        ] {
            assert!(is_declaration(content), "{content}");
        }
        for content in [
            "",
            "xml",
            "xml ",
            "XML version='1.0'",
            "xmlversion='1.0'",
            "xml version",
            "xml version=",
            "xml version=1.0",
            "xml version='1.0",
            "xml version='1.0\"",
            "xml version='2.0'",
            "xml version='1.'",
            "xml version='1.0'?",
            "xml version='1.0'encoding='utf-8'",
            "xml version='1.0' encoding=''",
            "xml version='1.0' encoding='8859-1'",
            "xml version='1.0' encoding='utf 8'",
            "xml encoding='utf-8' version='1.0'",
            "xml version='1.0' standalone='yes' encoding='utf-8'",
            "xml version='1.0' standalone='maybe'",
            "xml version='1.0' version='1.0'",
            "xml version='1.0' encoding='utf-8' encoding='utf-8'",
            "xml version='1.0' other='x'",
        ] {
            assert!(!is_declaration(content), "{content}");
        }
    }
}
