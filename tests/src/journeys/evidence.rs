//! The log away from its service: exported over gRPC, verified by a crate that shares no code with it.

use audit_verify::{Report, file};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{ErasePersonalDataRequest, GetInclusionProofRequest};
use rstest::rstest;
use tenure::evidence;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::shop::Shop;

async fn exported(shop: &Shop) -> String {
    let mut file = Vec::new();
    evidence::write(shop.desk.operator(Service::Audit), &mut file).await.expect("an export");
    String::from_utf8(file).expect("text")
}

fn judged(log: &str) -> Report {
    file::check(|| Ok(log.as_bytes()), vec![], None).expect("a verdict")
}

/// What an order leaves behind is proven, by others' means, before and after a name is erased.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn aud_4_the_log_is_proven_elsewhere(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    shop.fulfilled(&order.name).await;
    books::settle(&shop).await;

    let before = judged(&exported(&shop).await);
    assert_eq!(before.finding, None);
    assert!(0 < before.size && before.signed == before.size, "{before:?}");

    let mut log = AuditServiceClient::new(shop.desk.operator(Service::Audit));
    let proof = GetInclusionProofRequest { name: "entries/0".to_owned(), tree_size: 0 };
    let proof = log.get_inclusion_proof(proof).await.unwrap().into_inner();
    let hash = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).unwrap();
    let path: Vec<_> = proof.hashes.into_iter().map(hash).collect();
    let (leaf, root) = (hash(proof.leaf_hash), hash(proof.root_hash));
    assert!(audit_verify::proof::includes(0, proof.tree_size, &leaf, &path, &root));

    let actor = books::log(&shop).await.into_iter().filter_map(|one| one.entry);
    let actor = actor.map(|entry| entry.actor).find(|actor| actor.contains('@')).expect("a person");
    let request = ErasePersonalDataRequest {
        actor: actor.clone(),
        request_id: request_id(),
        validate_only: false,
    };
    let erased = log.erase_personal_data(request).await.unwrap().into_inner();
    assert!(0 < erased.erased_count);
    let after = exported(&shop).await;
    assert!(!after.contains(&actor));
    assert_eq!(judged(&after).finding, None);
    house.suite.stop().await.unwrap();
}

/// A file that somebody improved on.
#[tokio::test(flavor = "multi_thread")]
async fn aud_4_a_changed_export_is_found() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    shop.fulfilled(&order.name).await;
    books::settle(&shop).await;
    let good = exported(&shop).await;
    let lines: Vec<&str> = good.lines().collect();
    let entries = lines.iter().filter(|line| line.starts_with("{\"entry\"")).count();
    let place = lines.iter().position(|line| line.contains("\"index\":2,")).expect("a third entry");

    let edited = good.replacen("\"outcome\":\"DONE\"", "\"outcome\":\"REFUSED\"", 1);
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n");
    let last = lines.iter().rposition(|line| line.starts_with("{\"entry\"")).expect("entries");
    let mut swapped = lines.clone();
    swapped.swap(place, place + 1);
    for (log, first_bad) in
        [(edited, 0), (without(place), 2), (without(last), entries - 1), (swapped.join("\n"), 2)]
    {
        let finding = judged(&log).finding.expect("found");
        assert_eq!(finding.first_bad, i64::try_from(first_bad).ok(), "{}", finding.text);
    }
    house.suite.stop().await.unwrap();
}
