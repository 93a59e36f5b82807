//! Why a request for support is refused.

use jiff::Timestamp;

/// A well-formed call about support that a rule forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SupportRejection {
    /// Nothing more happens to it.
    #[error("the support request was closed at {closed_at}; file a new one")]
    Closed {
        /// When it was closed.
        closed_at: Timestamp,
    },
    /// An operator's decision is on its way, and nobody knows how far it got.
    #[error(
        "an operator's decision is being carried out; repeat the pending decision to finish it, or try again in a moment"
    )]
    DecisionPending,
    /// It has all the notes that it can have.
    #[error("the support request has {limit} notes, the most it takes; file a new one for more")]
    NoteLimit {
        /// The most.
        limit: usize,
    },
    /// Redundant licences are reported within their subscription's term.
    #[error(
        "redundant licences could be reported until {allowed_until}, when their subscription's term ended; file the request as PURCHASE_REFUND"
    )]
    TermOver {
        /// The last millisecond of the term.
        allowed_until: Timestamp,
    },
    /// What was bought once has no term within which licences become redundant.
    #[error(
        "what was bought once has no term to report it in; file the request as PURCHASE_REFUND"
    )]
    NoTerm,
}

impl SupportRejection {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "SUPPORT_REQUEST_CLOSED",
            Self::DecisionPending => "SUPPORT_DECISION_PENDING",
            Self::NoteLimit { .. } => "SUPPORT_NOTE_LIMIT",
            Self::TermOver { .. } => "SUPPORT_DEADLINE_PASSED",
            Self::NoTerm => "PERPETUAL_PURCHASE",
        }
    }

    /// Returns the id of the rule that says no.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Closed { .. } | Self::DecisionPending => "SUP-4",
            Self::NoteLimit { .. } => "SUP-2",
            Self::TermOver { .. } | Self::NoTerm => "DUP-1",
        }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Closed { closed_at } => vec![("closed_at", closed_at.to_string())],
            Self::NoteLimit { limit } => vec![("limit", limit.to_string())],
            Self::TermOver { allowed_until } => vec![
                ("allowed_until", allowed_until.to_string()),
                ("support_issue_type", "PURCHASE_REFUND".to_owned()),
            ],
            Self::NoTerm => vec![("support_issue_type", "PURCHASE_REFUND".to_owned())],
            Self::DecisionPending => Vec::new(),
        }
    }
}
