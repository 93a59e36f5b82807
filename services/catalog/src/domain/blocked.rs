//! Where Azure reservations are not sold: the statement that the program itself carries.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vocab::{BlockedMarkets, ProductKind};

/// The published list: 106 markets, `XK` among them (MKT-1).
const LIST: &str = include_str!("../../data/azure_reservations_unavailable_markets.csv");

/// Which statement that list is.
const VERSION: &str = "2021-01";

/// Since when it holds: before anything that can be dated here (2000-01-01T00:00:00Z).
const EFFECTIVE_SECOND: i64 = 946_684_800;

/// Returns the statement that holds until a newer one is imported.
///
/// Source: MKT-1, MKT-4.
pub fn built_in() -> BlockedMarkets {
    let codes = LIST.lines().skip(1).filter_map(|line| line.split(',').next());
    BlockedMarkets {
        kind: ProductKind::AzureReservation,
        version: VERSION.to_owned(),
        effective_at: Timestamp::from_second(EFFECTIVE_SECOND).unwrap_or_default(),
        markets: codes.filter_map(|code| code.parse().ok()).collect::<BTreeSet<_>>(),
    }
}
