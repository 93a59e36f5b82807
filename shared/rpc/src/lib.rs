//! Errors to statuses, fields of requests, names, pages, previews and rows of CSV: what every gRPC
//! service of Tenure says in the same way. Who may call is not here (`access`), nor what a rule is.

pub mod csv;
mod database;
mod error;
pub mod field;
pub mod filter;
pub mod name;
mod page;
mod preview;
mod seal;
mod status;
pub mod wire;

pub use error::{Classify, Kind, RuleRefusal, Violation, Violations};
pub use field::Fields;
pub use filter::Filter;
pub use page::{Page, PageError, Pager};
pub use preview::{PreviewStale, Previews};
pub use seal::Seal;
pub use status::{DOMAIN, status, unimplemented};

#[cfg(test)]
mod tests;
