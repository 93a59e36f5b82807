//! Imports files: a price list, or product keys.

mod progress;
mod told;

use std::convert::Infallible;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::import_catalog_request::Part as CatalogPart;
use proto::catalog::import_catalog_with_progress_request::Part as LargePart;
use proto::catalog::{
    CatalogFormat, ImportCatalogHeader, ImportCatalogRequest, ImportCatalogResponse,
    ImportCatalogWithProgressRequest, ImportCatalogWithProgressResponse,
};
use proto::licensekey::import_keys_request::Part as KeysPart;
use proto::licensekey::key_pool_service_client::KeyPoolServiceClient;
use proto::licensekey::{
    GetKeyImportRequest, ImportKeysHeader, ImportKeysRequest, ImportKeysResponse, KeyKind,
};
use uuid::Uuid;

use crate::cli::{note, say};
use crate::client::{self, Client, Connection};
use progress::Bar;

/// Pieces well below the largest message that a server takes.
const CHUNK_BYTES: usize = 256 * 1024;

/// How often somebody who waits for a long import hears of it.
const PROGRESS_REST: Duration = Duration::from_millis(500);

/// A price list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure import catalog prices.yaml --validate-only    what would change
  tenure import catalog prices.csv --effective-from 2026-02-01T00:00:00Z --address catalog:7101

A terminal shows how far it is. It is all or nothing: an import that broke off changed nothing.")]
pub struct CatalogOptions {
    /// The file.
    file: PathBuf,
    /// Shows what would change (the first hundred differences), and changes nothing.
    #[arg(long)]
    validate_only: bool,
    /// From when it is in force; what the file says when absent.
    #[arg(long)]
    effective_from: Option<Timestamp>,
    /// Writes a JSON object, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Product keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure import keys deploy/sample/keys.txt --sku products/windows-server-2022/skus/windows-server-2022-standard
  tenure import keys keys.txt --sku … --resume ID      goes on with an import that broke off

A terminal shows how far it is.")]
pub struct KeysOptions {
    /// The file: one key a line.
    file: PathBuf,
    /// The SKU: `products/PRODUCT/skus/SKU`.
    #[arg(long)]
    sku: String,
    /// On how many devices each key can be activated; as many as were bought when absent.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    activations: i64,
    /// The id of an import that broke off, to go on with it.
    #[arg(long)]
    resume: Option<Uuid>,
    /// Writes a JSON object, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Imports a price list and says how much changed, or (as a dry run) what would.
///
/// # Errors
///
/// A file that cannot be read, or that the catalog refuses, with lines and columns.
pub async fn catalog(options: CatalogOptions) -> anyhow::Result<()> {
    let (file_sha256, bytes) = sha256_of(&options.file)?;
    let client = client::of(&options.connection).await?;
    let header = ImportCatalogHeader {
        request_id: request_id(),
        validate_only: options.validate_only,
        effective_time: options.effective_from.map(rpc::wire::timestamp),
        file_sha256,
        format: format_of(&options.file).into(),
    };
    let mut bar = Bar::new();
    let show = |now: &_| bar.show(progress::of_catalog(bytes, now));
    let imported = import_large(client, header, &options.file, show).await?;
    drop(bar);
    if options.json {
        say(told::catalog(&imported, options.validate_only));
        return Ok(());
    }
    if options.validate_only {
        imported.differences.iter().for_each(say);
    }
    match imported.revision {
        None => say("nothing changed"),
        Some(revision) => say(format!(
            "revision {}: {} offers added, {} changed, {} withdrawn{}",
            revision.number,
            revision.added_count,
            revision.changed_count,
            revision.withdrawn_count,
            if options.validate_only { " (dry run: nothing was imported)" } else { "" },
        )),
    }
    Ok(())
}

/// Sends a price list piece by piece, however large it is, and tells how far that is.
///
/// # Errors
///
/// A file that cannot be read; what the catalog refuses.
pub async fn import_large(
    client: Client,
    header: ImportCatalogHeader,
    path: &Path,
    mut tell: impl FnMut(&ImportCatalogWithProgressResponse),
) -> anyhow::Result<ImportCatalogResponse> {
    let mut file = open(path)?;
    let chunks = std::iter::from_fn(move || {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        // What cannot be read is missing at the other end, which then compares hashes.
        let limit = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let count = file.by_ref().take(limit).read_to_end(&mut chunk).unwrap_or_default();
        (0 < count).then_some(chunk)
    });
    let parts = std::iter::once(LargePart::Header(header)).chain(chunks.map(LargePart::Chunk));
    let requests = parts.map(|part| ImportCatalogWithProgressRequest { part: Some(part) });
    let mut client = CatalogServiceClient::new(client);
    let answer = client.import_catalog_with_progress(tokio_stream::iter(requests)).await;
    let mut news = answer.map_err(|status| client::refused(&status))?.into_inner();
    while let Some(now) = news.message().await.map_err(|status| client::refused(&status))? {
        tell(&now);
        if let Some(outcome) = now.outcome {
            return Ok(outcome);
        }
    }
    anyhow::bail!("the catalog did not say how the import ended; repeat it")
}

/// Imports product keys and says how many.
///
/// # Errors
///
/// A file that cannot be read, a SKU that is none.
pub async fn keys(options: KeysOptions) -> anyhow::Result<()> {
    let file = read(&options.file)?;
    let client = client::of(&options.connection).await?;
    let id = options.resume.map_or_else(request_id, |id| id.to_string());
    note(format!("import {id}; if it breaks off, say the same again with --resume {id}"));
    let header = ImportKeysHeader {
        sku: options.sku,
        kind: KeyKind::Mak.into(),
        request_id: id.clone(),
        activation_limit: options.activations,
    };
    let lines = u64::try_from(file.split(|byte| *byte == b'\n').count())?;
    let imported = tokio::select! {
        imported = send_keys(client.clone(), header, &file) => imported?,
        never = show_progress(client, &id, lines) => match never {},
    };
    if options.json {
        say(told::keys(&id, &imported));
        return Ok(());
    }
    say(format!(
        "{} keys imported, {} were known already, {} lines are no keys",
        imported.imported_count, imported.duplicate_count, imported.malformed_count,
    ));
    if !imported.malformed_lines.is_empty() {
        say(format!("lines that are no keys: {:?}", imported.malformed_lines));
    }
    Ok(())
}

/// Sends a price list in pieces.
///
/// # Errors
///
/// What the catalog refuses.
pub async fn import_catalog(
    client: Client,
    header: ImportCatalogHeader,
    file: Vec<u8>,
) -> anyhow::Result<ImportCatalogResponse> {
    let head = std::iter::once(CatalogPart::Header(header));
    let parts = head.chain(chunks(&file).map(CatalogPart::Chunk));
    let requests = parts.map(|part| ImportCatalogRequest { part: Some(part) });
    let stream = tokio_stream::iter(requests.collect::<Vec<_>>());
    let answer = CatalogServiceClient::new(client).import_catalog(stream).await;
    answer.map(tonic::Response::into_inner).map_err(|status| client::refused(&status))
}

/// Shows how far an import is, now and again, until it is dropped.
async fn show_progress(client: Client, id: &str, lines: u64) -> Infallible {
    let mut bar = Bar::new();
    if !bar.is_shown() {
        return std::future::pending().await;
    }
    let name = format!("keyImports/{id}");
    let mut client = KeyPoolServiceClient::new(client);
    loop {
        tokio::time::sleep(PROGRESS_REST).await;
        // Before the first batch there is nothing to say, and whatever else is wrong the import tells.
        if let Ok(answer) = client.get_key_import(GetKeyImportRequest { name: name.clone() }).await
        {
            bar.show(progress::of_keys(answer.into_inner().line_count, lines));
        }
    }
}

/// Sends product keys in pieces, as a new import.
///
/// # Errors
///
/// What license-key refuses.
pub async fn import_keys(
    client: Client,
    sku: &str,
    file: Vec<u8>,
) -> anyhow::Result<ImportKeysResponse> {
    let header = ImportKeysHeader {
        sku: sku.to_owned(),
        kind: KeyKind::Mak.into(),
        request_id: request_id(),
        activation_limit: 0,
    };
    send_keys(client, header, &file).await
}

async fn send_keys(
    client: Client,
    header: ImportKeysHeader,
    file: &[u8],
) -> anyhow::Result<ImportKeysResponse> {
    let head = std::iter::once(KeysPart::Header(header));
    let parts = head.chain(chunks(file).map(KeysPart::Chunk));
    let requests = parts.map(|part| ImportKeysRequest { part: Some(part) });
    let stream = tokio_stream::iter(requests.collect::<Vec<_>>());
    let answer = KeyPoolServiceClient::new(client).import_keys(stream).await;
    answer.map(tonic::Response::into_inner).map_err(|status| client::refused(&status))
}

fn chunks(file: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    file.chunks(CHUNK_BYTES).map(<[u8]>::to_vec)
}

/// Returns the hash by which a file that was damaged on its way is recognised.
pub fn sha256(file: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, file);
    hex(digest.as_ref())
}

/// Returns the hash of a file, and its size in bytes.
fn sha256_of(path: &Path) -> anyhow::Result<(String, u64)> {
    let mut file = open(path)?;
    let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let (mut piece, mut bytes) = (vec![0; CHUNK_BYTES], 0);
    loop {
        let read = file.read(&mut piece).with_context(|| cannot_read(path))?;
        if read == 0 {
            return Ok((hex(hash.finish().as_ref()), bytes));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        bytes += u64::try_from(read)?;
    }
}

/// Returns bytes as people compare them.
pub fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Returns a new request id.
pub fn request_id() -> String {
    vocab::IdGen::random().uuid().to_string()
}

/// A table is called so; everything else is a document.
fn format_of(path: &Path) -> CatalogFormat {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => CatalogFormat::Csv,
        Some(_) | None => CatalogFormat::Yaml,
    }
}

/// Returns what is in a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| cannot_read(path))
}

fn open(path: &Path) -> anyhow::Result<std::fs::File> {
    std::fs::File::open(path).with_context(|| cannot_read(path))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}
