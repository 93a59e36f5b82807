//! Shows what checkout would do, and everything that speaks against it (ORD-3, CAT-8).

use vocab::{CartId, CustomerId};

use super::carts::own_cart;
use super::judgement::Sale;
use super::{App, Asker};
use crate::domain::{Capacity, LineReview, ProposedLine, Review};
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
        let mut tx = self.db.read_as(asker.caller.reach.sight()).await?;
        let customer = self.customer(&mut tx, asker.caller, customer).await?;
        let found = store::carts::load(&mut tx, customer.id, id).await?;
        let cart = own_cart(asker.caller, found, customer.id, id)?;
        let now = self.now_of(&mut tx, &customer).await?;
        let seller = store::partners::load(&mut tx, cart.partner).await?;
        let sale = Sale { customer: &customer, buyer: asker.buyer, seller: cart.partner, now };
        let mut judgement = self.judgement(&mut tx, sale, cart.lines.clone()).await?;
        let mut refusals = Vec::from_iter(cart.check_ready(now).err());
        if let Some(seller) = seller {
            refusals.extend(seller.check_transacts().err());
            let market = customer.facts.market;
            let resellers = &cart.resellers;
            refusals.extend(self.against_resellers(&mut tx, &seller, market, resellers).await?);
        }
        let mut plans = Vec::new();
        for judged in &judgement.lines {
            plans.push(match &judged.offer {
                Some(offer) => self.other_plans(&mut tx, offer, now).await?,
                None => Vec::new(),
            });
        }
        drop(tx);
        // An answer that does not come is no refusal: lifecycle decides when the order starts.
        let shown = ProposedLine::is_shown_elsewhere;
        let said = self.forecasts(&customer, cart.partner, &judgement, shown).await;
        judgement.hear(said.unwrap_or_default());
        let totals = judgement.totals().unwrap_or_else(|why| {
            refusals.push(why);
            Vec::new()
        });
        let lines = judgement.lines.into_iter().zip(plans);
        let lines = lines.map(|(judged, plans)| LineReview { judged, plans }).collect();
        let attestation = Capacity::with(&cart.resellers).text();
        Ok(Review { cart, lines, totals, attestation, refusals })
    }
}
