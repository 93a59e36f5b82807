//! Reads `conversions:`, and checks that they are what they say and lead nowhere back.

use std::collections::{BTreeMap, BTreeSet};

use vocab::{ProductId, ProductKind, SkuId};

use super::products::{Owners, name};
use super::reader::{Reader, Section};
use crate::domain::finding::Place;
use crate::domain::product::{Conversion, ConversionKind, Product, Sku};
use crate::domain::yaml::{Node, Value};

const KEYS: [&str; 3] = ["kind", "adds_value", "removes_limit"];

/// Reads what a SKU can become: `{other: linear}`, or `{other: {kind: linear, adds_value: true}}`.
///
/// Source: CAT-15.
pub(super) fn read(reader: &mut Reader, section: &Section<'_>, owners: &Owners) -> Vec<Conversion> {
    let Some(node) = section.get("conversions") else { return vec![] };
    let entries = reader.entries(node, "conversions");
    let read = entries.into_iter().filter_map(|(key, node)| {
        let to = name(reader, key.place, &key.text, owners);
        let (kind, adds_value, removes_limit) = read_facts(reader, node);
        Some(Conversion { to: to?, kind: kind?, adds_value, removes_limit })
    });
    read.collect()
}

fn read_facts(reader: &mut Reader, node: &Node) -> (Option<ConversionKind>, bool, bool) {
    if !matches!(node.value, Value::Map(_)) {
        return (reader.parse(node, "a conversion"), false, false);
    }
    let section = reader.section(node, "a conversion", &KEYS);
    let kind = section.required("kind", reader).and_then(|node| reader.parse(node, "kind"));
    let adds_value = reader.truth(section.get("adds_value"), "adds_value");
    let removes_limit = reader.truth(section.get("removes_limit"), "removes_limit");
    (kind, adds_value, removes_limit)
}

/// A SKU, and what its product is.
#[derive(Clone, Copy)]
struct Sold<'a> {
    kind: ProductKind,
    sku: &'a Sku,
}

/// One path of the file.
struct Step<'a> {
    from: Sold<'a>,
    to: Sold<'a>,
    kind: ConversionKind,
    place: Place,
}

/// Checks all paths between the SKUs of `products`, which were read from `node`.
pub(super) fn check(reader: &mut Reader, node: &Node, products: &BTreeMap<ProductId, Product>) {
    let skus = products.values().flat_map(|product| {
        product.skus.iter().map(|sku| (&sku.id, Sold { kind: product.kind, sku }))
    });
    let skus: BTreeMap<&SkuId, Sold<'_>> = skus.collect();
    let steps = steps(node, &skus);
    for step in &steps {
        check_kind(reader, step);
        check_exchange(reader, step);
    }
    check_cycles(reader, &steps);
}

/// Returns the paths with their places, in the order of the file.
fn steps<'a>(node: &Node, skus: &BTreeMap<&SkuId, Sold<'a>>) -> Vec<Step<'a>> {
    let find = |text: &str| skus.get(&SkuId(text.to_owned())).copied();
    let nodes = node.entries().filter_map(|(_, product)| product.get("skus"));
    let nodes = nodes.flat_map(Node::entries);
    let pairs = nodes.flat_map(|(sku, node)| {
        let targets = node.get("conversions").into_iter().flat_map(Node::entries);
        targets.map(|(target, _)| (sku.text.as_str(), target))
    });
    let steps = pairs.filter_map(|(from, target)| {
        let (from, to) = (find(from)?, find(&target.text)?);
        let mut conversions = from.sku.conversions.iter();
        let read = conversions.find(|conversion| conversion.to.sku == to.sku.id)?;
        Some(Step { from, to, kind: read.kind, place: target.place })
    });
    steps.collect()
}

/// Within one persona and sector, or from a part to its suite: so two suites of different ones are
/// not on one line (UPG-15).
fn check_kind(reader: &mut Reader, &Step { from, to, kind, place }: &Step<'_>) {
    if let (ConversionKind::Linear, Some(source), Some(target)) =
        (kind, &from.sku.suite, &to.sku.suite)
        && !source.is_akin(target)
    {
        let why = format!(
            "{} and {} are suites for different personas or sectors: this is across-categories",
            from.sku.id, to.sku.id
        );
        reader.wrong(place, why);
    }
}

/// What cannot be exchanged becomes nothing else, and nothing else becomes it (CAT-17).
fn check_exchange(reader: &mut Reader, &Step { from, to, kind: _, place }: &Step<'_>) {
    if let Some(fixed) = [from, to].iter().find(|one| one.kind == ProductKind::LinuxPlan) {
        let why = format!("{} is a LINUX_PLAN, which cannot be exchanged", fixed.sku.id);
        reader.wrong(place, why);
    }
}

/// Notes every path that leads back to where it came from.
fn check_cycles(reader: &mut Reader, steps: &[Step<'_>]) {
    let mut next: BTreeMap<&SkuId, Vec<(&SkuId, Place)>> = BTreeMap::new();
    for step in steps {
        next.entry(&step.from.sku.id).or_default().push((&step.to.sku.id, step.place));
    }
    let mut done = BTreeSet::new();
    for step in steps {
        let mut trail = vec![(&step.from.sku.id, 0)];
        while let Some((at, taken)) = trail.pop() {
            let ways = next.get(at).map(Vec::as_slice).unwrap_or_default();
            let Some((to, place)) = ways.get(taken).filter(|_| !done.contains(at)) else {
                done.insert(at);
                continue;
            };
            trail.push((at, taken + 1));
            if let Some(start) = trail.iter().position(|(passed, _)| passed == to) {
                let loop_ = trail.iter().skip(start).map(|(passed, _)| passed.as_str());
                let loop_: Vec<_> = loop_.chain([to.as_str()]).collect();
                reader.wrong(*place, format!("this path leads back: {}", loop_.join(" to ")));
            } else {
                trail.push((to, 0));
            }
        }
    }
}

#[cfg(test)]
mod tests;
