//! Who sells: partners, and which of them may transact.

use jiff::Timestamp;
use vocab::{Cloud, Market, PartnerId, PartnerType};

use super::Rejection;

/// A seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// What it is like.
    pub facts: PartnerDraft,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// What an operator says of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDraft {
    /// For people.
    pub display_name: String,
    /// Its type.
    pub kind: PartnerType,
    /// Its country.
    pub market: Market,
    /// Its cloud (PAR-13).
    pub cloud: Cloud,
    /// An indirect reseller's provider; `None` for the other types.
    pub provider: Option<PartnerId>,
    /// Whether it has signed the Microsoft Partner Agreement (PAR-9).
    pub has_signed_agreement: bool,
}

/// What an operator changes of a partner; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatePartner {
    /// The partner.
    pub partner: PartnerId,
    /// For people.
    pub display_name: Option<String>,
    /// Whether it has signed the Microsoft Partner Agreement (PAR-9).
    pub has_signed_agreement: Option<bool>,
}

impl Partner {
    /// Returns what changes with every change of the partner.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// Returns the partner changed; as it is when nothing is different.
    pub fn updated(&self, update: &UpdatePartner) -> Self {
        let mut facts = self.facts.clone();
        facts.display_name = update.display_name.clone().unwrap_or(facts.display_name);
        facts.has_signed_agreement =
            update.has_signed_agreement.unwrap_or(facts.has_signed_agreement);
        let version = self.version + i64::from(facts != self.facts);
        Self { facts, version, ..self.clone() }
    }

    /// Lets partners pass that may sell and manage.
    ///
    /// # Errors
    ///
    /// [`Rejection::ContactIndirectProvider`] for an indirect reseller (PAR-1).
    pub const fn check_transacts(&self) -> Result<(), Rejection> {
        match (self.facts.kind, self.facts.provider) {
            (PartnerType::IndirectReseller, Some(provider)) => {
                Err(Rejection::ContactIndirectProvider { provider })
            }
            // A reseller without a provider cannot be registered.
            (PartnerType::IndirectReseller, None)
            | (PartnerType::DirectBill | PartnerType::IndirectProvider, _) => Ok(()),
        }
    }
}

impl PartnerDraft {
    /// Tells what is wrong with the provider, given the partner that it names; the text goes on
    /// after the field's name.
    ///
    /// # Errors
    ///
    /// A text for the caller: an indirect reseller has a provider, which is one, and nobody else
    /// has.
    pub fn check_provider(&self, provider: Option<&Partner>) -> Result<(), &'static str> {
        match (self.kind, self.provider, provider.map(|named| named.facts.kind)) {
            (PartnerType::IndirectReseller, None, _) => {
                Err("is required: an indirect reseller sells through its provider")
            }
            (PartnerType::IndirectReseller, Some(_), Some(PartnerType::IndirectProvider))
            | (PartnerType::DirectBill | PartnerType::IndirectProvider, None, _) => Ok(()),
            (PartnerType::IndirectReseller, Some(_), _) => {
                Err("is not the name of an indirect provider")
            }
            (PartnerType::DirectBill | PartnerType::IndirectProvider, Some(_), _) => {
                Err("is only for an indirect reseller; leave it empty")
            }
        }
    }

    /// Lets a reseller pass that is in its provider's cloud.
    ///
    /// # Errors
    ///
    /// [`Rejection::CloudMismatch`] (PAR-13).
    pub fn check_cloud(&self, provider: Option<&Partner>) -> Result<(), Rejection> {
        match provider.map(|named| named.facts.cloud) {
            Some(expected) if expected != self.cloud => {
                Err(Rejection::CloudMismatch { found: self.cloud, expected })
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
