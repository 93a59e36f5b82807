//! Seats that are counted together, and who sold them.

use std::collections::BTreeSet;

use vocab::PartnerId;

use super::{Holding, Wanted};

/// Seats, and the partners whose subscriptions they are; those that are only ordered have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) seats: i64,
    pub(super) sellers: BTreeSet<PartnerId>,
}

impl Total {
    /// Adds what is ordered.
    pub(super) fn and<'a>(self, lines: impl Iterator<Item = Wanted<'a>>) -> Self {
        let ordered: Self = lines.collect();
        Self { seats: self.seats.saturating_add(ordered.seats), ..self }
    }

    /// Returns this total with the sellers of both: a figure that is made of the two rests on all.
    pub(super) fn seen_with(&self, other: &Self) -> Self {
        Self { seats: self.seats, sellers: &self.sellers | &other.sellers }
    }
}

impl<'a> FromIterator<&'a Holding> for Total {
    fn from_iter<I: IntoIterator<Item = &'a Holding>>(held: I) -> Self {
        held.into_iter().fold(Self::default(), |mut total, one| {
            total.seats = total.seats.saturating_add(one.quantity);
            total.sellers.insert(one.partner);
            total
        })
    }
}

impl<'a> FromIterator<Wanted<'a>> for Total {
    fn from_iter<I: IntoIterator<Item = Wanted<'a>>>(lines: I) -> Self {
        let seats = lines.into_iter().map(|line| line.quantity).fold(0, i64::saturating_add);
        Self { seats, sellers: BTreeSet::new() }
    }
}
