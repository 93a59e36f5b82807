//! Reads `suite:`, and what it means for a SKU.

use std::collections::BTreeSet;

use vocab::{Restrictions, Segment};

use super::reader::Reader;
use crate::domain::suite::{self, Suite};
use crate::domain::yaml::Node;

/// Finds the suite that a SKU names. Where two sectors have one of that name, the product's segments
/// tell which is meant.
///
/// Source: CAT-11.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    segments: &BTreeSet<Segment>,
) -> Option<Suite> {
    let name = reader.scalar(node, "suite")?;
    let mut named: Vec<_> = suite::all().into_iter().filter(|suite| suite.name == name).collect();
    if named.is_empty() {
        reader.wrong(node.place, format!("{name:?} is not on the list of suites"));
    } else if 1 < named.len() {
        named.retain(|suite| segments.iter().any(|segment| suite.sector.has(*segment)));
        if named.len() != 1 {
            let why = format!("several sectors have {name}: let the product's segments name one");
            reader.wrong(node.place, why);
            return None;
        }
    }
    named.pop()
}

/// Counts the seats of a suite with a limit over all subscriptions of a customer (CAT-9).
pub(super) fn cap(restrictions: Restrictions, suite: Option<&Suite>) -> Restrictions {
    match suite {
        Some(suite) if suite.max_seats.is_some() => {
            Restrictions { seats_capped_as: Some(suite.name.clone()), ..restrictions }
        }
        Some(_) | None => restrictions,
    }
}

#[cfg(test)]
mod tests;
