//! Other programs: the `tenure` that was built beside this one, and how much memory it takes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::host::ANY_PORT;

/// A child that is killed when nobody needs it any more.
#[derive(Debug)]
pub struct Spawned(Child);

/// Memory of a process, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// What it takes now.
    pub resident: u64,
    /// The most that it ever took.
    pub peak: u64,
}

/// Returns the `tenure` of the same build.
///
/// # Errors
///
/// When there is none, with what to do.
pub fn tenure() -> anyhow::Result<PathBuf> {
    let path =
        std::env::current_exe().context("the path of this program")?.with_file_name("tenure");
    ensure!(path.exists(), "the binary is not built: run `cargo build --release -p tenure` first");
    Ok(path)
}

/// Returns a port that is free, or was a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(ANY_PORT)?.local_addr()?.port())
}

impl Spawned {
    /// Starts a program that says nothing.
    pub fn new(command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let program = Path::new(command.get_program()).to_owned();
        Ok(Self(command.spawn().with_context(|| format!("cannot run {}", program.display()))?))
    }

    /// Returns its memory.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn memory(&mut self) -> anyhow::Result<Memory> {
        ensure!(self.0.try_wait()?.is_none(), "the process has ended");
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        Memory::read(&status).context("the system does not tell how much memory a process takes")
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }
}

impl Memory {
    /// Reads what Linux says of a process.
    fn read(status: &str) -> Option<Self> {
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
        };
        Some(Self { resident: value("VmRSS")?, peak: value("VmHWM")? })
    }
}
