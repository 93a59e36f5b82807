//! What opens a download link. It is nowhere stored: the link's id and a secret make it again.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vocab::DownloadLinkId;
use zeroize::Zeroizing;

/// What opens a link, in clear: 256 bits as text that fits into a URI.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is wiped when it goes.
///
/// Source: DWN-2, DWN-6.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(Zeroizing<String>);

impl LinkToken {
    /// Makes the token of a link: the same each time, and without the key nobody can tell it from
    /// chance.
    pub(super) fn of(key: &hmac::Key, link: DownloadLinkId) -> Self {
        let tag = hmac::sign(key, link.0.as_bytes());
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(tag.as_ref())))
    }

    /// Takes what somebody sent for one.
    pub fn sent(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Returns the token in clear, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns what is stored of it, and what it is found by. Guessing is hopeless, so no salt.
    pub fn hash(&self) -> Vec<u8> {
        let text = Zeroizing::new(format!("tenure download link\0{}", self.expose()));
        digest(&SHA256, text.as_bytes()).as_ref().to_vec()
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(..)")
    }
}
