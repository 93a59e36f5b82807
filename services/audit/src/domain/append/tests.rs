//! Any batches, against the simplest log there is: a list without duplicates.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Salts, Submitted, append};
use crate::{
    domain::{Entry, Frontier, Logged},
    tests::an_entry,
};

/// A small number, so that ids repeat; a tenth of the entries is malformed, a tenth holds a key.
fn submitted() -> impl Strategy<Value = Submitted> {
    (1_u8..30, 0_u8..10).prop_map(|(number, fault)| {
        let entry = an_entry(number.into());
        let id = entry.id.to_string();
        let entry = match fault {
            0 => Err("action is required".to_owned()),
            1 => Ok(Entry { resource: "0".repeat(32), ..entry }),
            _ => Ok(entry),
        };
        Submitted { id, entry }
    })
}

proptest! {
    #[test]
    fn aud_4_every_entry_is_appended_once(
        batches in prop::collection::vec(prop::collection::vec(submitted(), 0..12), 0..8)
    ) {
        let mut model: Vec<String> = vec![];
        let mut log: Vec<Logged> = vec![];
        let mut tree = Frontier::default();
        for batch in batches {
            let known: BTreeMap<_, _> =
                log.iter().map(|logged| (logged.entry.id, logged.index)).collect();

            let done = append((tree, None), known, batch.clone(), Salts::new([7; 32]), testkit::noon());

            for (one, receipt) in batch.iter().zip(&done.receipts) {
                let is_good = one.entry.as_ref().is_ok_and(|entry| entry.resource.len() != 32);
                if is_good && !model.contains(&one.id) {
                    model.push(one.id.clone());
                }
                let place = model.iter().position(|id| *id == one.id && is_good);
                prop_assert_eq!(&receipt.id, &one.id);
                let expected = place.map(|place| i64::try_from(place).unwrap());
                prop_assert_eq!(receipt.place.clone().ok(), expected);
            }
            tree = done.tree;
            log.extend(done.logged);
        }
        let ids: Vec<_> = log.iter().map(|logged| logged.entry.id.to_string()).collect();
        prop_assert_eq!(ids, model);
        prop_assert!(log.iter().all(|logged| logged.fault().is_none()));
        let rebuilt: Frontier = log.iter().map(|logged| logged.leaf_hash).collect();
        prop_assert_eq!(rebuilt, tree);
    }
}

/// A refusal travels to logs and operators: it must not carry on what it refuses.
#[test]
fn trp_53_a_refusal_does_not_repeat_the_key() {
    let key = "01234567890123456789012345678901";
    let entry = Entry { resource: key.to_owned(), ..an_entry(1) };
    let batch = vec![Submitted { id: entry.id.to_string(), entry: Ok(entry) }];

    let done = append(
        (Frontier::default(), None),
        BTreeMap::new(),
        batch,
        Salts::new([7; 32]),
        testkit::noon(),
    );

    let refusal = done.receipts[0].place.clone().unwrap_err();
    assert!(refusal.starts_with("resource seems to hold a key"), "{refusal}");
    assert!(!refusal.contains(key));
    assert!(done.logged.is_empty());
}

#[test]
fn aud_4_every_actor_has_a_salt_of_its_own() {
    let batch: Vec<_> = (1..=20)
        .map(|number| Submitted { id: String::new(), entry: Ok(an_entry(number)) })
        .collect();
    let salts = Salts::new([7; 32]);
    let done =
        append((Frontier::default(), None), BTreeMap::new(), batch, salts.clone(), testkit::noon());

    let mut found: Vec<_> = done.logged.iter().map(|logged| logged.actor_salt).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 20);
    assert!(!format!("{salts:?}").contains("7, 7"));
}
