//! What is taken for a key, and what is not.

use rstest::rstest;

use super::leak;
use crate::{domain::Entry, tests::an_entry};

#[rstest]
#[case::trp_53_a_key("01234567890123456789012345678901", true)]
#[case::trp_53_in_groups_of_four("0123-4567-8901-2345-6789-0123-4567-8901", true)]
#[case::trp_53_in_groups_of_eight("01234567-89012345-67890123-45678901", true)]
#[case::trp_53_letters_and_digits("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", true)]
#[case::trp_53_within_a_sentence("key 01234567890123456789012345678901.", true)]
#[case::trp_53_within_a_link("https://x/d/01234567890123456789012345678901?a=b", true)]
#[case::trp_53_one_digit_less("0123456789012345678901234567890", false)]
#[case::trp_53_one_digit_more("012345678901234567890123456789012", false)]
#[case::trp_53_a_uuid("0194a6f2-7c1e-7000-8000-5f2d3a1b9c04", false)]
#[case::trp_53_a_uuid_of_digits("00000000-0000-7000-8000-000000000001", false)]
#[case::trp_53_a_name("customers/00000000-0000-7000-8000-000000000001/orders/x", false)]
#[case::trp_53_words("windows-server-2022-standard-16-core-license", false)]
#[case::trp_53_letters_only("abcdefghijklmnopqrstuvwxyzabcdef", false)]
#[case::trp_53_an_amount("1234.50 EUR", false)]
#[case::trp_53_nothing("", false)]
fn a_key_is_recognised(#[case] text: &str, #[case] is_leak: bool) {
    let text = text.to_owned();
    let in_details = [("note".to_owned(), text.clone())].into();
    let as_name = [(text.clone(), "x".to_owned())].into();
    for (entry, field) in [
        (Entry { resource: text.clone(), ..an_entry(1) }, "resource"),
        (Entry { action: text.clone(), ..an_entry(1) }, "action"),
        (Entry { reason: text.clone(), ..an_entry(1) }, "reason"),
        (Entry { details: in_details, ..an_entry(1) }, "details.note"),
        (Entry { details: as_name, ..an_entry(1) }, "details"),
    ] {
        assert_eq!(leak(&entry), is_leak.then(|| field.to_owned()), "{field}");
    }
}

#[rstest]
#[case::trp_53_key("key", true)]
#[case::trp_53_product_key("Product-Key", true)]
#[case::dwn_6_token("TOKEN", true)]
#[case::dwn_6_link("download_link", true)]
#[case::trp_53_name_of_a_key("key_id", false)]
#[case::trp_53_product("product", false)]
fn a_name_says_what_it_holds(#[case] name: &str, #[case] is_leak: bool) {
    let details = [(name.to_owned(), "harmless".to_owned())].into();
    let found = leak(&Entry { details, ..an_entry(1) });
    assert_eq!(found, is_leak.then(|| format!("details.{name}")));
}

/// Some issuers name people by 32 digits; such a person's reads must be on record all the same.
#[test]
fn trp_53_the_actor_is_not_looked_at() {
    let actor = "01234567890123456789012345678901".to_owned();
    assert_eq!(leak(&Entry { actor, ..an_entry(1) }), None);
}
