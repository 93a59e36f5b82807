//! The house: a database of its own, a manual clock, the services behind the contract's access rules.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use access::{AuthConfig, Claims, Table};
use boot::{IdentityConfig, Process, ServerConfig};
use clock::Clocks;
use jiff::{SignedDuration, Timestamp};
use mailbox::{CarryError, Courier, Envelope, Outcome, Post};
use proto::catalog as pb_catalog;
use proto::common as pbc;
use proto::common::Role;
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use proto::order::inbox_service_server::InboxService;
use proto::order::order_service_server::OrderService;
use proto::order::partner_service_server::PartnerService;
use testkit::{Backend, ManualClock, TestDb, noon};
use tonic::{Request, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use vocab::{
    BlockedMarkets, ClockId, Offer, OfferVersion, PartnerId, ProductKind, Promotion,
    PromotionVersion,
};
use worker::Progress;

use super::stub::Stub;
use crate::app::{App, Parts};
use crate::domain::tests::{a_perpetual, a_reservation, a_suite, an_offer, market, money};
use crate::domain::{Policy, StartOrder};
use crate::peers::{DESTINATIONS, Lifecycle};
use crate::service::{Patience, Service};
use crate::store;

/// The contract's access rules, read once.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(proto::DESCRIPTORS).unwrap());

/// Nobody waits in a test that does not say so.
pub const IMPATIENT: Patience = Patience {
    by_default: Duration::ZERO,
    at_most: Duration::from_secs(20),
    margin: Duration::ZERO,
};

/// The version of the text that buyers confirm who name resellers.
pub const INDIRECT: &str = "indirect-provider-1";

/// The version of the text that buyers confirm.
pub const DIRECT: &str = "direct-partner-1";

pub struct House {
    pub service: Service,
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    pub clocks: Clocks,
    pub stub: Stub,
    pub process: Process,
    pub db: TestDb,
    pub heap: Heap,
    post: Post<Heap>,
}

/// Everything that would have left the house.
#[derive(Clone, Default)]
pub struct Heap(Arc<Mutex<Vec<Envelope>>>);

impl Courier for Heap {
    async fn carry(
        &self,
        _: &str,
        _: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        self.0.lock().unwrap().extend(batch.iter().cloned());
        Ok(vec![Outcome::Taken; batch.len()])
    }
}

impl House {
    pub async fn on(backend: Backend) -> Self {
        Self::with(backend, Policy::default()).await
    }

    /// A house where operators have set this.
    pub async fn with(backend: Backend, policy: Policy) -> Self {
        let db = TestDb::fresh(backend, &store::MIGRATIONS).await;
        let (stub, address) = Stub::start().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let process = process(clock.clone());
        let heap = Heap::default();
        let post = Post::new(db.db.clone(), clock.clone(), heap.clone(), DESTINATIONS);
        let clocks = Clocks::new(clock.clone());
        let app = Arc::new(App::new(Parts {
            db: db.db.clone(),
            clocks: clocks.clone(),
            ids: process.ids.clone(),
            post: post.nudge(),
            seal: process.seal.clone(),
            lifecycle: Lifecycle(process.peer(&format!("http://{address}")).unwrap()),
            policy,
            stop: process.stop.clone(),
        }));
        let service = Service::new(app.clone(), process.seal.clone(), IMPATIENT);
        Self { service, app, clock, clocks, stub, process, db, heap, post }
    }

    /// A house with the shop's price list, a partner and a customer; returns their names, too.
    pub async fn open(backend: Backend) -> (Self, Shop) {
        let house = Self::on(backend).await;
        house.sells(shelf()).await;
        let partner = house.partner(a_partner()).await;
        let agent = agent_of(&partner, [Role::AdminAgent]);
        let customer = house.customer(&agent, a_customer(1)).await.unwrap();
        (house, Shop { partner, customer: customer.name, agent })
    }

    /// A house where an indirect provider sells to a customer in Germany.
    pub async fn of_a_provider(backend: Backend) -> (Self, Shop) {
        let house = Self::on(backend).await;
        let shop = house.provider().await;
        (house, shop)
    }

    /// An indirect provider, its Admin agent, its customer.
    pub async fn provider(&self) -> Shop {
        self.sells(shelf()).await;
        let partner = self.partner(of_type(pb::PartnerType::IndirectProvider)).await;
        let agent = agent_of(&partner, [Role::AdminAgent]);
        let customer = self.customer(&agent, a_customer(1)).await.unwrap();
        Shop { partner, customer: customer.name, agent }
    }

    /// Returns the name of a new reseller of a provider that has signed the agreement.
    pub async fn reseller(&self, provider: &str) -> String {
        self.partner(a_reseller(provider)).await
    }

    /// Lets a price list arrive, in force since a year before noon.
    pub async fn sells(&self, offers: Vec<Offer>) {
        let since = noon() - SignedDuration::from_hours(365 * 24);
        self.hears(offers.into_iter().map(|offer| (offer, since, false)).collect()).await;
    }

    /// Lets versions of offers arrive, and the end of the feed after them.
    pub async fn hears(&self, versions: Vec<(Offer, Timestamp, bool)>) {
        let version = |(offer, effective_at, is_withdrawn): (Offer, Timestamp, bool)| {
            let revision = 1;
            price_list::wire::version(&OfferVersion { offer, effective_at, revision, is_withdrawn })
        };
        let offers = versions.into_iter().map(version).collect();
        let lists = vec![blocked("2024-01", &["XK", "CN"], noon() - SignedDuration::from_hours(1))];
        self.apply(offers, lists).await;
    }

    /// Lets promotions arrive, said since a year before noon.
    pub async fn promotes(&self, promotions: Vec<Promotion>) {
        let effective_at = noon() - SignedDuration::from_hours(365 * 24);
        let version = |promotion| {
            let version =
                PromotionVersion { promotion, effective_at, revision: 1, is_withdrawn: false };
            price_list::wire::promotion_version(&version)
        };
        let promotions = promotions.into_iter().map(version).collect();
        self.take(pb_catalog::WatchCatalogResponse { promotions, ..Default::default() }).await;
    }

    /// Lets a piece of the catalog's feed arrive, and its end.
    pub async fn apply(
        &self,
        offers: Vec<pb_catalog::OfferVersion>,
        blocked_markets: Vec<pb_catalog::BlockedMarkets>,
    ) {
        let piece =
            pb_catalog::WatchCatalogResponse { offers, blocked_markets, ..Default::default() };
        self.take(piece).await;
    }

    async fn take(&self, piece: pb_catalog::WatchCatalogResponse) {
        let piece = pb_catalog::WatchCatalogResponse { cursor: "1".to_owned(), ..piece };
        let end = pb_catalog::WatchCatalogResponse { cursor: "2".to_owned(), ..Default::default() };
        let mut tx = self.db.db.begin().await.unwrap();
        price_list::apply(&mut tx, &piece).await.unwrap();
        price_list::apply(&mut tx, &end).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Returns the name of a new partner.
    pub async fn partner(&self, partner: pb::Partner) -> String {
        let message = pb::CreatePartnerRequest {
            request_id: self.id(),
            partner: Some(partner),
            validate_only: false,
        };
        let request = call(&operator(), "PartnerService/CreatePartner", message).unwrap();
        self.service.create_partner(request).await.unwrap().into_inner().name
    }

    pub async fn customer(
        &self,
        claims: &Claims,
        customer: pb::Customer,
    ) -> Result<pb::Customer, Status> {
        let message = pb::CreateCustomerRequest {
            request_id: self.id(),
            customer: Some(customer),
            validate_only: false,
        };
        let request = call(claims, "CustomerService/CreateCustomer", message)?;
        self.service.create_customer(request).await.map(tonic::Response::into_inner)
    }

    pub async fn cart(&self, shop: &Shop, lines: Vec<pb::LineItem>) -> Result<pb::Cart, Status> {
        let message = pb::CreateCartRequest {
            parent: shop.customer.clone(),
            request_id: self.id(),
            lines,
            ..Default::default()
        };
        let request = call(&shop.agent, "OrderService/CreateCart", message)?;
        self.service.create_cart(request).await.map(tonic::Response::into_inner)
    }

    pub async fn review(&self, claims: &Claims, cart: &pb::Cart) -> Result<pb::CartReview, Status> {
        let message = pb::ReviewCartRequest { name: cart.name.clone() };
        let request = call(claims, "OrderService/ReviewCart", message)?;
        self.service.review_cart(request).await.map(tonic::Response::into_inner)
    }

    pub async fn checkout(
        &self,
        claims: &Claims,
        message: pb::CheckoutCartRequest,
    ) -> Result<pb::Order, Status> {
        let request = call(claims, "OrderService/CheckoutCart", message)?;
        self.service.checkout_cart(request).await.map(tonic::Response::into_inner)
    }

    pub async fn place(
        &self,
        claims: &Claims,
        message: pb::PlaceOrderRequest,
    ) -> Result<pb::Order, Status> {
        let request = call(claims, "OrderService/PlaceOrder", message)?;
        self.service.place_order(request).await.map(tonic::Response::into_inner)
    }

    pub async fn order(&self, claims: &Claims, name: &str) -> Result<pb::Order, Status> {
        let message = pb::GetOrderRequest { name: name.to_owned() };
        let request = call(claims, "OrderService/GetOrder", message)?;
        self.service.get_order(request).await.map(tonic::Response::into_inner)
    }

    pub async fn orders(
        &self,
        claims: &Claims,
        message: pb::ListOrdersRequest,
    ) -> Result<pb::ListOrdersResponse, Status> {
        let request = call(claims, "OrderService/ListOrders", message)?;
        self.service.list_orders(request).await.map(tonic::Response::into_inner)
    }

    pub async fn cancel(
        &self,
        claims: &Claims,
        message: pb::CancelOrderRequest,
    ) -> Result<pb::CancelOrderResponse, Status> {
        let request = call(claims, "OrderService/CancelOrder", message)?;
        self.service.cancel_order(request).await.map(tonic::Response::into_inner)
    }

    /// Lets lifecycle say what became of lines.
    pub async fn tell(&self, fulfilments: Vec<pb::Fulfilment>) -> pbc::DeliveryReport {
        let message = pb::RecordFulfilmentsRequest { fulfilments };
        let claims = Claims::service("lifecycle");
        let request = call(&claims, "InboxService/RecordFulfilments", message).unwrap();
        self.service.record_fulfilments(request).await.unwrap().into_inner()
    }

    /// Lets lifecycle say that all lines of an order run.
    pub async fn fulfil(&self, order: &pb::Order) {
        let report = self.tell(vec![fulfilment(&self.id(), order, started)]).await;
        assert_eq!(report.deliveries[0].refusal, "");
    }

    /// Places an order that is fulfilled at once.
    pub async fn fulfilled(&self, shop: &Shop, lines: Vec<pb::LineItem>) -> pb::Order {
        let order = self.place(&shop.agent, shop.order(self.id(), lines)).await.unwrap();
        self.fulfil(&order).await;
        self.order(&shop.agent, &order.name).await.unwrap()
    }

    /// Makes a test clock known that shows `now`; returns its name.
    pub async fn test_clock(&self, now: Timestamp) -> String {
        let clock = ClockId(self.process.ids.uuid());
        self.set(clock, now).await;
        rpc::name::TestClock(clock).to_string()
    }

    pub async fn set(&self, clock: ClockId, now: Timestamp) {
        let reading = pbc::ClockReading {
            header: Some(header(&self.id())),
            test_clock: rpc::name::TestClock(clock).to_string(),
            now: Some(rpc::wire::timestamp(now)),
        };
        let message = pbc::RecordClockReadingsRequest { readings: vec![reading] };
        let claims = Claims::service("lifecycle");
        let request = call(&claims, "InboxService/RecordClockReadings", message).unwrap();
        let report = self.service.record_clock_readings(request).await.unwrap().into_inner();
        assert_eq!(report.deliveries[0].refusal, "");
    }

    /// Delivers all letters; returns those of one kind.
    pub async fn letters(&self, kind: &str) -> Vec<Envelope> {
        for to in DESTINATIONS {
            while self.post.deliver_once(to).await.unwrap() == Progress::More {}
        }
        let heap = self.heap.0.lock().unwrap();
        heap.iter().filter(|letter| letter.kind == kind).cloned().collect()
    }

    /// Returns what lifecycle was told to start.
    pub async fn started(&self) -> Vec<StartOrder> {
        let letters = self.letters("lifecycle.start").await;
        letters.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect()
    }

    /// Returns a request id that nobody has used.
    pub fn id(&self) -> String {
        self.process.ids.uuid().to_string()
    }
}

/// A partner, its Admin agent, its customer.
pub struct Shop {
    pub partner: String,
    pub customer: String,
    pub agent: Claims,
}

impl Shop {
    /// An order with the confirmation of the text in force.
    pub fn order(&self, request_id: String, lines: Vec<pb::LineItem>) -> pb::PlaceOrderRequest {
        pb::PlaceOrderRequest {
            parent: self.customer.clone(),
            request_id,
            lines,
            attestation: Some(confirmed()),
            ..Default::default()
        }
    }
}

/// A checkout with the confirmation of the text in force.
pub fn checkout_of(cart: &pb::Cart, request_id: String) -> pb::CheckoutCartRequest {
    pb::CheckoutCartRequest {
        name: cart.name.clone(),
        request_id,
        attestation: Some(confirmed()),
        ..Default::default()
    }
}

pub fn confirmed() -> pb::Attestation {
    confirmed_as(DIRECT)
}

pub fn confirmed_as(version: &str) -> pb::Attestation {
    pb::Attestation { version: version.to_owned(), accepted: true }
}

/// Returns `message` as a call of whoever `claims` say, as the contract lets it in.
pub fn call<T>(claims: &Claims, method: &str, message: T) -> Result<Request<T>, Status> {
    let rule = TABLE.rule(&format!("/tenure.order.v1.{method}")).unwrap();
    let caller = rule.admit(claims).map_err(rpc::status)?;
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    Ok(request)
}

pub fn agent_of(partner: &str, roles: impl IntoIterator<Item = Role>) -> Claims {
    let rpc::name::Partner(id) = partner.parse().unwrap();
    Claims::partner("ada@seller.example", id, roles)
}

/// An Admin agent of a partner that nobody registered.
pub fn stranger() -> Claims {
    let partner = PartnerId(Uuid::from_u128(0xbad));
    Claims::partner("eve@other.example", partner, [Role::AdminAgent])
}

pub fn operator() -> Claims {
    Claims::operator("op@tenure.example")
}

pub fn a_partner() -> pb::Partner {
    pb::Partner {
        display_name: "Seller".to_owned(),
        r#type: pb::PartnerType::DirectBill.into(),
        market: "DE".to_owned(),
        cloud: pbc::Cloud::Commercial.into(),
        ..Default::default()
    }
}

pub fn of_type(kind: pb::PartnerType) -> pb::Partner {
    pb::Partner { r#type: kind.into(), ..a_partner() }
}

/// A reseller of a provider that has signed the agreement.
pub fn a_reseller(provider: &str) -> pb::Partner {
    pb::Partner {
        provider: provider.to_owned(),
        agreement_signed: true,
        ..of_type(pb::PartnerType::IndirectReseller)
    }
}

/// The `number`th customer, in Germany.
pub fn a_customer(number: u128) -> pb::Customer {
    pb::Customer {
        display_name: "Contoso".to_owned(),
        tenant_id: Uuid::from_u128(0x7e_0000 + number).to_string(),
        domain: format!("contoso{number}.example"),
        market: "DE".to_owned(),
        segment: pbc::Segment::Commercial.into(),
        cloud: pbc::Cloud::Commercial.into(),
        ..Default::default()
    }
}

/// What the shop sells.
fn shelf() -> Vec<Offer> {
    vec![
        an_offer("server"),
        Offer { billing: vocab::BillingCycle::Monthly, ..an_offer("server-monthly") },
        a_perpetual("sql"),
        a_suite("suite"),
        a_reservation("vm"),
        Offer { market: market("XK"), ..a_reservation("vm-xk") },
        Offer { market: market("XK"), ..an_offer("server-xk") },
        Offer {
            market: market("AU"),
            price: money("110.00", "AUD"),
            tax_included: true,
            ..an_offer("server-au")
        },
        Offer { is_closed_to_new_purchase: true, ..a_suite("closed") },
    ]
}

pub fn blocked(version: &str, markets: &[&str], since: Timestamp) -> pb_catalog::BlockedMarkets {
    price_list::wire::blocked_markets(&BlockedMarkets {
        kind: ProductKind::AzureReservation,
        version: version.to_owned(),
        effective_at: since,
        markets: markets.iter().map(|code| market(code)).collect(),
    })
}

pub fn line(offer: &str, quantity: i64) -> pb::LineItem {
    pb::LineItem { offer: format!("offers/{offer}"), quantity, ..Default::default() }
}

pub fn header(id: &str) -> pbc::MessageHeader {
    pbc::MessageHeader { message_id: id.to_owned(), ..Default::default() }
}

/// What lifecycle says of each line of an order.
pub fn fulfilment(
    id: &str,
    order: &pb::Order,
    outcome: fn(&pb::OrderLine) -> pb::LineOutcome,
) -> pb::Fulfilment {
    pb::Fulfilment {
        header: Some(header(id)),
        order: order.name.clone(),
        lines: order.lines.iter().map(outcome).collect(),
    }
}

pub fn started(line: &pb::OrderLine) -> pb::LineOutcome {
    pb::LineOutcome {
        line: line.id.clone(),
        subscription: "customers/x/subscriptions/y".to_owned(),
        ..Default::default()
    }
}

pub fn refused(line: &pb::OrderLine) -> pb::LineOutcome {
    let refusal = pbc::Refusal {
        reason: "TENANT_SUBSCRIPTION_LIMIT".to_owned(),
        rule: "ENT-1".to_owned(),
        message: "300 are enough".to_owned(),
        metadata: [("limit".to_owned(), "300".to_owned())].into(),
    };
    pb::LineOutcome { line: line.id.clone(), refusal: Some(refusal), ..Default::default() }
}

pub fn cancelled(line: &pb::OrderLine) -> pb::LineOutcome {
    pb::LineOutcome { line: line.id.clone(), cancelled: true, ..Default::default() }
}

pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

pub fn metadata(status: &Status, name: &str) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().metadata.get(name).cloned().unwrap_or_default()
}

/// The fields that are wrong, in their order.
pub fn wrong_fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|one| one.field.clone()).collect()
}

/// Each refusal by a rule: its reason and its text.
pub fn refusals(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let violations = &details.precondition_failure().unwrap().violations;
    violations.iter().map(|one| (one.r#type.clone(), one.description.clone())).collect()
}

fn process(clock: Arc<ManualClock>) -> Process {
    let pair = access::generate_key_pair().unwrap();
    let identity = IdentityConfig { private_key: pair.private_pem };
    let auth = AuthConfig { public_keys: vec![pair.public_pem], ..AuthConfig::default() };
    Process::new("order", &ServerConfig::default(), &identity, &auth, clock).unwrap()
}
