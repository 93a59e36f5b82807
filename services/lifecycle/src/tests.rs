//! Lifecycle on a real database, at noon: what the rules cannot show by themselves.

mod add_ons;
mod alarms;
mod batches;
mod billing_change;
mod cancel;
mod first_terms;
mod given;
mod history;
mod house;
mod invoices;
mod life;
mod limits;
mod listing;
mod model;
mod start;
mod store;
mod test_clocks;
mod transitions;
mod walls;
mod wire;
