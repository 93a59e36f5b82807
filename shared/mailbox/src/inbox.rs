//! What was taken from others, so that twice is once.

use std::collections::BTreeSet;

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::MessageId;
use worker::Progress;

/// Rows forgotten at a time: few enough to hold up nobody.
const FORGOTTEN_MAX: u32 = 2_000;

// Ordered, so that two takers of the same letters wait for one another and never in a circle.
static TAKE: Stmt = Stmt {
    pg: "INSERT INTO inbox (message_id, taken_at)
         SELECT v.message_id, $2 FROM unnest($1) AS v (message_id) ORDER BY v.message_id
         ON CONFLICT DO NOTHING RETURNING message_id",
    lite: "INSERT INTO inbox (message_id, taken_at)
           SELECT unhex(value), $2 FROM json_each($1) WHERE TRUE
           ON CONFLICT DO NOTHING RETURNING message_id",
};

static FORGET: Stmt = sql!(
    "DELETE FROM inbox WHERE message_id" any_open
    "SELECT message_id FROM inbox WHERE taken_at < $1 ORDER BY taken_at LIMIT $2" any_close
);

/// Notes messages as taken, in the transaction of their effect; returns for each whether it is new.
///
/// Of an id that comes several times, only the first can be new. While another transaction has taken
/// the same message and not ended, this waits for how it ends.
///
/// # Errors
///
/// As any statement; no message is then taken.
pub async fn take(tx: &mut Tx, ids: &[MessageId], now: Timestamp) -> Result<Vec<bool>, DbError> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = TAKE.bind(uuids).bind(now).fetch_all(tx).await?;
    let mut new = rows.iter().map(|row| row.get(0)).collect::<Result<BTreeSet<Uuid>, _>>()?;
    Ok(ids.iter().map(|id| new.remove(&id.0)).collect())
}

/// Forgets some of the messages that were taken before `before`; [`Progress::More`] says that there may
/// be others.
///
/// A message that arrives once more after it was forgotten is taken for new: keep them for longer than
/// any sender keeps trying, an operator's second try of a parked letter included.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<Progress, DbError> {
    let forgotten = FORGET.bind(before).bind(FORGOTTEN_MAX).execute(tx).await?;
    Ok(if forgotten < u64::from(FORGOTTEN_MAX) { Progress::Idle } else { Progress::More })
}
