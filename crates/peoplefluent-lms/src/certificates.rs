//! Certificates as files.

use std::fmt::Write as _;
use std::path::Path;

use futures_util::StreamExt as _;
use rosterkit_core::{Error, SaveOptions, Saved};

use crate::each::each;
use crate::generated::operations;
use crate::{Call, Client, RawResponse, builder, ids};

/// Certificates of the client's user, or of the user that it [acts for](Client::on_behalf_of).
#[derive(Clone, Debug)]
pub struct Certificates {
    client: Client,
}

/// The outcome of saving one certificate of many.
#[derive(Debug)]
pub struct CertificateFile {
    /// The id of the award.
    pub award: String,
    /// The file, or why it was not saved.
    pub result: Result<Saved, Error>,
}

impl Client {
    /// Certificates of the user.
    ///
    /// ```no_run
    /// use peoplefluent_lms::SaveOptions;
    ///
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let roe = client.on_behalf_of("a.roe");
    /// for file in roe.certificates().save_all("certificates", SaveOptions::new()).await? {
    ///     match file.result {
    ///         Ok(saved) => println!("{}", saved.path.display()),
    ///         Err(error) => eprintln!("{}: {error}", file.award),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn certificates(&self) -> Certificates {
        Certificates { client: self.clone() }
    }
}

impl Certificates {
    /// Lists the certifications that the user was awarded, in an undocumented representation. Calls
    /// `certificationsAwarded`.
    pub fn awarded(&self) -> Call<builder::CertificationsAwarded, RawResponse> {
        Call::new(self.client.api().certifications_awarded(), |call| {
            Box::pin(async move { RawResponse::read(call.send().await?, &operations::CERTIFICATIONS_AWARDED).await })
        })
    }

    /// Saves the certificate of one award as `certificate-<award>.pdf` in a directory. Calls `certificate`.
    ///
    /// Characters of the id other than letters, digits, `-` and `_` are percent-encoded in the name.
    ///
    /// # Errors
    /// Those of [`Body::save_to`](crate::Body::save_to) and of the call. An HTML page instead of a PDF is an error.
    pub async fn save(
        &self,
        award: impl Into<String>,
        directory: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<Saved, Error> {
        let award = award.into();
        let path = directory.as_ref().join(file_name(&award));
        let certificate = self.client.api().certificate().award_id(award).send().await?.into_inner();
        let bytes = certificate.save_to(&path, options).await?;
        Ok(Saved { path, bytes })
    }

    /// Saves the certificates of some awards: [`save`](Self::save) for each, the first alone and then four at a time. No failure
    /// but a refused credential stops the
    /// others; the outcomes are in the order of the awards.
    pub async fn save_each(
        &self,
        awards: impl IntoIterator<Item = impl Into<String>>,
        directory: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Vec<CertificateFile> {
        let directory = directory.as_ref();
        let awards: Vec<String> = awards.into_iter().map(Into::into).collect();
        let saves = each(awards, |award| self.save(award, directory, options.clone()));
        saves.map(|(award, result)| CertificateFile { award, result }).collect().await
    }

    /// Saves all certificates of the user: [`awarded`](Self::awarded), then [`save_each`](Self::save_each).
    ///
    /// The ids of the awards are read from the name that `certificate` uses for them: `awardId`, a property in JSON, an
    /// element or attribute in XML. The representation of the list is not documented: if a site uses another name, read
    /// [`awarded`](Self::awarded) and pass the ids to `save_each`.
    ///
    /// # Errors
    /// Those of the listing, and [`Decode`](crate::ErrorKind::Decode) if it is not empty but has no such id.
    pub async fn save_all(
        &self,
        directory: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<Vec<CertificateFile>, Error> {
        let listing = self.awarded().send().await?;
        let awards = ids::named(listing.text()?, "awardId").map_err(|cause| {
            listing.invalid(format!("{cause}: read the list of awards, and save the certificates by their ids"))
        })?;
        Ok(self.save_each(awards, directory, options).await)
    }
}

/// Each id has its own name, and no name leads out of the directory.
fn file_name(award: &str) -> String {
    let mut name = String::from("certificate-");
    for byte in award.bytes() {
        match byte {
            b'-' | b'_' => name.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            // Writing to a `String` cannot fail.
            byte => drop(write!(name, "%{byte:02X}")),
        }
    }
    name.push_str(".pdf");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_different_for_different_ids() {
        for (award, expected) in [
            ("A-1_b", "certificate-A-1_b.pdf"),
            ("../x", "certificate-%2E%2E%2Fx.pdf"),
            ("..%2Fx", "certificate-%2E%2E%252Fx.pdf"),
            ("é", "certificate-%C3%A9.pdf"),
            ("", "certificate-.pdf"),
        ] {
            assert_eq!(file_name(award), expected);
        }
    }
}
