//! Partners.

use access::Claims;
use proto::common as pbc;
use proto::common::Role;
use proto::order as pb;
use proto::order::partner_service_server::PartnerService;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};

use super::house::{
    House, a_partner, agent_of, call, metadata, operator, reason, stranger, wrong_fields,
};

async fn create(house: &House, partner: pb::Partner) -> Result<pb::Partner, Status> {
    let message = pb::CreatePartnerRequest {
        request_id: house.id(),
        partner: Some(partner),
        validate_only: false,
    };
    let request = call(&operator(), "PartnerService/CreatePartner", message)?;
    house.service.create_partner(request).await.map(tonic::Response::into_inner)
}

async fn get(house: &House, claims: &Claims, name: &str) -> Result<pb::Partner, Status> {
    let message = pb::GetPartnerRequest { name: name.to_owned() };
    let request = call(claims, "PartnerService/GetPartner", message)?;
    house.service.get_partner(request).await.map(tonic::Response::into_inner)
}

fn a_reseller(provider: &str) -> pb::Partner {
    pb::Partner {
        r#type: pb::PartnerType::IndirectReseller.into(),
        provider: provider.to_owned(),
        ..a_partner()
    }
}

fn a_provider() -> pb::Partner {
    pb::Partner { r#type: pb::PartnerType::IndirectProvider.into(), ..a_partner() }
}

#[rstest]
#[tokio::test]
async fn par_1_a_reseller_has_a_provider(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let provider = create(&house, a_provider()).await.unwrap().name;
    let direct = create(&house, a_partner()).await.unwrap().name;

    let reseller = create(&house, a_reseller(&provider)).await.unwrap();
    assert_eq!(reseller.provider, provider);

    let unknown = format!("partners/{}", uuid::Uuid::nil());
    for named in [direct.as_str(), unknown.as_str(), ""] {
        let refused = create(&house, a_reseller(named)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{named}");
        assert_eq!(wrong_fields(&refused), ["partner.provider"], "{named}");
    }
    let needless = pb::Partner { provider: provider.clone(), ..a_partner() };
    let refused = create(&house, needless).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["partner.provider"]);

    let elsewhere = pb::Partner { cloud: pbc::Cloud::UsGovernment.into(), ..a_reseller(&provider) };
    let refused = create(&house, elsewhere).await.unwrap_err();
    assert_eq!(reason(&refused), "CLOUD_MISMATCH");
}

#[rstest]
#[tokio::test]
async fn par_14_a_partner_sees_itself_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let one = create(&house, a_partner()).await.unwrap().name;
    let two = create(&house, a_partner()).await.unwrap().name;
    let reader = agent_of(&one, [Role::MarketingContentAdmin]);

    assert_eq!(get(&house, &reader, &one).await.unwrap().name, one);
    assert_eq!(get(&house, &operator(), &two).await.unwrap().name, two);
    let foreign = get(&house, &reader, &two).await.unwrap_err();
    let unknown = format!("partners/{}", uuid::Uuid::from_u128(0xbad));
    let none = get(&house, &reader, &unknown).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    assert_eq!(none.code(), Code::NotFound);
    assert_eq!(foreign.message().replace(&two, "X"), none.message().replace(&unknown, "X"));
    assert_eq!(get(&house, &stranger(), &unknown).await.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn partners_are_listed_page_by_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(create(&house, a_partner()).await.unwrap().name);
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let message = pb::ListPartnersRequest { page_size: 2, page_token: token };
        let request = call(&operator(), "PartnerService/ListPartners", message).unwrap();
        let page = house.service.list_partners(request).await.unwrap().into_inner();
        seen.extend(page.partners.into_iter().map(|partner| partner.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn par_12_only_operators_register_partners() {
    let claims = stranger();
    let message = pb::CreatePartnerRequest::default();
    let refused = call(&claims, "PartnerService/CreatePartner", message).unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(metadata(&refused, "roles"), "OPERATOR");
}

async fn update(house: &House, message: pb::UpdatePartnerRequest) -> Result<pb::Partner, Status> {
    let request = call(&operator(), "PartnerService/UpdatePartner", message)?;
    house.service.update_partner(request).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn par_9_operators_note_that_the_agreement_was_signed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let made = create(&house, a_partner()).await.unwrap();
    assert!(!made.agreement_signed);
    let signed = pb::UpdatePartnerRequest {
        name: made.name.clone(),
        request_id: house.id(),
        etag: made.etag.clone(),
        agreement_signed: Some(true),
        ..Default::default()
    };
    let preview =
        pb::UpdatePartnerRequest { validate_only: true, request_id: house.id(), ..signed.clone() };
    assert!(update(&house, preview).await.unwrap().agreement_signed);
    assert_eq!(get(&house, &operator(), &made.name).await.unwrap(), made);

    let next = update(&house, signed.clone()).await.unwrap();
    assert!(next.agreement_signed);
    assert_ne!(next.etag, made.etag);
    assert_eq!(update(&house, signed.clone()).await.unwrap(), next);
    let stale = pb::UpdatePartnerRequest { request_id: house.id(), ..signed };
    let refused = update(&house, stale).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(metadata(&refused, "etag"), next.etag);

    let renamed = pb::UpdatePartnerRequest {
        name: made.name.clone(),
        request_id: house.id(),
        display_name: "Northwind".to_owned(),
        ..Default::default()
    };
    let renamed = update(&house, renamed).await.unwrap();
    assert_eq!((renamed.display_name.as_str(), renamed.agreement_signed), ("Northwind", true));
    assert_eq!(get(&house, &operator(), &made.name).await.unwrap(), renamed);
    let letters = house.letters(journal::KIND).await;
    assert_eq!(letters.len(), 3);

    let unknown = format!("partners/{}", uuid::Uuid::from_u128(0xbad));
    let unknown =
        pb::UpdatePartnerRequest { name: unknown, request_id: house.id(), ..Default::default() };
    assert_eq!(update(&house, unknown).await.unwrap_err().code(), Code::NotFound);
}
