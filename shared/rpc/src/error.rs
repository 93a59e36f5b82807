//! What an error must know of itself so that one function can turn it into a status.

use std::error::Error;
use std::time::Duration;

pub use proto::Violation;

/// What a caller can do about an error. Each kind has one gRPC code, but for the refusals to which
/// the rulebook gives another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `INVALID_ARGUMENT`: fix the request.
    Invalid,
    /// `UNAUTHENTICATED`: bring a valid token.
    Unauthenticated,
    /// `PERMISSION_DENIED`: somebody else may.
    Forbidden,
    /// `NOT_FOUND`: look elsewhere.
    NotFound,
    /// `ALREADY_EXISTS`: use what there is.
    Exists,
    /// `FAILED_PRECONDITION`: change the state, or give up.
    Rejected,
    /// `ABORTED`: read again and retry.
    Conflict,
    /// `OUT_OF_RANGE`: begin elsewhere.
    OutOfRange,
    /// `RESOURCE_EXHAUSTED`: a limit is reached.
    Exhausted,
    /// `DEADLINE_EXCEEDED`: ask whether it was done, or repeat it.
    TooLate,
    /// `UNAVAILABLE`: retry with back-off.
    Unavailable,
    /// `INTERNAL`: nothing; we are paged.
    Internal,
}

/// An error that a caller may meet.
///
/// The `Display` text is for people: what is wrong, until when it was possible, what to do instead.
/// Of internal errors callers see nothing but a trace id.
pub trait Classify: Error {
    /// Returns what the caller can do.
    fn kind(&self) -> Kind;

    /// Returns the reason, as `tenure.common.v1.Reason` lists it, without prefix.
    fn reason(&self) -> &str;

    /// Returns the ID of the rule that refused, as `docs/rules.md` lists it.
    fn rule(&self) -> Option<&str> {
        None
    }

    /// Returns every refusal by a rule: the one of [`rule`](Self::rule) unless several are told at
    /// once.
    fn refusals(&self) -> Vec<RuleRefusal<'_>> {
        let refusal = |rule| RuleRefusal { reason: self.reason(), rule, message: self.to_string() };
        self.rule().map(refusal).into_iter().collect()
    }

    /// Returns every value of the message, by name.
    fn metadata(&self) -> Vec<(&str, String)> {
        vec![]
    }

    /// Returns all malformed fields.
    fn violations(&self) -> &[Violation] {
        &[]
    }

    /// Returns the type and the name of what was not found.
    fn resource(&self) -> Option<(&'static str, String)> {
        None
    }

    /// Returns after how long a retry may help.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// One refusal by a rule, among several that are told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRefusal<'a> {
    /// The reason, as `tenure.common.v1.Reason` lists it, without prefix.
    pub reason: &'a str,
    /// The rule's ID.
    pub rule: &'a str,
    /// For people.
    pub message: String,
}

/// Everything that is malformed in a request, in one answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.0))]
pub struct Violations(pub Vec<Violation>);

fn summary(violations: &[Violation]) -> String {
    let each: Vec<_> =
        violations.iter().map(|one| format!("{} {}", one.field, one.description)).collect();
    each.join("; ")
}

impl Classify for Violations {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "INVALID_FIELDS"
    }

    fn violations(&self) -> &[Violation] {
        &self.0
    }
}
