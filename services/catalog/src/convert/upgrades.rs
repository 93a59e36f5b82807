//! Upgrade paths.

use std::str::FromStr;

use proto::catalog as pb;
use rpc::{Fields, Violations, wire};

use super::{instant, read_sku_name, refusal, sku_name};
use crate::domain::query::{PathQuery, Viewer};
use crate::domain::upgrade::{Comparison, PathRefusal, UpgradePath};

/// Reads which upgrade paths are asked for.
pub fn list_upgrade_paths(
    request: &pb::ListUpgradePathsRequest,
    viewer: Viewer,
) -> Result<PathQuery, Violations> {
    let mut fields = Fields::of(request);
    let sku = read_sku_name(&mut fields, "sku", &request.sku);
    let market = unless_empty(&mut fields, "market", &request.market);
    let currency = unless_empty(&mut fields, "currency", &request.currency);
    let at = instant(&mut fields, "at", request.at.as_ref());
    fields.finish(sku.map(|sku| PathQuery { viewer, sku, market, currency, at }))
}

fn unless_empty<T: FromStr>(fields: &mut Fields, field: &str, text: &str) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    if text.is_empty() { None } else { fields.parse(field, text) }
}

/// Writes a path.
pub fn upgrade_path(path: &UpgradePath) -> pb::UpgradePath {
    pb::UpgradePath {
        sku: sku_name(&path.conversion.to),
        title: path.title.clone(),
        kind: path.conversion.kind.to_string(),
        supported: path.refusal.is_none(),
        refusal: path.refusal.as_ref().map(path_refusal),
        prerequisites: path.prerequisites.iter().map(sku_name).collect(),
        adds_value: path.conversion.adds_value,
        removes_limit: path.conversion.removes_limit,
        price_comparisons: path.comparisons.iter().map(comparison).collect(),
    }
}

fn path_refusal(why: &PathRefusal) -> proto::common::Refusal {
    let hint = why.hint().map(|rule| ("hint", rule.to_owned()));
    let metadata = why.metadata().into_iter().chain(hint);
    refusal(PathRefusal::REASON, why.rule(), &why.to_string(), metadata)
}

fn comparison(compared: &Comparison) -> pb::PriceComparison {
    pb::PriceComparison {
        term_length: compared.term.to_string(),
        market: compared.market.to_string(),
        from: Some(wire::money(compared.from)),
        to: Some(wire::money(compared.to)),
    }
}
