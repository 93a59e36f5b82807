//! Step 1: what there is to sell, and who sells it to whom.

use std::time::Duration;

use anyhow::{Context, bail};
use proto::catalog::{GetOfferRequest, ImportCatalogHeader};
use proto::order::{CreateCartRequest, LineItem};

use super::stage::{Stage, must_be, ok};
use super::timeline::{amount, at, note, often, step};
use crate::import::{import_catalog, request_id, sha256};

const CATALOG: &str = include_str!("../../../../deploy/sample/catalog.yaml");
/// order follows the catalog; its copy is complete well within this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Imports the sample catalog and shows some of it.
pub async fn tell(stage: &mut Stage) -> anyhow::Result<()> {
    step(1, "A price list is imported. Its prices are invented.");
    let header = ImportCatalogHeader {
        request_id: request_id(),
        file_sha256: sha256(CATALOG.as_bytes()),
        ..ImportCatalogHeader::default()
    };
    let file = CATALOG.as_bytes().to_vec();
    let imported = import_catalog(stage.as_operator(), header, file).await?;
    let revision = imported.revision.context("the import made no revision")?;
    at(stage.now, format!("revision {}: {} offers", revision.number, revision.added_count));
    for offer in [
        "offers/windows-server-standard-p3y-triennial-us",
        "offers/rds-cal-2022-user-p1y-monthly-de",
        "offers/m365-business-standard-p1y-annual-au",
        "offers/azure-vm-d4s-v5-p3y-triennial-br",
    ] {
        show(stage, offer).await?;
    }
    at(
        stage.now,
        format!(
            "{} sells in {}; {} is its customer",
            stage.partner.display_name, stage.partner.market, stage.customer.display_name
        ),
    );
    wait_until_sold(stage).await
}

async fn show(stage: &Stage, name: &str) -> anyhow::Result<()> {
    let request =
        GetOfferRequest { name: name.to_owned(), at: Some(rpc::wire::timestamp(stage.now)) };
    let offer = ok(stage.catalog().get_offer(request).await)?;
    let includes_tax = matches!(offer.market.as_str(), "AU" | "BR");
    must_be("tax_included", &offer.tax_included, &includes_tax)?;
    let tax = if offer.tax_included { ", tax included" } else { "" };
    note(format!(
        "{} in {}: {}{tax}, {} {}",
        offer.title,
        offer.market,
        amount(offer.price.as_ref())?,
        offer.term_length,
        often(offer.billing_cycle),
    ));
    Ok(())
}

/// order keeps its own copy of the catalog: waits until it has arrived.
async fn wait_until_sold(stage: &Stage) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let request = CreateCartRequest {
            parent: stage.customer.name.clone(),
            request_id: request_id(),
            lines: vec![LineItem {
                offer: "offers/office-365-e1-p1m-monthly-de".to_owned(),
                quantity: 1,
                ..LineItem::default()
            }],
            ..CreateCartRequest::default()
        };
        let Err(status) = stage.orders()?.create_cart(request).await else { return Ok(()) };
        if deadline <= tokio::time::Instant::now() {
            bail!("order did not hear of the catalog in time: {}", crate::client::explain(&status));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
