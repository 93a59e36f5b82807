//! What the domain knows of the catalog: the terms of an offer, and a way to ask for them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{
    BillingCycle, Fulfilment, Market, Money, Offer, OfferId, ProductId, ProductKind, Promotion,
    Restrictions, Segment, SkuId, TermLength,
};

use super::Rejection;

/// The facts of what was bought, as they were when the term started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// Its SKU.
    pub sku: SkuId,
    /// The offer: SKU, term, billing cycle, market and currency.
    pub offer: OfferId,
    /// Where it is sold.
    pub market: Market,
    /// What people call it.
    pub title: String,
    /// What kind of thing it is.
    pub kind: ProductKind,
    /// Whether the SKU is a trial.
    pub is_trial: bool,
    /// The offer that a trial becomes at its end (TRI-3).
    pub converts_to: Option<OfferId>,
    /// The fewest seats that the offer is sold with; below 1 counts as 1 (SEA-13).
    pub seat_minimum: i64,
    /// The most seats that one subscription can have.
    pub seat_maximum: Option<i64>,
    /// How it is handed over.
    pub fulfilment: Fulfilment,
    /// Who may buy it, how often, and together with what.
    #[serde(default, skip_serializing_if = "Restrictions::is_none")]
    pub restrictions: Restrictions,
}

/// What an offer says at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// What is sold.
    pub product: Product,
    /// How long a term is; `None` for what is bought once (TRM-1).
    pub length: Option<TermLength>,
    /// How often the term's price is charged (TRM-2).
    pub billing: BillingCycle,
    /// The price per seat for the whole term, or once (BIL-4).
    pub price: Money,
    /// Whether the price includes tax (MKT-3).
    pub tax_included: bool,
    /// The policy row that the offer names, which then wins (CAN-1).
    pub policy_id: Option<String>,
    /// Whether a first term follows 30 free days (ORD-8).
    pub includes_evaluation: bool,
    /// Whether it can only be renewed and added to (CAT-10).
    #[serde(default)]
    pub is_closed: bool,
    /// The segments that may buy it (CAT-4).
    #[serde(default)]
    pub segments: BTreeSet<Segment>,
}

impl From<&Offer> for OfferTerms {
    fn from(offer: &Offer) -> Self {
        Self {
            product: Product {
                id: offer.product.clone(),
                sku: offer.sku.clone(),
                offer: offer.id.clone(),
                market: offer.market,
                title: offer.title.clone(),
                kind: offer.kind,
                is_trial: offer.is_trial,
                converts_to: offer.converts_to.clone(),
                seat_minimum: offer.min_quantity,
                seat_maximum: offer.max_quantity,
                fulfilment: offer.fulfilment.clone(),
                restrictions: offer.restrictions.clone(),
            },
            length: offer.term,
            billing: offer.billing,
            price: offer.price,
            tax_included: offer.tax_included,
            policy_id: offer.cancellation_policy.clone(),
            includes_evaluation: offer.includes_evaluation,
            is_closed: offer.is_closed_to_new_purchase,
            segments: offer.segments.clone(),
        }
    }
}

/// The prices that hold, as the service knows them.
pub trait Prices {
    /// Returns what `offer` says at `at`; `None` when it has no price then (REN-6).
    fn terms_at(&self, offer: &OfferId, at: Timestamp) -> Option<&OfferTerms>;

    /// Returns the offers of the SKU and the market of `product` that are sold at `at`, by id.
    fn plans_at(&self, product: &Product, at: Timestamp) -> Vec<&OfferTerms>;

    /// Returns the promotions that there are for `sku` at `at`, whether or not they apply (PRO-2).
    fn promotions_at(&self, sku: &SkuId, at: Timestamp) -> Vec<&Promotion>;
}

impl Product {
    /// Whether it is bought from its base, and lives as long as that (ADD-1).
    pub fn is_legacy_add_on(&self) -> bool {
        self.restrictions.is_legacy_add_on(self.kind)
    }

    /// Whether license-key hands it over, or shows how it is installed.
    ///
    /// Source: CAT-13, DWN-4.
    pub(super) fn is_handed_over(&self) -> bool {
        let Fulfilment { product_key, download, instructions_uri, setup_uri: _ } = &self.fulfilment;
        self.kind.is_software() || *product_key || *download || instructions_uri.is_some()
    }

    /// Returns the fewest seats that may be left (SEA-13).
    pub fn fewest_seats(&self) -> i64 {
        self.seat_minimum.max(1)
    }

    /// Refuses a number of seats that the offer is not sold with.
    ///
    /// # Errors
    ///
    /// [`Rejection::QuantityInvalid`], [`Rejection::MinSeats`] (SEA-13),
    /// [`Rejection::SeatLimit`] (CAT-9).
    pub(super) fn check_seats(&self, quantity: i64) -> Result<(), Rejection> {
        if quantity < 1 {
            return Err(Rejection::QuantityInvalid { quantity });
        }
        let minimum = self.fewest_seats();
        if quantity < minimum {
            return Err(Rejection::MinSeats { quantity, minimum });
        }
        match self.seat_maximum {
            Some(limit) if limit < quantity => Err(Rejection::SeatLimit { quantity, limit }),
            _ => Ok(()),
        }
    }
}
