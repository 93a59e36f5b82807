//! Pools and imports.

use proto::Violation;
use proto::licensekey as pb;
use proto::licensekey::import_keys_request::Part;
use rpc::{Fields, Violations, name, wire};
use vocab::RequestId;
use zeroize::Zeroizing;

use crate::domain::{Counts, KeyImport, KeyKind, Pool, SkuName};

/// What the first message of an import says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The import's own id.
    pub id: RequestId,
    /// Whose keys.
    pub sku: SkuName,
    /// Of which kind.
    pub kind: KeyKind,
    /// On how many devices each can be activated; `None` where the purchase's quantity says.
    pub activation_limit: Option<i64>,
}

/// Reads the first message of an import.
///
/// # Errors
///
/// [`Violations`] if it is no header, or a wrong one.
pub fn pool_header(message: Option<&pb::ImportKeysRequest>) -> Result<Header, Violations> {
    let Some(Part::Header(header)) = message.and_then(|message| message.part.as_ref()) else {
        return Err(wrong("header", "must be the first message, before any chunk"));
    };
    let mut fields = Fields::of(header);
    let sku = fields.parse::<name::Sku>("sku", &header.sku);
    let kind = fields.keep("kind", kind(header.kind));
    let id = fields.parse::<RequestId>("request_id", &header.request_id);
    let activation_limit = Some(header.activation_limit).filter(|limit| *limit != 0);
    let read = sku.map(sku_name).zip(kind).zip(id);
    fields.finish(read.map(|((sku, kind), id)| Header { id, sku, kind, activation_limit }))
}

/// Reads a further message of an import: a piece of the file.
///
/// # Errors
///
/// [`Violations`] if it is none.
pub fn chunk(message: pb::ImportKeysRequest) -> Result<Zeroizing<Vec<u8>>, Violations> {
    match message.part {
        Some(Part::Chunk(chunk)) => Ok(Zeroizing::new(chunk)),
        Some(Part::Header(_)) => Err(wrong("header", "must be sent once, and first")),
        None => Err(wrong("chunk", "is required")),
    }
}

/// Reads the name of a SKU.
///
/// # Errors
///
/// [`Violations`] if it is none.
pub fn sku(request: &pb::GetKeyPoolRequest) -> Result<SkuName, Violations> {
    let mut fields = Fields::of(request);
    let sku = fields.parse::<name::Sku>("sku", &request.sku);
    fields.finish(sku.map(sku_name))
}

/// Checks a request that has nothing but pages.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn checked(request: &pb::ListKeyPoolsRequest) -> Result<(), Violations> {
    Fields::of(request).finish(Some(()))
}

/// Reads the name of an import.
///
/// # Errors
///
/// [`Violations`] if it is none.
pub fn import_name(request: &pb::GetKeyImportRequest) -> Result<RequestId, Violations> {
    let mut fields = Fields::of(request);
    let name = fields.parse::<name::KeyImport>("name", &request.name);
    fields.finish(name.map(|name| name.0))
}

/// Checks a request to put a new master key to use.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn rotation(request: &pb::RotateMasterKeyRequest) -> Result<(), Violations> {
    Fields::of(request).finish(Some(()))
}

/// Writes what an import did, over all attempts.
pub fn imported(
    import: &KeyImport,
    resumed_line_count: i64,
    pool: pb::KeyPool,
) -> pb::ImportKeysResponse {
    let Counts { lines: _, imported, duplicates, malformed, malformed_lines } = &import.counts;
    pb::ImportKeysResponse {
        imported_count: *imported,
        duplicate_count: *duplicates,
        malformed_lines: malformed_lines.clone(),
        malformed_count: *malformed,
        pool: Some(pool),
        name: name::KeyImport(import.id).to_string(),
        resumed_line_count,
    }
}

/// Writes how far an import is.
pub fn key_import(import: &KeyImport) -> pb::KeyImport {
    let Counts { lines, imported, duplicates, malformed, malformed_lines } = &import.counts;
    pb::KeyImport {
        name: name::KeyImport(import.id).to_string(),
        sku: import.sku.to_string(),
        finished: import.is_finished,
        line_count: *lines,
        imported_count: *imported,
        duplicate_count: *duplicates,
        malformed_count: *malformed,
        malformed_lines: malformed_lines.clone(),
        update_time: Some(wire::timestamp(import.updated_at)),
    }
}

/// Writes a pool, and at how many keys left it is low.
pub fn key_pool(pool: &Pool, low_water: i64) -> pb::KeyPool {
    let Pool { sku, available_count, assigned_count, revoked_count } = pool;
    pb::KeyPool {
        name: sku.pool(),
        sku: sku.to_string(),
        available_count: *available_count,
        assigned_count: *assigned_count,
        revoked_count: *revoked_count,
        low: *available_count <= low_water,
        low_water_count: low_water,
    }
}

pub(super) fn kind(value: i32) -> Result<KeyKind, wire::Unspecified> {
    match pb::KeyKind::try_from(value) {
        Ok(pb::KeyKind::Mak) => Ok(KeyKind::Mak),
        Ok(pb::KeyKind::Kms) => Ok(KeyKind::Kms),
        Ok(pb::KeyKind::Unspecified) | Err(_) => Err(wire::Unspecified),
    }
}

fn sku_name(name::Sku(product, sku): name::Sku) -> SkuName {
    SkuName { product, sku }
}

fn wrong(field: &str, description: &str) -> Violations {
    Violations(vec![Violation { field: field.to_owned(), description: description.to_owned() }])
}
