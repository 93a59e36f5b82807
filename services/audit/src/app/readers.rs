//! Who may read the log, where the installation decides.

use access::{Caller, Reach, role_name};

use super::App;
use crate::domain::Rejection;

impl App {
    /// Lets a caller read: operators and services, whose reach is everything, and of a partner's people
    /// those whose role the configuration names.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotAReader`] (D-4).
    ///
    /// Source: D-4, AUD-2, TRP-52.
    pub fn check_reader(&self, caller: &Caller) -> Result<(), Rejection> {
        match caller.reach {
            Reach::All => Ok(()),
            Reach::Partner(_) | Reach::Customer(_) => {
                self.readers.admit(caller.roles.iter().copied().map(role_name))
            }
        }
    }
}
