//! The story of a few purchases, played through the real servers on embedded databases and a test
//! clock. It ends well, or says which step did not.

mod cancellation;
mod closing;
mod keys;
mod lines;
mod opening;
mod purchase;
mod stage;
mod year;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use boot::{LogFormat, Telemetry, TelemetryConfig};
use clock::SystemClock;

use crate::cli::say;
use crate::keys::Secrets;
use crate::suite::{Databases, Plan, Suite};
use stage::Stage;

/// Plays the story with telemetry of its own.
///
/// # Errors
///
/// The step that failed, and why.
pub async fn run() -> anyhow::Result<()> {
    let telemetry = Telemetry::start(
        &TelemetryConfig {
            log_format: LogFormat::Human,
            log_filter: "error".to_owned(),
            ..TelemetryConfig::default()
        },
        "tenure-demo",
    )?;
    let played = play().await;
    telemetry.stop().await;
    played
}

/// Plays the story on embedded databases that nobody keeps.
///
/// # Errors
///
/// The step that failed, and why.
pub async fn play() -> anyhow::Result<()> {
    let folder = Folder::fresh()?;
    play_on(Databases::Folder(folder.0.clone())).await
}

/// Plays the story on databases that are empty.
///
/// # Errors
///
/// The step that failed, and why.
pub async fn play_on(databases: Databases) -> anyhow::Result<()> {
    let suite = Suite::start(Plan {
        databases,
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        downloads: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        clock: Arc::new(SystemClock),
        test_clocks: true,
        secrets: Secrets::random()?,
    })
    .await
    .context("starting the five services")?;
    say(format!(
        "Tenure plays a story: five services at {}, embedded databases, a test clock.",
        suite.address
    ));
    let told = tell(&suite).await;
    suite.stop().await.context("stopping the services")?;
    told?;
    say("\nThe story ends well: every figure is exact, and everything that must hold does.");
    Ok(())
}

async fn tell(suite: &Suite) -> anyhow::Result<()> {
    let mut stage = Stage::set(suite).await.context("calling the services")?;
    opening::tell(&mut stage).await.context("step 1, the catalog")?;
    let purchase = purchase::tell(&mut stage).await.context("step 2, the order")?;
    keys::tell(&stage, &purchase).await.context("step 3, the keys")?;
    cancellation::tell(&mut stage, &purchase).await.context("step 4, cancellations")?;
    year::tell(&mut stage, &purchase).await.context("step 5, a year")?;
    closing::tell(&stage, &purchase).await.context("step 6, the books")
}

/// A folder of its own for the databases, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn fresh() -> anyhow::Result<Self> {
        let id = vocab::IdGen::random().uuid();
        let path = std::env::temp_dir().join(format!("tenure-demo-{id}"));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = %error, "the demo's databases are left behind");
        }
    }
}
