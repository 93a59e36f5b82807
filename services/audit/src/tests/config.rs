//! The shipped configuration, and what is never printed.

use crate::Config;

#[test]
fn the_shipped_file_sets_the_defaults() {
    let shipped: Config = boot::parse(include_str!("../../../../deploy/audit.toml")).unwrap();
    assert_eq!(shipped, Config::default());
}

#[test]
fn secrets_are_not_printed() {
    let secret = || "hidden".to_owned();
    let config = Config { db_url: secret(), signing_key: secret(), ..Config::default() };
    assert!(!format!("{config:?}").contains("hidden"));
}
