//! Ports for processes that must be found again on the same one after they were killed.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which systems hand out ports, and below the one in which `./test` looks for a
/// port of PostgreSQL: nobody else takes one while its process is dead.
const FIRST: u16 = 10_000;
const COUNT: u16 = 10_000;

/// Returns a port that nobody uses, and that nobody in this process is given again.
pub fn free() -> u16 {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    // Each run of the tests begins elsewhere, for two may run at once.
    let own_start = || u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    let next = NEXT.get_or_init(|| AtomicU16::new(own_start()));
    let step = |at: u16| Some((at + 1) % COUNT);
    for _ in 0..COUNT {
        let at = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        let port = FIRST + at.unwrap_or_else(|at| at);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port from {FIRST} to {} is free", FIRST + COUNT);
}
