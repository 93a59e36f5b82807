//! The shipped configuration is the default one.

use super::*;

#[test]
fn the_shipped_file_sets_every_key_to_its_default() {
    let text = include_str!("../../../../deploy/lifecycle.toml");
    assert_eq!(boot::parse::<Config>(text).unwrap(), Config::default());
}

#[test]
fn neither_the_database_nor_a_key_is_printed() {
    let config = Config { db_url: "postgres://tenure:hush@db".to_owned(), ..Config::default() };
    assert!(!format!("{config:?}").contains("hush"));
}
