//! What a request for support says: its facts, its files, its notes. They never change.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{Money, OrderId, SubscriptionId};

vocab::text_enum! {
    /// What a request for support is about. Source: SUP-1, SUP-3.
    IssueType {
        /// A cancellation outside of self-service.
        PurchaseRefund = "PURCHASE_REFUND",
        /// A fault of the system during a transaction.
        SystemFault = "SYSTEM_FAULT",
        /// The tenant has all the subscriptions it may have (ENT-3).
        LicenseConsolidation = "LICENSE_CONSOLIDATION",
        /// An upgrade left licences that nobody needs (DUP-1).
        RedundantLicenses = "REDUNDANT_LICENSES",
        /// The subscription has had all its updates (SEA-7).
        UpdateLimit = "UPDATE_LIMIT",
    }
}

vocab::text_enum! {
    /// How much depends on it.
    Impact {
        /// Work goes on.
        Minimal = "MINIMAL",
        /// Work is hindered.
        Moderate = "MODERATE",
        /// Work stands still.
        Critical = "CRITICAL",
    }
}

/// What a request for support says. Source: SUP-2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportFacts {
    /// What it is about.
    pub issue_type: IssueType,
    /// How much depends on it.
    pub impact: Impact,
    /// In a few words.
    pub title: String,
    /// The customer as the partner named it.
    pub named_customer: String,
    /// What was bought.
    pub purchase: SupportedPurchase,
    /// Why money shall be paid back, or what else shall be done.
    pub refund_reason: String,
    /// How much is asked for: 0 or more.
    pub requested: Money,
    /// Who can be asked.
    pub contact: Contact,
}

/// What a request for support is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SupportedPurchase {
    /// A whole order.
    Order(OrderId),
    /// A subscription, or what was bought once.
    Subscription(SubscriptionId),
}

/// Who can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A person's name.
    pub display_name: String,
    /// An address for mail.
    pub email: String,
    /// A telephone number.
    pub phone: String,
}

/// A file. What is in it is not for logs, so `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name, without folders.
    pub file_name: String,
    /// Its media type.
    pub content_type: String,
    /// How much is in it.
    pub size_bytes: i64,
    /// What is in it; empty where it was not asked for.
    pub content: Vec<u8>,
}

/// Something that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who added it.
    pub author: String,
    /// When, by the customer's clock.
    pub noted_at: Timestamp,
    /// What.
    pub text: String,
}

impl IssueType {
    /// Returns what people call it.
    ///
    /// Source: SUP-1, SUP-3.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PurchaseRefund => "CSP purchase/refund on behalf of customers",
            Self::SystemFault => "System fault during a transaction",
            Self::LicenseConsolidation => "Consolidation of licences over the tenant's limit",
            Self::RedundantLicenses => "Cancellation of redundant licences after an upgrade",
            Self::UpdateLimit => "More than 1,200 updates of a subscription",
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file_name, content_type, size_bytes, content: _ } = self;
        f.debug_struct("Attachment")
            .field("file_name", file_name)
            .field("content_type", content_type)
            .field("size_bytes", size_bytes)
            .finish_non_exhaustive()
    }
}
