//! What is needed to start, and what a second start finds.

use db::Db;
use rstest::rstest;
use testkit::Backend;

use super::house::{House, agent, behind_the_door, build, key, process};
use crate::app::unlock;
use crate::cipher::{CipherError, MasterKey, MasterKeys};
use crate::domain::tests::a_purchase;
use crate::error::Error;
use crate::{Config, store};

#[test]
fn the_shipped_file_sets_the_defaults() {
    let text = include_str!("../../../../deploy/license-key.toml");
    let shipped: Config = boot::parse(text).unwrap();
    assert!(shipped == Config::default(), "{shipped:?}");
}

#[test]
fn the_sample_keys_are_keys() {
    let text = include_str!("../../../../deploy/sample/keys.txt");
    let format = crate::domain::tests::digits();
    let keys: Vec<_> = text.lines().filter_map(|line| format.read(line.as_bytes())).collect();
    assert_eq!((keys.len(), text.lines().count()), (30, 30));
}

#[test]
fn secrets_are_not_printed() {
    let config = Config {
        db_url: "postgres://tenure:hush@db/tenure".to_owned(),
        master_key: "hush".to_owned(),
        ..Config::default()
    };
    assert!(!format!("{config:?}").contains("hush"));
}

#[rstest]
#[tokio::test]
async fn key_2_the_same_keys_are_there_after_a_restart(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    house.reveal(&agent(&purchase), &purchase).await.unwrap();

    let again = process(&house.config, house.clock.clone());
    let (app, ..) = build(&house.config, &again).await.unwrap();

    let (caller, ask) = behind_the_door(&purchase);
    assert_eq!(app.reveal(caller, ask).await.unwrap().key.expose(), key(1));
}

#[rstest]
#[tokio::test]
async fn another_master_key_is_refused_at_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let master_key = MasterKey::generate().unwrap().to_string();
    let config = Config { master_key: master_key.clone(), ..house.config.clone() };
    let again = process(&config, house.clock.clone());
    let error = format!("{:#}", build(&config, &again).await.err().unwrap());
    assert!(error.contains("configure the one that they belong to"), "{error}");
    assert!(!error.contains(&master_key));
}

#[tokio::test]
async fn postgres_without_a_master_key_is_refused_at_start() {
    let house = House::on(Backend::Postgres).await;
    let config = Config { master_key: String::new(), ..house.config.clone() };
    let again = process(&config, house.clock.clone());
    let error = format!("{:#}", build(&config, &again).await.err().unwrap());
    assert!(error.contains("set master_key"), "{error}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_share_their_data_keys(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let test = testkit::TestDb::fresh(backend, store::MIGRATIONS).await;
    let source = MasterKeys::of(super::house::MASTER_KEY, &[], &test.url);
    let start = async |db: &Db| {
        let ids = vocab::IdGen::random();
        unlock(db, &ids, testkit::noon(), &source).await.unwrap()
    };
    let (one, two) = tokio::join!(start(&test.db), start(&test.db));
    let key = crate::domain::tests::digits().read(key(1).as_bytes()).unwrap();
    let sku = crate::domain::tests::a_sku("a");
    let id = vocab::KeyId(vocab::IdGen::random().uuid());
    let sealed = one.seal(id, sku.clone(), &key).unwrap();
    assert_eq!(two.reveal(&sealed.sealed).unwrap(), key);
    assert_eq!(two.seal(id, sku, &key).unwrap().fingerprint, sealed.fingerprint);
}

#[tokio::test]
async fn a_lost_master_key_file_is_not_replaced() {
    let test = testkit::TestDb::fresh(Backend::Sqlite, store::MIGRATIONS).await;
    let source = MasterKeys::of("", &[], &test.url);
    let ids = vocab::IdGen::random();
    unlock(&test.db, &ids, testkit::noon(), &source).await.unwrap();
    let path = format!("{}.master-key", test.url.strip_prefix("sqlite:").unwrap());
    std::fs::remove_file(&path).unwrap();
    let error = unlock(&test.db, &ids, testkit::noon(), &source).await.unwrap_err();
    assert!(matches!(error, Error::Cipher(CipherError::MasterKeyLost { .. })), "{error}");
    assert!(!std::path::Path::new(&path).exists());
}
