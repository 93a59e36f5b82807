//! A PostgreSQL of a journey's own: to be stopped, killed, emptied and restored, which the one that all tests
//! share never is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vocab::IdGen;

use super::ports;

/// What is lost when the machine dies may be lost here; what is lost when PostgreSQL dies may not.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'
max_connections = 100
fsync = off
full_page_writes = off
synchronous_commit = on
";

/// How PostgreSQL ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As at a restart: connections are broken off, everything is written.
    Fast,
    /// As at a crash: nothing is written, and it recovers when it starts.
    Immediate,
}

/// A PostgreSQL that runs, or can.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one with an empty database, whose owner is no superuser.
    pub fn start() -> Self {
        Self::start_on(ports::free())
    }

    /// As [`start`](Self::start), on a port that nobody uses.
    pub fn start_on(port: u16) -> Self {
        let folder = std::env::temp_dir().join(format!("server_{}", IdGen::random().uuid()));
        std::fs::create_dir(&folder).expect("a folder for the server");
        let (programs, data) = (programs(), folder.join("data"));
        let server = Self { programs, folder, data, port };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&server.folder));
        }
        let with =
            ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
        run(server.program("initdb").arg("-D").arg(&server.data).args(with));
        let settings = server.data.join("postgresql.conf");
        let given = std::fs::read_to_string(&settings).expect("settings");
        let sockets = format!("unix_socket_directories = '{}'\n", server.folder.display());
        std::fs::write(&settings, given + SETTINGS + &sockets).expect("settings");
        server.start_again();
        server.sql("postgres", "CREATE ROLE tenure LOGIN");
        server.create();
        server
    }

    /// Returns the URL of the database, without a query.
    pub fn url(&self) -> String {
        format!("postgres://tenure@127.0.0.1:{}/tenure", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts what was stopped; returns when it takes connections.
    pub fn start_again(&self) {
        let options = format!("-p {}", self.port);
        let log = self.folder.join("server.log");
        run(self.control().arg("-l").arg(log).args(["-w", "-t", "60", "-o", &options, "start"]));
    }

    pub fn stop(&self, how: End) {
        let how = match how {
            End::Fast => "fast",
            End::Immediate => "immediate",
        };
        run(self.control().args(["-w", "-m", how, "stop"]));
    }

    /// Writes a copy of the database as it was at one instant into a file, and returns its path. Whoever
    /// owns the tables can do it, with the option that docs/operations.md names.
    pub fn dump(&self) -> PathBuf {
        let file = self.folder.join("tenure.dump");
        let how = ["--format=custom", "--enable-row-security", "--file"];
        run(self.program("pg_dump").args(how).arg(&file).arg(self.url()));
        file
    }

    /// Puts a copy in the place of the database.
    pub fn restore_dump(&self, file: &Path) {
        self.sql("postgres", "DROP DATABASE tenure");
        self.create();
        let how = ["--exit-on-error", "--no-owner", "--dbname"];
        run(self.program("pg_restore").args(how).arg(self.url()).arg(file));
    }

    /// Copies all the files while the server runs, with what makes them one instant, and returns the folder.
    pub fn base_backup(&self) -> PathBuf {
        let folder = self.folder.join("base");
        let port = self.port.to_string();
        let how = ["-X", "stream", "-c", "fast", "-U", "postgres", "-h", "127.0.0.1", "-p", &port];
        run(self.program("pg_basebackup").args(how).arg("-D").arg(&folder));
        folder
    }

    /// Puts a copy of all files in the place of those of the server, which must be stopped; it stays so.
    pub fn restore_base(&mut self, folder: PathBuf) {
        std::fs::remove_dir_all(&self.data).expect("the files of the server");
        self.data = folder;
    }

    fn create(&self) {
        self.sql("postgres", "CREATE DATABASE tenure OWNER tenure");
    }

    /// Runs a statement as whoever runs the server.
    fn sql(&self, database: &str, statement: &str) {
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}", self.port);
        run(self.program("psql").args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
            &url,
        ]));
    }

    fn control(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(&self.data).arg("-s");
        command
    }

    /// Returns a program of PostgreSQL, as a user as whom it runs: it refuses to be root's.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be stopped already; what stays behind in the folder for temporary files harms nobody.
        drop(self.control().args(["-m", "immediate", "stop"]).stderr(Stdio::null()).status());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Returns the folder of the newest PostgreSQL, where `./test` looks for it; Debian keeps it off the PATH.
fn programs() -> PathBuf {
    let version = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.parse::<u32>().unwrap_or_default()
    };
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed.map(|entry| entry.path()).max_by_key(version);
    newest.map(|version| version.join("bin")).unwrap_or_default()
}

fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").output().expect("id");
    asked.stdout.trim_ascii() == b"0"
}

/// Runs a command, which has to succeed.
fn run(command: &mut Command) {
    // A server that it starts keeps its output open: nobody waits for the end of that.
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let ended = ended.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    assert!(ended.success(), "{command:?} ended with {ended}");
}
