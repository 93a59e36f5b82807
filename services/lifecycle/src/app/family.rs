//! Legacy add-ons beside their base: read with it, and changed with it in one transaction (ADD-1).

use std::collections::BTreeMap;

use db::Tx;
use jiff::Timestamp;
use vocab::{OfferId, SubscriptionId};

use super::App;
use super::act::figures;
use super::prices::Book;
use crate::domain::{self, AddOnWish, Change, ChangeKind, Occasion, Receipt, Subscription, View};
use crate::error::Error;
use crate::store;
use crate::store::subscriptions::AddOn;

/// The add-ons of a base.
#[derive(Debug, Default)]
pub(super) struct AddOns {
    stored: Vec<Subscription>,
    /// What time made due for them, which is done first (D-33).
    due: Vec<Change>,
    /// As they are then.
    pub(super) settled: Vec<Subscription>,
}

/// Whether rows are locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Lock,
    Read,
}

impl App {
    /// Returns the add-ons of `base`, which is locked before them; none where it can have none.
    ///
    /// # Errors
    ///
    /// Those of the database, also for an add-on that cannot be read: its base then waits for it.
    pub(super) async fn add_ons_of(
        &self,
        tx: &mut Tx,
        base: &Subscription,
        (hold, now): (Hold, Timestamp),
    ) -> Result<AddOns, Error> {
        if !base.is_legacy_base() {
            return Ok(AddOns::default());
        }
        let found = store::subscriptions::add_ons(tx, &[base.id], hold == Hold::Lock).await?;
        let stored: Vec<_> = found.into_iter().map(|one| one.state).collect::<Result<_, _>>()?;
        let (mut due, mut settled) = (vec![], vec![]);
        for add_on in &stored {
            let changes = domain::settle(add_on, self.occasion(now))?;
            settled.push(changes.last().map_or(add_on, |last| &last.next).clone());
            due.extend(changes);
        }
        settled.retain(Subscription::is_live);
        Ok(AddOns { stored, due, settled })
    }

    /// Lets the add-ons of bases that time renewed or ended share that: all bases of a tick at once. The
    /// second value tells which bases cannot go on, and why.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(super) async fn follow_all(
        &self,
        tx: &mut Tx,
        changes: &[Change],
        at: Occasion<'_>,
    ) -> Result<(Vec<Change>, BTreeMap<SubscriptionId, String>), Error> {
        let mut of_bases: BTreeMap<SubscriptionId, Vec<Change>> = BTreeMap::new();
        for change in changes.iter().filter(|change| change.next.is_legacy_base()) {
            of_bases.entry(change.next.id).or_default().push(change.clone());
        }
        let is_shared =
            |change: &Change| matches!(change.kind, ChangeKind::Renewed | ChangeKind::Expired);
        of_bases.retain(|_, changes| changes.iter().any(is_shared));
        let ids: Vec<SubscriptionId> = of_bases.keys().copied().collect();
        if ids.is_empty() {
            return Ok((vec![], BTreeMap::new()));
        }
        let found = store::subscriptions::add_ons(tx, &ids, true).await?;
        let readable = found.iter().filter_map(|one| one.state.as_ref().ok());
        let prices = Book::of(tx, readable, std::iter::empty()).await?;
        let (mut followed, mut failed) = (vec![], BTreeMap::new());
        for (base, of_base) in &of_bases {
            let add_ons = found.iter().filter(|one| one.base == *base);
            match follow_one(of_base, add_ons, changes, (&prices, at)) {
                Ok(done) => followed.extend(done),
                Err(error) => {
                    failed.insert(*base, error);
                }
            }
        }
        Ok((followed, failed))
    }
}

/// Lets the add-ons of one base follow it; `changes` have what their own alarms did before.
fn follow_one<'a>(
    of_base: &[Change],
    add_ons: impl Iterator<Item = &'a AddOn>,
    changes: &[Change],
    (prices, at): (&Book, Occasion<'_>),
) -> Result<Vec<Change>, String> {
    let mut done = vec![];
    for add_on in add_ons {
        let stored = add_on.state.as_ref().map_err(ToString::to_string)?;
        let rung = changes.iter().rev().map(|change| &change.next);
        let latest = rung.clone().find(|next| next.id == stored.id).unwrap_or(stored);
        let due = domain::settle(latest, at).map_err(|error| error.to_string())?;
        let latest = due.last().map_or(latest, |last| &last.next);
        let shared = domain::follow(of_base, std::slice::from_ref(latest), prices, at);
        let shared = shared.map_err(|error| error.to_string())?;
        done.extend(due);
        done.extend(shared);
    }
    Ok(done)
}

impl AddOns {
    /// Returns the offers that are asked for besides those of the add-ons that are there.
    pub(super) fn wanted(wishes: &[AddOnWish]) -> impl Iterator<Item = OfferId> {
        wishes.iter().map(|wish| wish.offer.clone())
    }

    /// Returns what a preview and the real call must have in common, of the add-ons.
    pub(super) fn figures(&self, followed: &[Change]) -> Vec<u8> {
        let one = |change: &Change| {
            let mut stored = self.stored.iter();
            let stored = stored.find(|stored| stored.id == change.next.id);
            figures(stored.unwrap_or(&change.next), Some(change))
        };
        followed.iter().flat_map(|change| [vec![b'\n'], one(change)].concat()).collect()
    }

    /// Returns what is to be saved: what was due for the add-ons that something happens to, and that.
    pub(super) fn changes(self, followed: &[Change]) -> impl Iterator<Item = Change> {
        let is_touched = |due: &Change| followed.iter().any(|it| it.next.id == due.next.id);
        let due: Vec<_> = self.due.into_iter().filter(is_touched).collect();
        due.into_iter().chain(followed.to_vec())
    }
}

/// Returns what is told of add-ons to which something happened.
pub(super) fn receipts(followed: &[Change], prices: &Book, at: Occasion<'_>) -> Vec<Receipt> {
    let mut held = at.held.clone();
    held.count_all(followed.iter().map(|change| &change.next));
    let after = Occasion { held: &held, ..at };
    let receipts = followed.iter().map(|change| Receipt {
        view: View::of(change.next.clone(), prices, after),
        change: Some(change.clone()),
        add_ons: vec![],
        preview_token: None,
    });
    receipts.collect()
}
