//! The rules of product keys: what a key looks like, what of a purchase is software, and who gets a
//! key when; what can be downloaded, and when a link ends; on how many devices a key is in use; how
//! devices come from volume licensing. How a key is encrypted is in `cipher`, who has which in `store`.

mod activation;
mod download;
mod download_link;
mod key_file;
mod key_format;
mod key_import;
mod migration;
mod pool;
mod product_key;
mod purchase;
mod rejection;
mod reveal;

pub use activation::{Activation, ActivationCount, Checked, may_activate};
pub use download::{Download, DownloadOption, Wanted, choose, may_ask_download, may_download};
pub use download_link::{DownloadLink, LinkPolicy, Standing, token_of};
pub use key_file::{KeyFile, Line};
pub use key_format::KeyFormat;
pub use key_import::{Counts, KeyImport};
pub use migration::{
    DeploymentState, DeviceGroup, HELP, Migration, MigrationChange, MigrationChangeKind, begin,
    deploy, ring,
};
pub use pool::{KeyKind, KeyState, Pool, SkuName, may_import};
pub use product_key::ProductKey;
pub use purchase::{Handover, KeyAvailability, Moves, Purchase, PurchaseState, newest_of_each};
pub use rejection::Rejection;
pub use reveal::{Live, may_ask, may_show};

#[cfg(test)]
pub(crate) mod tests;
