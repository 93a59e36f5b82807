//! license-key on a real database, at noon, through its real gRPC server; lifecycle and audit are stubs.

mod canary;
mod house;
mod import;
mod list;
mod purchases;
mod race;
mod reveal;
mod start;
mod stub;
