//! Asks this service's copy of the price list.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::Timestamp;
use vocab::{BlockedMarkets, Offer, OfferId, ProductKind, PromotionId, SkuId};

use super::App;
use crate::domain::{Item, Listing, Promotions};
use crate::error::Error;

impl App {
    /// Returns items with what the price list says of their offers at `at`.
    ///
    /// # Errors
    ///
    /// [`Error::NoPriceList`] if something is unknown and the copy was never complete: it may only
    /// be unknown here.
    pub(super) async fn listed(
        &self,
        tx: &mut Tx,
        items: Vec<Item>,
        at: Timestamp,
    ) -> Result<Vec<(Item, Listing)>, Error> {
        let ids: Vec<OfferId> = items.iter().map(|item| item.offer.clone()).collect();
        let sold = price_list::offers_at(tx, &ids, at).await?;
        let mut listings: BTreeMap<OfferId, Listing> = sold
            .into_iter()
            .map(|offer| (offer.id.clone(), Listing::Sold(Box::new(offer))))
            .collect();
        let unsold: Vec<OfferId> =
            ids.into_iter().filter(|id| !listings.contains_key(id)).collect();
        if !unsold.is_empty() {
            for (id, since) in price_list::withdrawn_at(tx, &unsold, at).await? {
                listings.insert(id, Listing::Withdrawn { since });
            }
            let is_known = |id: &OfferId| listings.contains_key(id);
            if !unsold.iter().all(is_known) && !price_list::caught_up(tx).await? {
                return Err(Error::NoPriceList);
            }
        }
        let listed = |item: Item| {
            let listing = listings.get(&item.offer).cloned().unwrap_or(Listing::Unknown);
            (item, listing)
        };
        Ok(items.into_iter().map(listed).collect())
    }

    /// Returns the promotions that may matter to lines at `at`: those of their SKUs, and those that they
    /// name.
    ///
    /// # Errors
    ///
    /// [`Error::NoPriceList`] if the copy was never complete: a price could be too high here.
    pub(super) async fn promotions(
        &self,
        tx: &mut Tx,
        lines: &[(Item, Listing)],
        at: Timestamp,
    ) -> Result<Promotions, Error> {
        let sku = |(_, listing): &(Item, Listing)| match listing {
            Listing::Sold(offer) => Some(offer.sku.clone()),
            Listing::Withdrawn { .. } | Listing::Unknown => None,
        };
        let skus: BTreeSet<SkuId> = lines.iter().filter_map(sku).collect();
        let named: BTreeSet<PromotionId> =
            lines.iter().filter_map(|(item, _)| item.promotion.clone()).collect();
        if !price_list::caught_up(tx).await? {
            return Err(Error::NoPriceList);
        }
        let of_skus = price_list::promotions_of(tx, &Vec::from_iter(skus), at).await?;
        let named = price_list::promotions_named(tx, &Vec::from_iter(named), at).await?;
        Ok(of_skus.into_iter().chain(named).collect())
    }

    /// Returns the statement about markets without Azure reservations that is in force at `at`
    /// (MKT-4); the programme blocks no other kind (MKT-2).
    pub(super) async fn blocked_markets(
        &self,
        tx: &mut Tx,
        at: Timestamp,
    ) -> Result<Vec<BlockedMarkets>, Error> {
        let statement =
            price_list::blocked_markets_at(tx, ProductKind::AzureReservation, at).await?;
        Ok(Vec::from_iter(statement))
    }

    /// Returns the other terms and billing plans of what an offer sells, in its market and currency
    /// (CAT-8).
    pub(super) async fn other_plans(
        &self,
        tx: &mut Tx,
        offer: &Offer,
        at: Timestamp,
    ) -> Result<Vec<Offer>, Error> {
        let (market, currency) = (offer.market, offer.price.currency);
        let mut plans = price_list::plans_of(tx, &offer.sku, market, currency, at).await?;
        plans.retain(|plan| plan.id != offer.id);
        Ok(plans)
    }
}
