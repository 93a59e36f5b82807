//! The shipped configuration.

use crate::Config;

#[test]
fn the_shipped_file_sets_the_defaults() {
    let text = include_str!("../../../../deploy/order.toml");
    let shipped: Config = boot::parse(text).unwrap();
    assert_eq!(shipped, Config::default());
}

#[test]
fn secrets_are_not_printed() {
    let config = Config { db_url: "postgres://u:secret@h/d".to_owned(), ..Config::default() };
    assert!(!format!("{config:?}").contains("secret"));
}
