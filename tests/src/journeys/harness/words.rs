//! What answers say beside their messages.

use tonic::{Response, Status};
use tonic_types::StatusExt;

/// Returns the reason of a refusal.
pub fn reason(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.unwrap_or_else(|| panic!("a refusal without details: {status:?}")).reason
}

/// Returns a value that a refusal carries; empty when it carries none.
pub fn value(status: &Status, name: &str) -> String {
    let info = status.get_details_error_info();
    info.and_then(|mut info| info.metadata.remove(name)).unwrap_or_default()
}

/// Returns the malformed fields that a refusal names, sorted.
pub fn fields(status: &Status) -> Vec<String> {
    let bad = status.get_details_bad_request();
    let each = bad.into_iter().flat_map(|bad| bad.field_violations);
    let mut fields: Vec<_> = each.map(|violation| violation.field).collect();
    fields.sort();
    fields
}

/// Whether an answer is that of an earlier call.
pub fn is_replayed<T>(answer: &Response<T>) -> bool {
    answer.metadata().get("tenure-replayed").is_some_and(|value| value == "true")
}
