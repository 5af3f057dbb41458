//! Certifications and their certificates, which are PDF documents: `certificationsAwarded`, `certificate`.

use std::fmt::Write as _;

use crate::http::{Call, Error, Handler, Reply};
use crate::lms::authorization::{user, visible_record};
use crate::lms::datetime::Timestamp;
use crate::lms::node::Node;
use crate::lms::params::required;
use crate::lms::response::xml;
use crate::lms::store::Lms;

pub(crate) const HANDLERS: &[(&str, Handler<Lms>)] =
    &[("certificate", certificate), ("certificationsAwarded", certifications_awarded)];

/// Prefix of an award's id; the rest is the id of its record.
const AWARD: &str = "AW-";

fn certifications_awarded(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let records = store.records_of(&user(&store, call)?);
    let nodes = records.iter().filter(|record| record.is_completed()).filter_map(|record| {
        let module = record.module(&store);
        let name = module.certification.as_ref()?;
        let node = Node::new("certification")
            .text("awardId", format!("{AWARD}{}", record.id))
            .text("name", name)
            .with(module.brief("module"))
            .some("awarded", record.ended.map(Timestamp::text))
            .some("expires", record.ended.map(|ended| ended.plus_days(730).text()));
        Some(node)
    });
    Ok(xml(&Node::new("certifications").list("certifications", nodes)))
}

fn certificate(lms: &Lms, call: &Call<'_>) -> Result<Reply, Error> {
    let store = lms.store();
    let account = user(&store, call)?;
    let missing = || Error::not_found("There is no award with this id.");
    let id = required(call, "awardId")?.strip_prefix(AWARD).ok_or_else(missing)?;
    let record = visible_record(&store, &account, id).map_err(|error| match error.status.as_u16() {
        404 => missing(),
        _ => error,
    })?;
    let module = record.module(&store);
    let (Some(name), Some(ended)) = (&module.certification, record.ended.filter(|_| record.is_completed())) else {
        return Err(missing());
    };
    let holder = store.account(&record.user).map_or_else(|| record.user.clone(), |owner| owner.name());
    let lines = [
        "Certificate".to_owned(),
        format!("{holder} is a {name}."),
        format!("Completed: {} on {}", module.title, ended.day()),
        format!("Award {AWARD}{}", record.id),
    ];
    Ok(Reply::file("application/pdf", pdf(&lines)))
}

/// A PDF document of one page with a line for each text, the first one large. Characters beyond Latin-1 become question marks, since the
/// standard font lacks them.
fn pdf(lines: &[String]) -> Vec<u8> {
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
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(document.len());
        let _ = write!(document, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let table = document.len();
    let _ = write!(document, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(document, "{offset:010} 00000 n ");
    }
    let _ = write!(document, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    document.into_bytes()
}

/// A text as a PDF string: ASCII as it is, the rest of Latin-1 in octal.
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
    fn offsets_in_the_cross_reference_table_point_to_objects() -> Result<(), Box<dyn std::error::Error>> {
        let document = String::from_utf8(pdf(&["A (b) \\ ü 日".to_owned(), "Second".to_owned()]))?;
        assert!(document.starts_with("%PDF-1.4\n") && document.ends_with("%%EOF\n"));
        assert!(document.contains("(A \\(b\\) \\\\ \\374 ?) Tj"), "{document}");
        let start: usize = document.lines().rev().nth(1).ok_or("no offset")?.parse()?;
        let table = document.get(start..).ok_or("no table")?;
        assert!(table.starts_with("xref\n0 6\n"));
        for (number, line) in table.lines().skip(3).take(5).enumerate() {
            let offset: usize = line.get(..10).ok_or("no offset")?.parse()?;
            let object = document.get(offset..).ok_or("no object")?;
            assert!(object.starts_with(&format!("{} 0 obj\n", number + 1)), "{object}");
        }
        let (head, stream) = document.split_once("stream\n").ok_or("no stream")?;
        let length: usize =
            head.rsplit("/Length ").next().and_then(|text| text.split(' ').next()).ok_or("none")?.parse()?;
        assert_eq!(stream.find("\nendstream"), Some(length));
        Ok(())
    }
}
