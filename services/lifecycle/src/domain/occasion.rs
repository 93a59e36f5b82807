//! What every rule is told besides its subject: the instant, the knobs, and where ids come from.

use jiff::Timestamp;
use vocab::{ChangeId, ChargeId, IdGen};

use super::{Held, Policy};

/// The instant at which a rule is asked, with the knobs that hold and the source of new ids.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The customer's present instant, in whole milliseconds (TIM-6).
    pub now: Timestamp,
    /// The knobs.
    pub policy: &'a Policy,
    /// What the customers that it is about have, where a limit is judged.
    pub held: &'a Held,
    /// When a cycle charge fell due that is committed only with what is asked for, if one did (LCK-3).
    pub cycle_charge: Option<Timestamp>,
    /// Where the ids of changes and charges come from.
    pub ids: &'a IdGen,
}

impl Occasion<'_> {
    /// Returns the id of a new change.
    pub(super) fn change_id(&self) -> ChangeId {
        ChangeId(self.ids.uuid())
    }

    /// Returns the id of a new charge.
    pub(super) fn charge_id(&self) -> ChargeId {
        ChargeId(self.ids.uuid())
    }
}
