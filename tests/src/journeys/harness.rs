//! What journeys are made with: databases that nobody else uses, five services in one process or in
//! five, somebody who sells something to somebody, and the books that must come out right.

pub mod binary;
pub mod books;
pub mod collector;
pub mod desk;
pub mod fleet;
pub mod house;
pub mod noise;
pub mod patience;
pub mod place;
pub mod ports;
pub mod process;
pub mod raw;
pub mod server;
pub mod shop;
pub mod words;
