//! Resource names: `customers/{customer}/orders/{order}` to typed ids, and back.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;
use vocab::{
    ActivationId, CartId, ChangeId, ChargeId, ClockId, CustomerId, DownloadLinkId, MigrationId,
    OfferId, OrderId, PartnerId, ProductId, RelationshipId, RequestId, SkuId, SubscriptionId,
    SupportRequestId, TransferId,
};

/// A text that is not the name of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a name such as {pattern}")]
pub struct BadName {
    pattern: &'static str,
}

/// Splits `text` by the pattern: its literal segments must be equal, the `{}` ones are returned.
fn split<'t, const N: usize>(
    text: &'t str,
    pattern: &'static str,
) -> Result<[&'t str; N], BadName> {
    let bad = || BadName { pattern };
    let mut found = [""; N];
    let mut slots = found.iter_mut();
    let mut given = text.split('/');
    for expected in pattern.split('/') {
        let segment = given.next().ok_or_else(bad)?;
        if expected.starts_with('{') {
            *slots.next().ok_or_else(bad)? = segment;
        } else if expected != segment {
            return Err(bad());
        }
    }
    if given.next().is_some() || found.iter().any(|segment| segment.is_empty()) {
        return Err(bad());
    }
    Ok(found)
}

fn id(text: &str, pattern: &'static str) -> Result<Uuid, BadName> {
    match text.len() {
        36 => Uuid::try_parse(text).map_err(|_| BadName { pattern }),
        _ => Err(BadName { pattern }),
    }
}

macro_rules! top_level_names {
    ($($name:ident($id:ident) = $pattern:literal),+ $(,)?) => {$(
        #[doc = concat!("`", $pattern, "`")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $id);

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let [own] = split(text, $pattern)?;
                Ok(Self($id(id(own, $pattern)?)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (collection, _) = $pattern.split_once('/').unwrap_or_default();
                write!(f, "{collection}/{}", self.0)
            }
        }
    )+};
}

macro_rules! customer_names {
    ($($name:ident($id:ident) = $collection:literal),+ $(,)?) => {$(
        #[doc = concat!("`customers/{customer}/", $collection, "/{}`")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub CustomerId, pub $id);

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                const PATTERN: &str = concat!("customers/{customer}/", $collection, "/{id}");
                let [customer, own] = split(text, PATTERN)?;
                Ok(Self(CustomerId(id(customer, PATTERN)?), $id(id(own, PATTERN)?)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "customers/{}/{}/{}", self.0, $collection, self.1)
            }
        }
    )+};
}

macro_rules! subscription_names {
    ($($name:ident($id:ident) = $collection:literal),+ $(,)?) => {$(
        #[doc = concat!("`customers/{customer}/subscriptions/{subscription}/", $collection, "/{}`")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub Subscription, pub $id);

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                const PATTERN: &str =
                    concat!("customers/{customer}/subscriptions/{subscription}/", $collection, "/{id}");
                let [customer, of, own] = split(text, PATTERN)?;
                let (customer, of) = (id(customer, PATTERN)?, id(of, PATTERN)?);
                let subscription = Subscription(CustomerId(customer), SubscriptionId(of));
                Ok(Self(subscription, $id(id(own, PATTERN)?)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}/{}/{}", self.0, $collection, self.1)
            }
        }
    )+};
}

top_level_names! {
    Partner(PartnerId) = "partners/{partner}",
    Customer(CustomerId) = "customers/{customer}",
    TestClock(ClockId) = "testClocks/{test_clock}",
    Transfer(TransferId) = "transfers/{transfer}",
    Relationship(RelationshipId) = "relationships/{relationship}",
    KeyImport(RequestId) = "keyImports/{import}",
}

customer_names! {
    Order(OrderId) = "orders",
    Cart(CartId) = "carts",
    Subscription(SubscriptionId) = "subscriptions",
    SupportRequest(SupportRequestId) = "supportRequests",
    Migration(MigrationId) = "migrations",
}

subscription_names! {
    DownloadLink(DownloadLinkId) = "downloadLinks",
    Activation(ActivationId) = "activations",
}

/// `customers/{customer}/subscriptions/{subscription}/changes/{change}`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change(pub Subscription, pub ChangeId);

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/changes/{}", self.0, self.1)
    }
}

/// `customers/{customer}/subscriptions/{subscription}/charges/{charge}`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge(pub Subscription, pub ChargeId);

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/charges/{}", self.0, self.1)
    }
}

/// `invoices/{invoice}`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invoice(pub Uuid);

impl FromStr for Invoice {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        const PATTERN: &str = "invoices/{invoice}";
        let [own] = split(text, PATTERN)?;
        Ok(Self(id(own, PATTERN)?))
    }
}

impl fmt::Display for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invoices/{}", self.0)
    }
}

/// `products/{product}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product(pub ProductId);

impl FromStr for Product {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let [own] = split(text, "products/{product}")?;
        Ok(Self(ProductId(own.to_owned())))
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "products/{}", self.0)
    }
}

/// `products/{product}/skus/{sku}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku(pub ProductId, pub SkuId);

impl FromStr for Sku {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let [product, own] = split(text, "products/{product}/skus/{sku}")?;
        Ok(Self(ProductId(product.to_owned()), SkuId(own.to_owned())))
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "products/{}/skus/{}", self.0, self.1)
    }
}

/// `offers/{offer}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer(pub OfferId);

impl FromStr for Offer {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let [own] = split(text, "offers/{offer}")?;
        Ok(Self(OfferId(own.to_owned())))
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offers/{}", self.0)
    }
}
