//! An import that broke off goes on; a new master key is put to use; a pool says that it is low.

use access::Claims;
use proto::licensekey as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::house::{House, MASTER_KEY, agent, build, key, operator, process, purchase_number};
use crate::Config;
use crate::app::ImportAsk;
use crate::cipher::MasterKey;
use crate::domain::tests::{a_purchase, a_sku};
use crate::error::Error;

fn file(first: u64, count: u64) -> Vec<u8> {
    (first..first + count).map(|number| key(number) + "\n").collect::<String>().into_bytes()
}

/// Imports a file, or as much of it as arrives before the connection breaks.
async fn import(house: &House, ask: &ImportAsk, file: &[u8], breaks: bool) -> Result<i64, Error> {
    let mut import = house.app.import(&operator(), ask.clone()).await?;
    for piece in file.chunks(1_000) {
        import.push(piece).await?;
    }
    if breaks { Ok(0) } else { import.finish().await.map(|done| done.resumed_lines) }
}

#[rstest]
#[tokio::test]
async fn key_2_an_import_that_broke_off_goes_on_and_reports_all_of_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let ask = house.import_of(&a_sku("a"));
    let whole = [file(1, 1_400).as_slice(), b"no key\n", &file(1, 1)].concat();
    import(&house, &ask, &file(1, 1_100), true).await.unwrap();
    let so_far = house.app.key_import(ask.id).await.unwrap();
    assert_eq!((so_far.counts.lines, so_far.is_finished), (1_024, false), "whole batches stay");

    assert_eq!(import(&house, &ask, &whole, false).await.unwrap(), 1_024);
    let done = house.app.key_import(ask.id).await.unwrap();
    let counts = (done.counts.lines, done.counts.imported, done.counts.duplicates);
    assert_eq!((counts, done.counts.malformed_lines), ((1_402, 1_400, 1), vec![1_401]));
    assert!(done.is_finished);
    // Once more is the same answer, and nothing more on record.
    house.delivered().await;
    assert_eq!(import(&house, &ask, &whole, false).await.unwrap(), 1_402);
    let entries = house.delivered().await;
    let steps: Vec<_> = entries.iter().map(|it| it.details["step"].as_str()).collect();
    assert_eq!(steps, ["begun", "finished"]);
    assert_eq!(house.pool(&a_sku("a")).await.available_count, 1_400);
}

#[rstest]
#[case::another_file(file(5_000, 1_500), "a")]
#[case::a_longer_one(file(1, 1_201), "a")]
#[case::a_shorter_one(file(1, 1_000), "a")]
#[case::another_sku(file(1, 1_200), "b")]
#[tokio::test]
async fn d_28_another_import_under_the_same_id_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] other: Vec<u8>,
    #[case] sku: &str,
) {
    let house = House::on(backend).await;
    let ask = house.import_of(&a_sku("a"));
    import(&house, &ask, &file(1, 1_200), false).await.unwrap();
    let again = ImportAsk { sku: a_sku(sku), ..ask };
    let refused = import(&house, &again, &other, false).await.unwrap_err();
    assert_eq!(rpc::Classify::reason(&refused), "IMPORT_MISMATCH");
    assert_eq!(house.pool(&a_sku("a")).await.available_count, 1_200, "nothing was changed");
}

#[rstest]
#[tokio::test]
async fn key_2_how_far_an_import_is_can_be_asked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let ask = house.import_of(&a_sku("a"));
    let name = format!("keyImports/{}", ask.id);
    let get = async || -> Result<pb::KeyImport, Status> {
        let message = pb::GetKeyImportRequest { name: name.clone() };
        let call = house.call(&Claims::operator("op"), message);
        house.pools().get_key_import(call).await.map(tonic::Response::into_inner)
    };
    assert_eq!(get().await.unwrap_err().code(), Code::NotFound);
    import(&house, &ask, &file(1, 600), true).await.unwrap();
    let told = get().await.unwrap();
    assert_eq!((told.line_count, told.imported_count, told.finished), (512, 512, false));
    import(&house, &ask, &file(1, 600), false).await.unwrap();
    assert!(get().await.unwrap().finished);
}

#[rstest]
#[tokio::test]
async fn dwn_6_a_new_master_key_is_put_to_use_while_everything_runs(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let file = std::env::temp_dir().join(vocab::IdGen::random().uuid().to_string());
    std::fs::write(&file, MASTER_KEY).unwrap();
    let house = House::with(backend, |config| Config {
        master_key: file.display().to_string(),
        former_master_keys: vec![MASTER_KEY.to_owned()],
        ..config
    })
    .await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    let rotate = async || {
        let request_id = Uuid::from_u128(1).to_string();
        let message = pb::RotateMasterKeyRequest { request_id };
        let call = house.call(&Claims::operator("op"), message);
        house.pools().rotate_master_key(call).await.unwrap().into_inner()
    };
    let before = rotate().await;
    assert_eq!(before.rewrapped_count, 0, "it is the same one still");

    let new = MasterKey::generate().unwrap();
    std::fs::write(&file, new.as_bytes()).unwrap();
    let after = rotate().await;
    assert_eq!(after.rewrapped_count, 2);
    assert_ne!(after.master_key, before.master_key);
    assert_eq!(rotate().await.rewrapped_count, 0);
    assert_eq!(house.reveal(&agent(&purchase), &purchase).await.unwrap().product_key, key(1));

    // Whoever starts afterwards needs the new one, and that alone.
    let started = async |master_key: &str| {
        let config = Config {
            master_key: master_key.to_owned(),
            former_master_keys: vec![],
            ..house.config.clone()
        };
        let process = process(&config, house.clock.clone());
        build(&config, &process).await.map(drop)
    };
    started(&new).await.unwrap();
    let error = format!("{:#}", started(MASTER_KEY).await.unwrap_err());
    assert!(error.contains("configure the one that they belong to"), "{error}");
    let entries = house.delivered().await;
    assert!(entries.iter().any(|it| it.action == "RotateMasterKey" && it.actor == "op"));
    std::fs::remove_file(&file).unwrap();
}

#[rstest]
#[tokio::test]
async fn dwn_6_a_start_with_the_former_key_beside_the_new_one_wraps_anew(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    let new = MasterKey::generate().unwrap().to_string();
    let both = Config {
        master_key: new.clone(),
        former_master_keys: vec![MASTER_KEY.to_owned()],
        ..house.config.clone()
    };
    build(&both, &process(&both, house.clock.clone())).await.unwrap();
    let alone = Config { former_master_keys: vec![], ..both };
    build(&alone, &process(&alone, house.clock.clone())).await.unwrap();
    // Who runs since before is not disturbed.
    house.reveal(&agent(&purchase), &purchase).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn key_2_a_pool_says_that_it_is_low_before_it_is_empty(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, |config| Config { key_pool_low_water: 2, ..config }).await;
    let sku = a_purchase().sku;
    house.stocked(&sku, 1, 4).await;
    assert_eq!(house.app.pool_levels(3).await.unwrap(), [(sku.clone(), 3)]);
    let pool = async || {
        let message = pb::GetKeyPoolRequest { sku: sku.to_string() };
        let call = house.call(&Claims::operator("op"), message);
        let pool = house.pools().get_key_pool(call).await.unwrap().into_inner();
        (pool.available_count, pool.low, pool.low_water_count)
    };
    let mut told = vec![pool().await];
    for number in 0..3 {
        let purchase = house.given(purchase_number(number)).await;
        house.reveal(&agent(&purchase), &purchase).await.unwrap();
        told.push(pool().await);
    }
    for most in [1, 2] {
        assert_eq!(house.app.pool_levels(most).await.unwrap(), [(sku.clone(), 1)]);
    }
    assert_eq!(told, [(4, false, 2), (3, false, 2), (2, true, 2), (1, true, 2)]);
    let unknown = pb::GetKeyPoolRequest { sku: a_sku("x").to_string() };
    let call = house.call(&Claims::operator("op"), unknown);
    let refused = house.pools().get_key_pool(call).await.unwrap_err();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "NOT_FOUND");
}
