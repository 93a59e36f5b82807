//! Who resells a purchase: which resellers a seller may declare, and what speaks against each.

mod fault;

pub use fault::ResellerFault;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{CustomerId, Market, PartnerId, PartnerType};

use super::{Partner, Rejection};

/// The resellers of a purchase.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resellers {
    /// The one that owns and manages what is bought (PAR-10).
    pub first: Option<PartnerId>,
    /// The others, which are declared and earn nothing (PAR-8).
    pub additional: Vec<PartnerId>,
}

impl Resellers {
    /// Returns all of them, the first one first.
    pub fn all(&self) -> impl Iterator<Item = PartnerId> {
        self.first.into_iter().chain(self.additional.iter().copied())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

/// Where a transaction would take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// With a customer of the seller's.
    Customer(CustomerId),
    /// In a market.
    Market(Market),
}

/// What is declared, by whom, for which market.
#[derive(Debug)]
pub struct Declaration<'a> {
    /// Who sells.
    pub seller: &'a Partner,
    /// The customer's market.
    pub market: Market,
    /// Who is declared.
    pub resellers: &'a Resellers,
    /// Those of them that are registered.
    pub known: &'a BTreeMap<PartnerId, Partner>,
    /// How many there can be, the first one included (D-20).
    pub count_max: usize,
}

/// What speaks against one reseller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResellerJudgement {
    /// Who was declared.
    pub reseller: PartnerId,
    /// What speaks against it.
    pub refusals: Vec<Rejection>,
}

/// Says what speaks against each reseller, the first one first.
///
/// Source: PAR-4, PAR-6, PAR-7, PAR-9, PAR-13, MKT-7, D-20, TRP-46.
pub fn judge_resellers(declared: &Declaration<'_>) -> Vec<ResellerJudgement> {
    let all: Vec<PartnerId> = declared.resellers.all().collect();
    let has_first = declared.resellers.first.is_some();
    let judge = |(place, &reseller): (usize, &PartnerId)| {
        let is_first = has_first && place == 0;
        let of_place =
            if is_first { first_faults(declared) } else { additional_faults(declared, has_first) };
        let is_repeated = all.iter().take(place).any(|one| *one == reseller);
        let faults = of_place
            .into_iter()
            .chain(is_repeated.then_some(ResellerFault::Duplicate))
            .chain(over(declared.count_max, place))
            .chain(own_fault(declared, reseller, is_first));
        let refusal = |fault| Rejection::Reseller { reseller, fault };
        ResellerJudgement { reseller, refusals: faults.map(refusal).collect() }
    };
    all.iter().enumerate().map(judge).collect()
}

/// Source: PAR-4.
fn first_faults(declared: &Declaration<'_>) -> Vec<ResellerFault> {
    let kind = declared.seller.facts.kind;
    let is_provider = kind == PartnerType::IndirectProvider;
    let fault = (!is_provider).then_some(ResellerFault::NoProvider { kind });
    Vec::from_iter(fault)
}

/// Source: PAR-7, MKT-7.
fn additional_faults(declared: &Declaration<'_>, has_first: bool) -> Vec<ResellerFault> {
    let market = declared.market;
    let elsewhere = !market.is_eu_or_efta();
    let faults = [
        (!has_first).then_some(ResellerFault::FirstMissing),
        elsewhere.then_some(ResellerFault::OtherMarket { market }),
    ];
    faults.into_iter().flatten().collect()
}

/// Source: D-20.
fn over(count_max: usize, place: usize) -> Option<ResellerFault> {
    (count_max <= place).then_some(ResellerFault::TooMany { count_max })
}

/// Returns what is wrong with the reseller itself: what it is comes before what it signed.
///
/// Source: PAR-4, PAR-9, PAR-13.
fn own_fault(
    declared: &Declaration<'_>,
    reseller: PartnerId,
    is_first: bool,
) -> Option<ResellerFault> {
    let seller = declared.seller;
    let Some(found) = declared.known.get(&reseller) else {
        return Some(ResellerFault::Unknown);
    };
    let facts = &found.facts;
    if reseller == seller.id {
        Some(ResellerFault::IsSeller)
    } else if facts.kind != PartnerType::IndirectReseller {
        Some(ResellerFault::NotAReseller { kind: facts.kind })
    } else if facts.cloud != seller.facts.cloud {
        Some(ResellerFault::OtherCloud { found: facts.cloud, expected: seller.facts.cloud })
    } else if is_first && facts.provider != Some(seller.id) {
        Some(ResellerFault::OfAnother)
    } else if !facts.has_signed_agreement {
        Some(ResellerFault::AgreementMissing)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
