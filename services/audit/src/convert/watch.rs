//! The feed: cursors in, pieces out.

use proto::audit as pb;
use rpc::{Fields, Violations, wire};

use super::entry::logged;
use crate::domain::{FeedStart, Stretch};

/// Reads where the feed begins.
///
/// # Errors
///
/// [`Violations`] for a text that is no cursor, and for two beginnings.
pub fn watch(request: &pb::WatchEntriesRequest) -> Result<FeedStart, Violations> {
    let mut fields = Fields::of(request);
    let cursor = match request.resume_cursor.as_str() {
        "" => Some(0),
        text => {
            let read = text.parse().ok().filter(|position| 0 <= *position);
            fields.keep("resume_cursor", read.ok_or("is not a cursor that was handed out"))
        }
    };
    let at = request.start_time.as_ref();
    let at = at.and_then(|at| fields.keep("start_time", wire::instant(at)));
    if !request.resume_cursor.is_empty() && request.start_time.is_some() {
        fields.wrong("start_time", "cannot be set together with resume_cursor");
    }
    fields.finish(at.map(FeedStart::At).or(cursor.map(FeedStart::Behind)))
}

/// Writes a piece of the feed; without entries it is a heartbeat.
pub fn stretch(stretch: &Stretch) -> pb::WatchEntriesResponse {
    pb::WatchEntriesResponse {
        entries: stretch.entries.iter().map(logged).collect(),
        cursor: stretch.position.to_string(),
    }
}
