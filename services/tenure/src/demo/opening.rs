//! Step 1: what there is to sell, and who sells it to whom.

use std::time::Duration;

use anyhow::Context;
use proto::catalog::{GetOfferRequest, ImportCatalogHeader};
use proto::order::{CreateCartRequest, ReviewCartRequest};

use super::lines::{amount, at, note, often, step};
use super::purchase::{shopping_list, unrefused};
use super::stage::{Stage, must_be, ok};
use crate::import::{import_catalog, request_id, sha256};

const CATALOG: &str = include_str!("../../../../deploy/sample/catalog.yaml");
/// order follows the catalog; its copy is complete well within this, on a busy machine too.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// order keeps its own copy of the catalog, which arrives piece by piece: waits until a review of all
/// that will be bought refuses nothing. A cart alone says nothing of it: it may name what is not known.
async fn wait_until_sold(stage: &Stage) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let Err(why) = review_all(stage).await else { return Ok(()) };
        if deadline <= tokio::time::Instant::now() {
            return Err(why.context("order did not hear of the catalog in time"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn review_all(stage: &Stage) -> anyhow::Result<()> {
    let request = CreateCartRequest {
        parent: stage.customer.name.clone(),
        request_id: request_id(),
        lines: shopping_list(),
        ..CreateCartRequest::default()
    };
    let cart = ok(stage.orders()?.create_cart(request).await)?;
    let review = ok(stage.orders()?.review_cart(ReviewCartRequest { name: cart.name }).await)?;
    unrefused(&review)
}
