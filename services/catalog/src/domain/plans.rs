//! Since when billing plans are on offer. Which plan fits which term is not here (TRM-4).

use jiff::Timestamp;
use jiff::civil::date;
use vocab::calendar::start_of;
use vocab::{BillingCycle, ProductKind, TermLength};

/// A plan that was not always on offer.
struct Row {
    /// Of this kind; of every kind if there is none.
    kind: Option<ProductKind>,
    /// Of this term; of every term if there is none.
    term: Option<TermLength>,
    billing: BillingCycle,
    /// From this day on, in UTC.
    since: jiff::civil::Date,
}

/// The day on which plans were added. It has nothing to do with the days of auto-renew (TRP-17).
const ADDED_ON: jiff::civil::Date = date(2021, 10, 22);

/// Monthly is there for the Remote Desktop Services CAL alone; which SKUs offer a plan is for the price
/// list to say.
const ROWS: [Row; 3] = [
    Row {
        kind: None,
        term: Some(TermLength::ThreeYears),
        billing: BillingCycle::Annual,
        since: ADDED_ON,
    },
    Row {
        kind: None,
        term: Some(TermLength::ThreeYears),
        billing: BillingCycle::Triennial,
        since: ADDED_ON,
    },
    Row {
        kind: Some(ProductKind::SoftwareSubscription),
        term: None,
        billing: BillingCycle::Monthly,
        since: ADDED_ON,
    },
];

/// Returns since when a plan is on offer (inclusive); `None` if it always was.
///
/// Source: CAT-14, TRP-17.
pub fn since(
    kind: ProductKind,
    term: Option<TermLength>,
    billing: BillingCycle,
) -> Option<Timestamp> {
    let fits = |row: &&Row| {
        row.billing == billing
            && row.kind.is_none_or(|one| one == kind)
            && (row.term.is_none() || row.term == term)
    };
    ROWS.iter().find(fits).map(|row| start_of(row.since))
}
