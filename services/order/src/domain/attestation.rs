//! The text that the buyer confirms with every order.

use jiff::Timestamp;

use super::{Rejection, Resellers};

/// In which capacity a partner sells. Source: PAR-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// No reseller is named: the partner deals with the customer itself.
    DirectPartner,
    /// A reseller is named.
    IndirectProvider,
}

/// A text that the buyer must confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestationText {
    /// Names the text; another wording has another name.
    pub version: &'static str,
    /// What is confirmed.
    pub text: &'static str,
}

/// What the buyer sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The text that was read.
    pub version: String,
    /// "I confirm".
    pub accepted: bool,
}

/// Who confirmed which text, and when; kept with the order (TRP-47).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The text's name.
    pub version: String,
    /// The caller's subject.
    pub actor: String,
    /// When, by the customer's clock.
    pub accepted_at: Timestamp,
}

impl Capacity {
    /// Returns the capacity in which a partner sells when it names these resellers.
    pub fn with(resellers: &Resellers) -> Self {
        if resellers.is_empty() { Self::DirectPartner } else { Self::IndirectProvider }
    }

    /// Returns the text in force.
    ///
    /// Source: PAR-5, TRP-47.
    pub const fn text(self) -> AttestationText {
        match self {
            Self::DirectPartner => AttestationText {
                version: "direct-partner-1",
                text: "I confirm that for this transaction my organisation acts as a direct \
                       partner of the customer, and that no indirect reseller takes part in it.",
            },
            Self::IndirectProvider => AttestationText {
                version: "indirect-provider-1",
                text: "I confirm that for this transaction my organisation acts as an indirect \
                       provider, and that the named indirect reseller takes part in it.",
            },
        }
    }

    /// Lets a confirmation pass that is of the text in force.
    ///
    /// # Errors
    ///
    /// [`Rejection::AttestationRequired`] (PAR-5).
    pub fn check(self, confirmation: Option<&Confirmation>) -> Result<(), Rejection> {
        let AttestationText { version, text } = self.text();
        match confirmation {
            Some(given) if given.accepted && given.version == version => Ok(()),
            Some(_) | None => Err(Rejection::AttestationRequired { version, text }),
        }
    }
}

#[cfg(test)]
mod tests;
