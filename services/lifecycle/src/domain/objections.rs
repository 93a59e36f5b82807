//! What rules say against a request: all of it, in the order of the verb. The verb refuses with the
//! first; `explain` tells every one.

use super::{Action, NoAddOn, Rejection, Status, Subscription, lock};

/// The objections to one request, as they are found.
#[derive(Debug)]
pub(super) struct Objections {
    found: Vec<Rejection>,
    is_so_already: bool,
    is_over: bool,
}

impl Objections {
    /// Returns what speaks against any `action` on `sub`: that it is on its way to another partner, or
    /// an add-on that shares it with its base.
    ///
    /// Source: TRF-7, ADD-1.
    pub(super) fn of(action: Action, sub: &Subscription) -> Self {
        let mut no = Self { found: Vec::new(), is_so_already: false, is_over: false };
        no.note(lock::no_transfer(action, sub));
        no.note(lock::not_with_base(action, sub));
        no
    }

    /// Notes what a check says, and returns whether it let the request pass. What comes after the
    /// last word is not noted: it would only follow from it.
    pub(super) fn note<T>(&mut self, check: Result<T, Rejection>) -> bool {
        match check {
            Ok(_) => true,
            Err(no) => {
                if !self.is_over {
                    self.is_over = is_last_word(&no);
                    self.found.push(no);
                }
                false
            }
        }
    }

    /// Ends the checks where the request asks for what is so already (D-46). What was noted before
    /// stands.
    pub(super) fn unless(&mut self, is_so_already: bool) {
        if !self.is_over && is_so_already {
            self.is_over = true;
            self.is_so_already = true;
        }
    }

    /// Returns whether there is anything to do.
    ///
    /// # Errors
    ///
    /// The first objection.
    pub(super) fn verdict(self) -> Result<bool, Rejection> {
        match self.found.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(!self.is_so_already),
        }
    }

    /// Returns every objection.
    pub(super) fn all(self) -> Vec<Rejection> {
        self.found
    }
}

/// Whether everything else that could be said would follow from `no` alone: what has ended, what
/// has no term and what is fixed for good has no windows, seats or locks to speak of, what is on its way
/// to another partner will be gone, and of add-ons their base tells.
const fn is_last_word(no: &Rejection) -> bool {
    let has_ended = matches!(
        no,
        Rejection::NotActive { status, .. } | Rejection::NotSuspended { status, .. }
            if !matches!(status, Status::Active | Status::Suspended)
    );
    has_ended
        || matches!(
            no,
            Rejection::TrialLocked { .. }
                | Rejection::Perpetual { .. }
                | Rejection::TransferPending { .. }
                | Rejection::AddOn(NoAddOn::WithBase { .. } | NoAddOn::NotABase { .. })
        )
}
