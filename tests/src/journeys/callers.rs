//! Who may call what: tokens that are not believed, and roles that are not enough.

use access::{AuthConfig, Claims, Signer, generate_key_pair, role_name};
use clock::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::ListProductsRequest;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::common::Role;
use proto::licensekey::software_service_client::SoftwareServiceClient;
use proto::lifecycle::billing_service_client::BillingServiceClient;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::test_clock_service_client::TestClockServiceClient;
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::partner_service_client::PartnerServiceClient;
use tenure::client::Client;
use tenure::import::request_id;
use testkit::Backend;
use tonic::{Code, Request, Status};

use super::harness::books::log;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::patience::eventually;
use super::harness::shop::Shop;
use super::harness::words::{reason, value};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A token that is not believed opens nothing, and the refusal says what is wrong with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_believed_opens_nothing() {
    let house = House::on(Backend::Sqlite).await;
    let desk = house.desk();
    let claims = Claims::operator("olga@platform.example");
    let good = desk.token(&claims);
    let now = SystemClock.now();
    let signed = |signer: &Signer, from: Timestamp| signer.sign(&claims, from, HOUR).unwrap();
    let ours = |issuer: &str, audience: &str| house.signer(issuer, audience);
    let AuthConfig { issuer, audience, .. } = AuthConfig::default();
    let stranger = generate_key_pair().unwrap();
    let forged = Signer::from_pem(&stranger.private_pem, &issuer, &audience, "").unwrap();
    let mut altered: Vec<_> = good.split('.').map(ToOwned::to_owned).collect();
    altered[1] = desk.token(&Claims::service("journey")).split('.').nth(1).unwrap().to_owned();

    for (token, expected) in [
        (signed(&ours(&issuer, &audience), now - 2 * HOUR), "expired"),
        (signed(&ours(&issuer, &audience), now + HOUR), "not valid before"),
        (signed(&ours(&issuer, "another"), now), "audience"),
        (signed(&ours("https://example.com", &audience), now), "issuer"),
        (signed(&forged, now), "signature"),
        (altered.join("."), "signature"),
        ("no token at all".to_owned(), "malformed"),
    ] {
        let mut catalog = CatalogServiceClient::new(desk.call_with(Service::Catalog, &token));
        let refused = catalog.list_products(ListProductsRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{expected}");
        assert_eq!(reason(&refused), "UNAUTHENTICATED");
        assert!(refused.message().contains(expected), "{expected}: {}", refused.message());
    }
    let mut catalog = CatalogServiceClient::new(desk.channel(Service::Catalog));
    let refused = catalog.list_products(ListProductsRequest::default()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::Unauthenticated, "UNAUTHENTICATED".into())
    );
    assert!(refused.message().contains("no token"), "{}", refused.message());
    let mut catalog = CatalogServiceClient::new(desk.call_with(Service::Catalog, &good));
    catalog.list_products(ListProductsRequest::default()).await.unwrap();
    house.suite.stop().await.unwrap();
}

use Role::{
    AccountAdmin, AdminAgent, BillingAdmin, CustomerGlobalAdmin, GlobalAdmin, HelpdeskAgent,
    MarketingContentAdmin, Operator, ReferralAdmin, SalesAgent, Service as Sibling,
};

/// All roles of a partner.
const PARTNER: [Role; 8] = [
    GlobalAdmin,
    AdminAgent,
    SalesAgent,
    BillingAdmin,
    HelpdeskAgent,
    AccountAdmin,
    ReferralAdmin,
    MarketingContentAdmin,
];

/// Who may call what; everybody else is refused before the request is read.
const MAY: [(&str, &[Role]); 13] = [
    ("CreatePartner", &[Operator]),
    ("CreateCustomer", &[AdminAgent, SalesAgent, BillingAdmin, HelpdeskAgent]),
    ("PlaceOrder", &[AdminAgent, SalesAgent, BillingAdmin, HelpdeskAgent, GlobalAdmin]),
    (
        "GetCustomer",
        &[
            GlobalAdmin,
            AdminAgent,
            SalesAgent,
            BillingAdmin,
            HelpdeskAgent,
            AccountAdmin,
            ReferralAdmin,
            MarketingContentAdmin,
            Operator,
            Sibling,
        ],
    ),
    ("CancelSubscription", &[AdminAgent, SalesAgent, BillingAdmin, HelpdeskAgent]),
    ("SuspendSubscription", &[AdminAgent, SalesAgent, BillingAdmin, HelpdeskAgent]),
    ("ListCharges", &[AdminAgent, BillingAdmin, GlobalAdmin, Operator, Sibling]),
    ("RevealProductKey", &[AdminAgent, CustomerGlobalAdmin]),
    ("CreateDownloadLink", &[AdminAgent, CustomerGlobalAdmin]),
    ("ListActivity", &[GlobalAdmin, AccountAdmin, ReferralAdmin, MarketingContentAdmin]),
    ("VerifyLog", &[Sibling, Operator]),
    ("StartSubscriptions", &[Sibling]),
    ("CreateTestClock", &[Operator]),
];

#[tokio::test(flavor = "multi_thread")]
async fn par_12_each_role_may_what_the_contract_says() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::beside(house.desk()).await;
    let roles = PARTNER.into_iter().chain([CustomerGlobalAdmin, Operator, Sibling]);
    for role in roles {
        for (method, may) in MAY {
            let answer = call(shop.desk.call(Service::Order, &claims(&shop, role)), method).await;
            assert_judged(role, method, may, answer);
        }
    }
    house.suite.stop().await.unwrap();
}

/// Whoever may call is judged by the request, which is empty; everybody else is told who may.
fn assert_judged(role: Role, method: &str, may: &[Role], answer: Result<(), Status>) {
    let who = role_name(role);
    let code = answer.as_ref().map_or_else(Status::code, |()| Code::Ok);
    if may.contains(&role) {
        assert!(matches!(code, Code::InvalidArgument | Code::Ok), "{who} {method}: {answer:?}");
        return;
    }
    assert_eq!(code, Code::PermissionDenied, "{who} {method}");
    let refused = answer.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_REQUIRED");
    let told = value(&refused, "roles");
    assert_eq!(told.split(", ").count(), may.len(), "{method} lists who may: {told}");
    assert!(may.iter().all(|role| told.contains(role_name(*role))), "{told}");
}

/// Whoever tries to change what its role does not let it is in its partner's log, whatever the service.
#[tokio::test(flavor = "multi_thread")]
async fn t_147_what_the_door_refuses_is_on_record() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::beside(house.desk()).await;
    let changes = [
        "CreateCustomer",
        "CancelSubscription",
        "RevealProductKey",
        "ErasePersonalData",
        "AppendEntries",
        "StartSubscriptions",
    ];
    for method in changes.into_iter().chain(["CreateTestClock", "ListCharges", "VerifyLog"]) {
        let clerk = shop.desk.call(Service::Order, &shop.account_admin);
        let refused = call(clerk, method).await.unwrap_err();
        assert_eq!(reason(&refused), "ROLE_REQUIRED", "{method}");
    }
    let expected: Vec<_> = [&changes[..], &["CreateTestClock"]].concat();
    eventually("the log", || async {
        let entries = log(&shop).await;
        let refused = entries.into_iter().filter_map(|logged| logged.entry);
        let refused: Vec<_> = refused.filter(|entry| entry.reason == "ROLE_REQUIRED").collect();
        let mut actions: Vec<_> = refused.iter().map(|entry| entry.action.clone()).collect();
        actions.sort();
        let mut expected = expected.clone();
        expected.sort_unstable();
        let is_by_the_clerk = refused.iter().all(|entry| entry.actor == shop.account_admin.subject);
        if actions == expected && is_by_the_clerk { Ok(()) } else { Err(format!("{refused:?}")) }
    })
    .await;
    house.suite.stop().await.unwrap();
}

/// The method admits a Sales agent; buying software takes more.
#[tokio::test(flavor = "multi_thread")]
async fn par_12_software_takes_more_than_the_method_does() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    let seller = shop.desk.call(Service::Order, &claims(&shop, SalesAgent));
    let mut orders = OrderServiceClient::new(seller);
    let software = [("windows-server-2022-standard-one-time-de", 1)];
    let refused = orders.place_order(shop.order_of(&request_id(), &software)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(
        (reason(&refused), value(&refused, "rule")),
        ("ROLE_REQUIRED".into(), "PAR-12".into())
    );
    let suite = [("m365-business-standard-p1y-annual-de", 1)];
    orders.place_order(shop.order_of(&request_id(), &suite)).await.unwrap();
    house.suite.stop().await.unwrap();
}

fn claims(shop: &Shop, role: Role) -> Claims {
    let partner = shop.partner.parse::<rpc::name::Partner>().unwrap().0;
    let customer = shop.customer.parse::<rpc::name::Customer>().unwrap().0;
    if PARTNER.contains(&role) {
        Claims::partner("paul", partner, [role])
    } else if role == CustomerGlobalAdmin {
        Claims::customer("carla", customer)
    } else if role == Operator {
        Claims::operator("olga")
    } else {
        Claims::service("journey")
    }
}

/// Calls a method with an empty request.
async fn call(client: Client, method: &str) -> Result<(), Status> {
    macro_rules! empty {
        ($service:ident, $method:ident) => {
            $service::new(client).$method(Request::new(Default::default())).await.map(drop)
        };
    }
    match method {
        "CreatePartner" => empty!(PartnerServiceClient, create_partner),
        "CreateCustomer" => empty!(CustomerServiceClient, create_customer),
        "GetCustomer" => empty!(CustomerServiceClient, get_customer),
        "PlaceOrder" => empty!(OrderServiceClient, place_order),
        "CancelSubscription" => empty!(SubscriptionServiceClient, cancel_subscription),
        "SuspendSubscription" => empty!(SubscriptionServiceClient, suspend_subscription),
        "StartSubscriptions" => empty!(SubscriptionServiceClient, start_subscriptions),
        "ListCharges" => empty!(BillingServiceClient, list_charges),
        "RevealProductKey" => empty!(SoftwareServiceClient, reveal_product_key),
        "CreateDownloadLink" => empty!(SoftwareServiceClient, create_download_link),
        "ListActivity" => empty!(AuditServiceClient, list_activity),
        "AppendEntries" => empty!(AuditServiceClient, append_entries),
        "ErasePersonalData" => empty!(AuditServiceClient, erase_personal_data),
        "VerifyLog" => empty!(AuditServiceClient, verify_log),
        "CreateTestClock" => empty!(TestClockServiceClient, create_test_clock),
        other => panic!("{other} is no method"),
    }
}
