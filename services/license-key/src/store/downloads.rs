//! What can be downloaded, as the catalog last said.

use db::{DbError, Stmt, Tx, sql, values, write_many};

use crate::domain::{Download, DownloadOption, SkuName};

static OF_SKU: Stmt = sql!(
    "SELECT version, language, file_type, artifact_uri FROM download_options
      WHERE product_id = $1 AND sku_id = $2 ORDER BY version, language, file_type"
);

static FORGET: Stmt = sql!("DELETE FROM download_options WHERE product_id = $1 AND sku_id = $2");

/// Returns what can be downloaded for a SKU.
///
/// # Errors
///
/// Those of the database.
pub async fn of_sku(tx: &mut Tx, sku: &SkuName) -> Result<Vec<Download>, DbError> {
    let rows = OF_SKU.bind(sku.product.as_str()).bind(sku.sku.as_str()).fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            let option = DownloadOption {
                version: row.get(0)?,
                language: row.get(1)?,
                file_type: row.get(2)?,
            };
            Ok(Download { option, artifact_uri: row.get(3)? })
        })
        .collect()
}

/// Replaces what can be downloaded for a SKU. Two at once leave what one of them wrote.
///
/// # Errors
///
/// Those of the database.
pub async fn replace(tx: &mut Tx, sku: &SkuName, downloads: &[Download]) -> Result<(), DbError> {
    FORGET.bind(sku.product.as_str()).bind(sku.sku.as_str()).execute(tx).await?;
    let row = |download: &Download| {
        let DownloadOption { version, language, file_type } = &download.option;
        values![
            sku.product.as_str(),
            sku.sku.as_str(),
            version,
            language,
            file_type,
            &download.artifact_uri
        ]
    };
    write_many(
        tx,
        "INSERT INTO download_options (product_id, sku_id, version, language, file_type, artifact_uri)",
        downloads.iter().map(row).collect(),
        "ON CONFLICT DO NOTHING",
    )
    .await
    .map(drop)
}
