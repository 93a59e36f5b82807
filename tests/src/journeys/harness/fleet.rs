//! The five services as five processes, each of which can be killed, frozen, and started again on its
//! port and its database.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};

use tenure::keys::Secrets;
use testkit::Backend;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::binary::tenure;
use super::desk::{Desk, Doors, channel};
use super::patience::eventually;
use super::place::Place;
use super::ports;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Catalog,
    Order,
    Lifecycle,
    LicenseKey,
    Audit,
}

use Service::{Audit, Catalog, LicenseKey, Lifecycle, Order};

impl Service {
    pub const ALL: [Self; 5] = [Audit, Catalog, Order, Lifecycle, LicenseKey];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Catalog => "catalog",
            Order => "order",
            Lifecycle => "lifecycle",
            LicenseKey => "license-key",
            Audit => "audit",
        }
    }

    /// The name under which health knows it, once its database answers.
    const fn health(self) -> &'static str {
        match self {
            Catalog => "tenure.catalog.v1.CatalogService",
            Order => "tenure.order.v1.OrderService",
            Lifecycle => "tenure.lifecycle.v1.SubscriptionService",
            LicenseKey => "tenure.licensekey.v1.SoftwareService",
            Audit => "tenure.audit.v1.AuditService",
        }
    }

    /// Whom it calls.
    const fn peers(self) -> &'static [Self] {
        match self {
            Catalog => &[Order, Audit],
            Lifecycle => &[Catalog, Order, LicenseKey, Audit],
            Order | LicenseKey => &[Catalog, Lifecycle, Audit],
            Audit => &[],
        }
    }

    /// Its name in the environment: `LICENSE_KEY`.
    pub fn prefix(self) -> String {
        self.name().replace('-', "_").to_uppercase()
    }
}

/// The name by which health tells that a process answers, whatever is the matter with its database.
const LIVENESS: &str = "liveness";

/// Five processes.
#[derive(Debug)]
pub struct Fleet {
    running: BTreeMap<Service, Child>,
    ports: BTreeMap<Service, u16>,
    secrets: Secrets,
    extra: Vec<(String, String)>,
    place: Place,
}

impl Fleet {
    /// Starts all five and waits until all are healthy.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// As [`start`](Self::start), with further keys of every service's configuration.
    pub async fn start_with(backend: Backend, keys: &[(&str, &str)]) -> Self {
        Self::start_at(Place::fresh(backend), keys).await
    }

    /// As [`start`](Self::start), at a place and with further keys of every service's configuration.
    pub async fn start_at(place: Place, keys: &[(&str, &str)]) -> Self {
        let mut fleet = Self {
            running: BTreeMap::new(),
            ports: Service::ALL.map(|service| (service, ports::free())).into(),
            secrets: Secrets::random().expect("keys"),
            extra: keys.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            place,
        };
        fleet.place.write("private.pem", &fleet.secrets.private_key);
        fleet.place.write("public.pem", &fleet.secrets.public_key);
        for service in Service::ALL {
            fleet.spawn(service);
        }
        for service in Service::ALL {
            fleet.wait_until_healthy(service).await;
        }
        fleet
    }

    /// Returns where to call, and with whose word.
    pub fn desk(&self) -> Desk {
        let doors = self.ports.iter().map(|(service, port)| (*service, channel(*port)));
        Desk::new(Doors(doors.collect()), &self.secrets)
    }

    /// Returns where a service is, as others are told.
    pub fn uri(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.ports[&service])
    }

    /// Ends a process as a power cut would.
    pub fn kill(&mut self, service: Service) {
        let mut child = self.running.remove(&service).expect("a service that runs");
        child.kill().expect("SIGKILL");
        child.wait().expect("the end of a process");
    }

    /// Starts a process that was killed, where it was, and waits until it is healthy.
    pub async fn restart(&mut self, service: Service) {
        self.spawn(service);
        self.wait_until_healthy(service).await;
    }

    /// Ends a process as an operator does, and returns how it ended.
    pub async fn stop(&mut self, service: Service) -> ExitStatus {
        let mut child = self.running.remove(&service).expect("a service that runs");
        send_signal(&child, "TERM");
        eventually("the end of a service", || {
            let ended = child.try_wait().expect("the state of a process");
            async move { ended.ok_or("it still runs") }
        })
        .await
    }

    /// Returns what a service answers to the probe for readiness, and to that for liveness.
    pub async fn probed(&self, service: Service) -> Result<(ServingStatus, ServingStatus), String> {
        let ask = |name| told_of(channel(self.ports[&service]), name);
        Ok((ask(service.health()).await?, ask(LIVENESS).await?))
    }

    /// Stops a process in the middle of whatever it does; those who call it hang.
    pub fn freeze(&self, service: Service) {
        self.signal(service, "STOP");
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self, service: Service) {
        self.signal(service, "CONT");
    }

    fn signal(&self, service: Service, signal: &str) {
        let Some(child) = self.running.get(&service) else { return };
        send_signal(child, signal);
    }

    fn spawn(&mut self, service: Service) {
        let log = File::options().create(true).append(true).open(self.log(service));
        let child = tenure()
            .args(["serve", service.name()])
            .envs(self.environment(service))
            // Spans and metrics, where they are collected, leave soon: in milliseconds.
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "200")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn();
        self.running.insert(service, child.expect("a process of a service"));
    }

    /// Returns a command of an operator, who has the configuration of all five services.
    pub fn operator(&self) -> Command {
        let mut command = tenure();
        command.envs(Service::ALL.iter().flat_map(|service| self.environment(*service)));
        command
    }

    fn environment(&self, service: Service) -> Vec<(String, String)> {
        let uri = |peer: &Service| format!("http://127.0.0.1:{}", self.ports[peer]);
        let file = |name: &str| self.place.folder().join(name).display().to_string();
        let mut keys = vec![
            ("DB_URL".to_owned(), self.place.databases().url(service.name())),
            ("SERVER__LISTEN".to_owned(), format!("127.0.0.1:{}", self.ports[&service])),
            ("SERVER__SEAL_SECRET".to_owned(), self.secrets.seal.clone()),
            ("AUTH__PUBLIC_KEYS".to_owned(), format!("[{:?}]", file("public.pem"))),
            ("IDENTITY__PRIVATE_KEY".to_owned(), file("private.pem")),
        ];
        for peer in service.peers() {
            keys.push((format!("PEERS__{}", peer.prefix()), uri(peer)));
        }
        if service == Order {
            // An order is answered when it is accepted, so that there is a moment before it is
            // fulfilled, however slow this machine is.
            keys.push(("PATIENCE__BY_DEFAULT".to_owned(), "1ms".to_owned()));
        }
        if service == Lifecycle {
            keys.push(("TEST_CLOCKS".to_owned(), "true".to_owned()));
        }
        if service == LicenseKey {
            keys.push(("MASTER_KEY".to_owned(), self.secrets.master_key.clone()));
            keys.push(("DOWNLOADS__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        }
        keys.extend(self.extra.iter().cloned());
        keys.into_iter()
            .map(|(key, value)| (format!("{}__{key}", service.prefix()), value))
            .collect()
    }

    async fn wait_until_healthy(&mut self, service: Service) {
        let channel = channel(self.ports[&service]);
        let log = self.log(service);
        let child = self.running.get_mut(&service).expect("a service that runs");
        eventually(&format!("the start of {}", service.name()), || {
            let ended = child.try_wait().expect("the state of a process");
            assert!(
                ended.is_none(),
                "{} ended with {ended:?}: {}",
                service.name(),
                std::fs::read_to_string(&log).unwrap_or_default()
            );
            health(channel.clone(), service)
        })
        .await;
    }

    fn log(&self, service: Service) -> std::path::PathBuf {
        self.place.folder().join(format!("{}.log", service.name()))
    }

    /// Fails if a process panicked, or said that it met a fault of its own. That others are away is
    /// none: what is done beside the calls then fails, and is tried again.
    pub fn assert_no_faults(&self) {
        const TRIED_AGAIN: &str = "a background tick failed and will be tried again";
        for (service, line) in self.lines() {
            let is_fault = line.contains("\"level\":\"ERROR\"") && !line.contains(TRIED_AGAIN);
            let is_panic = line.contains("panicked at");
            assert!(!is_fault && !is_panic, "{} met a fault: {line}", service.name());
        }
    }

    /// Returns every file that the processes have written: their logs and, on SQLite, their databases.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let given = ["private.pem", "public.pem"];
        let files = std::fs::read_dir(self.place.folder()).expect("a folder").map(|entry| {
            let entry = entry.expect("a file");
            (entry.file_name().display().to_string(), std::fs::read(entry.path()).expect("a file"))
        });
        files.filter(|(name, _)| !given.contains(&name.as_str())).collect()
    }

    /// Returns the keys that only its processes know.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn lines(&self) -> Vec<(Service, String)> {
        let of = |service: Service| {
            let text = std::fs::read_to_string(self.log(service)).unwrap_or_default();
            text.lines().map(|line| (service, line.to_owned())).collect::<Vec<_>>()
        };
        Service::ALL.into_iter().flat_map(of).collect()
    }
}

/// Fails unless the service says that it can serve.
async fn health(channel: Channel, service: Service) -> Result<(), String> {
    let status = told_of(channel, service.health()).await?;
    if status == ServingStatus::Serving { Ok(()) } else { Err(format!("{status:?}")) }
}

/// Returns what health tells under a name.
async fn told_of(channel: Channel, name: &str) -> Result<ServingStatus, String> {
    let request = HealthCheckRequest { service: name.to_owned() };
    let answer = HealthClient::new(channel).check(request).await;
    Ok(answer.map_err(|error| error.to_string())?.into_inner().status())
}

/// Sends a signal by its name, as `kill` knows it.
pub fn send_signal(child: &Child, signal: &str) {
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", signal, &child.id().to_string()])
        .status()
        .expect("a shell");
    assert!(sent.success(), "the signal {signal} could not be sent");
}

impl Drop for Fleet {
    #[expect(clippy::print_stderr, reason = "a journey that fails shows what its processes said")]
    fn drop(&mut self) {
        for child in self.running.values_mut() {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
        let lines = if std::thread::panicking() { self.lines() } else { vec![] };
        for (service, line) in lines.iter().filter(|(_, line)| !line.contains("\"INFO\"")) {
            eprintln!("{}: {line}", service.name());
        }
    }
}
