//! Responses of success, and others, as bytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A response of success.
pub struct Success {
    pub media_type: String,
    pub body: Vec<u8>,
    pub status: u16,
}

impl Success {
    pub fn json(body: &serde_json::Value) -> Self {
        Self { media_type: "application/json".to_owned(), body: body.to_string().into_bytes(), status: 200 }
    }

    /// All of it.
    pub fn whole(&self) -> Vec<u8> {
        self.first(self.body.len())
    }

    /// Its head, and so many bytes of its body.
    pub fn first(&self, bytes: usize) -> Vec<u8> {
        let mut whole = response(self.status, &format!("Content-Type: {}\r\n", self.media_type), &self.body);
        whole.truncate(whole.len() - (self.body.len() - bytes));
        whole
    }
}

/// A response with a status, headers and a body, which ends its connection.
pub fn response(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// So many blanks, compressed.
pub fn bomb(bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; bytes]).expect("in memory");
    encoder.finish().expect("in memory")
}
