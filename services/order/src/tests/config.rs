//! The shipped configuration.

use jiff::SignedDuration;
use rstest::rstest;

use crate::config::check_policy;
use crate::domain::Policy;
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

#[rstest]
#[case::d_20_nobody(Policy { reseller_count_max: 0, ..Policy::default() }, "reseller_count_max")]
#[case::ord_12_before_it_expires(
    Policy { cart_retention: SignedDuration::from_secs(-1), ..Policy::default() },
    "cart_retention"
)]
fn a_policy_that_cannot_be_followed(#[case] policy: Policy, #[case] key: &str) {
    let refused = check_policy(&policy).unwrap_err().to_string();
    assert!(refused.starts_with(&format!("policy.{key} is below")), "{refused}");
    check_policy(&Policy::default()).unwrap();
}

#[test]
fn sup_2_a_request_with_all_its_files_fits_into_a_message() {
    Config::default().check_sizes().unwrap();
    let message_bytes_max = Config::default().policy.attachment_bytes_max;
    let server = boot::ServerConfig { message_bytes_max, ..Config::default().server };
    let refused = Config { server, ..Config::default() }.check_sizes().unwrap_err().to_string();
    assert!(refused.starts_with("policy.attachment_bytes_max is not below"), "{refused}");
}
