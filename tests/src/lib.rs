//! The checks that no single crate can make: tidy reads the sources of the whole workspace, and
//! journeys go through all services.
//!
//! Not here: the tests of one service, which live beside its code.

#[cfg(test)]
mod journeys;
#[cfg(test)]
mod promql;
#[cfg(test)]
mod tidy;
