//! The rules of product keys: what a key looks like, what of a purchase is software, and who gets a
//! key when. How a key is encrypted is in `cipher`, who has which key in `store`.

mod key_file;
mod key_format;
mod pool;
mod product_key;
mod purchase;
mod rejection;
mod reveal;

pub use key_file::{KeyFile, Line};
pub use key_format::KeyFormat;
pub use pool::{KeyKind, KeyState, Pool, SkuName, may_import};
pub use product_key::ProductKey;
pub use purchase::{KeyAvailability, Purchase, PurchaseState, newest_of_each};
pub use rejection::Rejection;
pub use reveal::{Live, may_ask, may_show};

#[cfg(test)]
pub(crate) mod tests;
