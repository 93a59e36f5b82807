//! The suites, by persona and sector: a published list that the program carries.

use serde::{Deserialize, Serialize};
use vocab::Segment;

/// The published list (CAT-11).
const LIST: &str = include_str!("../../data/suites.csv");

vocab::text_enum! {
    /// For whom a suite is made (CAT-11).
    Sector {
        /// Companies of any size.
        CommercialEnterprise = "COMMERCIAL_ENTERPRISE",
        /// Small and medium businesses.
        CommercialSmb = "COMMERCIAL_SMB",
        /// Public bodies.
        Government = "GOVERNMENT",
        /// Schools and universities.
        Education = "EDUCATION",
    }
}

vocab::text_enum! {
    /// Who works with a suite (CAT-11).
    Persona {
        /// At a desk.
        InformationWorker = "INFORMATION_WORKER",
        /// In shops, factories and on the road.
        FrontlineWorker = "FRONTLINE_WORKER",
    }
}

/// A suite. Its name is that of another as well where both are made for different sectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// For whom it is made.
    pub sector: Sector,
    /// Who works with it.
    pub persona: Persona,
    /// The most seats of a customer, all its subscriptions together; `None` without a limit (CAT-9).
    pub max_seats: Option<i64>,
    /// Whether it can only be renewed and added to (CAT-10).
    pub is_closed_to_new_purchase: bool,
}

/// Which suites are asked for. Conditions combine with AND.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuiteQuery {
    /// Worked with by them.
    pub persona: Option<Persona>,
    /// Made for them.
    pub sector: Option<Sector>,
}

impl Sector {
    /// Whether customers of a segment belong to it: charities buy what companies do.
    pub const fn has(self, segment: Segment) -> bool {
        match self {
            Self::CommercialEnterprise | Self::CommercialSmb => {
                matches!(segment, Segment::Commercial | Segment::NonProfit)
            }
            Self::Government => matches!(segment, Segment::Government),
            Self::Education => matches!(segment, Segment::Education),
        }
    }
}

impl SuiteQuery {
    /// Whether a suite is asked for.
    pub fn matches(&self, suite: &Suite) -> bool {
        self.persona.is_none_or(|persona| persona == suite.persona)
            && self.sector.is_none_or(|sector| sector == suite.sector)
    }
}

impl Suite {
    /// Whether both are made for the same people at the same work (UPG-15).
    pub fn is_akin(&self, other: &Self) -> bool {
        (self.sector, self.persona) == (other.sector, other.persona)
    }

    /// Returns what no two suites share, in the order of lists.
    pub fn key(&self) -> String {
        format!("{}|{}", self.name, self.sector)
    }
}

/// Returns all suites, by name and then by sector.
///
/// Source: CAT-11.
pub fn all() -> Vec<Suite> {
    let mut suites: Vec<_> = LIST.lines().skip(1).filter_map(read).collect();
    suites.sort_by_key(Suite::key);
    suites
}

/// Reads a row: suite, sector, persona, `max_seats`, `closed_to_new_purchase`.
fn read(line: &str) -> Option<Suite> {
    let mut cells = line.split(',');
    Some(Suite {
        name: cells.next()?.to_owned(),
        sector: cells.next()?.parse().ok()?,
        persona: cells.next()?.parse().ok()?,
        max_seats: cells.next().filter(|cell| !cell.is_empty()).map(str::parse).transpose().ok()?,
        is_closed_to_new_purchase: cells.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests;
