//! What was measured, several times: the median, and how far the rest is from it.

use std::fmt;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Events a second.
    PerSecond,
    /// Microseconds; shown as milliseconds.
    Micros,
    /// 1024 bytes; shown as MiB.
    KibiBytes,
    /// Pages of PostgreSQL, 8 KiB each.
    Pages,
}

/// The same thing, measured once a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    unit: Unit,
    /// Sorted, the smallest first.
    rounds: Vec<u64>,
}

impl Figure {
    /// Takes what the rounds measured, in any order.
    pub fn new(unit: Unit, mut rounds: Vec<u64>) -> Self {
        rounds.sort_unstable();
        Self { unit, rounds }
    }

    /// Returns the middle one, or 0 when nothing was measured; of an even number the greater one.
    pub fn median(&self) -> u64 {
        self.rounds.get(self.rounds.len() / 2).copied().unwrap_or_default()
    }

    fn ends(&self) -> (u64, u64) {
        let (first, last) = (self.rounds.first(), self.rounds.last());
        (first.copied().unwrap_or_default(), last.copied().unwrap_or_default())
    }

    /// Returns how far the rounds are apart, in percent of the median.
    pub fn spread_percent(&self) -> u64 {
        let (min, max) = self.ends();
        (max - min) * 100 / self.median().max(1)
    }

    /// Returns this median as hundredths of the baseline's, rounded.
    pub fn hundredths_of(&self, baseline: &Self) -> u64 {
        let whole = baseline.median().max(1);
        (self.median() * 100 + whole / 2) / whole
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = self.ends();
        let show = |value| self.unit.show(value);
        write!(f, "{} ({}–{}) {}", show(self.median()), show(min), show(max), self.unit.name())
    }
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Micros => "ms",
            Self::KibiBytes => "MiB",
            Self::Pages => "pages",
        }
    }

    fn show(self, value: u64) -> String {
        match self {
            Self::PerSecond | Self::Pages => grouped(value),
            Self::Micros => format!("{}.{:02}", value / 1000, value % 1000 / 10),
            Self::KibiBytes => format!("{}.{}", value / 1024, value % 1024 * 10 / 1024),
        }
    }
}

/// Writes a number with a comma before every three digits.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns how many a second `count` in `micros` are.
pub fn per_second(count: u64, micros: u64) -> u64 {
    count.saturating_mul(1_000_000) / micros.max(1)
}

#[cfg(test)]
mod tests;
