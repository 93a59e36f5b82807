//! Between the contract and the domain.

mod availability;
mod hybrid;
mod promotions;
mod suites;
mod upgrades;

use std::fmt::Display;

use jiff::Timestamp;
use price_list::wire as offers;
use proto::catalog as pb;
use rpc::filter::{Condition, Operator};
use rpc::{Fields, Filter, Violations, name, wire};
use vocab::{BlockedMarkets, OfferId, ProductId};

use crate::domain::product::{Product, Sku, SkuName};
use crate::domain::query::{OfferQuery, ProductQuery, Viewer};
use crate::domain::revision::{Format, Imported, Phase, Progress, Record, Revision, Stretch};

pub use availability::{availability, check_availability, judge_offers, reasons, viewer};
pub use hybrid::{estimate_hybrid_benefit, hybrid_benefit};
pub use promotions::{list_promotions, promotion_choice};
pub use suites::{list_suites, suite, suite_key};
pub use upgrades::{list_upgrade_paths, upgrade_path};

const PRODUCT_FIELDS: [&str; 5] = ["kind", "publisher_type", "billing_type", "category", "segment"];

const OFFER_FIELDS: [&str; 9] = [
    "product",
    "sku",
    "kind",
    "market",
    "currency",
    "segment",
    "publisher_type",
    "billing_type",
    "category",
];

/// Reads which products are asked for.
pub fn list_products(
    request: &pb::ListProductsRequest,
    viewer: Viewer,
) -> Result<ProductQuery, Violations> {
    let mut fields = Fields::of(request);
    let mut query = ProductQuery { viewer, ..ProductQuery::default() };
    for condition in conditions(&mut fields, &request.filter, &PRODUCT_FIELDS) {
        let read = product_condition(&mut query, &condition);
        fields.keep("filter", read);
    }
    fields.finish(Some(query))
}

/// Reads which product is asked for.
pub fn get_product(request: &pb::GetProductRequest) -> Result<ProductId, Violations> {
    let mut fields = Fields::of(request);
    let name = fields.parse::<name::Product>("name", &request.name);
    fields.finish(name.map(|name::Product(id)| id))
}

/// Reads which offers are asked for, and as at which instant.
pub fn list_offers(
    request: &pb::ListOffersRequest,
    viewer: Viewer,
) -> Result<(OfferQuery, Option<Timestamp>), Violations> {
    let mut fields = Fields::of(request);
    let at = instant(&mut fields, "at", request.at.as_ref());
    let of = ProductQuery { viewer, ..ProductQuery::default() };
    let mut query = OfferQuery { of, ..OfferQuery::default() };
    for condition in conditions(&mut fields, &request.filter, &OFFER_FIELDS) {
        let read = offer_condition(&mut query, &condition);
        fields.keep("filter", read);
    }
    fields.finish(Some((query, at)))
}

/// Reads which offer is asked for, and as at which instant.
pub fn get_offer(
    request: &pb::GetOfferRequest,
) -> Result<(OfferId, Option<Timestamp>), Violations> {
    let mut fields = Fields::of(request);
    let name = fields.parse::<name::Offer>("name", &request.name);
    let at = instant(&mut fields, "at", request.at.as_ref());
    fields.finish(name.map(|name::Offer(id)| (id, at)))
}

/// Reads as at which instant blocked markets are asked for.
pub fn list_blocked_markets(
    request: &pb::ListBlockedMarketsRequest,
) -> Result<Option<Timestamp>, Violations> {
    let mut fields = Fields::of(request);
    let at = instant(&mut fields, "at", request.at.as_ref());
    fields.finish(Some(at))
}

/// Reads how what is to be imported is written, and as from when; `sha256` is that of the file which
/// came.
pub fn import_header(header: &pb::ImportCatalogHeader, sha256: &str) -> Result<Format, Violations> {
    let mut fields = Fields::of(header);
    let effective_at = instant(&mut fields, "effective_time", header.effective_time.as_ref());
    if !header.file_sha256.is_empty() && header.file_sha256 != sha256 {
        fields.wrong("file_sha256", format!("is not that of the file that arrived, {sha256}"));
    }
    let format = match header.format() {
        pb::CatalogFormat::Unspecified | pb::CatalogFormat::Yaml => {
            Some(Format::Document { effective_at })
        }
        pb::CatalogFormat::Csv => {
            if header.effective_time.is_none() {
                fields.wrong("effective_time", "is required, since a table has no date of its own");
            }
            effective_at.map(|effective_at| Format::Table { effective_at })
        }
    };
    fields.finish(format)
}

/// Reads where a feed is resumed: 0 at the beginning.
pub fn watch(request: &pb::WatchCatalogRequest) -> Result<i64, Violations> {
    let mut fields = Fields::of(request);
    let cursor = match request.resume_cursor.as_str() {
        "" => Some(0),
        text => {
            let read = text.parse().ok().filter(|position| 0 <= *position);
            fields.keep("resume_cursor", read.ok_or("is not a cursor that was handed out"))
        }
    };
    fields.finish(cursor)
}

fn instant(
    fields: &mut Fields,
    field: &str,
    given: Option<&prost_types::Timestamp>,
) -> Option<Timestamp> {
    given.and_then(|given| fields.keep(field, wire::instant(given)))
}

fn conditions(fields: &mut Fields, filter: &str, known: &[&str]) -> Vec<Condition> {
    fields.keep("filter", Filter::parse(filter, known)).map(|filter| filter.0).unwrap_or_default()
}

fn product_condition(query: &mut ProductQuery, condition: &Condition) -> Result<(), String> {
    match condition.field.as_str() {
        "kind" => set(&mut query.kind, condition, str::parse),
        "publisher_type" => set(&mut query.publisher_type, condition, str::parse),
        "billing_type" => set(&mut query.billing_type, condition, str::parse),
        "segment" if condition.operator == Operator::Has => {
            let condition = Condition { operator: Operator::Equal, ..condition.clone() };
            set(&mut query.segment, &condition, str::parse)
        }
        "segment" => set(&mut query.segment, condition, str::parse),
        _ => set(&mut query.category, condition, str::parse),
    }
}

fn offer_condition(query: &mut OfferQuery, condition: &Condition) -> Result<(), String> {
    match condition.field.as_str() {
        "product" => set(&mut query.product, condition, |text| {
            text.parse().map(|name::Product(product)| product)
        }),
        "sku" => set(&mut query.sku, condition, |text| text.parse().map(|name::Sku(_, sku)| sku)),
        "market" => set(&mut query.market, condition, str::parse),
        "currency" => set(&mut query.currency, condition, str::parse),
        _ => product_condition(&mut query.of, condition),
    }
}

/// Takes one condition; each field has one value, so only `=` makes sense, and only once.
fn set<T, E: Display>(
    slot: &mut Option<T>,
    condition: &Condition,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<(), String> {
    let field = &condition.field;
    if condition.operator != Operator::Equal {
        return Err(format!("compares {field} with something other than ="));
    }
    if slot.is_some() {
        return Err(format!("names {field} twice"));
    }
    let value =
        read(&condition.value).map_err(|error| format!("has a {field} that is wrong: {error}"))?;
    *slot = Some(value);
    Ok(())
}

/// Writes a product.
pub fn product(product: &Product) -> pb::Product {
    pb::Product {
        name: name::Product(product.id.clone()).to_string(),
        title: product.title.clone(),
        kind: wire::product_kind(product.kind).into(),
        publisher: product.publisher.clone(),
        publisher_type: offers::publisher_type(product.publisher_type).into(),
        billing_type: offers::billing_type(product.billing_type).into(),
        category: product.category.to_string(),
        segments: product.segments.iter().map(|one| wire::segment(*one).into()).collect(),
        cloud: wire::cloud(product.cloud).into(),
        skus: product.skus.iter().map(|one| sku(&product.id, one)).collect(),
    }
}

/// Leaves out where artifacts lie: people get to them by a download link alone (DWN-1, DWN-6).
pub fn shown(mut product: pb::Product) -> pb::Product {
    for download in product.skus.iter_mut().flat_map(|sku| &mut sku.downloads) {
        download.artifact_uri.clear();
    }
    product
}

fn sku(product: &ProductId, sku: &Sku) -> pb::Sku {
    let downloads = sku.downloads.iter().map(|download| pb::DownloadOption {
        version: download.version.clone(),
        language: download.language.clone(),
        file_type: download.file_type.clone(),
        artifact_uri: download.artifact_uri.clone(),
    });
    let conversions = sku.conversions.iter().map(|conversion| pb::Conversion {
        sku: sku_name(&conversion.to),
        kind: conversion.kind.to_string(),
        adds_value: conversion.adds_value,
        removes_limit: conversion.removes_limit,
    });
    pb::Sku {
        name: name::Sku(product.clone(), sku.id.clone()).to_string(),
        title: sku.title.clone(),
        trial: sku.is_trial,
        fulfilment: Some(offers::fulfilment(&sku.fulfilment)),
        downloads: downloads.collect(),
        conversions: conversions.collect(),
        prerequisites: sku.prerequisites.iter().map(sku_name).collect(),
        closed_to_new_purchase: sku.is_closed_to_new_purchase,
        min_quantity: sku.min_quantity,
        max_quantity: sku.max_quantity.unwrap_or_default(),
        suite: sku.suite.as_ref().map(suite),
        without_teams: sku.is_without_teams,
        hybrid_benefit: sku.hybrid_benefit.map_or_else(String::new, |one| one.to_string()),
        includes_evaluation: sku.includes_evaluation,
    }
}

fn sku_name(found: &SkuName) -> String {
    name::Sku(found.product.clone(), found.sku.clone()).to_string()
}

/// Reads the name of a SKU.
fn read_sku_name(fields: &mut Fields, field: &str, text: &str) -> Option<SkuName> {
    fields.parse::<name::Sku>(field, text).map(|name::Sku(product, sku)| SkuName { product, sku })
}

/// Writes why something is refused, as the details of an error would have it.
fn refusal(
    reason: &str,
    rule: &str,
    message: &str,
    metadata: impl IntoIterator<Item = (&'static str, String)>,
) -> proto::common::Refusal {
    let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value));
    proto::common::Refusal {
        reason: reason.to_owned(),
        rule: rule.to_owned(),
        message: message.to_owned(),
        metadata: metadata.collect(),
    }
}

/// Writes a revision.
pub fn revision(revision: &Revision) -> pb::CatalogRevision {
    pb::CatalogRevision {
        name: format!("catalogRevisions/{}", revision.number),
        number: revision.number,
        effective_time: Some(wire::timestamp(revision.effective_at)),
        import_time: Some(wire::timestamp(revision.imported_at)),
        added_count: revision.counts.added,
        changed_count: revision.counts.changed,
        withdrawn_count: revision.counts.withdrawn,
        description: revision.description.clone(),
    }
}

/// Writes what an import did, or would do.
pub fn imported(imported: &Imported) -> pb::ImportCatalogResponse {
    pb::ImportCatalogResponse {
        revision: imported.revision.as_ref().map(revision),
        differences: imported.differences.clone(),
    }
}

/// Writes how far an import is.
pub fn import_progress(progress: Progress) -> pb::ImportCatalogWithProgressResponse {
    let phase = match progress.phase {
        Phase::Receiving => pb::ImportPhase::Receiving,
        Phase::Reading => pb::ImportPhase::Reading,
        Phase::Comparing => pb::ImportPhase::Comparing,
    };
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    pb::ImportCatalogWithProgressResponse {
        phase: phase.into(),
        received_bytes: count(progress.received_bytes),
        read_count: count(progress.read_count),
        compared_count: count(progress.compared_count),
        outcome: None,
        replayed: false,
    }
}

/// Writes how an import ended that had come so far.
pub fn import_outcome(
    last: Progress,
    outcome: pb::ImportCatalogResponse,
    replayed: bool,
) -> pb::ImportCatalogWithProgressResponse {
    pb::ImportCatalogWithProgressResponse {
        phase: pb::ImportPhase::Done.into(),
        outcome: Some(outcome),
        replayed,
        ..import_progress(last)
    }
}

/// Writes the statement in force.
pub fn blocked_markets(statement: Option<&BlockedMarkets>) -> pb::ListBlockedMarketsResponse {
    pb::ListBlockedMarketsResponse { blocked_markets: statement.map(offers::blocked_markets) }
}

/// Writes a piece of the feed; one without records is a heartbeat.
pub fn stretch(stretch: &Stretch) -> pb::WatchCatalogResponse {
    let mut piece =
        pb::WatchCatalogResponse { cursor: stretch.position.to_string(), ..Default::default() };
    for record in &stretch.records {
        match record {
            Record::Offer(version) => piece.offers.push(offers::version(version)),
            Record::Promotion(version) => {
                piece.promotions.push(offers::promotion_version(version));
            }
            Record::Blocked(statement) => {
                piece.blocked_markets.push(offers::blocked_markets(statement));
            }
        }
    }
    piece
}
