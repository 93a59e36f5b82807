//! How a replay fails.

use db::DbError;
use rpc::{Classify, Kind};
use vocab::RequestId;

/// Why a request id could not be claimed, or its answer not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The id stands for another content already (D-28).
    #[error(
        "the request_id {request_id} was used for another request; \
         send the same content again, or use a new id"
    )]
    Reused {
        /// The id.
        request_id: RequestId,
    },
    /// A stored answer is not one.
    #[error("a stored answer cannot be read")]
    Unreadable(#[source] prost::DecodeError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Classify for ReplayError {
    fn kind(&self) -> Kind {
        match self {
            Self::Reused { .. } => Kind::Invalid,
            Self::Unreadable(_) => Kind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Reused { .. } => "REQUEST_ID_REUSED",
            Self::Unreadable(_) => "INTERNAL",
            Self::Db(error) => error.reason(),
        }
    }

    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Reused { .. } => Some("D-28"),
            Self::Unreadable(_) | Self::Db(_) => None,
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Reused { request_id } => vec![("request_id", request_id.to_string())],
            Self::Unreadable(_) | Self::Db(_) => vec![],
        }
    }
}
