//! Callers look at the add-ons of a base.

use std::collections::BTreeSet;

use access::Caller;
use rpc::Page;

use super::act::within_reach;
use super::family::Hold;
use super::prices::Book;
use super::{App, Target};
use crate::domain::{self, AddOn, Family, Occasion, OfferTerms};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns a page of the legacy add-ons that a base has or can have, and one more if there are more,
    /// by offer. Nothing is locked.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    ///
    /// Source: ADD-1, ADD-3.
    pub async fn list_add_ons(
        &self,
        caller: &Caller,
        target: Target,
        page: &Page,
    ) -> Result<Vec<AddOn>, Error> {
        let mut tx = self.db.read().await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let stored = within_reach(found, caller, target)?;
        if !stored.is_legacy_base() {
            return Ok(vec![]);
        }
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let held = self.held(&mut tx, &BTreeSet::from([target.0])).await?;
        let add_ons = self.add_ons_of(&mut tx, &stored, (Hold::Read, now)).await?;
        let (product, currency) = (&stored.product, stored.price.currency);
        let offers =
            price_list::add_ons_of(&mut tx, &product.sku, product.market, currency, now).await?;
        let offers: Vec<_> = offers.iter().map(OfferTerms::from).collect();
        let ids = offers.iter().map(|offer| offer.product.offer.clone());
        let prices = Book::of(&mut tx, [&stored].into_iter(), ids).await?;

        let at = Occasion { held: &held, ..self.occasion(now) };
        let due = domain::settle(&stored, at)?;
        let base = due.last().map_or(&stored, |last| &last.next);
        let family = Family { base, add_ons: &add_ons.settled };
        let mut all = domain::add_ons(family, &offers, &prices, at);
        let after = page.after.as_deref();
        all.retain(|one| after.is_none_or(|after| after < one.key().as_str()));
        all.truncate(page.size.saturating_add(1));
        Ok(all)
    }
}
