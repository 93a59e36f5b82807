//! A caller blocks a customer's use, and gives it back.

use access::Caller;
use replay::{Answer, Once};

use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;

impl App {
    /// Suspends (SUS-1).
    ///
    /// # Errors
    ///
    /// What [`domain::suspend`] refuses.
    pub async fn suspend(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(Some(domain::suspend(sub, at)?))).await
    }

    /// Resumes (SUS-4).
    ///
    /// # Errors
    ///
    /// What [`domain::resume`] refuses.
    pub async fn resume(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(Some(domain::resume(sub, at)?))).await
    }
}
