//! What all callers' verbs on one subscription have in common.

use std::collections::BTreeSet;

use access::Caller;
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::name;
use vocab::OfferId;

use super::App;
use super::family::{AddOns, Hold, receipts};
use super::letters::Cause;
use super::prices::Book;
use crate::domain::{
    self, AddOnWish, Change, ChangeKind, Family, Held, NoAddOn, Occasion, Prices, Receipt,
    Rejection, Subscription, View,
};
use crate::error::Error;
use crate::store;

/// The subscription that a verb is about.
pub type Target = name::Subscription;

/// What a verb decides by besides its subscription.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own to the database")]
pub(super) struct Needs {
    /// An offer whose terms it asks for.
    pub(super) offer: Option<OfferId>,
    /// Whether it asks for the other plans of the SKU.
    pub(super) plans: bool,
    /// Whether it asks for limits that span what the customer has.
    pub(super) limits: bool,
    /// Whether it asks with what of the customer's a term can end.
    pub(super) ends: bool,
    /// Whether it may become another SKU, which is judged by what the customer has.
    pub(super) another_sku: bool,
    /// Legacy add-ons whose seats it sets.
    pub(super) add_ons: Vec<AddOnWish>,
}

/// A decision of the domain: what happens, or nothing when it is so already.
pub(super) type Decision = Result<Option<Change>, Error>;

impl App {
    /// Lets a caller's verb act on one subscription, in one transaction.
    ///
    /// What time has made due, a renewal excepted, is done first (D-33).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14), [`Error::StaleEtag`],
    /// [`Error::Preview`], [`Error::Replay`] (D-28), and what `verb` refuses.
    pub(super) async fn act(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        verb: impl FnOnce(&Subscription, &dyn Prices, Occasion<'_>) -> Decision + Send,
    ) -> Result<Answer<Receipt>, Error> {
        // A box, lest every verb's future be as large as all that one may need.
        Box::pin(self.act_with(once, caller, target, Needs::default(), verb)).await
    }

    /// As [`Self::act`], with more for the verb to decide by.
    pub(super) async fn act_with(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        needs: Needs,
        verb: impl FnOnce(&Subscription, &dyn Prices, Occasion<'_>) -> Decision + Send,
    ) -> Result<Answer<Receipt>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let customer = BTreeSet::from([target.0]);
        if needs.limits {
            // Before the subscription, as whoever starts one does.
            store::customers::lock(&mut tx, &customer).await?;
        }
        let stored = self.locked(&mut tx, caller, target, &needs).await?;
        let held = self.held_for(&mut tx, &stored, &needs).await?;
        check_etag(once, &stored)?;
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let add_ons = self.add_ons_of(&mut tx, &stored, (Hold::Lock, now)).await?;
        let prices = if needs.plans {
            Book::with_plans(&mut tx, &stored, needs.offer, now).await?
        } else {
            let subs = [&stored].into_iter().chain(&add_ons.settled);
            let others = needs.offer.into_iter().chain(AddOns::wanted(&needs.add_ons));
            Book::of(&mut tx, subs, others).await?
        };
        let mut changes = domain::settle(&stored, self.occasion(now))?;
        let settled = changes.last().map_or(&stored, |change| &change.next);
        let cycle_charge = cycle_charge(&changes);
        let occasion = Occasion { held: &held, cycle_charge, ..self.occasion(now) };
        let change = verb(settled, &prices, occasion)?;

        let next = change.as_ref().map_or(settled, |change| &change.next).clone();
        let followed = if needs.add_ons.is_empty() {
            domain::follow(change.as_slice(), &add_ons.settled, &prices, occasion)?
        } else {
            let family = Family { base: &next, add_ons: &add_ons.settled };
            domain::set_add_ons(family, &needs.add_ons, &prices, occasion)?
        };
        let mut shown = figures(&stored, change.as_ref());
        shown.extend(add_ons.figures(&followed));
        let view = View::of(next, &prices, occasion);
        let of_add_ons = receipts(&followed, &prices, occasion);
        let mut receipt = Receipt { view, change, add_ons: of_add_ons, preview_token: None };
        if once.validate_only {
            receipt.mark_previewed(&self.previews.issue(once.method, &shown, real_now));
            return Ok(Answer::Fresh(receipt));
        }
        if let Some(token) = &once.preview_token {
            self.previews.check(token, once.method, &shown, real_now)?;
        }
        changes.extend(receipt.change.clone());
        changes.extend(add_ons.changes(&followed));
        let cause = Cause { actor: &caller.subject, real_now };
        self.save(&mut tx, &changes, cause).await?;
        once.keep(&mut tx, &receipt).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(receipt))
    }

    /// Writes changes, and the letters that they cause.
    pub(super) async fn save(
        &self,
        tx: &mut Tx,
        changes: &[Change],
        cause: Cause<'_>,
    ) -> Result<(), Error> {
        if !changes.is_empty() {
            store::save(tx, changes, cause.real_now).await?;
            mailbox::send(tx, &self.letters(changes, cause), cause.real_now).await?;
        }
        Ok(())
    }

    async fn locked(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        target: Target,
        needs: &Needs,
    ) -> Result<Subscription, Error> {
        if !needs.add_ons.is_empty() {
            // A reseller manages what another partner sold, which lies behind the wall for it.
            tx.widen().await?;
            ask_provider(&store::subscriptions::lock(tx, &[target.1]).await?, caller)?;
            tx.narrow().await?;
        }
        within_reach(store::subscriptions::lock(tx, &[target.1]).await?, caller, target)
    }

    /// Returns what the customer has, where the verb, or how it is seen afterwards, asks for that.
    async fn held_for(
        &self,
        tx: &mut Tx,
        stored: &Subscription,
        needs: &Needs,
    ) -> Result<Held, Error> {
        // A trial becomes something that may be limited, though it is not.
        let becomes_another = needs.another_sku || stored.product.is_trial;
        let looks = becomes_another || stored.product.restrictions.look_at_holdings();
        let is_limited = needs.limits && (looks || !needs.add_ons.is_empty());
        if is_limited || needs.ends || stored.is_seen_with_others() {
            return self.held(tx, &BTreeSet::from([stored.customer])).await;
        }
        Ok(Held::default())
    }
}

/// Sends the reseller of a subscription to who sold it.
///
/// Source: ADD-3, PAR-1.
fn ask_provider(found: &[Subscription], caller: &Caller) -> Result<(), Error> {
    let Some(own) = caller.partner else { return Ok(()) };
    match found.iter().find(|sub| sub.reseller == Some(own) && sub.partner != own) {
        Some(sub) => Err(Rejection::from(NoAddOn::AskProvider { provider: sub.partner }).into()),
        None => Ok(()),
    }
}

/// Returns the one that was asked for, if it is the caller's (PAR-14).
pub(super) fn within_reach(
    found: Vec<Subscription>,
    caller: &Caller,
    target: Target,
) -> Result<Subscription, Error> {
    found
        .into_iter()
        .find(|sub| (sub.customer, sub.id) == (target.0, target.1))
        .filter(|sub| caller.reach.admits(sub.partner, sub.customer))
        .ok_or_else(|| Error::NotFound { kind: "Subscription", name: target.to_string() })
}

/// Returns when a cycle charge fell due, if one is among what a verb does first (LCK-3).
pub(super) fn cycle_charge(changes: &[Change]) -> Option<Timestamp> {
    let mut charged = changes.iter().filter(|change| change.kind == ChangeKind::CycleCharged);
    charged.next().map(|change| change.effective_at)
}

pub(super) fn check_etag<T>(once: &Once<T>, sub: &Subscription) -> Result<(), Error> {
    let current = sub.etag();
    match &once.etag {
        Some(given) if *given != current => Err(Error::StaleEtag { given: given.clone(), current }),
        _ => Ok(()),
    }
}

/// Returns what a preview and the real call must have in common: the version that was read, and
/// the money, seats, label, reseller and scheduled changes that come of it.
pub(super) fn figures(stored: &Subscription, change: Option<&Change>) -> Vec<u8> {
    let mut parts = vec![stored.etag()];
    if let Some(change) = change {
        let next = &change.next;
        parts.push(format!("{} {} {:?}", change.kind, next.quantity, next.friendly_name));
        parts.extend(next.scheduled.as_ref().map(ToString::to_string));
        parts.extend(next.reseller.map(|reseller| reseller.to_string()));
        parts.extend(next.next_charge.as_ref().map(|next| next.offer.to_string()));
        let lines = change.charges.iter();
        parts.extend(lines.map(|line| format!("{} {} {}", line.kind, line.quantity, line.amount)));
    }
    parts.join("\n").into_bytes()
}
