//! A caller changes a subscription's label.

use access::Caller;
use replay::{Answer, Once};

use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;

impl App {
    /// Changes the label.
    ///
    /// # Errors
    ///
    /// What [`domain::rename`] refuses.
    pub async fn rename(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        label: String,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(domain::rename(sub, &label, at)?)).await
    }
}
