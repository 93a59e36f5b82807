//! Names that are to be erased, and how many were.

use proto::audit as pb;
use rpc::{Fields, Violations};

use crate::domain::{ERASED, Erased, ITSELF};

/// Reads whose name is to be erased.
///
/// # Errors
///
/// [`Violations`] with all that is malformed; the services' own names are no personal data.
pub fn erase(request: &pb::ErasePersonalDataRequest) -> Result<String, Violations> {
    let mut fields = Fields::of(request);
    if request.actor == ERASED {
        fields
            .wrong("actor", format!("is {ERASED}, which stands for names that are erased already"));
    }
    if request.actor == ITSELF {
        fields.wrong("actor", "is the log itself, and no person");
    }
    fields.finish(Some(request.actor.clone()))
}

/// Writes what was erased.
pub fn erased(erased: &Erased) -> pb::ErasePersonalDataResponse {
    let Erased { count, record } = erased;
    pb::ErasePersonalDataResponse {
        erased_count: *count,
        record: record.map_or_else(String::new, |index| format!("entries/{index}")),
    }
}
