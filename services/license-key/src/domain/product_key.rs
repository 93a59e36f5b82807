//! A product key in clear: the one value that nothing may print.

use std::fmt;

use zeroize::Zeroizing;

/// A product key, normalized: its characters and nothing between them.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is wiped when it goes.
///
/// Source: KEY-2, DWN-6 in `docs/rules.md`.
#[derive(Clone, PartialEq, Eq)]
pub struct ProductKey(Zeroizing<String>);

impl ProductKey {
    /// Takes over a normalized key; the buffer is wiped with it.
    pub(crate) fn of(normalized: Zeroizing<String>) -> Self {
        Self(normalized)
    }

    /// Returns the key in clear: for the cipher, and for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProductKey(..)")
    }
}
