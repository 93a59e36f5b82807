//! What is sold in the random histories, and what leads where: the facts that the service reads from
//! its price list and asks of the catalog. Prices divide badly, terms end badly.

use std::fmt;

use super::calendar::{Day, HOUR};

/// What kind of thing is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Licence,
    /// Of another publisher: taken back for all that was paid (D-3), and not after a renewal.
    Service,
    Software,
}

/// What is sold. Prices are in minor units, per seat and term.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub offer: &'static str,
    pub sku: &'static str,
    pub kind: Kind,
    pub months: i32,
    pub billed_every: i32,
    pub price: i64,
    /// The fewest seats.
    pub fewest: i64,
    /// Whether 30 free days come first (ORD-8).
    pub evaluates: bool,
    pub is_trial: bool,
}

/// Under which conditions something can be taken back (CAN-1).
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// For how long; never if there is none.
    pub window: Option<i64>,
    pub in_full: bool,
    pub reopens: bool,
}

/// A lower price for a whole term (PRO-1).
#[derive(Debug, Clone, Copy)]
pub struct Promotion {
    pub id: &'static str,
    pub percent: i64,
    pub skus: &'static [&'static str],
    /// The months of the terms that it is for; any where there are none.
    pub months: Option<i32>,
    /// Whether it is for education alone.
    pub is_for_schools: bool,
    /// The first and the last day.
    pub days: (&'static str, &'static str),
}

/// What a trial becomes by itself.
pub const AFTER_TRIAL: Plan = plan("suite-billed-monthly", "suite", (12, 1), 10_000);

/// What leads from one SKU to another.
const WAYS: &[(&str, &str)] = &[
    ("cents", "suite"),
    ("suite", "bigger"),
    ("suite", "biggest"),
    ("bigger", "biggest"),
    ("service", "bigger"),
    ("tool", "service"),
    ("server", "big-server"),
    ("trial", "suite"),
    ("trial", "bigger"),
    ("trial", "biggest"),
];

pub const PLANS: [Plan; 24] = [
    AFTER_TRIAL,
    plan("suite", "suite", (12, 12), 12_000),
    plan("suite-for-a-month", "suite", (1, 1), 3_101),
    plan("suite-for-three-years", "suite", (36, 36), 100_000),
    plan("suite-for-three-years-billed-yearly", "suite", (36, 12), 100_000),
    plan("suite-for-three-years-billed-monthly", "suite", (36, 1), 99_999),
    with_fewest(2, plan("bigger", "bigger", (12, 12), 18_000)),
    with_fewest(2, plan("bigger-billed-monthly", "bigger", (12, 1), 17_003)),
    with_fewest(2, plan("bigger-for-a-month", "bigger", (1, 1), 4_999)),
    with_fewest(2, plan("bigger-for-three-years-billed-yearly", "bigger", (36, 12), 150_001)),
    with_fewest(2, plan("bigger-for-three-years-billed-monthly", "bigger", (36, 1), 150_000)),
    with_fewest(5, plan("biggest", "biggest", (12, 12), 25_000)),
    with_fewest(5, plan("biggest-billed-monthly", "biggest", (12, 1), 26_000)),
    with_fewest(5, plan("biggest-for-three-years", "biggest", (36, 1), 250_007)),
    plan("cents", "cents", (12, 1), 7),
    plan("cents-for-three-years-billed-yearly", "cents", (36, 12), 34),
    plan("cents-for-three-years-billed-monthly", "cents", (36, 1), 34),
    of_kind(Kind::Software, plan("server", "server", (12, 12), 59_999)),
    of_kind(Kind::Software, plan("big-server", "big-server", (12, 12), 80_000)),
    of_kind(Kind::Service, plan("service", "service", (12, 12), 4_990)),
    of_kind(Kind::Service, plan("service-billed-monthly", "service", (12, 1), 4_990)),
    evaluated(plan("tool", "tool", (12, 1), 2_500)),
    evaluated(plan("tool-for-three-years", "tool", (36, 12), 70_001)),
    Plan { is_trial: true, ..plan("trial", "trial", (1, 1), 0) },
];

pub const PROMOTIONS: [Promotion; 5] = [
    Promotion {
        id: "spring",
        percent: 10,
        skus: &["suite", "cents", "tool", "trial"],
        months: None,
        is_for_schools: false,
        days: ("2026-01-01", "2026-04-30"),
    },
    Promotion {
        id: "school",
        percent: 37,
        skus: &["suite", "bigger"],
        months: None,
        is_for_schools: true,
        days: ("2026-01-01", "2029-12-31"),
    },
    Promotion {
        id: "year-end",
        percent: 25,
        skus: &["suite", "bigger", "biggest", "service"],
        months: Some(12),
        is_for_schools: false,
        days: ("2026-11-15", "2027-03-15"),
    },
    Promotion {
        id: "as-good-as-year-end",
        percent: 25,
        skus: &["bigger", "server"],
        months: None,
        is_for_schools: false,
        days: ("2027-01-01", "2027-06-30"),
    },
    Promotion {
        id: "for-ever",
        percent: 3,
        skus: &["biggest", "service", "big-server"],
        months: None,
        is_for_schools: false,
        days: ("2026-05-01", "2099-12-31"),
    },
];

const fn plan(offer: &'static str, sku: &'static str, length: (i32, i32), price: i64) -> Plan {
    let (months, billed_every) = length;
    Plan {
        offer,
        sku,
        kind: Kind::Licence,
        months,
        billed_every,
        price,
        fewest: 1,
        evaluates: false,
        is_trial: false,
    }
}

const fn with_fewest(fewest: i64, plan: Plan) -> Plan {
    Plan { fewest, ..plan }
}

const fn of_kind(kind: Kind, plan: Plan) -> Plan {
    Plan { kind, ..plan }
}

const fn evaluated(plan: Plan) -> Plan {
    Plan { kind: Kind::Service, evaluates: true, ..plan }
}

impl Plan {
    /// The price in force: a fifth more from 2027 on.
    pub fn price_on(&self, day: Day) -> i64 {
        if day.is_before(2027) { self.price } else { self.price * 6 / 5 }
    }

    pub fn is_software(&self) -> bool {
        self.kind == Kind::Software
    }

    pub fn leads_to(&self, other: &Self) -> bool {
        WAYS.contains(&(self.sku, other.sku))
    }

    /// What it renews into when nothing else was said (REN-4, REN-5).
    pub const fn next(&self) -> Self {
        if self.is_trial { AFTER_TRIAL } else { *self }
    }

    /// The plan of the same SKU and length that is billed so, where there is one.
    pub fn billed(&self, every: i32) -> Option<Self> {
        let is_it = |other: &&Self| {
            (other.sku, other.months, other.billed_every) == (self.sku, self.months, every)
        };
        PLANS.iter().find(is_it).copied()
    }

    pub const fn policy(&self) -> Policy {
        match self.kind {
            _ if self.is_trial => Policy { window: None, in_full: false, reopens: false },
            Kind::Service => Policy { window: Some(72 * HOUR), in_full: true, reopens: false },
            Kind::Licence | Kind::Software => {
                Policy { window: Some(168 * HOUR), in_full: false, reopens: true }
            }
        }
    }

    /// The promotion of a term that starts on `day`: the largest, then the one with the least id
    /// (PRO-2, T-46).
    pub fn best_promotion(&self, is_school: bool, day: Day) -> Option<&'static Promotion> {
        let day = day.to_string();
        let fits = |one: &&Promotion| {
            one.skus.contains(&self.sku)
                && one.months.is_none_or(|months| months == self.months)
                && (is_school || !one.is_for_schools)
                && one.days.0 <= day.as_str()
                && day.as_str() <= one.days.1
        };
        PROMOTIONS.iter().filter(fits).min_by_key(|one| (-one.percent, one.id))
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.offer)
    }
}
