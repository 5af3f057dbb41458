//! File names that a service suggests.

/// How many bytes of a name are kept. Most file systems take 255, and the name of an unfinished file is longer.
const LONGEST: usize = 200;

/// Names of devices on Windows, whatever their extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A name that is safe in any directory, or none if nothing is left of it.
pub(super) fn safe(name: &str) -> Option<String> {
    let kept: String = name.chars().filter(|char| !is_invisible(*char)).map(replaced).collect();
    let kept = kept.trim_start_matches(|char: char| char == '.' || char.is_whitespace());
    let kept = shortened(kept);
    let kept = kept.trim_end_matches(|char: char| char == '.' || char.is_whitespace());
    let stem = kept.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_device = DEVICES.iter().any(|device| match stem.strip_prefix(device) {
        Some("") => !matches!(*device, "com" | "lpt"),
        Some(number) => matches!(*device, "com" | "lpt") && number.chars().count() == 1,
        None => false,
    });
    (!kept.is_empty()).then(|| if is_device { format!("_{kept}") } else { kept.to_owned() })
}

/// Controls, and characters that make a name look like another one by turning its direction.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn replaced(char: char) -> char {
    if matches!(char, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { char }
}

/// Cuts the stem and keeps the extension.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut end = LONGEST - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_unsafe_in_a_file_name_are_removed() {
        for (name, expected) in [
            ("certificate.pdf", Some("certificate.pdf")),
            ("Zertifikat für Ä.pdf", Some("Zertifikat für Ä.pdf")),
            ("../../etc/passwd", Some("_.._etc_passwd")),
            (".bashrc", Some("bashrc")),
            ("...", None),
            (" ", None),
            ("", None),
            ("a\u{202e}fdp.exe", Some("afdp.exe")),
            ("a\0b\r\n.pdf", Some("ab.pdf")),
            ("a?b*c|d<e>f\"g.pdf", Some("a_b_c_d_e_f_g.pdf")),
            ("nul", Some("_nul")),
            ("CON.pdf", Some("_CON.pdf")),
            ("com1.txt", Some("_com1.txt")),
            ("company.txt", Some("company.txt")),
            ("com.txt", Some("com.txt")),
            ("trailing. . ", Some("trailing")),
        ] {
            assert_eq!(safe(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let name = safe(&format!("{}.pdf", "é".repeat(300))).expect("a name");
        assert!(name.len() <= LONGEST && name.ends_with("é.pdf"), "{name}");
        assert_eq!(safe(&"x".repeat(1000)).map(|name| name.len()), Some(LONGEST));
    }
}
