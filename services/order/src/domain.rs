//! The rules of selling, as functions of values: no clock, no database, no wire.
//!
//! [`judge`] says everything that speaks against an order at once, so that a review, a preview and
//! the real call are one function. What only lifecycle can know (limits per customer, windows) is
//! not here.

mod alignment;
mod attestation;
mod buyer;
mod cancel;
mod cart;
mod checkout;
mod command;
mod customer;
mod forecast;
mod fulfilment;
mod history;
mod judgement;
mod listing;
mod order;
mod partner;
mod policy;
mod promotion;
mod quote;
mod rejection;
mod relationship;
mod reseller;
mod restricted;
mod review;
mod start;
mod support;

pub use alignment::{Alignment, can_align};
pub use attestation::{Attestation, AttestationText, Capacity, Confirmation};
pub use buyer::{Buyer, Duty};
pub use cancel::{
    CancelPurchases, Cancellation, Cancelled, cancellable_lines, lines_of_product, mark_cancelled,
};
pub use cart::{CART_LIFETIME, Cart};
pub use checkout::{Basket, judge, judge_addition};
pub use command::{CancelOrder, CancelTarget, CheckoutCart, CreateCart, PlaceOrder, UpdateCart};
pub use customer::{Customer, CustomerDraft};
pub use forecast::{
    CoTermChoice, Forecast, Heard, JudgeOffers, Proposal, ProposedLine, TermFigures, is_limited,
    is_too_few,
};
pub use fulfilment::{Failure, Fulfilment, LineOutcome, Reading, record};
pub use history::{
    BroughtIn, HISTORY_ENDS_AT, ImportHistory, Imported, Kept, PastLine, PastOrder, Records,
};
pub use judgement::{Judgement, LineJudgement, refused_by};
pub use listing::Listing;
pub use order::{Item, LineState, Order, OrderLine, OrderState, Placed};
pub use partner::{Partner, PartnerDraft, UpdatePartner};
pub use policy::Policy;
pub use promotion::Promotions;
pub use quote::{Quote, totals};
pub use rejection::{HistoryFault, HistoryRejection, PastPlace, Refused, Rejection};
pub use relationship::{
    Acceptance, CustomerKey, Introduced, Relationship, RequestRelationship, Wanted,
};
pub use reseller::{
    Declaration, Place, ResellerFault, ResellerJudgement, Resellers, judge_resellers,
};
pub use restricted::Restricted;
pub use review::{LineReview, Review};
pub use start::{StartLine, StartOrder};
pub use support::{
    Attachment, Closing, Contact, CreateSupportRequest, Decision, Impact, IssueType, Note,
    PendingDecision, PurchaseStanding, SettleSupport, SupportFacts, SupportListing, SupportOutcome,
    SupportRejection, SupportRequest, SupportState, SupportedPurchase,
};

#[cfg(test)]
pub(crate) mod tests;
