//! The database itself refuses to change what was written.

use db::{Stmt, sql};
use rstest::rstest;
use testkit::Backend;

use super::House;

#[rstest]
#[case::aud_4_update(sql!("UPDATE entries SET action = 'x' WHERE entry_index = 1"))]
#[case::aud_4_update_to_the_same(sql!("UPDATE entries SET action = action"))]
#[case::aud_4_delete(sql!("DELETE FROM entries WHERE entry_index = 1"))]
#[case::aud_4_update_of_a_checkpoint(sql!("UPDATE checkpoints SET size = 1"))]
#[case::aud_4_deletion_of_a_checkpoint(sql!("DELETE FROM checkpoints"))]
#[tokio::test]
async fn what_is_written_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] change: Stmt,
) {
    let house = House::with(backend, 3).await;
    house.app.checkpoint().await.unwrap();

    let mut tx = house.tx().await;
    let refusal = change.execute(&mut tx).await.unwrap_err();
    let cause = std::error::Error::source(&refusal).unwrap().to_string();
    assert!(cause.contains("is append-only"), "{cause}");
    drop(tx);

    assert_eq!(house.verify().await.finding, None);
}

const ERASE: &str = "UPDATE entries SET actor = NULL, actor_salt = NULL";

/// The one change that there is: a name and its salt, both, for good.
#[rstest]
#[case::aud_4_both("", None)]
#[case::aud_4_and_the_action(", action = 'x'", Some(()))]
#[case::aud_4_and_the_hash(", actor_hash = leaf_hash", Some(()))]
#[case::aud_4_and_the_place(", entry_index = 99", Some(()))]
#[case::aud_4_and_the_partner(", partner_id = NULL", Some(()))]
#[case::aud_4_the_name_alone(", actor_salt = actor_salt", Some(()))]
#[case::aud_4_the_salt_alone(", actor = actor", Some(()))]
#[tokio::test]
async fn names_are_erased_and_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] more: &'static str,
    #[case] refused: Option<()>,
) {
    let house = House::with(backend, 3).await;
    let set = if more.starts_with(", actor_salt") {
        "UPDATE entries SET actor = NULL".to_owned()
    } else if more.starts_with(", actor =") {
        "UPDATE entries SET actor_salt = NULL".to_owned()
    } else {
        format!("{ERASE}{more}")
    };
    let text = format!("{set} WHERE entry_index = 1").leak();
    let change = Stmt { pg: text, lite: text };
    let mut tx = house.tx().await;
    let changed = change.execute(&mut tx).await;
    assert_eq!(changed.is_err(), refused.is_some(), "{changed:?}");
    if refused.is_none() {
        let back = sql!("UPDATE entries SET actor = 'eve' WHERE entry_index = 1");
        back.execute(&mut tx).await.unwrap_err();
    }
}

/// `INSERT OR REPLACE` deletes what it replaces, and calls no trigger for that.
#[rstest]
#[case::aud_4_an_entry(
    "INSERT OR REPLACE INTO entries
     SELECT 1, entry_id, appended_at, occurred_at, test_clock_at, service, 'eve', actor_salt,
            actor_hash, partner_id, customer_id, action, resource, outcome, reason, details, leaf_hash
       FROM entries WHERE entry_index = 0"
)]
#[case::aud_4_a_checkpoint(
    "INSERT OR REPLACE INTO checkpoints
     SELECT key_id, size, zeroblob(32), signed_at, signature FROM checkpoints"
)]
#[tokio::test]
async fn sqlite_does_not_replace(#[case] replace: &'static str) {
    let house = House::with(Backend::Sqlite, 3).await;
    house.app.checkpoint().await.unwrap();
    let mut tx = house.tx().await;
    let refusal = Stmt { pg: replace, lite: replace }.execute(&mut tx).await.unwrap_err();
    let cause = std::error::Error::source(&refusal).unwrap().to_string();
    assert!(cause.contains("is append-only"), "{cause}");
}

#[tokio::test]
async fn aud_4_postgres_does_not_truncate() {
    let house = House::with(Backend::Postgres, 3).await;
    let mut tx = house.tx().await;
    sql!("TRUNCATE entries").execute(&mut tx).await.unwrap_err();
    drop(tx);
    assert_eq!(house.verify().await.size, 3);
}

/// Runs the statements that are shipped, for a role of its own in the schema of the test.
async fn grant(house: &House, role: &str) -> String {
    let (server, query) = house.place.url.split_once("?schema=").unwrap();
    let schema = query.split('&').next().unwrap();
    let shipped = include_str!("../../../../deploy/audit-postgres.sql");
    let shipped: String = shipped.lines().filter(|line| !line.starts_with("--")).collect();
    let mut tx = house.tx().await;
    // Whoever is no superuser drops what a role has only as one of its members.
    let made = [format!("CREATE ROLE {role} LOGIN"), format!("GRANT {role} TO CURRENT_USER")];
    for statement in made.iter().map(String::as_str).chain(shipped.split_terminator(';')) {
        let text = statement.replace(":schema", schema).replace(":role", role).leak();
        Stmt { pg: text, lite: text }.execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (_, address) = server.split_once('@').unwrap();
    format!("postgres://{role}@{address}?schema={query}")
}

#[tokio::test]
async fn aud_4_a_role_may_append_and_erase_and_nothing_else() {
    let house = House::with(Backend::Postgres, 3).await;
    let role = format!(
        "r_{}",
        house.place.url.split("schema=t_").nth(1).unwrap().split('&').next().unwrap()
    );
    let url = grant(&house, &role).await;
    let mut as_role = House::on(Backend::Postgres).await;
    let app = std::sync::Arc::get_mut(&mut as_role.app).unwrap();
    app.db = db::Db::open(&url, crate::store::MIGRATIONS).await.unwrap();

    as_role.append([super::an_entry(4)]).await;
    as_role.app.checkpoint().await.unwrap();
    let request = super::erase::a_request("ada@partner.example", 70);
    assert_eq!(super::erase::erase(&as_role, request).await.into_inner().erased_count, 4);
    assert_eq!(as_role.verify().await.finding, None);
    for refused in [
        "UPDATE entries SET action = 'x'",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "DELETE FROM checkpoints",
        "DELETE FROM tree_head",
        "UPDATE tree_nodes SET position = 1",
        "ALTER TABLE entries DISABLE TRIGGER USER",
        "DROP TRIGGER entries_keep_rows ON entries",
        "SET session_replication_role = replica",
    ] {
        let mut tx = as_role.app.db.begin().await.unwrap();
        let refusal = Stmt { pg: refused, lite: refused }.execute(&mut tx).await.unwrap_err();
        let cause = std::error::Error::source(&refusal).unwrap().to_string();
        let is_denied = cause.contains("permission denied") || cause.contains("must be owner");
        assert!(is_denied, "{refused}: {cause}");
    }
    as_role.app.db.close().await;
    let mut tx = house.tx().await;
    for statement in [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")] {
        let text = statement.leak();
        Stmt { pg: text, lite: text }.execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}
