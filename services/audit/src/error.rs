//! Every way in which the log fails a caller.

use db::DbError;
use proto::Violation;
use rpc::{Classify, Kind, PageError, Violations};

use crate::domain::{Rejection, SignerError};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The request is malformed in a way that only the log can tell.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The page token is not ours.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The head could not be signed.
    #[error(transparent)]
    Unsigned(#[from] SignerError),
    /// The machine gives no random bytes.
    #[error("there are no random bytes to be had")]
    NoRandomness,
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Rejected(Rejection::RangeReversed { .. } | Rejection::RangeTooLong { .. }) => {
                Kind::Invalid
            }
            Self::Rejected(Rejection::LogCorrupt { .. }) => Kind::Rejected,
            Self::Malformed(error) => error.kind(),
            Self::Page(error) => error.kind(),
            Self::Db(error) => error.kind(),
            Self::Unsigned(_) | Self::NoRandomness => Kind::Internal,
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Rejected(rejection) => rejection.reason(),
            Self::Malformed(error) => error.reason(),
            Self::Page(error) => error.reason(),
            Self::Db(error) => error.reason(),
            Self::Unsigned(_) | Self::NoRandomness => "INTERNAL",
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => Some(rejection.rule()),
            Self::Malformed(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => None,
        }
    }

    fn violations(&self) -> &[Violation] {
        match self {
            Self::Malformed(Violations(all)) => all,
            Self::Rejected(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => &[],
        }
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::Rejected(rejection) => rejection.metadata(),
            Self::Malformed(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => vec![],
        }
    }
}
