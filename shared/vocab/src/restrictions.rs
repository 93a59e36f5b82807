//! Who may buy a SKU, how often, and together with what, as the catalog states it. Nothing here
//! judges; the limits that span a customer's purchases are lifecycle's, the others order's.

use std::collections::BTreeSet;

use crate::{Market, PartnerId, ProductKind, SkuId, text_enum};

/// What a SKU is restricted to; most have none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Restrictions {
    /// Whether a customer has it at most once, a suspended one counted (CAT-6).
    pub is_single_per_customer: bool,
    /// The partners that alone may sell and see it; empty for all (CAT-7).
    pub exclusive_to: BTreeSet<PartnerId>,
    /// Billing countries that its publisher does not support (MKT-6).
    pub unsupported_markets: BTreeSet<Market>,
    /// Whether its publisher left it out of the programme (CAT-5).
    pub is_outside_csp: bool,
    /// What runs it where the cloud portal sells and manages it, and nobody here (CAT-2).
    pub runs_on: Option<Workload>,
    /// SKUs of which the customer must have one, whichever; empty for none (CAT-16).
    pub prerequisites: BTreeSet<SkuId>,
    /// Whether it extends another, so that a missing prerequisite is a missing base (ADD-2).
    pub is_add_on: bool,
    /// How its seats relate to those of its bases (QTY-1, QTY-2).
    pub quantity_rule: Option<QuantityRule>,
    /// Under which name its seats are counted against its limit: those of a customer over all
    /// subscriptions of that name; `None` where each subscription has the limit for itself (CAT-9).
    pub seats_capped_as: Option<String>,
}

/// How the seats of an add-on relate to those of its bases.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuantityRule {
    /// The relation.
    pub kind: QuantityRuleKind,
    /// The SKUs whose seats are base seats.
    pub base: BTreeSet<SkuId>,
}

text_enum! {
    /// A relation between the seats of an add-on and the seats of its bases.
    QuantityRuleKind {
        /// At least five in a hundred base seats, a started one counted whole (QTY-1).
        FivePercentOfBase = "five-percent-of-base",
        /// At most as many as base seats (QTY-2).
        AtMostBase = "at-most-base",
    }
}

text_enum! {
    /// What runs a publisher's offer that is billed by usage in the cloud (CAT-2).
    Workload {
        /// Virtual machines.
        VirtualMachines = "virtual-machines",
        /// Containers.
        Containers = "containers",
        /// Apps.
        Apps = "apps",
    }
}

impl Restrictions {
    /// Whether there is none, so that nothing needs to be kept of them.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it extends another: it says so, or its seats are counted against base seats (ADD-2).
    pub const fn needs_base(&self) -> bool {
        self.is_add_on || self.quantity_rule.is_some()
    }

    /// Whether a SKU of `kind` is a legacy add-on, which is bought from its base and is in no catalog; its
    /// bases are its prerequisites (ADD-1, ORD-10).
    pub fn is_legacy_add_on(&self, kind: ProductKind) -> bool {
        self.is_add_on && kind == ProductKind::LicenseLegacy
    }

    /// Whether it rests on what else the customer has: then lifecycle alone can judge it.
    pub fn look_at_holdings(&self) -> bool {
        self.is_single_per_customer
            || !self.prerequisites.is_empty()
            || self.quantity_rule.is_some()
            || self.seats_capped_as.is_some()
    }

    /// Whether `partner` may sell and see it (CAT-7).
    pub fn admits(&self, partner: PartnerId) -> bool {
        self.exclusive_to.is_empty() || self.exclusive_to.contains(&partner)
    }
}
