//! The services that a service calls: whether they answer, are those that they should be, and believe it.

use anyhow::Context;
use boot::{Peer, Process, TlsConfig};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::ListProductsRequest;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::common::GetBacklogRequest;
use proto::licensekey::inbox_service_client::InboxServiceClient as LicenseKeyInbox;
use proto::lifecycle::inbox_service_client::InboxServiceClient as LifecycleInbox;
use proto::order::inbox_service_client::InboxServiceClient as OrderInbox;
use tokio::time::timeout;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::finding::Finding;
use super::{PATIENCE, time};
use crate::cli::ServiceName;

/// How a peer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is the right one, and serves.
    Serves,
    /// It is the right one, and says that it cannot.
    CannotServe,
    /// Somebody else answers.
    IsSomebodyElse,
    /// Nobody answers; why.
    IsSilent(String),
}

/// What was seen of a peer.
#[derive(Debug)]
pub(super) struct Seen {
    /// What it says of itself.
    standing: Standing,
    /// How far its clock is ahead of ours, where it says what time it is.
    ahead: Option<SignedDuration>,
    /// Why it does not believe the service's own token, if it does not.
    disbelief: Option<String>,
    /// Until when its certificates are valid; `None` where it is called without.
    certificate: Option<anyhow::Result<Timestamp>>,
}

/// Asks a peer as the service itself does.
pub(super) async fn look(process: &Process, tls: &TlsConfig, peer: ServiceName, uri: &str) -> Seen {
    let certificate = if uri.starts_with("https:") {
        let end = timeout(PATIENCE, boot::peer_certificate_end(tls, uri)).await;
        Some(end.context("it takes too long").and_then(|end| end))
    } else {
        None
    };
    let silent =
        |why| Seen { standing: Standing::IsSilent(why), ahead: None, disbelief: None, certificate };
    let channel = match process.peer(uri) {
        Ok(channel) => channel,
        Err(why) => return silent(format!("{why:#}")),
    };
    let before = process.clock.now();
    let Ok((standing, told)) = timeout(PATIENCE, health(channel.clone(), peer)).await else {
        return silent("it takes too long".to_owned());
    };
    let ahead = told.map(|told| {
        // What is told was rounded down to the second.
        let whole = SignedDuration::from_secs(1);
        time::ahead(told, before - whole, process.clock.now())
    });
    let mut seen = Seen { ahead, ..silent(String::new()) };
    if standing == Standing::Serves || standing == Standing::CannotServe {
        seen.disbelief = timeout(PATIENCE, call(channel, peer)).await.ok().and_then(disbelief);
    }
    Seen { standing, ..seen }
}

/// Asks for the health of one service, and what time it is there.
async fn health(channel: Peer, peer: ServiceName) -> (Standing, Option<Timestamp>) {
    let mut health = HealthClient::new(channel);
    let request = HealthCheckRequest { service: health_name(peer).to_owned() };
    match health.check(request).await {
        Ok(answer) => {
            let told = answer.metadata().get("date").and_then(|date| date.to_str().ok());
            let told = told.and_then(|date| rfc2822::parse(date).ok());
            let serves = answer.get_ref().status() == ServingStatus::Serving;
            let standing = if serves { Standing::Serves } else { Standing::CannotServe };
            (standing, told.map(|told| told.timestamp()))
        }
        Err(status) if matches!(status.code(), Code::NotFound | Code::Unimplemented) => {
            (Standing::IsSomebodyElse, None)
        }
        Err(status) => (Standing::IsSilent(reason(&status)), None),
    }
}

/// Whoever is let in may still be told that a database is away.
fn disbelief(call: Result<(), Status>) -> Option<String> {
    let refused = call
        .err()
        .filter(|status| matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied));
    refused.map(|status| status.message().to_owned())
}

/// Calls what only those may call who are believed, and what changes nothing.
async fn call(channel: Peer, peer: ServiceName) -> Result<(), Status> {
    let ask = GetBacklogRequest {};
    match peer {
        ServiceName::Catalog => {
            let request = ListProductsRequest { page_size: 1, ..ListProductsRequest::default() };
            CatalogServiceClient::new(channel).list_products(request).await.map(drop)
        }
        ServiceName::Order => OrderInbox::new(channel).get_backlog(ask).await.map(drop),
        ServiceName::Lifecycle => LifecycleInbox::new(channel).get_backlog(ask).await.map(drop),
        ServiceName::LicenseKey => LicenseKeyInbox::new(channel).get_backlog(ask).await.map(drop),
        ServiceName::Audit => AuditServiceClient::new(channel).get_backlog(ask).await.map(drop),
    }
}

/// The name under which health knows a service.
const fn health_name(service: ServiceName) -> &'static str {
    match service {
        ServiceName::Catalog => "tenure.catalog.v1.CatalogService",
        ServiceName::Order => "tenure.order.v1.OrderService",
        ServiceName::Lifecycle => "tenure.lifecycle.v1.SubscriptionService",
        ServiceName::LicenseKey => "tenure.licensekey.v1.SoftwareService",
        ServiceName::Audit => "tenure.audit.v1.AuditService",
    }
}

/// Judges what was seen of a peer; the pair is what clocks may be apart, and the present.
pub(super) fn judge(
    service: ServiceName,
    peer: ServiceName,
    uri: &str,
    seen: Seen,
    (leeway, now): (SignedDuration, Timestamp),
) -> Vec<Finding> {
    let Seen { standing, ahead, disbelief, certificate } = seen;
    let name = peer.name();
    let about = format!("peer {name}");
    let mut findings = vec![stands(service, peer, uri, &standing)];
    if let Some(why) = disbelief {
        let text = format!("{uri} does not believe {}: {why}", service.name());
        findings.push(Finding::fine(service, about, text).wrong(format!(
            "put the public half of identity.private_key of {} into auth.public_keys of {name}, and restart \
             {name}; auth.issuer and auth.audience have to be the same for both",
            service.name()
        )));
    }
    findings.extend(ahead.map(|ahead| time::clock(service, name, ahead, leeway)));
    let about = format!("certificate of {name}");
    findings.extend(certificate.map(|end| time::certificate(service, about, end, now)));
    findings
}

fn stands(service: ServiceName, peer: ServiceName, uri: &str, standing: &Standing) -> Finding {
    let name = peer.name();
    let key = format!("peers.{}", name.replace('-', "_"));
    let found = |text: String| Finding::fine(service, format!("peer {name}"), text);
    match standing {
        Standing::Serves => found(format!("{uri} serves")),
        Standing::CannotServe => found(format!("{uri} answers, and says that it cannot serve"))
            .wrong(format!("see why with `tenure doctor {name}`: most often its database is away")),
        Standing::IsSomebodyElse => found(format!("{uri} answers, and is not {name}"))
            .wrong(format!("correct {key}: another service listens there")),
        Standing::IsSilent(why) => found(format!("{uri} does not answer: {why}"))
            .wrong(format!("start {name}, or correct {key} (https where it has certificates); letters to it are kept")),
    }
}

/// What a transport says is in its causes.
fn reason(status: &Status) -> String {
    let mut said = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests;
