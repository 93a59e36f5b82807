//! What the catalog says of the ways from one SKU to others, asked with no transaction open.

use access::Caller;
use jiff::Timestamp;
use replay::{Answer, Once};

use super::act::within_reach;
use super::prices::Book;
use super::{App, Target};
use crate::domain::{
    Goal, Path, Prices, Product, Rejection, ScheduledSet, Subscription, TransitionWish,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns the answer that was given before, so that a call that is repeated asks nobody.
    ///
    /// # Errors
    ///
    /// [`Error::Replay`] (D-28).
    pub(super) async fn replayed<T>(&self, once: &Once<T>) -> Result<Option<Answer<T>>, Error> {
        // The claim of the id goes with the transaction, which is dropped.
        let mut tx = self.db.begin().await?;
        Ok(once.answered(&mut tx, self.clocks.real_now()).await?)
    }

    /// Returns what the catalog says of the way to where a caller wants to go; `None` if it knows none.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign subscriptions alike (PAR-14),
    /// [`Rejection::OfferWithdrawn`], [`Error::CatalogAway`].
    pub(super) async fn path_to(
        &self,
        caller: &Caller,
        target: Target,
        wish: &TransitionWish,
    ) -> Result<Option<Path>, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::subscriptions::load(&mut tx, &ids(target, &wish.to)).await?;
        let source = within_reach(found.clone(), caller, target)?;
        let now = self.clocks.now(&mut tx, source.clock).await?;
        let offer = offer_of(&wish.to);
        let prices = Book::of(&mut tx, [&source].into_iter(), offer.into_iter()).await?;
        drop(tx);
        let product = match &wish.to {
            Goal::New(offer) => {
                let withdrawn = || Rejection::OfferWithdrawn { offer: offer.clone(), at: now };
                prices.terms_at(offer, now).ok_or_else(withdrawn)?.product.clone()
            }
            Goal::Existing(id) => joined(found, &source, (target, *id))?.product,
        };
        self.path_between(&source, &product, &prices, now).await
    }

    /// Returns what is to be scheduled with what the catalog says of the way, where it is another SKU.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::CatalogAway`].
    pub(super) async fn with_path(
        &self,
        caller: &Caller,
        target: Target,
        wanted: ScheduledSet,
    ) -> Result<ScheduledSet, Error> {
        let Some(offer) = wanted.offer.clone() else { return Ok(wanted) };
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let source = within_reach(found, caller, target)?;
        let now = self.clocks.now(&mut tx, source.clock).await?;
        let prices = Book::of(&mut tx, [&source].into_iter(), [offer.clone()].into_iter()).await?;
        drop(tx);
        let product = prices.terms_at(&offer, now).map(|terms| terms.product.clone());
        let Some(product) = product.filter(|product| product.sku != source.product.sku) else {
            return Ok(wanted);
        };
        let path = self.path_between(&source, &product, &prices, now).await?;
        Ok(ScheduledSet { path: path.map(Box::new), ..wanted })
    }

    /// Returns every way that leads away from `source`: what a trial becomes by itself first.
    ///
    /// # Errors
    ///
    /// [`Error::CatalogAway`].
    ///
    /// Source: CAT-15, TRI-4, T-101.
    pub(super) async fn ways_from(
        &self,
        source: &Subscription,
        equivalent: Option<&Product>,
        now: Timestamp,
    ) -> Result<Vec<Path>, Error> {
        let (product, currency) = (&source.product, source.price.currency);
        let mut ways: Vec<Path> =
            equivalent.map(|paid| Path::conversion(product, paid)).into_iter().collect();
        for from in [Some(product), equivalent].into_iter().flatten() {
            let mut paths = self.peers.upgrade_paths(from, currency, now).await?;
            // Where the trial leads, the trial's word counts before that of its equivalent.
            paths.retain(|path| ways.iter().all(|known| known.to != path.to));
            ways.extend(paths.into_iter().map(|path| Path { from: product.sku.clone(), ..path }));
        }
        Ok(ways)
    }

    async fn path_between(
        &self,
        source: &Subscription,
        to: &Product,
        prices: &Book,
        now: Timestamp,
    ) -> Result<Option<Path>, Error> {
        let equivalent = equivalent(source, prices, now);
        if let Some(paid) = equivalent.filter(|paid| paid.sku == to.sku) {
            return Ok(Some(Path::conversion(&source.product, paid)));
        }
        let ways = self.ways_from(source, equivalent, now).await?;
        Ok(ways.into_iter().find(|path| path.to == to.sku))
    }
}

/// Returns what a trial becomes by itself (TRI-3).
pub(super) fn equivalent<'a>(
    source: &Subscription,
    prices: &'a Book,
    now: Timestamp,
) -> Option<&'a Product> {
    let offer = source.product.converts_to.as_ref().filter(|_| source.product.is_trial)?;
    prices.terms_at(offer, now).map(|terms| &terms.product)
}

/// Returns the subscription that seats are to join: of the same customer and partner (PAR-14).
pub(super) fn joined(
    found: Vec<Subscription>,
    source: &Subscription,
    (target, id): (Target, vocab::SubscriptionId),
) -> Result<Subscription, Error> {
    let is_own = |sub: &Subscription| {
        sub.id == id && sub.customer == source.customer && sub.partner == source.partner
    };
    let name = rpc::name::Subscription(target.0, id).to_string();
    let not_found = || Error::NotFound { kind: "Subscription", name };
    found.into_iter().find(|sub| is_own(sub) && sub.id != source.id).ok_or_else(not_found)
}

/// Returns the ids of both sides.
pub(super) fn ids(target: Target, to: &Goal) -> Vec<vocab::SubscriptionId> {
    match to {
        Goal::New(_) => vec![target.1],
        Goal::Existing(id) => vec![target.1, *id],
    }
}

/// Returns the offer of something new.
pub(super) fn offer_of(to: &Goal) -> Option<vocab::OfferId> {
    match to {
        Goal::New(offer) => Some(offer.clone()),
        Goal::Existing(_) => None,
    }
}
