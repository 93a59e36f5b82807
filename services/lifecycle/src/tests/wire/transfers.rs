//! Transfers, as both partners and everybody else see them.

use access::Caller;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use proto::lifecycle::transfer_service_server::TransferService;
use replay::Once;
use rpc::wire;
use rstest::rstest;
use serde_json::Value;
use testkit::{Backend, noon};
use tonic::{Code, Response, Status};
use vocab::PartnerId;

use super::{by, call, fields, metadata, reason, resizing, service};
use crate::convert;
use crate::domain::{Status as State, Subscription};
use crate::tests::given::{
    CUSTOMER, PARTNER, RIVAL, ada, eur, instant, perpetual, server, somebody_of, total, yearly,
};
use crate::tests::house::{House, fresh, name_of};

/// An Admin agent of the partner that asks.
fn bob() -> Caller {
    somebody_of(RIVAL, Role::AdminAgent)
}

/// An Admin agent of a partner that has nothing to do with it.
fn eve() -> Caller {
    somebody_of(PartnerId(uuid::Uuid::from_u128(0xe0e)), Role::AdminAgent)
}

/// What order has said yes to, since nobody listens there (the journeys go through it).
pub(super) async fn asked(house: &House) -> pb::Transfer {
    let request = pb::CreateTransferRequest {
        request_id: house.uuid().to_string(),
        customer: format!("customers/{CUSTOMER}"),
        customer_email: "it@customer.example".to_owned(),
        source_partner: format!("partners/{PARTNER}"),
        ..pb::CreateTransferRequest::default()
    };
    let wanted = convert::create_transfer(&request).unwrap();
    let once = Once::new(&request, bob().key(), convert::transfer);
    let answer = house.app.note_transfer(&once, &bob(), wanted, (RIVAL, None)).await.unwrap();
    convert::transfer(&fresh(answer))
}

pub(super) fn giving(
    house: &House,
    transfer: &pb::Transfer,
    subs: &[&Subscription],
) -> pb::SubmitTransferRequest {
    pb::SubmitTransferRequest {
        name: transfer.name.clone(),
        request_id: house.uuid().to_string(),
        subscriptions: subs.iter().map(|sub| name_of(sub)).collect(),
        ..pb::SubmitTransferRequest::default()
    }
}

async fn submit(
    house: &House,
    caller: &Caller,
    message: &pb::SubmitTransferRequest,
) -> Result<Response<pb::TransferReceipt>, Status> {
    service(house).submit_transfer(by(caller, message.clone())).await
}

async fn seen(house: &House, caller: &Caller, name: &str) -> Result<pb::Transfer, Status> {
    let message = pb::GetTransferRequest { name: name.to_owned() };
    service(house).get_transfer(by(caller, message)).await.map(Response::into_inner)
}

async fn listed(house: &House, caller: &Caller, state: pb::TransferState) -> Vec<String> {
    let message = pb::ListTransfersRequest { state: state.into(), ..Default::default() };
    let page = service(house).list_transfers(by(caller, message)).await.unwrap().into_inner();
    page.transfers.into_iter().map(|transfer| transfer.name).collect()
}

/// What the customer has in use, by partner.
async fn in_use(house: &House) -> Vec<(PartnerId, i64)> {
    let all = house.all().await.into_iter();
    all.filter(Subscription::is_live).map(|sub| (sub.partner, sub.quantity)).collect()
}

async fn entries(house: &House, partner: PartnerId) -> Vec<Value> {
    let letters = house.letters("audit").await.into_iter().map(|(_, body)| body);
    letters
        .filter(|body| body["resource"].as_str().is_some_and(|it| it.starts_with("transfers/")))
        .filter(|body| body["partner"].as_str() == Some(partner.to_string().as_str()))
        .collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_1_from_the_request_to_the_new_subscription(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (suite, kept) = (house.buy(&yearly(), 10).await, house.buy(&yearly(), 1).await);
    let transfer = asked(&house).await;
    assert_eq!(transfer.state(), pb::TransferState::Requested);
    for caller in [ada(), bob()] {
        let open = listed(&house, &caller, pb::TransferState::Requested).await;
        assert_eq!(open, std::slice::from_ref(&transfer.name));
        assert!(listed(&house, &caller, pb::TransferState::Completed).await.is_empty());
    }

    let asking = pb::ExplainActionsRequest { name: name_of(&suite), ..Default::default() };
    let told = service(&house).explain_actions(call(asking)).await.unwrap().into_inner().actions;
    let told = told.into_iter().find(|one| one.action() == pb::Action::Transfer).unwrap();
    assert_eq!(told.method, "tenure.lifecycle.v1.TransferService/SubmitTransfer");
    assert_eq!(told.amount, Some(wire::money(eur("-1196.70"))));

    // A preview shows the exact money, and does nothing.
    let before = house.everything().await;
    let message = giving(&house, &transfer, &[&suite]);
    let preview = pb::SubmitTransferRequest { validate_only: true, ..message.clone() };
    let shown = submit(&house, &ada(), &preview).await.unwrap().into_inner();
    assert_eq!(house.everything().await, before);
    // One day of 365 is used: 33 cents of each 120 euros.
    assert_eq!(shown.transfer.as_ref().unwrap().amount, Some(wire::money(eur("-1196.70"))));

    let other = "of something else".to_owned();
    let other = pb::SubmitTransferRequest { preview_token: other, ..message.clone() };
    let refused = submit(&house, &ada(), &other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "PREVIEW_STALE".to_owned()));
    assert_eq!(house.everything().await, before);

    let message = pb::SubmitTransferRequest { preview_token: shown.preview_token, ..message };
    let submitted = submit(&house, &ada(), &message).await.unwrap();
    let again = submit(&house, &ada(), &message).await.unwrap();
    assert!(again.metadata().get("tenure-replayed").is_some());
    let submitted = submitted.into_inner();
    assert_eq!(submitted, again.into_inner());
    let submitted = submitted.transfer.unwrap();
    assert_eq!(submitted.state(), pb::TransferState::Submitted);
    assert_eq!(submitted.submit_time, Some(wire::timestamp(noon())));
    assert_eq!(in_use(&house).await, [(PARTNER, 10), (PARTNER, 1)], "TRP-60");

    assert!(house.app.complete_transfer().await.unwrap());
    assert!(!house.app.complete_transfer().await.unwrap());
    assert_eq!(in_use(&house).await, [(PARTNER, 1), (RIVAL, 10)], "TRP-60");
    let old = house.load(suite.id).await;
    assert_eq!((old.status, old.status_reason.as_str()), (State::Cancelled, "TRANSFERRED"));
    let new = house.all().await.into_iter().find(|sub| sub.partner == RIVAL).unwrap();
    assert_eq!(total(&house.lines(&new).await), 119_670);
    assert_eq!(total(&house.lines(&old).await), 120_000 - 119_670);
    assert_eq!(house.load(kept.id).await.status, State::Active);

    let message = pb::GetSubscriptionRequest { name: name_of(&new) };
    let theirs = service(&house).get_subscription(by(&bob(), message.clone())).await.unwrap();
    let theirs = theirs.into_inner();
    assert_eq!((theirs.order.as_str(), theirs.order_line.as_str()), ("", ""));
    assert_eq!((theirs.transfer, theirs.state_reason.as_str()), (transfer.name, "TRANSFERRED"));
    let foreign = service(&house).get_subscription(call(message)).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
}

/// Each side sees its own; nobody else sees anything (PAR-14).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_a_transfer_is_told_to_its_partners_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let transfer = asked(&house).await;
    assert!(seen(&house, &bob(), &transfer.name).await.unwrap().subscriptions.is_empty());
    submit(&house, &ada(), &giving(&house, &transfer, &[&sub])).await.unwrap();
    for has_moved in [false, true] {
        let source = seen(&house, &ada(), &transfer.name).await.unwrap();
        let target = seen(&house, &bob(), &transfer.name).await.unwrap();
        assert_eq!(source.amount, Some(wire::money(eur("-1196.70"))));
        assert_eq!(target.amount, Some(wire::money(eur("1196.70"))));
        let (own, theirs) = (&source.subscriptions[0], &target.subscriptions[0]);
        assert_eq!((own.source.clone(), own.target.as_str()), (name_of(&sub), ""));
        assert_eq!((theirs.source.as_str(), theirs.target.is_empty()), ("", !has_moved));
        assert_eq!((own.credits.len(), own.charges.len()), (1, 0));
        assert_eq!((theirs.credits.len(), theirs.charges.len()), (0, 1));
        assert!(!format!("{target:?}").contains(&sub.id.to_string()));
        assert_eq!((theirs.quantity, theirs.product_title.as_str()), (10, "Suite"));

        let unknown = format!("transfers/{}", house.uuid());
        let foreign = seen(&house, &eve(), &transfer.name).await.unwrap_err();
        let nothing = seen(&house, &eve(), &unknown).await.unwrap_err();
        assert_eq!((foreign.code(), reason(&foreign)), (Code::NotFound, reason(&nothing)));
        assert!(listed(&house, &eve(), pb::TransferState::Unspecified).await.is_empty());
        house.app.complete_transfer().await.unwrap();
    }
}

/// The source alone picks, what is its own, and all of it or nothing (TRF-2).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_2_the_source_picks(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let (own, once) = (house.buy(&yearly(), 1).await, house.buy(&perpetual(), 1).await);
    let foreign = crate::domain::Purchase { partner: RIVAL, ..house.line(&yearly(), 1) };
    let foreign = house.given(foreign).await;
    let transfer = asked(&house).await;
    let before = house.everything().await;

    let by_target = submit(&house, &bob(), &giving(&house, &transfer, &[&foreign])).await;
    assert_eq!(by_target.unwrap_err().code(), Code::NotFound);
    let of_others = submit(&house, &ada(), &giving(&house, &transfer, &[&own, &foreign])).await;
    let of_others = of_others.unwrap_err();
    assert_eq!(
        (of_others.code(), metadata(&of_others, "name")),
        (Code::NotFound, Some(name_of(&foreign)))
    );
    let fixed = submit(&house, &ada(), &giving(&house, &transfer, &[&own, &once])).await;
    let fixed = fixed.unwrap_err();
    assert_eq!(reason(&fixed), "NOT_TRANSFERABLE");
    assert_eq!(metadata(&fixed, "subscription"), Some(name_of(&once)));
    let twice = submit(&house, &ada(), &giving(&house, &transfer, &[&own, &own])).await;
    assert_eq!(fields(&twice.unwrap_err()), ["subscriptions[1]"]);
    let none = submit(&house, &ada(), &giving(&house, &transfer, &[])).await;
    assert_eq!(fields(&none.unwrap_err()), ["subscriptions"]);
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_7_twenty_five_at_the_most(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut subs = vec![];
    for _ in 0..26 {
        subs.push(house.buy(&yearly(), 1).await);
    }
    let transfer = asked(&house).await;
    let all: Vec<_> = subs.iter().collect();
    let refused = submit(&house, &ada(), &giving(&house, &transfer, &all)).await.unwrap_err();
    assert_eq!(fields(&refused), ["subscriptions"]);
    submit(&house, &ada(), &giving(&house, &transfer, &all[..25])).await.unwrap();
    house.app.complete_transfer().await.unwrap();
    let in_use = in_use(&house).await;
    assert_eq!(in_use.iter().filter(|(partner, _)| *partner == RIVAL).count(), 25);
    assert_eq!(in_use.len(), 26);
}

/// From submit to completion other writes wait; afterwards they are the other partner's (TRF-7).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_7_other_writes_wait(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let (transfer, other) = (asked(&house).await, asked(&house).await);
    submit(&house, &ada(), &giving(&house, &transfer, &[&sub])).await.unwrap();
    let before = house.everything().await;
    let message = resizing(&house, &sub, 11);
    let refused = service(&house).change_quantity(call(message.clone())).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "TRANSFER_PENDING".to_owned())
    );
    assert_eq!(metadata(&refused, "transfer"), Some(transfer.name.clone()));
    let twice = submit(&house, &ada(), &giving(&house, &other, &[&sub])).await.unwrap_err();
    assert_eq!(reason(&twice), "TRANSFER_PENDING");
    assert_eq!(house.everything().await, before);

    house.app.complete_transfer().await.unwrap();
    let ended = service(&house).change_quantity(call(message)).await.unwrap_err();
    assert_eq!(reason(&ended), "NOT_ACTIVE");
    let new = house.all().await.into_iter().find(|sub| sub.partner == RIVAL).unwrap();
    service(&house).change_quantity(by(&bob(), resizing(&house, &new, 11))).await.unwrap();
}

/// However late it is completed, it is dated as if at once, and what fell due meanwhile is the other
/// partner's (D-29). Two workers do it once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_29_a_worker_that_slept(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let sub = house.buy(&crate::tests::given::billed_monthly(), 10).await;
    let transfer = asked(&house).await;
    submit(&house, &ada(), &giving(&house, &transfer, &[&sub])).await.unwrap();
    house.sleep_until(instant("2026-03-20T12:00:00Z")).await;
    let neighbour = house.neighbour(house.now()).await;
    let (here, there) = tokio::join!(house.app.complete_transfer(), neighbour.complete_transfer());
    // On SQLite they come one after the other.
    assert!(here.unwrap_or_default() || there.unwrap_or_default());
    house.ring(None).await;

    // Day one of 31 is used: 27 cents of 8.33.
    assert_eq!(total(&house.lines(&sub).await), 270);
    let new = house.all().await.into_iter().find(|sub| sub.partner == RIVAL).unwrap();
    let lines = house.lines(&new).await;
    assert_eq!(total(&lines), 8060 + 8330 + 8330);
    assert_eq!(lines[0].charge.effective_at, noon());
    assert_eq!(house.all().await.len(), 2);
}

/// What cannot be completed is set aside, and holds up no other.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_7_a_broken_row_holds_up_no_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (broken, sound) = (house.buy(&yearly(), 1).await, house.buy(&yearly(), 2).await);
    for sub in [&broken, &sound] {
        let transfer = asked(&house).await;
        submit(&house, &ada(), &giving(&house, &transfer, &[sub])).await.unwrap();
    }
    house.spoil(&broken).await;
    while house.app.complete_transfer().await.unwrap() {}
    assert_eq!(house.load(sound.id).await.status, State::Cancelled);
    // It is tried again, later.
    assert!(house.now() < house.app.next_transfer().await.unwrap().unwrap());
}

/// Both partners read in their own log what happened; of the other's people they learn nothing (AUD-3).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn aud_3_both_partners_have_it_in_their_log(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let transfer = asked(&house).await;
    submit(&house, &ada(), &giving(&house, &transfer, &[&sub])).await.unwrap();
    house.app.complete_transfer().await.unwrap();
    let told = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (text("action"), text("actor"))
    };
    let (person, source, target) =
        ("ada@partner.example", format!("partners/{PARTNER}"), format!("partners/{RIVAL}"));
    for (partner, asks, gives) in
        [(PARTNER, target.as_str(), person), (RIVAL, person, source.as_str())]
    {
        let entries = entries(&house, partner).await;
        let expected = [
            ("TRANSFER_REQUESTED", asks),
            ("TRANSFER_SUBMITTED", gives),
            ("TRANSFER_COMPLETED", "lifecycle"),
        ];
        let expected = expected.map(|(action, actor)| (action.to_owned(), actor.to_owned()));
        assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected);
        let amount = if partner == PARTNER { "-1,196.70 EUR" } else { "1,196.70 EUR" };
        assert_eq!(entries[2]["details"]["amount"].as_str(), Some(amount));
        assert!(!format!("{entries:?}").contains("it@customer.example"));
    }
}

/// An answer is given once, by whoever may give it; it can be previewed, and repeated (TRF-1).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_1_declined_or_taken_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let (first, second) = (asked(&house).await, asked(&house).await);
    let declining = pb::DeclineTransferRequest {
        name: first.name.clone(),
        request_id: house.uuid().to_string(),
        ..pb::DeclineTransferRequest::default()
    };
    let cancelling = pb::CancelTransferRequest {
        name: second.name.clone(),
        request_id: house.uuid().to_string(),
        ..pb::CancelTransferRequest::default()
    };
    let before = house.everything().await;
    let (us, them) = (ada(), bob());
    for refused in [
        service(&house).decline_transfer(by(&them, declining.clone())).await.unwrap_err(),
        service(&house).cancel_transfer(by(&us, cancelling.clone())).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::NotFound);
    }
    let stale = pb::DeclineTransferRequest { etag: "v7".to_owned(), ..declining.clone() };
    let stale = service(&house).decline_transfer(by(&us, stale)).await.unwrap_err();
    assert_eq!(reason(&stale), "STALE_ETAG");
    let preview = pb::DeclineTransferRequest { validate_only: true, ..declining.clone() };
    service(&house).decline_transfer(by(&us, preview)).await.unwrap();
    assert_eq!(house.everything().await, before);

    let declined = service(&house).decline_transfer(by(&us, declining)).await.unwrap();
    assert_eq!(declined.into_inner().state(), pb::TransferState::Declined);
    let cancelled = service(&house).cancel_transfer(by(&them, cancelling)).await.unwrap();
    assert_eq!(cancelled.into_inner().state(), pb::TransferState::Cancelled);
    for transfer in [&first, &second] {
        let late = submit(&house, &us, &giving(&house, transfer, &[&sub])).await.unwrap_err();
        assert_eq!(
            (late.code(), reason(&late)),
            (Code::FailedPrecondition, "TRANSFER_CLOSED".to_owned())
        );
    }
    assert!(!house.app.complete_transfer().await.unwrap());
}

/// license-key hears from both sides where keys and links go, whichever letter comes first (TRF-1).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_1_keys_and_links_follow(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&server(), 2).await;
    let order_letters = house.letters("order").await.len();
    let transfer = asked(&house).await;
    submit(&house, &ada(), &giving(&house, &transfer, &[&sub])).await.unwrap();
    house.app.complete_transfer().await.unwrap();
    let new = house.all().await.into_iter().find(|sub| sub.partner == RIVAL).unwrap();
    let letters = house.letters("license-key").await;
    let of = |sub: &Subscription| {
        let mut bodies = letters.iter().map(|(_, body)| body);
        bodies.rfind(|body| body["id"] == sub.id.to_string()).unwrap().clone()
    };
    assert_eq!(of(&new)["moved_from"], Value::String(sub.id.to_string()));
    assert_eq!(of(&sub)["moved_to"], Value::String(new.id.to_string()));
    assert_eq!(of(&sub)["status"], Value::String("CANCELLED".to_owned()));
    // order hears of the line that ended, and of no order for what began.
    let told = house.letters("order").await.split_off(order_letters);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["lines"][0]["is_cancelled"], Value::Bool(true));
}
