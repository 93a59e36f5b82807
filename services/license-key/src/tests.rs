//! license-key on a real database, at noon, through its real servers; catalog, lifecycle and audit are
//! stubs.

mod activations;
mod canary;
mod customers;
mod downloads;
mod handover;
mod house;
mod http;
mod import;
mod list;
mod migrations;
mod one_method;
mod purchases;
mod race;
mod resume;
mod reveal;
mod start;
mod stub;
mod transfers;
mod walls;
