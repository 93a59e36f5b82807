//! order carries out what an operator decided on a support request (SUP-4).

use db::Tx;
use replay::{Answer, Once};
use rpc::name;
use vocab::Money;

use super::App;
use super::act::figures;
use super::family::{Hold, receipts};
use super::letters::Cause;
use super::prices::Book;
use crate::domain::{self, Change, Occasion, Receipt, Subscription, SupportSettlement, View};
use crate::error::Error;
use crate::store;

impl App {
    /// Cancels a subscription without regard to its window, credits it, or both.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not there or not the partner's (PAR-14), and what
    /// [`domain::settle_support`] refuses.
    pub async fn settle_support(
        &self,
        once: &Once<Receipt>,
        command: SupportSettlement,
    ) -> Result<Answer<Receipt>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let stored = locked(&mut tx, &command).await?;
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let add_ons = self.add_ons_of(&mut tx, &stored, (Hold::Lock, now)).await?;
        let subs = [&stored].into_iter().chain(&add_ons.settled);
        let prices = Book::of(&mut tx, subs, std::iter::empty()).await?;
        let held = self.held_beside(&mut tx, std::slice::from_ref(&stored)).await?;
        let at = Occasion { held: &held, ..self.occasion(now) };
        let mut changes = domain::settle(&stored, at)?;
        let charged = charged(&mut tx, &stored, &changes).await?;
        let settled = changes.last().map_or(&stored, |change| &change.next);
        let decision = command.decision;
        let change = domain::settle_support(settled, decision, charged, at)?;

        let of_base = std::slice::from_ref(&change);
        let followed = domain::follow(of_base, &add_ons.settled, &prices, at)?;
        let mut shown = figures(&stored, Some(&change));
        shown.extend(add_ons.figures(&followed));
        let mut receipt = Receipt {
            view: View::of(change.next.clone(), &prices, at),
            change: Some(change.clone()),
            add_ons: receipts(&followed, &prices, at),
            preview_token: None,
        };
        if once.validate_only {
            receipt.mark_previewed(&self.previews.issue(once.method, &shown, real_now));
            return Ok(Answer::Fresh(receipt));
        }
        changes.push(change);
        changes.extend(add_ons.changes(&followed));
        self.save(&mut tx, &changes, Cause { actor: &command.actor, real_now }).await?;
        once.keep(&mut tx, &receipt).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(receipt))
    }
}

async fn locked(tx: &mut Tx, command: &SupportSettlement) -> Result<Subscription, Error> {
    let name = name::Subscription(command.customer, command.subscription);
    let found = store::subscriptions::lock(tx, &[command.subscription]).await?;
    found
        .into_iter()
        .find(|sub| sub.customer == command.customer && sub.partner == command.partner)
        .ok_or_else(|| Error::NotFound { kind: "Subscription", name: name.to_string() })
}

/// Returns what was charged and not credited yet: what is stored, and what `changes` are about to
/// charge.
async fn charged(tx: &mut Tx, sub: &Subscription, changes: &[Change]) -> Result<Money, Error> {
    let minor = store::charges::net(tx, sub.id).await?;
    let stored = Money::of_minor(minor, sub.price.currency);
    Ok(changes.iter().try_fold(stored, |sum, change| sum.checked_add(change.total()?))?)
}
