//! The shipped configuration is the default one.

use super::*;
use crate::domain::Window;

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

#[test]
fn d_27_a_law_is_a_row_of_the_policy() {
    let text = r#"
        [[policy.statutory]]
        market = "FR"
        kind = "LICENSE_BASED"
        window = { hours = 336 }

        [[policy.statutory]]
        market = "DE"
        kind = "SOFTWARE_PERPETUAL"
        window = { calendar_days = 60 }
    "#;
    let config = boot::parse::<Config>(text).unwrap();
    let windows: Vec<_> = config.policy.statutory.iter().map(|law| law.window).collect();
    assert_eq!(windows, [Window::Hours(336), Window::CalendarDays(60)]);
    let unknown = text.replace("market = \"FR\"", "land = \"FR\"");
    assert!(boot::parse::<Config>(&unknown).is_err());
}
