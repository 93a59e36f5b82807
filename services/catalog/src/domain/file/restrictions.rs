//! Reads what restricts the sale of a SKU.

use vocab::{PartnerId, QuantityRule, Restrictions};

use super::products::{Owners, read_name};
use super::reader::{Reader, Section};
use crate::domain::product::SkuName;
use crate::domain::yaml::{Key, Node, Value};

const RULE_KEYS: [&str; 2] = ["kind", "base"];

/// How partners are named on the wire; a file may write it or leave it out.
const PARTNERS: &str = "partners/";

/// Reads the restrictions of the SKU at `key`, which has these prerequisites.
pub(super) fn read(
    reader: &mut Reader,
    section: &Section<'_>,
    owners: &Owners,
    (key, prerequisites): (&Key, &[SkuName]),
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
    if let Some(node) = section.get("add_on")
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
