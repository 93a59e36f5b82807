//! Lists promotions, each judged.

use rpc::Page;

use super::App;
use super::browse::rows;
use crate::domain::promotion::{Choice, choose};
use crate::domain::query::{PromotionQuery, Viewer};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns a page of promotions, and one more if there are more, by id.
    ///
    /// Source: PRO-1, PRO-2, TRI-8.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the offer for which they are judged is not for sale, or not to
    /// the viewer (CAT-7).
    pub async fn list_promotions(
        &self,
        viewer: Viewer,
        query: &PromotionQuery,
        page: &Page,
    ) -> Result<Vec<Choice>, Error> {
        let at = self.at(query.at);
        let offer = match &query.offer {
            Some(offer) => Some(self.offer_seen_by(viewer, offer, Some(at)).await?.offer),
            None => None,
        };
        if let (Some(offer), Some(sku)) = (&offer, &query.sku)
            && offer.sku != *sku
        {
            return Ok(vec![]);
        }
        let sku = query.sku.clone().or_else(|| offer.as_ref().map(|offer| offer.sku.clone()));
        let query = PromotionQuery { sku, ..query.clone() };
        let mut tx = self.db.read().await?;
        let after = page.after.as_deref();
        let found = store::promotions::list(&mut tx, &query, at, after, rows(page)).await?;
        let judge = |promotion| choose(promotion, offer.as_ref(), query.customer, at);
        Ok(found.into_iter().map(judge).collect())
    }
}
