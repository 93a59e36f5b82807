//! Somebody who sells, and those who buy: a partner, customers, and the sample price list.

use std::net::SocketAddr;
use std::time::Duration;

use access::Claims;
use anyhow::{Context, ensure};
use proto::catalog::ImportCatalogHeader;
use proto::common::Role;
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::partner_service_client::PartnerServiceClient;
use proto::order::{
    Attestation, CreateCartRequest, CreateCustomerRequest, CreatePartnerRequest, Customer,
    LineItem, Order, OrderState, Partner, PartnerType, PlaceOrderRequest, ReviewCartRequest,
};
use tenure::client::{Client, connect, refused, with_token};
use tenure::import::{import_catalog, request_id, sha256};

use crate::load::Caller;

/// The offer that everybody buys: a server subscription for a year, paid at once.
pub const OFFER: &str = "offers/windows-server-standard-p1y-annual-de";

const CATALOG: &str = include_str!("../../deploy/sample/catalog.yaml");
/// How often it is tried whether order has heard of the price list, ten times a second.
const TRIES: u32 = 100;

/// Makes tokens.
pub type Tokens<'a> = &'a dyn Fn(&Claims) -> anyhow::Result<String>;

/// A partner that sells to customers.
#[derive(Debug)]
pub struct Shop {
    /// The id of the partner.
    pub partner: String,
    /// The names of the customers.
    pub customers: Vec<String>,
    address: SocketAddr,
    agent: String,
    attestation: Attestation,
}

/// Buys one thing again and again.
#[derive(Debug)]
pub struct Buyer {
    orders: OrderServiceClient<Client>,
    request: PlaceOrderRequest,
    expected: OrderState,
}

impl Caller for Buyer {
    async fn call(&mut self) -> anyhow::Result<()> {
        self.request.request_id = request_id();
        let answer = self.orders.place_order(self.request.clone()).await;
        let order = answer.map_err(|status| refused(&status))?.into_inner();
        ensure!(order.state() == self.expected, "the order is {:?}", order.state());
        Ok(())
    }
}

impl Shop {
    /// Imports the price list, and registers a partner and `count` customers.
    pub async fn open(
        address: SocketAddr,
        tokens: Tokens<'_>,
        count: usize,
    ) -> anyhow::Result<Self> {
        Self::open_at((address, address), tokens, count).await
    }

    /// As [`open`](Self::open), where the catalog and order are not at the same address.
    pub async fn open_at(
        (catalog, address): (SocketAddr, SocketAddr),
        tokens: Tokens<'_>,
        count: usize,
    ) -> anyhow::Result<Self> {
        let token = tokens(&Claims::operator("benches"))?;
        import_sample(with_token(connect(catalog).await?, &token)?).await?;
        let operator = with_token(connect(address).await?, &token)?;
        let partner = create_partner(operator).await?;
        let id = partner.name.parse::<rpc::name::Partner>().context("the partner's name")?.0;
        let agent = tokens(&Claims::partner("agent@benches", id, [Role::AdminAgent]))?;
        let calling = with_token(connect(address).await?, &agent)?;
        let mut customers = Vec::new();
        for number in 0..count {
            customers.push(create_customer(calling.clone(), number).await?);
        }
        let first = customers.first().context("a shop needs a customer")?;
        let attestation = attestation(OrderServiceClient::new(calling), first).await?;
        Ok(Self { partner: id.to_string(), customers, address, agent, attestation })
    }

    /// Buys one seat of an offer for the first customer, and returns the order once it is fulfilled.
    pub async fn buy(&self, offer: &str) -> anyhow::Result<Order> {
        let client = self.agent().await?;
        let request = PlaceOrderRequest {
            parent: self.customers.first().context("a shop has a customer")?.clone(),
            request_id: request_id(),
            lines: vec![LineItem { offer: offer.to_owned(), quantity: 1, ..LineItem::default() }],
            attestation: Some(self.attestation.clone()),
            ..PlaceOrderRequest::default()
        };
        let placed = OrderServiceClient::new(client).place_order(request).await;
        let order = placed.map_err(|status| refused(&status))?.into_inner();
        ensure!(order.state() == OrderState::Fulfilled, "the order is {:?}", order.state());
        Ok(order)
    }

    /// Returns a client of its own connection that calls as the partner's Admin agent.
    pub async fn agent(&self) -> anyhow::Result<Client> {
        with_token(connect(self.address).await?, &self.agent)
    }

    /// Returns buyers, each with a connection of its own, who take their customers in turn and
    /// expect to find their orders in a state.
    pub async fn buyers(&self, count: usize, expected: OrderState) -> anyhow::Result<Vec<Buyer>> {
        let mut buyers = Vec::new();
        for customer in self.customers.iter().cycle().take(count) {
            let client = self.agent().await?;
            let request = PlaceOrderRequest {
                parent: customer.clone(),
                lines: vec![line()],
                attestation: Some(self.attestation.clone()),
                ..PlaceOrderRequest::default()
            };
            buyers.push(Buyer { orders: OrderServiceClient::new(client), request, expected });
        }
        Ok(buyers)
    }
}

/// Imports the sample price list.
pub async fn import_sample(operator: Client) -> anyhow::Result<()> {
    let header = ImportCatalogHeader {
        request_id: request_id(),
        file_sha256: sha256(CATALOG.as_bytes()),
        ..ImportCatalogHeader::default()
    };
    import_catalog(operator, header, CATALOG.as_bytes().to_vec()).await?;
    Ok(())
}

fn line() -> LineItem {
    LineItem { offer: OFFER.to_owned(), quantity: 2, ..LineItem::default() }
}

/// Waits until order has heard of the price list, and returns what orders must attest.
async fn attestation(
    mut orders: OrderServiceClient<Client>,
    customer: &str,
) -> anyhow::Result<Attestation> {
    let mut tries = 0;
    let cart = loop {
        let request = CreateCartRequest {
            parent: customer.to_owned(),
            request_id: request_id(),
            lines: vec![line()],
            ..CreateCartRequest::default()
        };
        tries += 1;
        match orders.create_cart(request).await {
            Ok(cart) => break cart.into_inner(),
            Err(status) if tries == TRIES => return Err(refused(&status)),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    let review = orders.review_cart(ReviewCartRequest { name: cart.name }).await;
    let review = review.map_err(|status| refused(&status))?.into_inner();
    let text = review.attestation.context("the attestation's text is missing")?;
    Ok(Attestation { version: text.version, accepted: true })
}

/// Registers a partner.
pub async fn create_partner(operator: Client) -> anyhow::Result<Partner> {
    let partner = Partner {
        display_name: "Northwind".to_owned(),
        r#type: PartnerType::DirectBill.into(),
        market: "DE".to_owned(),
        cloud: proto::common::Cloud::Commercial.into(),
        ..Partner::default()
    };
    let request = CreatePartnerRequest {
        request_id: request_id(),
        partner: Some(partner),
        validate_only: false,
    };
    let created = PartnerServiceClient::new(operator).create_partner(request).await;
    Ok(created.map_err(|status| refused(&status))?.into_inner())
}

/// Registers a customer.
pub async fn create_customer(agent: Client, number: usize) -> anyhow::Result<String> {
    let customer = Customer {
        display_name: format!("Contoso {number}"),
        tenant_id: request_id(),
        domain: format!("contoso{number}.example"),
        market: "DE".to_owned(),
        segment: proto::common::Segment::Commercial.into(),
        cloud: proto::common::Cloud::Commercial.into(),
        ..Customer::default()
    };
    let request = CreateCustomerRequest {
        request_id: request_id(),
        customer: Some(customer),
        validate_only: false,
    };
    let created = CustomerServiceClient::new(agent).create_customer(request).await;
    Ok(created.map_err(|status| refused(&status))?.into_inner().name)
}
