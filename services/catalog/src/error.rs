//! Every way in which the catalog fails a caller.

use std::time::Duration;

use db::DbError;
use replay::ReplayError;
use rpc::{Classify, Kind, Violations};
use tonic::Status;

use crate::domain::finding::{Findings, Place, ReadError};

/// How many findings one answer holds: more would not fit into the headers that carry it.
const FINDINGS_MAX: usize = 20;

/// After how long a retry may help where another service is away: restarts take about as long.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such product or offer at that instant.
    #[error("there is no {kind} {name}")]
    NotFound {
        /// What it would be.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The request is malformed.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The file is broken, and nothing of it was imported.
    #[error("{}", .0.error)]
    Broken(Box<Broken>),
    /// The file is larger than this server takes.
    #[error("the file is larger than {bytes_max} bytes; import a smaller price list")]
    TooLarge {
        /// What it takes.
        bytes_max: u64,
    },
    /// The cursor is not one that this catalog gave out.
    #[error("the cursor {position} lies behind the feed's end {end}; begin again without a cursor")]
    CursorUnknown {
        /// Where the caller wants to resume.
        position: i64,
        /// The last place in the feed.
        end: i64,
    },
    /// Another service did not answer, so that nothing is known.
    #[error("{service} cannot be reached for the moment; repeat the same request")]
    PeerUnavailable {
        /// Which one.
        service: &'static str,
        /// What the call said, for the log.
        #[source]
        source: Box<Status>,
    },
    /// Another service answered something else than was asked, so that nothing is known either.
    #[error("{service} does not answer as it should: {why}; repeat the same request")]
    PeerBroken {
        /// Which one.
        service: &'static str,
        /// What is wrong with its answer.
        why: String,
    },
    /// Another service refused, and its refusal is passed on as it came.
    #[error("{}", .0.message())]
    PeerRefused(Box<Status>),
    /// The file could not be read to its end for a reason of ours.
    #[error("reading the file was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The file could not be kept or read on this machine.
    #[error("the file could not be kept on this machine")]
    Unreadable(#[from] std::io::Error),
    /// A request id could not be claimed, or its answer not be kept.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Findings, and as many of them as an answer holds.
#[derive(Debug)]
pub struct Broken {
    error: Findings,
    violations: Violations,
}

impl From<Findings> for Error {
    fn from(error: Findings) -> Self {
        let shown = error.iter().take(FINDINGS_MAX).map(|finding| proto::Violation {
            field: finding.place.to_string(),
            description: finding.what.clone(),
        });
        let violations = Violations(shown.collect());
        Self::Broken(Box::new(Broken { error, violations }))
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Broken(findings) => findings.into(),
            ReadError::Io(error) => error.into(),
        }
    }
}

impl Broken {
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let Place { line, column } = self.error.first.place;
        vec![
            ("line", line.to_string()),
            ("column", column.to_string()),
            ("finding", self.error.first.what.clone()),
            ("finding_count", self.error.count().to_string()),
        ]
    }
}

impl Error {
    /// Returns the status that the caller sees: another service's refusal as it came, anything else
    /// as [`rpc::status`] says it.
    pub fn into_status(self) -> Status {
        if let Self::PeerRefused(status) = self { *status } else { rpc::status(self) }
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Malformed(_) | Self::Broken(_) => Kind::Invalid,
            Self::TooLarge { .. } => Kind::Exhausted,
            Self::CursorUnknown { .. } => Kind::OutOfRange,
            Self::PeerUnavailable { .. } | Self::PeerBroken { .. } => Kind::Unavailable,
            Self::PeerRefused(_) => Kind::Rejected,
            Self::Interrupted(_) | Self::Unreadable(_) => Kind::Internal,
            Self::Replay(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            // What is seen of a refusal is what the other service said.
            Self::NotFound { .. } | Self::PeerRefused(_) => "NOT_FOUND",
            Self::Malformed(error) => error.reason(),
            Self::Broken(_) => "CATALOG_INVALID",
            Self::TooLarge { .. } => "MESSAGE_TOO_LARGE",
            Self::CursorUnknown { .. } => "CURSOR_EXPIRED",
            Self::PeerUnavailable { .. } | Self::PeerBroken { .. } => "UNAVAILABLE",
            Self::Interrupted(_) | Self::Unreadable(_) => "INTERNAL",
            Self::Replay(error) => error.reason(),
            Self::Db(error) => error.reason(),
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Replay(error) => error.rule(),
            Self::NotFound { .. }
            | Self::Malformed(_)
            | Self::Broken(_)
            | Self::TooLarge { .. }
            | Self::CursorUnknown { .. }
            | Self::PeerUnavailable { .. }
            | Self::PeerBroken { .. }
            | Self::PeerRefused(_)
            | Self::Interrupted(_)
            | Self::Unreadable(_)
            | Self::Db(_) => None,
        }
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::NotFound { kind, name } => {
                vec![("kind", (*kind).to_owned()), ("name", name.clone())]
            }
            Self::Broken(broken) => broken.metadata(),
            Self::TooLarge { bytes_max } => vec![("bytes_max", bytes_max.to_string())],
            Self::CursorUnknown { position, end } => {
                vec![("cursor", position.to_string()), ("end", end.to_string())]
            }
            Self::Replay(error) => error.metadata(),
            Self::PeerUnavailable { service, .. } => vec![("service", (*service).to_owned())],
            Self::PeerBroken { service, why } => {
                vec![("service", (*service).to_owned()), ("why", why.clone())]
            }
            Self::PeerRefused(_)
            | Self::Malformed(_)
            | Self::Interrupted(_)
            | Self::Unreadable(_)
            | Self::Db(_) => vec![],
        }
    }

    fn violations(&self) -> &[proto::Violation] {
        match self {
            Self::Malformed(error) => error.violations(),
            Self::Broken(broken) => broken.violations.violations(),
            Self::NotFound { .. }
            | Self::TooLarge { .. }
            | Self::CursorUnknown { .. }
            | Self::PeerUnavailable { .. }
            | Self::PeerBroken { .. }
            | Self::PeerRefused(_)
            | Self::Interrupted(_)
            | Self::Unreadable(_)
            | Self::Replay(_)
            | Self::Db(_) => &[],
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotFound { kind, name } => Some((kind, name.clone())),
            Self::Malformed(_)
            | Self::Broken(_)
            | Self::TooLarge { .. }
            | Self::CursorUnknown { .. }
            | Self::PeerUnavailable { .. }
            | Self::PeerBroken { .. }
            | Self::PeerRefused(_)
            | Self::Interrupted(_)
            | Self::Unreadable(_)
            | Self::Replay(_)
            | Self::Db(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::PeerUnavailable { .. } | Self::PeerBroken { .. })
            .then_some(RETRY_AFTER)
    }
}
