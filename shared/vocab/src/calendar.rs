//! Civil dates of terms and cycles, all in UTC. What a term or a cycle *costs* is not here.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The length of a term, spelt as an ISO 8601 duration. Source: TRM-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermLength {
    /// `P1M`
    OneMonth,
    /// `P1Y`
    OneYear,
    /// `P3Y`
    ThreeYears,
}

impl TermLength {
    /// Every length that is sold.
    pub const ALL: [Self; 3] = [Self::OneMonth, Self::OneYear, Self::ThreeYears];

    /// Returns the length in calendar months.
    pub const fn months(self) -> i32 {
        match self {
            Self::OneMonth => 1,
            Self::OneYear => 12,
            Self::ThreeYears => 36,
        }
    }

    /// Returns the ISO 8601 duration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneMonth => "P1M",
            Self::OneYear => "P1Y",
            Self::ThreeYears => "P3Y",
        }
    }
}

impl fmt::Display for TermLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TermLength {
    type Err = crate::UnknownMember;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|length| length.as_str() == text).ok_or_else(|| {
            crate::UnknownMember {
                list: "TermLength",
                text: text.to_owned(),
                members: "P1M, P1Y, P3Y".to_owned(),
            }
        })
    }
}

impl serde::Serialize for TermLength {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for TermLength {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Returns the day that lies `months` after the month of `start`, on the anchor day or, where the
/// month is shorter, on its last day. It never drifts, because `anchor_day` (1 to 31) is kept
/// apart from `start`.
///
/// Past the year 9999 the last representable day is returned.
///
/// Source: TIM-4, TRP-3, TRP-4.
pub fn months_after(start: Date, months: i32, anchor_day: i8) -> Date {
    let Ok(month) = start.first_of_month().checked_add(months.months()) else {
        return Date::MAX;
    };
    let day = anchor_day.clamp(1, month.days_in_month());
    Date::new(month.year(), month.month(), day).unwrap_or(Date::MAX)
}

/// Returns the last day of a term that starts on `start`: the whole day belongs to it.
///
/// Source: TIM-2, TIM-3.
pub fn inclusive_end(start: Date, length: TermLength, anchor_day: i8) -> Date {
    day_before(months_after(start, length.months(), anchor_day))
}

/// Returns the day after `day`.
pub fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

/// Returns the day before `day`.
pub fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(Date::MIN)
}

/// Returns the days from `from` to `to`, `to` itself not counted; negative when it lies before.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Returns the first instant of a day. Source: TIM-1.
pub fn start_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// Returns the last millisecond of a day. Source: TIM-6, D-9.
pub fn last_millisecond_of(day: Date) -> Timestamp {
    start_of(day).checked_add((24 * 60 * 60 * 1000 - 1).milliseconds()).unwrap_or(Timestamp::MAX)
}

/// Returns the day to which an instant belongs. Source: TIM-1.
pub fn day_of(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// Cuts an instant to whole milliseconds, as every instant is where it enters. Source: TIM-6.
pub fn whole_millisecond(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
