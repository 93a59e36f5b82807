//! Who may read the log: of the roles that the contract admits, those that this installation lets.

use std::collections::BTreeSet;

use super::Rejection;

/// The roles of a partner's people that may be readers at all (AUD-2).
pub const READERS: [&str; 4] =
    ["GLOBAL_ADMIN", "ACCOUNT_ADMIN", "REFERRAL_ADMIN", "MARKETING_CONTENT_ADMIN"];

/// The roles that read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers(BTreeSet<String>);

/// A role that can be no reader, or none at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReaders {
    /// There is no role left.
    #[error("names no role: somebody has to be able to read the log")]
    Nobody,
    /// Another role than the four.
    #[error("names {0}; the log is read by {all}, or by some of them", all = READERS.join(", "))]
    NotAReader(String),
}

impl Readers {
    /// Returns the readers of these names.
    ///
    /// # Errors
    ///
    /// [`BadReaders`] if none is named, or one that AUD-2 does not know.
    pub fn new(names: &[String]) -> Result<Self, BadReaders> {
        if let Some(other) = names.iter().find(|name| !READERS.contains(&name.as_str())) {
            return Err(BadReaders::NotAReader(other.clone()));
        }
        if names.is_empty() {
            return Err(BadReaders::Nobody);
        }
        Ok(Self(names.iter().cloned().collect()))
    }

    /// Lets somebody with these roles read.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotAReader`] (D-4).
    ///
    /// Source: D-4, AUD-2, TRP-52.
    pub fn admit<'r>(&self, roles: impl IntoIterator<Item = &'r str>) -> Result<(), Rejection> {
        if roles.into_iter().any(|role| self.0.contains(role)) {
            return Ok(());
        }
        let roles = self.0.iter().cloned().collect::<Vec<_>>().join(", ");
        Err(Rejection::NotAReader { roles })
    }
}

#[cfg(test)]
mod tests;
