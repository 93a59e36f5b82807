//! Why seats cannot become something else.

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::{OfferId, SkuId, TermLength};

use crate::domain::{Product, Refusal, Subscription};

/// One of the two sides of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Whose seats go.
    Source,
    /// To which they go.
    Target,
}

/// A transition that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTransition {
    /// The catalog refuses the way, and says why.
    #[error("{}{}", refusal.message, to_be_filed(refusal, *ends_on))]
    Path {
        /// What the catalog says.
        refusal: Refusal,
        /// The last day of the source's term, through which a redundant licence can be reported.
        ends_on: Option<Date>,
    },
    /// The catalog knows no way.
    #[error("nothing leads from {from} to {to}; choose one of ListTransitions, or buy {to}")]
    NoPath {
        /// The source's SKU.
        from: SkuId,
        /// The SKU that was asked for.
        to: SkuId,
    },
    /// No plan of the SKU is sold in the market and currency.
    #[error("{to} is not sold at {at} in the subscription's market and currency; choose another", to = .sku)]
    NotSold {
        /// The SKU.
        sku: SkuId,
        /// When it was looked for.
        at: Timestamp,
    },
    /// Sold for another market, currency, or without a term.
    #[error(
        "offer {offer} is not one of the subscription's market and currency with a term; choose one of ListTransitions"
    )]
    Elsewhere {
        /// The offer.
        offer: OfferId,
    },
    /// Something new would end before the subscription does now.
    #[error(
        "a term of that length would end on {end}, before the present one on {current}; choose a longer term, or the present length, which keeps the end"
    )]
    EndsEarlier {
        /// When it would end.
        end: Date,
        /// When the present term ends.
        current: Date,
    },
    /// The existing target ends before the source.
    #[error(
        "the target ends on {end}, before the source on {current}; choose a target that ends on that day or later, or something new"
    )]
    TargetEndsEarlier {
        /// When the target ends.
        end: Date,
        /// When the source ends.
        current: Date,
        /// Whether the source is a trial.
        is_trial: bool,
    },
    /// The existing target was just bought, renewed or upgraded.
    #[error(
        "the target is inside the window of its term until {closes_at}; try again after that, or choose something new"
    )]
    TargetInWindow {
        /// The last instant of the window, inclusive.
        closes_at: Timestamp,
    },
    /// The existing target has terms of another length.
    #[error(
        "the target has terms of {wanted}, the source of {length}; choose a target with terms of {length}, or something new"
    )]
    TargetLength {
        /// The target's.
        wanted: TermLength,
        /// The source's.
        length: TermLength,
    },
    /// A part of the seats would get terms of another length.
    #[error(
        "seats that leave others behind keep terms of {length}, not of {wanted}; choose an offer of {length}, or move all seats"
    )]
    ChildLength {
        /// What was asked for.
        wanted: TermLength,
        /// The source's.
        length: TermLength,
    },
    /// A part of the seats would leave too few on one side.
    #[error("{quantity} seats would be {}, fewer than the {minimum} that it is sold with; {}", left(*.side), instead(*.side))]
    LeavesTooFew {
        /// Where.
        side: Side,
        /// How many it would have.
        quantity: i64,
        /// The fewest.
        minimum: i64,
    },
    /// A trial becomes no fewer seats in mid-term.
    #[error(
        "a trial becomes {seats} seats or more, not {quantity}; schedule the conversion for fewer"
    )]
    TooFewForTrial {
        /// What was asked for.
        quantity: i64,
        /// The fewest.
        seats: i64,
    },
    /// A trial's seats join an existing subscription together.
    #[error("the {seats} seats of a trial move together, not {quantity}; ask for {seats}")]
    TrialMovesWhole {
        /// What was asked for.
        quantity: i64,
        /// What the trial has.
        seats: i64,
    },
    /// Legacy licences are upgraded in full.
    #[error("a legacy subscription is upgraded in full alone; ask for {seats} seats or more")]
    LegacyWhole {
        /// What it has.
        seats: i64,
    },
    /// Nothing was paid for yet.
    #[error(
        "the free evaluation runs through {ends_on}, and nothing was paid for yet; try again after that day"
    )]
    InEvaluation {
        /// Its last day.
        ends_on: Date,
    },
}

impl NoTransition {
    pub(super) fn no_path(source: &Subscription, to: &SkuId) -> Self {
        Self::NoPath { from: source.product.sku.clone(), to: to.clone() }
    }

    pub(super) fn elsewhere(product: &Product) -> Self {
        Self::Elsewhere { offer: product.offer.clone() }
    }

    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Path { .. }
            | Self::NoPath { .. }
            | Self::Elsewhere { .. }
            | Self::LegacyWhole { .. }
            | Self::InEvaluation { .. } => "PATH_NOT_SUPPORTED",
            Self::NotSold { .. } => "OFFER_WITHDRAWN",
            Self::EndsEarlier { .. } | Self::TargetEndsEarlier { .. } => "END_BEFORE_CURRENT",
            Self::TargetInWindow { .. } => "TARGET_IN_WINDOW",
            Self::TargetLength { .. } | Self::ChildLength { .. } => "TERM_LENGTH_DIFFERS",
            Self::LeavesTooFew { .. } | Self::TooFewForTrial { .. } => "MIN_SEATS",
            Self::TrialMovesWhole { .. } => "TRIAL_LOCKED",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Path { refusal, .. } => of_catalog(&refusal.rule),
            Self::NoPath { .. } => "CAT-15",
            Self::Elsewhere { .. } | Self::NotSold { .. } => "UPG-5",
            Self::EndsEarlier { .. } => "D-17",
            Self::TargetEndsEarlier { is_trial: true, .. } | Self::TrialMovesWhole { .. } => {
                "TRI-6"
            }
            Self::TargetEndsEarlier { .. }
            | Self::TargetInWindow { .. }
            | Self::TargetLength { .. } => "UPG-6",
            Self::ChildLength { .. } => "UPG-11",
            Self::LeavesTooFew { .. } => "UPG-12",
            Self::TooFewForTrial { .. } => "TRI-5",
            Self::LegacyWhole { .. } => "UPG-14",
            Self::InEvaluation { .. } => "D-39",
        }
    }

    /// Whether a support request can cancel the licences that a purchase of the target would leave
    /// redundant.
    ///
    /// Source: DUP-1.
    pub fn leaves_redundant(&self) -> bool {
        matches!(self, Self::Path { refusal, .. } if is_redundant(refusal))
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Path { refusal, ends_on } => path_values(refusal, *ends_on),
            Self::NoPath { from, to } => vec![("from", from.to_string()), ("to", to.to_string())],
            Self::NotSold { sku, at } => vec![("sku", sku.to_string()), ("at", at.to_string())],
            Self::Elsewhere { offer } => vec![("offer", offer.to_string())],
            Self::EndsEarlier { end, current }
            | Self::TargetEndsEarlier { end, current, is_trial: _ } => {
                vec![("end", end.to_string()), ("current", current.to_string())]
            }
            Self::TargetInWindow { closes_at } => vec![("closes_at", closes_at.to_string())],
            Self::TargetLength { wanted, length } | Self::ChildLength { wanted, length } => {
                vec![("wanted", wanted.to_string()), ("length", length.to_string())]
            }
            Self::LeavesTooFew { side, quantity, minimum } => vec![
                ("side", left(*side).to_owned()),
                ("quantity", quantity.to_string()),
                ("minimum", minimum.to_string()),
            ],
            Self::TooFewForTrial { quantity, seats }
            | Self::TrialMovesWhole { quantity, seats } => {
                vec![("quantity", quantity.to_string()), ("seats", seats.to_string())]
            }
            Self::LegacyWhole { seats } => vec![("seats", seats.to_string())],
            Self::InEvaluation { ends_on } => vec![("ends_on", ends_on.to_string())],
        }
    }
}

/// The names of the values that the catalog's refusals have.
const OF_PATHS: [&str; 7] =
    ["from_title", "to_title", "term_length", "market", "from_price", "to_price", "hint"];

fn path_values(refusal: &Refusal, ends_on: Option<Date>) -> Vec<(&'static str, String)> {
    let found = |name: &'static str| {
        let value = refusal.metadata.iter().find(|(key, _)| key == name);
        value.map(|(_, value)| (name, value.clone()))
    };
    let deadline = ends_on.filter(|_| is_redundant(refusal));
    let deadline = deadline.map(|day| ("file_by", day.to_string()));
    OF_PATHS.into_iter().filter_map(found).chain(deadline).collect()
}

fn is_redundant(refusal: &Refusal) -> bool {
    refusal.metadata.iter().any(|(name, value)| name == "hint" && value == "DUP-1")
}

/// Source: DUP-1, TRP-61.
fn to_be_filed(refusal: &Refusal, ends_on: Option<Date>) -> String {
    let deadline = ends_on.filter(|_| is_redundant(refusal));
    let filed = |day| format!(", with SupportService/CreateSupportRequest through {day}");
    deadline.map(filed).unwrap_or_default()
}

/// Returns the rule that the catalog named.
fn of_catalog(rule: &str) -> &'static str {
    const KNOWN: [&str; 6] = ["UPG-1", "UPG-16", "UPG-18", "CAT-10", "D-19", "D-48"];
    KNOWN.into_iter().find(|known| *known == rule).unwrap_or("UPG-15")
}

const fn left(side: Side) -> &'static str {
    match side {
        Side::Source => "left",
        Side::Target => "the target's",
    }
}

const fn instead(side: Side) -> &'static str {
    match side {
        Side::Source => "move fewer seats, or all",
        Side::Target => "move more seats",
    }
}
