//! Callers ask before they act.

use std::collections::BTreeSet;

use access::Caller;
use rpc::Classify;

use super::act::{cycle_charge, within_reach};
use super::cancel::check_role;
use super::family::{AddOns, Hold};
use super::prices::Book;
use super::{App, Target};
use crate::domain::{
    self, Action, Explained, Explanation, Family, Held, Occasion, Refusal, Subscription, Wishes,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Explains every action on one subscription, as its verb would find it: after what time has
    /// made due (D-33). Nothing is locked, so a limit that has room now may be reached when the
    /// call is made.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14), [`Error::CatalogAway`] where
    /// another SKU is to be scheduled. A forbidden action is none.
    pub async fn explain(
        &self,
        caller: &Caller,
        target: Target,
        wishes: &Wishes,
    ) -> Result<Explained, Error> {
        let wishes = &self.with_path_of(caller, target, wishes).await?;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let stored = within_reach(found, caller, target)?;
        let now = self.clocks.now(&mut tx, stored.clock).await?;
        let offer = wishes.scheduled.as_ref().and_then(|set| set.offer.clone());
        let add_ons = self.add_ons_of(&mut tx, &stored, (Hold::Read, now)).await?;
        let offers = offer.into_iter().chain(AddOns::wanted(&wishes.add_ons));
        let prices = Book::with_plans(&mut tx, &stored, offers, now).await?;
        let scheduled = wishes.scheduled.as_ref();
        let looks = scheduled.is_some_and(|set| set.co_term.is_some() || set.path.is_some());
        let looks = looks || stored.product.is_trial || !wishes.add_ons.is_empty();
        let held = if looks || stored.product.restrictions.look_at_holdings() {
            self.held(&mut tx, &BTreeSet::from([target.0])).await?
        } else {
            Held::default()
        };
        let changes = domain::settle(&stored, self.occasion(now))?;
        let settled = changes.last().map_or(&stored, |change| &change.next);
        let cycle_charge = cycle_charge(&changes);
        let at = Occasion { held: &held, cycle_charge, ..self.occasion(now) };
        let family = Family { base: settled, add_ons: &add_ons.settled };
        let actions = domain::explain(family, wishes, &prices, at).into_iter();
        let actions = actions.map(|explained| {
            let lacks = self.lacks(&explained, settled, caller);
            (explained, lacks)
        });
        let (customer, etag) = (stored.customer, stored.etag());
        Ok(Explained { customer, now, etag, actions: actions.collect() })
    }

    /// Returns the wishes with what the catalog says of the way to another SKU, where one is to be
    /// scheduled.
    async fn with_path_of(
        &self,
        caller: &Caller,
        target: Target,
        wishes: &Wishes,
    ) -> Result<Wishes, Error> {
        let Some(wanted) = wishes.scheduled.clone() else { return Ok(wishes.clone()) };
        let scheduled = Some(self.with_path(caller, target, wanted).await?);
        Ok(Wishes { scheduled, ..wishes.clone() })
    }

    /// Returns what the caller's roles lack: for the method (PAR-12), or for the product (CAN-7).
    fn lacks(&self, of: &Explanation, sub: &Subscription, caller: &Caller) -> Option<Refusal> {
        let action = of.attempt.action();
        let rule = self.contract.rule(&format!("/{}", action.method()))?;
        if let Err(no) = rule.open_to(&caller.roles) {
            return Some(told(&no));
        }
        let product = match action {
            Action::Cancel => check_role(sub, caller.is_admin_agent()),
            Action::ChangeQuantity
            | Action::ChangeAddOns
            | Action::Suspend
            | Action::Resume
            | Action::SetAutoRenew
            | Action::Schedule
            | Action::RemoveScheduled
            | Action::Rename
            | Action::AssignReseller
            | Action::ChangeBilling
            | Action::Transition
            | Action::Transfer => Ok(()),
        };
        product.err().map(|no| told(&no))
    }
}

fn told(no: &impl Classify) -> Refusal {
    let metadata = no.metadata().into_iter().map(|(name, value)| (name.to_owned(), value));
    Refusal {
        reason: no.reason().to_owned(),
        rule: no.rule().unwrap_or_default().to_owned(),
        message: no.to_string(),
        metadata: metadata.collect(),
    }
}
