//! Why an order from before is not brought in.

use std::fmt;

use jiff::Timestamp;
use vocab::{
    BillingCycle, Cloud, CustomerId, Market, OfferId, OrderId, PartnerId, ProductKind, TermLength,
};

/// What speaks against an order from before, and its place in the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct HistoryRejection {
    /// Where.
    pub place: PastPlace,
    /// What is wrong.
    pub fault: HistoryFault,
}

/// A place in a request that brings in orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastPlace {
    /// The order's, from 0.
    pub order: usize,
    /// The line's in it; `None` for the order as a whole.
    pub line: Option<usize>,
}

impl fmt::Display for PastPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "orders[{}]", self.order)?;
        self.line.map_or(Ok(()), |line| write!(f, ".lines[{line}]"))
    }
}

/// What can speak against an order from before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryFault {
    /// It is too young to be history.
    #[error(
        "it was ordered at {ordered_at}, and what is brought in was ordered before 2021-10-14T00:00:00Z; order it with PlaceOrder"
    )]
    TooRecent {
        /// When it was ordered.
        ordered_at: Timestamp,
    },
    /// It was not ordered yet.
    #[error("it was ordered at {ordered_at}, and for the customer it is {now}; correct the date")]
    InFuture {
        /// When it is said to have been ordered.
        ordered_at: Timestamp,
        /// By the customer's clock.
        now: Timestamp,
    },
    /// It is no software, or was a trial of it.
    #[error(
        "{offer} is {}{kind}, and only software that is no trial is brought in; order it with PlaceOrder",
        if *.is_trial { "a trial of " } else { "" }
    )]
    NotSoftware {
        /// What is said to have been ordered.
        offer: OfferId,
        /// Its kind.
        kind: ProductKind,
        /// Whether it is a trial.
        is_trial: bool,
    },
    /// Nobody knows what it is.
    #[error(
        "{offer} never was on the price list; import one that has the SKU, closed to new purchase, and name its offer"
    )]
    OfferUnknown {
        /// What is said to have been ordered.
        offer: OfferId,
    },
    /// The offer is for another market.
    #[error(
        "{offer} is for the market {sold_in}, the customer is in {market}; name an offer for {market}"
    )]
    OtherMarket {
        /// What is said to have been ordered.
        offer: OfferId,
        /// The offer's.
        sold_in: Market,
        /// The customer's.
        market: Market,
    },
    /// The offer is for another cloud.
    #[error(
        "{offer} is for the cloud {sold_in}, the customer is in {cloud}; name an offer for {cloud}"
    )]
    OtherCloud {
        /// What is said to have been ordered.
        offer: OfferId,
        /// The offer's.
        sold_in: Cloud,
        /// The customer's.
        cloud: Cloud,
    },
    /// It cannot have been sold so.
    #[error(
        "{kind} was not sold for {} and charged {billing}; correct term_length and billing_cycle", term_of(*.term)
    )]
    PlanImpossible {
        /// What was sold.
        kind: ProductKind,
        /// For how long.
        term: Option<TermLength>,
        /// Charged how often.
        billing: BillingCycle,
    },
    /// An amount that cannot be kept.
    #[error("{quantity} come to more money than can be charged; correct quantity or price")]
    AmountTooLarge {
        /// What is said to have been ordered.
        quantity: i64,
    },
    /// The partner would not see its own order.
    #[error(
        "partners/{partner} has no relationship with the customer; let the customer accept one first"
    )]
    NoRelationship {
        /// Who is said to have sold it.
        partner: PartnerId,
    },
    /// Who is said to have sold it sells nothing.
    #[error(
        "partners/{partner} is an indirect reseller and sold nothing itself; name its provider, partners/{provider}"
    )]
    SoldByProvider {
        /// Who is said to have sold it.
        partner: PartnerId,
        /// Who sold it.
        provider: PartnerId,
    },
    /// Another order has the name.
    #[error(
        "{reference} was brought in as customers/{customer}/orders/{order} with other content; give each order its own reference"
    )]
    ReferenceTaken {
        /// The name.
        reference: String,
        /// Whose order has it.
        customer: CustomerId,
        /// What it became.
        order: OrderId,
    },
}

impl HistoryRejection {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let mut values = vec![("field", self.place.to_string())];
        values.extend(self.fault.metadata());
        values
    }
}

impl HistoryFault {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooRecent { .. } => "HISTORY_TOO_RECENT",
            Self::InFuture { .. } => "HISTORY_IN_FUTURE",
            Self::NotSoftware { .. } => "HISTORY_ONLY_SOFTWARE",
            Self::OfferUnknown { .. } | Self::OtherMarket { .. } | Self::OtherCloud { .. } => {
                "NOT_TRANSACTABLE_HERE"
            }
            Self::PlanImpossible { .. } => "BILLING_NOT_OFFERED",
            Self::AmountTooLarge { .. } => "QUANTITY_INVALID",
            Self::NoRelationship { .. } => "RELATIONSHIP_REQUIRED",
            Self::SoldByProvider { .. } => "CONTACT_INDIRECT_PROVIDER",
            Self::ReferenceTaken { .. } => "ALREADY_EXISTS",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::TooRecent { .. } => "D-2",
            Self::InFuture { .. } | Self::NotSoftware { .. } => "T-63",
            Self::OfferUnknown { .. } | Self::OtherMarket { .. } => "CAT-5",
            Self::OtherCloud { .. } => "PAR-13",
            Self::PlanImpossible { .. } => "TRM-4",
            Self::AmountTooLarge { .. } => "D-11",
            Self::NoRelationship { .. } => "PAR-2",
            Self::SoldByProvider { .. } => "PAR-1",
            Self::ReferenceTaken { .. } => "T-65",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        let named = |offer: &OfferId| ("offer", format!("offers/{offer}"));
        let partner_of = |partner: &PartnerId| ("partner", format!("partners/{partner}"));
        match self {
            Self::TooRecent { ordered_at } => vec![
                ("ordered_at", ordered_at.to_string()),
                ("allowed_until", "2021-10-13T23:59:59.999Z".to_owned()),
            ],
            Self::InFuture { ordered_at, now } => {
                vec![("ordered_at", ordered_at.to_string()), ("now", now.to_string())]
            }
            Self::NotSoftware { offer, kind, is_trial } => {
                let trial = ("trial", is_trial.to_string());
                vec![named(offer), ("kind", kind.to_string()), trial]
            }
            Self::OfferUnknown { offer } => vec![named(offer)],
            Self::OtherMarket { offer, sold_in, market } => {
                let sold_in = ("sold_in", sold_in.to_string());
                vec![named(offer), sold_in, ("market", market.to_string())]
            }
            Self::OtherCloud { offer, sold_in, cloud } => {
                let sold_in = ("sold_in", sold_in.to_string());
                vec![named(offer), sold_in, ("cloud", cloud.to_string())]
            }
            Self::PlanImpossible { kind, term, billing } => vec![
                ("kind", kind.to_string()),
                ("term_length", term_of(*term)),
                ("billing_cycle", billing.to_string()),
            ],
            Self::AmountTooLarge { quantity } => vec![("quantity", quantity.to_string())],
            Self::NoRelationship { partner } => vec![partner_of(partner)],
            Self::SoldByProvider { partner, provider } => {
                vec![partner_of(partner), ("provider", format!("partners/{provider}"))]
            }
            Self::ReferenceTaken { reference, customer, order } => vec![
                ("reference", reference.clone()),
                ("order", format!("customers/{customer}/orders/{order}")),
            ],
        }
    }
}

fn term_of(term: Option<TermLength>) -> String {
    term.map_or_else(|| "no term".to_owned(), |term| term.to_string())
}
