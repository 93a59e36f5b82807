//! What somebody has, one of every kind that can be named.

use std::collections::{BTreeMap, BTreeSet};

use access::{Claims, role_name};
use jiff::Timestamp;
use proto::common::Role;
use proto::licensekey::activation_service_client::ActivationServiceClient;
use proto::licensekey::migration_service_client::MigrationServiceClient;
use proto::licensekey::{
    ActivateKeyRequest, CreateDownloadLinkRequest, CreateMigrationRequest, DeviceGroup,
};
use proto::lifecycle::CreateTransferRequest;
use proto::lifecycle::transfer_service_client::TransferServiceClient;
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::support_service_client::SupportServiceClient;
use proto::order::{
    CreateCartRequest, CreateSupportRequestRequest, GetCustomerRequest, RequestRelationshipRequest,
    SupportContact, SupportDescription, SupportImpact, SupportIssueType, SupportRequest,
};
use tenure::client::Client;
use tenure::import::request_id;

use super::super::harness::books::{charges, log};
use super::super::harness::fleet::Service;
use super::super::harness::patience::eventually;
use super::super::harness::shop::{BEGINNING, Shop};

/// A partner with a customer, and everything that the two have.
#[derive(Debug, Clone)]
pub struct World {
    pub clock: String,
    pub now: Timestamp,
    /// Always the same, so that whatever is repeated is done once.
    pub request_id: String,
    partner: vocab::PartnerId,
    customer: vocab::CustomerId,
    names: BTreeMap<&'static str, String>,
}

impl World {
    /// Buys and makes one of everything; `rival` is another partner that wants the customer.
    pub async fn of(shop: &Shop, rival: &Shop) -> Self {
        let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
        let order = shop.fulfilled(&order.name).await;
        let subscription = order.lines[1].subscription.clone();
        shop.delivered(&subscription).await;
        let charges = charges(shop).await;
        let entry = eventually("the log", || async {
            log(shop).await.into_iter().next().map(|logged| logged.name).ok_or("it is empty")
        });
        let names = BTreeMap::from([
            ("partners/{}", shop.partner.clone()),
            ("customers/{}", shop.customer.clone()),
            ("customers/{}/orders/{}", order.name.clone()),
            ("customers/{}/carts/{}", cart(shop).await),
            ("customers/{}/subscriptions/{}/downloadLinks/{}", link(shop, &subscription).await),
            ("customers/{}/subscriptions/{}/activations/{}", activation(shop, &subscription).await),
            ("customers/{}/migrations/{}", migration(shop, &subscription).await),
            ("customers/{}/supportRequests/{}", support_request(shop, &order.name).await),
            ("customers/{}/subscriptions/{}", subscription),
            ("invoices/{}", charges[0].invoice.clone()),
            ("relationships/{}", relationship(shop, rival).await),
            ("transfers/{}", transfer(shop, rival).await),
            ("entries/{}", entry.await),
        ]);
        Self {
            clock: shop.clock.clone(),
            now: BEGINNING.parse().expect("an instant"),
            request_id: request_id(),
            partner: shop.partner.parse::<rpc::name::Partner>().expect("a name").0,
            customer: shop.customer.parse::<rpc::name::Customer>().expect("a name").0,
            names,
        }
    }

    pub fn name(&self, shape: &str) -> &str {
        self.names.get(shape).unwrap_or_else(|| panic!("nobody has made a {shape}"))
    }

    /// Returns somebody here with a role.
    pub fn claims(&self, role: Role) -> Claims {
        let subject = role_name(role).to_lowercase();
        match role {
            Role::Unspecified => panic!("no role"),
            Role::CustomerGlobalAdmin => Claims::customer(subject, self.customer),
            Role::Operator => Claims::operator(subject),
            Role::Service => Claims::service(subject),
            Role::GlobalAdmin
            | Role::AdminAgent
            | Role::SalesAgent
            | Role::BillingAdmin
            | Role::HelpdeskAgent
            | Role::AccountAdmin
            | Role::ReferralAdmin
            | Role::MarketingContentAdmin => Claims::partner(subject, self.partner, [role]),
        }
    }

    /// Returns what is named like all of this, and nobody has.
    pub fn unlike(&self) -> Self {
        let ids: BTreeSet<_> = self.names.values().flat_map(|name| ids(name)).collect();
        let fresh: BTreeMap<_, _> = ids.into_iter().map(|id| (id, request_id())).collect();
        let of = |name: &String| {
            fresh.iter().fold(name.clone(), |name, (id, fresh)| name.replace(*id, fresh))
        };
        let mut names: BTreeMap<_, _> =
            self.names.iter().map(|(shape, name)| (*shape, of(name))).collect();
        names.insert("entries/{}", "entries/999999999".to_owned());
        Self { names, ..self.clone() }
    }

    /// Returns the name below our own customer, for names that are below one.
    pub fn adopted(&self, name: &str) -> Option<String> {
        let below = name.strip_prefix("customers/")?.split_once('/')?.1;
        Some(format!("{}/{below}", self.name("customers/{}")))
    }
}

fn ids(name: &str) -> impl Iterator<Item = &str> {
    name.split('/').filter(|segment| segment.len() == 36)
}

fn agent(shop: &Shop, service: Service) -> Client {
    shop.desk.call(service, &shop.agent)
}

async fn cart(shop: &Shop) -> String {
    let request = CreateCartRequest {
        parent: shop.customer.clone(),
        request_id: request_id(),
        ..CreateCartRequest::default()
    };
    shop.orders().create_cart(request).await.expect("a cart").into_inner().name
}

async fn link(shop: &Shop, subscription: &str) -> String {
    let request = CreateDownloadLinkRequest {
        parent: subscription.to_owned(),
        language: "en".to_owned(),
        request_id: request_id(),
        ..CreateDownloadLinkRequest::default()
    };
    let made = shop.software().create_download_link(request).await.expect("a link").into_inner();
    made.download_link.expect("a link").name
}

async fn activation(shop: &Shop, subscription: &str) -> String {
    let shown = shop.reveal(subscription).await.expect("a key").into_inner();
    let request = ActivateKeyRequest {
        product_key: shown.product_key,
        device: "device".to_owned(),
        request_id: request_id(),
        ..ActivateKeyRequest::default()
    };
    let mut activations = ActivationServiceClient::new(agent(shop, Service::LicenseKey));
    activations.activate_key(request).await.expect("an activation").into_inner().name
}

async fn migration(shop: &Shop, subscription: &str) -> String {
    let request = CreateMigrationRequest {
        parent: shop.customer.clone(),
        subscription: subscription.to_owned(),
        device_groups: vec![DeviceGroup {
            device_group: "office".to_owned(),
            device_count: 10,
            kms_activation_date: Some(proto::Date { year: 2026, month: 1, day: 1 }),
            ..DeviceGroup::default()
        }],
        request_id: request_id(),
        ..CreateMigrationRequest::default()
    };
    let mut migrations = MigrationServiceClient::new(agent(shop, Service::LicenseKey));
    migrations.create_migration(request).await.expect("a migration").into_inner().name
}

async fn support_request(shop: &Shop, order: &str) -> String {
    let support_request = SupportRequest {
        issue_type: SupportIssueType::PurchaseRefund.into(),
        impact: SupportImpact::Minimal.into(),
        title: "Not needed".to_owned(),
        description: Some(SupportDescription {
            customer: shop.customer.clone(),
            purchase: order.to_owned(),
            refund_reason: "bought by mistake".to_owned(),
            requested_amount: Some(proto::Money {
                currency_code: "EUR".to_owned(),
                units: 1,
                nanos: 0,
            }),
        }),
        contact: Some(SupportContact {
            display_name: "Anna".to_owned(),
            email: "anna@northwind.example".to_owned(),
            phone: "+49 30 123456".to_owned(),
        }),
        ..SupportRequest::default()
    };
    let request = CreateSupportRequestRequest {
        parent: shop.customer.clone(),
        request_id: request_id(),
        support_request: Some(support_request),
        ..CreateSupportRequestRequest::default()
    };
    let mut support = SupportServiceClient::new(agent(shop, Service::Order));
    support.create_support_request(request).await.expect("a support request").into_inner().name
}

/// The customer has yet to accept the rival.
async fn relationship(shop: &Shop, rival: &Shop) -> String {
    let mut customers = CustomerServiceClient::new(agent(shop, Service::Order));
    let request = GetCustomerRequest { name: shop.customer.clone() };
    let customer = customers.get_customer(request).await.expect("a customer").into_inner();
    let request = RequestRelationshipRequest {
        request_id: request_id(),
        tenant_id: customer.tenant_id,
        test_clock: shop.clock.clone(),
        ..RequestRelationshipRequest::default()
    };
    let mut customers = CustomerServiceClient::new(agent(rival, Service::Order));
    customers.request_relationship(request).await.expect("a request").into_inner().name
}

async fn transfer(shop: &Shop, rival: &Shop) -> String {
    let request = CreateTransferRequest {
        request_id: request_id(),
        customer: shop.customer.clone(),
        customer_email: "it@contoso.example".to_owned(),
        source_partner: rival.partner.clone(),
        ..CreateTransferRequest::default()
    };
    let mut transfers = TransferServiceClient::new(agent(shop, Service::Lifecycle));
    transfers.create_transfer(request).await.expect("a transfer").into_inner().name
}
