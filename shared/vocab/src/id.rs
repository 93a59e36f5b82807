//! Typed ids. A bare `Uuid` or `String` that means an id stays inside `convert` and `store`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

macro_rules! text_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

uuid_ids! {
    /// A seller: `partners/{id}`.
    PartnerId,
    /// An organisation that uses software: `customers/{id}`.
    CustomerId,
    /// An order: `customers/{customer}/orders/{id}`.
    OrderId,
    /// One line of an order.
    OrderLineId,
    /// A cart: `customers/{customer}/carts/{id}`.
    CartId,
    /// A request for support: `customers/{customer}/supportRequests/{id}`.
    SupportRequestId,
    /// A partner's relationship with a customer, asked for or accepted: `relationships/{id}`.
    RelationshipId,
    /// A subscription, or a perpetual purchase: `customers/{customer}/subscriptions/{id}`.
    SubscriptionId,
    /// A move of subscriptions between partners: `transfers/{id}`.
    TransferId,
    /// Something that happened, or will happen, to a subscription.
    ChangeId,
    /// One line of money.
    ChargeId,
    /// A clock that a test moves: `testClocks/{id}`.
    ClockId,
    /// A product key in a pool.
    KeyId,
    /// A download link: `customers/{customer}/subscriptions/{subscription}/downloadLinks/{id}`.
    DownloadLinkId,
    /// A key in use on a device: `customers/{customer}/subscriptions/{subscription}/activations/{id}`.
    ActivationId,
    /// A way from volume licensing to a purchase: `customers/{customer}/migrations/{id}`.
    MigrationId,
    /// A message between services, and the audit entry it may carry.
    MessageId,
    /// A caller's name for one mutation, so that a retry never acts twice (D-28).
    RequestId,
}

text_ids! {
    /// A product of the imported catalog: `products/{id}`.
    ProductId,
    /// A SKU of the imported catalog: `products/{product}/skus/{id}`.
    SkuId,
    /// An offer of the imported catalog: `offers/{id}`.
    OfferId,
    /// A promotion of the imported catalog.
    PromotionId,
}

/// Where new ids come from: `UUIDv7` by the injected instant, or a counted sequence in tests.
#[derive(Debug, Clone, Default)]
pub struct IdGen {
    counted: Option<Arc<AtomicU64>>,
}

impl IdGen {
    /// Ids that sort by the time they were made and cannot be guessed.
    pub const fn random() -> Self {
        Self { counted: None }
    }

    /// Ids that a test can predict: `00000000-0000-7000-8000-` and a number that starts at 1.
    pub fn counted() -> Self {
        Self { counted: Some(Arc::default()) }
    }

    /// Returns a new id.
    #[expect(clippy::disallowed_methods, reason = "this is the one source of ids")]
    pub fn uuid(&self) -> Uuid {
        match &self.counted {
            None => Uuid::now_v7(),
            Some(counter) => {
                let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
                Uuid::from_u128(0x7000_8000_0000_0000_0000_u128 | u128::from(number))
            }
        }
    }
}

/// Returns the id of the message that `what` causes for `of`, the same however often it is asked.
///
/// Calls between services derive their request ids this way, so that a retry after a crash
/// repeats nothing (D-28).
pub fn derived_id(of: Uuid, what: &str) -> Uuid {
    Uuid::new_v5(&of, what.as_bytes())
}
