//! Programs and schemas of different releases, and a look at a database that changes nothing.

use jiff::SignedDuration;
use rstest::rstest;

use super::{Backend, NOTES, Place, id, notes, postgres_url};
use crate::{Db, DbError, Engine, Migration, place_of, sql};

const ADDED: Migration = Migration {
    version: 2,
    name: "colours",
    sql: "-- additive
    ALTER TABLE notes ADD COLUMN colour {text} NOT NULL DEFAULT 'red';
    CREATE TABLE more (n {int}) {strict};",
};

const CHANGED: Migration = Migration {
    version: 3,
    name: "no names",
    sql: "ALTER TABLE notes RENAME COLUMN size TO length;",
};

fn newer() -> Vec<Migration> {
    [NOTES, &[ADDED]].concat()
}

/// The process of before goes on while the new release migrates, on the connections that it has, and
/// another one of before can start: a pod that moves to another node, or the way back.
#[rstest]
#[tokio::test]
async fn t_160_a_program_from_before_works_and_starts_on_a_schema_that_only_has_more(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (place, old) = notes(backend).await;
    write(&old, 1).await;
    Db::migrate(&place.url, &newer()).await.unwrap();
    write(&old, 2).await;

    for migrates in [true, false] {
        let again = Db::open_to_serve(&place.url, NOTES, migrates).await.unwrap();
        write(&again, 3 + u128::from(migrates)).await;
        again.close().await;
    }
    let mut tx = place.open(&newer()).await.read().await.unwrap();
    let colours = sql!("SELECT colour FROM notes").fetch_all(&mut tx).await.unwrap();
    assert_eq!(colours.len(), 4);
}

async fn write(db: &Db, number: u128) {
    let mut tx = db.begin().await.unwrap();
    let name = format!("note {number}");
    sql!("INSERT INTO notes (id, name, size) VALUES ($1, $2, 1)")
        .bind(id(number))
        .bind(name)
        .execute(&mut tx)
        .await
        .unwrap();
    sql!("SELECT name, size FROM notes WHERE id = $1")
        .bind(id(number))
        .fetch_one(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn t_160_one_change_that_is_more_than_additive_is_enough_to_refuse(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] migrates: bool,
) {
    let place = Place::fresh(backend);
    place.open(&[&newer()[..], &[CHANGED]].concat()).await.close().await;
    let error = Db::open_to_serve(&place.url, NOTES, migrates).await.unwrap_err();
    let DbError::NewerSchema { found: 3, known: 1, unknown } = &error else { panic!("{error:?}") };
    assert_eq!(unknown, "no names");
}

#[rstest]
#[tokio::test]
async fn t_161_a_process_that_does_not_migrate_refuses_an_older_schema(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    for found in [0, 1] {
        let error = Db::open_to_serve(&place.url, &newer(), false).await.unwrap_err();
        let DbError::OlderSchema { found: version, known: 2 } = &error else { panic!("{error:?}") };
        assert_eq!(*version, found);
        assert!(error.to_string().contains("run `tenure migrate`"));
        place.open(NOTES).await.close().await;
    }
    Db::migrate(&place.url, &newer()).await.unwrap();
    Db::open_to_serve(&place.url, &newer(), false).await.unwrap().close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_applied_is_told_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    let names = async |migrations: &[Migration]| {
        let applied = Db::migrate(&place.url, migrations).await.unwrap();
        applied
            .into_iter()
            .map(|step| (step.version, step.name, step.is_additive))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(NOTES).await, [(1, "notes".to_owned(), false)]);
    assert_eq!(names(&newer()).await, [(2, "colours".to_owned(), true)]);
    assert_eq!(names(&newer()).await, []);
}

#[rstest]
#[tokio::test]
async fn a_look_changes_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = Place::fresh(backend);
    let missing = async |migrations: &[Migration]| {
        let found = Db::survey(&place.url, migrations).await.unwrap();
        let missing: Vec<_> = found.schema.missing.iter().map(|step| step.version).collect();
        (found.schema.version, missing, found.schema.newer.len())
    };
    for _ in 0..2 {
        assert_eq!(missing(&newer()).await, (0, vec![1, 2], 0));
    }
    assert!(place.folder.as_ref().is_none_or(|folder| !folder.join("test.db").exists()));
    place.open(NOTES).await.close().await;
    assert_eq!(missing(&newer()).await, (1, vec![2], 0));
    place.open(&newer()).await.close().await;
    assert_eq!(missing(&newer()).await, (2, vec![], 0));
    assert_eq!(missing(NOTES).await, (2, vec![], 1));
}

#[rstest]
#[case::postgres(Backend::Postgres, Engine::Postgres)]
#[case::sqlite(Backend::Sqlite, Engine::Sqlite)]
#[tokio::test]
async fn a_look_shows_who_looks(#[case] backend: Backend, #[case] engine: Engine) {
    let (place, db) = notes(backend).await;
    let found = Db::survey(&place.url, NOTES).await.unwrap();
    assert_eq!(found.engine, engine);
    assert!(found.version.starts_with(|first: char| first.is_ascii_digit()), "{}", found.version);
    let Some(role) = found.role else { return assert_eq!(engine, Engine::Sqlite) };
    assert!(postgres_url().contains(&role.name), "{}", role.name);
    assert!(role.may_create);
    assert_eq!(role.closed_count, 0);
    assert!(0 < role.connections_max);
    let mut tx = db.read().await.unwrap();
    let now = Db::survey(&place.url, NOTES).await.unwrap().role.unwrap().now;
    let row = sql!("SELECT CURRENT_TIMESTAMP").fetch_one(&mut tx).await.unwrap();
    let apart = row.get::<jiff::Timestamp>(0).unwrap().duration_since(now).abs();
    assert!(apart < SignedDuration::from_mins(1), "{apart:#}");
}

/// A role that row-level security does not bind is told from one that it binds.
#[tokio::test]
async fn a_look_sees_a_role_above_the_walls() {
    let (place, db) = notes(Backend::Postgres).await;
    let above = Db::survey(&place.url, NOTES).await.unwrap().role.unwrap().is_above_walls;
    let mut tx = db.read().await.unwrap();
    let row = sql!("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
    let row = row.fetch_one(&mut tx).await.unwrap();
    assert_eq!(above, row.get::<bool>(0).unwrap());
}

#[rstest]
#[case::file("sqlite:data/order.db", "sqlite:data/order.db")]
#[case::password("postgres://u:hunter2@h:5432/d?schema=s&connections=6", "h:5432/d (s)")]
#[case::nobody("postgres://h/d?connections=6", "h/d")]
#[case::at_in_the_password("postgres://u:p@hunter2@h/d", "h/d")]
#[case::nothing("hunter2", "no database")]
fn a_place_is_shown_without_its_password(#[case] url: &str, #[case] expected: &str) {
    assert_eq!(place_of(url), expected);
}
