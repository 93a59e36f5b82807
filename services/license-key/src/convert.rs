//! Between the wire and the domain, both ways.

mod activation;
mod delivery;
mod download;
mod migration;
mod pool;
mod software;

pub use activation::{activate_key, activation, activation_name, validate_key, validation};
pub use delivery::{clock_reading, live, purchase, report};
pub use download::{
    create_download_link, download_link, download_link_name, download_options, downloads, handover,
    parent,
};
pub use migration::{
    create_migration, migration, migration_change, migration_name, migrations_parent,
};
pub use pool::{
    Header, checked, chunk, import_name, imported, key_import, key_pool, pool_header, rotation, sku,
};
pub use software::{reveal, revealed, software, software_parent};
