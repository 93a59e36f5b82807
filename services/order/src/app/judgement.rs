//! Judges what is to be bought by what the copy of the price list says now: the same for a review, a
//! question in advance and the real call.

use db::Tx;
use jiff::Timestamp;
use vocab::PartnerId;

use super::App;
use crate::domain::{Basket, Buyer, Customer, Item, Judgement, judge};
use crate::error::Error;

/// Who buys what for whom, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sale<'a> {
    pub customer: &'a Customer,
    pub buyer: Buyer,
    pub seller: PartnerId,
    /// By the customer's clock.
    pub now: Timestamp,
}

impl App {
    /// Returns what lines come to, without what lifecycle alone can say.
    ///
    /// # Errors
    ///
    /// [`Error::NoPriceList`].
    pub(super) async fn judgement(
        &self,
        tx: &mut Tx,
        sale: Sale<'_>,
        items: Vec<Item>,
    ) -> Result<Judgement, Error> {
        let Sale { customer, buyer, seller, now } = sale;
        let lines = self.listed(tx, items, now).await?;
        let promotions = self.promotions(tx, &lines, now).await?;
        let blocked = self.blocked_markets(tx, now).await?;
        Ok(judge(&Basket {
            customer,
            buyer,
            seller: Some(seller),
            lines,
            promotions: &promotions,
            blocked: &blocked,
            now,
        }))
    }
}
