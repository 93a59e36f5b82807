//! Texts that we hand out and must recognise as our own: page tokens, previews, cursors.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A key that marks texts as ours. All processes of a service share it, so that a page can be
/// continued by another one.
#[derive(Clone)]
pub struct Seal(hmac::Key);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(..)")
    }
}

const TAG_BYTES: usize = 32;

impl Seal {
    /// Makes a seal of a secret; any length is accepted, 32 random bytes are meant.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Returns `body` as an opaque text that only this seal opens for the same `purpose`.
    pub fn close(&self, purpose: &str, body: &[u8]) -> String {
        let mut sealed = body.to_vec();
        sealed.extend_from_slice(self.tag(purpose, body).as_ref());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Returns the body of a text that this seal closed for `purpose`; `None` for any other text.
    pub fn open(&self, purpose: &str, text: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_BYTES)?)?;
        hmac::verify(&self.0, &message(purpose, body), tag).ok()?;
        Some(body.to_vec())
    }

    fn tag(&self, purpose: &str, body: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, &message(purpose, body))
    }
}

/// The purpose's length stands first, so that no purpose and body read like another pair.
fn message(purpose: &str, body: &[u8]) -> Vec<u8> {
    let mut message = (purpose.len().to_be_bytes()).to_vec();
    message.extend_from_slice(purpose.as_bytes());
    message.extend_from_slice(body);
    message
}
