//! Reads `blocked_markets:`.

use std::collections::BTreeSet;

use vocab::{BlockedMarkets, ProductKind};

use super::reader::Reader;
use super::time;
use crate::domain::finding::Place;
use crate::domain::yaml::Node;

const KEYS: [&str; 3] = ["version", "effective_from", "markets"];

/// Reads a statement, which is always about Azure reservations (MKT-2).
pub fn read(reader: &mut Reader, node: &Node) -> Option<(Place, BlockedMarkets)> {
    let section = reader.section(node, "blocked_markets", &KEYS);
    let version = section.required("version", reader);
    let version = version.and_then(|node| {
        let text = reader.scalar(node, "version")?;
        reader.id(node.place, text)
    });
    let since = section.required("effective_from", reader);
    let since = since.and_then(|node| {
        let text = reader.scalar(node, "effective_from")?;
        reader.keep(node.place, time::read(text))
    });
    let markets = section.required("markets", reader);
    let markets = markets.map(|node| reader.parse_all(node, "markets"));
    let statement = BlockedMarkets {
        kind: ProductKind::AzureReservation,
        version: version?,
        effective_at: since?,
        markets: BTreeSet::from_iter(markets?),
    };
    Some((node.place, statement))
}
