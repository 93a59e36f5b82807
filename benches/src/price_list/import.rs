//! A catalog of its own process imports a list; COPY writes the rows that came of it once more.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use access::{AuthConfig, Claims};
use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use proto::catalog::{CatalogFormat, ImportCatalogHeader};
use tenure::client::{connect, with_token};
use tenure::import::{import_large, request_id};
use tenure::keys::Secrets;
use tokio::time::{Instant, sleep};

use super::sheet::{self, Format};
use crate::Plan;
use crate::figure::{Figure, Unit, per_second};
use crate::host::{NOBODY, TOKEN_LIFETIME};
use crate::load::micros;
use crate::postgres::Postgres;
use crate::process::{Spawned, free_port, tenure};
use crate::report::{Report, say};

/// The database in which lists are imported.
const DATABASE: &str = "imported";
/// The earliest date of a table.
const SINCE: &str = "2026-01-01T00:00:00Z";
/// How often it is tried whether the catalog serves, ten times a second.
const TRIES: u32 = 200;

/// What one import took.
struct Imported {
    micros: u64,
    again_micros: u64,
    peak_kib: u64,
}

/// Measures.
pub async fn measure(plan: Plan, postgres: &Postgres, offers: u32) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (format, called) in [(Format::Csv, "table"), (Format::Yaml, "document")] {
        let file = postgres.file("list");
        let changed = postgres.file("changed");
        sheet::write(&file, format, offers, 10)?;
        sheet::write(&changed, format, offers, 11)?;
        let (mut imports, mut copies) = (vec![], vec![]);
        for round in 0..plan.rounds {
            say(format!("import of {offers} offers as a {called}, round {}", round + 1));
            imports.push(import(postgres, format, &file, &changed, offers).await?);
            copies.push(per_second(u64::from(offers), copy(postgres).await?));
        }
        let rate = |of: fn(&Imported) -> u64| {
            let rates = imports.iter().map(|one| per_second(u64::from(offers), of(one)));
            Figure::new(Unit::PerSecond, rates.collect())
        };
        let copies = Figure::new(Unit::PerSecond, copies);
        let peak = imports.iter().map(|one| one.peak_kib).collect();
        let name = |what: &str| format!("import of a {called} of {offers} offers: {what}");
        report.line(name("all new, against COPY"), rate(|one| one.micros), Some(copies.clone()));
        report.line(name("all changed, against COPY"), rate(|one| one.again_micros), Some(copies));
        report.line(name("peak memory"), Figure::new(Unit::KibiBytes, peak), None);
    }
    Ok(report)
}

async fn import(
    postgres: &Postgres,
    format: Format,
    file: &Path,
    changed: &Path,
    offers: u32,
) -> anyhow::Result<Imported> {
    postgres.create(DATABASE, "template0").await?;
    let secrets = Secrets::random()?;
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let config = configured(postgres, &secrets, address)?;
    let mut catalog =
        Spawned::new(Command::new(tenure()?).args(["serve", "catalog", "--config"]).arg(config))?;
    let mut tries = 0;
    let channel = loop {
        tries += 1;
        match connect(address).await {
            Ok(channel) => break channel,
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    };
    let signer = tenure::suite::signer(&secrets.private_key, &AuthConfig::default())?;
    let token = signer.sign(&Claims::operator("benches"), SystemClock.now(), TOKEN_LIFETIME)?;
    let client = with_token(channel, &token)?;
    let send = async |path: &Path| {
        let header = ImportCatalogHeader {
            request_id: request_id(),
            effective_time: Some(rpc::wire::timestamp(SINCE.parse()?)),
            format: match format {
                Format::Csv => CatalogFormat::Csv.into(),
                Format::Yaml => CatalogFormat::Yaml.into(),
            },
            ..ImportCatalogHeader::default()
        };
        let began = Instant::now();
        let imported = import_large(client.clone(), header, path, |_| {}).await?;
        let revision = imported.revision.context("nothing was imported")?;
        let count = revision.added_count + revision.changed_count;
        ensure!(count == i64::from(offers), "{count} offers were imported");
        anyhow::Ok(micros(began.elapsed()))
    };
    let (micros, again_micros) = (send(file).await?, send(changed).await?);
    let peak_kib = catalog.memory()?.peak;
    catalog.stop()?;
    Ok(Imported { micros, again_micros, peak_kib })
}

/// Copies the rows of the first import into a table of the same form; returns how long that took.
async fn copy(postgres: &Postgres) -> anyhow::Result<u64> {
    let rows = postgres.file("rows");
    let rows = rows.display();
    let prepare = format!(
        "COPY (SELECT * FROM catalog.offer_versions WHERE revision = 1) TO '{rows}';
         CREATE TABLE copied (LIKE catalog.offer_versions INCLUDING ALL); CHECKPOINT"
    );
    postgres.run(DATABASE, &prepare).await?;
    let mut connection = postgres.connect(DATABASE).await?;
    let began = Instant::now();
    let copy = format!("COPY copied FROM '{rows}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(copy)).execute(&mut connection).await?;
    Ok(micros(began.elapsed()))
}

/// Writes the configuration of a catalog whose peers are away.
fn configured(
    postgres: &Postgres,
    secrets: &Secrets,
    address: SocketAddr,
) -> anyhow::Result<std::path::PathBuf> {
    let text = format!(
        "db_url = \"{}?schema=catalog\"\n\
         [server]\nlisten = \"{address}\"\n\
         [auth]\npublic_keys = ['''{}''']\n\
         [identity]\nprivate_key = '''{}'''\n\
         [telemetry]\nlog_filter = \"off\"\n\
         [peers]\norder = \"{NOBODY}\"\naudit = \"{NOBODY}\"\n",
        postgres.url(DATABASE),
        secrets.public_key,
        secrets.private_key,
    );
    let path = postgres.file("catalog.toml");
    std::fs::write(&path, text).context("the configuration of the catalog")?;
    Ok(path)
}
