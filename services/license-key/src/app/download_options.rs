//! What can be downloaded: the catalog says it, and is remembered for when it is away.

use access::Caller;

use super::App;
use super::purchases::Of;
use crate::domain::{Download, Purchase, SkuName};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns a purchase, and what can be downloaded for it; nothing where the product has nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14); [`Error::NoOptions`].
    ///
    /// Source: DWN-1, CAT-12.
    pub async fn download_options(
        &self,
        caller: &Caller,
        of: Of,
    ) -> Result<(Purchase, Vec<Download>), Error> {
        let purchase = self.own_purchase(caller, of).await?;
        let downloads = if purchase.fulfilment.download {
            self.downloads_of(&purchase.sku).await?
        } else {
            vec![]
        };
        Ok((purchase, downloads))
    }

    /// Returns what the catalog says, or said when it was last there and knew the SKU: what was bought
    /// stays downloadable.
    ///
    /// # Errors
    ///
    /// [`Error::NoOptions`] if it is away, and never said anything.
    pub(super) async fn downloads_of(&self, sku: &SkuName) -> Result<Vec<Download>, Error> {
        let said = self.peers.downloads_of(sku).await;
        let mut tx = self.db.read().await?;
        let known = store::downloads::of_sku(&mut tx, sku).await?;
        drop(tx);
        match said {
            Ok(Some(mut downloads)) => {
                downloads.sort_by(|a, b| a.option.cmp(&b.option));
                if downloads != known {
                    let mut tx = self.db.begin().await?;
                    store::downloads::replace(&mut tx, sku, &downloads).await?;
                    tx.commit().await?;
                }
                Ok(downloads)
            }
            Err(error) if known.is_empty() => Err(Error::NoOptions(error)),
            Ok(None) | Err(_) => Ok(known),
        }
    }
}
