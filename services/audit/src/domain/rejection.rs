//! Why the log says no.

use jiff::{Timestamp, civil::Date};

use super::activity::DAYS_MAX;

/// A well-formed request that a rule forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The range has no day.
    #[error(
        "the range is reversed: from {from} lies after to {to}, the last day of it; exchange the two"
    )]
    RangeReversed {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// The range has too many days.
    #[error(
        "the range from {from} to {to} has {days} days, and may have {DAYS_MAX}; ask for a part of it at a time"
    )]
    RangeTooLong {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
        /// How many, both included.
        days: i64,
    },
    /// This installation does not let the caller's roles read.
    #[error("reading the log takes one of the roles {roles}")]
    NotAReader {
        /// Those that would do.
        roles: String,
    },
    /// The log lies behind a checkpoint of its own.
    #[error(
        "the log of {size} entries is not the one that was signed for with {signed_size} at {signed_at}; call VerifyLog to see what was changed"
    )]
    LogCorrupt {
        /// How many entries there are.
        size: i64,
        /// How many there were.
        signed_size: i64,
        /// When.
        signed_at: Timestamp,
    },
    /// What is stored does not add up to the log, so that nothing can be proven with it.
    #[error(
        "what is stored is not the log of {size} entries any more; call VerifyLog to see what was changed"
    )]
    Unprovable {
        /// How many entries the log has.
        size: i64,
    },
}

impl Rejection {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::RangeReversed { .. } | Self::RangeTooLong { .. } => "BAD_DATE_RANGE",
            Self::NotAReader { .. } => "ROLE_REQUIRED",
            Self::LogCorrupt { .. } | Self::Unprovable { .. } => "LOG_CORRUPT",
        }
    }

    /// Returns the ID of the rule.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::RangeReversed { .. }
            | Self::RangeTooLong { .. }
            | Self::LogCorrupt { .. }
            | Self::Unprovable { .. } => "AUD-4",
            Self::NotAReader { .. } => "D-4",
        }
    }

    /// Returns every value of the message, by name.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::RangeReversed { from, to } => {
                vec![("from", from.to_string()), ("to", to.to_string())]
            }
            Self::RangeTooLong { from, to, days } => vec![
                ("from", from.to_string()),
                ("to", to.to_string()),
                ("days", days.to_string()),
                ("days_max", DAYS_MAX.to_string()),
            ],
            Self::NotAReader { roles } => vec![("roles", roles.clone())],
            Self::Unprovable { size } => vec![("size", size.to_string())],
            Self::LogCorrupt { size, signed_size, signed_at } => vec![
                ("size", size.to_string()),
                ("signed_size", signed_size.to_string()),
                ("signed_at", signed_at.to_string()),
            ],
        }
    }
}
