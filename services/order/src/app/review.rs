//! Shows what checkout would do, and everything that speaks against it (ORD-3, CAT-8).

use vocab::{CartId, CustomerId};

use super::carts::own_cart;
use super::{App, Asker};
use crate::domain::{Basket, Capacity, LineReview, Rejection, Review, judge};
use crate::error::Error;
use crate::store;

impl App {
    /// Shows what checkout would do at this instant. That the attestation is still to come is not a
    /// refusal.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::NoPriceList`].
    pub async fn review_cart(
        &self,
        asker: Asker<'_>,
        customer: CustomerId,
        id: CartId,
    ) -> Result<Review, Error> {
        let mut tx = self.db.read().await?;
        let customer = self.customer(&mut tx, asker.caller, customer).await?;
        let found = store::carts::load(&mut tx, customer.id, id).await?;
        let cart = own_cart(asker.caller, found, customer.id, id)?;
        let now = self.now_of(&mut tx, &customer).await?;
        let seller = store::partners::load(&mut tx, cart.partner).await?;
        let listed = self.listed(&mut tx, cart.lines.clone(), now).await?;
        let basket = Basket {
            customer: &customer,
            buyer: asker.buyer,
            seller: Some(cart.partner),
            lines: listed.clone(),
            blocked: &self.blocked_markets(&mut tx, now).await?,
            now,
        };
        let judgement = judge(basket);
        let mut refusals = judgement.refusals;
        refusals.extend(cart.check_ready(now).err());
        if let Some(seller) = seller {
            refusals.extend(seller.check_transacts().err());
            let market = customer.facts.market;
            let resellers = &cart.resellers;
            refusals.extend(self.against_resellers(&mut tx, &seller, market, resellers).await?);
        }
        let mut lines = Vec::new();
        for judged in judgement.lines {
            let plans = match &judged.offer {
                Some(offer) => self.other_plans(&mut tx, offer, now).await?,
                None => Vec::new(),
            };
            lines.push(LineReview { judged, plans });
        }
        drop(tx);
        // An answer that does not come is no refusal: lifecycle decides when the order starts.
        let limits = self.limits_of(&customer, cart.partner, &listed).await.unwrap_or_default();
        for (line, limits) in lines.iter_mut().zip(limits) {
            line.judged.refusals.extend(limits.into_iter().map(Rejection::from));
        }
        let attestation = Capacity::with(&cart.resellers).text();
        Ok(Review { cart, lines, totals: judgement.totals, attestation, refusals })
    }
}
