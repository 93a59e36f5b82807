//! Says of offers whether a customer can have them: each for itself, by everything that speaks against
//! an order but its buyer (CAT-5).

use vocab::PartnerId;

use super::App;
use super::scope::not_found;
use crate::domain::{
    Basket, Buyer, Customer, Item, JudgeOffers, Judgement, Listing, Promotions, Proposal,
    ProposedLine, Rejection, is_limited, is_too_few, judge,
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
        let item = |offer| Item {
            offer,
            quantity: 1,
            friendly_name: String::new(),
            promotion: None,
            alignment: None,
        };
        let items = offers.into_iter().map(item).collect();
        let listed = self.listed(&mut tx, items, now).await?;
        let blocked = self.blocked_markets(&mut tx, now).await?;
        drop(tx);
        let basket = Basket {
            customer: &customer,
            buyer: ANYBODY,
            seller: partner,
            lines: listed.into_iter().map(fewest).collect(),
            // Whether it can be had is asked, not at what price.
            promotions: &Promotions::default(),
            blocked: &blocked,
            now,
        };
        self.with_limits(&customer, partner, judge(&basket)).await
    }

    /// Returns the first thing that speaks against each line, having asked lifecycle about those
    /// against which nothing else does.
    async fn with_limits(
        &self,
        customer: &Customer,
        partner: Option<PartnerId>,
        judgement: Judgement,
    ) -> Result<Vec<Option<Rejection>>, Error> {
        let proposed = judgement.proposed();
        let lines = judgement.lines.into_iter().map(|line| line.refusals.into_iter().next());
        let lines: Vec<_> = lines.zip(proposed).collect();
        let asked = lines.iter().filter_map(|(refusal, line)| {
            let line = line.clone().filter(|line| is_limited(&line.offer))?;
            refusal.is_none().then(|| vec![line])
        });
        let proposal = Proposal {
            customer: customer.id,
            // An operator sells nothing: whatever rests on others' data stays unnamed (QTY-6).
            partner: partner.unwrap_or(PartnerId(customer.id.0)),
            clock: customer.facts.test_clock,
            orders: asked.collect(),
            wants_choices: false,
        };
        let judged = if proposal.orders.is_empty() {
            Vec::new()
        } else {
            self.lifecycle.judge(&proposal).await?
        };
        let mut judged = judged.into_iter();
        let reason = |(refusal, line): (Option<Rejection>, Option<ProposedLine>)| {
            if refusal.is_some() {
                return refusal;
            }
            line.filter(|line| is_limited(&line.offer))?;
            let limits = judged.next()?.into_iter().flat_map(|said| said.refusals);
            // More seats would do.
            limits.filter(|limit| !is_too_few(limit)).map(Rejection::from).next()
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
