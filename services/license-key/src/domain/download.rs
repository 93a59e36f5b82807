//! What can be downloaded for a SKU, and who may have it. When a link ends is in `download_link`.

use super::{Live, Purchase, PurchaseState, Rejection, SkuName};

/// One choice, as the product offers it.
///
/// Source: DWN-1, CAT-12.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DownloadOption {
    /// The version.
    pub version: String,
    /// The language, as a BCP 47 tag.
    pub language: String,
    /// The file type and operating system.
    pub file_type: String,
}

impl std::fmt::Display for DownloadOption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.version, self.language, self.file_type)
    }
}

/// A choice, and where its artifact lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// What it is.
    pub option: DownloadOption,
    /// Where it lies: told to whoever opens a link, and to nobody else.
    pub artifact_uri: String,
}

/// What is asked for; what is `None` may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The version.
    pub version: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// The file type and operating system.
    pub file_type: Option<String>,
}

impl Wanted {
    /// Tells whether an option is what was asked for.
    pub fn admits(&self, option: &DownloadOption) -> bool {
        let same =
            |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|it| it == has);
        same(&self.version, &option.version)
            && same(&self.language, &option.language)
            && same(&self.file_type, &option.file_type)
    }
}

/// Decides whether there is anything to download, without asking anybody.
///
/// # Errors
///
/// [`Rejection::NoDownloadForProduct`] (CAT-13).
pub fn may_ask_download(purchase: &Purchase) -> Result<(), Rejection> {
    if purchase.fulfilment.download {
        Ok(())
    } else {
        Err(Rejection::NoDownloadForProduct { product: purchase.sku.product.clone() })
    }
}

/// Decides whether the purchase has downloads now, by the copy and by what lifecycle says.
///
/// # Errors
///
/// [`Rejection::DownloadUnavailable`] (DWN-5, SUS-1).
pub fn may_download(copy: &Purchase, live: &Live) -> Result<(), Rejection> {
    match live.with(copy) {
        PurchaseState::Active => Ok(()),
        state @ (PurchaseState::Pending
        | PurchaseState::Suspended
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted) => Err(Rejection::DownloadUnavailable { state }),
    }
}

/// Returns the one download that is asked for.
///
/// # Errors
///
/// [`Rejection::DownloadNotOffered`] if there is none, or more than one (CAT-12).
pub fn choose(
    sku: &SkuName,
    offered: Vec<Download>,
    wanted: &Wanted,
) -> Result<Download, Rejection> {
    let offers = || offered.iter().map(|one| one.option.to_string()).collect::<Vec<_>>().join(", ");
    let refused = Rejection::DownloadNotOffered { sku: sku.clone(), offered: offers() };
    let mut found = offered.into_iter().filter(|one| wanted.admits(&one.option));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_) | None, _) => Err(refused),
    }
}
