//! The prices that the domain asks for, from this service's copy of the price list.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::Timestamp;
use vocab::OfferId;

use crate::domain::{OfferTerms, Prices, Subscription};
use crate::error::Error;

/// Every version of some offers, by the instant from which it is in force; `None` where the offer
/// was withdrawn.
#[derive(Debug, Default)]
pub(super) struct Book(BTreeMap<OfferId, BTreeMap<Timestamp, Option<OfferTerms>>>);

impl Book {
    /// Reads the offers into which `subs` may renew, and `others`.
    pub(super) async fn of<'a>(
        tx: &mut Tx,
        subs: impl Iterator<Item = &'a Subscription>,
        others: impl Iterator<Item = OfferId>,
    ) -> Result<Self, Error> {
        let renewals = subs.flat_map(|sub| sub.renewal_offers().cloned());
        let ids: BTreeSet<OfferId> = renewals.chain(others).collect();
        let mut book = Self::default();
        // In the order of effect and revision, so that the latest revision of an instant stands.
        for version in price_list::versions(tx, &ids.into_iter().collect::<Vec<_>>()).await? {
            let terms =
                if version.is_withdrawn { None } else { Some(OfferTerms::from(&version.offer)) };
            let of_offer = book.0.entry(version.offer.id).or_default();
            of_offer.insert(version.effective_at, terms);
        }
        Ok(book)
    }
}

impl Prices for Book {
    fn terms_at(&self, offer: &OfferId, at: Timestamp) -> Option<&OfferTerms> {
        let (_, terms) = self.0.get(offer)?.range(..=at).next_back()?;
        terms.as_ref()
    }
}
