//! Reads a recorded request: its path, query, form and parts, each refused where it is not written as it should be.

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// `GET`.
    pub method: String,
    /// The path with its query, as sent.
    pub target: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, its transfer encoding undone.
    pub body: Vec<u8>,
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field.
    pub name: String,
    /// The name of the file, if it is one.
    pub file_name: Option<String>,
    /// The media type, if there is one.
    pub media_type: Option<String>,
    /// The content.
    pub content: Vec<u8>,
}

impl Recorded {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The path, still escaped.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's pairs in order.
    ///
    /// # Errors
    /// If the query is not escaped as RFC 3986 wants it.
    pub fn query(&self) -> Result<Vec<(String, String)>, String> {
        let Some((_, query)) = self.target.split_once('?') else { return Ok(Vec::new()) };
        pairs(query, percent_decoded)
    }

    /// The pairs of a urlencoded form in order.
    ///
    /// # Errors
    /// If the body is no such form.
    pub fn form(&self) -> Result<Vec<(String, String)>, String> {
        let text = std::str::from_utf8(&self.body).map_err(|_| "the form is not ASCII".to_owned())?;
        // In a form, and only there, a plus sign is a space and a star needs no escape.
        pairs(text, |text| percent_decoded(&text.replace('+', "%20").replace('*', "%2A")))
    }

    /// The parts of a multipart body in order.
    ///
    /// # Errors
    /// If the body is none.
    pub fn parts(&self) -> Result<Vec<Part>, String> {
        let media_type = self.header("content-type").unwrap_or_default();
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=").ok_or_else(|| {
            format!("content type `{media_type}` where multipart/form-data with a boundary was expected")
        })?;
        let mut body = vec![b'\r', b'\n'];
        body.extend_from_slice(&self.body);
        let mut pieces = split(&body, format!("\r\n--{}", boundary.trim_matches('"')).as_bytes());
        let end = pieces.pop().unwrap_or_default();
        if !matches!(end, b"--" | b"--\r\n") || pieces.first().is_none_or(|preamble| !preamble.is_empty()) {
            return Err("the multipart body does not begin or end with its boundary".to_owned());
        }
        pieces.into_iter().skip(1).map(part).collect()
    }
}

fn part(piece: &[u8]) -> Result<Part, String> {
    let [head, content] = split_once(piece, b"\r\n\r\n").ok_or("a part without a head")?;
    let head = std::str::from_utf8(head).map_err(|_| "a part's head is not UTF-8")?;
    let mut part = Part { name: String::new(), file_name: None, media_type: None, content: content.to_vec() };
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("a part's head has the line `{line}`"))?;
        match name.to_ascii_lowercase().as_str() {
            "content-type" => part.media_type = Some(value.to_owned()),
            "content-disposition" => {
                let value = value.strip_prefix("form-data; ").ok_or_else(|| format!("disposition `{value}`"))?;
                let (name, file) = match value.split_once("; filename=") {
                    Some((name, file)) => (name, Some(file)),
                    None => (value, None),
                };
                part.name =
                    name.strip_prefix("name=").and_then(unquoted).ok_or_else(|| format!("disposition `{value}`"))?;
                part.file_name =
                    file.map(|file| unquoted(file).ok_or_else(|| format!("file name {file}"))).transpose()?;
            }
            other => return Err(format!("a part has the header `{other}`")),
        }
    }
    Ok(part)
}

/// What stands between quotation marks, with the three escapes of browsers undone.
fn unquoted(text: &str) -> Option<String> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let clean = !text.contains(['"', '\r', '\n']);
    clean.then(|| text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

/// Decodes text in which everything but the unreserved characters of RFC 3986 must be escaped.
///
/// # Errors
/// If something else is in it.
pub fn percent_decoded(text: &str) -> Result<String, String> {
    let refused = || format!("`{text}` is not escaped as it should be");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let digits = rest.split_at_checked(2).ok_or_else(refused)?;
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let number = digit(digits.0[0]).zip(digit(digits.0[1])).map(|(high, low)| high * 16 + low);
                bytes.push(number.ok_or_else(refused)?);
                rest = digits.1;
            }
            b'-' | b'.' | b'_' | b'~' => bytes.push(*first),
            first if first.is_ascii_alphanumeric() => bytes.push(*first),
            _ => return Err(refused()),
        }
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

fn pairs(text: &str, decode: impl Fn(&str) -> Result<String, String>) -> Result<Vec<(String, String)>, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` has no equals sign"))?;
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some([piece, after]) = split_once(rest, separator) {
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<[&'a [u8]; 2]> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some([&bytes[..at], &bytes[at + separator.len()..]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, media_type: &str, body: &str) -> Recorded {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Recorded { method: "GET".to_owned(), target: target.to_owned(), headers, body: body.into() }
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_query_is_read_strictly() {
        let query = |query: &str| request(&format!("/a?{query}"), "", "").query();
        assert_eq!(query("b=1&b=%C3%A9%20%26&c=").expect("a query"), [pair("b", "1"), pair("b", "é &"), pair("c", "")]);
        for wrong in ["b=a+b", "b=a b", "b=%C3", "b=%zz", "b=a/b", "b", "b=%+1"] {
            assert!(query(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_form_may_use_plus_signs() {
        let form = request("/", "", "a=b+c%2B*&d=e").form();
        assert_eq!(form.expect("a form"), [pair("a", "b c+*"), pair("d", "e")]);
    }

    #[test]
    fn parts_are_read_with_their_heads() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; \
                    name=\"f\"; filename=\"%22é%22.zip\"\r\nContent-Type: a/b\r\n\r\n\r\n--y\r\n\r\n--x--\r\n";
        let parts = request("/", "multipart/form-data; boundary=x", body).parts().expect("parts");
        let text = Part { name: "a".to_owned(), file_name: None, media_type: None, content: b"1".to_vec() };
        let file = Part {
            name: "f".to_owned(),
            file_name: Some("\"é\".zip".to_owned()),
            media_type: Some("a/b".to_owned()),
            content: b"\r\n--y\r\n".to_vec(),
        };
        assert_eq!(parts, [text, file]);
        for (media_type, body) in [
            ("multipart/form-data", body),
            ("multipart/form-data; boundary=z", body),
            ("multipart/form-data; boundary=x", body.trim_end_matches("--\r\n")),
            ("multipart/form-data; boundary=x", &body[1..]),
        ] {
            assert!(request("/", media_type, body).parts().is_err(), "{media_type}");
        }
    }
}
