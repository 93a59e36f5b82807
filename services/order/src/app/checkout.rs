//! Buying: a cart becomes an order, or an order is placed without one. One verb for both, but for
//! where the lines come from.

use std::collections::BTreeMap;

use db::Tx;
use jiff::Timestamp;
use mailbox::Letter;
use replay::{Answer, Once};
use vocab::{CustomerId, MessageId, OrderId, OrderLineId, SubscriptionId, derived_id};

use super::carts::check_etag;
use super::forecasts::Forecasts;
use super::journal::Deed;
use super::judgement::Sale;
use super::preview::Figures;
use super::{App, Asker};
use crate::domain::{
    Attestation, Capacity, Cart, CheckoutCart, Confirmation, Customer, Item, Judgement,
    LineJudgement, LineState, Order, OrderLine, Partner, PlaceOrder, Placed, Resellers, StartOrder,
    refused_by,
};
use crate::error::{Error, Refusals};
use crate::peers::{START, START_TO};
use crate::store;

/// What is bought, once it is known by whom and for whom.
struct Purchase<'a> {
    seller: Partner,
    customer: &'a Customer,
    cart: Option<&'a Cart>,
    lines: Vec<Item>,
    /// What lifecycle said in advance.
    forecasts: Forecasts,
    resellers: Resellers,
    confirmation: Option<Confirmation>,
    now: Timestamp,
}

impl App {
    /// Orders in one call. Whether the subscriptions have started is told by
    /// [`settled`](Self::settled).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-2, PAR-14); [`Error::Rejected`] with everything that speaks against
    /// it (PAR-1, ORD-4), nothing stored (ORD-11); [`Error::Preview`] (ORD-12); [`Error::Unpriced`]
    /// (TRM-8).
    pub async fn place_order(
        &self,
        once: &Once<Placed>,
        asker: Asker<'_>,
        command: PlaceOrder,
    ) -> Result<Answer<Placed>, Error> {
        let PlaceOrder { customer, lines, resellers, confirmation } = command;
        let forecasts = self.early(asker, customer, &lines).await;
        let mut tx = self.db.begin_as(asker.caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let seller = self.seller(&mut tx, asker.caller).await?;
        let customer = &self.customer(&mut tx, asker.caller, customer).await?;
        let now = self.now_of(&mut tx, customer).await?;
        let cart = None;
        let purchase =
            Purchase { seller, customer, cart, lines, forecasts, resellers, confirmation, now };
        self.buy(tx, once, asker, purchase).await
    }

    /// Turns a cart into an order; one that was ordered before is answered with what it became.
    ///
    /// # Errors
    ///
    /// As [`place_order`](Self::place_order), and [`Error::Rejected`] for a cart that is too old
    /// (ORD-12) or empty, [`Error::StaleEtag`].
    pub async fn checkout_cart(
        &self,
        once: &Once<Placed>,
        asker: Asker<'_>,
        command: CheckoutCart,
    ) -> Result<Answer<Placed>, Error> {
        let CheckoutCart { customer, cart, confirmation } = command;
        let forecasts = self.early_of_cart(asker, customer, cart).await;
        let mut tx = self.db.begin_as(asker.caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let seller = self.seller(&mut tx, asker.caller).await?;
        let customer = &self.customer(&mut tx, asker.caller, customer).await?;
        let cart = self.lock_cart(&mut tx, asker.caller, customer.id, cart).await?;
        if let Some(order) = cart.order {
            return self.answer_again(tx, once, customer.id, order).await;
        }
        let now = self.now_of(&mut tx, customer).await?;
        cart.check_ready(now)?;
        check_etag(once.etag.as_deref(), &cart)?;
        let (lines, resellers) = (cart.lines.clone(), cart.resellers.clone());
        let cart = Some(&cart);
        let purchase =
            Purchase { seller, customer, cart, lines, forecasts, resellers, confirmation, now };
        self.buy(tx, once, asker, purchase).await
    }

    /// Answers with the order that a cart became.
    async fn answer_again(
        &self,
        mut tx: Tx,
        once: &Once<Placed>,
        customer: CustomerId,
        order: OrderId,
    ) -> Result<Answer<Placed>, Error> {
        let order = store::orders::load(&mut tx, customer, order)
            .await?
            .ok_or_else(|| Error::BadLetter(format!("a cart names the order {order}")))?;
        let placed = Placed { order, preview_token: None };
        if !once.validate_only {
            once.keep(&mut tx, &placed).await?;
            tx.commit().await?;
        }
        Ok(Answer::Fresh(placed))
    }

    /// Judges a purchase and, unless it is refused or only previewed, makes it an order.
    async fn buy(
        &self,
        mut tx: Tx,
        once: &Once<Placed>,
        asker: Asker<'_>,
        purchase: Purchase<'_>,
    ) -> Result<Answer<Placed>, Error> {
        let judgement = self.judged(&mut tx, asker, &purchase).await?;
        let Purchase { seller, customer, cart, resellers, now, .. } = purchase;
        let basis = cart.map(|cart| (cart.id, cart.version));
        let figures = Figures::of(seller.id, customer.id, basis, &resellers, &judgement).bytes();
        let real_now = self.clocks.real_now();
        if let Some(token) = &once.preview_token {
            self.previews.check(token, once.method, &figures, real_now)?;
        }
        let order = Order {
            id: OrderId(self.ids.uuid()),
            customer: customer.id,
            partner: seller.id,
            cart: cart.map(|cart| cart.id),
            lines: self.order_lines(judgement),
            created_at: now,
            attestation: Some(Attestation {
                version: Capacity::with(&resellers).text().version.to_owned(),
                actor: asker.caller.subject.clone(),
                accepted_at: now,
            }),
            resellers,
            brought_in: None,
            version: 1,
        };
        if once.validate_only {
            let token = self.previews.issue(once.method, &figures, real_now);
            return Ok(Answer::Fresh(Placed { order, preview_token: Some(token) }));
        }
        if let Some(cart) = cart {
            store::carts::save(&mut tx, &cart.ordered_as(order.id)).await?;
        }
        self.keep_order(tx, once, asker, (order, customer)).await
    }

    /// Returns what a purchase comes to.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for resellers that nobody knows (PAR-9), [`Error::Rejected`] with everything
    /// that speaks against it, [`Error::Unpriced`] (TRM-8).
    async fn judged(
        &self,
        tx: &mut Tx,
        asker: Asker<'_>,
        purchase: &Purchase<'_>,
    ) -> Result<Judgement, Error> {
        let Purchase { seller, customer, resellers, .. } = purchase;
        let market = customer.facts.market;
        let against = self.against_resellers(tx, seller, market, resellers).await?;
        let sale = Sale { customer, buyer: asker.buyer, seller: seller.id, now: purchase.now };
        let mut judgement = self.judgement(tx, sale, purchase.lines.clone()).await?;
        judgement.refusals.extend(against);
        judgement.hear(purchase.forecasts.clone());
        let capacity = Capacity::with(resellers);
        let refused = refused_by(&judgement, capacity, purchase.confirmation.as_ref());
        match (Refusals::of(refused), judgement.unpriced()) {
            (Some(refusals), _) => Err(Error::Rejected(refusals)),
            (None, Some(line)) => Err(Error::Unpriced { line }),
            (None, None) => Ok(judgement),
        }
    }

    /// Writes an order, its letters and the answer.
    async fn keep_order(
        &self,
        mut tx: Tx,
        once: &Once<Placed>,
        asker: Asker<'_>,
        (order, customer): (Order, &Customer),
    ) -> Result<Answer<Placed>, Error> {
        store::orders::insert(&mut tx, &order).await?;
        let letters = [start(&order, customer), self.entry(asker.caller, deed(&order, customer))];
        mailbox::send(&mut tx, &letters, self.clocks.real_now()).await?;
        let placed = Placed { order, preview_token: None };
        once.keep(&mut tx, &placed).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(placed))
    }

    /// Makes the lines of an order that nothing speaks against, so that each has offer and quote.
    fn order_lines(&self, judgement: Judgement) -> Vec<OrderLine> {
        let line = |line: LineJudgement| {
            let (offer, quote) = line.offer.zip(line.quote)?;
            Some(OrderLine {
                id: OrderLineId(self.ids.uuid()),
                subscription: SubscriptionId(self.ids.uuid()),
                quantity: line.item.quantity,
                friendly_name: line.item.friendly_name,
                state: LineState::Processing,
                failure: None,
                first_charge: quote.first_charge,
                promotion: line.promotion,
                alignment: line.item.alignment,
                offer,
            })
        };
        judgement.lines.into_iter().filter_map(line).collect()
    }
}

/// The letter that starts an order's subscriptions; the same however often it is made.
pub(super) fn start(order: &Order, customer: &Customer) -> Letter {
    // Text, numbers and lists of them, which are always JSON: the macro cannot fail.
    let body = serde_json::json!(StartOrder::of(order, customer)).to_string();
    Letter { id: MessageId(derived_id(order.id.0, START)), to: START_TO, kind: START, body }
}

fn deed<'a>(order: &Order, customer: &'a Customer) -> Deed<'a> {
    let totals: Vec<_> = order.totals().iter().map(ToString::to_string).collect();
    let offers: Vec<_> = order.lines.iter().map(|line| line.offer.id.to_string()).collect();
    let confirmed = order.attestation.as_ref().map(|text| text.version.clone());
    Deed {
        action: if order.cart.is_some() { "CheckoutCart" } else { "PlaceOrder" },
        resource: format!("customers/{}/orders/{}", order.customer, order.id),
        partner: Some(order.partner),
        customer: Some((customer, order.created_at)),
        details: BTreeMap::from([
            ("offers".to_owned(), offers.join(", ")),
            ("first_charges".to_owned(), totals.join(", ")),
            ("attestation".to_owned(), confirmed.unwrap_or_default()),
        ]),
    }
}
