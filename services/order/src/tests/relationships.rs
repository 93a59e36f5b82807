//! Finding customers, and asking them for a relationship.

use access::Claims;
use jiff::ToSpan;
use proto::common::{self as pbc, Role};
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use proto::order::inbox_service_server::InboxService;
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use tonic::{Code, Status};
use vocab::PartnerId;

use super::house::{
    House, a_customer, a_partner, a_reseller, agent_of, call, line, metadata, of_type, operator,
    reason, wrong_fields,
};
use crate::domain::Wanted;
use crate::store;

async fn find(
    house: &House,
    claims: &Claims,
    message: pb::FindCustomersRequest,
) -> Result<Vec<String>, Status> {
    let request = call(claims, "CustomerService/FindCustomers", message)?;
    let page = house.service.find_customers(request).await?.into_inner();
    Ok(page.customers.into_iter().map(|customer| customer.name).collect())
}

fn by_name(name: &str) -> pb::FindCustomersRequest {
    pb::FindCustomersRequest { display_name: name.to_owned(), ..Default::default() }
}

fn by_tenant(tenant: &str) -> pb::FindCustomersRequest {
    pb::FindCustomersRequest { tenant_id: tenant.to_owned(), ..Default::default() }
}

fn by_domain(domain: &str) -> pb::FindCustomersRequest {
    pb::FindCustomersRequest { domain: domain.to_owned(), ..Default::default() }
}

async fn ask(
    house: &House,
    claims: &Claims,
    message: pb::RequestRelationshipRequest,
) -> Result<pb::Relationship, Status> {
    let request = call(claims, "CustomerService/RequestRelationship", message)?;
    house.service.request_relationship(request).await.map(tonic::Response::into_inner)
}

fn of_domain(house: &House, domain: &str) -> pb::RequestRelationshipRequest {
    pb::RequestRelationshipRequest {
        request_id: house.id(),
        domain: domain.to_owned(),
        ..Default::default()
    }
}

fn of_tenant(house: &House, tenant: &str) -> pb::RequestRelationshipRequest {
    pb::RequestRelationshipRequest {
        request_id: house.id(),
        tenant_id: tenant.to_owned(),
        ..Default::default()
    }
}

async fn accept(house: &House, claims: &Claims, name: &str) -> Result<pb::Relationship, Status> {
    let message = pb::AcceptRelationshipRequest {
        name: name.to_owned(),
        request_id: house.id(),
        ..Default::default()
    };
    let request = call(claims, "CustomerService/AcceptRelationship", message)?;
    house.service.accept_relationship(request).await.map(tonic::Response::into_inner)
}

async fn relationships(
    house: &House,
    claims: &Claims,
    customer: &str,
) -> Result<Vec<pb::Relationship>, Status> {
    let message =
        pb::ListRelationshipsRequest { parent: customer.to_owned(), ..Default::default() };
    let request = call(claims, "CustomerService/ListRelationships", message)?;
    house.service.list_relationships(request).await.map(|page| page.into_inner().relationships)
}

async fn get(house: &House, claims: &Claims, name: &str) -> Result<pb::Customer, Status> {
    let message = pb::GetCustomerRequest { name: name.to_owned() };
    let request = call(claims, "CustomerService/GetCustomer", message)?;
    house.service.get_customer(request).await.map(tonic::Response::into_inner)
}

/// The global administrator of a customer.
fn admin_of(customer: &str) -> Claims {
    let rpc::name::Customer(id) = customer.parse().unwrap();
    Claims::customer("carol@contoso.example", id)
}

async fn an_agent(house: &House) -> Claims {
    agent_of(&house.partner(a_partner()).await, [Role::AdminAgent])
}

#[rstest]
#[tokio::test]
async fn par_3_by_name_tenant_or_domain(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = an_agent(&house).await;
    let umlaut = pb::Customer { display_name: "Ärzte Öl".to_owned(), ..a_customer(1) };
    let umlaut = house.customer(&agent, umlaut).await.unwrap();
    let contoso = house.customer(&agent, a_customer(2)).await.unwrap();

    let upper = contoso.tenant_id.to_uppercase();
    for (wanted, expected) in [
        (by_name("ÄRZTE öl"), Some(&umlaut)),
        (by_name("  ärzte öl "), Some(&umlaut)),
        (by_name("ärzte"), None),
        (by_tenant(&contoso.tenant_id), Some(&contoso)),
        (by_tenant(&upper), Some(&contoso)),
        (by_domain("Contoso2.example"), Some(&contoso)),
        (by_domain("contoso3.example"), None),
    ] {
        let found = find(&house, &agent, wanted.clone()).await.unwrap();
        let expected: Vec<_> = expected.map(|customer| customer.name.clone()).into_iter().collect();
        assert_eq!(found, expected, "{wanted:?}");
    }
}

#[rstest]
#[tokio::test]
async fn trp_67_an_ambiguous_name_gives_them_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = an_agent(&house).await;
    let mut names = Vec::new();
    for number in 1..4 {
        names.push(house.customer(&agent, a_customer(number)).await.unwrap().name);
    }
    assert_eq!(find(&house, &agent, by_name("CONTOSO")).await.unwrap(), names);

    let message = pb::FindCustomersRequest { page_size: 2, ..by_name("contoso") };
    let request = call(&agent, "CustomerService/FindCustomers", message.clone()).unwrap();
    let page = house.service.find_customers(request).await.unwrap().into_inner();
    assert_eq!(page.customers.len(), 2);
    let next = pb::FindCustomersRequest { page_token: page.next_page_token, ..message };
    assert_eq!(find(&house, &agent, next.clone()).await.unwrap(), names[2..]);
    // The token belongs to this search.
    let other = pb::FindCustomersRequest { display_name: "fabrikam".to_owned(), ..next };
    let refused = find(&house, &agent, other).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}

#[rstest]
#[tokio::test]
async fn par_14_only_customers_of_ones_own_are_found(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    for wanted in [by_name("Contoso"), by_tenant(&customer.tenant_id), by_domain(&customer.domain)]
    {
        assert_eq!(find(&house, &theirs, wanted.clone()).await.unwrap(), Vec::<String>::new());
        let own = std::slice::from_ref(&customer.name);
        assert_eq!(find(&house, &ours, wanted.clone()).await.unwrap(), own);
        assert_eq!(find(&house, &operator(), wanted).await.unwrap(), own);
    }
}

#[rstest]
#[tokio::test]
async fn par_3_exactly_one_key(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let agent = an_agent(&house).await;
    let tenant = uuid::Uuid::from_u128(7).to_string();
    let two = pb::FindCustomersRequest { tenant_id: tenant.clone(), ..by_name("x") };
    let others = pb::FindCustomersRequest { tenant_id: tenant, ..by_domain("x.example") };
    for wanted in [pb::FindCustomersRequest::default(), two, others] {
        let refused = find(&house, &agent, wanted).await.unwrap_err();
        assert_eq!(wrong_fields(&refused), ["display_name"]);
    }
    let refused = find(&house, &agent, by_tenant("contoso")).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["tenant_id"]);
}

#[rstest]
#[tokio::test]
async fn par_14_a_request_says_nothing_of_the_customer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    let elsewhere = pb::Customer { cloud: pbc::Cloud::UsGovernment.into(), ..a_customer(3) };
    let us = pb::Partner { cloud: pbc::Cloud::UsGovernment.into(), ..a_partner() };
    let us = agent_of(&house.partner(us).await, [Role::AdminAgent]);
    let elsewhere = house.customer(&us, elsewhere).await.unwrap();

    let there = ask(&house, &theirs, of_domain(&house, &customer.domain)).await.unwrap();
    let nowhere = ask(&house, &theirs, of_domain(&house, "nobody.example")).await.unwrap();
    let other_cloud = ask(&house, &theirs, of_domain(&house, &elsewhere.domain)).await.unwrap();
    let like = |one: &pb::Relationship| pb::Relationship {
        name: String::new(),
        domain: String::new(),
        ..one.clone()
    };
    assert_eq!(there.state(), pb::RelationshipState::Pending);
    assert_eq!((there.customer.as_str(), there.accept_time), ("", None));
    assert_eq!(like(&there), like(&nowhere));
    assert_eq!(like(&there), like(&other_cloud));
    // Nothing is gained by asking: not even the customer's name.
    assert_eq!(get(&house, &theirs, &customer.name).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(find(&house, &theirs, by_name("contoso")).await.unwrap(), Vec::<String>::new());
    // Asking again is the same request.
    assert_eq!(ask(&house, &theirs, of_domain(&house, "NOBODY.example")).await.unwrap(), nowhere);
}

#[rstest]
#[tokio::test]
async fn par_14_an_accepted_partner_sees_its_own_things_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, mut shop) = House::open(backend).await;
    let theirs = house.partner(a_partner()).await;
    let agent = agent_of(&theirs, [Role::AdminAgent]);
    let tenant = get(&house, &shop.agent, &shop.customer).await.unwrap().tenant_id;
    let waiting = ask(&house, &agent, of_tenant(&house, &tenant)).await.unwrap();
    let admin = admin_of(&shop.customer);

    house.clock.set(noon() + 1.hours());
    let accepted = accept(&house, &admin, &waiting.name).await.unwrap();
    assert_eq!(accepted.state(), pb::RelationshipState::Active);
    assert_eq!(accepted.customer, shop.customer);
    assert_eq!(accepted.accept_time, Some(rpc::wire::timestamp(noon() + 1.hours())));
    assert_eq!(get(&house, &agent, &shop.customer).await.unwrap().name, shop.customer);
    // Accepting or asking again changes nothing.
    house.clock.set(noon() + 2.hours());
    assert_eq!(accept(&house, &admin, &waiting.name).await.unwrap(), accepted);
    assert_eq!(ask(&house, &agent, of_tenant(&house, &tenant)).await.unwrap(), accepted);

    // Both sell, and neither sees what the other sold.
    let first = house.place(&shop.agent, shop.order(house.id(), vec![line("suite", 1)])).await;
    let first = first.unwrap();
    let own_agent = std::mem::replace(&mut shop.agent, agent.clone());
    let second = house.place(&agent, shop.order(house.id(), vec![line("suite", 1)])).await.unwrap();
    for (claims, own, foreign) in [(&own_agent, &first, &second), (&agent, &second, &first)] {
        let refused = house.order(claims, &foreign.name).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let list = pb::ListOrdersRequest { parent: shop.customer.clone(), ..Default::default() };
        let listed = house.orders(claims, list).await.unwrap().orders;
        assert_eq!(listed, std::slice::from_ref(own));
    }
}

#[rstest]
#[tokio::test]
async fn par_14_nobody_accepts_for_another_customer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    let other = house.customer(&ours, a_customer(2)).await.unwrap();
    let waiting = ask(&house, &theirs, of_domain(&house, &customer.domain)).await.unwrap();
    let nowhere = ask(&house, &theirs, of_domain(&house, "nobody.example")).await.unwrap();

    let unknown = format!("relationships/{}", uuid::Uuid::from_u128(1));
    let admin = admin_of(&other.name);
    for name in [&waiting.name, &nowhere.name, &unknown] {
        let refused = accept(&house, &admin, name).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        assert_eq!(refused.message(), format!("there is no {name}, or it is not yours"));
    }
    // A partner accepts nobody, least of all itself.
    let refused = accept(&house, &theirs, &waiting.name).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "ROLE_REQUIRED")
    );
    assert_eq!(metadata(&refused, "roles"), "CUSTOMER_GLOBAL_ADMIN, OPERATOR");
    // An operator does on the customer's behalf.
    let accepted = accept(&house, &operator(), &waiting.name).await.unwrap();
    assert_eq!(accepted.customer, customer.name);
    let refused = accept(&house, &operator(), &nowhere.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn par_14_a_request_waits_for_a_customer_to_come(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = a_customer(1);
    let early = ask(&house, &theirs, of_tenant(&house, &customer.tenant_id)).await.unwrap();
    let own = ask(&house, &ours, of_domain(&house, &customer.domain)).await.unwrap();
    let customer = house.customer(&ours, customer).await.unwrap();

    let listed = relationships(&house, &admin_of(&customer.name), &customer.name).await.unwrap();
    let states: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.state())).collect();
    // What the registering partner had asked for is accepted with the registration.
    assert_eq!(
        states,
        [
            (early.name.as_str(), pb::RelationshipState::Pending),
            (own.name.as_str(), pb::RelationshipState::Active)
        ]
    );
    assert!(listed.iter().all(|one| one.partner_display_name == "Seller"));
    accept(&house, &admin_of(&customer.name), &early.name).await.unwrap();
    get(&house, &theirs, &customer.name).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn par_14_relationships_are_listed_to_their_customer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    let other = house.customer(&ours, a_customer(2)).await.unwrap();
    ask(&house, &theirs, of_domain(&house, &customer.domain)).await.unwrap();

    let admin = admin_of(&customer.name);
    let listed = relationships(&house, &admin, &customer.name).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].customer, customer.name);
    assert_eq!(listed, relationships(&house, &operator(), &customer.name).await.unwrap());
    let foreign = relationships(&house, &admin, &other.name).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    assert_eq!(relationships(&house, &operator(), &other.name).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn par_13_a_partner_of_another_cloud_is_not_accepted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let agent = an_agent(&house).await;
    let customer = house.customer(&agent, a_customer(1)).await.unwrap();
    let us = pb::Partner { cloud: pbc::Cloud::UsGovernment.into(), ..a_partner() };
    let us = agent_of(&house.partner(us).await, [Role::SalesAgent]);
    let waiting = ask(&house, &us, of_domain(&house, &customer.domain)).await.unwrap();

    let refused = accept(&house, &admin_of(&customer.name), &waiting.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "CLOUD_MISMATCH");
    assert_eq!(metadata(&refused, "cloud"), "US_GOVERNMENT");
    assert_eq!(get(&house, &us, &customer.name).await.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn par_1_a_reseller_asks_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let provider = house.partner(of_type(pb::PartnerType::IndirectProvider)).await;
    let reseller = house.partner(a_reseller(&provider)).await;
    let agent = agent_of(&reseller, [Role::AdminAgent]);
    let refused = ask(&house, &agent, of_domain(&house, "contoso.example")).await.unwrap_err();
    assert_eq!(reason(&refused), "CONTACT_INDIRECT_PROVIDER");
}

#[rstest]
#[tokio::test]
async fn par_14_each_world_has_its_own_customers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let shown = noon() + 48.hours();
    let test_clock = house.test_clock(shown).await;
    let twin = pb::Customer { test_clock: test_clock.clone(), ..a_customer(1) };
    let twin = house.customer(&ours, twin).await.unwrap();
    let real = house.customer(&ours, a_customer(1)).await.unwrap();

    let message = pb::RequestRelationshipRequest {
        test_clock: test_clock.clone(),
        ..of_domain(&house, &real.domain)
    };
    let waiting = ask(&house, &theirs, message.clone()).await.unwrap();
    assert_eq!(waiting.request_time, Some(rpc::wire::timestamp(shown)));
    let refused = accept(&house, &admin_of(&real.name), &waiting.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let accepted = accept(&house, &admin_of(&twin.name), &waiting.name).await.unwrap();
    assert_eq!((accepted.customer, accepted.test_clock), (twin.name, test_clock));
    assert_eq!(get(&house, &theirs, &real.name).await.unwrap_err().code(), Code::NotFound);

    let lost = format!("testClocks/{}", uuid::Uuid::from_u128(5));
    let message =
        pb::RequestRelationshipRequest { request_id: house.id(), test_clock: lost, ..message };
    let refused = ask(&house, &theirs, message).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["test_clock"]);
}

#[rstest]
#[tokio::test]
async fn d_28_previews_and_repetitions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    let admin = admin_of(&customer.name);
    let message = of_domain(&house, &customer.domain);
    let preview = pb::RequestRelationshipRequest { validate_only: true, ..message.clone() };
    ask(&house, &theirs, preview).await.unwrap();
    assert_eq!(relationships(&house, &admin, &customer.name).await.unwrap().len(), 1);

    let message = pb::RequestRelationshipRequest { request_id: house.id(), ..message };
    let first = ask(&house, &theirs, message.clone()).await.unwrap();
    assert_eq!(ask(&house, &theirs, message.clone()).await.unwrap(), first);
    let preview = pb::AcceptRelationshipRequest {
        name: first.name.clone(),
        request_id: house.id(),
        validate_only: true,
    };
    let request = call(&admin, "CustomerService/AcceptRelationship", preview).unwrap();
    let preview = house.service.accept_relationship(request).await.unwrap().into_inner();
    assert_eq!(preview.state(), pb::RelationshipState::Active);
    assert_eq!(get(&house, &theirs, &customer.name).await.unwrap_err().code(), Code::NotFound);

    let both = pb::RequestRelationshipRequest { tenant_id: customer.tenant_id, ..message };
    for message in [both, of_domain(&house, "")] {
        let refused = ask(&house, &theirs, message).await.unwrap_err();
        assert_eq!(wrong_fields(&refused), ["tenant_id"]);
    }
}

#[rstest]
#[tokio::test]
async fn aud_4_asking_and_accepting_leave_entries(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (ours, theirs) = (an_agent(&house).await, an_agent(&house).await);
    let customer = house.customer(&ours, a_customer(1)).await.unwrap();
    let waiting = ask(&house, &theirs, of_domain(&house, &customer.domain)).await.unwrap();
    accept(&house, &admin_of(&customer.name), &waiting.name).await.unwrap();
    let letters = house.letters(journal::KIND).await;
    let entries: Vec<journal::Entry> =
        letters.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect();
    let asked = &entries[entries.len() - 2];
    assert_eq!((asked.action.as_str(), asked.customer), ("RequestRelationship", None));
    assert_eq!(asked.details["domain"], customer.domain);
    let accepted = &entries[entries.len() - 1];
    assert_eq!(accepted.action, "AcceptRelationship");
    assert_eq!(accepted.actor, "carol@contoso.example");
    assert_eq!(accepted.customer.map(|id| format!("customers/{id}")), Some(customer.name));
    assert_eq!(accepted.partner.map(|id| format!("partners/{id}")), Some(waiting.partner));
}

/// Whatever was written by a service that knew nothing of requests.
async fn write_from_before(db: &db::Db, partner: uuid::Uuid, customer: uuid::Uuid) {
    let mut tx = db.begin().await.unwrap();
    db::sql!(
        "INSERT INTO partners (partner_id, display_name, kind, market, cloud, created_at)
         VALUES ($1, 'Seller', 'DIRECT_BILL', 'DE', 'COMMERCIAL', $2)"
    )
    .bind(partner)
    .bind(noon())
    .execute(&mut tx)
    .await
    .unwrap();
    db::sql!(
        "INSERT INTO customers (customer_id, world, tenant_id, domain, display_name, market,
                                segment, cloud, created_at)
         VALUES ($1, $2, $3, 'contoso.example', 'Contoso', 'DE', 'COMMERCIAL', 'COMMERCIAL', $4)"
    )
    .bind(customer)
    .bind(uuid::Uuid::nil())
    .bind(customer)
    .bind(noon())
    .execute(&mut tx)
    .await
    .unwrap();
    db::sql!("INSERT INTO relationships (partner_id, customer_id, since) VALUES ($1, $2, $3)")
        .bind(partner)
        .bind(customer)
        .bind(noon())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn par_3_what_was_registered_before_is_found_and_listed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let before = TestDb::fresh(backend, &store::MIGRATIONS[..5]).await;
    let [partner, customer] = [7, 8].map(uuid::Uuid::from_u128);
    write_from_before(&before.db, partner, customer).await;
    let now = db::Db::open(&before.url, &store::MIGRATIONS).await.unwrap();

    let mut tx = now.begin().await.unwrap();
    let wanted = Wanted::Name("CONTOSO".to_owned());
    let partner = Some(PartnerId(partner));
    let found = store::customers::find(&mut tx, &wanted, partner, None, 2).await.unwrap();
    assert_eq!(found.len(), 1);
    let listed = store::relationships::list(&mut tx, &found[0], None, 2).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].relationship.accepted.map(|one| one.customer), Some(found[0].id));
}

/// lifecycle asks before a transfer; a customer that is not there has accepted nobody.
#[rstest]
#[tokio::test]
async fn trf_2_a_relationship_is_told_to_lifecycle(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let clock = house.test_clock(noon()).await;
    let moved = pb::Customer { test_clock: clock.clone(), ..a_customer(9) };
    let moved = house.customer(&shop.agent, moved).await.unwrap();
    let own = shop.partner.clone();
    let theirs = house.partner(a_partner()).await;
    let nobody = format!("customers/{}", house.id());
    for (customer, partner, expected) in [
        (&shop.customer, &own, (true, "")),
        (&moved.name, &own, (true, clock.as_str())),
        (&moved.name, &theirs, (false, "")),
        (&nobody, &own, (false, "")),
    ] {
        let message =
            pb::CheckRelationshipRequest { customer: customer.clone(), partner: partner.clone() };
        let answer = house.service.check_relationship(tonic::Request::new(message)).await;
        let answer = answer.unwrap().into_inner();
        assert_eq!((answer.related, answer.test_clock.as_str()), expected);
    }
}
