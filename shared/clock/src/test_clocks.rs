//! A service's own copy of the test clocks: a customer may live on one, and then that clock's time is
//! the time for all that is theirs.

use std::sync::Arc;

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;
use vocab::{ClockId, calendar::whole_millisecond};

use crate::Clock;

/// The table, for the migrations of each service that serves customers on test clocks.
pub const TEST_CLOCKS: &str = "CREATE TABLE test_clocks (
    clock_id {uuid} PRIMARY KEY,
    now_at {ts} NOT NULL
) {strict};
";

static NOW: Stmt = sql!("SELECT now_at FROM test_clocks WHERE clock_id = $1");

static SET: Stmt = sql!(
    "INSERT INTO test_clocks (clock_id, now_at) VALUES ($1, $2)
     ON CONFLICT (clock_id) DO UPDATE SET now_at = excluded.now_at
     WHERE test_clocks.now_at < excluded.now_at"
);

/// Why a clock cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// This service has not heard of the test clock.
    #[error("the test clock {0} is not known here")]
    Unknown(ClockId),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The real clock and the test clocks, by one question.
#[derive(Debug, Clone)]
pub struct Clocks {
    real: Arc<dyn Clock>,
}

impl Clocks {
    /// Returns clocks of which `real` is the one for everybody who is on no test clock.
    pub fn new(real: Arc<dyn Clock>) -> Self {
        Self { real }
    }

    /// Returns the present instant of the real clock.
    pub fn real_now(&self) -> Timestamp {
        self.real.now()
    }

    /// Returns the present instant on `clock`, or on the real clock if there is none.
    ///
    /// # Errors
    ///
    /// [`ClockError::Unknown`] if the clock was never [`set`](Self::set) here.
    pub async fn now(&self, tx: &mut Tx, clock: Option<ClockId>) -> Result<Timestamp, ClockError> {
        let Some(id) = clock else { return Ok(self.real.now()) };
        let row = NOW.bind(id.0).fetch_optional(tx).await?.ok_or(ClockError::Unknown(id))?;
        Ok(row.get(0)?)
    }

    /// Creates a test clock or moves it forward, never backwards; returns whether it moved.
    pub async fn set(&self, tx: &mut Tx, clock: ClockId, at: Timestamp) -> Result<bool, DbError> {
        Ok(SET.bind(clock.0).bind(whole_millisecond(at)).execute(tx).await? > 0)
    }
}
