//! The service on a real database, at noon: its gRPC traits behind the contract's own access rules,
//! with lifecycle as a stub.

mod alignment;
mod cancel_order;
mod cancel_product;
mod carts;
mod catalog;
mod checkout;
mod config;
mod customers;
mod fulfil;
mod history;
mod house;
mod limits;
mod orders;
mod partners;
mod promotions;
mod relationships;
mod resellers;
mod start;
mod stub;
mod support;
mod wait;
mod walls;
mod wire;
