//! Step 3: keys are imported, one is revealed, and the log shows who saw it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{ListActivityRequest, LoggedEntry};
use proto::licensekey::software_service_client::SoftwareServiceClient;
use proto::licensekey::{
    KeyKind, ListSoftwareRequest, RevealProductKeyRequest, RevealProductKeyResponse,
};
use tonic::{Response, Status};
use vocab::calendar::day_of;

use super::lines::{at, note, step};
use super::purchase::Purchase;
use super::stage::{Stage, must_refuse, ok};
use crate::client::Client;
use crate::import::{import_keys, request_id};

const KEYS: &str = include_str!("../../../../deploy/sample/keys.txt");
const SKU: &str = "products/windows-server-2022/skus/windows-server-2022-standard";

/// Imports keys, reveals one, reads the log.
pub async fn tell(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    step(3, "Keys are imported, one is revealed, and the log knows who saw it.");
    let imported = import_keys(stage.as_operator(), SKU, KEYS.as_bytes().to_vec()).await?;
    at(stage.now, format!("{} keys imported, encrypted at rest", imported.imported_count));

    wait_until_listed(stage, &purchase.perpetual).await?;
    let revealed = ok(reveal(stage.as_agent()?, &purchase.perpetual, KeyKind::Mak).await)?;
    at(stage.now, format!("anna reveals a key: {}…", revealed.product_key.get(..8).unwrap_or("")));
    note(format!("recorded first, as {}", revealed.audit_entry));

    let refused = must_refuse(
        reveal(stage.as_agent()?, &purchase.perpetual, KeyKind::Kms).await,
        "KMS_NOT_OFFERED",
    )?;
    at(stage.now, format!("a KMS key is refused: {}", refused.message));

    let entries = who_saw_keys(stage).await?;
    if entries.len() < 2 {
        bail!("the log shows {} attempts at keys, and there were two", entries.len());
    }
    at(stage.now, "albert reads the activity log");
    let outcomes: BTreeMap<i32, &str> = BTreeMap::from([(1, "done"), (2, "refused")]);
    for logged in &entries {
        let entry = logged.entry.as_ref().context("an entry is missing")?;
        let outcome = outcomes.get(&entry.outcome).copied().unwrap_or("?");
        note(format!("{} {} {outcome} {}", entry.actor, entry.action, entry.reason));
        if entry.details.values().any(|value| value.contains(&revealed.product_key)) {
            bail!("the log holds a key");
        }
    }
    Ok(())
}

/// Asks for a key.
pub async fn reveal(
    agent: Client,
    subscription: &str,
    kind: KeyKind,
) -> Result<Response<RevealProductKeyResponse>, Status> {
    let request = RevealProductKeyRequest {
        subscription: subscription.to_owned(),
        request_id: request_id(),
        kind: kind.into(),
    };
    SoftwareServiceClient::new(agent).reveal_product_key(request).await
}

async fn wait_until_listed(stage: &Stage, subscription: &str) -> anyhow::Result<()> {
    for _ in 0..200 {
        let request = ListSoftwareRequest {
            parent: stage.customer.name.clone(),
            ..ListSoftwareRequest::default()
        };
        let mut client = SoftwareServiceClient::new(stage.as_agent()?);
        let listed = ok(client.list_software(request).await)?;
        if listed.software.iter().any(|software| software.subscription == subscription) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("license-key did not hear of the purchase in time")
}

/// The attempts at keys today, refused ones included; the last ones may still be on their way.
async fn who_saw_keys(stage: &Stage) -> anyhow::Result<Vec<LoggedEntry>> {
    let mut entries = vec![];
    for _ in 0..200 {
        let today = rpc::wire::date(day_of(clock::Clock::now(&clock::SystemClock)));
        let request = ListActivityRequest {
            from: Some(today),
            to: Some(today),
            filter: "action = RevealProductKey".to_owned(),
            ..ListActivityRequest::default()
        };
        let mut client = AuditServiceClient::new(stage.as_account_admin()?);
        entries = ok(client.list_activity(request).await)?.entries;
        if entries.len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(entries)
}
