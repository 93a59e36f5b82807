//! On how many devices a key is in use, and what becomes of a key that somebody has in hands.

use access::Claims;
use proto::common::Reason;
use proto::licensekey as pb;
use rstest::rstest;
use testkit::Backend;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use uuid::Uuid;

use super::handover::reason;
use super::house::{House, agent, key, operator, stranger};
use crate::app::ImportAsk;
use crate::domain::tests::{a_purchase, a_sku};
use crate::domain::{Purchase, PurchaseState};

/// A purchase of two seats whose key, the first of the pool, was read.
async fn a_key(house: &House) -> Purchase {
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 3).await;
    house.reveal(&agent(&purchase), &purchase).await.unwrap();
    purchase
}

async fn validate(house: &House, claims: &Claims, text: &str) -> pb::ValidateKeyResponse {
    let message = pb::ValidateKeyRequest {
        product_key: text.to_owned(),
        ..pb::ValidateKeyRequest::default()
    };
    let call = house.call(claims, message);
    house.activations().validate_key(call).await.unwrap().into_inner()
}

fn activation_of(device: &str, id: Uuid) -> pb::ActivateKeyRequest {
    pb::ActivateKeyRequest {
        product_key: key(1),
        device: device.to_owned(),
        device_label: format!("the {device}"),
        request_id: id.to_string(),
        validate_only: false,
    }
}

async fn activate(
    house: &House,
    purchase: &Purchase,
    device: &str,
) -> Result<pb::Activation, Status> {
    let call = house.call(&agent(purchase), activation_of(device, house.process.ids.uuid()));
    house.activations().activate_key(call).await.map(tonic::Response::into_inner)
}

async fn listed(house: &House, purchase: &Purchase) -> pb::ListActivationsResponse {
    let parent = rpc::name::Subscription(purchase.customer, purchase.id).to_string();
    let message = pb::ListActivationsRequest { parent, ..Default::default() };
    let call = house.call(&agent(purchase), message);
    house.activations().list_activations(call).await.unwrap().into_inner()
}

async fn revoke(house: &House, claims: &Claims, name: &str) -> Result<pb::Activation, Status> {
    let request_id = house.process.ids.uuid().to_string();
    let name = name.to_owned();
    let message = pb::RevokeActivationRequest { name, request_id, validate_only: false };
    let answer = house.activations().revoke_activation(house.call(claims, message)).await;
    answer.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn key_1_a_key_activates_as_many_devices_as_were_bought_each_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = a_key(&house).await;
    let first = activate(&house, &purchase, "pc-1").await.unwrap();
    assert_eq!(activate(&house, &purchase, "pc-1").await.unwrap(), first, "a device counts once");
    activate(&house, &purchase, "pc-2").await.unwrap();
    let refused = activate(&house, &purchase, "pc-3").await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "ACTIVATION_LIMIT".to_owned())
    );
    assert!(refused.message().contains("is in use on 2 devices, and may be on 2"), "{refused:?}");
    assert_eq!(activate(&house, &purchase, "pc-2").await.unwrap().device_label, "the pc-2");

    let told = listed(&house, &purchase).await;
    assert_eq!((told.activation_count, told.activation_limit, told.activations.len()), (2, 2, 2));
    let validation = validate(&house, &agent(&purchase), &key(1)).await;
    assert_eq!((validation.valid, validation.reason()), (false, Reason::ActivationLimit));

    // What is revoked counts no more, and its device may come back.
    let revoked = revoke(&house, &agent(&purchase), &first.name).await.unwrap();
    assert!(revoked.revoke_time.is_some());
    activate(&house, &purchase, "pc-3").await.unwrap();
    assert_eq!(reason(&activate(&house, &purchase, "pc-1").await.unwrap_err()), "ACTIVATION_LIMIT");
    let told = listed(&house, &purchase).await;
    assert_eq!((told.activation_count, told.activations.len()), (2, 3), "revoked ones stay listed");
    let entries = house.delivered().await;
    let count = |action: &str| entries.iter().filter(|it| it.action == action).count();
    assert_eq!((count("ActivateKey"), count("RevokeActivation")), (5, 1), "refusals included");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_1_of_many_devices_at_once_no_more_get_in_than_may(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(Purchase { quantity: 5, ..a_purchase() }).await;
    house.stocked(&purchase.sku, 1, 1).await;
    house.reveal(&agent(&purchase), &purchase).await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let message = activation_of(&format!("pc-{number}"), house.process.ids.uuid());
        let call = house.call(&agent(&purchase), message);
        let mut client = house.activations();
        calls.spawn(async move { client.activate_key(call).await.is_ok() });
    }
    let passed = calls.join_all().await.into_iter().filter(|passed| *passed).count();
    assert_eq!((passed, listed(&house, &purchase).await.activation_count), (5, 5));
}

#[rstest]
#[tokio::test]
async fn key_1_an_import_says_on_how_many_devices_its_keys_can_be(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let ask = ImportAsk { activation_limit: Some(1), ..house.import_of(&purchase.sku) };
    let mut import = house.app.import(&operator(), ask).await.unwrap();
    import.push(key(1).as_bytes()).await.unwrap();
    import.finish().await.unwrap();
    house.reveal(&agent(&purchase), &purchase).await.unwrap();
    activate(&house, &purchase, "pc-1").await.unwrap();
    assert_eq!(reason(&activate(&house, &purchase, "pc-2").await.unwrap_err()), "ACTIVATION_LIMIT");
    assert_eq!(listed(&house, &purchase).await.activation_limit, 1);
}

#[rstest]
#[case::nothing("", Reason::KeyMalformed)]
#[case::words("correct horse", Reason::KeyMalformed)]
#[case::a_digit_less("0000000000000000000700000000000", Reason::KeyMalformed)]
#[case::nobodys("99999999999999999999999999999999", Reason::KeyUnknown)]
#[case::still_in_its_pool("00000000000000000007000000000003", Reason::KeyUnknown)]
#[case::of_this_purchase("0000-0000000000-0000070000-00000001", Reason::Unspecified)]
#[tokio::test]
async fn key_4_what_is_typed_is_answered_and_never_fails(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] text: &str,
    #[case] expected: Reason,
) {
    let house = House::on(backend).await;
    let purchase = a_key(&house).await;
    let told = validate(&house, &agent(&purchase), text).await;
    assert_eq!((told.reason(), told.valid), (expected, expected == Reason::Unspecified));
    assert_eq!(told.subscription.is_empty(), !told.valid);
    let other_sku =
        pb::ValidateKeyRequest { product_key: key(1), sku: a_sku("another").to_string() };
    let call = house.call(&agent(&purchase), other_sku);
    let told = house.activations().validate_key(call).await.unwrap().into_inner();
    assert_eq!(told.reason(), Reason::KeyForOtherSku);
}

#[rstest]
#[case::pcx_1_cancelled(PurchaseState::Cancelled)]
#[case::sus_1_suspended(PurchaseState::Suspended)]
#[tokio::test]
async fn a_purchase_that_does_not_run_activates_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] state: PurchaseState,
) {
    let house = House::on(backend).await;
    let purchase = a_key(&house).await;
    // lifecycle knows it first.
    house.stub.says(&purchase, state);
    assert_eq!(reason(&activate(&house, &purchase, "pc-1").await.unwrap_err()), "KEY_UNAVAILABLE");
    house.becomes(&purchase, state).await;
    let told = validate(&house, &agent(&purchase), &key(1)).await;
    assert_eq!(told.reason(), Reason::KeyUnavailable);
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_key_is_as_unknown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = a_key(&house).await;
    let first = activate(&house, &purchase, "pc-1").await.unwrap();
    let unknown = validate(&house, &stranger(), "99999999999999999999999999999999").await;
    assert_eq!(validate(&house, &stranger(), &key(1)).await, unknown);
    let told = async |product_key: String| {
        let message = pb::ActivateKeyRequest {
            product_key,
            ..activation_of("pc-9", house.process.ids.uuid())
        };
        let answer = house.activations().activate_key(house.call(&stranger(), message)).await;
        let status = answer.unwrap_err();
        (status.code(), status.message().to_owned(), reason(&status))
    };
    let unknown = told("99999999999999999999999999999999".to_owned()).await;
    assert_eq!(told(key(1)).await, unknown);
    assert_eq!(unknown.2, "KEY_UNKNOWN");
    let refused = revoke(&house, &stranger(), &first.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(listed(&house, &purchase).await.activation_count, 1);
}

#[rstest]
#[tokio::test]
async fn d_28_an_activation_is_answered_the_same_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = a_key(&house).await;
    let message = activation_of("pc-1", Uuid::from_u128(5));
    let call = async |message: pb::ActivateKeyRequest| {
        house.activations().activate_key(house.call(&agent(&purchase), message)).await
    };
    let first = call(message.clone()).await.unwrap().into_inner();
    let again = call(message.clone()).await.unwrap();
    assert_eq!(again.metadata().get("tenure-replayed").unwrap(), "true");
    assert_eq!(again.into_inner(), first);
    let other = pb::ActivateKeyRequest { device: "pc-2".to_owned(), ..message };
    assert_eq!(reason(&call(other).await.unwrap_err()), "REQUEST_ID_REUSED");
}
