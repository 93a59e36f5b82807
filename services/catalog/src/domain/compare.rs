//! What an import changes: what it wants against what is in force. How either came about is not here.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use vocab::{Offer, ProductId, Promotion, PromotionId};

use super::product::Product;

/// A thing of the catalog that one revision can say something else of than the one before.
pub trait Versioned: Clone + PartialEq {
    /// What it is known by.
    type Id: Ord + Clone + fmt::Display;
}

impl Versioned for Product {
    type Id = ProductId;
}

impl Versioned for Promotion {
    type Id = PromotionId;
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<T> {
    /// It was not there, or was withdrawn.
    Added(T),
    /// It is not what it was.
    Changed {
        /// What it was.
        from: T,
        /// What it is.
        to: T,
    },
    /// It is there no more.
    Withdrawn(T),
}

/// Returns what leads from what is there to what is wanted; `None` if that is the same.
pub fn arrive<T: PartialEq>(wanted: T, present: Option<T>) -> Option<Difference<T>> {
    match present {
        None => Some(Difference::Added(wanted)),
        Some(from) if from != wanted => Some(Difference::Changed { from, to: wanted }),
        Some(_) => None,
    }
}

/// Returns what leads from `in_force` to `wanted`, by id.
pub fn compare<T: Versioned>(
    in_force: &BTreeMap<T::Id, T>,
    wanted: &BTreeMap<T::Id, T>,
) -> Vec<Difference<T>> {
    let arriving = wanted
        .iter()
        .filter_map(|(id, to)| Some((id, arrive(to.clone(), in_force.get(id).cloned())?)));
    let leaving = in_force.iter().filter(|(id, _)| !wanted.contains_key(id));
    let leaving = leaving.map(|(id, from)| (id, Difference::Withdrawn(from.clone())));
    arriving.chain(leaving).collect::<BTreeMap<_, _>>().into_values().collect()
}

impl<T> Difference<T> {
    /// Returns what is to be written, and whether it is there no more.
    pub const fn outcome(&self) -> (&T, bool) {
        match self {
            Self::Added(to) | Self::Changed { from: _, to } => (to, false),
            Self::Withdrawn(from) => (from, true),
        }
    }
}

/// How many offers an import adds, changes and withdraws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Offers that were not there before.
    pub added: i64,
    /// Offers with another price or other terms.
    pub changed: i64,
    /// Offers that are sold no more.
    pub withdrawn: i64,
}

impl Counts {
    /// Counts differences.
    pub fn of(differences: &[Difference<Offer>]) -> Self {
        differences.iter().fold(Self::default(), |counts, difference| match difference {
            Difference::Added(_) => Self { added: counts.added + 1, ..counts },
            Difference::Changed { .. } => Self { changed: counts.changed + 1, ..counts },
            Difference::Withdrawn(_) => Self { withdrawn: counts.withdrawn + 1, ..counts },
        })
    }

    /// Adds up two counts.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            changed: self.changed + other.changed,
            withdrawn: self.withdrawn + other.withdrawn,
        }
    }
}

/// Returns a difference between offers as a line for people.
pub fn describe_offer(difference: &Difference<Offer>, at: Timestamp) -> String {
    match difference {
        Difference::Added(to) => format!("{} is added at {}, from {at}", to.id, to.price),
        Difference::Changed { from, to } if from.price != to.price => {
            format!("{} changes from {} to {}, from {at}", to.id, from.price, to.price)
        }
        Difference::Changed { from: _, to } => format!("{} changes in its terms, from {at}", to.id),
        Difference::Withdrawn(from) => format!("{} is withdrawn, from {at}", from.id),
    }
}

/// Returns a difference between products as a line for people.
pub fn describe_product(difference: &Difference<Product>, at: Timestamp) -> String {
    match difference {
        Difference::Added(to) => format!("product {} is added, from {at}", to.id),
        Difference::Changed { from: _, to } => format!("product {} changes, from {at}", to.id),
        Difference::Withdrawn(from) => format!("product {} is withdrawn, from {at}", from.id),
    }
}

/// Returns a difference between promotions as a line for people.
pub fn describe_promotion(difference: &Difference<Promotion>, at: Timestamp) -> String {
    match difference {
        Difference::Added(to) => {
            format!("promotion {} is added at {} %, from {at}", to.id, to.percent)
        }
        Difference::Changed { from, to } if from.percent != to.percent => {
            let (from, to, id) = (from.percent, to.percent, &to.id);
            format!("promotion {id} changes from {from} % to {to} %, from {at}")
        }
        Difference::Changed { from: _, to } => {
            format!("promotion {} changes in its terms, from {at}", to.id)
        }
        Difference::Withdrawn(from) => format!("promotion {} is withdrawn, from {at}", from.id),
    }
}

#[cfg(test)]
mod tests;
