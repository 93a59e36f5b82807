//! Keeps this service's copy of the catalog's offers and promotions.
//!
//! [`follow()`] fills it from `WatchCatalog` and survives the catalog being away; the lookups answer
//! from it, in the caller's transaction, so that quotes and renewals need nobody. What an offer means
//! for an order or a subscription is not here.

mod add_ons;
mod copy;
mod follow;
mod lookup;
mod promotions;
pub mod wire;

pub use add_ons::add_ons_of;
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

/// What is a legacy add-on of what, a migration after [`PROMOTION_TABLES`].
pub const ADD_ON_TABLES: &str = "
CREATE TABLE price_list_add_ons (
    base_sku_id {text} NOT NULL,
    sku_id {text} NOT NULL,
    PRIMARY KEY (base_sku_id, sku_id)
) {strict};
-- postgres only
INSERT INTO price_list_add_ons (base_sku_id, sku_id)
    SELECT DISTINCT base.sku_id, offer.sku_id FROM price_list_offers offer
      CROSS JOIN LATERAL jsonb_array_elements_text(
          CAST(offer.body AS jsonb)->'restrictions'->'prerequisites') AS base (sku_id)
     WHERE offer.body->>'kind' = 'LICENSE_LEGACY'
       AND offer.body->'restrictions'->>'is_add_on' = 'true';
-- sqlite only
INSERT INTO price_list_add_ons (base_sku_id, sku_id)
    SELECT DISTINCT base.value, offer.sku_id FROM price_list_offers offer
      CROSS JOIN json_each(offer.body, '$.restrictions.prerequisites') base
     WHERE offer.body->>'kind' = 'LICENSE_LEGACY'
       AND offer.body->'restrictions'->'is_add_on' = 'true';
-- both
";

#[cfg(test)]
mod tests;
