//! The second wall: what PostgreSQL itself lets nobody see, with our own checks left out.

use proto::order as pb;
use proto::order::support_service_server::SupportService;
use testkit::{Backend, assert_walled};
use uuid::Uuid;

use super::house::{House, call, line};
use super::support::about_a_subscription;

/// A row of each kind that has a partner, none of it another's.
#[tokio::test]
async fn par_14_behind_the_wall_is_nothing_of_anybody_elses() {
    let (house, shop) = House::open(Backend::Postgres).await;
    let filing = about_a_subscription(&house, &shop).await;
    let filing = call(&shop.agent, "SupportService/CreateSupportRequest", filing).unwrap();
    let name = house.service.create_support_request(filing).await.unwrap().into_inner().name;
    let note = pb::AddNoteRequest {
        name,
        request_id: house.id(),
        text: "a note".to_owned(),
        ..Default::default()
    };
    house
        .service
        .add_note(call(&shop.agent, "SupportService/AddNote", note).unwrap())
        .await
        .unwrap();
    house.cart(&shop, vec![line("suite", 1)]).await.unwrap();

    let own: rpc::name::Partner = shop.partner.parse().unwrap();
    let walled = [
        "carts",
        "order_lines",
        "orders",
        "relationship_requests",
        "relationships",
        "support_notes",
        "support_requests",
    ];
    let open = ["partners"];
    assert_walled(&house.db.db, own.0.0, Uuid::from_u128(7), &walled, &open).await;
}
