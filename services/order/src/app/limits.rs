//! Limits that span what a customer has: asked of lifecycle before an order is accepted, so that its
//! buyer is told early and everything at once (ORD-4). lifecycle decides for good when it starts.

use access::Caller;
use vocab::{CartId, CustomerId, PartnerId};

use super::App;
use super::carts::own_cart;
use crate::domain::{Customer, Item, LimitsOfLines, Listing, Proposal, is_limited};
use crate::error::Error;
use crate::store;

/// What limits said of some lines, before the transaction that judges them.
#[derive(Debug, Default)]
pub(super) struct Early {
    lines: Vec<Item>,
    limits: LimitsOfLines,
}

impl Early {
    /// Returns what was said, if it was said of these lines.
    pub(super) fn of(self, lines: &[Item]) -> LimitsOfLines {
        if self.lines == lines { self.limits } else { Vec::new() }
    }
}

impl App {
    /// Asks about an order. Whatever goes wrong is told by the transaction that follows, or is
    /// decided when the order starts.
    pub(super) async fn early(
        &self,
        caller: &Caller,
        customer: CustomerId,
        lines: &[Item],
    ) -> Early {
        self.ask_early(caller, customer, lines.to_vec())
            .await
            .unwrap_or_else(|error| unasked(&error))
    }

    /// Asks about a cart, as [`early`](Self::early).
    pub(super) async fn early_of_cart(
        &self,
        caller: &Caller,
        customer: CustomerId,
        cart: CartId,
    ) -> Early {
        let asked = async {
            let mut tx = self.db.read().await?;
            let found = store::carts::load(&mut tx, customer, cart).await?;
            let cart = own_cart(caller, found, customer, cart)?;
            drop(tx);
            self.ask_early(caller, customer, cart.lines).await
        };
        asked.await.unwrap_or_else(|error| unasked(&error))
    }

    async fn ask_early(
        &self,
        caller: &Caller,
        customer: CustomerId,
        lines: Vec<Item>,
    ) -> Result<Early, Error> {
        let mut tx = self.db.read().await?;
        let seller = self.seller(&mut tx, caller).await?;
        let customer = self.customer(&mut tx, caller, customer).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        let listed = self.listed(&mut tx, lines.clone(), now).await?;
        drop(tx);
        let limits = self.limits_of(&customer, seller.id, &listed).await?;
        Ok(Early { lines, limits })
    }

    /// Returns what limits say of the lines of one order. Not to be called with a transaction open.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`] and the like.
    pub(super) async fn limits_of(
        &self,
        customer: &Customer,
        partner: PartnerId,
        lines: &[(Item, Listing)],
    ) -> Result<LimitsOfLines, Error> {
        let sold: Vec<_> = lines
            .iter()
            .enumerate()
            .filter_map(|(index, (item, listing))| match listing {
                Listing::Sold(offer) => Some((index, (offer.as_ref().clone(), item.quantity))),
                Listing::Withdrawn { .. } | Listing::Unknown => None,
            })
            .collect();
        let mut limits = vec![Vec::new(); lines.len()];
        if !sold.iter().any(|(_, (offer, _))| is_limited(offer)) {
            return Ok(limits);
        }
        let (places, order): (Vec<usize>, Vec<_>) = sold.into_iter().unzip();
        let clock = customer.facts.test_clock;
        let proposal = Proposal { customer: customer.id, partner, clock, orders: vec![order] };
        let judged = self.lifecycle.judge(&proposal).await?;
        for (place, said) in places.into_iter().zip(judged.into_iter().flatten()) {
            if let Some(of_line) = limits.get_mut(place) {
                *of_line = said;
            }
        }
        Ok(limits)
    }
}

fn unasked(error: &Error) -> Early {
    tracing::debug!(%error, "limits could not be asked in advance");
    Early::default()
}
