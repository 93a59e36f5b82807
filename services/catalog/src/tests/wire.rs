//! What callers see of a malformed request.

use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use proto::catalog::import_catalog_request::Part;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{House, TWO, a_file, a_header, asked, reason};

fn wrong_fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|one| format!("{} {}", one.field, one.description)).collect()
}

#[rstest]
#[case::unknown_field("colour = red", "filter names colour")]
#[case::unknown_kind("kind = TOY", "filter has a kind that is wrong: \"TOY\" is not a ProductKind")]
#[case::unknown_currency("currency = EURO", "filter has a currency that is wrong")]
#[case::another_operator("market != DE", "filter compares market with something other than =")]
#[case::twice("market = DE AND market = US", "filter names market twice")]
#[case::no_name("sku = office-365-e1", "filter has a sku that is wrong: is not a name such as")]
#[case::no_filter("market =", "filter is wrong at character 9")]
#[tokio::test]
async fn a_filter_that_makes_no_sense_is_refused(#[case] filter: &str, #[case] because: &str) {
    let house = House::on(Backend::Sqlite).await;
    let request = pb::ListOffersRequest { filter: filter.to_owned(), ..Default::default() };
    let refused = house.service.list_offers(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    let found = wrong_fields(&refused);
    assert!(found.len() == 1 && found[0].starts_with(because), "{found:?}");
}

#[tokio::test]
async fn a_page_token_is_bound_to_its_list() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&a_file(TWO)).await.unwrap();
    let ask = |filter: &str, page_token: String| pb::ListOffersRequest {
        page_size: 1,
        filter: filter.to_owned(),
        page_token,
        at: None,
    };
    let first = house.service.list_offers(asked(ask("", String::new()))).await.unwrap();
    let token = first.into_inner().next_page_token;
    let refused = house.service.list_offers(asked(ask("market = DE", token))).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}

#[rstest]
#[case::no_parts(vec![], "header must come first")]
#[case::no_header(vec![Part::Chunk(b"x".to_vec())], "header must come first")]
#[case::two_headers(vec![Part::Header(a_header()), Part::Header(a_header())], "header must come once, as the first part")]
#[tokio::test]
async fn an_upload_begins_with_its_header(#[case] parts: Vec<Part>, #[case] because: &str) {
    let house = House::on(Backend::Sqlite).await;
    let refused = house.upload(parts.into_iter()).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), [because]);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_header_is_told_at_once() {
    let house = House::on(Backend::Sqlite).await;
    let header = pb::ImportCatalogHeader {
        request_id: "1".to_owned(),
        validate_only: false,
        effective_time: Some(prost_types::Timestamp { seconds: 0, nanos: 0 }),
        file_sha256: "ab".to_owned(),
        format: 7,
    };
    let refused = house.send(header, b"x").await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    let found = wrong_fields(&refused);
    for field in ["request_id", "effective_time", "file_sha256", "format"] {
        assert!(found.iter().any(|one| one.starts_with(field)), "{field}: {found:?}");
    }
}

#[tokio::test]
async fn a_file_that_was_damaged_on_its_way_is_refused() {
    let house = House::on(Backend::Sqlite).await;
    let header = pb::ImportCatalogHeader { file_sha256: "0".repeat(64), ..a_header() };
    let refused = house.send(header, a_file(TWO).as_bytes()).await.unwrap_err();
    assert!(wrong_fields(&refused)[0].starts_with("file_sha256 is not that of the file"));
}

#[tokio::test]
async fn a_file_may_be_as_large_as_configured_and_not_larger() {
    let file = a_file(TWO);
    let size = u64::try_from(file.len()).unwrap();
    for (file_bytes_max, expected) in [(size, Code::Ok), (size - 1, Code::ResourceExhausted)] {
        let house = House::with(Backend::Sqlite, |config| {
            config.import.file_bytes_max = file_bytes_max;
        })
        .await;
        let code = house.import(&file).await.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected);
    }
}
