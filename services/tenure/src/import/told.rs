//! What an import did, for programs.

use proto::catalog::ImportCatalogResponse;
use proto::licensekey::ImportKeysResponse;
use serde_json::json;

/// Writes what became of a price list; the revision is null where nothing changed.
pub fn catalog(imported: &ImportCatalogResponse, is_dry_run: bool) -> String {
    let revision = imported.revision.as_ref().map(|revision| {
        json!({
            "number": revision.number,
            "added_count": revision.added_count,
            "changed_count": revision.changed_count,
            "withdrawn_count": revision.withdrawn_count,
        })
    });
    let differences = &imported.differences;
    json!({"revision": revision, "differences": differences, "is_dry_run": is_dry_run}).to_string()
}

/// Writes what became of keys; no key is in it.
pub fn keys(id: &str, imported: &ImportKeysResponse) -> String {
    let value = json!({
        "import": id,
        "imported_count": imported.imported_count,
        "duplicate_count": imported.duplicate_count,
        "malformed_count": imported.malformed_count,
        "malformed_lines": imported.malformed_lines,
    });
    value.to_string()
}
