//! What a reader asks of the activity log: a range of days, and conditions.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use vocab::{CustomerId, calendar};

use super::{Logged, Outcome, Rejection};

/// Most days of a range: a whole year, leap or not, and no query without an end.
pub(super) const DAYS_MAX: i64 = 366;

/// Whole days in UTC, as instants: from the first to before the end.
///
/// Source: AUD-1, AUD-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first instant of the first day.
    pub since: Timestamp,
    /// The first instant of the day after the last day; no longer in the range.
    pub until: Timestamp,
}

impl DateRange {
    /// Returns the days from `from` to `to`, both included.
    ///
    /// # Errors
    ///
    /// [`Rejection::RangeReversed`], [`Rejection::RangeTooLong`] (AUD-4).
    pub fn new(from: Date, to: Date) -> Result<Self, Rejection> {
        let days = calendar::days_between(from, to) + 1;
        if days < 1 {
            return Err(Rejection::RangeReversed { from, to });
        }
        if DAYS_MAX < days {
            return Err(Rejection::RangeTooLong { from, to, days });
        }
        let until = calendar::start_of(calendar::day_after(to));
        Ok(Self { since: calendar::start_of(from), until })
    }
}

/// What a field must be, and what it must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// The one value it must have.
    pub only: Option<T>,
    /// The values it must not have.
    pub never: Vec<T>,
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self { only: None, never: vec![] }
    }
}

impl<T: Clone + PartialEq> Choice<T> {
    /// Adds that the field must be `value`.
    pub fn must_be(&mut self, value: T) {
        match &self.only {
            None => self.only = Some(value),
            Some(other) if *other == value => {}
            // Nothing is both; what must be one value, and must not be that one, matches nothing.
            Some(other) => self.never.push(other.clone()),
        }
    }

    /// Adds that the field must not be `value`.
    pub fn must_not_be(&mut self, value: T) {
        self.never.push(value);
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// Who.
    pub actor: Choice<String>,
    /// Concerning whom.
    pub customer: Choice<CustomerId>,
    /// What.
    pub action: Choice<String>,
    /// How it ended.
    pub outcome: Choice<Outcome>,
}

/// A place in a list: newest first, by when it occurred, then by the place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// Its place in the log.
    pub index: i64,
}

impl Cursor {
    /// Returns the place of an entry.
    pub fn of(logged: &Logged) -> Self {
        Self { occurred_at: logged.entry.occurred_at, index: logged.index }
    }

    /// Returns the place before every entry of the range.
    pub fn before(range: DateRange) -> Self {
        Self { occurred_at: range.until, index: 0 }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.occurred_at.as_microsecond(), self.index)
    }
}

/// A text that is not a place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (micros, index) = text.split_once(':').ok_or(NoCursor)?;
        let micros = micros.parse().map_err(|_| NoCursor)?;
        let occurred_at = Timestamp::from_microsecond(micros).map_err(|_| NoCursor)?;
        Ok(Self { occurred_at, index: index.parse().map_err(|_| NoCursor)? })
    }
}

#[cfg(test)]
mod tests;
