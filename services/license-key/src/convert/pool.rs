//! Pools and imports.

use proto::Violation;
use proto::licensekey as pb;
use proto::licensekey::import_keys_request::Part;
use rpc::{Fields, Violations, name, wire};
use zeroize::Zeroizing;

use crate::domain::{KeyKind, Pool, SkuName};

/// Reads the first message of an import: whose keys, and of which kind.
///
/// # Errors
///
/// [`Violations`] if it is no header, or a wrong one.
pub fn pool_header(
    message: Option<&pb::ImportKeysRequest>,
) -> Result<(SkuName, KeyKind), Violations> {
    let Some(Part::Header(header)) = message.and_then(|message| message.part.as_ref()) else {
        return Err(wrong("header", "must be the first message, before any chunk"));
    };
    let mut fields = Fields::of(header);
    let sku = fields.parse::<name::Sku>("sku", &header.sku);
    let kind = fields.keep("kind", kind(header.kind));
    fields.finish(sku.map(sku_name).zip(kind))
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

/// Writes what an import did: new keys, known keys, the first malformed lines and how many there are.
pub fn imported(
    (imported_count, duplicate_count): (i64, i64),
    (malformed_lines, malformed_count): (Vec<i64>, i64),
    pool: &Pool,
) -> pb::ImportKeysResponse {
    pb::ImportKeysResponse {
        imported_count,
        duplicate_count,
        malformed_lines,
        malformed_count,
        pool: Some(key_pool(pool)),
    }
}

/// Writes a pool.
pub fn key_pool(pool: &Pool) -> pb::KeyPool {
    let Pool { sku, available_count, assigned_count, revoked_count } = pool;
    pb::KeyPool {
        name: sku.pool(),
        sku: sku.to_string(),
        available_count: *available_count,
        assigned_count: *assigned_count,
        revoked_count: *revoked_count,
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
