//! Operators bring in software that was ordered elsewhere, with its own dates.

use std::collections::BTreeMap;

use access::Caller;
use db::Tx;
use replay::{Answer, Once};
use vocab::{Offer, OfferId, OrderId, OrderLineId, PartnerId, SubscriptionId};

use super::App;
use super::checkout::start;
use super::journal::Deed;
use super::scope::not_found;
use crate::domain::{
    BroughtIn, Customer, ImportHistory, Imported, Kept, LineState, Order, OrderLine, Partner,
    PastLine, PastOrder, Quote, Records, Refused, Resellers,
};
use crate::error::{Error, Refusals};
use crate::store;

impl App {
    /// Brings in orders of one customer, all of them or none. One that was brought in before stays as
    /// it is. Whether the subscriptions have started is told by [`settled`](Self::settled).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer that does not exist; [`Error::Rejected`] with everything
    /// that speaks against it (D-2, T-63, T-65), nothing stored.
    ///
    /// Source: ORD-9, HIS-1, TRP-65.
    pub async fn import_history(
        &self,
        once: &Once<Imported>,
        caller: &Caller,
        command: ImportHistory,
    ) -> Result<Answer<Imported>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let customer = &self.customer(&mut tx, caller, command.customer).await?;
        let records = self.records(&mut tx, customer, &command.orders).await?;
        let refused = records.judge(&command.orders).into_iter();
        let refused = refused.map(|why| Refused { line: None, why }).collect();
        if let Some(refusals) = Refusals::of(refused) {
            return Err(Error::Rejected(refusals));
        }
        let (mut orders, mut new) = (vec![], vec![]);
        for past in command.orders {
            let order = if let Some(kept) = records.kept(&past) {
                self.kept_order(&mut tx, kept).await?
            } else {
                let order = self.past_order(&records, caller, &past);
                new.push(Kept { customer: customer.id, order: order.id, past });
                order
            };
            orders.push(order);
        }
        let shown =
            if once.validate_only { new.iter().map(|kept| kept.order).collect() } else { vec![] };
        let imported = Imported { orders, shown };
        if once.validate_only {
            return Ok(Answer::Fresh(imported));
        }
        self.keep_history(tx, once, (caller, customer), (imported, new)).await
    }

    /// Writes new orders, their letters and the answer.
    async fn keep_history(
        &self,
        mut tx: Tx,
        once: &Once<Imported>,
        (caller, customer): (&Caller, &Customer),
        (imported, new): (Imported, Vec<Kept>),
    ) -> Result<Answer<Imported>, Error> {
        store::past_orders::insert(&mut tx, customer.facts.test_clock, &new).await?;
        let is_new = |order: &&Order| new.iter().any(|kept| kept.order == order.id);
        let mut letters = vec![];
        for order in imported.orders.iter().filter(is_new) {
            store::orders::insert(&mut tx, order).await?;
            letters.extend([start(order, customer), self.entry(caller, deed(order, customer))]);
        }
        mailbox::send(&mut tx, &letters, self.clocks.real_now()).await?;
        once.keep(&mut tx, &imported).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(imported))
    }

    /// Reads what an import is judged by.
    async fn records<'a>(
        &self,
        tx: &mut Tx,
        customer: &'a Customer,
        orders: &[PastOrder],
    ) -> Result<Records<'a>, Error> {
        Ok(Records {
            customer,
            partners: related(tx, customer, orders).await?,
            offers: listed_ever(tx, orders).await?,
            kept: store::past_orders::find(tx, customer.facts.test_clock, orders).await?,
            now: self.now_of(tx, customer).await?,
        })
    }

    /// Returns an order that was brought in before, as it now is.
    async fn kept_order(&self, tx: &mut Tx, kept: &Kept) -> Result<Order, Error> {
        let name = || format!("customers/{}/orders/{}", kept.customer, kept.order);
        let found = store::orders::load(tx, kept.customer, kept.order).await?;
        found.ok_or_else(|| not_found("Order", name()))
    }

    /// Makes an order that nothing speaks against, so that each line has offer and quote.
    fn past_order(&self, records: &Records<'_>, caller: &Caller, past: &PastOrder) -> Order {
        let line = |line: &PastLine| {
            let offer = line.as_sold(records.offers.get(&line.offer)?);
            let first_charge = Quote::of(&offer, offer.price, line.quantity).ok()?.first_charge;
            Some(OrderLine {
                id: OrderLineId(self.ids.uuid()),
                subscription: SubscriptionId(self.ids.uuid()),
                offer,
                quantity: line.quantity,
                friendly_name: line.friendly_name.clone(),
                state: LineState::Processing,
                failure: None,
                first_charge,
                promotion: None,
                alignment: None,
            })
        };
        Order {
            id: OrderId(self.ids.uuid()),
            customer: records.customer.id,
            partner: past.partner,
            cart: None,
            lines: past.lines.iter().filter_map(line).collect(),
            created_at: past.ordered_at,
            attestation: None,
            resellers: Resellers::default(),
            brought_in: Some(BroughtIn {
                reference: past.reference.clone(),
                at: records.now,
                actor: caller.subject.clone(),
            }),
            version: 1,
        }
    }
}

/// Returns those of the sellers that have a relationship with the customer.
async fn related(
    tx: &mut Tx,
    customer: &Customer,
    orders: &[PastOrder],
) -> Result<BTreeMap<PartnerId, Partner>, Error> {
    let sellers: Vec<PartnerId> = orders.iter().map(|past| past.partner).collect();
    let mut related = BTreeMap::new();
    for partner in store::partners::load_many(tx, &sellers).await? {
        if store::customers::load(tx, customer.id, Some(partner.id)).await?.is_some() {
            related.insert(partner.id, partner);
        }
    }
    Ok(related)
}

/// Returns what the price list says last of offers, whatever their date, withdrawn ones too.
///
/// # Errors
///
/// [`Error::NoPriceList`] if something is unknown and the copy was never complete.
async fn listed_ever(tx: &mut Tx, orders: &[PastOrder]) -> Result<BTreeMap<OfferId, Offer>, Error> {
    let lines = orders.iter().flat_map(|past| &past.lines);
    let ids: Vec<OfferId> = lines.map(|line| line.offer.clone()).collect();
    let versions = price_list::versions(tx, &ids).await?;
    let listed: BTreeMap<_, _> =
        versions.into_iter().map(|version| (version.offer.id.clone(), version.offer)).collect();
    if !ids.iter().all(|id| listed.contains_key(id)) && !price_list::caught_up(tx).await? {
        return Err(Error::NoPriceList);
    }
    Ok(listed)
}

/// The order names its reference itself: what a partner calls its orders stays out of the log.
fn deed<'a>(order: &Order, customer: &'a Customer) -> Deed<'a> {
    let offers: Vec<_> = order.lines.iter().map(|line| line.offer.id.to_string()).collect();
    let now = order.brought_in.as_ref().map_or(order.created_at, |from| from.at);
    Deed {
        action: "ImportHistory",
        resource: format!("customers/{}/orders/{}", order.customer, order.id),
        partner: Some(order.partner),
        customer: Some((customer, now)),
        details: BTreeMap::from([
            ("offers".to_owned(), offers.join(", ")),
            ("ordered_at".to_owned(), order.created_at.to_string()),
        ]),
    }
}
