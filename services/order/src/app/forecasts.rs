//! What lifecycle alone can say of a purchase: asked before an order is accepted, so that its buyer is
//! told early and everything at once (ORD-4). lifecycle decides for good when it starts.

use vocab::{CartId, CustomerId, PartnerId};

use super::carts::own_cart;
use super::judgement::Sale;
use super::{App, Asker};
use crate::domain::{Customer, Heard, Item, Judgement, Proposal, ProposedLine};
use crate::error::Error;
use crate::store;

/// What lifecycle said of lines; nothing where it was not asked.
pub(super) type Forecasts = Vec<Option<Heard>>;

impl App {
    /// Asks about an order. Whatever goes wrong is told by the transaction that follows, or is
    /// decided when the order starts.
    pub(super) async fn early(
        &self,
        asker: Asker<'_>,
        customer: CustomerId,
        lines: &[Item],
    ) -> Forecasts {
        self.ask_early(asker, customer, lines.to_vec())
            .await
            .unwrap_or_else(|error| unasked(&error))
    }

    /// Asks about a cart, as [`early`](Self::early).
    pub(super) async fn early_of_cart(
        &self,
        asker: Asker<'_>,
        customer: CustomerId,
        cart: CartId,
    ) -> Forecasts {
        let said = async {
            let mut tx = self.db.read_as(asker.caller.reach.sight()).await?;
            let found = store::carts::load(&mut tx, customer, cart).await?;
            let cart = own_cart(asker.caller, found, customer, cart)?;
            drop(tx);
            self.ask_early(asker, customer, cart.lines).await
        };
        said.await.unwrap_or_else(|error| unasked(&error))
    }

    async fn ask_early(
        &self,
        asker: Asker<'_>,
        customer: CustomerId,
        lines: Vec<Item>,
    ) -> Result<Forecasts, Error> {
        let mut tx = self.db.read_as(asker.caller.reach.sight()).await?;
        let seller = self.seller(&mut tx, asker.caller).await?.id;
        let customer = &self.customer(&mut tx, asker.caller, customer).await?;
        let now = self.now_of(&mut tx, customer).await?;
        let sale = Sale { customer, buyer: asker.buyer, seller, now };
        let judgement = self.judgement(&mut tx, sale, lines).await?;
        drop(tx);
        self.forecasts(customer, seller, &judgement, ProposedLine::is_decided_elsewhere).await
    }

    /// Returns what lifecycle says of the lines of one order, if `matters` is true of one. Not to be
    /// called with a transaction open.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`] and the like.
    pub(super) async fn forecasts(
        &self,
        customer: &Customer,
        partner: PartnerId,
        judgement: &Judgement,
        matters: fn(&ProposedLine) -> bool,
    ) -> Result<Forecasts, Error> {
        let proposed = judgement.proposed();
        if !proposed.iter().flatten().any(matters) {
            return Ok(Vec::new());
        }
        let clock = customer.facts.test_clock;
        let orders = vec![proposed.iter().flatten().cloned().collect()];
        let proposal =
            Proposal { customer: customer.id, partner, clock, orders, wants_choices: true };
        let mut said = self.lifecycle.judge(&proposal).await?.into_iter().flatten();
        let mut heard = |of| Some(Heard { of, said: said.next()? });
        Ok(proposed.into_iter().map(|of| of.and_then(&mut heard)).collect())
    }
}

fn unasked(error: &Error) -> Forecasts {
    tracing::debug!(%error, "lifecycle could not be asked in advance");
    Vec::new()
}
