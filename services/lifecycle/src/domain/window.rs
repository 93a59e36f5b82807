//! How long something can be taken back, and until when. Which window applies is in `policy`.

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_of, days_between, last_millisecond_of};

/// The length of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Hours to the millisecond, counted from the anchor (D-8).
    Hours(i32),
    /// Calendar days in UTC: through the last millisecond of the anchor's day + N (D-9).
    CalendarDays(i32),
}

impl Window {
    /// Returns the last instant of a window that opens at `anchor`: inclusive, so one millisecond
    /// later it is closed.
    ///
    /// Source: D-8, D-9, TRP-11, TRP-13.
    pub fn deadline(self, anchor: Timestamp) -> Timestamp {
        match self {
            Self::Hours(hours) => anchor.checked_add(hours.hours()).unwrap_or(Timestamp::MAX),
            Self::CalendarDays(days) => {
                day_of(anchor).checked_add(days.days()).map_or(Timestamp::MAX, last_millisecond_of)
            }
        }
    }

    /// Returns whichever of two windows that open at `anchor` closes later (D-27).
    pub fn or_longer(self, other: Self, anchor: Timestamp) -> Self {
        if self.deadline(anchor) < other.deadline(anchor) { other } else { self }
    }
}

/// Returns the first instant at which a window is closed.
///
/// Source: D-8.
pub(super) fn closed_at(deadline: Timestamp) -> Timestamp {
    deadline.checked_add(1.millisecond()).unwrap_or(Timestamp::MAX)
}

/// Returns the whole days that are left until `deadline`, which lies in the future: 0 on its day.
///
/// Source: CAN-3.
pub(super) fn days_left(deadline: Timestamp, now: Timestamp) -> i64 {
    days_between(day_of(now), day_of(deadline)).max(0)
}

#[cfg(test)]
mod tests;
