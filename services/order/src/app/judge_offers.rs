//! Says of offers whether a customer can have them: each for itself, by everything that speaks against
//! an order but its buyer (CAT-5).

use vocab::PartnerId;

use super::App;
use super::scope::not_found;
use crate::domain::{
    Basket, Buyer, Customer, Item, JudgeOffers, LineJudgement, Listing, Proposal, Rejection,
    is_limited, judge,
};
use crate::error::Error;
use crate::store;

/// Roles are of callers, not of offers.
const ANYBODY: Buyer = Buyer { may_buy: true, may_buy_software: true };

impl App {
    /// Returns for each offer why the customer cannot have it; `None` where it can.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer that is not the partner's (PAR-14),
    /// [`Error::PeerUnavailable`] where lifecycle alone could tell and does not answer.
    ///
    /// Source: CAT-5, ADD-3.
    pub async fn judge_offers(&self, asked: JudgeOffers) -> Result<Vec<Option<Rejection>>, Error> {
        let JudgeOffers { customer, partner, offers } = asked;
        let mut tx = self.db.read().await?;
        let found = store::customers::load(&mut tx, customer, partner).await?;
        let customer =
            found.ok_or_else(|| not_found("Customer", format!("customers/{customer}")))?;
        let seller = match partner {
            Some(partner) => store::partners::load(&mut tx, partner).await?,
            None => None,
        };
        if let Some(Err(why)) = seller.map(|seller| seller.check_transacts()) {
            return Ok(vec![Some(why); offers.len()]);
        }
        let now = self.now_of(&mut tx, &customer).await?;
        let item = |offer| Item { offer, quantity: 1, friendly_name: String::new() };
        let items = offers.into_iter().map(item).collect();
        let listed = self.listed(&mut tx, items, now).await?;
        let blocked = self.blocked_markets(&mut tx, now).await?;
        drop(tx);
        let basket = Basket {
            customer: &customer,
            buyer: ANYBODY,
            seller: partner,
            lines: listed.into_iter().map(fewest).collect(),
            blocked: &blocked,
            now,
        };
        let lines = judge(basket).lines;
        self.with_limits(&customer, partner, lines).await
    }

    /// Returns the first thing that speaks against each line, having asked lifecycle about those
    /// against which nothing else does.
    async fn with_limits(
        &self,
        customer: &Customer,
        partner: Option<PartnerId>,
        lines: Vec<LineJudgement>,
    ) -> Result<Vec<Option<Rejection>>, Error> {
        let open = |line: &&LineJudgement| line.refusals.is_empty();
        let asked = lines.iter().filter(open).filter_map(|line| {
            let offer = line.offer.clone().filter(is_limited)?;
            Some(vec![(offer, line.item.quantity)])
        });
        let proposal = Proposal {
            customer: customer.id,
            // An operator sells nothing: whatever rests on others' data stays unnamed (QTY-6).
            partner: partner.unwrap_or(PartnerId(customer.id.0)),
            clock: customer.facts.test_clock,
            orders: asked.collect(),
        };
        let judged = if proposal.orders.is_empty() {
            Vec::new()
        } else {
            self.lifecycle.judge(&proposal).await?
        };
        let mut judged = judged.into_iter();
        let reason = |line: LineJudgement| {
            if let Some(why) = line.refusals.into_iter().next() {
                return Some(why);
            }
            line.offer.as_ref().filter(|offer| is_limited(offer))?;
            let limits = judged.next()?.into_iter().flatten();
            // More seats would do.
            limits.filter(|limit| !limit.reason.is_too_few()).map(Rejection::from).next()
        };
        Ok(lines.into_iter().map(reason).collect())
    }
}

/// Asks for as few as the offer is sold with.
fn fewest((item, listing): (Item, Listing)) -> (Item, Listing) {
    let quantity = match &listing {
        Listing::Sold(offer) => offer.min_quantity.max(1),
        Listing::Withdrawn { .. } | Listing::Unknown => 1,
    };
    (Item { quantity, ..item }, listing)
}
