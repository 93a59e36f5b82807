//! Answers "what time is it": for real, on a test clock, and in tests.
//!
//! Not here: what moves a test clock, and what must settle before it moves on.

mod source;
mod test_clocks;

pub use source::{Clock, ManualClock, SystemClock};
pub use test_clocks::{ClockError, Clocks, TEST_CLOCKS};

#[cfg(test)]
mod tests;
