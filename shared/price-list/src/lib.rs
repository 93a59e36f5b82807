//! Keeps this service's copy of the catalog's offers and promotions.
//!
//! [`follow()`] fills it from `WatchCatalog` and survives the catalog being away; the lookups answer
//! from it, in the caller's transaction, so that quotes and renewals need nobody. What an offer means
//! for an order or a subscription is not here.

mod copy;
mod follow;
mod lookup;
mod promotions;
pub mod wire;

pub use copy::{ApplyError, apply, cursor};
pub use follow::{FollowError, follow};
pub use lookup::{
    blocked_markets_at, caught_up, offer_at, offers_at, plans_of, versions, withdrawn_at,
};
pub use promotions::{
    promotion, promotion_versions, promotions_at, promotions_named, promotions_of,
};
pub use vocab::{BlockedMarkets, Fulfilment, Offer, OfferVersion, Promotion, PromotionVersion};

/// The tables of this crate, for the migrations of a service.
pub const TABLES: &str = "
CREATE TABLE price_list_offers (
    offer_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    is_withdrawn {bool} NOT NULL,
    sku_id {text} NOT NULL,
    market {text} NOT NULL,
    currency {text} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (offer_id, effective_at, revision)
) {strict};
CREATE INDEX price_list_offers_by_sku ON price_list_offers (sku_id, market, currency);
CREATE TABLE price_list_blocked_markets (
    kind {text} NOT NULL,
    effective_at {ts} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (kind, effective_at)
) {strict};
CREATE TABLE price_list_feed (
    id {int} PRIMARY KEY,
    cursor {text} NOT NULL,
    is_caught_up {bool} NOT NULL
) {strict};
INSERT INTO price_list_feed (id, cursor, is_caught_up) VALUES (1, '', FALSE);
";

/// The tables of promotions, a migration after [`TABLES`].
pub const PROMOTION_TABLES: &str = "
CREATE TABLE price_list_promotions (
    promotion_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    is_withdrawn {bool} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (promotion_id, effective_at, revision)
) {strict};
-- Which SKUs a version is for.
CREATE TABLE price_list_promoted_skus (
    sku_id {text} NOT NULL,
    promotion_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    PRIMARY KEY (sku_id, promotion_id, effective_at, revision)
) {strict};
";

#[cfg(test)]
mod tests;
