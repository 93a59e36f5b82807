//! Azure Hybrid Benefit: whether a licence can be used for a virtual machine, and what that saves at
//! most. What the machine costs is for the caller to know.

use vocab::Money;

use super::product::{Sku, SkuName};

/// The largest share of a virtual machine's price that is saved, in percent (AHB-2).
pub const PERCENT_MAX: i64 = 40;

/// How every figure of an estimate is meant (AHB-2).
pub const LABEL: &str = "up to";

vocab::text_enum! {
    /// The editions of Windows Server whose licences can be used (AHB-1).
    HybridEdition {
        /// Windows Server Datacenter.
        Datacenter = "datacenter",
        /// Windows Server Standard.
        Standard = "standard",
    }
}

/// What becomes of a licence that is used for a virtual machine (AHB-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseUse {
    /// It no longer serves a machine of the customer's own.
    Converted,
    /// It serves a machine of the customer's own as well.
    Reused,
}

/// A licence, and the machine for which it shall be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// What was bought.
    pub sku: SkuName,
    /// Whether it has Software Assurance.
    pub has_software_assurance: bool,
    /// What the machine costs without it; not negative.
    pub machine_price: Money,
}

/// What is saved, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Of the price.
    pub saving_max: Money,
    /// What is paid at least.
    pub price_min: Money,
    /// What becomes of the licence.
    pub license_use: LicenseUse,
}

/// Why a licence cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ineligible {
    /// It is another product.
    #[error(
        "only licences of Windows Server Datacenter and Windows Server Standard can be used for \
         virtual machines"
    )]
    Product,
    /// It has no Software Assurance.
    #[error("the licence needs Software Assurance")]
    NoSoftwareAssurance,
}

impl Ineligible {
    /// The reason, as callers match on it.
    pub const REASON: &str = "HYBRID_BENEFIT_INELIGIBLE";

    /// The id of the rule.
    pub const RULE: &str = "AHB-1";
}

/// Estimates what a licence saves on a virtual machine of a price that is not negative.
///
/// What is saved is rounded down, so that it is never more than 40 %.
///
/// # Errors
///
/// [`Ineligible`] (AHB-1).
///
/// Source: AHB-1, AHB-2.
pub fn estimate(
    sku: &Sku,
    has_software_assurance: bool,
    price: Money,
) -> Result<Estimate, Ineligible> {
    let edition = sku.hybrid_benefit.ok_or(Ineligible::Product)?;
    if !has_software_assurance {
        return Err(Ineligible::NoSoftwareAssurance);
    }
    let (whole, rest) = (price.minor / 100, price.minor % 100);
    let saving = whole * PERCENT_MAX + rest * PERCENT_MAX / 100;
    Ok(Estimate {
        saving_max: Money::of_minor(saving, price.currency),
        price_min: Money::of_minor(price.minor - saving, price.currency),
        license_use: match edition {
            HybridEdition::Datacenter => LicenseUse::Reused,
            HybridEdition::Standard => LicenseUse::Converted,
        },
    })
}

#[cfg(test)]
mod tests;
