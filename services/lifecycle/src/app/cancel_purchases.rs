//! order cancels perpetual software: lines of one order, all that are named or none (CAN-14).

use std::collections::BTreeSet;

use db::Tx;
use replay::{Answer, Once};
use rpc::name;
use vocab::Money;

use super::App;
use super::act::figures;
use super::cancel::check_role;
use super::letters::Cause;
use super::prices::Book;
use crate::domain::{
    self, CancelPurchases, CancelledPurchases, Change, Receipt, Subscription, View,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Cancels purchases of one order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the order, or a line that is named, is not there or not the
    /// partner's; [`Error::NotPerpetual`] (CAN-14), [`Error::RoleRequired`] (CAN-7), and what
    /// [`domain::cancel`] refuses.
    pub async fn cancel_purchases(
        &self,
        once: &Once<CancelledPurchases>,
        command: CancelPurchases,
    ) -> Result<Answer<CancelledPurchases>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let subs = lines(&mut tx, &command).await?;
        let prices = Book::of(&mut tx, subs.iter(), std::iter::empty()).await?;
        let (mut receipts, mut changes) = (vec![], vec![]);
        for stored in &subs {
            check_role(stored, command.is_admin_agent)?;
            let now = self.clocks.now(&mut tx, stored.clock).await?;
            let settled = domain::settle(stored, self.occasion(now))?;
            let latest = settled.last().map_or(stored, |change| &change.next);
            let change = domain::cancel(latest, command.is_acknowledged, self.occasion(now))?;
            let shown = figures(stored, Some(&change));
            let token = self.previews.issue(once.method, &shown, real_now);
            receipts.push(Receipt {
                view: View::of(change.next.clone(), &prices, self.occasion(now)),
                change: Some(change.clone()),
                add_ons: vec![],
                preview_token: if once.validate_only { Some(token) } else { None },
            });
            changes.extend(settled);
            changes.push(change);
        }
        let credit = credit(&receipts)?;
        let cancelled = CancelledPurchases { receipts, credit };
        if once.validate_only {
            return Ok(Answer::Fresh(cancelled));
        }
        self.save(&mut tx, &changes, Cause { actor: &command.actor, real_now }).await?;
        once.keep(&mut tx, &cancelled).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(cancelled))
    }
}

/// Returns the purchases behind the lines, locked.
async fn lines(tx: &mut Tx, command: &CancelPurchases) -> Result<Vec<Subscription>, Error> {
    let name = name::Order(command.customer, command.order).to_string();
    let not_found = || Error::NotFound { kind: "Order", name: name.clone() };
    let mut subs = store::subscriptions::lock_of_order(tx, command.order).await?;
    subs.retain(|sub| sub.customer == command.customer && sub.partner == command.partner);
    if !command.lines.is_empty() {
        subs.retain(|sub| command.lines.contains(&sub.order_line));
        // A line may have had children since.
        if subs.iter().map(|sub| sub.order_line).collect::<BTreeSet<_>>() != command.lines {
            return Err(not_found());
        }
    }
    if subs.is_empty() {
        return Err(not_found());
    }
    match subs.iter().find(|sub| !sub.product.kind.is_perpetual()) {
        None => Ok(subs),
        Some(sub) => {
            Err(Error::NotPerpetual { name: name::Subscription(sub.customer, sub.id).to_string() })
        }
    }
}

fn credit(receipts: &[Receipt]) -> Result<Money, Error> {
    let mut totals = receipts.iter().filter_map(|receipt| receipt.change.as_ref());
    let first = totals.next().map(Change::total);
    let first = first.unwrap_or_else(|| Err(vocab::MoneyError::Malformed(String::new())))?;
    Ok(totals.try_fold(first, |sum, change| sum.checked_add(change.total()?))?)
}
