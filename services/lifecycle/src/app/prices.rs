//! The prices that the domain asks for, from this service's copy of the price list.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::Timestamp;
use vocab::{OfferId, Promotion, PromotionId, SkuId};

use crate::domain::{OfferTerms, Prices, Product, Subscription};
use crate::error::Error;

/// The versions of one thing, by the instant from which each is in force; `None` where it was
/// withdrawn.
type Versions<T> = BTreeMap<Timestamp, Option<T>>;

/// Every version of some offers, and of the promotions of their SKUs.
#[derive(Debug, Default)]
pub(super) struct Book {
    offers: BTreeMap<OfferId, Versions<OfferTerms>>,
    promotions: BTreeMap<PromotionId, Versions<Promotion>>,
}

impl Book {
    /// Reads the offers into which `subs` may renew, and `others`.
    pub(super) async fn of<'a>(
        tx: &mut Tx,
        subs: impl Iterator<Item = &'a Subscription>,
        others: impl Iterator<Item = OfferId>,
    ) -> Result<Self, Error> {
        let renewals = subs.flat_map(|sub| sub.renewal_offers().cloned());
        let ids: BTreeSet<OfferId> = renewals.chain(others).collect();
        let (mut book, mut skus) = (Self::default(), BTreeSet::new());
        // In the order of effect and revision, so that the latest revision of an instant stands.
        for version in price_list::versions(tx, &ids.into_iter().collect::<Vec<_>>()).await? {
            let terms =
                if version.is_withdrawn { None } else { Some(OfferTerms::from(&version.offer)) };
            skus.insert(version.offer.sku);
            let of_offer = book.offers.entry(version.offer.id).or_default();
            of_offer.insert(version.effective_at, terms);
        }
        let skus: Vec<SkuId> = skus.into_iter().collect();
        for version in price_list::promotion_versions(tx, &skus).await? {
            let (id, at) = (version.promotion.id.clone(), version.effective_at);
            let promotion = if version.is_withdrawn { None } else { Some(version.promotion) };
            book.promotions.entry(id).or_default().insert(at, promotion);
        }
        Ok(book)
    }
}

impl Book {
    /// Reads what a subscription may renew into, the other plans of its SKU that are sold `at` an
    /// instant, and `others`.
    pub(super) async fn with_plans(
        tx: &mut Tx,
        sub: &Subscription,
        others: impl IntoIterator<Item = OfferId>,
        at: Timestamp,
    ) -> Result<Self, Error> {
        let (product, currency) = (&sub.product, sub.price.currency);
        let plans = price_list::plans_of(tx, &product.sku, product.market, currency, at).await?;
        let ids = plans.into_iter().map(|plan| plan.id).chain(others);
        Self::of(tx, [sub].into_iter(), ids).await
    }
}

impl Prices for Book {
    fn terms_at(&self, offer: &OfferId, at: Timestamp) -> Option<&OfferTerms> {
        in_force(self.offers.get(offer)?, at)
    }

    fn plans_at(&self, product: &Product, at: Timestamp) -> Vec<&OfferTerms> {
        let in_force = self.offers.values().filter_map(|versions| in_force(versions, at));
        let is_plan = |terms: &&OfferTerms| {
            terms.product.sku == product.sku && terms.product.market == product.market
        };
        in_force.filter(is_plan).collect()
    }

    fn promotions_at(&self, sku: &SkuId, at: Timestamp) -> Vec<&Promotion> {
        let in_force = self.promotions.values().filter_map(|versions| in_force(versions, at));
        in_force.filter(|promotion| promotion.skus.contains(sku)).collect()
    }
}

fn in_force<T>(versions: &Versions<T>, at: Timestamp) -> Option<&T> {
    versions.range(..=at).next_back().and_then(|(_, version)| version.as_ref())
}
