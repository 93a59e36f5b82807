//! Carts: making, reading, filling and throwing them away. Looking at what they would cost is in
//! `review`, turning them into orders in `checkout`.

use std::collections::BTreeMap;

use access::Caller;
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use vocab::{CartId, CustomerId};

use super::App;
use super::journal::Deed;
use super::scope::{not_found, partner_of, unchanged};
use crate::domain::{Cart, CreateCart, Customer, Item, UpdateCart, judge_addition};
use crate::error::{Error, Refusals};
use crate::store;

impl App {
    /// Makes a cart.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-2, PAR-14), [`Error::Rejected`] for a partner that does not transact
    /// (PAR-1) or a reservation in a blocked market (MKT-1), [`Error::Invalid`] for a reseller that
    /// nobody knows (PAR-9); what else speaks against it is told by the review.
    pub async fn create_cart(
        &self,
        once: &Once<Cart>,
        caller: &Caller,
        command: CreateCart,
    ) -> Result<Answer<Cart>, Error> {
        let CreateCart { customer, lines, resellers } = command;
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let partner = self.seller(&mut tx, caller).await?;
        let customer = self.customer(&mut tx, caller, customer).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        self.check_addition(&mut tx, &customer, &lines, now).await?;
        self.known_resellers(&mut tx, &resellers).await?;
        let cart = Cart {
            id: CartId(self.ids.uuid()),
            customer: customer.id,
            partner: partner.id,
            lines,
            resellers,
            created_at: now,
            order: None,
            version: 1,
        };
        store::carts::insert(&mut tx, &cart).await?;
        self.keep_cart(tx, once, caller, ("CreateCart", &cart, &customer, now)).await
    }

    /// Returns a cart.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn get_cart(
        &self,
        caller: &Caller,
        customer: CustomerId,
        id: CartId,
    ) -> Result<Cart, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer(&mut tx, caller, customer).await?;
        let found = store::carts::load(&mut tx, customer, id).await?;
        own_cart(caller, found, customer, id)
    }

    /// Replaces a cart's lines.
    ///
    /// # Errors
    ///
    /// As [`create_cart`](Self::create_cart), and [`Error::Rejected`] for a cart that is too old or was
    /// ordered (ORD-12), [`Error::StaleEtag`].
    pub async fn update_cart(
        &self,
        once: &Once<Cart>,
        caller: &Caller,
        command: UpdateCart,
    ) -> Result<Answer<Cart>, Error> {
        let UpdateCart { customer, cart, lines, resellers } = command;
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        self.seller(&mut tx, caller).await?;
        let customer = self.customer(&mut tx, caller, customer).await?;
        let cart = self.lock_cart(&mut tx, caller, customer.id, cart).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        cart.check_open(now)?;
        check_etag(once.etag.as_deref(), &cart)?;
        self.check_addition(&mut tx, &customer, &lines, now).await?;
        self.known_resellers(&mut tx, &resellers).await?;
        let next = cart.refilled(lines, resellers);
        store::carts::save(&mut tx, &next).await?;
        self.keep_cart(tx, once, caller, ("UpdateCart", &next, &customer, now)).await
    }

    /// Throws a cart away and returns it as it was.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] for a partner that does not transact (PAR-1)
    /// or a cart that was ordered (ORD-12).
    pub async fn delete_cart(
        &self,
        once: &Once<Cart>,
        caller: &Caller,
        customer: CustomerId,
        id: CartId,
    ) -> Result<Answer<Cart>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        self.seller(&mut tx, caller).await?;
        let customer = self.customer(&mut tx, caller, customer).await?;
        let cart = self.lock_cart(&mut tx, caller, customer.id, id).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        cart.check_unordered()?;
        store::carts::delete(&mut tx, &cart).await?;
        self.keep_cart(tx, once, caller, ("DeleteCart", &cart, &customer, now)).await
    }

    /// Returns a cart of the caller's and keeps others from changing it.
    pub(super) async fn lock_cart(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        customer: CustomerId,
        id: CartId,
    ) -> Result<Cart, Error> {
        let found = store::carts::lock(tx, customer, id).await?;
        own_cart(caller, found, customer, id)
    }

    /// Refuses lines that may not even be put into a cart (MKT-1).
    async fn check_addition(
        &self,
        tx: &mut Tx,
        customer: &Customer,
        lines: &[Item],
        now: Timestamp,
    ) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let listed = self.listed(tx, lines.to_vec(), now).await?;
        let blocked = self.blocked_markets(tx, now).await?;
        match Refusals::of(judge_addition(customer, &listed, &blocked)) {
            Some(refusals) => Err(Error::Rejected(refusals)),
            None => Ok(()),
        }
    }

    /// Ends a verb about a cart: entry, answer, commit.
    async fn keep_cart(
        &self,
        mut tx: Tx,
        once: &Once<Cart>,
        caller: &Caller,
        (action, cart, customer, now): (&'static str, &Cart, &Customer, Timestamp),
    ) -> Result<Answer<Cart>, Error> {
        let deed = Deed {
            action,
            resource: format!("customers/{}/carts/{}", cart.customer, cart.id),
            partner: Some(cart.partner),
            customer: Some((customer, now)),
            details: BTreeMap::from([("lines".to_owned(), cart.lines.len().to_string())]),
        };
        let letter = self.entry(caller, deed);
        mailbox::send(&mut tx, &[letter], self.clocks.real_now()).await?;
        once.keep(&mut tx, cart).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(cart.clone()))
    }
}

/// Returns the cart if the caller reaches it.
pub fn own_cart(
    caller: &Caller,
    found: Option<Cart>,
    customer: CustomerId,
    id: CartId,
) -> Result<Cart, Error> {
    let own = partner_of(caller);
    found
        .filter(|cart| own.is_none_or(|own| own == cart.partner))
        .ok_or_else(|| not_found("Cart", format!("customers/{customer}/carts/{id}")))
}

/// Lets a request pass whose etag, if it has one, is the cart's.
pub fn check_etag(etag: Option<&str>, cart: &Cart) -> Result<(), Error> {
    unchanged("cart", etag, cart.etag())
}
