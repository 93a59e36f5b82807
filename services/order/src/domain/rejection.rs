//! Why a rule says no: what is wrong, until when it was possible, and what to do instead. How a
//! refusal travels to its caller is in `error`.

use jiff::Timestamp;
use vocab::{
    CartId, Cloud, CustomerId, Market, NotPromoted, OfferId, OrderId, OrderLineId, PartnerId,
    ProductId, ProductKind, PromotionId, Segment, SubscriptionId,
};

use super::{Duty, Failure, OrderState, ResellerFault, Restricted, SupportRejection};

mod history;
mod metadata;

pub use history::{HistoryFault, HistoryRejection, PastPlace};

/// A well-formed request that a rule forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// An indirect reseller sells through its provider.
    #[error("an indirect reseller cannot transact; ask your provider, partners/{provider}")]
    ContactIndirectProvider {
        /// Who can.
        provider: PartnerId,
    },
    /// A partner, its customers and its provider belong to one cloud.
    #[error("the cloud is {found}, and must be {expected} as the partner's; register it there")]
    CloudMismatch {
        /// What was given.
        found: Cloud,
        /// The partner's.
        expected: Cloud,
    },
    /// A partner asks for a relationship with a customer of another cloud.
    #[error(
        "the partner is in the cloud {found}, and you are in {expected}; accept one of your cloud"
    )]
    PartnerOfOtherCloud {
        /// The partner's.
        found: Cloud,
        /// The customer's.
        expected: Cloud,
    },
    /// A reseller that cannot be declared.
    #[error("partners/{reseller} {fault}")]
    Reseller {
        /// Which one.
        reseller: PartnerId,
        /// What is wrong with it.
        fault: ResellerFault,
    },
    /// The cart is too old.
    #[error("the cart could be used until {expired_at}; make a new one")]
    CartExpired {
        /// The last instant at which it could be used.
        expired_at: Timestamp,
    },
    /// The cart was checked out.
    #[error(
        "the cart became customers/{customer}/orders/{order}; make a new cart for further products"
    )]
    CartOrdered {
        /// Whose it is.
        customer: CustomerId,
        /// What it became.
        order: OrderId,
    },
    /// There is nothing to check out.
    #[error("customers/{customer}/carts/{cart} has no lines; add products first")]
    CartEmpty {
        /// Whose it is.
        customer: CustomerId,
        /// The cart.
        cart: CartId,
    },
    /// The price list does not have the offer at the instant.
    #[error("{offer} is on no price list at {at}; choose an offer that ListOffers shows")]
    OfferUnknown {
        /// What was asked for.
        offer: OfferId,
        /// When it was looked for.
        at: Timestamp,
    },
    /// The offer was on the price list and is not any more.
    #[error("{offer} is sold no more since {since}; choose an offer that ListOffers shows")]
    OfferWithdrawn {
        /// What was asked for.
        offer: OfferId,
        /// Since when there is no price.
        since: Timestamp,
    },
    /// The SKU takes no new purchase; what runs goes on.
    #[error(
        "{offer} is closed to new purchases; subscriptions that run go on, choose another SKU for new ones"
    )]
    ClosedToNewPurchase {
        /// What was asked for.
        offer: OfferId,
    },
    /// The offer is for another market.
    #[error(
        "{offer} is for the market {sold_in}, the customer is in {market}; choose an offer for {market}"
    )]
    OtherMarket {
        /// What was asked for.
        offer: OfferId,
        /// The offer's.
        sold_in: Market,
        /// The customer's.
        market: Market,
    },
    /// The offer is for other segments.
    #[error("{offer} is not for the segment {segment}; choose an offer for {segment}")]
    OtherSegment {
        /// What was asked for.
        offer: OfferId,
        /// The customer's.
        segment: Segment,
    },
    /// The offer is for another cloud.
    #[error(
        "{offer} is for the cloud {sold_in}, the customer is in {cloud}; choose an offer for {cloud}"
    )]
    OtherCloud {
        /// What was asked for.
        offer: OfferId,
        /// The offer's.
        sold_in: Cloud,
        /// The customer's.
        cloud: Cloud,
    },
    /// Reservations are not sold in the customer's market.
    #[error(
        "{kind} is not sold in the market {market} (list {version}); other kinds of products are"
    )]
    MarketUnavailable {
        /// What is blocked.
        kind: ProductKind,
        /// The customer's.
        market: Market,
        /// The list's version.
        version: String,
    },
    /// Fewer than the offer is sold with.
    #[error(
        "{quantity} is fewer than the {minimum} that the offer is sold with; order {minimum} or more"
    )]
    MinSeats {
        /// What was asked for.
        quantity: i64,
        /// The fewest.
        minimum: i64,
    },
    /// More than one subscription can have.
    #[error(
        "{quantity} is more than the {limit} that one subscription can have; order {limit} or fewer"
    )]
    SeatLimit {
        /// What was asked for.
        quantity: i64,
        /// The most.
        limit: i64,
    },
    /// An amount that cannot be kept.
    #[error("{quantity} come to more money than can be charged; order fewer")]
    AmountTooLarge {
        /// What was asked for, or all of it for a sum of lines.
        quantity: i64,
    },
    /// The caller lacks a role.
    #[error("{} takes one of the roles {}", .duty.phrase(), .duty.roles())]
    RoleRequired {
        /// What it is for.
        duty: Duty,
    },
    /// The confirmation is missing, or is of another text.
    #[error("the order needs the buyer's attestation of version {version}: \"{text}\"")]
    AttestationRequired {
        /// The text in force.
        version: &'static str,
        /// What it says.
        text: &'static str,
    },
    /// A line's subscription is cancelled by itself.
    #[error(
        "line {line} is a subscription and not bought once; cancel customers/{customer}/subscriptions/{subscription} instead"
    )]
    CancelSubscription {
        /// Whose it is.
        customer: CustomerId,
        /// The line.
        line: OrderLineId,
        /// What it started.
        subscription: SubscriptionId,
    },
    /// Not exactly one order can be cancelled for a product.
    #[error("products/{product} is in {} orders that may be meant; name one of them", .orders.len())]
    OrderRequired {
        /// Whose orders.
        customer: CustomerId,
        /// The product.
        product: ProductId,
        /// Those that hold it and run, newest first.
        orders: Vec<OrderId>,
    },
    /// No order holds the product.
    #[error(
        "customers/{customer} has no running purchase of products/{product}; ListOrders shows what there is"
    )]
    NotBought {
        /// Whose orders.
        customer: CustomerId,
        /// The product.
        product: ProductId,
    },
    /// The catalog restricts the sale.
    #[error(transparent)]
    Restricted(#[from] Restricted),
    /// The promotion that was named does not apply.
    #[error("{promotion} does not apply, as {why}; name another one, or none")]
    NotPromoted {
        /// What was asked for.
        promotion: PromotionId,
        /// Why it does not.
        why: NotPromoted,
    },
    /// The promotion that was named is on no price list at the instant.
    #[error(
        "there is no promotion {promotion} at {at}; name one that ListPromotions shows, or none"
    )]
    PromotionUnknown {
        /// What was asked for.
        promotion: PromotionId,
        /// When it was looked for.
        at: Timestamp,
    },
    /// lifecycle would refuse it, for a reason that may be new here: passed on as it came.
    #[error("{}", .0.message)]
    Limit(Box<Failure>),
    /// About a request for support.
    #[error(transparent)]
    Support(#[from] SupportRejection),
    /// About an order from before.
    #[error(transparent)]
    History(Box<HistoryRejection>),
    /// The order has no line left that runs.
    #[error("the order is {state}, so none of its lines can be cancelled; only running ones can")]
    NothingToCancel {
        /// Where the order stands.
        state: OrderState,
    },
}

impl From<Failure> for Rejection {
    fn from(said: Failure) -> Self {
        Self::Limit(Box::new(said))
    }
}

impl Rejection {
    /// Returns the reason on the wire.
    pub fn reason(&self) -> &str {
        match self {
            Self::ContactIndirectProvider { .. } => "CONTACT_INDIRECT_PROVIDER",
            Self::CloudMismatch { .. } | Self::PartnerOfOtherCloud { .. } => "CLOUD_MISMATCH",
            Self::Reseller { fault, .. } => fault.reason(),
            Self::OrderRequired { .. } => "ORDER_REQUIRED",
            Self::CartExpired { .. } => "CART_EXPIRED",
            Self::CartOrdered { .. } => "CART_ORDERED",
            Self::CartEmpty { .. } => "CART_EMPTY",
            Self::OfferWithdrawn { .. } => "OFFER_WITHDRAWN",
            Self::OfferUnknown { .. }
            | Self::ClosedToNewPurchase { .. }
            | Self::OtherMarket { .. }
            | Self::OtherSegment { .. }
            | Self::OtherCloud { .. } => "NOT_TRANSACTABLE_HERE",
            Self::MarketUnavailable { .. } => "MARKET_UNAVAILABLE",
            Self::MinSeats { .. } => "MIN_SEATS",
            Self::SeatLimit { .. } => "SEAT_LIMIT",
            Self::AmountTooLarge { .. } => "QUANTITY_INVALID",
            Self::RoleRequired { .. } => "ROLE_REQUIRED",
            Self::AttestationRequired { .. } => "ATTESTATION_REQUIRED",
            Self::Restricted(restricted) => restricted.reason(),
            Self::NotPromoted { why, .. } => why.reason(),
            Self::PromotionUnknown { .. } => "PROMOTION_NOT_IN_FORCE",
            Self::Limit(said) => &said.reason,
            Self::Support(rejection) => rejection.reason(),
            Self::History(rejection) => rejection.fault.reason(),
            Self::CancelSubscription { .. } => "USE_CANCEL",
            Self::NothingToCancel { .. } | Self::NotBought { .. } => "NOT_ACTIVE",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub fn rule(&self) -> &str {
        match self {
            Self::ContactIndirectProvider { .. } => "PAR-1",
            Self::CloudMismatch { .. }
            | Self::PartnerOfOtherCloud { .. }
            | Self::OtherCloud { .. } => "PAR-13",
            Self::Reseller { fault, .. } => fault.rule(),
            Self::CartExpired { .. } | Self::CartOrdered { .. } => "ORD-12",
            Self::CartEmpty { .. } => "ORD-1",
            Self::OfferUnknown { .. } | Self::OtherMarket { .. } => "CAT-5",
            Self::OfferWithdrawn { .. } => "ORD-4",
            Self::ClosedToNewPurchase { .. } => "CAT-10",
            Self::OtherSegment { .. } => "CAT-4",
            Self::MarketUnavailable { .. } => "MKT-1",
            Self::MinSeats { .. } => "ORD-2",
            Self::SeatLimit { .. } => "CAT-9",
            Self::AmountTooLarge { .. } => "D-11",
            Self::RoleRequired { .. } => "PAR-12",
            Self::AttestationRequired { .. } => "PAR-5",
            Self::Restricted(restricted) => restricted.rule(),
            Self::NotPromoted { why, .. } => why.rule(),
            Self::PromotionUnknown { .. } => "PRO-2",
            Self::Limit(said) => &said.rule,
            Self::Support(rejection) => rejection.rule(),
            Self::History(rejection) => rejection.fault.rule(),
            Self::CancelSubscription { .. }
            | Self::OrderRequired { .. }
            | Self::NotBought { .. } => "CAN-14",
            Self::NothingToCancel { .. } => "CAN-12",
        }
    }
}

/// A refusal, and the line of the request that it is about; `None` for the request as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The line's place, from 0.
    pub line: Option<usize>,
    /// Why.
    pub why: Rejection,
}
