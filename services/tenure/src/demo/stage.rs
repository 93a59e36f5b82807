//! Who calls, and how: tokens for roles, clients for services, the test clock.

use access::Claims;
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::common::Role;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::test_clock_service_client::TestClockServiceClient;
use proto::lifecycle::{AdvanceTestClockRequest, CreateTestClockRequest};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::partner_service_client::PartnerServiceClient;
use proto::order::{CreateCustomerRequest, CreatePartnerRequest, Customer, Partner, PartnerType};
use tonic::transport::Channel;
use tonic::{Response, Status};
use tonic_types::StatusExt;

use super::lines::instant;
use crate::client::{Client, connect, explain, refused, with_token};
use crate::import::request_id;
use crate::suite::Suite;

/// The instant at which the story begins: that of the worked example of PCX-6.
const BEGINNING: &str = "2026-01-10T15:00:00Z";
/// The story is short.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Everything that the steps call with.
#[derive(Debug)]
pub struct Stage {
    channel: Channel,
    operator: Client,
    tokens: Tokens,
    /// The clock on which the customers live.
    pub clock: String,
    /// What it shows.
    pub now: Timestamp,
    /// The partner that sells.
    pub partner: Partner,
    /// The customer that buys.
    pub customer: Customer,
}

/// Tokens of the partner's people.
#[derive(Debug)]
struct Tokens {
    agent: String,
    account_admin: String,
}

impl Stage {
    /// Makes the clock, the partner and the customer.
    pub async fn set(suite: &Suite) -> anyhow::Result<Self> {
        let channel = connect(suite.address).await?;
        let token = suite.token(&Claims::operator("olga@platform.example"), TOKEN_LIFETIME)?;
        let operator = with_token(channel.clone(), &token)?;
        let now: Timestamp = BEGINNING.parse()?;
        let clock = create_clock(operator.clone(), now).await?;
        let partner = create_partner(operator.clone()).await?;
        let tokens = Tokens::of(suite, &partner)?;
        let agent = with_token(channel.clone(), &tokens.agent)?;
        let customer = create_customer(agent, "Contoso", "DE", &clock).await?;
        Ok(Self { channel, operator, tokens, clock, now, partner, customer })
    }

    /// Calls as the platform's operator.
    pub fn as_operator(&self) -> Client {
        self.operator.clone()
    }

    /// Calls as the partner's Admin agent.
    pub fn as_agent(&self) -> anyhow::Result<Client> {
        with_token(self.channel.clone(), &self.tokens.agent)
    }

    /// Calls as the partner's Account admin, who reads the activity log.
    pub fn as_account_admin(&self) -> anyhow::Result<Client> {
        with_token(self.channel.clone(), &self.tokens.account_admin)
    }

    /// The catalog, as the operator.
    pub fn catalog(&self) -> CatalogServiceClient<Client> {
        CatalogServiceClient::new(self.as_operator())
    }

    /// Orders, as the agent.
    pub fn orders(&self) -> anyhow::Result<OrderServiceClient<Client>> {
        Ok(OrderServiceClient::new(self.as_agent()?))
    }

    /// Subscriptions, as the agent.
    pub fn subscriptions(&self) -> anyhow::Result<SubscriptionServiceClient<Client>> {
        Ok(SubscriptionServiceClient::new(self.as_agent()?))
    }

    /// Registers another customer of the partner, on the same clock.
    pub async fn customer_in(&self, name: &str, market: &str) -> anyhow::Result<Customer> {
        create_customer(self.as_agent()?, name, market, &self.clock).await
    }

    /// Moves the clock; everything that falls due on the way has happened when this returns.
    pub async fn advance_to(&mut self, to: &str) -> anyhow::Result<()> {
        let to: Timestamp = to.parse()?;
        let request = AdvanceTestClockRequest {
            name: self.clock.clone(),
            request_id: request_id(),
            to: Some(rpc::wire::timestamp(to)),
        };
        let mut clocks = TestClockServiceClient::new(self.as_operator());
        let clock = ok(clocks.advance_test_clock(request).await)?;
        self.now = instant(clock.now.as_ref())?;
        Ok(())
    }
}

impl Tokens {
    fn of(suite: &Suite, partner: &Partner) -> anyhow::Result<Self> {
        let id = partner.name.parse::<rpc::name::Partner>().context("the partner's name")?.0;
        let token = |subject: &str, role| {
            suite.token(&Claims::partner(subject, id, [role]), TOKEN_LIFETIME)
        };
        Ok(Self {
            agent: token("anna@northwind.example", Role::AdminAgent)?,
            account_admin: token("albert@northwind.example", Role::AccountAdmin)?,
        })
    }
}

/// Returns the answer, or an error with all that the server said.
pub fn ok<T>(answer: Result<Response<T>, Status>) -> anyhow::Result<T> {
    answer.map(Response::into_inner).map_err(|status| refused(&status))
}

/// A refusal as the story shows it.
#[derive(Debug)]
pub struct Refused {
    /// The reason.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Until when it was possible, if ever.
    pub allowed_until: Option<Timestamp>,
}

/// Returns the refusal, or an error because there was none, or another one.
pub fn must_refuse<T>(
    answer: Result<Response<T>, Status>,
    reason: &str,
) -> anyhow::Result<Refused> {
    let Err(status) = answer else { bail!("{reason} was expected, and nothing was refused") };
    let info = status
        .get_details_error_info()
        .unwrap_or_else(|| tonic_types::ErrorInfo::new("", "", std::collections::HashMap::new()));
    if info.reason != reason {
        bail!("{reason} was expected, and the answer was {}", explain(&status));
    }
    let until = info.metadata.get("allowed_until").map(|text| text.parse()).transpose()?;
    Ok(Refused { reason: info.reason, message: status.message().to_owned(), allowed_until: until })
}

/// Fails unless two figures are the same.
pub fn must_be<T: PartialEq + std::fmt::Display>(
    what: &str,
    found: &T,
    expected: &T,
) -> anyhow::Result<()> {
    if found == expected {
        return Ok(());
    }
    bail!("{what} is {found}, and must be {expected}")
}

async fn create_clock(operator: Client, now: Timestamp) -> anyhow::Result<String> {
    let request =
        CreateTestClockRequest { request_id: request_id(), now: Some(rpc::wire::timestamp(now)) };
    Ok(ok(TestClockServiceClient::new(operator).create_test_clock(request).await)?.name)
}

async fn create_partner(operator: Client) -> anyhow::Result<Partner> {
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
    ok(PartnerServiceClient::new(operator).create_partner(request).await)
}

async fn create_customer(
    agent: Client,
    name: &str,
    market: &str,
    clock: &str,
) -> anyhow::Result<Customer> {
    let customer = Customer {
        display_name: name.to_owned(),
        tenant_id: request_id(),
        domain: format!("{}.example", name.to_lowercase()),
        market: market.to_owned(),
        segment: proto::common::Segment::Commercial.into(),
        cloud: proto::common::Cloud::Commercial.into(),
        test_clock: clock.to_owned(),
        ..Customer::default()
    };
    let request = CreateCustomerRequest {
        request_id: request_id(),
        customer: Some(customer),
        validate_only: false,
    };
    ok(CustomerServiceClient::new(agent).create_customer(request).await)
}
