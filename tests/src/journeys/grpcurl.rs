//! The manual of every server is grpcurl: a real one lists, describes, calls, and prints refusals that
//! people can read.

use std::process::Command;

use tenure::import::request_id;
use testkit::Backend;

use super::harness::house::House;
use super::harness::shop::Shop;

/// What a run of grpcurl printed.
struct Printed {
    is_success: bool,
    answer: String,
    refusal: String,
}

fn grpcurl(arguments: &[&str]) -> Printed {
    let run = Command::new("grpcurl").arg("-plaintext").args(arguments).output();
    let run = run.expect("grpcurl is not on the PATH: run ./test, which installs it");
    Printed {
        is_success: run.status.success(),
        answer: String::from_utf8(run.stdout).unwrap(),
        refusal: String::from_utf8(run.stderr).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcurl_finds_its_way_by_itself() {
    let house = House::on(Backend::Sqlite).await;
    let address = &house.suite.address.to_string();

    let listed = grpcurl(&[address, "list"]).answer;
    let listed: Vec<_> = listed.lines().collect();
    for service in [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "tenure.audit.v1.AuditService",
        "tenure.catalog.v1.CatalogService",
        "tenure.licensekey.v1.SoftwareService",
        "tenure.lifecycle.v1.SubscriptionService",
        "tenure.order.v1.OrderService",
    ] {
        assert!(listed.contains(&service), "{service} is not listed: {listed:?}");
    }
    let described = grpcurl(&[address, "describe", "tenure.order.v1.OrderService"]).answer;
    let method =
        "rpc PlaceOrder ( .tenure.order.v1.PlaceOrderRequest ) returns ( .tenure.order.v1.Order )";
    assert!(described.contains(method), "{described}");
    assert!(described.contains("ACCESS_BUY"), "the word of access: {described}");
    let described = grpcurl(&[address, "describe", "google.rpc.ErrorInfo"]).answer;
    assert!(described.contains("string reason = 1"), "{described}");

    let older = grpcurl(&[
        "-d",
        r#"{"list_services": ""}"#,
        address,
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ]);
    assert!(older.answer.contains("tenure.order.v1.OrderService"), "{}", older.refusal);

    let check = grpcurl(&[
        "-d",
        r#"{"service": "tenure.order.v1.OrderService"}"#,
        address,
        "grpc.health.v1.Health/Check",
    ]);
    assert!(check.answer.contains(r#""status": "SERVING""#), "{}{}", check.answer, check.refusal);
    house.suite.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcurl_prints_answers_and_refusals_that_read_well() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    let address = &house.suite.address.to_string();
    let token = &format!("authorization: Bearer {}", shop.desk.token(&shop.agent));

    let offers = r#"{"page_size": 1, "filter": "market = DE"}"#;
    let offers = grpcurl(&[
        "-H",
        token,
        "-d",
        offers,
        address,
        "tenure.catalog.v1.CatalogService/ListOffers",
    ]);
    assert!(offers.is_success, "{}", offers.refusal);
    assert!(offers.answer.contains(r#""currencyCode": "EUR""#), "{}", offers.answer);

    let nobody = format!("customers/{}", request_id());
    let request = format!(r#"{{"name": "{nobody}"}}"#);
    let method = "tenure.order.v1.CustomerService/GetCustomer";
    let unknown = grpcurl(&["-H", token, "-d", &request, address, method]);
    assert!(!unknown.is_success);
    for text in ["Code: NotFound", "google.rpc.ErrorInfo", r#""reason": "NOT_FOUND""#, &nobody] {
        assert!(unknown.refusal.contains(text), "{text} is not in: {}", unknown.refusal);
    }

    let malformed = r#"{"parent": "customers/x", "lines": [{"quantity": -1}]}"#;
    let method = "tenure.order.v1.OrderService/PlaceOrder";
    let malformed = grpcurl(&["-H", token, "-d", malformed, address, method]);
    for text in ["Code: InvalidArgument", "google.rpc.BadRequest", "lines[0].quantity", "parent"] {
        assert!(malformed.refusal.contains(text), "{text} is not in: {}", malformed.refusal);
    }

    let anonymous = grpcurl(&[address, "tenure.catalog.v1.CatalogService/ListProducts"]);
    assert!(!anonymous.is_success);
    assert!(anonymous.refusal.contains(r#""reason": "UNAUTHENTICATED""#), "{}", anonymous.refusal);
    house.suite.stop().await.unwrap();
}
