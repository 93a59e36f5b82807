//! Proofs as callers get them, judged by a verifier that shares no code with the log.

use access::Reach;
use audit_verify::proof::{includes, is_consistent};
use rstest::rstest;
use testkit::Backend;
use uuid::Uuid;
use vocab::PartnerId;

use super::{House, PARTNER, an_entry};
use crate::{
    domain::{Consistency, Entry, Hash, Inclusion},
    error::Error,
};

fn path(hashes: &[Hash]) -> Vec<[u8; 32]> {
    hashes.iter().map(|hash| hash.0).collect()
}

fn is_good(proof: &Inclusion) -> bool {
    let Inclusion { index, leaf, of } = proof;
    includes(*index, of.size, &leaf.0, &path(&of.hashes), &of.root.0)
}

fn is_sound(proof: &Consistency) -> bool {
    let Consistency { first_size, first_root, of } = proof;
    let (first, second) = ((*first_size, &first_root.0), (of.size, &of.root.0));
    is_consistent(first, second, &path(&of.hashes))
}

/// More than 256 entries, so that stored nodes take part.
const COUNT: u32 = 600;

#[rstest]
#[tokio::test]
async fn aud_4_every_entry_is_proven_to_be_in_the_signed_log(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] is_kept: bool,
) {
    let house = House::with(backend, COUNT).await;
    if !is_kept {
        // As a program that kept no nodes yet has left it.
        house.attack(&[db::sql!("DELETE FROM tree_nodes")]).await;
    }
    for index in [0, 1, 254, 255, 256, 511, 512, 598, 599] {
        let proof = house.app.prove_inclusion(Reach::All, index, None).await.unwrap();
        assert!(is_good(&proof), "{index}");
        let signed = proof.of.checkpoint.unwrap();
        assert_eq!((signed.size, signed.root), (600, proof.of.root));
        assert!(house.app.keyring.has_signed(&signed));

        let size = Some(index + 1);
        let early = house.app.prove_inclusion(Reach::All, index, size).await.unwrap();
        assert!(is_good(&early) && early.of.checkpoint.is_none() == (index != 599), "{index}");
    }
    for first in [1, 2, 255, 256, 257, 512, 599, 600] {
        let proof = house.app.prove_consistency(first, None).await.unwrap();
        assert!(is_sound(&proof), "{first}");
        let early = house.app.prove_consistency(1, Some(first)).await.unwrap();
        assert_eq!(early.of.root, proof.first_root);
    }
}

/// What was signed before and kept is shown to be a part of what is signed now.
#[rstest]
#[tokio::test]
async fn aud_4_a_kept_checkpoint_is_the_beginning_of_the_log(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 5).await;
    let kept = house.app.checkpoint().await.unwrap();
    house.append((6..=12).map(an_entry)).await;

    let proof = house.app.prove_consistency(kept.size, None).await.unwrap();

    assert_eq!((proof.first_root, proof.of.size), (kept.root, 12));
    assert!(is_sound(&proof));
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_entry_is_not_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let other = PartnerId(Uuid::from_u128(0xb));
    house.append([an_entry(1), Entry { partner: Some(other), ..an_entry(2) }]).await;

    let own = Reach::Partner(PARTNER);
    assert!(is_good(&house.app.prove_inclusion(own, 0, None).await.unwrap()));
    let foreign = house.app.prove_inclusion(own, 1, None).await.unwrap_err();
    let absent = house.app.prove_inclusion(own, 7, None).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound { index: 1 }), "{foreign:?}");
    assert!(matches!(absent, Error::NotFound { index: 7 }), "{absent:?}");
}

#[rstest]
#[tokio::test]
async fn aud_4_sizes_that_the_log_has_not_are_wrong(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    let inclusion = async |index, size| house.app.prove_inclusion(Reach::All, index, size).await;
    for (error, text) in [
        (inclusion(2, Some(4)).await.unwrap_err(), "tree_size is 4, and the log has 3 entries"),
        (inclusion(2, Some(2)).await.unwrap_err(), "tree_size is 2: entry 2 came later"),
        (
            house.app.prove_consistency(3, Some(2)).await.unwrap_err(),
            "first_size is 3, and must be at most the second, 2",
        ),
        (
            house.app.prove_consistency(1, Some(9)).await.unwrap_err(),
            "second_size is 9, and the log has 3 entries",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

/// No proof leaves that does not lead to what was signed.
#[rstest]
#[case::aud_4_another_leaf("UPDATE entries SET leaf_hash = actor_hash WHERE entry_index = 3")]
#[case::aud_4_another_node(
    "UPDATE tree_nodes SET hash = (SELECT leaf_hash FROM entries WHERE entry_index = 0)"
)]
#[case::aud_4_a_deleted_entry("DELETE FROM entries WHERE entry_index = 590")]
#[tokio::test]
async fn a_changed_log_proves_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] attack: &'static str,
) {
    let house = House::with(backend, COUNT).await;
    house.app.checkpoint().await.unwrap();
    house.attack(&[db::Stmt { pg: attack, lite: attack }]).await;
    let inclusion = house.app.prove_inclusion(Reach::All, 5, None).await;
    let consistency = house.app.prove_consistency(256, None).await;
    let is_refused = |error: Error| matches!(error, Error::Rejected(_));
    // A leaf beneath a stored node takes part in the proofs of its own neighbours alone.
    let refused = [inclusion.err().map(is_refused), consistency.err().map(is_refused)];
    assert!(refused.contains(&Some(true)) || attack.contains("entry_index = 3"), "{refused:?}");
    let beside = house.app.prove_inclusion(Reach::All, 2, None).await;
    assert!(!beside.is_ok_and(|proof| is_good(&proof)));
}
