//! What leads from one catalog to the next.

use std::collections::BTreeMap;

use vocab::OfferId;

use super::*;
use crate::domain::file::tests::read;
use crate::tests::{TWO, a_file};

impl Versioned for Offer {
    type Id = OfferId;
}

fn offers(prices: &str) -> BTreeMap<OfferId, Offer> {
    let file = read(a_file(prices).as_bytes(), None).unwrap();
    file.lists.into_iter().next().unwrap()
}

fn told(from: &BTreeMap<OfferId, Offer>, to: &BTreeMap<OfferId, Offer>) -> Vec<String> {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let differences = compare(from, to);
    differences.iter().map(|one| describe_offer(one, at)).collect()
}

#[test]
fn differences_are_told_by_id() {
    let before = offers(TWO);
    let after = offers("  2026-01-01:\n    full: {P1Y/ANNUAL: {DE: 126, US: 130}}\n");
    assert_eq!(
        told(&before, &after),
        [
            "basic-p1y-annual-de is withdrawn, from 2026-01-01T00:00:00Z",
            "full-p1y-annual-de changes from 120.00 EUR to 126.00 EUR, from 2026-01-01T00:00:00Z",
            "full-p1y-annual-us is added at 130.00 USD, from 2026-01-01T00:00:00Z",
        ]
    );
    let counts = Counts::of(&compare(&before, &after));
    assert_eq!(counts, Counts { added: 1, changed: 1, withdrawn: 1 });
    assert_eq!(told(&after, &after), Vec::<String>::new());
    assert_eq!(compare(&BTreeMap::new(), &before).len(), 2);
}

#[test]
fn an_offer_changes_when_anything_in_it_does() {
    let before = offers(TWO);
    let mut after = before.clone();
    let full = after.get_mut(&OfferId("full-p1y-annual-de".to_owned())).unwrap();
    full.is_closed_to_new_purchase = true;
    let expected = "full-p1y-annual-de changes in its terms, from 2026-01-01T00:00:00Z";
    assert_eq!(told(&before, &after), [expected]);
}
