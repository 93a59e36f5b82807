//! Reads instants: a day, which begins at 00:00 UTC, or an RFC 3339 instant.

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::calendar::{day_of, start_of, whole_millisecond};

/// Reads `2026-01-01` or `2026-01-01T00:00:00Z`, cut to whole milliseconds (TIM-1, TIM-6).
///
/// # Errors
///
/// A text that says what is wrong.
pub fn read(text: &str) -> Result<Timestamp, String> {
    let instant = match text.parse::<Date>() {
        // jiff reads the date of an instant as well, and drops the rest.
        Ok(day) if text.len() == 10 => start_of(day),
        _ => text.parse().map_err(|_| {
            format!("{text:?} is neither a day such as 2026-01-01 nor an instant such as 2026-01-01T00:00:00Z")
        })?,
    };
    if !(2000..2200).contains(&day_of(instant).year()) {
        return Err(format!("{text} lies outside of the years 2000 to 2200"));
    }
    Ok(whole_millisecond(instant))
}
