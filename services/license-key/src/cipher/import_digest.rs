//! By which a file of keys is known again, without a key of it being stored.

use std::fmt;

use aws_lc_rs::hmac;

use crate::domain::Line;

/// The keyed digest of the lines of a file so far.
#[derive(Clone)]
pub struct ImportDigest(hmac::Context);

impl fmt::Debug for ImportDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportDigest(..)")
    }
}

impl ImportDigest {
    pub(super) fn new(key: &hmac::Key) -> Self {
        Self(hmac::Context::with_key(key))
    }

    /// Adds a line.
    pub fn add(&mut self, line: &Line) {
        match line {
            Line::Key(key) => self.0.update(key.expose().as_bytes()),
            Line::Malformed(number) => self.0.update(format!("\0{number}").as_bytes()),
        }
        self.0.update(b"\n");
    }

    /// Returns the digest of the lines so far.
    pub fn so_far(&self) -> Vec<u8> {
        self.0.clone().sign().as_ref().to_vec()
    }
}
