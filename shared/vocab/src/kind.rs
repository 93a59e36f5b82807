//! The closed lists of the rulebook, with the spelling that files, tables and the wire share.

use std::fmt;
use std::str::FromStr;

use crate::text_enum;
pub use crate::text_enum::UnknownMember;

text_enum! {
    /// What kind of thing a product is; rules and policies hang on it.
    ProductKind {
        /// New-commerce online services, sold by licence.
        LicenseBased = "LICENSE_BASED",
        /// Traditional licence-based services.
        LicenseLegacy = "LICENSE_LEGACY",
        /// Server subscriptions and client access licences.
        SoftwareSubscription = "SOFTWARE_SUBSCRIPTION",
        /// Software bought once.
        SoftwarePerpetual = "SOFTWARE_PERPETUAL",
        /// Reserved capacity in the cloud.
        AzureReservation = "AZURE_RESERVATION",
        /// A publisher's service, sold by licence.
        IsvSaasLicense = "ISV_SAAS_LICENSE",
        /// A publisher's service, metered.
        IsvSaasMetered = "ISV_SAAS_METERED",
        /// A RedHat or SUSE plan.
        LinuxPlan = "LINUX_PLAN",
        /// Extended security updates.
        Esu = "ESU",
    }
}

impl ProductKind {
    /// Whether this is software with keys and downloads, so that cancelling it needs an Admin
    /// agent (CAN-7).
    pub const fn is_software(self) -> bool {
        matches!(self, Self::SoftwareSubscription | Self::SoftwarePerpetual)
    }

    /// Whether it is one of the licence-based subscriptions of which a tenant takes so many (D-23).
    pub const fn is_licence_based(self) -> bool {
        matches!(self, Self::LicenseBased | Self::LicenseLegacy)
    }

    /// Whether it is bought once and has no term (TRM-1).
    pub const fn is_perpetual(self) -> bool {
        matches!(self, Self::SoftwarePerpetual)
    }
}

text_enum! {
    /// The type of a partner. Only the first two transact (PAR-1).
    PartnerType {
        /// Sells to customers on its own account.
        DirectBill = "DIRECT_BILL",
        /// Sells through resellers.
        IndirectProvider = "INDIRECT_PROVIDER",
        /// Sells through its provider and cannot transact.
        IndirectReseller = "INDIRECT_RESELLER",
    }
}

text_enum! {
    /// The segment of a customer, and of an offer.
    Segment {
        /// Companies.
        Commercial = "COMMERCIAL",
        /// Schools and universities.
        Education = "EDUCATION",
        /// Public bodies.
        Government = "GOVERNMENT",
        /// Charities.
        NonProfit = "NON_PROFIT",
    }
}

text_enum! {
    /// The cloud to which a partner, its customers and its offers belong (PAR-13).
    Cloud {
        /// The commercial cloud.
        Commercial = "COMMERCIAL",
        /// The cloud of the US Government.
        UsGovernment = "US_GOVERNMENT",
    }
}

text_enum! {
    /// How often a term's price is charged (TRM-2).
    BillingCycle {
        /// Every month.
        Monthly = "MONTHLY",
        /// Every year.
        Annual = "ANNUAL",
        /// Every three years.
        Triennial = "TRIENNIAL",
        /// Once, for what has no term.
        OneTime = "ONE_TIME",
    }
}

text_enum! {
    /// Who publishes a product (CAT-3).
    PublisherType {
        /// The programme's owner.
        Microsoft = "MICROSOFT",
        /// An independent publisher.
        Partner = "PARTNER",
    }
}

text_enum! {
    /// How a product is billed (CAT-3).
    BillingType {
        /// By licence.
        License = "LICENSE",
        /// By usage.
        Usage = "USAGE",
    }
}

text_enum! {
    /// For whom an offer is meant (CAT-3).
    Category {
        /// Companies of any size.
        Enterprise = "Enterprise",
        /// Companies of up to 300 people.
        SmallBusiness = "Small business",
        /// Who wants to try it first.
        Trial = "Trial",
    }
}

impl BillingCycle {
    /// Returns the months of one cycle; `None` for what is charged once.
    pub const fn months(self) -> Option<i32> {
        match self {
            Self::Monthly => Some(1),
            Self::Annual => Some(12),
            Self::Triennial => Some(36),
            Self::OneTime => None,
        }
    }
}

/// A market: the ISO 3166-1 alpha-2 code of a country, or a user-assigned one such as `XK`
/// (MKT-1, TRP-44). Any two capital letters are accepted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Market([u8; 2]);

/// EU-27 plus IS, LI, NO, CH (MKT-7).
const EU_EFTA: [&str; 31] = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV",
    "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "CH",
];

impl Market {
    /// Returns the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether prices of this market include tax unless the price list says otherwise (MKT-3).
    pub fn includes_tax(self) -> bool {
        matches!(&self.0, b"AU" | b"BR")
    }

    /// Whether the rules for several resellers apply (MKT-7).
    pub fn is_eu_or_efta(self) -> bool {
        EU_EFTA.contains(&self.as_str())
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Market {
    type Err = UnknownMember;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Ok(Self([*a, *b])),
            _ => Err(UnknownMember {
                list: "Market",
                text: text.to_owned(),
                members: "two capital letters, as in ISO 3166-1".to_owned(),
            }),
        }
    }
}

impl serde::Serialize for Market {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Market {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
