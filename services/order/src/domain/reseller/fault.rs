//! What can be wrong with a reseller.

use vocab::{Cloud, Market, PartnerType};

/// What is wrong with a reseller; the text goes on after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResellerFault {
    /// Nobody has that id.
    #[error("is not registered here; check the id")]
    Unknown,
    /// Another type of partner.
    #[error("is of the type {kind}; declare an INDIRECT_RESELLER")]
    NotAReseller {
        /// What it is.
        kind: PartnerType,
    },
    /// The seller names itself.
    #[error("is the selling partner itself; leave it out")]
    IsSeller,
    /// A partner of another cloud.
    #[error("is in the cloud {found}; declare a reseller of the cloud {expected}")]
    OtherCloud {
        /// The reseller's.
        found: Cloud,
        /// The seller's.
        expected: Cloud,
    },
    /// Another provider's.
    #[error("sells through another provider; pick one of your own resellers as the first")]
    OfAnother,
    /// No agreement.
    #[error("has not signed the Microsoft Partner Agreement; it can be declared once it has")]
    AgreementMissing,
    /// The seller is no indirect provider.
    #[error("cannot be picked by a partner of the type {kind}; sell without a reseller")]
    NoProvider {
        /// What the seller is.
        kind: PartnerType,
    },
    /// There is no first one.
    #[error("is an additional reseller, and there is no first one; choose a first reseller")]
    FirstMissing,
    /// Declared where nothing is to be declared.
    #[error(
        "is an additional reseller, which only EU and EFTA markets know; leave it out in {market}"
    )]
    OtherMarket {
        /// The customer's.
        market: Market,
    },
    /// Named before.
    #[error("is named twice; name each reseller once")]
    Duplicate,
    /// One too many.
    #[error("is one too many; a transaction has at most {count_max} resellers, the first included")]
    TooMany {
        /// The most.
        count_max: usize,
    },
}

impl ResellerFault {
    /// Returns the reason on the wire.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "RESELLER_UNKNOWN",
            Self::NotAReseller { .. } => "NOT_A_RESELLER",
            Self::IsSeller => "RESELLER_IS_SELLER",
            Self::OtherCloud { .. } => "CLOUD_MISMATCH",
            Self::OfAnother => "RESELLER_OF_ANOTHER",
            Self::AgreementMissing => "AGREEMENT_REQUIRED",
            Self::NoProvider { .. } => "RESELLERS_NOT_ALLOWED",
            Self::FirstMissing => "FIRST_RESELLER_REQUIRED",
            Self::OtherMarket { .. } => "MARKET_WITHOUT_DECLARATION",
            Self::Duplicate => "RESELLER_DUPLICATE",
            Self::TooMany { .. } => "RESELLER_LIMIT",
        }
    }

    /// Returns the id of the rule that says no.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Unknown | Self::IsSeller | Self::AgreementMissing | Self::Duplicate => "PAR-9",
            Self::NotAReseller { .. } | Self::OfAnother | Self::NoProvider { .. } => "PAR-4",
            Self::OtherCloud { .. } => "PAR-13",
            Self::FirstMissing => "PAR-7",
            Self::OtherMarket { .. } => "MKT-7",
            Self::TooMany { .. } => "D-20",
        }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotAReseller { kind } | Self::NoProvider { kind } => {
                vec![("type", kind.to_string())]
            }
            Self::OtherCloud { found, expected } => {
                vec![("cloud", found.to_string()), ("expected", expected.to_string())]
            }
            Self::OtherMarket { market } => vec![("market", market.to_string())],
            Self::TooMany { count_max } => vec![("limit", count_max.to_string())],
            Self::Unknown
            | Self::IsSeller
            | Self::OfAnother
            | Self::AgreementMissing
            | Self::FirstMissing
            | Self::Duplicate => Vec::new(),
        }
    }
}
