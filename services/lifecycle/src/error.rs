//! Every way in which this service fails a caller.

use std::time::Duration;

use clock::ClockError;
use db::DbError;
use jiff::{SignedDuration, Timestamp};
use replay::ReplayError;
use rpc::{Classify, Kind, PageError, PreviewStale, Violation, Violations, name};
use tonic::Status;
use vocab::CustomerId;

use crate::domain::{Position, Rejection};

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is malformed.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// There is no such thing, or it is somebody else's (PAR-14).
    #[error("there is no {name}")]
    NotFound {
        /// What: `Subscription`.
        kind: &'static str,
        /// Its name as it was asked for.
        name: String,
    },
    /// A rule says no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A rule says no to one of several subscriptions; nothing was then done to the others.
    #[error("{no}")]
    OfOne {
        /// Which.
        name: name::Subscription,
        /// What it says.
        no: Box<Rejection>,
    },
    /// The caller's partner has no relationship with the customer (TRF-2).
    #[error(
        "your partner has no relationship with customers/{customer}; request one, and ask again once the customer has accepted it"
    )]
    RelationshipRequired {
        /// The customer.
        customer: CustomerId,
    },
    /// Transfers are between two partners.
    #[error("transfers are between two partners; ask another one, as an Admin agent of your own")]
    NotTwoPartners,
    /// The caller's role does not allow this for this product.
    #[error("cancelling software needs the role {role}; ask a colleague who has it")]
    RoleRequired {
        /// The role that would do.
        role: &'static str,
    },
    /// A subscription is not cancelled by order.
    #[error("{name} is a subscription: cancel it with CancelSubscription, not by its order")]
    NotPerpetual {
        /// The subscription.
        name: String,
    },
    /// The subscription changed since the caller read it.
    #[error(
        "the subscription changed since etag {given}; it is now {current}: read it and decide anew"
    )]
    StaleEtag {
        /// What the caller had.
        given: String,
        /// What it is.
        current: String,
    },
    /// What would happen is not what was previewed.
    #[error(transparent)]
    Preview(#[from] PreviewStale),
    /// A page token of another request.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A request id of another request.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A place in the feed that this database never had: it was restored, or is another one.
    #[error(
        "the cursor {position} lies behind the feed's end {head}; begin again at {}, or at a time",
        Position::START
    )]
    CursorExpired {
        /// Where the caller wants to resume.
        position: Position,
        /// Up to where the feed is settled.
        head: Position,
    },
    /// An export that nobody takes holds no connection.
    #[error("nothing of the export was taken for {} seconds; call again", .after.as_secs())]
    ReaderGone {
        /// For how long.
        after: Duration,
    },
    /// This deployment has no test clocks.
    #[error("this deployment has no test clocks; set test_clocks = true where tests are run")]
    TestClocksOff,
    /// A test clock only moves forward, and not without end.
    #[error("the test clock shows {now} and can be moved to {now} .. {latest}")]
    ClockMovesForward {
        /// What it shows.
        now: Timestamp,
        /// As far as one call moves it.
        latest: Timestamp,
    },
    /// Somebody did not settle in time.
    #[error("the clock shows {now}, but not all services have settled: {who}; repeat the call")]
    NotSettled {
        /// What the clock shows.
        now: Timestamp,
        /// Who has not.
        who: String,
    },
    /// The catalog, which knows what leads to what, does not answer.
    #[error(
        "the catalog does not answer, and it knows what a subscription can become; repeat the call"
    )]
    CatalogAway {
        /// What came of the call.
        source: Box<Status>,
    },
    /// Another service refused, and its refusal is passed on as it came.
    #[error("{}", .0.message())]
    PeerRefused(Box<Status>),
    /// Another service did not answer, so that nothing is known.
    #[error("{service} cannot be reached for the moment; repeat the same request")]
    PeerUnavailable {
        /// Which one.
        service: &'static str,
        /// What the call said, for the log.
        #[source]
        source: Box<Status>,
    },
    /// A clock that cannot be read.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An amount that cannot be expressed came out of what is stored.
    #[error(transparent)]
    Money(#[from] vocab::MoneyError),
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
            Self::Malformed(error) => error.kind(),
            Self::NotFound { .. } => Kind::NotFound,
            Self::Rejected(_)
            | Self::OfOne { .. }
            | Self::RelationshipRequired { .. }
            | Self::NotTwoPartners
            | Self::RoleRequired { .. }
            | Self::NotPerpetual { .. }
            | Self::TestClocksOff
            | Self::PeerRefused(_)
            | Self::ClockMovesForward { .. } => Kind::Rejected,
            Self::StaleEtag { .. } => Kind::Conflict,
            Self::Preview(error) => error.kind(),
            Self::Page(error) => error.kind(),
            Self::Replay(error) => error.kind(),
            Self::CursorExpired { .. } => Kind::OutOfRange,
            Self::NotSettled { .. }
            | Self::PeerUnavailable { .. }
            | Self::ReaderGone { .. }
            | Self::CatalogAway { .. } => Kind::Unavailable,
            Self::Clock(ClockError::Unknown(_)) | Self::Money(_) => Kind::Internal,
            Self::Clock(ClockError::Db(error)) | Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Malformed(error) => error.reason(),
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Rejected(rejection) => rejection.reason(),
            Self::OfOne { no, .. } => no.reason(),
            Self::RelationshipRequired { .. } => "RELATIONSHIP_REQUIRED",
            Self::NotTwoPartners => "NOT_TRANSFERABLE",
            Self::RoleRequired { .. } => "ROLE_REQUIRED",
            Self::NotPerpetual { .. } => "USE_CANCEL",
            Self::StaleEtag { .. } => "STALE_ETAG",
            Self::Preview(error) => error.reason(),
            Self::Page(error) => error.reason(),
            Self::Replay(error) => error.reason(),
            Self::TestClocksOff => "TEST_CLOCKS_OFF",
            Self::ClockMovesForward { .. } => "CLOCK_MOVES_FORWARD",
            Self::NotSettled { .. } => "NOT_SETTLED",
            Self::CursorExpired { .. } => "CURSOR_EXPIRED",
            Self::ReaderGone { .. }
            | Self::CatalogAway { .. }
            | Self::PeerRefused(_)
            | Self::PeerUnavailable { .. } => "UNAVAILABLE",
            Self::Clock(ClockError::Unknown(_)) | Self::Money(_) => "INTERNAL",
            Self::Clock(ClockError::Db(error)) | Self::Db(error) => error.reason(),
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => Some(rejection.rule()),
            Self::OfOne { no, .. } => Some(no.rule()),
            Self::RelationshipRequired { .. } => Some("TRF-2"),
            Self::NotTwoPartners => Some("TRF-1"),
            Self::RoleRequired { .. } => Some("CAN-7"),
            Self::NotPerpetual { .. } => Some("CAN-14"),
            Self::Replay(error) => error.rule(),
            Self::Malformed(_)
            | Self::NotFound { .. }
            | Self::StaleEtag { .. }
            | Self::Preview(_)
            | Self::Page(_)
            | Self::TestClocksOff
            | Self::ClockMovesForward { .. }
            | Self::NotSettled { .. }
            | Self::CursorExpired { .. }
            | Self::ReaderGone { .. }
            | Self::CatalogAway { .. }
            | Self::PeerRefused(_)
            | Self::PeerUnavailable { .. }
            | Self::Clock(_)
            | Self::Db(_)
            | Self::Money(_) => None,
        }
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::NotFound { name, .. } | Self::NotPerpetual { name } => {
                vec![("name", name.clone())]
            }
            Self::Rejected(rejection) => rejection.metadata(),
            Self::OfOne { name, no } => {
                let mut values = no.metadata();
                values.push(("subscription", name.to_string()));
                values
            }
            Self::RelationshipRequired { customer } => {
                vec![("customer", name::Customer(*customer).to_string())]
            }
            Self::PeerUnavailable { service, .. } => vec![("service", (*service).to_owned())],
            Self::RoleRequired { role } => vec![("roles", (*role).to_owned())],
            Self::StaleEtag { given, current } => {
                vec![("given", given.clone()), ("current", current.clone())]
            }
            Self::ClockMovesForward { now, latest } => {
                vec![("now", now.to_string()), ("latest", latest.to_string())]
            }
            Self::NotSettled { now, who } => vec![("now", now.to_string()), ("who", who.clone())],
            Self::CursorExpired { position, head } => vec![
                ("cursor", position.to_string()),
                ("end", head.to_string()),
                ("earliest", Position::START.to_string()),
            ],
            Self::ReaderGone { after } => vec![("seconds", after.as_secs().to_string())],
            Self::Replay(error) => error.metadata(),
            Self::PeerRefused(_)
            | Self::Malformed(_)
            | Self::NotTwoPartners
            | Self::Preview(_)
            | Self::Page(_)
            | Self::TestClocksOff
            | Self::CatalogAway { .. }
            | Self::Clock(_)
            | Self::Db(_)
            | Self::Money(_) => vec![],
        }
    }

    fn violations(&self) -> &[Violation] {
        if let Self::Malformed(violations) = self { violations.violations() } else { &[] }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        if let Self::NotFound { kind, name } = self { Some((kind, name.clone())) } else { None }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rejected(rejection) => rejection.retry_after().map(SignedDuration::unsigned_abs),
            Self::OfOne { no, .. } => no.retry_after().map(SignedDuration::unsigned_abs),
            Self::NotSettled { .. } | Self::PeerUnavailable { .. } | Self::CatalogAway { .. } => {
                Some(Duration::from_secs(1))
            }
            Self::Malformed(_)
            | Self::NotFound { .. }
            | Self::RelationshipRequired { .. }
            | Self::NotTwoPartners
            | Self::RoleRequired { .. }
            | Self::NotPerpetual { .. }
            | Self::StaleEtag { .. }
            | Self::Preview(_)
            | Self::Page(_)
            | Self::Replay(_)
            | Self::TestClocksOff
            | Self::ClockMovesForward { .. }
            | Self::CursorExpired { .. }
            | Self::ReaderGone { .. }
            | Self::PeerRefused(_)
            | Self::Clock(_)
            | Self::Db(_)
            | Self::Money(_) => None,
        }
    }
}
