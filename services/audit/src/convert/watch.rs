//! The feed: cursors in, pieces out.

use proto::audit as pb;
use rpc::{Fields, Violations};

use super::entry::logged;
use crate::domain::Stretch;

/// Reads behind how many entries the feed is resumed: 0 at the beginning.
///
/// # Errors
///
/// [`Violations`] for a text that is no cursor.
pub fn watch(request: &pb::WatchEntriesRequest) -> Result<i64, Violations> {
    let mut fields = Fields::of(request);
    let cursor = match request.resume_cursor.as_str() {
        "" => Some(0),
        text => {
            let read = text.parse().ok().filter(|position| 0 <= *position);
            fields.keep("resume_cursor", read.ok_or("is not a cursor that was handed out"))
        }
    };
    fields.finish(cursor)
}

/// Writes a piece of the feed; without entries it is a heartbeat.
pub fn stretch(stretch: &Stretch) -> pb::WatchEntriesResponse {
    pb::WatchEntriesResponse {
        entries: stretch.entries.iter().map(logged).collect(),
        cursor: stretch.position.to_string(),
    }
}
