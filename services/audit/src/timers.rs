//! The tick: forgets what nobody will ask for again. The log has no alarms.

use std::sync::Arc;
use std::time::Duration;

use worker::Progress;

use crate::app::App;
use crate::error::Error;

/// How often there is something to forget: the rows are few, so rarely.
pub const REST: Duration = Duration::from_hours(1);

/// Forgets a batch.
///
/// # Errors
///
/// Those of the database.
pub async fn tick(app: Arc<App>) -> Result<Progress, Error> {
    app.forget().await
}
