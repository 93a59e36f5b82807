//! A PostgreSQL server of this run's own: durable, with the settings that it comes with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::process::free_port;

/// Where Debian keeps its versions.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Who owns the databases.
const USER: &str = "tenure";

/// The server; stopped and deleted when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    home: PathBuf,
    port: u16,
    runs_as_root: bool,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts its server.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(&[])
    }

    /// As [`start`](Self::start), with settings that a measurement needs, each `name=value`.
    pub fn start_with(extra: &[&str]) -> anyhow::Result<Self> {
        let runs_as_root = output(Command::new("id").arg("-u"))?.trim() == "0";
        let name = format!("tenure-benches-{}", vocab::IdGen::random().uuid());
        let home = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&home)?;
        let server = Self { programs: programs()?, home, port: free_port()?, runs_as_root };
        if runs_as_root {
            output(Command::new("chown").arg("postgres").arg(&server.home))?;
        }
        let data = server.home.join("data");
        let initdb = &mut server.as_owner("initdb");
        output(initdb.arg("-D").arg(&data).args([
            "-U",
            USER,
            "--auth=trust",
            "--no-locale",
            "-E",
            "UTF8",
        ]))?;
        let mut settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            server.port,
            server.home.display()
        );
        for setting in extra {
            settings.push_str(" -c ");
            settings.push_str(setting);
        }
        let start = &mut server.as_owner("pg_ctl");
        start.arg("-D").arg(&data).arg("-l").arg(server.home.join("log"));
        let started =
            start.args(["-s", "-w", "-o", &settings, "start"]).stdout(Stdio::null()).status()?;
        ensure!(started.success(), "PostgreSQL did not start");
        Ok(server)
    }

    /// Returns the URL of a database, without a query.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Connects to a database.
    pub async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        let options: PgConnectOptions = self.url(database).parse()?;
        Ok(options.connect().await?)
    }

    /// Runs statements in a database.
    pub async fn run(&self, database: &str, statements: &str) -> anyhow::Result<()> {
        let mut connection = self.connect(database).await?;
        let run = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await;
        run.with_context(|| statements.chars().take(200).collect::<String>())?;
        Ok(connection.close().await?)
    }

    /// Makes a database, and flushes everything, so that what is measured next begins with a clean
    /// slate.
    pub async fn create(&self, database: &str, template: &str) -> anyhow::Result<()> {
        self.run("postgres", &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await?;
        let create = format!("CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY");
        self.run("postgres", &create).await?;
        self.run("postgres", "CHECKPOINT").await
    }

    /// Makes a database for a role that is no superuser, and returns the URL by which that role has it.
    pub async fn create_owned(&self, database: &str, role: &str) -> anyhow::Result<String> {
        self.run("postgres", &format!("CREATE ROLE {role} LOGIN")).await?;
        self.create(database, "template0").await?;
        self.run("postgres", &format!("ALTER DATABASE {database} OWNER TO {role}")).await?;
        Ok(format!("postgres://{role}@127.0.0.1:{}/{database}", self.port))
    }

    /// Returns a client program of PostgreSQL, with the server to which it connects.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-U", USER, "-p", &self.port.to_string()]);
        command
    }

    /// Copies a schema from one database to another.
    pub fn copy_schema(&self, schema: &str, from: &str, to: &str) -> anyhow::Result<()> {
        let mut dump = self
            .client("pg_dump")
            .args(["-n", schema, from])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run pg_dump")?;
        let piped = dump.stdout.take().context("pg_dump says nothing")?;
        let load = &mut self.client("psql");
        let loaded = load.args(["-q", "-v", "ON_ERROR_STOP=1", to]).stdin(piped);
        let loaded = loaded.stdout(Stdio::null()).status()?;
        ensure!(dump.wait()?.success() && loaded.success(), "a schema could not be copied");
        Ok(())
    }

    /// Returns a path for a file of this run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// PostgreSQL refuses to run as root: as root, it runs as the user that its package made.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command =
            Command::new(if self.runs_as_root { Path::new("runuser") } else { &program });
        if self.runs_as_root {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        command.current_dir(&self.home);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = &mut self.as_owner("pg_ctl");
        stop.arg("-D").arg(self.home.join("data")).args(["-s", "-m", "immediate", "-w", "stop"]);
        drop(stop.stderr(Stdio::null()).status());
        drop(std::fs::remove_dir_all(&self.home));
    }
}

/// Runs a program and returns what it says.
///
/// # Errors
///
/// When it fails, with what it says of that.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the folder of the newest PostgreSQL; Debian keeps it off the path.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(number).map(|path| path.join("bin"));
    newest.filter(|bin| bin.join("initdb").exists()).context(
        "PostgreSQL is missing; install the server, 15 or newer (Debian: apt-get install postgresql)",
    )
}
