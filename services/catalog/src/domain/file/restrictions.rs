//! Reads what restricts the sale of a SKU.

use std::collections::BTreeMap;

use vocab::{PartnerId, ProductId, ProductKind, QuantityRule, Restrictions, SkuId};

use super::products::{Owners, read_name};
use super::reader::{Reader, Section};
use crate::domain::product::{Product, Sku, SkuName};
use crate::domain::yaml::{Key, Node, Value};

const RULE_KEYS: [&str; 2] = ["kind", "base"];

/// How partners are named on the wire; a file may write it or leave it out.
const PARTNERS: &str = "partners/";

/// Reads the restrictions of the SKU at `key`, which has these prerequisites.
pub(super) fn read(
    reader: &mut Reader,
    section: &Section<'_>,
    owners: &Owners,
    (key, prerequisites, kind): (&Key, &[SkuName], Option<ProductKind>),
) -> Restrictions {
    let mut flag = |name: &str| reader.truth(section.get(name), name);
    let is_single_per_customer = flag("single_per_customer");
    let is_add_on = flag("add_on");
    let is_capped = flag("seats_capped_per_customer");
    let is_outside_csp = section.get("in_csp").is_some() && !flag("in_csp");
    let exclusive_to = section.get("exclusive_to").map(|node| read_partners(reader, node));
    let markets = section.get("unsupported_markets");
    let markets = markets.map(|node| reader.parse_all(node, "unsupported_markets"));
    let runs_on = section.get("runs_on").and_then(|node| reader.parse(node, "runs_on"));
    let rule = section.get("quantity_rule").and_then(|node| read_rule(reader, node, owners));
    let is_legacy = is_add_on && kind == Some(ProductKind::LicenseLegacy);
    if let Some(node) = section.get("add_on")
        && is_legacy
        && prerequisites.is_empty()
    {
        reader.wrong(node.place, "a legacy add-on has bases: name them in prerequisites");
    } else if let Some(node) = section.get("add_on")
        && is_add_on
        && prerequisites.is_empty()
        && section.get("quantity_rule").is_none()
    {
        reader
            .wrong(node.place, "an add-on has bases: name them in prerequisites or quantity_rule");
    }
    if let Some(node) = section.get("seats_capped_per_customer")
        && is_capped
        && section.get("max_quantity").is_none()
    {
        reader.wrong(node.place, "what is capped has a cap: write max_quantity");
    }
    Restrictions {
        is_single_per_customer,
        exclusive_to: exclusive_to.unwrap_or_default().into_iter().collect(),
        unsupported_markets: markets.unwrap_or_default().into_iter().collect(),
        is_outside_csp,
        runs_on,
        prerequisites: prerequisites.iter().map(|name| name.sku.clone()).collect(),
        is_add_on,
        quantity_rule: rule,
        seats_capped_as: is_capped.then(|| key.text.clone()),
    }
}

/// Checks that the bases of legacy add-ons among `products`, which were read from `node`, are legacy too,
/// and no add-ons themselves.
///
/// Source: ADD-1.
pub(super) fn check(reader: &mut Reader, node: &Node, products: &BTreeMap<ProductId, Product>) {
    let add_ons = products.values().flat_map(|product| {
        let skus = product.skus.iter();
        skus.filter(|sku| sku.restrictions.is_legacy_add_on(product.kind)).map(|sku| (&sku.id, sku))
    });
    let add_ons: BTreeMap<&SkuId, &Sku> = add_ons.collect();
    let is_base = |name: &SkuName| {
        let product = products.get(&name.product);
        product.is_none_or(|product| product.kind == ProductKind::LicenseLegacy)
            && !add_ons.contains_key(&name.sku)
    };
    let nodes = node.entries().filter_map(|(_, product)| product.get("skus"));
    for (key, sku) in nodes.flat_map(Node::entries) {
        let Some(place) = sku.get("prerequisites").map(|node| node.place) else { continue };
        let read = add_ons.get(&SkuId(key.text.clone()));
        let wrong = read.and_then(|sku| sku.prerequisites.iter().find(|name| !is_base(name)));
        if let Some(base) = wrong.map(|name| &name.sku) {
            let id = &key.text;
            let why = format!("{base} is no legacy licence that {id} could be an add-on of");
            reader.wrong(place, why);
        }
    }
}

fn read_partners(reader: &mut Reader, node: &Node) -> Vec<PartnerId> {
    let items = some(reader, node, ("exclusive_to", "the partners that may sell it"));
    items.iter().filter_map(|item| read_partner(reader, item)).collect()
}

fn read_partner(reader: &mut Reader, node: &Node) -> Option<PartnerId> {
    let text = reader.scalar(node, "a partner")?;
    let id = text.strip_prefix(PARTNERS).unwrap_or(text);
    let why = format!("{text:?} is no partner: write its id, a UUID, or partners/ and its id");
    reader.keep(node.place, id.parse().map_err(|_| why))
}

fn read_rule(reader: &mut Reader, node: &Node, owners: &Owners) -> Option<QuantityRule> {
    let section = reader.section(node, "a quantity_rule", &RULE_KEYS);
    let kind = section.required("kind", reader).and_then(|node| reader.parse(node, "kind"));
    let base = section.required("base", reader)?;
    let items = some(reader, base, ("base", "the SKUs whose seats count"));
    let names: Vec<_> = items.iter().filter_map(|item| read_name(reader, item, owners)).collect();
    Some(QuantityRule { kind: kind?, base: names.into_iter().map(|name| name.sku).collect() })
}

/// Reads a list that has at least one item.
fn some<'n>(reader: &mut Reader, node: &'n Node, (name, what): (&str, &str)) -> &'n [Node] {
    if node.value == Value::List(vec![]) {
        reader.wrong(node.place, format!("{name} must list {what}"));
    }
    reader.list(node, name)
}

#[cfg(test)]
mod tests;
