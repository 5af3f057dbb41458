//! Bodies on standard output, byte for byte.

use std::io::{self, IsTerminal as _, Write as _};

use futures_util::{StreamExt as _, stream};
use rosterkit_core::Body;
use rosterkit_core::bytes::Bytes;

use super::stdout::Stdout;
use crate::error::Error;
use crate::text;

/// Streams a body whose beginning was read before to standard output. A terminal gets text only, with control characters
/// escaped.
pub(crate) async fn print(head: &[u8], body: Body) -> Result<(), Error> {
    let media_type = body.media_type().map(text::printable);
    let is_terminal = io::stdout().is_terminal();
    if is_terminal && !is_text(media_type.as_deref(), head) {
        let what = media_type.unwrap_or_else(|| "an unknown media type".to_owned());
        return Err(Error::Service(format!(
            "the response body is {what}, which is not text: use --out FILE, or redirect standard output"
        )));
    }
    let mut out = Stdout::new();
    let mut shown = is_terminal.then(text::Chunks::default);
    let mut chunks = stream::iter([Ok(Bytes::copy_from_slice(head))]).chain(body);
    while let Some(chunk) = chunks.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                // What arrived before the error is printed.
                out.flush().map_err(Error::output)?;
                return Err(error.into());
            }
        };
        let written = match &mut shown {
            Some(shown) => out.write_all(shown.push(&chunk).as_bytes()),
            None => out.write_all(&chunk),
        };
        written.map_err(Error::output)?;
    }
    let last = shown.map(text::Chunks::end).unwrap_or_default();
    out.write_all(last.as_bytes()).and_then(|()| out.flush()).map_err(Error::output)
}

/// Whether a body is text: by its media type, or by its beginning if the media type does not say it.
fn is_text(media_type: Option<&str>, head: &[u8]) -> bool {
    match media_type {
        Some(it) if it.starts_with("text/") || ["xml", "json", "csv"].iter().any(|kind| it.ends_with(kind)) => true,
        None | Some("application/octet-stream") if !head.is_empty() => {
            // The beginning may end within a character.
            let is_utf8 = str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
            is_utf8 && !head.iter().any(|byte| byte.is_ascii_control() && !b"\t\n\r".contains(byte))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_by_its_media_type_or_its_beginning() {
        for (media_type, head, expected) in [
            (Some("text/csv"), &b"\0"[..], true),
            (Some("application/xml"), b"", true),
            (Some("application/pdf"), b"text", false),
            (Some("application/octet-stream"), b"a,b\r\n1,\xc3", true),
            (Some("application/octet-stream"), b"%PDF-1.4\n\xff\xff", false),
            (Some("application/octet-stream"), b"a\x1b[2J", false),
            (None, "é".as_bytes(), true),
            (None, b"PK\x03\x04", false),
            (None, b"", false),
        ] {
            assert_eq!(is_text(media_type, head), expected, "{media_type:?} {head:?}");
        }
    }
}
