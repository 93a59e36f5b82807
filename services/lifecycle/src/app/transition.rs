//! A caller lets a subscription become something higher, or a trial something that is paid for.

use std::collections::{BTreeMap, BTreeSet};

use access::Caller;
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::Page;
use vocab::SkuId;

use super::act::{check_etag, figures, within_reach};
use super::family::{AddOns, Hold, receipts};
use super::letters::Cause;
use super::prices::Book;
use super::ways::{equivalent, ids, joined, offer_of};
use super::{App, Target};
use crate::domain::{
    self, Change, Destination, Goal, Occasion, OfferTerms, Path, Possibility, Prices, Receipt,
    Rejection, Subscription, Transition, TransitionReceipt, TransitionWish, Transitioned, View,
    Way,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Lets seats become something else: asks the catalog for the way, then changes both sides in one
    /// transaction, under the customer's lock (CAT-9, ENT-1).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14), [`Error::CatalogAway`],
    /// [`Error::StaleEtag`], [`Error::Preview`], [`Error::Replay`] (D-28), and what [`Transition`]
    /// refuses.
    pub async fn transition(
        &self,
        once: &Once<TransitionReceipt>,
        caller: &Caller,
        target: Target,
        wish: &TransitionWish,
    ) -> Result<Answer<TransitionReceipt>, Error> {
        if let Some(answer) = self.replayed(once).await? {
            return Ok(answer);
        }
        let path = self.path_to(caller, target, wish).await?;
        self.transition_by(once, caller, target, (wish, path.as_ref())).await
    }

    /// As [`Self::transition`], by what the catalog said.
    pub(crate) async fn transition_by(
        &self,
        once: &Once<TransitionReceipt>,
        caller: &Caller,
        target: Target,
        (wish, path): (&TransitionWish, Option<&Path>),
    ) -> Result<Answer<TransitionReceipt>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let sides = self.sides(&mut tx, caller, target, wish).await?;
        check_etag(once, &sides.source)?;
        let customer = BTreeSet::from([target.0]);
        let held = self.held(&mut tx, &customer).await?;
        let at = Occasion { held: &held, ..self.occasion(sides.now) };
        let settled = Settled::of(&sides, self.occasion(sides.now))?;
        let to = settled.destination(&sides, wish)?;
        let (quantity, transfers_licences) = (wish.quantity, wish.transfers_licences);
        let source = settled.source(&sides);
        let wanted = Transition { source, to, path, quantity, transfers_licences };
        let done = wanted.carry_out(&sides.prices, at)?;
        let of_source = std::slice::from_ref(&done.source);
        let followed = domain::follow(of_source, &sides.add_ons.settled, &sides.prices, at)?;

        let shown = shown(&sides, &done, &followed);
        let mut receipt = receipt(&done, &followed, &sides.prices, at)?;
        if once.validate_only {
            let token = self.previews.issue(once.method, &shown, real_now);
            receipt.mark_previewed(token);
            return Ok(Answer::Fresh(receipt));
        }
        if let Some(token) = &once.preview_token {
            self.previews.check(token, once.method, &shown, real_now)?;
        }
        let Transitioned { source, target } = done;
        let changes = settled.changes.into_iter().chain([source]).chain(target);
        let changes: Vec<Change> = changes.chain(sides.add_ons.changes(&followed)).collect();
        self.save(&mut tx, &changes, Cause { actor: &caller.subject, real_now }).await?;
        once.keep(&mut tx, &receipt).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(receipt))
    }

    /// Returns a page of everything that a subscription could become now, and why not. Nothing is
    /// locked.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14), [`Error::CatalogAway`].
    pub async fn list_transitions(
        &self,
        caller: &Caller,
        target: Target,
        page: &Page,
    ) -> Result<Vec<Possibility>, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let source = self.source(&mut tx, caller, target).await?;
        let now = self.clocks.now(&mut tx, source.clock).await?;
        let prices = Book::of(&mut tx, [&source].into_iter(), std::iter::empty()).await?;
        drop(tx);
        let paths = self.ways_from(&source, equivalent(&source, &prices, now), now).await?;

        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let source = self.source(&mut tx, caller, target).await?;
        let (prices, ways) = with_plans(&mut tx, &source, paths, now).await?;
        let customer = BTreeSet::from([target.0]);
        let held = self.held(&mut tx, &customer).await?;
        let existing = self.own(&mut tx, &source, now).await?;
        let at = Occasion { held: &held, ..self.occasion(now) };
        let settled = domain::settle(&source, self.occasion(now))?;
        let source = settled.last().map_or(&source, |change| &change.next);
        let mut found = domain::possibilities(source, &ways, &existing, &prices, at);
        found.sort_by_cached_key(Possibility::key);
        let after = page.after.as_deref();
        found.retain(|one| after.is_none_or(|after| after < one.key().as_str()));
        found.truncate(page.size.saturating_add(1));
        Ok(found)
    }

    async fn source(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        target: Target,
    ) -> Result<Subscription, Error> {
        let found = store::subscriptions::load(tx, &[target.1]).await?;
        within_reach(found, caller, target)
    }

    /// Returns what the customer has of the same partner, as it now is.
    async fn own(
        &self,
        tx: &mut Tx,
        source: &Subscription,
        now: Timestamp,
    ) -> Result<Vec<Subscription>, Error> {
        let customer = BTreeSet::from([source.customer]);
        let mut own = Vec::new();
        // What cannot be read is no target.
        for sub in store::subscriptions::held_by(tx, &customer).await?.into_iter().flatten() {
            if sub.partner == source.partner && sub.id != source.id {
                let last = domain::settle(&sub, self.occasion(now))?.pop();
                own.push(last.map_or(sub, |last| last.next));
            }
        }
        Ok(own)
    }

    /// Locks the customer and both sides, and reads what the rules ask for.
    async fn sides(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        target: Target,
        wish: &TransitionWish,
    ) -> Result<Sides, Error> {
        store::customers::lock(tx, &BTreeSet::from([target.0])).await?;
        let found = store::subscriptions::lock(tx, &ids(target, &wish.to)).await?;
        let source = within_reach(found.clone(), caller, target)?;
        let into = match wish.to {
            Goal::New(_) => None,
            Goal::Existing(id) => Some(joined(found, &source, (target, id))?),
        };
        let now = self.clocks.now(tx, source.clock).await?;
        let add_ons = self.add_ons_of(tx, &source, (Hold::Lock, now)).await?;
        let subs = [&source].into_iter().chain(&into);
        let prices = Book::of(tx, subs, offer_of(&wish.to).into_iter()).await?;
        Ok(Sides { source, into, add_ons, prices, now })
    }
}

/// Returns what was done, as both sides are seen after it.
fn receipt(
    done: &Transitioned,
    followed: &[Change],
    prices: &Book,
    at: Occasion<'_>,
) -> Result<TransitionReceipt, Error> {
    let mut held = at.held.clone();
    held.count_all(done.target.iter().chain([&done.source]).map(|change| &change.next));
    let after = Occasion { held: &held, ..at };
    let receipt = |change: &Change| Receipt {
        view: View::of(change.next.clone(), prices, after),
        change: Some(change.clone()),
        add_ons: vec![],
        preview_token: None,
    };
    let mut amount = done.total()?;
    for change in followed {
        amount = amount.checked_add(change.total()?)?;
    }
    Ok(TransitionReceipt {
        source: Receipt { add_ons: receipts(followed, prices, after), ..receipt(&done.source) },
        target: done.target.as_ref().map(receipt),
        amount,
        preview_token: None,
    })
}

/// Both sides as they are stored, and what the rules ask for.
struct Sides {
    source: Subscription,
    into: Option<Subscription>,
    /// Those of the source, which may end with the transition (ADD-1).
    add_ons: AddOns,
    prices: Book,
    now: Timestamp,
}

/// What time made due on both sides, which is done first (D-33).
struct Settled {
    changes: Vec<Change>,
}

impl Settled {
    fn of(sides: &Sides, at: Occasion<'_>) -> Result<Self, Error> {
        let mut changes = domain::settle(&sides.source, at)?;
        if let Some(into) = &sides.into {
            changes.extend(domain::settle(into, at)?);
        }
        Ok(Self { changes })
    }

    fn latest<'a>(&'a self, stored: &'a Subscription) -> &'a Subscription {
        let mut of_it = self.changes.iter().rev().map(|change| &change.next);
        of_it.find(|next| next.id == stored.id).unwrap_or(stored)
    }

    fn source<'a>(&'a self, sides: &'a Sides) -> &'a Subscription {
        self.latest(&sides.source)
    }

    fn destination<'a>(
        &'a self,
        sides: &'a Sides,
        wish: &TransitionWish,
    ) -> Result<Destination<'a>, Error> {
        match (&wish.to, &sides.into) {
            (Goal::New(offer), _) => {
                let terms = sides.prices.terms_at(offer, sides.now);
                let (offer, at) = (offer.clone(), sides.now);
                let terms = terms.ok_or(Rejection::OfferWithdrawn { offer, at })?;
                Ok(Destination::New(terms))
            }
            (Goal::Existing(_), Some(into)) => Ok(Destination::Existing(self.latest(into))),
            (Goal::Existing(id), None) => {
                let name = rpc::name::Subscription(sides.source.customer, *id).to_string();
                Err(Error::NotFound { kind: "Subscription", name })
            }
        }
    }
}

/// Returns what a preview and the real call must have in common, of both sides.
fn shown(sides: &Sides, done: &Transitioned, followed: &[Change]) -> Vec<u8> {
    let mut shown = figures(&sides.source, Some(&done.source));
    if let Some(change) = &done.target {
        shown.push(b'\n');
        shown.extend(figures(sides.into.as_ref().unwrap_or(&change.next), Some(change)));
    }
    shown.extend(sides.add_ons.figures(followed));
    shown
}

/// Returns the prices, and the plans of each way that are sold in the source's market and currency.
async fn with_plans(
    tx: &mut Tx,
    source: &Subscription,
    paths: Vec<Path>,
    now: Timestamp,
) -> Result<(Book, Vec<Way>), Error> {
    let (market, currency) = (source.product.market, source.price.currency);
    let mut plans: BTreeMap<SkuId, Vec<OfferTerms>> = BTreeMap::new();
    for path in &paths {
        let sold = price_list::plans_of(tx, &path.to, market, currency, now).await?;
        plans.insert(path.to.clone(), sold.iter().map(OfferTerms::from).collect());
    }
    let ids = plans.values().flatten().map(|plan| plan.product.offer.clone());
    let prices = Book::of(tx, [source].into_iter(), ids).await?;
    let ways = paths.into_iter().map(|path| {
        let plans = plans.remove(&path.to).unwrap_or_default();
        Way { path, plans }
    });
    let ways = ways.collect();
    Ok((prices, ways))
}
