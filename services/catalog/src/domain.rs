//! What a catalog file says, what it changes, and what follows from it: upgrade paths, promotions, the
//! hybrid benefit, blocked markets. No clock, no network, no database.

pub mod availability;
pub mod blocked;
pub mod compare;
pub mod file;
pub mod finding;
pub mod hybrid;
pub mod letters;
pub mod plans;
pub mod product;
pub mod promotion;
pub mod query;
pub mod revision;
pub mod suite;
pub mod table;
pub mod trial;
pub mod upgrade;
pub mod yaml;
