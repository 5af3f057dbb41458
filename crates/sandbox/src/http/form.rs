//! The fields and files of a form, urlencoded or multipart.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Bytes;
use futures_util::{FutureExt, stream};

use super::{Error, Pairs};

/// The content of a form; empty for an operation without one.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Pairs,
    files: Vec<File>,
}

/// A file in a multipart body.
#[derive(Debug)]
pub(crate) struct File {
    /// The name of the part.
    pub(crate) part: String,
    /// The name of the file.
    pub(crate) name: String,
    /// Empty if the part has none.
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

impl Form {
    /// Reads an `application/x-www-form-urlencoded` body.
    pub(crate) fn urlencoded(body: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|_| Error::bad_request("The form is not UTF-8."))?;
        Ok(Self { fields: Pairs::parse(text)?, files: Vec::new() })
    }

    /// Reads a `multipart/form-data` body; `content_type` has the boundary.
    pub(crate) fn multipart(content_type: &str, body: &Bytes) -> Result<Self, Error> {
        let boundary = multer::parse_boundary(content_type)
            .map_err(|_| Error::bad_request("The Content-Type of a multipart body must name its boundary."))?;
        let chunks = stream::once(ready(Ok::<_, Infallible>(body.clone())));
        let parts = parts(multer::Multipart::new(chunks, boundary));
        // All bytes are in memory, so reading never waits.
        parts.now_or_never().unwrap_or_else(|| Err(Error::bad_request("The multipart body could not be read.")))
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.all(name)
    }

    pub(crate) fn file(&self, part: &str) -> Option<&File> {
        self.files.iter().find(|file| file.part == part)
    }

    /// The names of fields, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.names()
    }

    /// Names and values of the fields, in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter()
    }

    pub(crate) fn files(&self) -> &[File] {
        &self.files
    }
}

async fn parts(mut multipart: multer::Multipart<'_>) -> Result<Form, Error> {
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = multipart.next_field().await.map_err(|error| malformed(&error))? {
        let name = part.name().map(str::to_owned);
        let name = name.ok_or_else(|| Error::bad_request("A part of the multipart body has no name."))?;
        match part.file_name().map(str::to_owned) {
            Some(file_name) => {
                let media_type = part.content_type().map(ToString::to_string).unwrap_or_default();
                let bytes = part.bytes().await.map_err(|error| malformed(&error))?;
                files.push(File { part: name, name: file_name, media_type, bytes });
            }
            None => {
                let bytes = part.bytes().await.map_err(|error| malformed(&error))?;
                let text = std::str::from_utf8(&bytes).map_err(|_| Error::invalid(&name, "is not UTF-8"))?;
                fields.push((name, text.to_owned()));
            }
        }
    }
    Ok(Form { fields: Pairs::from(fields), files })
}

/// The problem of a multipart body; multer's own message can quote the body.
fn malformed(error: &multer::Error) -> Error {
    Error::bad_request(match error {
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream => "The multipart body ends before its last boundary.",
        multer::Error::ReadHeaderFailed(_) | multer::Error::DecodeHeaderName { .. } => {
            "A part of the multipart body has broken headers."
        }
        multer::Error::DecodeContentType(_) => "A part of the multipart body has an invalid Content-Type.",
        _ => "The body is not a multipart form.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn read(body: &str) -> Result<Form, Error> {
        Form::multipart(TYPE, &Bytes::from(body.to_owned()))
    }

    #[test]
    fn fields_and_files_of_a_multipart_body_are_distinguished() {
        let form = read(
            "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nfirst\r\n--XX\r\n\
             Content-Disposition: form-data; name=\"note\"\r\n\r\n\r\n--XX\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n1,2\r\n\r\n--XX--\r\n",
        )
        .unwrap_or_default();
        assert_eq!(form.all("note").collect::<Vec<_>>(), ["first", ""]);
        let file = form.file("file").map(|file| (file.name.as_str(), file.media_type.as_str(), &*file.bytes));
        assert_eq!(file, Some(("a.csv", "text/csv", &b"1,2\r\n"[..])));
        assert!(form.file("note").is_none());
    }

    #[test]
    fn an_invalid_multipart_body_is_rejected() {
        for body in [
            "",
            "no boundary",
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut off",
            "--XX\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--XX--\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n",
        ] {
            assert!(read(body).is_err(), "{body:?}");
        }
        assert!(Form::multipart("multipart/form-data", &Bytes::new()).is_err(), "there is no boundary");
    }

    #[test]
    fn a_urlencoded_form_is_parsed_like_a_query() {
        let form = Form::urlencoded(b"a=1&b=x+y&a=%32").unwrap_or_default();
        assert_eq!((form.all("a").collect::<Vec<_>>(), form.all("b").next()), (vec!["1", "2"], Some("x y")));
        assert!(Form::urlencoded(b"a=\xff").is_err() && Form::urlencoded(b"a=%ff").is_err());
    }
}
