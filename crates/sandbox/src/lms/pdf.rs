//! A PDF document of one page with lines of text.

use std::fmt::Write;

/// A page with a line for each text, the first one large. Letters beyond Latin-1 become question marks, since the font
/// that every reader has does not know them.
pub(super) fn page(lines: &[String]) -> Vec<u8> {
    let mut text = String::from("BT\n");
    for (number, line) in lines.iter().enumerate() {
        let (size, down) = if number == 0 { (32, "90 640") } else { (16, "0 -48") };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "/F1 {size} Tf {down} Td ({}) Tj", literal(line));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
    ];
    let mut document = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(document.len());
        let _ = write!(document, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let table = document.len();
    let _ = write!(document, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(document, "{place:010} 00000 n ");
    }
    let _ = write!(document, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    document.into_bytes()
}

/// A text as it stands between parentheses: ASCII, the rest of Latin-1 in octal.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    for letter in text.chars() {
        match letter {
            '(' | ')' | '\\' => literal.extend(['\\', letter]),
            ' '..='~' => literal.push(letter),
            '\u{a0}'..='\u{ff}' => {
                let _ = write!(literal, "\\{:03o}", letter as u32);
            }
            _ => literal.push('?'),
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_page_leads_to_its_objects() -> Result<(), Box<dyn std::error::Error>> {
        let document = String::from_utf8(page(&["A (b) \\ ü 日".to_owned(), "Second".to_owned()]))?;
        assert!(document.starts_with("%PDF-1.4\n") && document.ends_with("%%EOF\n"));
        assert!(document.contains("(A \\(b\\) \\\\ \\374 ?) Tj"), "{document}");
        let start: usize = document.lines().rev().nth(1).ok_or("no place")?.parse()?;
        let table = document.get(start..).ok_or("no table")?;
        assert!(table.starts_with("xref\n0 6\n"));
        for (number, line) in table.lines().skip(3).take(5).enumerate() {
            let place: usize = line.get(..10).ok_or("no place")?.parse()?;
            let object = document.get(place..).ok_or("no object")?;
            assert!(object.starts_with(&format!("{} 0 obj\n", number + 1)), "{object}");
        }
        let (head, stream) = document.split_once("stream\n").ok_or("no stream")?;
        let length: usize =
            head.rsplit("/Length ").next().and_then(|text| text.split(' ').next()).ok_or("none")?.parse()?;
        assert_eq!(stream.find("\nendstream"), Some(length));
        Ok(())
    }
}
