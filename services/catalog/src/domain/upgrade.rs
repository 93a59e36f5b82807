//! What a SKU can become, and why not. What a customer has, and what a subscription asks for, is not
//! here.

use std::collections::BTreeMap;

use vocab::{Currency, Market, Money, TermLength};

use super::product::{Conversion, ConversionKind, Sku, SkuName};

/// The pairs that are refused whatever the price list says: from, to.
const UNSUPPORTED: &str = include_str!("../../data/unsupported_upgrades.csv");

/// The suites that are sold with and without Teams (UPG-16).
const TEAMS_SUITES: [&str; 5] =
    ["Office 365 E1", "Office 365 E3", "Office 365 E5", "Microsoft 365 E3", "Microsoft 365 E5"];

/// What a seat costs for a term, by the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The term.
    pub term: TermLength,
    /// Where.
    pub market: Market,
    /// How much.
    pub price: Money,
}

/// One side of a path.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The SKU.
    pub sku: &'a Sku,
    /// Its plans, those of every market that is compared.
    pub plans: &'a [Plan],
}

/// The prices of both sides for one term in one market and currency, each side's cheapest (D-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The term.
    pub term: TermLength,
    /// Where.
    pub market: Market,
    /// Of the source.
    pub from: Money,
    /// Of the target.
    pub to: Money,
}

/// A path and what the rules say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradePath {
    /// What the file says.
    pub conversion: Conversion,
    /// The target's title.
    pub title: String,
    /// SKUs of which the customer must have one before (UPG-17).
    pub prerequisites: Vec<SkuName>,
    /// What the price test compared; nothing where the kind skips it.
    pub comparisons: Vec<Comparison>,
    /// Why the path may not be taken.
    pub refusal: Option<PathRefusal>,
}

/// Why a path may not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathRefusal {
    /// One of the published pairs.
    #[error(
        "{from} cannot be upgraded to {to}: buy {to}, and let a support request cancel the redundant \
         {from} within its current term"
    )]
    Unsupported {
        /// The source's title.
        from: String,
        /// The target's title.
        to: String,
    },
    /// From a suite without Teams to one with it.
    #[error(
        "a suite without Teams cannot be upgraded to {to}, which has it: take the suite without \
         Teams, and the upgrade path of Teams alone"
    )]
    GainsTeams {
        /// The target's title.
        to: String,
    },
    /// The target is not paid for.
    #[error("{to} is a trial, and an upgrade leads to a paid tier")]
    ToTrial {
        /// The target's title.
        to: String,
    },
    /// The target is in use but no longer sold.
    #[error("{to} is closed to new purchase")]
    ToClosed {
        /// The target's title.
        to: String,
    },
    /// The target costs less.
    #[error(
        "the target costs {}, less than the {} of the source for {} in {}: there are no downgrades",
        .0.to, .0.from, .0.term, .0.market
    )]
    Downgrade(Comparison),
    /// The target costs the same.
    #[error("the price must rise, and is {} for both for {} in {}", .0.to, .0.term, .0.market)]
    SamePrice(Comparison),
    /// There is no term for which both are sold in one market and currency.
    #[error(
        "the price must rise, and both are never sold for the same term in one market and currency"
    )]
    NoComparison,
    /// The target neither adds value nor lifts a limit.
    #[error(
        "the target must add value or remove a limit, and the catalog says of neither that it does"
    )]
    NoValue,
}

impl PathRefusal {
    /// The reason, as callers match on it.
    pub const REASON: &str = "PATH_NOT_SUPPORTED";

    /// Returns the id of the rule.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "UPG-18",
            Self::GainsTeams { .. } => "UPG-16",
            Self::ToTrial { .. } | Self::Downgrade(_) => "UPG-1",
            Self::ToClosed { .. } => "CAT-10",
            Self::SamePrice(_) | Self::NoValue => "D-19",
            Self::NoComparison => "D-48",
        }
    }

    /// Returns the rule that says what to do instead, where there is one.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsupported { .. } => Some("DUP-1"),
            Self::GainsTeams { .. }
            | Self::ToTrial { .. }
            | Self::ToClosed { .. }
            | Self::Downgrade(_)
            | Self::SamePrice(_)
            | Self::NoComparison
            | Self::NoValue => None,
        }
    }

    /// Returns every value of the message.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unsupported { from, to } => {
                vec![("from_title", from.clone()), ("to_title", to.clone())]
            }
            Self::GainsTeams { to } | Self::ToTrial { to } | Self::ToClosed { to } => {
                vec![("to_title", to.clone())]
            }
            Self::Downgrade(compared) | Self::SamePrice(compared) => vec![
                ("term_length", compared.term.to_string()),
                ("market", compared.market.to_string()),
                ("from_price", compared.from.to_string()),
                ("to_price", compared.to.to_string()),
            ],
            Self::NoComparison | Self::NoValue => vec![],
        }
    }
}

/// Judges one path of a SKU.
///
/// Source: UPG-1, UPG-15..18, TTO-2, D-19, D-48, CAT-10.
pub fn judge(conversion: &Conversion, from: Side<'_>, to: Side<'_>) -> UpgradePath {
    let comparisons = match conversion.kind {
        ConversionKind::AcrossCategories => compare(from.plans, to.plans),
        ConversionKind::Linear | ConversionKind::ManyToOne => vec![],
    };
    let refusal = refuse_pair(from.sku, to.sku)
        .or_else(|| refuse_target(to.sku))
        .or_else(|| refuse_kind(conversion, &comparisons));
    UpgradePath {
        conversion: conversion.clone(),
        title: to.sku.title.clone(),
        prerequisites: to.sku.prerequisites.clone(),
        comparisons,
        refusal,
    }
}

fn refuse_pair(from: &Sku, to: &Sku) -> Option<PathRefusal> {
    let mut pairs = UNSUPPORTED.lines().skip(1).filter_map(|line| line.split_once(','));
    if pairs.any(|(source, target)| is_called(from, source) && is_called(to, target)) {
        let (from, to) = (from.title.clone(), to.title.clone());
        return Some(PathRefusal::Unsupported { from, to });
    }
    let has_teams = !to.is_without_teams && TEAMS_SUITES.iter().any(|suite| is_called(to, suite));
    (from.is_without_teams && has_teams).then(|| PathRefusal::GainsTeams { to: to.title.clone() })
}

/// Whether a SKU is the one that a published list means: by its title, or by its suite's name.
fn is_called(sku: &Sku, name: &str) -> bool {
    sku.title == name || sku.suite.as_ref().is_some_and(|suite| suite.name == name)
}

fn refuse_target(to: &Sku) -> Option<PathRefusal> {
    if to.is_trial {
        return Some(PathRefusal::ToTrial { to: to.title.clone() });
    }
    to.is_closed_to_new_purchase.then(|| PathRefusal::ToClosed { to: to.title.clone() })
}

/// D-19: a linear path skips the whole test, one of many to one only that of the price (TTO-2).
fn refuse_kind(conversion: &Conversion, comparisons: &[Comparison]) -> Option<PathRefusal> {
    let by_price = match conversion.kind {
        ConversionKind::Linear => return None,
        ConversionKind::ManyToOne => None,
        ConversionKind::AcrossCategories => refuse_price(comparisons),
    };
    let has_value = conversion.adds_value || conversion.removes_limit;
    by_price.or_else(|| (!has_value).then_some(PathRefusal::NoValue))
}

fn refuse_price(comparisons: &[Comparison]) -> Option<PathRefusal> {
    let find = |is_found: fn(i64, i64) -> bool| {
        comparisons.iter().copied().find(|one| is_found(one.from.minor, one.to.minor))
    };
    if comparisons.is_empty() {
        return Some(PathRefusal::NoComparison);
    }
    let falls = find(|from, to| to < from).map(PathRefusal::Downgrade);
    falls.or_else(|| find(|from, to| to == from).map(PathRefusal::SamePrice))
}

/// Compares the cheapest plan of each side wherever both have one (D-48).
fn compare(from: &[Plan], to: &[Plan]) -> Vec<Comparison> {
    let (from, to) = (cheapest(from), cheapest(to));
    let both = from.into_iter().filter_map(|(key, from)| {
        let (market, _, term) = key;
        to.get(&key).map(|to| Comparison { term, market, from, to: *to })
    });
    both.collect()
}

fn cheapest(plans: &[Plan]) -> BTreeMap<(Market, Currency, TermLength), Money> {
    let mut found = BTreeMap::new();
    for &Plan { term, market, price } in plans {
        let best = found.entry((market, price.currency, term)).or_insert(price);
        best.minor = best.minor.min(price.minor);
    }
    found
}

#[cfg(test)]
mod tests;
