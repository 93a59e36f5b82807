//! Under which conditions a purchase can be taken back: the table of CAN-1, as data, and the knobs
//! that an operator may turn. The arithmetic of a window is in `window`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{Market, ProductKind};

use super::{OfferTerms, Window};

/// What is paid back when a purchase is taken back inside its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refund {
    /// What was charged for the current cycle, less the days used (PCX-6).
    Prorated,
    /// Everything that was charged (D-3).
    Full,
    /// What a support request decides (CAN-9).
    BySupport,
    /// Nothing: it cannot be taken back (CAT-17).
    Nothing,
}

/// One row of the policy table. Source: CAN-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyRow {
    /// The id that is stamped on the purchase.
    pub id: &'static str,
    /// The kinds to which it applies.
    pub kinds: &'static [ProductKind],
    /// The first order instant, inclusive; `None` is the beginning of time.
    pub from: Option<Timestamp>,
    /// The end of the order instants, exclusive; `None` is the end of time.
    pub until: Option<Timestamp>,
    /// How long the purchase can be taken back; `None` is never, or not by self-service.
    pub window: Option<Window>,
    /// What is then paid back.
    pub refund: Refund,
    /// Whether a renewal opens the window again.
    pub reopens: bool,
}

/// 2021-06-01T00:00:00Z: 60 days become 30.
const THIRTY_DAYS_FROM: Timestamp = Timestamp::constant(1_622_505_600, 0);
/// 2022-07-11T00:00:00Z: software subscriptions get 168 hours, after every renewal too.
const SUB168_FROM: Timestamp = Timestamp::constant(1_657_497_600, 0);

/// What cannot be taken back at all: RedHat, SUSE, trials.
const NEVER: PolicyRow = PolicyRow {
    id: "NEVER",
    kinds: &[ProductKind::LinuxPlan],
    from: None,
    until: None,
    window: None,
    refund: Refund::Nothing,
    reopens: false,
};

/// The policy table: a new policy is a new row. Source: CAN-1, D-1.
pub const POLICIES: &[PolicyRow] = &[
    PolicyRow {
        id: "SW60",
        kinds: &[ProductKind::SoftwareSubscription],
        until: Some(THIRTY_DAYS_FROM),
        window: Some(Window::CalendarDays(60)),
        refund: Refund::Prorated,
        ..NEVER
    },
    PolicyRow {
        id: "SW60",
        kinds: &[ProductKind::SoftwarePerpetual],
        until: Some(THIRTY_DAYS_FROM),
        window: Some(Window::CalendarDays(60)),
        refund: Refund::Full,
        ..NEVER
    },
    PolicyRow {
        id: "SW30",
        kinds: &[ProductKind::SoftwareSubscription],
        from: Some(THIRTY_DAYS_FROM),
        until: Some(SUB168_FROM),
        window: Some(Window::CalendarDays(30)),
        refund: Refund::Prorated,
        ..NEVER
    },
    PolicyRow {
        id: "PERP30",
        kinds: &[ProductKind::SoftwarePerpetual],
        from: Some(THIRTY_DAYS_FROM),
        window: Some(Window::CalendarDays(30)),
        refund: Refund::Full,
        ..NEVER
    },
    PolicyRow {
        id: "SUB168",
        kinds: &[ProductKind::SoftwareSubscription],
        from: Some(SUB168_FROM),
        window: Some(Window::Hours(168)),
        refund: Refund::Prorated,
        reopens: true,
        ..NEVER
    },
    PolicyRow {
        id: "LIC168",
        kinds: &[ProductKind::LicenseBased],
        window: Some(Window::Hours(168)),
        refund: Refund::Prorated,
        reopens: true,
        ..NEVER
    },
    PolicyRow {
        id: "ISV72",
        kinds: &[ProductKind::IsvSaasLicense, ProductKind::IsvSaasMetered],
        window: Some(Window::Hours(72)),
        refund: Refund::Full,
        ..NEVER
    },
    NEVER,
    PolicyRow {
        id: "SUPPORT",
        kinds: &[ProductKind::Esu, ProductKind::AzureReservation, ProductKind::LicenseLegacy],
        refund: Refund::BySupport,
        ..NEVER
    },
];

/// The row that was in force when a term started, as the subscription carries it (D-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampedPolicy {
    /// The row's id.
    pub id: String,
    /// How long the purchase, or seats that are added, can be taken back.
    pub window: Option<Window>,
    /// What is then paid back.
    pub refund: Refund,
    /// Whether a renewal under this row opens its window again.
    pub reopens: bool,
}

/// A law that lengthens a window in one market. Source: D-27, D-45.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatutoryRow {
    /// Where the law holds.
    pub market: Market,
    /// For what it holds.
    pub kind: ProductKind,
    /// The window that it grants, where the policy has one at all.
    pub window: Window,
}

/// The rules' knobs, which an operator may turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The seats of a trial (TRI-1).
    pub trial_seats: i64,
    /// How many counted updates one subscription takes (SEA-7).
    pub update_limit: i64,
    /// How many licence-based subscriptions a customer's tenant takes (D-23).
    pub subscription_limit: i64,
    /// Whether suspended base seats count as base seats (QTY-5).
    pub suspended_bases_count: bool,
    /// Whether base seats of trials count as base seats (QTY-5).
    pub trial_bases_count: bool,
    /// Laws that lengthen windows (D-27); none by default.
    pub statutory: Vec<StatutoryRow>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            trial_seats: 25,
            update_limit: 1200,
            subscription_limit: 300,
            suspended_bases_count: false,
            trial_bases_count: false,
            statutory: Vec::new(),
        }
    }
}

impl PolicyRow {
    /// Returns the row that governs `kind` when ordered, or renewed, at `at`; trials come under
    /// `NEVER`, and so does what no row names.
    ///
    /// Source: CAN-1, D-1.
    pub fn in_force(kind: ProductKind, is_trial: bool, at: Timestamp) -> &'static Self {
        if is_trial {
            return &NEVER;
        }
        POLICIES.iter().find(|row| row.kinds.contains(&kind) && row.holds_at(at)).unwrap_or(&NEVER)
    }

    /// Returns the row that an offer names: the one for its kind where several share the id.
    fn named(id: &str, kind: ProductKind) -> Option<&'static Self> {
        let named = || POLICIES.iter().filter(|row| row.id == id);
        named().find(|row| row.kinds.contains(&kind)).or_else(|| named().next())
    }

    fn holds_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

impl Policy {
    /// Returns the row to stamp on a term of `offer` that is ordered, or renewed, at `at`, with
    /// the longer window where a law of the market grants one.
    ///
    /// Source: CAN-1, D-1, D-27, D-45.
    pub fn stamp(&self, offer: &OfferTerms, at: Timestamp) -> StampedPolicy {
        let kind = offer.product.kind;
        let row = offer
            .policy_id
            .as_deref()
            .and_then(|id| PolicyRow::named(id, kind))
            .unwrap_or_else(|| PolicyRow::in_force(kind, offer.product.is_trial, at));
        let lawful = self
            .statutory
            .iter()
            .filter(|law| law.market == offer.product.market && law.kind == kind)
            .map(|law| law.window);
        let window =
            row.window.map(|own| lawful.fold(own, |longest, law| longest.or_longer(law, at)));
        StampedPolicy { id: row.id.to_owned(), window, refund: row.refund, reopens: row.reopens }
    }
}

impl StampedPolicy {
    /// Returns until when what was bought at `anchor` can be taken back, inclusive.
    pub fn deadline(&self, anchor: Timestamp) -> Option<Timestamp> {
        self.window.map(|window| window.deadline(anchor))
    }
}

#[cfg(test)]
mod tests;
