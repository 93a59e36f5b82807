//! Lists what a SKU can become, each path judged.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use jiff::Timestamp;
use rpc::Page;
use vocab::SkuId;

use super::App;
use super::browse::sku_at;
use crate::domain::product::{Conversion, ConversionKind};
use crate::domain::query::PathQuery;
use crate::domain::upgrade::{self, Plan, Side, UpgradePath};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns a page of upgrade paths, and one more if there are more, by the target's id.
    ///
    /// Source: CAT-7, CAT-15, UPG-15..18, D-19, D-48.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such SKU.
    pub async fn list_upgrade_paths(
        &self,
        query: &PathQuery,
        page: &Page,
    ) -> Result<Vec<UpgradePath>, Error> {
        let at = self.at(query.at);
        let mut tx = self.db.read().await?;
        let from = sku_at(&mut tx, query.viewer, &query.sku, at).await?;
        let mut conversions = from.conversions.clone();
        conversions.sort_by(|a, b| a.to.sku.cmp(&b.to.sku));
        conversions
            .retain(|one| page.after.as_deref().is_none_or(|after| after < one.to.sku.as_str()));
        let targets: BTreeSet<_> = conversions.iter().map(|one| &one.to.product).collect();
        let products = store::products::many_at(&mut tx, targets, at).await?;
        conversions.retain(|one| query.viewer.sees_name(&products, &one.to));
        conversions.truncate(page.size.saturating_add(1));

        let plans = plans(&mut tx, query, &conversions, at).await?;
        let plans_of = |sku: &SkuId| plans.get(sku).map(Vec::as_slice).unwrap_or_default();
        let judged = conversions.iter().filter_map(|conversion| {
            let product = products.get(&conversion.to.product)?;
            let to = product.skus.iter().find(|sku| sku.id == conversion.to.sku)?;
            let source = Side { sku: &from, plans: plans_of(&from.id) };
            Some(upgrade::judge(conversion, source, Side { sku: to, plans: plans_of(&to.id) }))
        });
        Ok(judged.collect())
    }
}

/// Returns what is for sale of the source, and of those targets whose price is compared.
async fn plans(
    tx: &mut Tx,
    query: &PathQuery,
    conversions: &[Conversion],
    at: Timestamp,
) -> Result<BTreeMap<SkuId, Vec<Plan>>, Error> {
    let compared = conversions.iter().filter(|one| one.kind == ConversionKind::AcrossCategories);
    let targets: Vec<_> = compared.map(|conversion| &conversion.to.sku).collect();
    let mut plans = BTreeMap::<_, Vec<_>>::new();
    if targets.is_empty() {
        return Ok(plans);
    }
    let skus = targets.into_iter().chain([&query.sku.sku]);
    let place = (query.market, query.currency);
    for offer in store::offers::of_skus(tx, skus, place, at).await? {
        if let Some(term) = offer.term {
            let plan = Plan { term, market: offer.market, price: offer.price };
            plans.entry(offer.sku).or_default().push(plan);
        }
    }
    Ok(plans)
}
