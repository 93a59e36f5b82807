//! Why a token is not believed.

use jiff::Timestamp;

/// Why a caller is not known: what is wrong with the token, and what would do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none.
    #[error("the call has no token; send it as `authorization: Bearer <token>`")]
    Missing,
    /// It is not a token of the kind that we read, or it lacks what a method needs to know.
    #[error("the token is malformed: {problem}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// No key that we trust has signed it.
    #[error("the token has a bad signature: no key that is trusted here has made it")]
    BadSignature,
    /// Somebody else has issued it.
    #[error("the token has the wrong issuer: {issuer}, and only {expected} is trusted here")]
    WrongIssuer {
        /// The token's issuer.
        issuer: String,
        /// Ours.
        expected: String,
    },
    /// It is meant for somebody else.
    #[error("the token has the wrong audience: {audience}, and this is {expected}")]
    WrongAudience {
        /// Whom the token is for, separated by commas.
        audience: String,
        /// Who we are.
        expected: String,
    },
    /// Its time is over.
    #[error("the token expired at {at}; ask its issuer for a new one")]
    Expired {
        /// The first instant at which it was no longer valid, leeway left out.
        at: Timestamp,
    },
    /// Its time has not come.
    #[error("the token is not valid before {from}")]
    NotYetValid {
        /// The first instant at which it is valid, leeway left out.
        from: Timestamp,
    },
}

impl Refusal {
    pub(crate) fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed { problem: problem.into() }
    }

    /// Returns the values of the message, by name.
    pub(crate) fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Missing | Self::BadSignature => vec![],
            Self::Malformed { problem } => vec![("problem", problem.clone())],
            Self::WrongIssuer { issuer, expected } => {
                vec![("issuer", issuer.clone()), ("expected", expected.clone())]
            }
            Self::WrongAudience { audience, expected } => {
                vec![("audience", audience.clone()), ("expected", expected.clone())]
            }
            Self::Expired { at } => vec![("expired_at", at.to_string())],
            Self::NotYetValid { from } => vec![("valid_from", from.to_string())],
        }
    }
}
