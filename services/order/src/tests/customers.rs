//! Customers and their relationship with the partner that registered them.

use access::Claims;
use jiff::ToSpan;
use proto::common as pbc;
use proto::common::Role;
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use uuid::Uuid;

use super::house::{
    House, a_customer, a_partner, agent_of, call, metadata, operator, reason, stranger,
    wrong_fields,
};

async fn get(house: &House, claims: &Claims, name: &str) -> Result<pb::Customer, Status> {
    let message = pb::GetCustomerRequest { name: name.to_owned() };
    let request = call(claims, "CustomerService/GetCustomer", message)?;
    house.service.get_customer(request).await.map(tonic::Response::into_inner)
}

async fn list(house: &House, claims: &Claims) -> Vec<String> {
    let message = pb::ListCustomersRequest::default();
    let request = call(claims, "CustomerService/ListCustomers", message).unwrap();
    let page = house.service.list_customers(request).await.unwrap().into_inner();
    page.customers.into_iter().map(|customer| customer.name).collect()
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_customer_is_as_unknown_as_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let ours = agent_of(&house.partner(a_partner()).await, [Role::SalesAgent]);
    let theirs = agent_of(&house.partner(a_partner()).await, [Role::SalesAgent]);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap().name;

    assert_eq!(get(&house, &ours, &customer).await.unwrap().name, customer);
    assert_eq!(get(&house, &operator(), &customer).await.unwrap().name, customer);
    let unknown = format!("customers/{}", Uuid::from_u128(1));
    for claims in [&theirs, &stranger()] {
        let foreign = get(&house, claims, &customer).await.unwrap_err();
        let none = get(&house, claims, &unknown).await.unwrap_err();
        assert_eq!((foreign.code(), reason(&foreign).as_str()), (Code::NotFound, "NOT_FOUND"));
        assert_eq!((none.code(), reason(&none).as_str()), (Code::NotFound, "NOT_FOUND"));
        let text = foreign.message().replace(&customer, "X");
        assert_eq!(text, none.message().replace(&unknown, "X"));
    }
    assert_eq!(list(&house, &ours).await, std::slice::from_ref(&customer));
    assert_eq!(list(&house, &theirs).await, Vec::<String>::new());
    assert_eq!(list(&house, &operator()).await, [customer]);
}

#[rstest]
#[tokio::test]
async fn par_1_a_reseller_registers_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let provider = pb::Partner { r#type: pb::PartnerType::IndirectProvider.into(), ..a_partner() };
    let provider = house.partner(provider).await;
    let reseller = house
        .partner(pb::Partner {
            r#type: pb::PartnerType::IndirectReseller.into(),
            provider: provider.clone(),
            ..a_partner()
        })
        .await;

    let agent = agent_of(&reseller, [Role::AdminAgent]);
    let refused = house.customer(&agent, a_customer(1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(reason(&refused), "CONTACT_INDIRECT_PROVIDER");
    assert_eq!(metadata(&refused, "provider"), provider);
    assert_eq!(metadata(&refused, "rule"), "PAR-1");
    assert_eq!(list(&house, &operator()).await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn par_3_tenant_and_domain_are_nobody_elses(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let ours = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let theirs = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    house.customer(&ours, a_customer(1)).await.unwrap();

    let same_tenant = pb::Customer { domain: "other.example".to_owned(), ..a_customer(1) };
    let same_domain = pb::Customer { tenant_id: Uuid::from_u128(9).to_string(), ..a_customer(1) };
    for (customer, field) in [(same_tenant, "tenant_id"), (same_domain, "domain")] {
        let refused = house.customer(&theirs, customer).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists);
        assert_eq!(reason(&refused), "ALREADY_EXISTS");
        assert_eq!(metadata(&refused, "field"), field);
    }
    // A test clock is a world of its own.
    let test_clock = house.test_clock(noon()).await;
    let twin = pb::Customer { test_clock, ..a_customer(1) };
    house.customer(&ours, twin.clone()).await.unwrap();
    let refused = house.customer(&ours, twin).await.unwrap_err();
    assert_eq!(metadata(&refused, "field"), "tenant_id");
}

#[rstest]
#[tokio::test]
async fn par_13_a_customer_is_in_its_partners_cloud(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let customer = pb::Customer { cloud: pbc::Cloud::UsGovernment.into(), ..a_customer(1) };
    let refused = house.customer(&agent, customer).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "CLOUD_MISMATCH");
}

#[rstest]
#[tokio::test]
async fn tim_6_a_customer_lives_on_its_test_clock(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let unknown = format!("testClocks/{}", Uuid::from_u128(5));
    let lost = pb::Customer { test_clock: unknown, ..a_customer(1) };
    let refused = house.customer(&agent, lost).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["customer.test_clock"]);

    let shown = noon() + 8_760.hours();
    let test_clock = house.test_clock(shown).await;
    let customer = pb::Customer { test_clock: test_clock.clone(), ..a_customer(1) };
    let customer = house.customer(&agent, customer).await.unwrap();
    assert_eq!(customer.test_clock, test_clock);
    assert_eq!(customer.create_time, Some(rpc::wire::timestamp(shown)));
}

#[rstest]
#[tokio::test]
async fn d_28_a_preview_registers_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let message = pb::CreateCustomerRequest {
        request_id: house.id(),
        customer: Some(a_customer(1)),
        validate_only: true,
    };
    let request = call(&agent, "CustomerService/CreateCustomer", message.clone()).unwrap();
    house.service.create_customer(request).await.unwrap();
    assert_eq!(list(&house, &agent).await, Vec::<String>::new());
    house.customer(&agent, a_customer(1)).await.unwrap();
}
