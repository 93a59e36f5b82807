//! How soon `tenure up` serves, and how much memory it takes while nobody calls.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{Instant, sleep};

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::fleet::wait_until_serving;
use crate::load::micros;
use crate::process::{Memory, Spawned, free_port, tenure};
use crate::report::{Report, say};

/// What was needed for the start has been given back by then.
const REST: Duration = Duration::from_secs(3);

/// A start, and the rest after it.
struct Start {
    micros: u64,
    memory: Memory,
}

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let name = format!("tenure-benches-{}", vocab::IdGen::random().uuid());
    let home = std::env::temp_dir().join(name);
    let measured = starts(&home, plan.rounds).await;
    std::fs::remove_dir_all(&home).context("the folder of the benchmark")?;
    let (first, again) = measured?;

    let times = |starts: &[Start]| {
        Figure::new(Unit::Micros, starts.iter().map(|start| start.micros).collect())
    };
    let memory = |of: fn(Memory) -> u64| {
        Figure::new(Unit::KibiBytes, again.iter().map(|start| of(start.memory)).collect())
    };
    let mut report = Report::default();
    report.line("`tenure up`: first start, with keys and databases to make", times(&first), None);
    report.line("`tenure up`: start", times(&again), None);
    report.line("`tenure up`: resident at rest", memory(|it| it.resident), None);
    report.line("`tenure up`: peak since start", memory(|it| it.peak), None);
    Ok(report)
}

/// Starts in new folders, then as often in one that is there.
async fn starts(home: &Path, rounds: u32) -> anyhow::Result<(Vec<Start>, Vec<Start>)> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        say(format!("starts of `tenure up`, round {}", round + 1));
        let folder = home.join(round.to_string());
        std::fs::create_dir_all(&folder)?;
        first.push(start(&folder).await?);
        again.push(start(&folder).await?);
    }
    Ok((first, again))
}

/// From the start of the process to its first answer that it serves.
async fn start(data: &Path) -> anyhow::Result<Start> {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let tenure = tenure()?;
    let began = Instant::now();
    let mut up = Spawned::new(
        Command::new(tenure)
            .args(["up", "--listen", &address.to_string(), "--data"])
            .arg(data)
            .current_dir(data),
    )?;
    wait_until_serving(address, "`tenure up`").await?;
    let micros = micros(began.elapsed());
    sleep(REST).await;
    let memory = up.memory()?;
    up.stop()?;
    Ok(Start { micros, memory })
}
