//! Between the wire and the domain, both ways.

mod delivery;
mod pool;
mod software;

pub use delivery::{clock_reading, live, purchase, report};
pub use pool::{checked, chunk, imported, key_pool, pool_header, sku};
pub use software::{reveal, revealed, software, software_parent};
