//! Entries of the audit log on PostgreSQL: appended over gRPC, durable and provable, against plain
//! set-based inserts of the very same rows; and how fast they are verified, against only reading them.

use std::sync::Arc;

use access::Claims;
use anyhow::ensure;
use audit_verify::{Key, database};
use clock::{Clock, SystemClock};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{self as pb, GetCheckpointRequest};
use proto::common::MessageHeader;
use sqlx::{AssertSqlSafe, Connection, Row};
use tenure::client::Client;
use tokio::time::Instant;

use crate::Plan;
use crate::figure::{Figure, Unit, per_second};
use crate::host::Host;
use crate::load::micros;
use crate::postgres::Postgres;
use crate::report::{Report, say};

/// As many entries as a mailbox sends at once, and fewer.
const BATCHES: [u32; 2] = [100, 1];
/// Of entries that come alone only so many: each is a commit of its own.
const SINGLE_MAX: u32 = 2_000;
/// The database.
const LOG: &str = "audit_log";
/// The columns of an entry, for rows that are sent as one array a column.
const COLUMNS: &str = "entry_index bigint, entry_id uuid, appended_at timestamptz, \
    occurred_at timestamptz, test_clock_at timestamptz, service text, actor text, \
    actor_salt bytea, actor_hash bytea, partner_id uuid, customer_id uuid, action text, \
    resource text, outcome text, reason text, details jsonb, leaf_hash bytea";

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let mut report = Report::default();
    let (mut verified, mut read) = (Vec::new(), Vec::new());
    for batch in BATCHES {
        let count = if batch == 1 { plan.entries.min(SINGLE_MAX) } else { plan.entries };
        let (mut appended, mut inserted) = (Vec::new(), Vec::new());
        for round in 0..plan.rounds {
            say(format!("audit log, batches of {batch}, round {}", round + 1));
            postgres.create(LOG, "template1").await?;
            appended.push(append(&postgres, count, batch).await?);
            if batch != 1 {
                verified.push(verify(&postgres, count).await?);
                read.push(only_read(&postgres, count).await?);
            }
            inserted.push(insert(&postgres, count, batch).await?);
        }
        let rate = |values| Figure::new(Unit::PerSecond, values);
        let name = format!("audit log, batches of {batch}: entries appended");
        report.line(name, rate(appended), Some(rate(inserted)));
    }
    let rate = |values| Figure::new(Unit::PerSecond, values);
    report.line("audit log: entries verified", rate(verified), Some(rate(read)));
    Ok(report)
}

fn url(postgres: &Postgres) -> String {
    format!("{}?schema=audit", postgres.url(LOG))
}

/// Appends over gRPC, one batch after the other, and returns how many entries that were a second.
async fn append(postgres: &Postgres, count: u32, batch: u32) -> anyhow::Result<u64> {
    let mut host = Host::new(Arc::new(SystemClock)).await?;
    let config = audit::Config { db_url: url(postgres), ..audit::Config::default() };
    audit::start(config, &host.process.clone(), &mut host.routes).await?;
    let running = host.serve()?;
    let mut log = AuditServiceClient::new(running.client(&Claims::service("benches")).await?);
    let ids = vocab::IdGen::random();
    let batches: Vec<_> =
        (0..count / batch).map(|_| (0..batch).map(|_| entry(&ids)).collect::<Vec<_>>()).collect();
    let began = Instant::now();
    for entries in batches {
        let answer = log.append_entries(pb::AppendEntriesRequest { entries }).await?.into_inner();
        ensure!(answer.receipts.iter().all(|one| one.refusal.is_empty()), "an entry was refused");
    }
    let took = micros(began.elapsed());
    sign(&mut log, count / batch * batch).await?;
    running.stop().await?;
    Ok(per_second(u64::from(count / batch * batch), took))
}

async fn sign(log: &mut AuditServiceClient<Client>, count: u32) -> anyhow::Result<()> {
    let signed = log.get_checkpoint(GetCheckpointRequest {}).await?.into_inner();
    ensure!(signed.size == i64::from(count), "{} entries were signed for", signed.size);
    Ok(())
}

/// Returns an entry of the usual size, as license-key writes it.
fn entry(ids: &vocab::IdGen) -> pb::Entry {
    let (partner, customer, order) = (ids.uuid(), ids.uuid(), ids.uuid());
    let header = MessageHeader { message_id: ids.uuid().to_string(), ..MessageHeader::default() };
    let details = [("product", "windows-server-2022-standard"), ("sku", "windows-server/0001")];
    pb::Entry {
        header: Some(header),
        occurred_time: Some(rpc::wire::timestamp(SystemClock.now())),
        test_clock_time: None,
        service: "license-key".to_owned(),
        actor: "ada@partner.example".to_owned(),
        partner: format!("partners/{partner}"),
        customer: format!("customers/{customer}"),
        action: "RevealProductKey".to_owned(),
        resource: format!("customers/{customer}/orders/{order}"),
        outcome: pb::Outcome::Done.into(),
        reason: String::new(),
        details: details.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// Verifies the whole log with the crate that shares no code with it: one core hashes, and waits for
/// the database in between.
async fn verify(postgres: &Postgres, count: u32) -> anyhow::Result<u64> {
    let no_keys: Vec<Key> = vec![];
    let began = Instant::now();
    let report = database::check(&url(postgres), "tenure.dev/audit", no_keys, None).await?;
    let took = micros(began.elapsed());
    ensure!(report.finding.is_none() && report.size == i64::from(count), "{report:?}");
    Ok(per_second(u64::from(count), took))
}

/// Reads all rows, a thousand at a time, and looks at none.
async fn only_read(postgres: &Postgres, count: u32) -> anyhow::Result<u64> {
    let mut connection = postgres.connect(LOG).await?;
    let began = Instant::now();
    for first in (0..i64::from(count)).step_by(1_000) {
        let rows = sqlx::query(
            "SELECT * FROM audit.entries WHERE entry_index >= $1 ORDER BY entry_index LIMIT 1000",
        );
        ensure!(!rows.bind(first).fetch_all(&mut connection).await?.is_empty(), "no rows");
    }
    Ok(per_second(u64::from(count), micros(began.elapsed())))
}

/// Writes the rows of the log into a table with the same columns and indexes, and without anything
/// that makes them provable. Reading them into memory is not counted.
async fn insert(postgres: &Postgres, count: u32, batch: u32) -> anyhow::Result<u64> {
    let make = "CREATE SCHEMA plain;
                CREATE TABLE plain.entries (LIKE audit.entries INCLUDING ALL);
                CHECKPOINT";
    postgres.run(LOG, make).await?;
    let mut connection = postgres.connect(LOG).await?;
    let names: Vec<&str> =
        COLUMNS.split(", ").filter_map(|column| column.split(' ').next()).collect();
    let aggregates: Vec<_> =
        names.iter().map(|name| format!("array_agg({name}::text ORDER BY entry_index)")).collect();
    let read = format!(
        "SELECT {} FROM audit.entries WHERE entry_index >= $1 AND entry_index < $2",
        aggregates.join(", ")
    );
    let typed: Vec<_> = COLUMNS.split(", ").map(|column| column.replacen(' ', "::", 1)).collect();
    let arrays: Vec<_> = (1..=names.len()).map(|number| format!("${number}::text[]")).collect();
    let (names, typed, arrays) = (names.join(", "), typed.join(", "), arrays.join(", "));
    let write = format!(
        "INSERT INTO plain.entries ({names}) SELECT {typed} FROM unnest({arrays}) AS v ({names})"
    );
    let mut took = 0;
    for first in (0..i64::from(count / batch * batch)).step_by(usize::try_from(batch)?) {
        let row = sqlx::query(AssertSqlSafe(read.as_str()));
        let row = row.bind(first).bind(first + i64::from(batch)).fetch_one(&mut connection).await?;
        let mut query = sqlx::query(AssertSqlSafe(write.as_str()));
        for column in 0..row.len() {
            query = query.bind(row.try_get::<Vec<Option<String>>, _>(column)?);
        }
        let began = Instant::now();
        let mut tx = connection.begin().await?;
        let written = query.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        took += micros(began.elapsed());
        ensure!(written == u64::from(batch), "{written} rows were written");
    }
    Ok(per_second(u64::from(count / batch * batch), took))
}
