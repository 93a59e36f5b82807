//! Reads `promotions:`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use vocab::calendar::day_of;
use vocab::{Market, Promotion, PromotionId, SkuId};

use super::prices::Context;
use super::products::name;
use super::reader::{Reader, Section};
use super::time;
use crate::domain::yaml::{Node, Value};

const KEYS: [&str; 9] =
    ["id", "title", "percent", "skus", "markets", "segments", "terms", "from", "until"];

/// Reads all promotions; no two share an id.
///
/// Source: PRO-1, PRO-2.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    context: &Context<'_>,
) -> BTreeMap<PromotionId, Promotion> {
    let mut promotions = BTreeMap::new();
    for item in reader.list(node, "promotions") {
        let Some(promotion) = read_promotion(reader, item, context) else { continue };
        let id = promotion.id.clone();
        if promotions.insert(id.clone(), promotion).is_some() {
            reader.wrong(item.place, format!("{id} is a promotion of this file already"));
        }
    }
    promotions
}

fn read_promotion(reader: &mut Reader, node: &Node, context: &Context<'_>) -> Option<Promotion> {
    let section = reader.section(node, "a promotion", &KEYS);
    let id = section.required("id", reader).and_then(|node| {
        let text = reader.scalar(node, "id")?;
        reader.id(node.place, text)
    });
    let title = section.required("title", reader).and_then(|node| reader.text(node, "title"));
    let percent = section.required("percent", reader).and_then(|node| read_percent(reader, node));
    let skus = section.required("skus", reader).map(|node| read_skus(reader, node, context));
    let markets = section.get("markets").map(|node| read_markets(reader, node, context));
    let segments = section.get("segments").map(|node| reader.parse_all(node, "segments"));
    let terms = section.get("terms").map(|node| reader.parse_all(node, "terms"));
    let days = read_days(reader, &section);
    let (from, until) = days?;
    Some(Promotion {
        id: PromotionId(id?),
        title: title?,
        percent: percent?,
        skus: skus?,
        markets: markets.unwrap_or_default(),
        segments: segments.unwrap_or_default().into_iter().collect(),
        terms: terms.unwrap_or_default().into_iter().collect(),
        from,
        until,
    })
}

fn read_percent(reader: &mut Reader, node: &Node) -> Option<i64> {
    let read = reader.scalar(node, "percent")?.parse().ok();
    let percent = read.filter(|percent| (1..=100).contains(percent));
    if percent.is_none() {
        reader.wrong(node.place, "percent must be a whole number from 1 to 100");
    }
    percent
}

fn read_skus(reader: &mut Reader, node: &Node, context: &Context<'_>) -> BTreeSet<SkuId> {
    if node.value == Value::List(vec![]) {
        reader.wrong(node.place, "skus must name at least one SKU");
    }
    let mut skus = BTreeSet::new();
    for item in reader.list(node, "skus") {
        let Some(text) = reader.scalar(item, "the id of a SKU") else { continue };
        skus.extend(name(reader, item.place, text, context.owners).map(|name| name.sku));
    }
    skus
}

fn read_markets(reader: &mut Reader, node: &Node, context: &Context<'_>) -> BTreeSet<Market> {
    let mut markets = BTreeSet::new();
    for item in reader.list(node, "markets") {
        let Some(market) = reader.parse::<Market>(item, "markets") else { continue };
        if !context.markets.contains_key(&market) {
            reader.wrong(item.place, format!("{market} is not listed under markets"));
        }
        markets.insert(market);
    }
    markets
}

/// Reads the first and the last day; both belong to the promotion.
fn read_days(reader: &mut Reader, section: &Section<'_>) -> Option<(Date, Date)> {
    let from = section.required("from", reader).and_then(|node| read_day(reader, node, "from"));
    let last = section.required("until", reader);
    let until = last.and_then(|node| read_day(reader, node, "until"));
    if let (Some(node), Some(from), Some(until)) = (last, from, until)
        && until < from
    {
        reader.wrong(node.place, format!("until {until} lies before from {from}"));
    }
    from.zip(until)
}

fn read_day(reader: &mut Reader, node: &Node, what: &str) -> Option<Date> {
    let text = reader.scalar(node, what)?;
    if text.parse::<Date>().is_err() || text.len() != 10 {
        reader.wrong(node.place, format!("{text:?} is no day such as 2026-01-01"));
        return None;
    }
    reader.keep(node.place, time::read(text)).map(day_of)
}

#[cfg(test)]
mod tests;
