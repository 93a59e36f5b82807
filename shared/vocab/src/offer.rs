//! What is for sale, as every service knows it. Which version of it is in force, and how a service
//! comes to know it, is not here.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    BillingCycle, BillingType, Category, Cloud, Market, Money, OfferId, ProductId, ProductKind,
    PublisherType, Restrictions, Segment, SkuId, TermLength,
};

/// What can be bought: a SKU with a term, a billing plan, a market, a currency and a price.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact that the imported catalog states"
)]
pub struct Offer {
    /// Its id in the imported catalog.
    pub id: OfferId,
    /// The product.
    pub product: ProductId,
    /// The SKU, whose id no other product's SKU has.
    pub sku: SkuId,
    /// The SKU's title.
    pub title: String,
    /// The product's kind.
    pub kind: ProductKind,
    /// The publisher's name.
    pub publisher: String,
    /// Who publishes it (CAT-3).
    pub publisher_type: PublisherType,
    /// How it is billed (CAT-3).
    pub billing_type: BillingType,
    /// For whom it is meant (CAT-3).
    pub category: Category,
    /// The segments that may buy it.
    pub segments: BTreeSet<Segment>,
    /// The cloud in which it runs (PAR-13).
    pub cloud: Cloud,
    /// Where it is sold.
    pub market: Market,
    /// How long a term is; `None` for what is bought once (TRM-1).
    pub term: Option<TermLength>,
    /// How often the term's price is charged (TRM-2).
    pub billing: BillingCycle,
    /// Per seat for the whole term, or once (BIL-4).
    pub price: Money,
    /// Whether the price includes tax (MKT-3).
    pub tax_included: bool,
    /// Whether the SKU is a trial.
    pub is_trial: bool,
    /// The offer that a trial becomes at its end (TRI-3).
    pub converts_to: Option<OfferId>,
    /// The fewest seats, at least 1.
    pub min_quantity: i64,
    /// The most seats; `None` without a limit.
    pub max_quantity: Option<i64>,
    /// The row of the policy table that wins over the kind's (CAN-1).
    pub cancellation_policy: Option<String>,
    /// How it is handed over (CAT-13).
    pub fulfilment: Fulfilment,
    /// Whether it can only be renewed and added to (CAT-10, REN-6).
    pub is_closed_to_new_purchase: bool,
    /// Whether its first 30 days are a free evaluation, which nobody can waive (ORD-8).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub includes_evaluation: bool,
    /// Who may buy it, how often, and together with what.
    #[serde(default, skip_serializing_if = "Restrictions::is_none")]
    pub restrictions: Restrictions,
}

/// How a SKU is handed over; a plain licence has none of it (CAT-13).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fulfilment {
    /// Whether it has a product key.
    pub product_key: bool,
    /// Whether it has downloads.
    pub download: bool,
    /// Where installation instructions are, which it has instead of a download (DWN-4).
    pub instructions_uri: Option<String>,
    /// Where a publisher's service is set up once it was bought (ORD-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup_uri: Option<String>,
}

/// What one revision of the catalog says of an offer, from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OfferVersion {
    /// The offer; of a withdrawn one, what it was.
    pub offer: Offer,
    /// Since when this holds.
    pub effective_at: Timestamp,
    /// The revision that says so; of two with one instant the greater wins.
    pub revision: i64,
    /// Whether it is sold no more.
    pub is_withdrawn: bool,
}

/// A dated statement: where a kind of product is not sold (MKT-1, MKT-4).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockedMarkets {
    /// The kind that is not sold there.
    pub kind: ProductKind,
    /// The statement's version.
    pub version: String,
    /// Since when it holds.
    pub effective_at: Timestamp,
    /// The markets.
    pub markets: BTreeSet<Market>,
}
