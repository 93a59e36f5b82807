//! Every way in which this service fails a caller.

use std::time::Duration;

use db::DbError;
use proto::Violation;
use replay::ReplayError;
use rpc::{Classify, Kind, PageError, PreviewStale, RuleRefusal, Violations};
use tonic::Status;

use crate::domain::{Refused, Rejection};

/// After how long a retry may help where another service is away: restarts take about as long.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a caller may meet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the caller's: the two are told apart by nobody (PAR-14).
    #[error("there is no {0}, or it is not yours")]
    NotFound(Resource),
    /// A field that only the data can show to be wrong.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// There is already such a thing.
    #[error(
        "there is already a customer with the {field} {value}; ask that customer for a relationship"
    )]
    Exists {
        /// Which field is taken.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// Rules said no.
    #[error("{}", .0.summary())]
    Rejected(Refusals),
    /// It was changed since the caller read it.
    #[error("the {what} has the etag {current} by now; read it again and decide anew")]
    StaleEtag {
        /// What was changed.
        what: &'static str,
        /// The present one.
        current: String,
    },
    /// The figures are not those of the preview.
    #[error(transparent)]
    Preview(#[from] PreviewStale),
    /// The page token is not ours, or belongs to another request.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The price list was never received.
    #[error("the price list has not arrived here yet; try again in a moment")]
    NoPriceList,
    /// lifecycle has not said what a line costs.
    #[error(
        "what lines[{line}] costs with the end that was chosen is not known for the moment; repeat the same request"
    )]
    Unpriced {
        /// The line's place, from 0.
        line: usize,
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
    /// Another service refused, and its refusal is passed on as it came.
    #[error("{}", .0.message())]
    PeerRefused(Box<Status>),
    /// A peer's answer that cannot be read.
    #[error("the answer of {service} cannot be read: {why}")]
    PeerBroken {
        /// Which one.
        service: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A test clock on which a customer lives is not known here any more.
    #[error("a customer's clock is lost")]
    ClockLost(#[source] clock::ClockError),
    /// A letter that was never written in this form.
    #[error("a letter says what none says: {0}")]
    BadLetter(String),
    /// The request id, or what is stored under it.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What was looked for: its type and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `Customer`
    pub kind: &'static str,
    /// `customers/{customer}`
    pub name: String,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Everything that rules say against a request: at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    first: Refused,
    others: Vec<Refused>,
}

impl Refusals {
    /// Returns the refusals, if there is one.
    pub fn of(refused: Vec<Refused>) -> Option<Self> {
        let mut all = refused.into_iter();
        all.next().map(|first| Self { first, others: all.collect() })
    }

    fn all(&self) -> impl Iterator<Item = &Refused> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The first refusal in full; the others are in the details.
    fn summary(&self) -> String {
        match self.others.len() {
            0 => told(&self.first),
            count => format!("{} (and {count} more)", told(&self.first)),
        }
    }
}

fn told(refused: &Refused) -> String {
    match refused.line {
        Some(line) => format!("lines[{line}]: {}", refused.why),
        None => refused.why.to_string(),
    }
}

impl From<Rejection> for Error {
    fn from(why: Rejection) -> Self {
        Self::Rejected(Refusals { first: Refused { line: None, why }, others: Vec::new() })
    }
}

impl Error {
    /// A field that only the data can show to be wrong; the description goes on after its name.
    pub fn wrong_field(field: &str, description: impl Into<String>) -> Self {
        let violation = Violation { field: field.to_owned(), description: description.into() };
        Self::Invalid(Violations(vec![violation]))
    }

    /// Fields that only the data can show to be wrong, all in the same way.
    pub fn wrong_fields(fields: Vec<String>, description: &str) -> Self {
        let violation = |field| Violation { field, description: description.to_owned() };
        Self::Invalid(Violations(fields.into_iter().map(violation).collect()))
    }

    /// Returns the status that the caller sees: another service's refusal as it came, anything else
    /// as [`rpc::status`] says it.
    pub fn into_status(self) -> Status {
        if let Self::PeerRefused(status) = self { *status } else { rpc::status(self) }
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Invalid(error) => error.kind(),
            Self::Exists { .. } => Kind::Exists,
            Self::Rejected(_) | Self::PeerRefused(_) => Kind::Rejected,
            Self::StaleEtag { .. } => Kind::Conflict,
            Self::Preview(error) => error.kind(),
            Self::Page(error) => error.kind(),
            Self::NoPriceList | Self::Unpriced { .. } | Self::PeerUnavailable { .. } => {
                Kind::Unavailable
            }
            Self::PeerBroken { .. } | Self::ClockLost(_) | Self::BadLetter(_) => Kind::Internal,
            Self::Replay(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid(error) => error.reason(),
            Self::Exists { .. } => "ALREADY_EXISTS",
            Self::Rejected(refusals) => refusals.first.why.reason(),
            Self::PeerRefused(_) => "PASSED_ON",
            Self::StaleEtag { .. } => "STALE_ETAG",
            Self::Preview(error) => error.reason(),
            Self::Page(error) => error.reason(),
            Self::NoPriceList | Self::Unpriced { .. } | Self::PeerUnavailable { .. } => {
                "UNAVAILABLE"
            }
            Self::PeerBroken { .. } | Self::ClockLost(_) | Self::BadLetter(_) => "INTERNAL",
            Self::Replay(error) => error.reason(),
            Self::Db(error) => error.reason(),
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected(refusals) => Some(refusals.first.why.rule()),
            Self::Replay(error) => error.rule(),
            Self::NotFound(_)
            | Self::Invalid(_)
            | Self::Exists { .. }
            | Self::PeerRefused(_)
            | Self::StaleEtag { .. }
            | Self::Preview(_)
            | Self::Page(_)
            | Self::NoPriceList
            | Self::Unpriced { .. }
            | Self::PeerUnavailable { .. }
            | Self::PeerBroken { .. }
            | Self::ClockLost(_)
            | Self::BadLetter(_)
            | Self::Db(_) => None,
        }
    }

    fn refusals(&self) -> Vec<RuleRefusal<'_>> {
        if let Self::Replay(error) = self {
            return error.refusals();
        }
        let Self::Rejected(refusals) = self else { return Vec::new() };
        let each = refusals.all().map(|refused| RuleRefusal {
            reason: refused.why.reason(),
            rule: refused.why.rule(),
            message: told(refused),
        });
        each.collect()
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::Rejected(refusals) => {
                let Refused { line, why } = &refusals.first;
                let mut values = why.metadata();
                values.extend(line.map(|line| ("line", line.to_string())));
                values
            }
            Self::Exists { field, value } => {
                vec![("field", (*field).to_owned()), ("value", value.clone())]
            }
            Self::StaleEtag { current, .. } => vec![("etag", current.clone())],
            Self::Unpriced { line } => vec![("line", line.to_string())],
            Self::PeerUnavailable { service, .. } => vec![("service", (*service).to_owned())],
            Self::Replay(error) => error.metadata(),
            Self::NotFound(resource) => vec![("resource", resource.name.clone())],
            Self::Invalid(_)
            | Self::PeerRefused(_)
            | Self::Preview(_)
            | Self::Page(_)
            | Self::NoPriceList
            | Self::PeerBroken { .. }
            | Self::ClockLost(_)
            | Self::BadLetter(_)
            | Self::Db(_) => Vec::new(),
        }
    }

    fn violations(&self) -> &[Violation] {
        if let Self::Invalid(error) = self { error.violations() } else { &[] }
    }

    fn retry_after(&self) -> Option<Duration> {
        let may_help = matches!(
            self,
            Self::NoPriceList | Self::Unpriced { .. } | Self::PeerUnavailable { .. }
        );
        may_help.then_some(RETRY_AFTER)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let Self::NotFound(Resource { kind, name }) = self else { return None };
        Some((kind, name.clone()))
    }
}
