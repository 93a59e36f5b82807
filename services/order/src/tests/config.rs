//! The shipped configuration.

use jiff::SignedDuration;

use crate::{Config, PatienceConfig};

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

#[test]
fn nobody_waits_backwards() {
    let patience =
        PatienceConfig { margin: SignedDuration::from_secs(-1), ..PatienceConfig::default() };
    let refused = patience.check().unwrap_err().to_string();
    assert_eq!(refused, "patience.margin is below 0s");
    PatienceConfig::default().check().unwrap();
}
