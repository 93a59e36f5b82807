//! What belongs to another partner, and what does not exist, are the same to a caller.

use std::collections::BTreeMap;

use proto::licensekey as keys;
use proto::licensekey::activation_service_client::ActivationServiceClient;
use proto::licensekey::migration_service_client::MigrationServiceClient;
use proto::lifecycle::{
    CancelSubscriptionRequest, ChangeQuantityRequest, GetInvoiceRequest, GetSubscriptionRequest,
    ListChangesRequest, ListChargesRequest, ListInvoicesRequest, ListSubscriptionsRequest,
    SetAutoRenewRequest, SuspendSubscriptionRequest, UpdateSubscriptionRequest,
};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::partner_service_client::PartnerServiceClient;
use proto::order::{
    Attestation, CancelOrderRequest, CheckoutCartRequest, CreateCartRequest, GetCartRequest,
    GetCustomerRequest, GetOrderRequest, GetPartnerRequest, ListOrdersRequest, Order,
    PlaceOrderRequest, ReviewCartRequest,
};
use tenure::import::request_id;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::harness::books::charges;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::shop::Shop;

/// Asks everything that can be asked about a name, once with a name of another partner's and once
/// with one that nobody has: whatever the answer is, it is the same.
#[tokio::test(flavor = "multi_thread")]
async fn par_14_the_foreign_and_the_unknown_are_told_apart_by_nobody() {
    let house = House::on(Backend::Sqlite).await;
    let theirs = Shop::open(house.desk()).await;
    let ours = Shop::beside(house.desk()).await;
    let foreign = names(&theirs).await;

    for (kind, name) in &foreign {
        for name in [name.clone(), in_our_customer(&ours, name)] {
            assert_told_alike(&ours, methods(kind), &name).await;
        }
    }
    // It was all in vain, and what was asked about is as it was.
    assert_eq!(names(&theirs).await, foreign);
    house.suite.stop().await.unwrap();
}

/// What is said of `name`, which is not ours, is what is said of a name that nobody has.
async fn assert_told_alike(ours: &Shop, methods: &[&str], name: &str) {
    let unknown = unknown_like(name, &ours.customer);
    for method in methods {
        let of_foreign = told(ask(ours, method, name).await, name);
        let of_unknown = told(ask(ours, method, &unknown).await, &unknown);
        assert_eq!(of_foreign, of_unknown, "{method} of {name}");
        // A list may also be empty where nobody knows of any customer.
        let is_refused = of_foreign.starts_with("NotFound")
            || method.starts_with("List")
            || method.starts_with("Poll");
        assert!(is_refused, "{method} of {name}: {of_foreign}");
    }
}

/// What another partner has, by kind; an order is bought the first time.
async fn names(shop: &Shop) -> BTreeMap<&'static str, String> {
    let request =
        ListOrdersRequest { parent: shop.customer.clone(), ..ListOrdersRequest::default() };
    let listed = shop.orders().list_orders(request).await.unwrap().into_inner().orders;
    let order = match listed.into_iter().next() {
        Some(order) => order,
        None => bought(shop).await,
    };
    let cart = CreateCartRequest {
        parent: shop.customer.clone(),
        // Always the same cart.
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        ..CreateCartRequest::default()
    };
    let cart = shop.orders().create_cart(cart).await.unwrap().into_inner();
    let charges = charges(shop).await;
    BTreeMap::from([
        ("partner", shop.partner.clone()),
        ("customer", shop.customer.clone()),
        ("order", order.name.clone()),
        ("cart", cart.name),
        ("subscription", order.lines[1].subscription.clone()),
        ("invoice", charges[0].invoice.clone()),
    ])
}

async fn bought(shop: &Shop) -> Order {
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    shop.delivered(&order.lines[1].subscription).await;
    order
}

/// Everything that takes a name of that kind.
fn methods(kind: &str) -> &'static [&'static str] {
    match kind {
        "partner" => &["GetPartner", "ListInvoices"],
        "customer" => &[
            "GetCustomer",
            "CreateCart",
            "PlaceOrder",
            "ListOrders",
            "ListSubscriptions",
            "ListChargesOfParent",
            "ListSoftware",
            "ListMigrations",
            "PollMigrationChanges",
        ],
        "order" => &["GetOrder", "CancelOrder"],
        "cart" => &["GetCart", "ReviewCart", "CheckoutCart"],
        "subscription" => &[
            "GetSubscription",
            "UpdateSubscription",
            "CancelSubscription",
            "ChangeQuantity",
            "SetAutoRenew",
            "SuspendSubscription",
            "ListChanges",
            "ListChargesOfParent",
            "RevealProductKey",
            "GetDownloadOptions",
            "CreateDownloadLink",
            "ListDownloadLinks",
            "ListActivations",
        ],
        "invoice" => &["GetInvoice", "ListChargesOfInvoice"],
        other => panic!("{other} is no kind of name"),
    }
}

/// Returns the name below our own customer, for names that are below one.
fn in_our_customer(ours: &Shop, name: &str) -> String {
    let below = name.splitn(3, '/').nth(2);
    below.map_or_else(|| name.to_owned(), |below| format!("{}/{below}", ours.customer))
}

/// Returns a name like this one that nobody has; our own customer stays.
fn unknown_like(name: &str, own: &str) -> String {
    let fresh = |segment: &str| {
        let is_id = segment.len() == 36 && !own.ends_with(segment);
        if is_id { request_id() } else { segment.to_owned() }
    };
    name.split('/').map(fresh).collect::<Vec<_>>().join("/")
}

/// Returns all that an answer says, but for the name that was asked for.
fn told(answer: Result<String, Status>, name: &str) -> String {
    let said = match answer {
        Ok(answer) => format!("Ok {answer}"),
        Err(status) => {
            let details = status.get_error_details();
            let info = details.error_info().expect("a refusal with details");
            let metadata: BTreeMap<_, _> = info.metadata.iter().collect();
            let resource = details.resource_info();
            let others = (details.retry_info(), details.precondition_failure());
            let (code, text, reason) = (status.code(), status.message(), &info.reason);
            assert!(code != Code::Unimplemented && code != Code::Internal, "{status:?}");
            format!("{code:?} {text} {reason} {metadata:?} {resource:?} {others:?}")
        }
    };
    let ids = name.split('/').filter(|segment| segment.len() == 36);
    ids.fold(said, |said, id| said.replace(id, "ID"))
}

macro_rules! ask {
    ($client:expr, $method:ident, $request:expr) => {
        $client.$method($request).await.map(|answer| format!("{:?}", answer.into_inner()))
    };
}

async fn ask(shop: &Shop, method: &str, name: &str) -> Result<String, Status> {
    let as_agent = || shop.desk.call(Service::Order, &shop.agent);
    let name = name.to_owned();
    match method {
        "GetPartner" => {
            ask!(PartnerServiceClient::new(as_agent()), get_partner, GetPartnerRequest { name })
        }
        "GetCustomer" => {
            ask!(CustomerServiceClient::new(as_agent()), get_customer, GetCustomerRequest { name })
        }
        "CreateCart" => ask!(
            shop.orders(),
            create_cart,
            CreateCartRequest {
                parent: name,
                request_id: request_id(),
                ..CreateCartRequest::default()
            }
        ),
        "PlaceOrder" => ask!(
            shop.orders(),
            place_order,
            PlaceOrderRequest { parent: name, ..shop.basket(&request_id()) }
        ),
        "ListOrders" => ask!(
            shop.orders(),
            list_orders,
            ListOrdersRequest { parent: name, ..ListOrdersRequest::default() }
        ),
        "GetOrder" => ask!(shop.orders(), get_order, GetOrderRequest { name }),
        "CancelOrder" => ask!(
            shop.orders(),
            cancel_order,
            CancelOrderRequest {
                name,
                request_id: request_id(),
                acknowledged: true,
                ..CancelOrderRequest::default()
            }
        ),
        "GetCart" => ask!(shop.orders(), get_cart, GetCartRequest { name }),
        "ReviewCart" => ask!(shop.orders(), review_cart, ReviewCartRequest { name }),
        "CheckoutCart" => ask!(shop.orders(), checkout_cart, checkout(name)),
        "ListSoftware" => ask!(
            shop.software(),
            list_software,
            proto::licensekey::ListSoftwareRequest { parent: name, ..Default::default() }
        ),
        "RevealProductKey" => shop.reveal(&name).await.map(|answer| format!("{answer:?}")),
        "GetDownloadOptions"
        | "CreateDownloadLink"
        | "ListDownloadLinks"
        | "ListActivations"
        | "ListMigrations"
        | "PollMigrationChanges" => ask_license_key(shop, method, name).await,
        method => ask_lifecycle(shop, method, name).await,
    }
}

async fn ask_license_key(shop: &Shop, method: &str, parent: String) -> Result<String, Status> {
    let client = || shop.desk.call(Service::LicenseKey, &shop.agent);
    match method {
        "GetDownloadOptions" => {
            ask!(shop.software(), get_download_options, keys::GetDownloadOptionsRequest { parent })
        }
        "CreateDownloadLink" => ask!(
            shop.software(),
            create_download_link,
            keys::CreateDownloadLinkRequest {
                parent,
                language: "en".to_owned(),
                request_id: request_id(),
                ..Default::default()
            }
        ),
        "ListDownloadLinks" => ask!(
            shop.software(),
            list_download_links,
            keys::ListDownloadLinksRequest { parent, ..Default::default() }
        ),
        "ListActivations" => ask!(
            ActivationServiceClient::new(client()),
            list_activations,
            keys::ListActivationsRequest { parent, ..Default::default() }
        ),
        "ListMigrations" => ask!(
            MigrationServiceClient::new(client()),
            list_migrations,
            keys::ListMigrationsRequest { parent, ..Default::default() }
        ),
        "PollMigrationChanges" => ask!(
            MigrationServiceClient::new(client()),
            poll_migration_changes,
            keys::PollMigrationChangesRequest { parent, ..Default::default() }
        ),
        other => panic!("{other} is no method"),
    }
}

async fn ask_lifecycle(shop: &Shop, method: &str, name: String) -> Result<String, Status> {
    let request_id = request_id();
    match method {
        "GetSubscription" => {
            ask!(shop.subscriptions(), get_subscription, GetSubscriptionRequest { name })
        }
        "ListSubscriptions" => ask!(
            shop.subscriptions(),
            list_subscriptions,
            ListSubscriptionsRequest { parent: name, ..ListSubscriptionsRequest::default() }
        ),
        "UpdateSubscription" => ask!(
            shop.subscriptions(),
            update_subscription,
            UpdateSubscriptionRequest {
                name,
                request_id,
                friendly_name: "mine".to_owned(),
                ..UpdateSubscriptionRequest::default()
            }
        ),
        "CancelSubscription" => ask!(
            shop.subscriptions(),
            cancel_subscription,
            CancelSubscriptionRequest {
                name,
                request_id,
                acknowledged: true,
                ..CancelSubscriptionRequest::default()
            }
        ),
        "ChangeQuantity" => ask!(
            shop.subscriptions(),
            change_quantity,
            ChangeQuantityRequest {
                name,
                request_id,
                quantity: 3,
                ..ChangeQuantityRequest::default()
            }
        ),
        "SetAutoRenew" => ask!(
            shop.subscriptions(),
            set_auto_renew,
            SetAutoRenewRequest {
                name,
                request_id,
                auto_renew: Some(false),
                ..SetAutoRenewRequest::default()
            }
        ),
        "SuspendSubscription" => ask!(
            shop.subscriptions(),
            suspend_subscription,
            SuspendSubscriptionRequest {
                name,
                request_id,
                ..SuspendSubscriptionRequest::default()
            }
        ),
        method => ask_billing(shop, method, name).await,
    }
}

async fn ask_billing(shop: &Shop, method: &str, name: String) -> Result<String, Status> {
    match method {
        "ListChanges" => ask!(
            shop.subscriptions(),
            list_changes,
            ListChangesRequest { parent: name, ..ListChangesRequest::default() }
        ),
        "ListChargesOfParent" => ask!(
            shop.billing(),
            list_charges,
            ListChargesRequest { parent: name, ..ListChargesRequest::default() }
        ),
        "ListChargesOfInvoice" => ask!(
            shop.billing(),
            list_charges,
            ListChargesRequest { invoice: name, ..ListChargesRequest::default() }
        ),
        "GetInvoice" => ask!(shop.billing(), get_invoice, GetInvoiceRequest { name }),
        "ListInvoices" => ask!(
            shop.billing(),
            list_invoices,
            ListInvoicesRequest { partner: name, ..ListInvoicesRequest::default() }
        ),
        other => panic!("{other} is no method"),
    }
}

fn checkout(name: String) -> CheckoutCartRequest {
    CheckoutCartRequest {
        name,
        request_id: request_id(),
        attestation: Some(Attestation { version: "direct-partner-1".to_owned(), accepted: true }),
        ..CheckoutCartRequest::default()
    }
}
