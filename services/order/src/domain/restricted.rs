//! What the catalog restricts a sale to, whatever else the customer has.

use vocab::{Market, Offer, OfferId, PartnerId, Workload};

use super::Customer;

/// A restriction that stands against a sale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Restricted {
    /// Other partners alone sell it.
    #[error("{offer} is sold by other partners alone; choose an offer that ListOffers shows")]
    ExclusiveToOthers {
        /// What was asked for.
        offer: OfferId,
    },
    /// The publisher does not support the customer's country.
    #[error(
        "the publisher of {offer} does not support {market}; choose an offer of another publisher"
    )]
    CountryUnsupported {
        /// What was asked for.
        offer: OfferId,
        /// The customer's.
        market: Market,
    },
    /// The publisher left it out of the programme.
    #[error(
        "the publisher of {offer} does not sell it through partners; choose another offer, or let the customer buy it from the publisher"
    )]
    NotInCsp {
        /// What was asked for.
        offer: OfferId,
    },
    /// It is sold in the cloud portal.
    #[error(
        "{offer} runs on {workload} and is bought and managed in the cloud portal alone; buy it there"
    )]
    CloudPortal {
        /// What was asked for.
        offer: OfferId,
        /// What runs it.
        workload: Workload,
    },
    /// It is bought with what it extends, and from no catalog.
    #[error(
        "{offer} is a legacy add-on, which no cart takes; buy it for its base, by SubscriptionService/ChangeQuantity"
    )]
    LegacyAddOn {
        /// What was asked for.
        offer: OfferId,
    },
}

impl Restricted {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ExclusiveToOthers { .. } => "EXCLUSIVE_TO_OTHER_PARTNERS",
            Self::CountryUnsupported { .. } => "ISV_COUNTRY_UNSUPPORTED",
            Self::NotInCsp { .. } => "ISV_NOT_IN_CSP",
            Self::CloudPortal { .. } | Self::LegacyAddOn { .. } => "NOT_TRANSACTABLE_HERE",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::ExclusiveToOthers { .. } => "CAT-7",
            Self::CountryUnsupported { .. } => "MKT-6",
            Self::NotInCsp { .. } => "CAT-5",
            Self::CloudPortal { .. } => "CAT-2",
            Self::LegacyAddOn { .. } => "ORD-10",
        }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let named = |offer: &OfferId| ("offer", format!("offers/{offer}"));
        match self {
            Self::ExclusiveToOthers { offer }
            | Self::NotInCsp { offer }
            | Self::LegacyAddOn { offer } => vec![named(offer)],
            Self::CountryUnsupported { offer, market } => {
                vec![named(offer), ("market", market.to_string())]
            }
            Self::CloudPortal { offer, workload } => {
                vec![named(offer), ("runs_on", workload.to_string())]
            }
        }
    }
}

/// Returns what restricts a sale of `offer`; `seller` is `None` for who sells nothing.
///
/// Source: CAT-2, CAT-5, CAT-7, MKT-6, ORD-10.
pub(super) fn restricted(
    offer: &Offer,
    customer: &Customer,
    seller: Option<PartnerId>,
) -> Vec<Restricted> {
    let (restrictions, market) = (&offer.restrictions, customer.facts.market);
    let id = || offer.id.clone();
    let exclusive = seller.filter(|seller| !restrictions.admits(*seller));
    let abroad = Some(market).filter(|market| restrictions.unsupported_markets.contains(market));
    let outside = Some(()).filter(|()| restrictions.is_outside_csp);
    let add_on = Some(()).filter(|()| restrictions.is_legacy_add_on(offer.kind));
    [
        exclusive.map(|_| Restricted::ExclusiveToOthers { offer: id() }),
        abroad.map(|market| Restricted::CountryUnsupported { offer: id(), market }),
        outside.map(|()| Restricted::NotInCsp { offer: id() }),
        restrictions.runs_on.map(|workload| Restricted::CloudPortal { offer: id(), workload }),
        add_on.map(|()| Restricted::LegacyAddOn { offer: id() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
