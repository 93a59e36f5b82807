//! The other services: what they are told, and what is asked of them.

use std::time::Duration;

use boot::Peer;
use jiff::Timestamp;
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::common::RecordClockReadingsRequest;
use proto::common::{Backlog, ClockReading as PbClockReading, GetBacklogRequest};
use proto::licensekey::inbox_service_client::InboxServiceClient as LicenseKeyInbox;
use proto::order::inbox_service_client::InboxServiceClient as OrderInbox;
use proto::{licensekey as pb_key, order as pb_order};
use rpc::{name, wire};
use serde::de::DeserializeOwned;
use tonic::Code;
use vocab::{Currency, CustomerId, PartnerId};

use crate::convert;
use crate::domain::{ClockReading, OrderOutcome, Path, Product, PurchaseState, Related};
use crate::error::Error;

/// What letters are about.
pub mod kind {
    /// An order's lines started, were refused, or were cancelled.
    pub const FULFILMENT: &str = "order.fulfilment";
    /// A purchase as it now is.
    pub const PURCHASE: &str = "license-key.purchase";
    /// What a test clock shows.
    pub const CLOCK: &str = "clock.reading";
}

/// A caller waits no longer than this for what another service is asked.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Where letters go.
pub const DESTINATIONS: &[&str] = &["order", "license-key", "audit"];

/// Channels to the other services.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The catalog, which is asked what a SKU can become.
    pub catalog: Peer,
    /// The order service.
    pub order: Peer,
    /// The license-key service.
    pub license_key: Peer,
    /// The audit service.
    pub audit: Peer,
}

impl Peers {
    /// Asks the others where their mailboxes stand, by name.
    pub async fn backlogs(&self) -> Vec<(&'static str, Result<Backlog, String>)> {
        let mut order = OrderInbox::new(self.order.clone());
        let mut license_key = LicenseKeyInbox::new(self.license_key.clone());
        let mut audit = AuditServiceClient::new(self.audit.clone());
        let readings = [
            ("order", order.get_backlog(GetBacklogRequest {}).await),
            ("license-key", license_key.get_backlog(GetBacklogRequest {}).await),
            ("audit", audit.get_backlog(GetBacklogRequest {}).await),
        ];
        readings
            .into_iter()
            .map(|(service, answer)| {
                let answer = answer.map(tonic::Response::into_inner);
                (service, answer.map_err(|status| status.message().to_owned()))
            })
            .collect()
    }

    /// Asks the catalog what a SKU could become at an instant, by the prices of one market and currency.
    ///
    /// # Errors
    ///
    /// [`Error::CatalogAway`]. A SKU that the catalog does not know becomes nothing.
    pub async fn upgrade_paths(
        &self,
        product: &Product,
        currency: Currency,
        at: Timestamp,
    ) -> Result<Vec<Path>, Error> {
        let mut catalog = CatalogServiceClient::new(self.catalog.clone());
        let (mut paths, mut page_token) = (Vec::new(), String::new());
        loop {
            let question = convert::upgrade_paths(product, currency, at, page_token);
            let mut request = tonic::Request::new(question);
            request.set_timeout(ANSWER_TIMEOUT);
            let page = match catalog.list_upgrade_paths(request).await {
                Ok(answer) => answer.into_inner(),
                Err(status) if status.code() == Code::NotFound => return Ok(paths),
                Err(status) => return Err(Error::CatalogAway { source: Box::new(status) }),
            };
            paths.extend(page.paths.iter().filter_map(|path| convert::path(path, &product.sku)));
            if page.next_page_token.is_empty() {
                return Ok(paths);
            }
            page_token = page.next_page_token;
        }
    }

    /// Asks order whether a reseller can own what was sold to a customer.
    ///
    /// # Errors
    ///
    /// [`Error::PeerRefused`] with what speaks against it, to be passed on as it came;
    /// [`Error::PeerUnavailable`] where order says nothing.
    pub async fn check_reseller(
        &self,
        customer: CustomerId,
        seller: PartnerId,
        reseller: PartnerId,
    ) -> Result<(), Error> {
        let request = pb_order::CheckResellerRequest {
            customer: name::Customer(customer).to_string(),
            partner: name::Partner(seller).to_string(),
            reseller: name::Partner(reseller).to_string(),
        };
        let asked = OrderInbox::new(self.order.clone()).check_reseller(request).await;
        let refusals = [Code::InvalidArgument, Code::FailedPrecondition, Code::PermissionDenied];
        asked.map(drop).map_err(|status| {
            let (is_refusal, source) = (refusals.contains(&status.code()), Box::new(status));
            if is_refusal {
                Error::PeerRefused(source)
            } else {
                Error::PeerUnavailable { service: "order", source }
            }
        })
    }

    /// Asks order whether a partner has a relationship with a customer; with it comes the test clock on
    /// which the customer lives.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`]; nothing is then known.
    pub async fn relationship(
        &self,
        customer: CustomerId,
        partner: PartnerId,
    ) -> Result<Option<Related>, Error> {
        let question = convert::check_relationship(customer, partner);
        let answer = OrderInbox::new(self.order.clone()).check_relationship(question).await;
        let answer = answer.map_err(|status| Error::PeerUnavailable {
            service: "order",
            source: Box::new(status),
        })?;
        Ok(convert::relationship(&answer.into_inner())?)
    }

    async fn tell_order(&self, batch: &[Envelope]) -> Result<Vec<Outcome>, CarryError> {
        let (read, mut said) = bodies::<OrderOutcome>(batch);
        let fulfilments = read
            .iter()
            .map(|(letter, outcome)| convert::fulfilment(letter.header(), outcome))
            .collect();
        let request = pb_order::RecordFulfilmentsRequest { fulfilments };
        let report = OrderInbox::new(self.order.clone()).record_fulfilments(request).await?;
        said.extend(refusals(report.into_inner()));
        mailbox::outcomes(batch, said)
    }

    async fn tell_license_key(&self, batch: &[Envelope]) -> Result<Vec<Outcome>, CarryError> {
        let (read, mut said) = bodies::<PurchaseState>(batch);
        let purchases = read
            .iter()
            .map(|(letter, state)| convert::purchase_state(letter.header(), state))
            .collect();
        let request = pb_key::RecordPurchasesRequest { purchases };
        let mut client = LicenseKeyInbox::new(self.license_key.clone());
        said.extend(refusals(client.record_purchases(request).await?.into_inner()));
        mailbox::outcomes(batch, said)
    }

    async fn tell_clock(&self, to: &str, batch: &[Envelope]) -> Result<Vec<Outcome>, CarryError> {
        let (read, mut said) = bodies::<ClockReading>(batch);
        let readings = read
            .iter()
            .map(|(letter, reading)| PbClockReading {
                header: Some(letter.header()),
                test_clock: name::TestClock(reading.clock).to_string(),
                now: Some(wire::timestamp(reading.now)),
            })
            .collect();
        let request = RecordClockReadingsRequest { readings };
        let report = if to == "order" {
            OrderInbox::new(self.order.clone()).record_clock_readings(request).await?
        } else {
            let mut client = LicenseKeyInbox::new(self.license_key.clone());
            client.record_clock_readings(request).await?
        };
        said.extend(refusals(report.into_inner()));
        mailbox::outcomes(batch, said)
    }
}

impl Courier for Peers {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        match kind {
            kind::FULFILMENT => self.tell_order(batch).await,
            kind::PURCHASE => self.tell_license_key(batch).await,
            kind::CLOCK => self.tell_clock(to, batch).await,
            journal::KIND => {
                journal::carry(&mut AuditServiceClient::new(self.audit.clone()), batch).await
            }
            unknown => {
                let why = || Outcome::Refused(format!("nobody takes letters about {unknown}"));
                Ok(batch.iter().map(|_| why()).collect())
            }
        }
    }
}

/// Letters with what they say.
type Read<'a, T> = Vec<(&'a Envelope, T)>;
/// What was said of letters, by id; an empty text says that it was taken.
type Said = Vec<(String, String)>;

/// Reads the bodies of letters; of those that cannot be read it is said why.
fn bodies<T: DeserializeOwned>(batch: &[Envelope]) -> (Read<'_, T>, Said) {
    let (mut read, mut said) = (vec![], vec![]);
    for letter in batch {
        match serde_json::from_str(&letter.body) {
            Ok(body) => read.push((letter, body)),
            Err(error) => said.push((letter.id.to_string(), format!("cannot be read: {error}"))),
        }
    }
    (read, said)
}

fn refusals(report: proto::common::DeliveryReport) -> impl Iterator<Item = (String, String)> {
    report.deliveries.into_iter().map(|delivery| (delivery.message_id, delivery.refusal))
}
