//! A calendar that goes from day to day. It shares no code with the service, takes no shortcut, and
//! knows no month but by walking through it.

use std::fmt;

/// The milliseconds of an hour.
pub const HOUR: i64 = 60 * 60 * 1000;
/// The milliseconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: i32,
    month: i32,
    pub date: i32,
    /// Its first instant, in milliseconds since 1970.
    pub midnight: i64,
}

impl Day {
    /// The day that begins everything.
    const FIRST: Self = Self { year: 2026, month: 1, date: 1, midnight: 1_767_225_600_000 };

    /// The day of an instant.
    pub fn of(instant: i64) -> Self {
        let mut day = Self::FIRST;
        while day.midnight + DAY <= instant {
            day = day.next();
        }
        day
    }

    /// Whether it lies before a year begins.
    pub const fn is_before(self, year: i32) -> bool {
        self.year < year
    }

    /// The day after it.
    pub const fn next(self) -> Self {
        let Self { year, month, date, midnight } = self;
        let midnight = midnight + DAY;
        match (date < days_of(year, month), month < 12) {
            (true, _) => Self { date: date + 1, midnight, ..self },
            (false, true) => Self { year, month: month + 1, date: 1, midnight },
            (false, false) => Self { year: year + 1, month: 1, date: 1, midnight },
        }
    }

    /// The day before it.
    pub const fn previous(self) -> Self {
        let Self { year, month, date, midnight } = self;
        let midnight = midnight - DAY;
        match (1 < date, 1 < month) {
            (true, _) => Self { date: date - 1, midnight, ..self },
            (false, true) => {
                Self { year, month: month - 1, date: days_of(year, month - 1), midnight }
            }
            (false, false) => Self { year: year - 1, month: 12, date: 31, midnight },
        }
    }

    /// How many days there are from it through `last`, both counted; none where that is earlier.
    pub fn through(self, last: Self) -> i64 {
        let (mut day, mut count) = (self, 0);
        while day <= last {
            (day, count) = (day.next(), count + 1);
        }
        count
    }

    /// The last day of the month that comes so many months after its own.
    pub fn month_end(self, months_later: i32) -> Self {
        let mut day = self;
        while day.months_since(self) < months_later || !day.ends_month() {
            day = day.next();
        }
        day
    }

    /// Whether it is the last day of a month.
    pub const fn ends_month(self) -> bool {
        self.date == days_of(self.year, self.month)
    }

    /// How many months its month comes after that of `earlier`.
    pub const fn months_since(self, earlier: Self) -> i32 {
        (self.year - earlier.year) * 12 + self.month - earlier.month
    }

    /// Whether it is the day of its month that `anchor` stands for: that day, or the last one where
    /// the month has no such day (TIM-4).
    pub fn is_anchored(self, anchor: i32) -> bool {
        self.date == anchor.min(days_of(self.year, self.month))
    }
}

const fn days_of(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.date)
    }
}
