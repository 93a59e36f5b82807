//! Lists promotions, each judged.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rpc::Page;
use vocab::Promotion;

use super::App;
use super::browse::rows;
use crate::domain::promotion::{Choice, choose, look_at_promotion};
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
        let found = self.promotions_seen_by(viewer, &query, at, page).await?;
        let judge = |promotion| choose(promotion, offer.as_ref(), query.customer, at);
        Ok(found.into_iter().map(judge).collect())
    }

    /// Reads on until a page is full: what is for other partners alone is left out (CAT-7).
    async fn promotions_seen_by(
        &self,
        viewer: Viewer,
        query: &PromotionQuery,
        at: Timestamp,
        page: &Page,
    ) -> Result<Vec<Promotion>, Error> {
        let mut tx = self.db.read().await?;
        let (limit, mut after) = (rows(page), page.after.clone());
        let hidden = match viewer {
            Viewer::Everything => BTreeSet::new(),
            Viewer::Partner(_) | Viewer::Nobody => {
                viewer.hidden_among(store::products::in_force(&mut tx, at).await?.values())
            }
        };
        let mut seen = Vec::new();
        loop {
            let found =
                store::promotions::list(&mut tx, query, at, after.as_deref(), limit).await?;
            let is_last = i64::try_from(found.len()).is_ok_and(|count| count < limit);
            after = found.last().map(|promotion| promotion.id.0.clone());
            seen.extend(found.into_iter().filter_map(|it| look_at_promotion(it, &hidden)));
            if is_last || i64::try_from(seen.len()).is_ok_and(|count| limit <= count) {
                seen.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                return Ok(seen);
            }
        }
    }
}
