//! Every way in which license-key fails a caller. No text here holds a key.

use std::time::Duration;

use clock::ClockError;
use db::DbError;
use mailbox::CarryError;
use rpc::{Classify, Kind};
use vocab::{CustomerId, SubscriptionId};

use crate::cipher::CipherError;
use crate::domain::{Rejection, SkuName};

/// A peer or the audit service that is being restarted is usually back after this.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the caller's: the two are told apart by nobody (PAR-14).
    #[error("there is no {what} within your reach; check the name")]
    NotFound {
        /// What was looked for.
        what: Sought,
    },
    /// A rule said no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// lifecycle does not say whether the purchase is live, so no key is shown.
    #[error(
        "whether the purchase is live cannot be asked for the moment, so no key is shown; try again"
    )]
    CannotAsk(#[source] CarryError),
    /// The read could not be put on record, so no key is shown (AUD-4).
    #[error("the read could not be put on record, so no key is shown; try again")]
    NotRecorded(#[source] CarryError),
    /// The call broke off: a defect of ours.
    #[error("the call broke off")]
    Broken(#[from] tokio::task::JoinError),
    /// A page token that belongs to another request.
    #[error(transparent)]
    Page(#[from] rpc::PageError),
    /// Encryption failed.
    #[error(transparent)]
    Cipher(#[from] CipherError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What was looked for and not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// A purchase.
    Purchase(CustomerId, SubscriptionId),
    /// A customer.
    Customer(CustomerId),
    /// A pool.
    Pool(SkuName),
}

impl Sought {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Purchase(..) => "subscription",
            Self::Customer(_) => "customer",
            Self::Pool(_) => "key pool",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Purchase(customer, id) => rpc::name::Subscription(*customer, *id).to_string(),
            Self::Customer(customer) => rpc::name::Customer(*customer).to_string(),
            Self::Pool(sku) => sku.pool(),
        }
    }
}

impl std::fmt::Display for Sought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

impl From<ClockError> for Error {
    fn from(error: ClockError) -> Self {
        match error {
            ClockError::Db(error) => Self::Db(error),
            ClockError::Unknown(clock) => {
                Self::Db(DbError::corrupt("purchases", "test_clock_id", clock.to_string()))
            }
        }
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Rejected(_) => Kind::Rejected,
            Self::CannotAsk(_) | Self::NotRecorded(_) => Kind::Unavailable,
            Self::Page(error) => error.kind(),
            Self::Broken(_) | Self::Cipher(_) => Kind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Rejected(rejection) => rejection.reason(),
            Self::CannotAsk(_) => "UNAVAILABLE",
            Self::NotRecorded(_) => "NOT_RECORDED",
            Self::Page(error) => error.reason(),
            Self::Broken(_) | Self::Cipher(_) => "INTERNAL",
            Self::Db(error) => error.reason(),
        }
    }

    fn rule(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => Some(rejection.rule()),
            Self::NotRecorded(_) => Some("AUD-4"),
            Self::NotFound { .. }
            | Self::CannotAsk(_)
            | Self::Broken(_)
            | Self::Page(_)
            | Self::Cipher(_)
            | Self::Db(_) => None,
        }
    }

    fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::Rejected(rejection) => rejection.metadata(),
            Self::NotFound { what } => vec![("name", what.name())],
            Self::CannotAsk(_) | Self::NotRecorded(_) | Self::Broken(_) | Self::Cipher(_) => vec![],
            Self::Page(error) => error.metadata(),
            Self::Db(error) => error.metadata(),
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotFound { what } => Some((what.kind(), what.name())),
            Self::Rejected(_)
            | Self::CannotAsk(_)
            | Self::NotRecorded(_)
            | Self::Broken(_)
            | Self::Page(_)
            | Self::Cipher(_)
            | Self::Db(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CannotAsk(_) | Self::NotRecorded(_) => Some(RETRY_AFTER),
            Self::NotFound { .. }
            | Self::Rejected(_)
            | Self::Broken(_)
            | Self::Page(_)
            | Self::Cipher(_)
            | Self::Db(_) => None,
        }
    }
}
