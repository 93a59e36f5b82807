//! The SQL of this service, one file a noun. It decides nothing.

pub mod cancellations;
pub mod carts;
pub mod customers;
pub mod orders;
pub mod partners;
pub mod past_orders;
pub mod relationships;
pub mod support;
mod text;

use db::Migration;

/// The schema, step by step.
pub static MIGRATIONS: [Migration; 12] = [
    Migration { version: 1, name: "order", sql: include_str!("../migrations/0001_order.sql") },
    Migration { version: 2, name: "replays", sql: replay::TABLE },
    Migration { version: 3, name: "mailbox", sql: mailbox::TABLES },
    Migration { version: 4, name: "test clocks", sql: clock::TEST_CLOCKS },
    Migration { version: 5, name: "price list", sql: price_list::TABLES },
    Migration {
        version: 6,
        name: "resellers and relationships",
        sql: include_str!("../migrations/0002_resellers.sql"),
    },
    Migration { version: 7, name: "support", sql: include_str!("../migrations/0003_support.sql") },
    Migration { version: 8, name: "promotions", sql: price_list::PROMOTION_TABLES },
    Migration { version: 9, name: "history", sql: include_str!("../migrations/0004_history.sql") },
    Migration {
        version: 10,
        name: "promotions of order lines",
        sql: include_str!("../migrations/0005_promotions.sql"),
    },
    Migration { version: 11, name: "add-ons", sql: price_list::ADD_ON_TABLES },
    Migration { version: 12, name: "walls", sql: include_str!("../migrations/0006_walls.sql") },
];
