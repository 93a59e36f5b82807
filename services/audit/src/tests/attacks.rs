//! What whoever owns the database might do to the log, and how it is found.
//!
//! The log holds twelve entries. The first five were signed for; the stored head knows those of
//! 0 to 7 and of 8 to 11 by one hash each.

use db::{Engine, Stmt, sql};
use rstest::rstest;
use testkit::Backend;

use super::{House, an_entry};
use crate::{
    domain::{Finding, Found, Frontier, Logged},
    store,
};

async fn house(backend: Backend) -> House {
    let house = House::with(backend, 5).await;
    house.app.checkpoint().await.unwrap();
    house.append((6..=12).map(an_entry)).await;
    assert_eq!(house.verify().await.finding, None);
    assert_eq!(house.verify_elsewhere(None).await.finding, None);
    house
}

const TRIGGERS_OFF: [&[Stmt]; 2] = [
    &[
        sql!("DROP TRIGGER entries_keep_values"),
        sql!("DROP TRIGGER entries_keep_rows"),
        sql!("DROP TRIGGER checkpoints_keep_values"),
        sql!("DROP TRIGGER checkpoints_keep_rows"),
        sql!("DROP TRIGGER tree_nodes_keep_values"),
        sql!("DROP TRIGGER tree_nodes_keep_rows"),
        sql!("DROP TRIGGER entries_are_not_replaced"),
    ],
    &[
        sql!("ALTER TABLE entries DISABLE TRIGGER USER"),
        sql!("ALTER TABLE checkpoints DISABLE TRIGGER USER"),
        sql!("ALTER TABLE tree_nodes DISABLE TRIGGER USER"),
    ],
];

impl House {
    /// Does what the triggers would refuse.
    pub(super) async fn attack(&self, statements: &[Stmt]) {
        let mut tx = self.tx().await;
        let [sqlite, postgres] = TRIGGERS_OFF;
        let off = if tx.engine() == Engine::Sqlite { sqlite } else { postgres };
        for statement in off.iter().chain(statements) {
            statement.execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn entries(&self) -> Vec<Logged> {
        let mut tx = self.tx().await;
        let rows = store::entries::page(&mut tx, -1, 1_000, 1_000).await.unwrap();
        let entry = |row| match row {
            Found::Entry(logged) => *logged,
            Found::Unreadable { index, why } => panic!("{index}: {why}"),
        };
        rows.into_iter().map(entry).collect()
    }

    /// Makes every entry match its own hash again, as a careful attacker would.
    async fn hash_again(&self) -> Frontier {
        let again: Vec<_> = self
            .entries()
            .await
            .into_iter()
            .map(|old| Logged::new(old.index, old.appended_at, old.entry, old.actor_salt.unwrap()))
            .collect();
        let mut tx = self.tx().await;
        for entry in &again {
            sql!("UPDATE entries SET leaf_hash = $2, actor_hash = $3 WHERE entry_index = $1")
                .bind(entry.index)
                .bind(entry.leaf_hash.0.as_slice())
                .bind(entry.actor_hash.0.as_slice())
                .execute(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        again.iter().map(|entry| entry.leaf_hash).collect()
    }

    async fn set_head(&self, head: &Frontier) {
        let mut tx = self.tx().await;
        sql!("UPDATE tree_head SET size = $1, frontier = $2")
            .bind(head.size())
            .bind(head.to_bytes())
            .execute(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The log itself finds it, and so does the check elsewhere.
    pub(super) async fn assert_bad(&self, first_bad: Option<i64>, text: &str) {
        found(self.verify().await.finding, first_bad, text);
        let elsewhere = self.verify_elsewhere(None).await.finding.expect("found elsewhere");
        assert_eq!(elsewhere.first_bad, first_bad, "{}", elsewhere.text);
    }
}

fn found(finding: Option<Finding>, first_bad: Option<i64>, text: &str) {
    let finding = finding.expect("the attack is found");
    assert!(finding.text.contains(text), "{}", finding.text);
    assert_eq!(finding.first_bad, first_bad, "{}", finding.text);
}

const fn same(text: &'static str) -> Stmt {
    Stmt { pg: text, lite: text }
}

/// Moves the entries from `$from` on out of the way and back, `$by` further.
macro_rules! shift {
    ($from:literal, $by:literal) => {
        [
            same(concat!(
                "UPDATE entries SET entry_index = entry_index + 1000 WHERE entry_index >= ",
                $from
            )),
            same(concat!(
                "UPDATE entries SET entry_index = entry_index - 1000 + ",
                $by,
                " WHERE entry_index >= 1000"
            )),
        ]
    };
}

#[rstest]
#[case::aud_4_action("action = 'ListProducts'", "action = 'ListProducts'")]
#[case::aud_4_service("service = 'order'", "service = 'order'")]
#[case::aud_4_actor("actor = 'eve'", "actor = 'eve'")]
#[case::aud_4_salt(
    "actor_salt = '\\x00000000000000000000000000000000'",
    "actor_salt = x'00000000000000000000000000000000'"
)]
#[case::aud_4_erased_actor("actor = NULL, actor_salt = NULL", "actor = NULL, actor_salt = NULL")]
#[case::aud_4_partner("partner_id = NULL", "partner_id = NULL")]
#[case::aud_4_customer("customer_id = partner_id", "customer_id = partner_id")]
#[case::aud_4_resource("resource = ''", "resource = ''")]
#[case::aud_4_outcome("outcome = 'REFUSED'", "outcome = 'REFUSED'")]
#[case::aud_4_no_outcome("outcome = 'MAYBE'", "outcome = 'MAYBE'")]
#[case::aud_4_reason("reason = 'x'", "reason = 'x'")]
#[case::aud_4_details("details = '{}'", "details = '{}'")]
#[case::aud_4_no_details("details = '[]'", "details = '[]'")]
#[case::aud_4_occurred_at("occurred_at = '2025-01-01Z'", "occurred_at = 0")]
#[case::aud_4_a_microsecond(
    "occurred_at = occurred_at + interval '1 microsecond'",
    "occurred_at = occurred_at + 1"
)]
#[case::aud_4_test_clock_at("test_clock_at = '2025-01-01Z'", "test_clock_at = 0")]
#[case::aud_4_appended_at("appended_at = '2025-01-01Z'", "appended_at = 0")]
#[case::aud_4_never("appended_at = 'infinity'", "appended_at = 9223372036854775807")]
#[case::aud_4_leaf_hash("leaf_hash = actor_hash", "leaf_hash = actor_hash")]
#[case::aud_4_id(
    "entry_id = '00000000-0000-0000-0000-0000000000ff'",
    "entry_id = x'000000000000000000000000000000ff'"
)]
#[case::aud_4_actor_hash("actor_hash = leaf_hash", "actor_hash = leaf_hash")]
#[case::aud_4_half_a_hash("leaf_hash = '\\x00'", "leaf_hash = x'00'")]
#[tokio::test]
async fn an_edited_field(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] pg: &'static str,
    #[case] lite: &'static str,
) {
    let house = house(backend).await;
    let text = |set: &str| -> &'static str {
        format!("UPDATE entries SET {set} WHERE entry_index = 6").leak()
    };
    house.attack(&[Stmt { pg: text(pg), lite: text(lite) }]).await;
    house.assert_bad(Some(6), "entry 6 ").await;
}

#[rstest]
#[case::aud_4_deleted(&[same("DELETE FROM entries WHERE entry_index = 6")], 6, "entry 6 is missing")]
#[case::aud_4_first_deleted(&[same("DELETE FROM entries WHERE entry_index = 0")], 0, "entry 0 is missing")]
#[case::aud_4_truncated(
    &[same("DELETE FROM entries WHERE entry_index >= 10")],
    10,
    "the log ends after 10 entries, and 12 are counted by the stored head"
)]
#[case::aud_4_emptied(
    &[same("DELETE FROM entries")],
    0,
    "the log ends after 0 entries, and 12 are counted"
)]
#[case::aud_4_emptied_with_its_head(
    &[
        same("DELETE FROM entries"),
        Stmt {
            pg: "UPDATE tree_head SET size = 0, frontier = ''",
            lite: "UPDATE tree_head SET size = 0, frontier = x''",
        },
    ],
    0,
    "the log ends after 0 entries, and 5 were signed for at 2026-01-10T12:00:00Z"
)]
#[case::aud_4_swapped(
    &[
        same("UPDATE entries SET entry_index = 1000 WHERE entry_index = 3"),
        same("UPDATE entries SET entry_index = 3 WHERE entry_index = 9"),
        same("UPDATE entries SET entry_index = 9 WHERE entry_index = 1000"),
    ],
    3,
    "entry 3 was changed: its content does not match its hash"
)]
#[case::aud_4_neighbours_swapped(
    &[
        same("UPDATE entries SET entry_index = 1000 WHERE entry_index = 7"),
        same("UPDATE entries SET entry_index = 7 WHERE entry_index = 8"),
        same("UPDATE entries SET entry_index = 8 WHERE entry_index = 1000"),
    ],
    7,
    "entry 7 was changed: its content does not match its hash"
)]
#[case::aud_4_first_and_last_swapped(
    &[
        same("UPDATE entries SET entry_index = 1000 WHERE entry_index = 0"),
        same("UPDATE entries SET entry_index = 0 WHERE entry_index = 11"),
        same("UPDATE entries SET entry_index = 11 WHERE entry_index = 1000"),
    ],
    0,
    "entry 0 was changed: its content does not match its hash"
)]
#[case::aud_4_last_deleted(
    &[same("DELETE FROM entries WHERE entry_index = 11")],
    11,
    "the log ends after 11 entries, and 12 are counted by the stored head"
)]
#[case::aud_4_added_behind_the_end(
    &[same("UPDATE entries SET entry_index = 12 WHERE entry_index = 6")],
    6,
    "entry 6 is missing"
)]
#[tokio::test]
async fn a_moved_entry(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] attack: &[Stmt],
    #[case] first_bad: i64,
    #[case] text: &str,
) {
    let house = house(backend).await;
    house.attack(attack).await;
    house.assert_bad(Some(first_bad), text).await;
}

#[rstest]
#[tokio::test]
async fn aud_4_a_closed_gap(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = house(backend).await;
    let [away, back] = shift!("7", "-1");
    house.attack(&[same("DELETE FROM entries WHERE entry_index = 6"), away, back]).await;
    house.assert_bad(Some(6), "entry 6 was changed").await;
}

const COPY: Stmt = same(
    "INSERT INTO entries
     SELECT 6, actor_id, appended_at, occurred_at, test_clock_at, service, actor, actor_salt,
            actor_hash, partner_id, customer_id, action, resource, outcome, reason, details,
            leaf_hash
       FROM entries AS e, (SELECT partner_id AS actor_id FROM entries WHERE entry_index = 0) AS p
      WHERE e.entry_index = 2",
);

#[rstest]
#[tokio::test]
async fn aud_4_an_inserted_entry(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = house(backend).await;
    let [away, back] = shift!("6", "1");
    house.attack(&[away, back, COPY]).await;
    house.assert_bad(Some(6), "entry 6 was changed").await;
}

/// One that matches its own hash, before all others, which match theirs no more.
#[rstest]
#[tokio::test]
async fn aud_4_an_entry_inserted_at_the_beginning(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let [away, back] = shift!("0", "1");
    house.attack(&[away, back]).await;
    let mut tx = house.tx().await;
    let forged = Logged::new(0, testkit::noon(), an_entry(99), [0; 16]);
    store::entries::insert(&mut tx, vec![forged]).await.unwrap();
    tx.commit().await.unwrap();
    house.assert_bad(Some(1), "entry 1 was changed").await;
}

#[rstest]
#[tokio::test]
async fn aud_4_an_entry_appended_past_the_service(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let mut tx = house.tx().await;
    let forged = Logged::new(12, testkit::noon(), an_entry(99), [0; 16]);
    store::entries::insert(&mut tx, vec![forged]).await.unwrap();
    tx.commit().await.unwrap();
    house.assert_bad(Some(12), "entry 12 lies beyond the stored head, which counts 12").await;
}

/// Rolled back behind its first signature: the checkpoint tells that there was more.
#[rstest]
#[tokio::test]
async fn aud_4_a_log_rolled_back_with_its_head(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    house.attack(&[same("DELETE FROM entries WHERE entry_index >= 4")]).await;
    let head = house.hash_again().await;
    house.set_head(&head).await;
    house.assert_bad(Some(4), "the log ends after 4 entries, and 5 were signed for").await;
}

#[rstest]
#[tokio::test]
async fn aud_4_only_the_head_rolled_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let eight = house.entries().await.iter().take(8).map(|entry| entry.leaf_hash).collect();
    house.set_head(&eight).await;
    house.assert_bad(Some(8), "the head was set back").await;
}

#[rstest]
#[tokio::test]
async fn aud_4_a_head_that_is_none(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    for attack in ["UPDATE tree_head SET size = 13", "DELETE FROM tree_head"] {
        let house = house(backend).await;
        house.attack(&[same(attack)]).await;
        house.assert_bad(None, "the stored head is missing or is no head of a tree").await;
        house.app.append(super::submitted([an_entry(13)])).await.unwrap_err();
    }
}

/// A signature over all entries tells that not they were changed, but the head.
#[rstest]
#[tokio::test]
async fn aud_4_another_head(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = house(backend).await;
    house.app.checkpoint().await.unwrap();
    house.set_head(&Frontier::from_bytes(12, &[7; 64]).unwrap()).await;
    house.assert_bad(None, "the stored head was changed").await;
}

/// Edited with its own hash: what is stored besides narrows it down.
#[rstest]
#[case::aud_4_between_signature_and_subtree(
    "6",
    5,
    "one of the entries 5 to 7 was changed together with its hash: the stored head"
)]
#[case::aud_4_before_the_signature(
    "3",
    0,
    "one of the entries 0 to 4 was changed together with its hash: the checkpoint"
)]
#[case::aud_4_in_the_second_subtree(
    "8",
    8,
    "one of the entries 8 to 11 was changed together with its hash: the stored head"
)]
#[tokio::test]
async fn an_entry_edited_with_its_hash(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] index: &'static str,
    #[case] first_bad: i64,
    #[case] text: &str,
) {
    let house = house(backend).await;
    edit(&house, index).await;
    house.hash_again().await;
    house.assert_bad(Some(first_bad), text).await;
}

async fn edit(house: &House, index: &str) {
    let text = format!("UPDATE entries SET actor = 'eve' WHERE entry_index = {index}");
    house.attack(&[same(text.leak())]).await;
}

/// Of two attacks the earlier is named, even where the later is plainer to see.
#[rstest]
#[tokio::test]
async fn aud_4_the_first_of_two(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    for later in [
        "DELETE FROM entries WHERE entry_index >= 10",
        "UPDATE entries SET action = 'x' WHERE entry_index = 9",
    ] {
        let house = house(backend).await;
        edit(&house, "6").await;
        house.hash_again().await;
        let mut tx = house.tx().await;
        same(later).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        house.assert_bad(Some(5), "one of the entries 5 to 7 was changed").await;
    }
}

/// The more often the log was signed, the closer the finding.
#[rstest]
#[tokio::test]
async fn aud_4_signed_before_and_after(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for number in 1..=6 {
        house.append([an_entry(number)]).await;
        house.app.checkpoint().await.unwrap();
    }
    edit(&house, "4").await;
    let head = house.hash_again().await;
    house.set_head(&head).await;
    house.assert_bad(Some(4), "entry 4 was changed together with its hash: the checkpoint").await;
}

/// Everything made consistent again: only what was signed helps, and best what is kept elsewhere.
#[rstest]
#[case::aud_4_what_was_signed("3", Some((0, "one of the entries 0 to 4 was changed")))]
#[case::aud_4_what_was_not("9", None)]
#[tokio::test]
async fn a_log_written_anew(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] index: &'static str,
    #[case] expected: Option<(i64, &str)>,
) {
    let house = house(backend).await;
    edit(&house, index).await;
    let head = house.hash_again().await;
    house.set_head(&head).await;
    if let Some((first_bad, text)) = expected {
        house.assert_bad(Some(first_bad), text).await;
    } else {
        assert_eq!(house.verify().await.finding, None);
        assert_eq!(house.verify_elsewhere(None).await.finding, None);
    }
}

#[rstest]
#[case::aud_4_rewritten(false, 0, "one of the entries 0 to 11 was changed together with its hash")]
#[case::aud_4_cut_off(true, 9, "the log ends after 9 entries, and 12 were signed for")]
#[tokio::test]
async fn a_checkpoint_kept_elsewhere_finds_what_nothing_stored_can(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] is_cut: bool,
    #[case] first_bad: i64,
    #[case] text: &str,
) {
    let house = house(backend).await;
    let kept = house.app.checkpoint().await.unwrap();
    house.attack(&[same("DELETE FROM checkpoints")]).await;
    let change = if is_cut {
        "DELETE FROM entries WHERE entry_index >= 9"
    } else {
        "UPDATE entries SET action = 'x' WHERE entry_index = 9"
    };
    let mut tx = house.tx().await;
    same(change).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let head = house.hash_again().await;
    house.set_head(&head).await;

    assert_eq!(house.verify().await.finding, None);
    let elsewhere = house.verify_elsewhere(Some(&kept)).await.finding.unwrap();
    assert_eq!(elsewhere.first_bad, Some(first_bad), "{}", elsewhere.text);
    found(house.app.verify(Some(kept)).await.unwrap().finding, Some(first_bad), text);
}

#[rstest]
#[case::aud_4_another_root(
    "UPDATE checkpoints SET root_hash = (SELECT leaf_hash FROM entries WHERE entry_index = 0)"
)]
#[case::aud_4_another_size("UPDATE checkpoints SET size = 4")]
#[case::aud_4_a_size_out_of_reach("UPDATE checkpoints SET size = 400")]
#[case::aud_4_half_a_root("UPDATE checkpoints SET root_hash = signature")]
#[tokio::test]
async fn a_forged_checkpoint(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] attack: &'static str,
) {
    let house = house(backend).await;
    house.attack(&[same(attack)]).await;
    house.assert_bad(None, "is not signed by this log's key").await;
    house.append([an_entry(13)]).await;
    house.app.checkpoint().await.unwrap_err();
}
