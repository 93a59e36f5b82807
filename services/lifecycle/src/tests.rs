//! Lifecycle on a real database, at noon: what the rules cannot show by themselves.

mod alarms;
mod cancel;
mod given;
mod house;
mod start;
