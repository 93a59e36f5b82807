//! Journeys across the services, over real gRPC: what only all five together can show.
//!
//! One file a kind of journey, on the harness in `harness/`. Not here: what one service can show by
//! itself, which its own tests do.

mod harness;

mod abuse;
mod availability;
mod bad_input;
mod callers;
mod clocks;
mod databases;
mod downloads;
mod evidence;
mod first_terms;
mod grpcurl;
mod history;
mod kills;
mod matrix;
mod metrics;
mod operating;
mod outages;
mod price_lists;
mod restarts;
mod restores;
mod secrets;
mod stops;
mod story;
mod support;
mod throng;
mod traces;
mod transfers;
mod transitions;
mod up;
mod upgrades;
