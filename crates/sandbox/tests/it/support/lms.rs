//! Calls of the LMS for its tests.

use std::io::{Cursor, Write};

use serde_json::Value;

use super::{As, Services, TestResult};

impl Services {
    /// Status and body of a function, called by the integration account for `user` unless that is empty. Parameters go
    /// into the query of a `GET` and into the form of anything else.
    pub async fn function(
        &self,
        method: &str,
        user: &str,
        function: &str,
        parameters: &[(&str, &str)],
    ) -> TestResult<(u16, String)> {
        let acting = Some(("onBehalfOf", user)).filter(|_| !user.is_empty());
        let pairs = parameters.iter().copied().chain(acting);
        let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let (path, text) = (format!("/ekp/api/{function}"), pairs.join("&"));
        let response = match method {
            "GET" => self.send(As::LmsUser, method, &format!("{path}?{text}")).await?,
            _ => {
                let request = self.request(As::LmsUser, method, &path)?;
                request.header("content-type", "application/x-www-form-urlencoded").body(text).send().await?
            }
        };
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// The body of a successful `GET`.
    pub async fn read(&self, user: &str, function: &str, parameters: &[(&str, &str)]) -> TestResult<String> {
        match self.function("GET", user, function, parameters).await? {
            (200, body) => Ok(body),
            (status, body) => Err(format!("{function} {parameters:?}: {status} {body}").into()),
        }
    }

    /// The same as JSON.
    pub async fn read_json(&self, user: &str, function: &str, parameters: &[(&str, &str)]) -> TestResult<Value> {
        let parameters: Vec<_> = parameters.iter().copied().chain([("format", "json")]).collect();
        Ok(serde_json::from_str(&self.read(user, function, &parameters).await?)?)
    }

    /// Status and JSON of a function that changes something.
    pub async fn change(&self, user: &str, function: &str, form: &[(&str, &str)]) -> TestResult<(u16, Value)> {
        let form: Vec<_> = form.iter().copied().chain([("format", "json")]).collect();
        let (status, body) = self.function("POST", user, function, &form).await?;
        Ok((status, serde_json::from_str(&body)?))
    }

    /// The body of an export, by the system key.
    pub async fn export(&self, function: &str, query: &str) -> TestResult<(u16, String)> {
        let response = self.send(As::LmsSystem, "GET", &format!("/ekp/api/{function}?{query}")).await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// The report of a bulk handler.
    pub async fn bulk(&self, handler: &str, media_type: &str, body: &str) -> TestResult<(u16, String)> {
        let request = self.request(As::LmsSystem, "POST", &format!("/ekp/contentHandler/{handler}"))?;
        let response = request.header("content-type", media_type).body(body.to_owned()).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// The logins of all accounts, in the order of the people.
    pub async fn logins(&self) -> TestResult<Vec<String>> {
        let users = self.read_json("", "users", &[]).await?;
        Ok(texts(&users["users"], "id"))
    }

    /// The login of a person by number. Every fiftieth person has no account.
    pub async fn login(&self, number: usize) -> TestResult<String> {
        let ending = format!(".{number}");
        let found = self.logins().await?.into_iter().find(|login| login.ends_with(&ending));
        Ok(found.ok_or_else(|| format!("person {number} has no account"))?)
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A text property of each item of an array.
pub fn texts(array: &Value, property: &str) -> Vec<String> {
    let items = array.as_array().into_iter().flatten();
    items.filter_map(|item| item[property].as_str().map(str::to_owned)).collect()
}

/// The text between a start tag, which may have attributes, and the next end tag of the same name.
pub fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}"))?;
    let (_, rest) = rest.split_once('>')?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// The training records of a document, from start to end tag.
pub fn records(document: &str) -> Vec<&str> {
    document.split("<trainingRecord id=\"").skip(1).collect()
}

/// The id of the first training record of a document, or of the first that holds a text.
pub fn record_id(document: &str, text: &str) -> Option<String> {
    let record = records(document).into_iter().find(|record| record.contains(text))?;
    Some(record.split_once('"')?.0.to_owned())
}

/// A content package with one item.
pub fn package(identifier: &str, title: &str) -> TestResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("imsmanifest.xml", options)?;
    write!(
        archive,
        "<manifest identifier=\"{identifier}\"><organizations><organization><title>{title}</title>\
         <item identifier=\"I-1\"/></organization></organizations></manifest>"
    )?;
    Ok(archive.finish()?.into_inner())
}
