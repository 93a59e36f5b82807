//! What subscriptions must be charged, what becomes of them, and when their windows close: the rules
//! once more, day by day, as simply as they can be said, and without a line of the service's own code.
//! Slow on purpose.

mod acts;
mod billing;
mod book;
mod days;
mod ends;
mod life;
mod money;
mod purchase;
mod renewal;
mod seats;
mod switches;
mod terms;
mod transfers;
mod transitions;

pub use acts::Act;
pub use book::{Book, Worker};
pub use ends::End;
pub use life::{Life, State};
pub use money::line;
pub use purchase::Deal;
pub use renewal::Set;

/// The most seats of every offer here.
const MOST_SEATS: i64 = 300;
/// The seats of a trial (TRI-1).
pub const TRIAL_SEATS: i64 = 25;
