//! Who is calling, and whether the contract lets them.
//!
//! The contract gives every method one word of access ([`Table`]); a verified token says who the
//! caller is ([`Verifier`], [`Claims`]); one layer compares the two ([`AccessLayer`]) and leaves a
//! [`Caller`] with the request. Not here: what a rule demands beyond the word (software asks for an
//! Admin agent), whether a row is the caller's (stores ask [`Reach`]), and people's passwords.

mod attempt;
mod caller;
mod claims;
mod error;
mod jwks;
mod key;
mod layer;
mod limits;
mod refusal;
mod role;
mod seldom;
mod service_token;
mod sign;
mod table;
mod verify;

pub use attempt::{Attempt, RecordRefusal, Recorded, TurnedAway};
pub use caller::{Caller, Reach};
pub use claims::Claims;
pub use error::AccessError;
pub use jwks::{FetchKeys, Fetching, KeySet};
pub use layer::{AccessLayer, Guarded, is_free, layer};
pub use limits::{Limited, Limits, LimitsConfig, Under};
pub use refusal::Refusal;
pub use role::{role_name, role_named};
pub use seldom::{Again, Seldom};
pub use service_token::ServiceToken;
pub use sign::{KeyPair, Signer, generate_key_pair};
pub use table::{Rule, Table};
pub use verify::{AuthConfig, Verifier};

#[cfg(test)]
mod tests;
