//! Filing: fields, files, deadlines, and whose it is.

use proto::common::Role;
use proto::lifecycle as pb_lifecycle;
use proto::order as pb;
use rpc::wire;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use uuid::Uuid;

use super::{a_file, about_a_subscription, described, euros, filing, said};
use crate::domain::Policy;
use crate::tests::house::{
    House, a_customer, a_partner, agent_of, line, metadata, operator, reason, stranger,
    wrong_fields,
};

#[rstest]
#[tokio::test]
async fn sup_1_a_request_is_filed_and_read(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut message = about_a_subscription(&house, &shop).await;
    said(&mut message).attachments = vec![a_file(3), a_file(700)];
    let filed = house.file(&shop.agent, message.clone()).await.unwrap();
    assert_eq!(filed.issue_title, "CSP purchase/refund on behalf of customers");
    assert_eq!(filed.state(), pb::SupportRequestState::Open);
    assert_eq!((filed.partner.as_str(), filed.etag.as_str()), (shop.partner.as_str(), "v1"));
    assert_eq!(filed.author, "ada@seller.example");
    assert_eq!(filed.create_time, Some(wire::timestamp(noon())));
    // An answer that is stored holds no files; a read has them to the byte.
    let sizes: Vec<_> =
        filed.attachments.iter().map(|file| (file.size_bytes, file.content.len())).collect();
    assert_eq!(sizes, [(3, 0), (700, 0)]);
    for claims in [&shop.agent, &operator()] {
        let read = house.support_request(claims, &filed.name).await.unwrap();
        let contents: Vec<_> = read.attachments.iter().map(|file| file.content.clone()).collect();
        assert_eq!(contents, [a_file(3).content, a_file(700).content]);
        assert_eq!(read.description, said(&mut message).description);
        assert_eq!(read.contact, said(&mut message).contact);
    }
    // Filed once, and on record without a word of it.
    assert_eq!(house.file(&shop.agent, message).await.unwrap(), filed);
    let entries = house.letters(journal::KIND).await;
    let about = |text: &str| entries.iter().filter(|entry| entry.body.contains(text)).count();
    assert_eq!(about("CreateSupportRequest"), 1);
    assert_eq!(about("mistake") + about("+49") + about("Rechnung"), 0);
}

#[rstest]
#[case::sup_2_the_tenant("00000000-0000-0000-0000-0000007e0001")]
#[case::sup_2_the_domain("contoso1.example")]
#[tokio::test]
async fn a_customer_is_named(
    #[case] customer: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let mut message = filing(&house, &shop, &order.name);
    described(&mut message).customer = customer.to_owned();
    described(&mut message).requested_amount = Some(euros(0));
    let filed = house.file(&shop.agent, message).await.unwrap();
    assert_eq!(filed.description.unwrap().customer, customer);
}

#[rstest]
#[tokio::test]
async fn sup_2_everything_that_is_missing_is_told_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = pb::CreateSupportRequestRequest {
        support_request: Some(pb::SupportRequest {
            description: Some(pb::SupportDescription::default()),
            contact: Some(pb::SupportContact::default()),
            attachments: vec![pb::SupportAttachment::default()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = house.file(&shop.agent, message).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let mut wrong = wrong_fields(&refused);
    wrong.sort();
    let expected = [
        "parent",
        "request_id",
        "support_request.attachments[0].content",
        "support_request.attachments[0].content_type",
        "support_request.attachments[0].file_name",
        "support_request.contact.display_name",
        "support_request.contact.email",
        "support_request.contact.phone",
        "support_request.description.customer",
        "support_request.description.purchase",
        "support_request.description.refund_reason",
        "support_request.description.requested_amount",
        "support_request.impact",
        "support_request.issue_type",
        "support_request.title",
    ];
    assert_eq!(wrong, expected);
}

#[rstest]
#[case::sup_2_mail(|it: &mut pb::SupportRequest| it.contact.as_mut().unwrap().email = "ada".to_owned(), "contact.email")]
#[case::sup_2_phone(|it: &mut pb::SupportRequest| it.contact.as_mut().unwrap().phone = "call me".to_owned(), "contact.phone")]
#[case::sup_2_less_than_nothing(|it: &mut pb::SupportRequest| it.description.as_mut().unwrap().requested_amount = Some(euros(-1)), "description.requested_amount")]
#[case::d_43_no_currency(|it: &mut pb::SupportRequest| it.description.as_mut().unwrap().requested_amount = Some(proto::Money::default()), "description.requested_amount")]
#[case::sup_2_another_customer(|it: &mut pb::SupportRequest| it.description.as_mut().unwrap().customer = "fabrikam.example".to_owned(), "description.customer")]
#[case::sup_2_another_customers_purchase(|it: &mut pb::SupportRequest| it.description.as_mut().unwrap().purchase = format!("customers/{}/orders/{}", Uuid::nil(), Uuid::nil()), "description.purchase")]
#[case::dup_1_a_whole_order(|it: &mut pb::SupportRequest| it.issue_type = pb::SupportIssueType::RedundantLicenses.into(), "description.purchase")]
#[case::sup_2_a_path(|it: &mut pb::SupportRequest| it.attachments = vec![pb::SupportAttachment { file_name: "../x".to_owned(), ..a_file(1) }], "attachments[0].file_name")]
#[case::sup_2_no_media_type(|it: &mut pb::SupportRequest| it.attachments = vec![pb::SupportAttachment { content_type: "pdf".to_owned(), ..a_file(1) }], "attachments[0].content_type")]
#[case::sup_2_eleven_files(|it: &mut pb::SupportRequest| it.attachments = vec![a_file(1); 11], "attachments")]
#[tokio::test]
async fn a_field_is_wrong(
    #[case] change: fn(&mut pb::SupportRequest),
    #[case] field: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let mut message = filing(&house, &shop, &order.name);
    change(said(&mut message));
    let refused = house.file(&shop.agent, message).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), [format!("support_request.{field}")]);
}

#[rstest]
#[tokio::test]
async fn sup_2_files_have_a_limit_to_the_byte(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let limit = Policy::default().attachment_bytes_max;
    assert_eq!(limit, 3 * 1024 * 1024);
    let mut message = filing(&house, &shop, &order.name);
    said(&mut message).attachments = vec![a_file(limit - 1000), a_file(1001)];
    let refused = house.file(&shop.agent, message.clone()).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["support_request.attachments"]);
    assert!(refused.message().contains("3145729") && refused.message().contains("3145728"));

    said(&mut message).attachments = vec![a_file(limit - 1000), a_file(1000)];
    let filed = house.file(&shop.agent, message).await.unwrap();
    let read = house.support_request(&shop.agent, &filed.name).await.unwrap();
    assert_eq!(read.attachments[0].content, a_file(limit - 1000).content);
    assert_eq!(read.attachments[1].content, a_file(1000).content);
}

#[rstest]
#[tokio::test]
async fn d_28_a_preview_files_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = about_a_subscription(&house, &shop).await;
    let preview = pb::CreateSupportRequestRequest { validate_only: true, ..message.clone() };
    let shown = house.file(&shop.agent, preview).await.unwrap();
    assert_eq!((shown.name.as_str(), shown.etag.as_str()), ("", ""));
    let list = pb::ListSupportRequestsRequest { parent: shop.customer, ..Default::default() };
    let listed = house.support_requests(&shop.agent, list).await.unwrap();
    assert!(listed.support_requests.is_empty());
    house.file(&shop.agent, message).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn par_14_what_is_foreign_is_as_unknown_as_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = about_a_subscription(&house, &shop).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let filed = house.file(&shop.agent, filed).await.unwrap();
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    house.customer(&other, a_customer(2)).await.unwrap();
    for claims in [&other, &stranger()] {
        let foreign = house.support_request(claims, &filed.name).await.unwrap_err();
        assert_eq!((foreign.code(), reason(&foreign).as_str()), (Code::NotFound, "NOT_FOUND"));
        let message = filing(&house, &shop, &order.name);
        let foreign = house.file(claims, message).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
    }
    // An order and a subscription that nobody has, and one that another partner has.
    let unknown = Uuid::from_u128(9);
    let theirs = format!("{}/subscriptions/{}", shop.customer, Uuid::from_u128(10));
    let standing = pb_lifecycle::CheckPurchaseResponse {
        partner: format!("partners/{unknown}"),
        now: Some(wire::timestamp(noon())),
        ..Default::default()
    };
    house.stub.script().standings.insert(theirs.clone(), standing);
    let mut texts = vec![];
    for purchase in [
        format!("{}/orders/{unknown}", shop.customer),
        format!("{}/subscriptions/{unknown}", shop.customer),
        theirs,
    ] {
        let refused = house.file(&shop.agent, filing(&house, &shop, &purchase)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        texts.push(refused.message().replace(&purchase, "X"));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[rstest]
#[tokio::test]
async fn par_1_a_reseller_files_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = about_a_subscription(&house, &shop).await;
    let provider = pb::Partner { r#type: pb::PartnerType::IndirectProvider.into(), ..a_partner() };
    let provider = house.partner(provider).await;
    let reseller = pb::Partner {
        r#type: pb::PartnerType::IndirectReseller.into(),
        provider: provider.clone(),
        ..a_partner()
    };
    let agent = agent_of(&house.partner(reseller).await, [Role::AdminAgent]);
    let refused = house.file(&agent, message).await.unwrap_err();
    assert_eq!(reason(&refused), "CONTACT_INDIRECT_PROVIDER");
    assert_eq!(metadata(&refused, "provider"), provider);
}

#[rstest]
#[case::par_12_who_reads_does_not_file(Role::AccountAdmin, false)]
#[case::par_12_who_buys_software_does_not_file(Role::GlobalAdmin, false)]
#[case::par_12_billing(Role::BillingAdmin, true)]
#[case::par_12_helpdesk(Role::HelpdeskAgent, true)]
#[tokio::test]
async fn roles(#[case] role: Role, #[case] may: bool) {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let message = about_a_subscription(&house, &shop).await;
    let answer = house.file(&agent_of(&shop.partner, [role]), message).await;
    assert_eq!(answer.err().map(|no| reason(&no)), (!may).then(|| "ROLE_REQUIRED".to_owned()));
}

#[rstest]
#[case::trp_61_the_last_millisecond("2027-01-09T23:59:59.999Z", None)]
#[case::trp_61_the_next_day("2027-01-10T00:00:00Z", Some("SUPPORT_DEADLINE_PASSED"))]
#[tokio::test]
async fn redundant_licences(
    #[case] now: &str,
    #[case] refusal: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut message = about_a_subscription(&house, &shop).await;
    said(&mut message).issue_type = pb::SupportIssueType::RedundantLicenses.into();
    let standing = pb_lifecycle::CheckPurchaseResponse {
        partner: shop.partner.clone(),
        now: Some(wire::timestamp(now.parse().unwrap())),
        term_end_date: Some(proto::Date { year: 2027, month: 1, day: 9 }),
        ..Default::default()
    };
    let subscription = described(&mut message).purchase.clone();
    house.stub.script().standings.insert(subscription, standing);
    let answer = house.file(&shop.agent, message).await;
    let Some(refusal) = refusal else {
        answer.unwrap();
        return;
    };
    let refused = answer.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, refusal));
    assert_eq!(metadata(&refused, "allowed_until"), "2027-01-09T23:59:59.999Z");
    assert_eq!(metadata(&refused, "rule"), "DUP-1");
}

#[rstest]
#[tokio::test]
async fn dup_1_without_lifecycle_nobody_knows_the_deadline(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut message = about_a_subscription(&house, &shop).await;
    house.stub.script().is_down = true;
    // A fault can be reported all the same.
    house
        .file(
            &shop.agent,
            pb::CreateSupportRequestRequest { request_id: house.id(), ..message.clone() },
        )
        .await
        .unwrap();
    said(&mut message).issue_type = pb::SupportIssueType::RedundantLicenses.into();
    let refused = house.file(&shop.agent, message).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
}

#[rstest]
#[tokio::test]
async fn sup_3_every_use_is_filed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(
        pb::SupportIssueType::SystemFault,
        pb::SupportIssueType::LicenseConsolidation,
        pb::SupportIssueType::UpdateLimit
    )]
    issue_type: pb::SupportIssueType,
) {
    let (house, shop) = House::open(backend).await;
    let mut message = about_a_subscription(&house, &shop).await;
    said(&mut message).issue_type = issue_type.into();
    let filed = house.file(&shop.agent, message).await.unwrap();
    assert_eq!(filed.issue_type(), issue_type);
    assert!(!filed.issue_title.is_empty());
}
