//! Why a legacy add-on cannot be had, or not by itself.

use vocab::{OfferId, PartnerId, SkuId, SubscriptionId, TermLength};

use crate::domain::Action;
use crate::domain::rejection::words::phrase;

/// A rule of legacy add-ons that says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddOn {
    /// Only legacy subscriptions have legacy add-ons.
    #[error("SKU {sku} has no legacy add-ons; other add-ons are bought from the catalog")]
    NotABase {
        /// Of what one was asked for.
        sku: SkuId,
    },
    /// It extends something else, or is for others.
    #[error(
        "offer {offer} is no add-on of SKU {sku} for this customer; choose one that ListAddOns shows"
    )]
    NotOfBase {
        /// What was asked for.
        offer: OfferId,
        /// The base's SKU.
        sku: SkuId,
    },
    /// The base has the SKU by another plan, which stays.
    #[error(
        "the base has this add-on as offer {has} already; set the seats of that, not of {offer}"
    )]
    OtherPlan {
        /// What was asked for.
        offer: OfferId,
        /// What there is.
        has: OfferId,
    },
    /// The SKU takes no new purchase.
    #[error("offer {offer} is closed to new purchases; choose another that ListAddOns shows")]
    Closed {
        /// What was asked for.
        offer: OfferId,
    },
    /// An add-on ends and renews with its base, so that their terms are equally long.
    #[error(
        "offer {offer} has terms of {}, and its base of {}; choose a plan with the terms of the base",
        of(*.length),
        of(*.of_base)
    )]
    OtherTerm {
        /// What was asked for.
        offer: OfferId,
        /// Its terms.
        length: Option<TermLength>,
        /// The base's.
        of_base: Option<TermLength>,
    },
    /// It shares with its base what was asked for.
    #[error("a legacy add-on cannot {} by itself; its base is subscription {base}, ask for it there", phrase(*.action))]
    WithBase {
        /// What was asked for.
        action: Action,
        /// The base.
        base: SubscriptionId,
    },
    /// An indirect reseller buys through its provider.
    #[error("an indirect reseller cannot buy add-ons; ask your provider, partners/{provider}")]
    AskProvider {
        /// Who can.
        provider: PartnerId,
    },
}

impl NoAddOn {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotABase { .. }
            | Self::NotOfBase { .. }
            | Self::OtherPlan { .. }
            | Self::OtherTerm { .. } => "ADD_ON_NOT_OFFERED",
            Self::Closed { .. } => "NOT_TRANSACTABLE_HERE",
            Self::WithBase { .. } => "USE_BASE",
            Self::AskProvider { .. } => "CONTACT_INDIRECT_PROVIDER",
        }
    }

    /// Returns the id of the rule, as `docs/rules.md` lists it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "CAT-10",
            Self::WithBase { action: Action::Suspend | Action::Resume, .. } => "SUS-6",
            Self::AskProvider { .. } => "ADD-3",
            Self::NotABase { .. }
            | Self::NotOfBase { .. }
            | Self::OtherPlan { .. }
            | Self::OtherTerm { .. }
            | Self::WithBase { .. } => "ADD-1",
        }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotABase { sku } => vec![("sku", sku.to_string())],
            Self::NotOfBase { offer, sku } => {
                vec![("offer", offer.to_string()), ("sku", sku.to_string())]
            }
            Self::OtherPlan { offer, has } => {
                vec![("offer", offer.to_string()), ("has", has.to_string())]
            }
            Self::Closed { offer } => vec![("offer", offer.to_string())],
            Self::OtherTerm { offer, length, of_base } => vec![
                ("offer", offer.to_string()),
                ("term", of(*length)),
                ("base_term", of(*of_base)),
            ],
            Self::WithBase { action, base } => {
                vec![("action", action.to_string()), ("base", base.to_string())]
            }
            Self::AskProvider { provider } => vec![("provider", format!("partners/{provider}"))],
        }
    }
}

fn of(length: Option<TermLength>) -> String {
    length.map_or_else(|| "no length".to_owned(), |length| length.to_string())
}
