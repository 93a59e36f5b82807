//! Why a rule says no: what is wrong, until when it was possible, and what to do instead. How a
//! refusal travels to its caller is in `error`.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use vocab::{BillingCycle, Money, OfferId, ProductKind, TermLength, TransferId};

use super::{Action, Limit, NoAddOn, NoSuchEnd, NoTransition, NoUsage, Status, TransferState};
use words::{SUPPORT, end_or_support, instead_of_cancelling, phrase, term, until, way_out};

mod codes;
mod metadata;
pub(super) mod words;

/// A well-formed request that a rule forbids in the subscription's present state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It has ended, or does not stand where the verb needs it.
    #[error("the subscription is {status} since {since}, so it cannot {}; {}", phrase(*.action), way_out(*.status))]
    NotActive {
        /// What was asked for.
        action: Action,
        /// Where it stands.
        status: Status,
        /// Since when.
        since: Timestamp,
    },
    /// Only what is suspended can be resumed.
    #[error(
        "the subscription is {status} since {since}, so there is nothing to resume; only a suspended one can be resumed, until the end of its term"
    )]
    NotSuspended {
        /// Where it stands.
        status: Status,
        /// Since when.
        since: Timestamp,
    },
    /// A trial's status and seats are fixed.
    #[error("a trial cannot {}; switch auto-renew off to let it end after {ends_on}, or convert it", phrase(*.action))]
    TrialLocked {
        /// What was asked for.
        action: Action,
        /// The last day of the trial.
        ends_on: Date,
    },
    /// What was bought once has no term and no changing seats.
    #[error("what was bought once cannot {}; buy again, or cancel it inside its window", phrase(*.action))]
    Perpetual {
        /// What was asked for.
        action: Action,
    },
    /// The window in which it could be cancelled is over.
    #[error("the cancellation window closed at {closed_at}; {}", end_or_support(*.ends_on))]
    WindowClosed {
        /// The last instant at which it was possible.
        closed_at: Timestamp,
        /// The last day of the term; `None` for what was bought once.
        ends_on: Option<Date>,
    },
    /// This term has no window: the policy does not open one again at a renewal.
    #[error("policy {policy} opens no cancellation window in this term; {}", end_or_support(*.ends_on))]
    NoWindow {
        /// The policy row.
        policy: String,
        /// The last day of the term; `None` for what was bought once.
        ends_on: Option<Date>,
    },
    /// The product can never be cancelled.
    #[error("policy {policy} allows no cancellation; {}", instead_of_cancelling(*.ends_on))]
    NeverCancellable {
        /// The policy row.
        policy: String,
        /// The last day of the term; `None` for what was bought once.
        ends_on: Option<Date>,
    },
    /// Only a support request can do it.
    #[error(
        "policy {policy} allows no cancellation by self-service; call {SUPPORT} with the issue type \"CSP purchase/refund on behalf of customers\""
    )]
    UseSupportRequest {
        /// The policy row.
        policy: String,
    },
    /// The step "yes, cancel" is missing.
    #[error(
        "cancelling cannot be undone; confirm it with acknowledged = true until {allowed_until}"
    )]
    AcknowledgementRequired {
        /// The last instant at which it is possible.
        allowed_until: Timestamp,
    },
    /// The term is over and the renewal has not completed; the call can be repeated.
    #[error("the renewal that began at {began_at} is not complete, so the subscription cannot {}; try again in two minutes", phrase(*.action))]
    RenewalPending {
        /// What was asked for.
        action: Action,
        /// When the term was over.
        began_at: Timestamp,
    },
    /// The term is over and the renewal has not completed; what was asked for is read-only.
    #[error("the renewal that began at {began_at} is in progress, so the subscription cannot {}; it could until then, and can once the renewal is complete", phrase(*.action))]
    RenewalInProgress {
        /// What was asked for.
        action: Action,
        /// When the term was over.
        began_at: Timestamp,
    },
    /// Nothing is renewed, so nothing can be scheduled for the renewal.
    #[error(
        "auto-renew is off and the subscription ends after {ends_on}; switch auto-renew on to schedule changes"
    )]
    AutoRenewOff {
        /// The last day of the term.
        ends_on: Date,
    },
    /// It never renews, and the toggle is refused.
    #[error("this purchase of {ordered_at} never renews; buy again when it ends")]
    AutoRenewNotOffered {
        /// When it was ordered.
        ordered_at: Timestamp,
    },
    /// Seats cannot be taken down to none.
    #[error(
        "the quantity cannot become 0; cancel the subscription, or switch auto-renew off to let it end"
    )]
    UseCancel,
    /// Not a number of seats.
    #[error("{quantity} is not a quantity; give the new total, 1 or more")]
    QuantityInvalid {
        /// What was asked for.
        quantity: i64,
    },
    /// A trial has a fixed number of seats.
    #[error("a trial has {seats} seats, not {quantity}; order {seats}")]
    TrialSeats {
        /// What was asked for.
        quantity: i64,
        /// What a trial has.
        seats: i64,
    },
    /// Fewer seats than the offer is sold with.
    #[error(
        "{quantity} seats are fewer than the {minimum} that the offer is sold with; keep {minimum} or cancel"
    )]
    MinSeats {
        /// What was asked for.
        quantity: i64,
        /// The fewest.
        minimum: i64,
    },
    /// More seats than one subscription can have.
    #[error(
        "{quantity} seats are more than the {limit} that one subscription can have; ask for {limit} or fewer"
    )]
    SeatLimit {
        /// What was asked for.
        quantity: i64,
        /// The most.
        limit: i64,
    },
    /// More seats than are inside a window.
    #[error("only {reducible} of {wanted} seats can be taken back{}; schedule the decrease for the renewal after {ends_on}", until(*.allowed_until, *.closed_at))]
    NotReducible {
        /// How many were to be taken back.
        wanted: i64,
        /// How many can be.
        reducible: i64,
        /// Until when those can be.
        allowed_until: Option<Timestamp>,
        /// When the latest window closed.
        closed_at: Option<Timestamp>,
        /// The last day of the term.
        ends_on: Date,
    },
    /// Software subscriptions keep their seats for the term.
    #[error(
        "the seats of a software subscription cannot be taken back in mid-term; schedule the decrease for the renewal after {ends_on}"
    )]
    NoReduction {
        /// The last day of the term.
        ends_on: Date,
    },
    /// Too many counted updates.
    #[error(
        "the subscription has had {limit} updates, the most it takes; buy a second subscription of the SKU and align its end date, or call {SUPPORT}"
    )]
    UpdateLimit {
        /// The most.
        limit: i64,
    },
    /// The offer has no price at the instant.
    #[error("offer {offer} is not sold at {at}; choose one that is")]
    OfferWithdrawn {
        /// The offer.
        offer: OfferId,
        /// When it was looked for.
        at: Timestamp,
    },
    /// The offer is not another term or billing of the same SKU in the same market and currency.
    #[error(
        "the renewal cannot move from offer {from} to offer {to}; choose another term or billing cycle of the same SKU, market and currency"
    )]
    PathNotSupported {
        /// The present offer.
        from: OfferId,
        /// What was asked for.
        to: OfferId,
    },
    /// The term cannot be billed that way.
    #[error("a term of {} cannot be billed {billing}; choose a billing cycle that is no longer than the term", term(*.length))]
    BillingNotOffered {
        /// The term; `None` for what is bought once.
        length: Option<TermLength>,
        /// The billing cycle.
        billing: BillingCycle,
    },
    /// A cycle charge is due and not committed, so what the next charge does is read-only.
    #[error(
        "the cycle charge that was due at {began_at} is in progress, so the billing cycle cannot be changed; it could until then, and can once the cycle is charged"
    )]
    CycleChargeInProgress {
        /// When it fell due.
        began_at: Timestamp,
    },
    /// No offer of the SKU is billed that way.
    #[error(
        "no offer of this SKU bills a term of {length} {billing}; choose a billing cycle that the catalog lists"
    )]
    PlanNotSold {
        /// The term.
        length: TermLength,
        /// The billing cycle.
        billing: BillingCycle,
    },
    /// The next charge is the renewal's.
    #[error(
        "the next charge is that of the renewal after {ends_on}; schedule the change of billing for it"
    )]
    ScheduleInstead {
        /// The last day of the term.
        ends_on: Date,
    },
    /// Annual billing needs more than a year.
    #[error(
        "{months} months of the term are left at the next charge, and annual billing needs {needed}; schedule it for the renewal after {ends_on}"
    )]
    TooLittleLeft {
        /// The months that are left.
        months: i32,
        /// The months that there must be.
        needed: i32,
        /// The last day of the term.
        ends_on: Date,
    },
    /// A credit of nothing, in another currency, or of more than was charged.
    #[error(
        "{credit} cannot be credited: {charged} were charged and not credited yet; credit that or less"
    )]
    CreditNotPossible {
        /// What was to be credited.
        credit: Money,
        /// What was charged, less what was credited.
        charged: Money,
    },
    /// Another partner is to have it; until then everything else waits.
    #[error("the subscription is on its way to another partner by transfers/{transfer}, so it cannot {}; once that is complete the other partner can do it", phrase(*.action))]
    TransferPending {
        /// What was asked for.
        action: Action,
        /// The transfer.
        transfer: TransferId,
    },
    /// Its kind stays with its partner.
    #[error(
        "a purchase of the kind {kind} does not move between partners; leave it out, and let the other partner sell it anew"
    )]
    NotTransferable {
        /// The product's kind.
        kind: ProductKind,
    },
    /// A transfer was answered before.
    #[error(
        "transfers/{transfer} is {state} since {since} and takes no other answer; the partner that asks can create another"
    )]
    TransferClosed {
        /// The transfer.
        transfer: TransferId,
        /// Where it stands.
        state: TransferState,
        /// Since when.
        since: Timestamp,
    },
    /// The customer has reached a limit.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// Usage is not charged.
    #[error(transparent)]
    Usage(#[from] NoUsage),
    /// The term cannot have the end that was asked for.
    #[error(transparent)]
    CoTerm(#[from] NoSuchEnd),
    /// The seats cannot become that.
    #[error(transparent)]
    Transition(#[from] NoTransition),
    /// A legacy add-on cannot be had, or not by itself.
    #[error(transparent)]
    AddOn(#[from] NoAddOn),
    /// The amount cannot be expressed.
    #[error("{quantity} seats at {price} come to more than can be charged; ask for fewer")]
    AmountTooLarge {
        /// What was asked for.
        quantity: i64,
        /// The price per seat.
        price: Money,
    },
}

impl Rejection {
    /// Returns until when it was, or is, possible, inclusive.
    pub const fn allowed_until(&self) -> Option<Timestamp> {
        match self {
            Self::WindowClosed { closed_at, .. } => Some(*closed_at),
            Self::AcknowledgementRequired { allowed_until } => Some(*allowed_until),
            Self::NotReducible { allowed_until: Some(until), .. } => Some(*until),
            Self::NotReducible { closed_at, .. } => *closed_at,
            Self::NotActive { .. }
            | Self::NotSuspended { .. }
            | Self::TrialLocked { .. }
            | Self::TrialSeats { .. }
            | Self::Perpetual { .. }
            | Self::NoWindow { .. }
            | Self::NeverCancellable { .. }
            | Self::UseSupportRequest { .. }
            | Self::RenewalPending { .. }
            | Self::RenewalInProgress { .. }
            | Self::AutoRenewOff { .. }
            | Self::AutoRenewNotOffered { .. }
            | Self::UseCancel
            | Self::QuantityInvalid { .. }
            | Self::MinSeats { .. }
            | Self::SeatLimit { .. }
            | Self::NoReduction { .. }
            | Self::UpdateLimit { .. }
            | Self::OfferWithdrawn { .. }
            | Self::PathNotSupported { .. }
            | Self::BillingNotOffered { .. }
            | Self::PlanNotSold { .. }
            | Self::CycleChargeInProgress { .. }
            | Self::ScheduleInstead { .. }
            | Self::TooLittleLeft { .. }
            | Self::TransferPending { .. }
            | Self::NotTransferable { .. }
            | Self::TransferClosed { .. }
            | Self::Limit(_)
            | Self::Usage(_)
            | Self::CoTerm(_)
            | Self::Transition(_)
            | Self::AddOn(_)
            | Self::CreditNotPossible { .. }
            | Self::AmountTooLarge { .. } => None,
        }
    }

    /// Returns after how long a repetition of the call should succeed (LCK-4).
    pub fn retry_after(&self) -> Option<SignedDuration> {
        matches!(self, Self::RenewalPending { .. }).then_some(SignedDuration::from_secs(120))
    }
}

#[cfg(test)]
mod tests;
