//! Proof Key for Code Exchange (RFC 7636): only the program that requested a code can redeem it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::Error;

/// A code verifier. Its challenge goes into the URL at which the user signs in, and it itself into the token request.
///
/// ```
/// use rosterkit_core::{oauth::Pkce, secrecy::ExposeSecret};
///
/// // The example of RFC 7636, appendix B.
/// let pkce = Pkce::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")?;
/// assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// assert_eq!(Pkce::generate()?.verifier().expose_secret().len(), 86);
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pkce(SecretString);

impl Pkce {
    /// A new verifier of 86 characters with 512 bits from the operating system's random source.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the system has no such source.
    pub fn generate() -> Result<Self, Error> {
        random_text::<64>().map(|verifier| Self(verifier.into()))
    }

    /// A verifier that was generated before: 43 to 128 letters, digits and `-._~`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if it is something else.
    pub fn from_verifier(verifier: impl Into<SecretString>) -> Result<Self, Error> {
        let verifier = verifier.into();
        let text = verifier.expose_secret();
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&text.len()) || !text.bytes().all(is_unreserved) {
            return Err(Error::configuration("the code verifier must be 43 to 128 letters, digits and -._~"));
        }
        Ok(Self(verifier))
    }

    /// The verifier, to keep until the user has signed in.
    pub fn verifier(&self) -> &SecretString {
        &self.0
    }

    /// The challenge of method `S256`.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.expose_secret().as_bytes()))
    }
}

/// As many random bytes, as text that a URL can carry.
pub(super) fn random_text<const BYTES: usize>() -> Result<String, Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| Error::configuration("the system gives no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_new_each_time_and_as_the_standard_wants_it() {
        let verifiers = [(); 100].map(|()| Pkce::generate().expect("random numbers"));
        for (index, pkce) in verifiers.iter().enumerate() {
            let verifier = pkce.verifier().expose_secret();
            assert!(Pkce::from_verifier(verifier).is_ok());
            assert_eq!(pkce.challenge().len(), 43);
            assert!(!format!("{pkce:?}").contains(verifier));
            assert!(verifiers[..index].iter().all(|other| other.verifier().expose_secret() != verifier));
        }
    }

    #[test]
    fn a_verifier_of_another_length_or_alphabet_is_refused() {
        for (verifier, is_valid) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            (format!("{}+", "a".repeat(50)), false),
            (format!("{}é", "a".repeat(50)), false),
        ] {
            assert_eq!(Pkce::from_verifier(verifier.clone()).is_ok(), is_valid, "{verifier}");
        }
    }
}
