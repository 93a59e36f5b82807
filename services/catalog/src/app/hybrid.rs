//! Estimates what a licence saves on a virtual machine.

use super::App;
use super::browse::sku_at;
use crate::domain::hybrid::{self, Estimate, Ineligible, Licence};
use crate::domain::query::Viewer;
use crate::error::Error;

impl App {
    /// Returns what a licence saves at most, or why it cannot be used.
    ///
    /// Source: AHB-1, AHB-2.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such SKU.
    pub async fn estimate_hybrid_benefit(
        &self,
        viewer: Viewer,
        licence: &Licence,
    ) -> Result<Result<Estimate, Ineligible>, Error> {
        let mut tx = self.db.read().await?;
        let sku = sku_at(&mut tx, viewer, &licence.sku, self.clock.now()).await?;
        Ok(hybrid::estimate(&sku, licence.has_software_assurance, licence.machine_price))
    }
}
