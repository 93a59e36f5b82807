//! Somebody who sells something to somebody: a partner with its people, a customer on a test clock,
//! the sample catalog, and keys for what has some.

use access::Claims;
use jiff::Timestamp;
use proto::catalog::ImportCatalogHeader;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::common::{Cloud, Role, Segment};
use proto::licensekey::software_service_client::SoftwareServiceClient;
use proto::licensekey::{
    KeyKind, ListSoftwareRequest, RevealProductKeyRequest, RevealProductKeyResponse,
};
use proto::lifecycle::billing_service_client::BillingServiceClient;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::test_clock_service_client::TestClockServiceClient;
use proto::lifecycle::{
    AdvanceTestClockRequest, CreateTestClockRequest, GetTestClockRequest, TestClock,
};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::partner_service_client::PartnerServiceClient;
use proto::order::{
    Attestation, CreateCustomerRequest, CreatePartnerRequest, Customer, GetOrderRequest, LineItem,
    Order, OrderState, Partner, PartnerType, PlaceOrderRequest,
};
use rpc::wire;
use tenure::client::Client;
use tenure::import::{import_catalog, import_keys, request_id, sha256};
use tonic::{Response, Status};

use super::desk::Desk;
use super::fleet::Service;
use super::patience::{answered, eventually};

pub const CATALOG: &str = include_str!("../../../../deploy/sample/catalog.yaml");
const KEYS: &str = include_str!("../../../../deploy/sample/keys.txt");
/// The SKU that the sample keys are for, and how many there are.
pub const SKU_WITH_KEYS: &str = "products/windows-server-2022/skus/windows-server-2022-standard";
pub const KEY_COUNT: i64 = 30;
/// What the customer's clock shows at first.
pub const BEGINNING: &str = "2026-01-10T15:00:00Z";

/// A server subscription, a perpetual licence that has a key, and a suite.
pub const BASKET: [(&str, i64); 3] = [
    ("windows-server-standard-p1y-annual-de", 2),
    ("windows-server-2022-standard-one-time-de", 1),
    ("m365-business-standard-p1y-annual-de", 10),
];
/// How many of the basket's lines are software.
pub const SOFTWARE_COUNT: usize = 2;

/// A partner, its people, and its customer.
#[derive(Debug, Clone)]
pub struct Shop {
    pub desk: Desk,
    pub clock: String,
    pub partner: String,
    pub customer: String,
    pub agent: Claims,
    pub account_admin: Claims,
}

impl Shop {
    /// Imports the sample catalog and keys, and opens a shop once order knows what there is.
    pub async fn open(desk: Desk) -> Self {
        stock(&desk).await;
        let shop = Self::beside(desk).await;
        eventually("the catalog's way to order", || {
            let dry = PlaceOrderRequest { validate_only: true, ..shop.basket(&request_id()) };
            let mut orders = shop.orders();
            async move { orders.place_order(dry).await }
        })
        .await;
        shop
    }

    /// Opens another shop, where there is a catalog already or none is needed.
    pub async fn beside(desk: Desk) -> Self {
        let now: Timestamp = BEGINNING.parse().expect("an instant");
        let request =
            CreateTestClockRequest { request_id: request_id(), now: Some(wire::timestamp(now)) };
        let mut clocks = TestClockServiceClient::new(desk.operator(Service::Lifecycle));
        let clock = clocks.create_test_clock(request).await.expect("a clock").into_inner().name;
        let partner = create_partner(&desk).await;
        let id = partner.parse::<rpc::name::Partner>().expect("a partner's name").0;
        let agent = Claims::partner("anna@northwind.example", id, [Role::AdminAgent]);
        let account_admin = Claims::partner("albert@northwind.example", id, [Role::AccountAdmin]);
        let mut customers = CustomerServiceClient::new(desk.call(Service::Order, &agent));
        let request = CreateCustomerRequest {
            request_id: request_id(),
            customer: Some(a_customer(&clock)),
            ..CreateCustomerRequest::default()
        };
        let customer = customers.create_customer(request).await.expect("a customer");
        let customer = customer.into_inner().name;
        Self { desk, clock, partner, customer, agent, account_admin }
    }

    pub fn orders(&self) -> OrderServiceClient<Client> {
        OrderServiceClient::new(self.desk.call(Service::Order, &self.agent))
    }

    pub fn subscriptions(&self) -> SubscriptionServiceClient<Client> {
        SubscriptionServiceClient::new(self.desk.call(Service::Lifecycle, &self.agent))
    }

    pub fn billing(&self) -> BillingServiceClient<Client> {
        BillingServiceClient::new(self.desk.call(Service::Lifecycle, &self.agent))
    }

    pub fn software(&self) -> SoftwareServiceClient<Client> {
        SoftwareServiceClient::new(self.desk.call(Service::LicenseKey, &self.agent))
    }

    pub fn clocks(&self) -> TestClockServiceClient<Client> {
        TestClockServiceClient::new(self.desk.operator(Service::Lifecycle))
    }

    /// Returns the request for the [`BASKET`].
    pub fn basket(&self, request_id: &str) -> PlaceOrderRequest {
        self.order_of(request_id, &BASKET)
    }

    pub fn order_of(&self, request_id: &str, lines: &[(&str, i64)]) -> PlaceOrderRequest {
        let line = |(offer, quantity): &(&str, i64)| LineItem {
            offer: format!("offers/{offer}"),
            quantity: *quantity,
            ..LineItem::default()
        };
        PlaceOrderRequest {
            parent: self.customer.clone(),
            request_id: request_id.to_owned(),
            lines: lines.iter().map(line).collect(),
            attestation: Some(Attestation {
                version: "direct-partner-1".to_owned(),
                accepted: true,
            }),
            ..PlaceOrderRequest::default()
        }
    }

    /// Places an order. In a fleet the answer is there as soon as the order is accepted; see
    /// `Fleet::environment`.
    pub async fn place(&self, request: PlaceOrderRequest) -> Result<Response<Order>, Status> {
        self.orders().place_order(request).await
    }

    /// Places an order until somebody answers, as a caller does whose server may die.
    pub async fn place_stubbornly(&self, request: &PlaceOrderRequest) -> Order {
        let order = answered("PlaceOrder", || {
            let (shop, request) = (self.clone(), request.clone());
            async move { shop.place(request).await }
        })
        .await;
        order.expect("an order that nothing speaks against")
    }

    /// Waits until every line of an order runs.
    pub async fn fulfilled(&self, name: &str) -> Order {
        eventually("fulfilment", || async {
            let request = GetOrderRequest { name: name.to_owned() };
            let order = self.orders().get_order(request).await.map_err(|status| status.to_string());
            let order = order?.into_inner();
            if order.state() == OrderState::Fulfilled {
                Ok(order)
            } else {
                Err(format!("{order:?}"))
            }
        })
        .await
    }

    /// Waits until license-key has heard of a purchase.
    pub async fn delivered(&self, subscription: &str) {
        eventually("delivery", || async {
            let request = ListSoftwareRequest {
                parent: self.customer.clone(),
                ..ListSoftwareRequest::default()
            };
            let listed = self.software().list_software(request).await;
            let software = listed.map_err(|status| status.to_string())?.into_inner().software;
            let is_listed = software.iter().any(|one| one.subscription == subscription);
            is_listed.then_some(()).ok_or_else(|| format!("{subscription} is not listed"))
        })
        .await;
    }

    /// Asks for the key of a purchase.
    pub async fn reveal(
        &self,
        subscription: &str,
    ) -> Result<Response<RevealProductKeyResponse>, Status> {
        let request = RevealProductKeyRequest {
            subscription: subscription.to_owned(),
            request_id: request_id(),
            kind: KeyKind::Mak.into(),
        };
        self.software().reveal_product_key(request).await
    }

    /// Returns the request that moves the customer's clock.
    pub fn advance(&self, request_id: &str, to: &str) -> AdvanceTestClockRequest {
        AdvanceTestClockRequest {
            name: self.clock.clone(),
            request_id: request_id.to_owned(),
            to: Some(wire::timestamp(to.parse().expect("an instant"))),
        }
    }

    /// Returns what the customer's clock shows.
    pub async fn now(&self) -> Result<Timestamp, Status> {
        let request = GetTestClockRequest { name: self.clock.clone() };
        let clock: TestClock = self.clocks().get_test_clock(request).await?.into_inner();
        Ok(wire::instant(&clock.now.expect("an instant")).expect("an instant"))
    }
}

/// Imports the sample catalog and keys.
async fn stock(desk: &Desk) {
    let header = ImportCatalogHeader {
        request_id: request_id(),
        file_sha256: sha256(CATALOG.as_bytes()),
        ..ImportCatalogHeader::default()
    };
    let operator = desk.operator(Service::Catalog);
    let file = CATALOG.as_bytes().to_vec();
    import_catalog(operator, header, file).await.expect("a catalog");
    let operator = desk.operator(Service::LicenseKey);
    let keys = KEYS.as_bytes().to_vec();
    let imported = import_keys(operator, SKU_WITH_KEYS, keys).await.expect("keys");
    assert_eq!(imported.imported_count, KEY_COUNT);
}

async fn create_partner(desk: &Desk) -> String {
    let partner = Partner {
        display_name: "Northwind".to_owned(),
        r#type: PartnerType::DirectBill.into(),
        market: "DE".to_owned(),
        cloud: Cloud::Commercial.into(),
        ..Partner::default()
    };
    let request = CreatePartnerRequest {
        request_id: request_id(),
        partner: Some(partner),
        ..CreatePartnerRequest::default()
    };
    let mut partners = PartnerServiceClient::new(desk.operator(Service::Order));
    partners.create_partner(request).await.expect("a partner").into_inner().name
}

/// Returns a customer as a request has it; no other one has its tenant and domain.
pub fn a_customer(clock: &str) -> Customer {
    let tenant_id = request_id();
    Customer {
        display_name: "Contoso".to_owned(),
        domain: format!("t{tenant_id}.example"),
        tenant_id,
        market: "DE".to_owned(),
        segment: Segment::Commercial.into(),
        cloud: Cloud::Commercial.into(),
        test_clock: clock.to_owned(),
        ..Customer::default()
    }
}

/// A client of the catalog as the operator.
pub fn catalog(desk: &Desk) -> CatalogServiceClient<Client> {
    CatalogServiceClient::new(desk.operator(Service::Catalog))
}
