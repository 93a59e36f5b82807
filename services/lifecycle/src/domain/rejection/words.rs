//! Parts of the sentences that refusals are made of.

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::TermLength;

use crate::domain::{Action, Status};

/// Where a support request is filed (SUP-1).
pub(super) const SUPPORT: &str = "SupportService/CreateSupportRequest";

pub(in crate::domain) const fn phrase(action: Action) -> &'static str {
    match action {
        Action::Cancel => "be cancelled",
        Action::ChangeQuantity => "change its seats",
        Action::ChangeAddOns => "change its add-ons",
        Action::Suspend => "be suspended",
        Action::Resume => "be resumed",
        Action::SetAutoRenew => "switch auto-renew",
        Action::Schedule => "schedule changes",
        Action::RemoveScheduled => "remove scheduled changes",
        Action::Rename => "be renamed",
        Action::AssignReseller => "change its reseller",
        Action::ChangeBilling => "change its billing cycle",
        Action::Transition => "be upgraded or converted",
        Action::Transfer => "be given to another partner",
    }
}

pub(super) const fn way_out(status: Status) -> &'static str {
    match status {
        Status::Pending => "try again once it has started",
        Status::Suspended => "resume it first",
        Status::Active => "it is in use already",
        Status::Expired | Status::Cancelled | Status::Deleted => "buy a new one",
    }
}

pub(super) fn instead_of_cancelling(ends_on: Option<Date>) -> String {
    match ends_on {
        Some(day) => format!("switch auto-renew off to let it end after {day}"),
        None => "create a support request if there is a reason to cancel it".to_owned(),
    }
}

/// As [`instead_of_cancelling`], where a support request may still end it.
pub(super) fn end_or_support(ends_on: Option<Date>) -> String {
    match ends_on {
        Some(day) => format!("let it end after {day} with auto-renew off, or call {SUPPORT}"),
        None => format!("call {SUPPORT} if there is a reason to cancel it"),
    }
}

pub(super) fn until(allowed_until: Option<Timestamp>, closed_at: Option<Timestamp>) -> String {
    match (allowed_until, closed_at) {
        (Some(until), _) => format!(" (until {until})"),
        (None, Some(closed_at)) => format!(" (the last window closed at {closed_at})"),
        (None, None) => String::new(),
    }
}

pub(super) fn term(length: Option<TermLength>) -> String {
    length.map_or_else(|| "no length".to_owned(), |length| length.to_string())
}
