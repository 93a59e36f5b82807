//! What callers see of malformed requests: everything that is wrong, in one answer, nothing changed.

use proto::common as pbc;
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use proto::order::partner_service_server::PartnerService;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;

use super::house::{House, call, line, operator, reason, wrong_fields};

#[rstest]
#[tokio::test]
async fn a_purchase_lists_all_its_faults(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut lines = vec![
        line("server", -1),
        line("server", 0),
        line("server", i64::MAX),
        line("no such thing", 1),
        line("suite", 1),
    ];
    lines[4].friendly_name = "x".repeat(201);
    let message = pb::PlaceOrderRequest {
        parent: "customers/contoso".to_owned(),
        request_id: "again".to_owned(),
        ..shop.order(String::new(), lines)
    };
    let refused = house.place(&shop.agent, message).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    let wrong = wrong_fields(&refused);
    for field in [
        "parent",
        "request_id",
        "lines[0].quantity",
        "lines[1].quantity",
        "lines[2].quantity",
        "lines[3].offer",
        "lines[4].friendly_name",
    ] {
        assert_eq!(wrong.iter().filter(|one| *one == field).count(), 1, "{field}: {wrong:?}");
    }
    assert_eq!(wrong.len(), 7, "{wrong:?}");
    let list = pb::ListOrdersRequest { parent: shop.customer.clone(), ..Default::default() };
    assert!(house.orders(&shop.agent, list).await.unwrap().orders.is_empty());
}

#[rstest]
#[tokio::test]
async fn an_order_without_lines_is_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let refused = house.place(&shop.agent, shop.order(house.id(), vec![])).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["lines"]);
    let many = vec![line("suite", 1); 201];
    let refused = house.place(&shop.agent, shop.order(house.id(), many)).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["lines"]);
}

#[rstest]
#[tokio::test]
async fn an_empty_customer_lists_all_its_faults(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = pb::CreateCustomerRequest {
        customer: Some(pb::Customer {
            tenant_id: "contoso".to_owned(),
            domain: "Not A Domain".to_owned(),
            market: "Germany".to_owned(),
            segment: 99,
            test_clock: "clock".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let request = call(&shop.agent, "CustomerService/CreateCustomer", message).unwrap();
    let refused = house.service.create_customer(request).await.unwrap_err();
    let mut wrong = wrong_fields(&refused);
    wrong.sort();
    let expected = [
        "customer.cloud",
        "customer.display_name",
        "customer.domain",
        "customer.market",
        "customer.segment",
        "customer.tenant_id",
        "customer.test_clock",
        "request_id",
    ];
    assert_eq!(wrong, expected);

    let request =
        call(&shop.agent, "CustomerService/CreateCustomer", pb::CreateCustomerRequest::default());
    let refused = house.service.create_customer(request.unwrap()).await.unwrap_err();
    let wrong = wrong_fields(&refused);
    assert!(wrong.contains(&"customer".to_owned()), "{wrong:?}");
}

#[rstest]
#[tokio::test]
async fn an_empty_partner_lists_all_its_faults(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let message = pb::CreatePartnerRequest {
        partner: Some(pb::Partner { provider: "x".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let request = call(&operator(), "PartnerService/CreatePartner", message).unwrap();
    let refused = house.service.create_partner(request).await.unwrap_err();
    let mut wrong = wrong_fields(&refused);
    wrong.sort();
    let expected = [
        "partner.cloud",
        "partner.display_name",
        "partner.market",
        "partner.provider",
        "partner.type",
        "request_id",
    ];
    assert_eq!(wrong, expected);
}

#[rstest]
#[tokio::test]
async fn mkt_1_any_two_letters_are_a_market(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values("XK", "BQ", "SJ")] market: &str,
) {
    let (house, shop) = House::open(backend).await;
    let customer = pb::Customer { market: market.to_owned(), ..super::house::a_customer(2) };
    let made = house.customer(&shop.agent, customer).await.unwrap();
    assert_eq!(made.market, market);
    assert_eq!(made.cloud(), pbc::Cloud::Commercial);
}

#[rstest]
#[tokio::test]
async fn unknown_names_and_wrong_pages_are_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let unknown = format!("{}/orders/{}", shop.customer, uuid::Uuid::nil());
    let refused = house.order(&shop.agent, &unknown).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    for name in ["", "orders/1", "customers/x/orders/y"] {
        let refused = house.order(&shop.agent, name).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{name}");
        assert_eq!(wrong_fields(&refused), ["name"], "{name}");
    }
    let list = pb::ListOrdersRequest { page_size: 501, ..Default::default() };
    let refused = house.orders(&shop.agent, list).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["parent", "page_size"]);
}
