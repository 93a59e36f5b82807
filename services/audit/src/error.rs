//! Every way in which the log fails a caller.

use db::DbError;
use proto::Violation;
use replay::ReplayError;
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
    /// There is no such entry within reach.
    #[error("there is no entry entries/{index}, or it is not yours")]
    NotFound {
        /// Its place.
        index: i64,
    },
    /// The cursor is not one that this log gave out.
    #[error("the cursor {position} lies behind the log's end {end}; begin again without a cursor")]
    CursorUnknown {
        /// Where it points.
        position: i64,
        /// Where the log ends.
        end: i64,
    },
    /// A request id could not be claimed, or its answer not be kept.
    #[error(transparent)]
    Replay(#[from] ReplayError),
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
            Self::Rejected(
                Rejection::LogCorrupt { .. }
                | Rejection::Unprovable { .. }
                | Rejection::NotAReader { .. },
            ) => Kind::Rejected,
            Self::NotFound { .. } => Kind::NotFound,
            Self::CursorUnknown { .. } => Kind::OutOfRange,
            Self::Replay(error) => error.kind(),
            Self::Malformed(error) => error.kind(),
            Self::Page(error) => error.kind(),
            Self::Db(error) => error.kind(),
            Self::Unsigned(_) | Self::NoRandomness => Kind::Internal,
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Rejected(rejection) => rejection.reason(),
            Self::NotFound { .. } => "NOT_FOUND",
            Self::CursorUnknown { .. } => "CURSOR_EXPIRED",
            Self::Replay(error) => error.reason(),
            Self::Malformed(error) => error.reason(),
            Self::Page(error) => error.reason(),
            Self::Db(error) => error.reason(),
            Self::Unsigned(_) | Self::NoRandomness => "INTERNAL",
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => Some(rejection.rule()),
            Self::Replay(error) => error.rule(),
            Self::Malformed(_)
            | Self::NotFound { .. }
            | Self::CursorUnknown { .. }
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
            | Self::NotFound { .. }
            | Self::CursorUnknown { .. }
            | Self::Replay(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => &[],
        }
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::Rejected(rejection) => rejection.metadata(),
            Self::NotFound { index } => vec![("name", format!("entries/{index}"))],
            Self::CursorUnknown { position, end } => {
                vec![("cursor", position.to_string()), ("end", end.to_string())]
            }
            Self::Replay(error) => error.metadata(),
            Self::Malformed(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => vec![],
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotFound { index } => Some(("Entry", format!("entries/{index}"))),
            Self::Rejected(_)
            | Self::Malformed(_)
            | Self::CursorUnknown { .. }
            | Self::Replay(_)
            | Self::Page(_)
            | Self::Db(_)
            | Self::Unsigned(_)
            | Self::NoRandomness => None,
        }
    }
}
