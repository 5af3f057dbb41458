//! One-time passwords that depend on the time: RFC 6238.

use genesys_users::types::TotpAlgorithm;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// How a verifier makes its one-time passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totp {
    pub(crate) algorithm: TotpAlgorithm,
    pub(crate) digits: u32,
    /// How long one lasts, in seconds.
    pub(crate) period: u64,
    /// Made by the sandbox, and worth nothing elsewhere.
    pub(crate) secret: Vec<u8>,
}

impl Totp {
    /// Whether this is the one-time password of a moment, in seconds since 1970, or of the period before or after.
    pub(crate) fn accepts(&self, token: &str, seconds: i64) -> bool {
        let step = u64::try_from(seconds).unwrap_or_default() / self.period.max(1);
        (step.saturating_sub(1)..=step + 1).any(|step| self.at(step).as_deref() == Some(token))
    }

    /// The one-time password of a period.
    fn at(&self, step: u64) -> Option<String> {
        let counter = step.to_be_bytes();
        let hash = match &self.algorithm {
            TotpAlgorithm::Sha1 => {
                Hmac::<Sha1>::new_from_slice(&self.secret).ok()?.chain_update(counter).finalize().into_bytes().to_vec()
            }
            TotpAlgorithm::Sha256 => Hmac::<Sha256>::new_from_slice(&self.secret)
                .ok()?
                .chain_update(counter)
                .finalize()
                .into_bytes()
                .to_vec(),
            TotpAlgorithm::Sha512 => Hmac::<Sha512>::new_from_slice(&self.secret)
                .ok()?
                .chain_update(counter)
                .finalize()
                .into_bytes()
                .to_vec(),
            _ => return None,
        };
        let start = usize::from(hash.last()? & 0xf);
        let part: [u8; 4] = hash.get(start..start + 4)?.try_into().ok()?;
        let number = (u32::from_be_bytes(part) & 0x7fff_ffff) % 10_u32.checked_pow(self.digits)?;
        Some(format!("{number:0width$}", width = self.digits as usize))
    }

    /// What an authenticator app takes in.
    pub(crate) fn uri(&self, account: &str) -> String {
        format!(
            "otpauth://totp/Sandbox:{}?secret={}&issuer=Sandbox&algorithm={}&digits={}&period={}",
            crate::http::encode(account),
            base32(&self.secret),
            self.algorithm.as_str(),
            self.digits,
            self.period
        )
    }
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let groups = bytes.chunks(5).flat_map(|chunk| {
        let number =
            chunk.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)) << (8 * (5 - chunk.len()));
        let digits = (chunk.len() * 8).div_ceil(5);
        (0..digits).map(move |digit| DIGITS[((number >> (35 - 5 * digit)) & 31) as usize] as char)
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_passwords_are_those_of_the_rfc() {
        let totp = |algorithm, length: usize| {
            let secret = b"1234567890".iter().copied().cycle().take(length).collect();
            Totp { algorithm, digits: 8, period: 30, secret }
        };
        let algorithms = [(TotpAlgorithm::Sha1, 20), (TotpAlgorithm::Sha256, 32), (TotpAlgorithm::Sha512, 64)];
        for ((algorithm, length), (early, late)) in
            algorithms.into_iter().zip([("94287082", "65353130"), ("46119246", "77737706"), ("90693936", "47863826")])
        {
            let totp = totp(algorithm, length);
            assert!(totp.accepts(early, 59) && totp.accepts(late, 20_000_000_000));
            assert!(totp.accepts(early, 29 + 60) && !totp.accepts(early, 120), "one period is allowed for");
            assert!(!totp.accepts("", 59) && !totp.accepts(late, 59));
        }
    }

    #[test]
    fn secrets_are_written_as_the_rfc_writes_them() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
