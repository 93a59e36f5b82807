//! Every way in which license-key fails a caller. No text here holds a key, nor what opens a link.

use std::time::Duration;

use clock::ClockError;
use db::DbError;
use mailbox::CarryError;
use replay::ReplayError;
use rpc::{Classify, Kind, name};
use vocab::{ActivationId, CustomerId, DownloadLinkId, MigrationId, RequestId, SubscriptionId};

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
    /// lifecycle does not say whether the purchase is live, so nothing is handed over.
    #[error(
        "whether the purchase is live cannot be asked for the moment, so nothing is shown; try again"
    )]
    CannotAsk(#[source] CarryError),
    /// The catalog does not say what can be downloaded, and never did.
    #[error("what can be downloaded cannot be asked for the moment; try again")]
    NoOptions(#[source] CarryError),
    /// The read could not be put on record, so nothing is shown (AUD-4).
    #[error("the read could not be put on record, so nothing is shown; try again")]
    NotRecorded(#[source] CarryError),
    /// The request id stands for something else (D-28).
    #[error(transparent)]
    Replay(#[from] ReplayError),
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
    /// A download link.
    DownloadLink((CustomerId, SubscriptionId), DownloadLinkId),
    /// A key in use on a device.
    Activation((CustomerId, SubscriptionId), ActivationId),
    /// A migration.
    Migration(CustomerId, MigrationId),
    /// A device group of a migration.
    DeviceGroup((CustomerId, MigrationId), String),
    /// An import of keys.
    Import(RequestId),
}

impl Sought {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Purchase(..) => "subscription",
            Self::Customer(_) => "customer",
            Self::Pool(_) => "key pool",
            Self::DownloadLink(..) => "download link",
            Self::Activation(..) => "activation",
            Self::Migration(..) => "migration",
            Self::DeviceGroup(..) => "device group",
            Self::Import(_) => "key import",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Purchase(customer, id) => name::Subscription(*customer, *id).to_string(),
            Self::Customer(customer) => name::Customer(*customer).to_string(),
            Self::Pool(sku) => sku.pool(),
            Self::DownloadLink((customer, of), id) => {
                name::DownloadLink(name::Subscription(*customer, *of), *id).to_string()
            }
            Self::Activation((customer, of), id) => {
                name::Activation(name::Subscription(*customer, *of), *id).to_string()
            }
            Self::Migration(customer, id) => name::Migration(*customer, *id).to_string(),
            Self::DeviceGroup((customer, id), group) => {
                format!("{}/deviceGroups/{group}", name::Migration(*customer, *id))
            }
            Self::Import(id) => name::KeyImport(*id).to_string(),
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
            Self::CannotAsk(_) | Self::NoOptions(_) | Self::NotRecorded(_) => Kind::Unavailable,
            Self::Replay(error) => error.kind(),
            Self::Page(error) => error.kind(),
            Self::Broken(_) | Self::Cipher(_) => Kind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Rejected(rejection) => rejection.reason(),
            Self::CannotAsk(_) | Self::NoOptions(_) => "UNAVAILABLE",
            Self::Replay(error) => error.reason(),
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
            Self::Replay(error) => error.rule(),
            Self::NotFound { .. }
            | Self::CannotAsk(_)
            | Self::NoOptions(_)
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
            Self::CannotAsk(_)
            | Self::NoOptions(_)
            | Self::NotRecorded(_)
            | Self::Broken(_)
            | Self::Cipher(_) => vec![],
            Self::Replay(error) => error.metadata(),
            Self::Page(error) => error.metadata(),
            Self::Db(error) => error.metadata(),
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotFound { what } => Some((what.kind(), what.name())),
            Self::Rejected(_)
            | Self::CannotAsk(_)
            | Self::NoOptions(_)
            | Self::NotRecorded(_)
            | Self::Replay(_)
            | Self::Broken(_)
            | Self::Page(_)
            | Self::Cipher(_)
            | Self::Db(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CannotAsk(_) | Self::NoOptions(_) | Self::NotRecorded(_) => Some(RETRY_AFTER),
            Self::NotFound { .. }
            | Self::Rejected(_)
            | Self::Replay(_)
            | Self::Broken(_)
            | Self::Page(_)
            | Self::Cipher(_)
            | Self::Db(_) => None,
        }
    }
}
