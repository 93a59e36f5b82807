//! What a catalog file says, what it changes, and what is blocked where. No clock, no network, no
//! database.

pub mod blocked;
pub mod compare;
pub mod file;
pub mod finding;
pub mod product;
pub mod query;
pub mod revision;
pub mod yaml;
