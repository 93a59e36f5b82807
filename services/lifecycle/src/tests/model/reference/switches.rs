//! Suspending, resuming, auto-renew and cancelling.

use super::{Life, State};

impl Life {
    pub(super) fn suspend(&mut self, now: i64) -> bool {
        if !self.is_free() || self.plan.is_trial {
            return false;
        }
        (self.state, self.auto_renew, self.scheduled) = (State::Suspended, false, None);
        self.tell("SUSPENDED", now)
    }

    pub(super) fn resume(&mut self, now: i64) -> bool {
        if self.state != State::Suspended {
            return false;
        }
        self.state = State::Active;
        self.tell("RESUMED", now)
    }

    pub(super) fn set_auto_renew(&mut self, is_on: bool, now: i64) -> bool {
        if !self.is_in_use() {
            return false;
        }
        if self.auto_renew == is_on {
            return true;
        }
        if !self.is_free() {
            return false;
        }
        self.auto_renew = is_on;
        if !is_on {
            self.scheduled = None;
        }
        self.tell(if is_on { "AUTO_RENEW_ON" } else { "AUTO_RENEW_OFF" }, now)
    }

    pub(super) fn cancel(&mut self, now: i64) -> bool {
        if !self.is_in_use() || self.is_renewal_pending() || !self.can_be_cancelled(now) {
            return false;
        }
        for batch in std::mem::take(&mut self.batches) {
            self.take_back("CANCEL", &batch, now);
        }
        self.end(State::Cancelled, "CANCELLED", now);
        true
    }
}
