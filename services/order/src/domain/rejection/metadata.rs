//! The values of a refusal, by their names on the wire.

use super::Rejection;

impl Rejection {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let offer = |offer: &vocab::OfferId| ("offer", format!("offers/{offer}"));
        match self {
            Self::ContactIndirectProvider { provider } => {
                vec![("provider", format!("partners/{provider}"))]
            }
            Self::CloudMismatch { found, expected }
            | Self::PartnerOfOtherCloud { found, expected } => {
                vec![("cloud", found.to_string()), ("expected", expected.to_string())]
            }
            Self::Restricted(restricted) => restricted.metadata(),
            Self::Limit(limit) => limit.metadata(),
            Self::Reseller { reseller, fault } => {
                let mut values = vec![("reseller", format!("partners/{reseller}"))];
                values.extend(fault.metadata());
                values
            }
            Self::OrderRequired { customer, product, orders } => {
                let name = |order: &vocab::OrderId| format!("customers/{customer}/orders/{order}");
                let names: Vec<_> = orders.iter().map(name).collect();
                vec![("product", format!("products/{product}")), ("orders", names.join(", "))]
            }
            Self::NotBought { customer, product } => vec![
                ("customer", format!("customers/{customer}")),
                ("product", format!("products/{product}")),
            ],
            Self::CartExpired { expired_at } => vec![("allowed_until", expired_at.to_string())],
            Self::CartOrdered { customer, order } => {
                vec![("order", format!("customers/{customer}/orders/{order}"))]
            }
            Self::CartEmpty { customer, cart } => {
                vec![("cart", format!("customers/{customer}/carts/{cart}"))]
            }
            Self::OfferUnknown { offer: id, at } => vec![offer(id), ("at", at.to_string())],
            Self::OfferWithdrawn { offer: id, since } => {
                vec![offer(id), ("since", since.to_string())]
            }
            Self::ClosedToNewPurchase { offer: id } => vec![offer(id)],
            Self::OtherMarket { offer: id, sold_in, market } => {
                vec![offer(id), ("sold_in", sold_in.to_string()), ("market", market.to_string())]
            }
            Self::OtherSegment { offer: id, segment } => {
                vec![offer(id), ("segment", segment.to_string())]
            }
            Self::OtherCloud { offer: id, sold_in, cloud } => {
                vec![offer(id), ("sold_in", sold_in.to_string()), ("cloud", cloud.to_string())]
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
