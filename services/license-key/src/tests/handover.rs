//! Who gets a download link, of what, and what there is instead.

use access::Claims;
use proto::audit::Outcome;
use proto::catalog as catalog_pb;
use proto::common::Role;
use proto::licensekey as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use vocab::Fulfilment;

use super::house::{House, agent, purchase_number, stranger};
use crate::domain::Purchase;
use crate::domain::tests::a_purchase;

/// Where the English artifact lies.
pub const ARTIFACT: &str = "https://artifacts.example.com/server-2022-en.iso";

pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

fn download(language: &str, artifact_uri: &str) -> catalog_pb::DownloadOption {
    catalog_pb::DownloadOption {
        version: "2022".to_owned(),
        language: language.to_owned(),
        file_type: "ISO".to_owned(),
        artifact_uri: artifact_uri.to_owned(),
    }
}

/// Lets the catalog offer the purchase's SKU in German and English.
pub fn offered(house: &House, purchase: &Purchase) {
    let german = download("de", "https://artifacts.example.com/server-2022-de.iso");
    let sku = catalog_pb::Sku {
        name: purchase.sku.to_string(),
        downloads: vec![german, download("en", ARTIFACT)],
        ..Default::default()
    };
    let name = rpc::name::Product(purchase.sku.product.clone()).to_string();
    let product = catalog_pb::Product { skus: vec![sku], ..Default::default() };
    house.stub.script().products.insert(name, product);
}

/// A request for the English one.
pub fn link_ask(purchase: &Purchase, id: Uuid) -> pb::CreateDownloadLinkRequest {
    pb::CreateDownloadLinkRequest {
        parent: rpc::name::Subscription(purchase.customer, purchase.id).to_string(),
        language: "en".to_owned(),
        request_id: id.to_string(),
        ..Default::default()
    }
}

pub async fn link(
    house: &House,
    purchase: &Purchase,
) -> Result<pb::CreateDownloadLinkResponse, Status> {
    link_for(house, &agent(purchase), purchase).await
}

pub async fn link_for(
    house: &House,
    claims: &Claims,
    purchase: &Purchase,
) -> Result<pb::CreateDownloadLinkResponse, Status> {
    let call = house.call(claims, link_ask(purchase, house.process.ids.uuid()));
    house.software().create_download_link(call).await.map(tonic::Response::into_inner)
}

async fn options(house: &House, purchase: &Purchase) -> Result<pb::DownloadOptions, Status> {
    let parent = rpc::name::Subscription(purchase.customer, purchase.id).to_string();
    let call = house.call(&agent(purchase), pb::GetDownloadOptionsRequest { parent });
    house.software().get_download_options(call).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn cat_12_dwn_1_what_the_product_offers_can_be_chosen_and_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    offered(&house, &purchase);
    let told = options(&house, &purchase).await.unwrap();
    let languages: Vec<_> = told.options.iter().map(|it| it.language.as_str()).collect();
    assert_eq!((languages, told.instructions_uri.as_str()), (vec!["de", "en"], ""));
    assert!(!format!("{told:?}").contains("artifacts.example.com"), "links alone lead there");

    for (language, version) in [("fr", ""), ("", ""), ("en", "2019")] {
        let mut message = link_ask(&purchase, house.process.ids.uuid());
        (message.language, message.version) = (language.to_owned(), version.to_owned());
        let call = house.call(&agent(&purchase), message);
        let refused = house.software().create_download_link(call).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::FailedPrecondition, "DOWNLOAD_NOT_OFFERED".to_owned())
        );
        assert!(
            refused.message().ends_with("name one of: 2022 de ISO, 2022 en ISO"),
            "{refused:?}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn cat_12_a_product_without_downloads_offers_none_and_that_is_no_error(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let fulfilment = Fulfilment { product_key: true, ..Fulfilment::default() };
    let purchase = house.given(Purchase { fulfilment, ..a_purchase() }).await;
    assert_eq!(options(&house, &purchase).await.unwrap(), pb::DownloadOptions::default());
    let refused = link(&house, &purchase).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "NO_DOWNLOAD_FOR_PRODUCT".to_owned())
    );
    assert_eq!(house.delivered().await.last().unwrap().reason, "NO_DOWNLOAD_FOR_PRODUCT");
}

#[rstest]
#[tokio::test]
async fn dwn_4_esu_has_instructions_instead_and_their_reading_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let instructions_uri = Some("https://docs.example.com/esu".to_owned());
    let fulfilment = Fulfilment { instructions_uri, ..Fulfilment::default() };
    let purchase = house.given(Purchase { fulfilment, ..a_purchase() }).await;
    let handed = link(&house, &purchase).await.unwrap();
    assert_eq!(handed.instructions_uri, "https://docs.example.com/esu");
    assert_eq!((handed.download_link, handed.uri.as_str()), (None, ""));
    assert_eq!(handed.audit_entry, "entries/0");
    assert_eq!(options(&house, &purchase).await.unwrap().instructions_uri, handed.instructions_uri);
}

#[rstest]
#[tokio::test]
async fn dwn_1_while_the_catalog_is_away_what_it_said_holds(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stub.script().is_catalog_down = true;
    let refused = link(&house, &purchase).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "UNAVAILABLE".to_owned()));

    house.stub.script().is_catalog_down = false;
    offered(&house, &purchase);
    options(&house, &purchase).await.unwrap();
    house.stub.script().is_catalog_down = true;
    link(&house, &purchase).await.unwrap();
    // Nor does it matter if the catalog forgets the product.
    house.stub.script().is_catalog_down = false;
    house.stub.script().products.clear();
    link(&house, &purchase).await.unwrap();
    assert_eq!(options(&house, &purchase).await.unwrap().options.len(), 2);
}

#[rstest]
#[case::key_3_admin_agent(&[Role::AdminAgent], true)]
#[case::key_3_global_admin(&[Role::GlobalAdmin], false)]
#[case::key_3_sales_agent(&[Role::SalesAgent], false)]
#[case::trp_52_account_admin(&[Role::AccountAdmin], false)]
#[case::key_3_operator(&[Role::Operator], false)]
#[tokio::test]
async fn the_role_decides_who_gets_a_link_and_a_refusal_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] roles: &[Role],
    #[case] is_allowed: bool,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    offered(&house, &purchase);
    let claims = Claims::partner("bob", purchase.partner, roles.iter().copied());
    let answer = link_for(&house, &claims, &purchase).await;
    assert_eq!(answer.is_ok(), is_allowed, "{answer:?}");
    let Err(refused) = answer else { return };
    assert_eq!(refused.code(), Code::PermissionDenied);
    let entries = house.delivered().await;
    let entry = entries.last().unwrap();
    assert_eq!((entry.outcome(), entry.reason.as_str()), (Outcome::Refused, "ROLE_REQUIRED"));
    assert_eq!(entry.action, "CreateDownloadLink");
}

#[rstest]
#[tokio::test]
async fn par_14_nobody_elses_links_are_to_be_had_and_foreign_is_as_unknown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let foreign = house.given(a_purchase()).await;
    offered(&house, &foreign);
    let told = async |purchase: &Purchase| {
        let status = link_for(&house, &stranger(), purchase).await.unwrap_err();
        let details = format!("{:?}", status.get_error_details());
        let own = purchase.id.to_string();
        (status.code(), status.message().replace(&own, "ID"), details.replace(&own, "ID"))
    };
    assert_eq!(told(&foreign).await, told(&purchase_number(1)).await);
    let entries = house.delivered().await;
    let refused = entries.iter().filter(|it| it.outcome() == Outcome::Refused);
    assert!(
        refused.clone().all(|it| it.details.is_empty()),
        "nobody's log tells of others' orders"
    );
    assert_eq!(refused.count(), 2);
}

#[rstest]
#[tokio::test]
async fn aud_4_a_link_whose_reading_cannot_be_recorded_is_not_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    offered(&house, &purchase);
    house.stub.script().is_audit_down = true;
    let refused = link(&house, &purchase).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "NOT_RECORDED".to_owned()));
}
