//! Why a term cannot have the end that was asked for.

use jiff::civil::Date;
use vocab::{ProductKind, SubscriptionId, TermLength};

/// An end that a term cannot have. Source: TRM-8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchEnd {
    /// The product's terms end by their length alone.
    #[error("the term of {} cannot be given an end of its own; order it without one", goods(*.kind, *.is_trial))]
    NotOffered {
        /// The product's kind.
        kind: ProductKind,
        /// Whether it is a trial.
        is_trial: bool,
    },
    /// Nothing of the customer's that is in use and has a term; foreign and unknown are the same.
    #[error(
        "there is no subscription {with} in use to end with; name one of the customer's, or the last day of a month"
    )]
    NoSubscription {
        /// What was named.
        with: SubscriptionId,
    },
    /// A long term cannot end with a term of a month.
    #[error(
        "a term of {length} cannot end on {end} with a term of a month; name a subscription with a longer term, or the last day of a month"
    )]
    Monthly {
        /// The length of the term that was to be aligned.
        length: TermLength,
        /// When the monthly term ends.
        end: Date,
    },
    /// The subscription that was named ends on another day.
    #[error(
        "the subscription to end with ends on {its}, not on {end}; ask for that day, or for none"
    )]
    OtherEnd {
        /// The day that was asked for.
        end: Date,
        /// The day on which it ends.
        its: Date,
    },
    /// A day in the middle of a month.
    #[error(
        "{end} is not the last day of a month; choose {month_end}, or name the subscription to end with"
    )]
    NotMonthEnd {
        /// The day that was asked for.
        end: Date,
        /// The last day of its month.
        month_end: Date,
    },
    /// Before the term begins, or after its natural end.
    #[error(
        "the term cannot end on {end}; it can end from {earliest} through {latest}, its natural end"
    )]
    OutOfTerm {
        /// The day that was asked for.
        end: Date,
        /// The first day on which it can end.
        earliest: Date,
        /// The last day on which it can end.
        latest: Date,
    },
}

impl NoSuchEnd {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } | Self::Monthly { .. } => "CO_TERM_NOT_OFFERED",
            Self::NoSubscription { .. } => "NOT_FOUND",
            Self::OtherEnd { .. } | Self::NotMonthEnd { .. } | Self::OutOfTerm { .. } => {
                "CO_TERM_END_INVALID"
            }
        }
    }

    /// Returns the id of the rule that says no.
    pub const fn rule(&self) -> &'static str {
        if matches!(self, Self::NoSubscription { .. }) { "PAR-14" } else { "TRM-8" }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotOffered { kind, is_trial } => {
                vec![("kind", kind.to_string()), ("trial", is_trial.to_string())]
            }
            Self::NoSubscription { with } => vec![("with", with.to_string())],
            Self::Monthly { length, end } => {
                vec![("term", length.to_string()), ("end", end.to_string())]
            }
            Self::OtherEnd { end, its } => {
                vec![("end", end.to_string()), ("its", its.to_string())]
            }
            Self::NotMonthEnd { end, month_end } => {
                vec![("end", end.to_string()), ("month_end", month_end.to_string())]
            }
            Self::OutOfTerm { end, earliest, latest } => vec![
                ("end", end.to_string()),
                ("earliest", earliest.to_string()),
                ("latest", latest.to_string()),
            ],
        }
    }
}

fn goods(kind: ProductKind, is_trial: bool) -> String {
    if is_trial { "a trial".to_owned() } else { format!("what is {kind}") }
}
