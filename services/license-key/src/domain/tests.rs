//! The rules by themselves: what a key looks like, how a file of keys is read, who may see one.

use testkit::noon;
use uuid::Uuid;
use vocab::{
    CustomerId, Fulfilment, OrderId, PartnerId, ProductId, ProductKind, SkuId, SubscriptionId,
};

use super::{KeyFormat, Moves, Purchase, PurchaseState, SkuName};

mod keys;
mod links;
mod purchases;

/// A running purchase of a product with keys.
pub(crate) fn a_purchase() -> Purchase {
    Purchase {
        customer: CustomerId(Uuid::from_u128(0xc1)),
        id: SubscriptionId(Uuid::from_u128(0x51)),
        partner: PartnerId(Uuid::from_u128(0xa1)),
        order: OrderId(Uuid::from_u128(0x01)),
        test_clock: None,
        sku: a_sku("windows-server-standard"),
        title: "Windows Server Standard".to_owned(),
        kind: ProductKind::SoftwareSubscription,
        quantity: 2,
        state: PurchaseState::Active,
        fulfilment: Fulfilment { product_key: true, download: true, ..Fulfilment::default() },
        purchased_at: noon(),
        moves: Moves::default(),
        version: 1,
    }
}

/// A SKU of the product `windows-server`.
pub(crate) fn a_sku(sku: &str) -> SkuName {
    SkuName { product: ProductId("windows-server".to_owned()), sku: SkuId(sku.to_owned()) }
}

/// The form of D-24.
pub(crate) fn digits() -> KeyFormat {
    KeyFormat::new(32, "0123456789").unwrap()
}
