//! A request for support: what it says, who added what, and how it was closed. What a decision does
//! to a subscription is lifecycle's.

mod decision;
mod rejection;
mod text;

pub use decision::{Closing, Decision, PendingDecision, SettleSupport};
pub use rejection::SupportRejection;
pub use text::{Attachment, Contact, Impact, IssueType, Note, SupportFacts, SupportedPurchase};

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::calendar::last_millisecond_of;
use vocab::{CustomerId, PartnerId, SupportRequestId};

use super::{Customer, Rejection};

/// How many notes a request has at most, so that all of them and its attachments fit into one answer.
const NOTE_COUNT_MAX: usize = 100;

vocab::text_enum! {
    /// Whether a request for support is done.
    SupportState {
        /// Waits for a decision.
        Open = "OPEN",
        /// Nothing more happens to it.
        Closed = "CLOSED",
    }
}

vocab::text_enum! {
    /// Why a request for support was closed.
    SupportOutcome {
        /// The partner took it back.
        Withdrawn = "WITHDRAWN",
        /// An operator cancelled, credited, or both.
        Granted = "GRANTED",
        /// An operator did neither.
        Declined = "DECLINED",
    }
}

/// A request for support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportRequest {
    /// Its id.
    pub id: SupportRequestId,
    /// For which customer.
    pub customer: CustomerId,
    /// Who filed it.
    pub partner: PartnerId,
    /// Who of them.
    pub author: String,
    /// What it says.
    pub facts: SupportFacts,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// What was added, oldest first; none in a list.
    pub notes: Vec<Note>,
    /// When it was filed, by the customer's clock.
    pub created_at: Timestamp,
    /// A decision that lifecycle is being asked to carry out.
    pub pending: Option<PendingDecision>,
    /// How it was closed; `None` while it is open.
    pub closing: Option<Closing>,
    /// Counts its changes, from 1; 0 for one that was only previewed.
    pub version: i64,
}

/// What a partner files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSupportRequest {
    /// For which customer.
    pub customer: CustomerId,
    /// What it says.
    pub facts: SupportFacts,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

/// Which requests a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupportListing {
    /// Of one customer; `None` is of all that the caller reaches.
    pub customer: Option<CustomerId>,
    /// In one state.
    pub state: Option<SupportState>,
    /// About one kind of thing.
    pub issue_type: Option<IssueType>,
}

/// What lifecycle says of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseStanding {
    /// Who sold it.
    pub partner: PartnerId,
    /// The inclusive end of its present term; `None` for what was bought once.
    pub ends_on: Option<Date>,
    /// The customer's present instant.
    pub now: Timestamp,
}

impl SupportRequest {
    /// Returns whether it is done.
    pub const fn state(&self) -> SupportState {
        if self.closing.is_some() { SupportState::Closed } else { SupportState::Open }
    }

    /// Returns what changes with every change of it.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// Returns it with one more note.
    ///
    /// # Errors
    ///
    /// [`SupportRejection::Closed`] (SUP-4), [`SupportRejection::NoteLimit`] (SUP-2).
    pub fn noted(&self, note: Note) -> Result<Self, Rejection> {
        self.check_open()?;
        if NOTE_COUNT_MAX <= self.notes.len() {
            return Err(SupportRejection::NoteLimit { limit: NOTE_COUNT_MAX }.into());
        }
        let mut next = self.next();
        next.notes.push(note);
        Ok(next)
    }

    /// Returns it taken back by its partner.
    ///
    /// # Errors
    ///
    /// [`SupportRejection::Closed`], [`SupportRejection::DecisionPending`] (SUP-4).
    pub fn withdrawn(
        &self,
        reason: String,
        author: String,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        self.check_open()?;
        if self.pending.is_some() {
            return Err(SupportRejection::DecisionPending.into());
        }
        let outcome = SupportOutcome::Withdrawn;
        let closing = Closing {
            outcome,
            reason,
            author,
            closed_at: now,
            decision: None,
            obligations: String::new(),
        };
        Ok(Self { closing: Some(closing), ..self.next() })
    }

    pub(super) fn check_open(&self) -> Result<(), SupportRejection> {
        match &self.closing {
            Some(closing) => Err(SupportRejection::Closed { closed_at: closing.closed_at }),
            None => Ok(()),
        }
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

impl PurchaseStanding {
    /// Lets redundant licences be reported within the term of their subscription, its last day
    /// included.
    ///
    /// # Errors
    ///
    /// [`SupportRejection::TermOver`], [`SupportRejection::NoTerm`] (DUP-1).
    ///
    /// Source: DUP-1, TRP-61.
    pub fn check_redundancy(&self) -> Result<(), Rejection> {
        let allowed_until =
            self.ends_on.map(last_millisecond_of).ok_or(SupportRejection::NoTerm)?;
        if allowed_until < self.now {
            return Err(SupportRejection::TermOver { allowed_until }.into());
        }
        Ok(())
    }
}

impl Customer {
    /// Whether `text` means this customer: its name, its tenant's GUID, or its domain.
    ///
    /// Source: SUP-2.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let is_name = text.strip_prefix("customers/").is_some_and(|id| id == self.id.to_string());
        let is_tenant = text.parse() == Ok(self.facts.tenant_id);
        is_name || is_tenant || text.eq_ignore_ascii_case(&self.facts.domain)
    }
}

#[cfg(test)]
mod tests;
