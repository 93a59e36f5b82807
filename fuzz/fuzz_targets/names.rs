//! Names of resources: no text is the name of two kinds, and a name that was read is written as one
//! that reads the same.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use rpc::name;

/// Returns 1 where `text` is such a name.
fn is<T: FromStr + Display + PartialEq>(text: &str) -> u32 {
    let Ok(name) = text.parse::<T>() else { return 0 };
    assert!(name.to_string().parse().is_ok_and(|again: T| again == name), "{text}");
    1
}

fuzz_target!(|text: &str| {
    let kinds = is::<name::Partner>(text)
        + is::<name::Customer>(text)
        + is::<name::TestClock>(text)
        + is::<name::Transfer>(text)
        + is::<name::Relationship>(text)
        + is::<name::KeyImport>(text)
        + is::<name::Order>(text)
        + is::<name::Cart>(text)
        + is::<name::Subscription>(text)
        + is::<name::SupportRequest>(text)
        + is::<name::Migration>(text)
        + is::<name::DownloadLink>(text)
        + is::<name::Activation>(text)
        + is::<name::Invoice>(text)
        + is::<name::Product>(text)
        + is::<name::Sku>(text)
        + is::<name::Offer>(text);
    assert!(kinds <= 1, "{text}");
});
