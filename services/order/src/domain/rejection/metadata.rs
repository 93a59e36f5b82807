//! The values of a refusal, by their names on the wire.

use vocab::{CustomerId, OfferId, OrderId};

use super::Rejection;

impl Rejection {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&str, String)> {
        match self {
            Self::ContactIndirectProvider { provider } => {
                vec![("provider", format!("partners/{provider}"))]
            }
            Self::CloudMismatch { found, expected }
            | Self::PartnerOfOtherCloud { found, expected } => {
                vec![("cloud", found.to_string()), ("expected", expected.to_string())]
            }
            Self::Restricted(restricted) => restricted.metadata(),
            Self::NotPromoted { promotion, why } => {
                and(("promotion", promotion.to_string()), why.metadata())
            }
            Self::PromotionUnknown { promotion, at } => {
                vec![("promotion", promotion.to_string()), ("at", at.to_string())]
            }
            Self::Limit(said) => said.values(),
            Self::Reseller { reseller, fault } => {
                and(("reseller", format!("partners/{reseller}")), fault.metadata())
            }
            Self::OrderRequired { customer, product, orders } => {
                let orders = listed(*customer, orders);
                vec![("product", format!("products/{product}")), ("orders", orders)]
            }
            Self::NotBought { customer, product } => vec![
                ("customer", format!("customers/{customer}")),
                ("product", format!("products/{product}")),
            ],
            Self::CartExpired { expired_at } => vec![("allowed_until", expired_at.to_string())],
            Self::CartOrdered { customer, order } => vec![("order", listed(*customer, &[*order]))],
            Self::CartEmpty { customer, cart } => {
                vec![("cart", format!("customers/{customer}/carts/{cart}"))]
            }
            Self::OfferUnknown { offer: id, at } => vec![of(id), ("at", at.to_string())],
            Self::OfferWithdrawn { offer: id, since } => {
                vec![of(id), ("since", since.to_string())]
            }
            Self::ClosedToNewPurchase { offer: id } => vec![of(id)],
            Self::OtherMarket { offer: id, sold_in, market } => {
                vec![of(id), ("sold_in", sold_in.to_string()), ("market", market.to_string())]
            }
            Self::OtherSegment { offer: id, segment } => {
                vec![of(id), ("segment", segment.to_string())]
            }
            Self::OtherCloud { offer: id, sold_in, cloud } => {
                vec![of(id), ("sold_in", sold_in.to_string()), ("cloud", cloud.to_string())]
            }
            Self::MarketUnavailable { kind, market, version } => vec![
                ("kind", kind.to_string()),
                ("market", market.to_string()),
                ("version", version.clone()),
            ],
            Self::MinSeats { quantity, minimum } => {
                vec![("quantity", quantity.to_string()), ("minimum", minimum.to_string())]
            }
            Self::SeatLimit { quantity, limit } => {
                vec![("quantity", quantity.to_string()), ("limit", limit.to_string())]
            }
            Self::AmountTooLarge { quantity } => vec![("quantity", quantity.to_string())],
            Self::RoleRequired { duty } => vec![("roles", duty.roles().to_owned())],
            Self::AttestationRequired { version, text } => {
                vec![("version", (*version).to_owned()), ("text", (*text).to_owned())]
            }
            Self::CancelSubscription { customer, line, subscription } => vec![
                ("order_line", line.to_string()),
                ("subscription", format!("customers/{customer}/subscriptions/{subscription}")),
            ],
            Self::Support(rejection) => rejection.metadata(),
            Self::History(rejection) => rejection.metadata(),
            Self::NothingToCancel { state } => vec![("state", state.to_string())],
        }
    }
}

/// A value, and others after it.
fn and(
    first: (&'static str, String),
    others: Vec<(&'static str, String)>,
) -> Vec<(&'static str, String)> {
    std::iter::once(first).chain(others).collect()
}

/// The names of orders.
fn listed(customer: CustomerId, orders: &[OrderId]) -> String {
    let name = |order: &OrderId| format!("customers/{customer}/orders/{order}");
    orders.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn of(offer: &OfferId) -> (&'static str, String) {
    ("offer", format!("offers/{offer}"))
}
