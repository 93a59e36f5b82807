//! Reads: products, offers, revisions, blocked markets, each as at an instant.

use std::collections::BTreeSet;

use db::Tx;
use jiff::Timestamp;
use rpc::Page;
use vocab::{BlockedMarkets, OfferId, OfferVersion, ProductId, ProductKind};

use super::App;
use crate::domain::product::{Product, Sku, SkuName};
use crate::domain::query::{OfferQuery, ProductQuery, Viewer};
use crate::domain::revision::Revision;
use crate::error::Error;
use crate::store;

impl App {
    /// Returns a page of products, and one more if there are more, by id.
    ///
    /// Source: CAT-3, CAT-4, CAT-7.
    pub async fn list_products(
        &self,
        query: &ProductQuery,
        page: &Page,
    ) -> Result<Vec<Product>, Error> {
        let (mut after, now) = (page.after.clone(), self.clock.now());
        let mut tx = self.db.read().await?;
        let mut found = vec![];
        // What the viewer is not shown leaves no gap in the page.
        loop {
            let products =
                store::products::list(&mut tx, query, now, after.as_deref(), rows(page)).await?;
            after = products.last().map(|product| product.id.0.clone());
            found.extend(products.into_iter().filter_map(|product| query.narrow(product)));
            if after.is_none() || page.size < found.len() {
                break;
            }
        }
        found.truncate(page.size.saturating_add(1));
        hide_names(&mut tx, query.viewer, &mut found, now).await?;
        Ok(found)
    }

    /// Returns a product as it is now, with what the viewer sees of it.
    ///
    /// Source: CAT-7.
    pub async fn get_product(&self, viewer: Viewer, product: &ProductId) -> Result<Product, Error> {
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        let found = store::products::at(&mut tx, product, now).await?;
        let mut found: Vec<_> = found.and_then(|one| viewer.look_at(one)).into_iter().collect();
        hide_names(&mut tx, viewer, &mut found, now).await?;
        found.pop().ok_or_else(|| Error::NotFound {
            kind: "tenure.catalog.v1.Product",
            name: format!("products/{product}"),
        })
    }

    /// Returns a page of the offers that are for sale at an instant, and one more if there are
    /// more, by id.
    pub async fn list_offers(
        &self,
        query: &OfferQuery,
        at: Option<Timestamp>,
        page: &Page,
    ) -> Result<Vec<OfferVersion>, Error> {
        let mut tx = self.db.read().await?;
        let (at, after) = (self.at(at), page.after.as_deref());
        Ok(store::offers::list(&mut tx, query, at, after, rows(page)).await?)
    }

    /// Returns an offer as it is at an instant, if the viewer sees it (CAT-7).
    pub async fn offer_seen_by(
        &self,
        viewer: Viewer,
        offer: &OfferId,
        at: Option<Timestamp>,
    ) -> Result<OfferVersion, Error> {
        let found = self.get_offer(offer, at).await?;
        if viewer.sees(&found.offer) { Ok(found) } else { Err(no_offer(offer)) }
    }

    /// Returns an offer as it is at an instant.
    pub async fn get_offer(
        &self,
        offer: &OfferId,
        at: Option<Timestamp>,
    ) -> Result<OfferVersion, Error> {
        let mut tx = self.db.read().await?;
        let found = store::offers::at(&mut tx, offer, self.at(at)).await?;
        found.filter(|version| !version.is_withdrawn).ok_or_else(|| no_offer(offer))
    }

    /// Returns the statement about blocked markets that holds at an instant (MKT-4).
    pub async fn blocked_markets(
        &self,
        at: Option<Timestamp>,
    ) -> Result<Option<BlockedMarkets>, Error> {
        let mut tx = self.db.read().await?;
        let kind = ProductKind::AzureReservation;
        Ok(store::blocked::at(&mut tx, kind, self.at(at)).await?)
    }

    /// Returns a page of revisions, and one more if there are more, the newest first.
    pub async fn list_revisions(&self, page: &Page) -> Result<Vec<Revision>, Error> {
        let before = page.after.as_deref().and_then(|number| number.parse().ok());
        let mut tx = self.db.read().await?;
        Ok(store::revisions::list(&mut tx, before.unwrap_or(i64::MAX), rows(page)).await?)
    }
}

/// Takes away the names of SKUs that the viewer does not see (CAT-7).
async fn hide_names(
    tx: &mut Tx,
    viewer: Viewer,
    products: &mut [Product],
    at: Timestamp,
) -> Result<(), Error> {
    if viewer == Viewer::Everything {
        return Ok(());
    }
    let skus = || products.iter().flat_map(|product| &product.skus);
    let conversions = skus().flat_map(|sku| &sku.conversions).map(|one| &one.to);
    let names = conversions.chain(skus().flat_map(|sku| &sku.prerequisites));
    let targets: BTreeSet<_> = names.map(|name| name.product.clone()).collect();
    let there = store::products::many_at(tx, &targets, at).await?;
    for sku in products.iter_mut().flat_map(|product| &mut product.skus) {
        sku.conversions.retain(|conversion| viewer.sees_name(&there, &conversion.to));
        sku.prerequisites.retain(|name| viewer.sees_name(&there, name));
    }
    Ok(())
}

/// Returns a SKU as it is at an instant, if the viewer sees it (CAT-7).
///
/// # Errors
///
/// [`Error::NotFound`].
pub(super) async fn sku_at(
    tx: &mut Tx,
    viewer: Viewer,
    name: &SkuName,
    at: Timestamp,
) -> Result<Sku, Error> {
    let product = store::products::at(tx, &name.product, at).await?;
    let mut skus = product.into_iter().flat_map(|product| product.skus);
    skus.find(|sku| sku.id == name.sku && viewer.sees_sku(sku)).ok_or_else(|| Error::NotFound {
        kind: "tenure.catalog.v1.Sku",
        name: format!("products/{}/skus/{}", name.product, name.sku),
    })
}

/// One row more than the page holds tells whether there is another page.
pub(super) fn rows(page: &Page) -> i64 {
    i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1)
}

fn no_offer(offer: &OfferId) -> Error {
    Error::NotFound { kind: "tenure.catalog.v1.Offer", name: format!("offers/{offer}") }
}
