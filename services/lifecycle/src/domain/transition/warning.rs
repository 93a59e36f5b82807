//! Who assigns the licences after a transition: the service by itself, or people.

use vocab::SkuId;

use super::{Destination, Transition};
use crate::domain::{Occasion, ScheduledSet, Subscription, Warning};

vocab::text_enum! {
    /// Why licences have to be assigned by hand.
    ByHand {
        /// Only some of the seats went.
        Partial = "PARTIAL",
        /// There are several subscriptions of the target's SKU.
        Several = "SEVERAL_SUBSCRIPTIONS",
        /// The customer has the target's SKU from somebody else as well.
        OtherChannel = "OTHER_CHANNEL",
        /// The scheduled upgrade has another number of seats.
        OtherQuantity = "OTHER_QUANTITY",
    }
}

impl Transition<'_> {
    /// Returns what is to be known about the assignment of licences. Whom the customer has the SKU
    /// from is not told (QTY-6).
    ///
    /// Source: UPG-8, UPG-10, UPG-13, TRP-34.
    pub(super) fn warnings(&self, at: Occasion<'_>) -> Vec<Warning> {
        let is_anew = self.is_full() && !self.transfers_licences;
        let anew = is_anew.then_some(Warning::LicencesReassigned);
        let by_hand = if self.is_full() { self.others(at) } else { Some(ByHand::Partial) };
        let by_hand = by_hand.map(|why| Warning::LicencesAssignedByHand { why });
        anew.into_iter().chain(by_hand).collect()
    }

    fn others(&self, at: Occasion<'_>) -> Option<ByHand> {
        let target = match self.to {
            Destination::New(_) => self.source.id,
            Destination::Existing(target) => target.id,
        };
        let (source, sku) = (self.source, &self.product().sku);
        others_of(source, sku, at, |id| id != target && id != source.id)
    }
}

/// Returns the warning about licences that a scheduled upgrade gives, if `set` is one.
///
/// Source: SCH-5, TRP-25.
pub(in crate::domain) fn if_scheduled(
    sub: &Subscription,
    set: &ScheduledSet,
    at: Occasion<'_>,
) -> Option<Warning> {
    let path = set.path.as_ref()?;
    let has_other_size = set.quantity.is_some_and(|quantity| quantity != sub.quantity);
    let others = || others_of(sub, &path.to, at, |id| id != sub.id);
    let why = if has_other_size { Some(ByHand::OtherQuantity) } else { others() };
    why.map(|why| Warning::LicencesAssignedByHand { why })
}

fn others_of(
    sub: &Subscription,
    sku: &SkuId,
    at: Occasion<'_>,
    counts: impl Fn(vocab::SubscriptionId) -> bool,
) -> Option<ByHand> {
    let held = at.held.of_customer(sub.customer).iter();
    let others: Vec<_> = held.filter(|held| held.sku == *sku && counts(held.id)).collect();
    if others.iter().any(|held| held.partner != sub.partner) {
        return Some(ByHand::OtherChannel);
    }
    (!others.is_empty()).then_some(ByHand::Several)
}
