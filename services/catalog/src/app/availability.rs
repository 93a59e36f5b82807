//! Whether a customer can have offers.

use super::App;
use crate::domain::availability::{Obstacle, Question};
use crate::error::Error;

impl App {
    /// Returns for each offer the one reason why the customer cannot have it; `None` where it can.
    ///
    /// # Errors
    ///
    /// [`Error::PeerRefused`] for a customer that is not the partner's (PAR-14),
    /// [`Error::PeerUnavailable`] while order, or lifecycle where it alone could tell, is away.
    ///
    /// Source: CAT-5.
    pub async fn check_availability(
        &self,
        asked: &Question,
    ) -> Result<Vec<Option<Obstacle>>, Error> {
        self.orders.judge(asked).await
    }
}
