//! The audit log away from its service: exported to a file, and verified by a crate that shares no
//! code with it. How a log is verified is not here (`audit-verify`).

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use audit_verify::file::{Entry, Line};
use audit_verify::hash::hex;
use audit_verify::{Head, Key, Report, database, file};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{self as pb, ExportLogRequest};
use serde_json::json;
use uuid::Uuid;

use crate::cli::say;
use crate::client::{self, Client, Connection};

/// A log, and what is trusted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure audit verify                             the log of `tenure up`
  tenure audit verify 'postgres://…?schema=audit' --key KEY --checkpoint kept.json
  tenure audit verify log.jsonl --json | jq .is_as_written

Exits with 1 if the log is not as it was written. A checkpoint that was kept elsewhere also finds a log that was
shortened or made anew: docs/audit-log.md.")]
pub struct VerifyOptions {
    /// The log: `sqlite:PATH`, `postgres://…?schema=audit`, or a file of `tenure audit export`. A
    /// database is only read, whether or not its service runs.
    #[arg(default_value = "sqlite:data/audit.db")]
    log: String,
    /// A public key that is trusted, as base64 (`ListSigningKeys`) or as a PEM file; may be given several
    /// times. Without one, the key that comes with the log is.
    #[arg(long)]
    key: Vec<String>,
    /// The name of the log in what was signed.
    #[arg(long, default_value = "tenure.dev/audit")]
    origin: String,
    /// A file with a signed head that an earlier check kept here; the log must go on from it. After a
    /// check that finds nothing the newest is kept there.
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Writes one JSON object, for programs.
    #[arg(long)]
    json: bool,
}

/// Where to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tenure audit export log.jsonl && tenure audit verify log.jsonl")]
pub struct ExportOptions {
    /// The file: a line of JSON for each key, signed head and entry.
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// Verifies a log, and names the first bad entry.
///
/// # Errors
///
/// What is wrong with the log, or why it cannot be read.
pub async fn verify(options: VerifyOptions) -> anyhow::Result<()> {
    let VerifyOptions { log, key, origin, checkpoint, json } = options;
    let keys = key.iter().map(|text| key_of(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let is_own = keys.is_empty();
    let kept = checkpoint.as_deref().map(kept).transpose()?.flatten();
    let report = if log.starts_with("sqlite:") || log.starts_with("postgres") {
        database::check(&log, &origin, keys, kept.as_ref()).await?
    } else {
        let open = || {
            let file = File::open(&log).with_context(|| format!("cannot read {log}"))?;
            Ok(BufReader::new(file))
        };
        file::check(open, keys, kept.as_ref())?
    };
    if json {
        say(as_json(&report, is_own));
    }
    judge(&report)?;
    if !json {
        tell(&report, is_own);
    }
    match (&checkpoint, &report.newest) {
        (Some(path), Some(head)) => keep(path, head),
        _ => Ok(()),
    }
}

/// Lets a log pass that is as it was written.
fn judge(report: &Report) -> anyhow::Result<()> {
    let Some(finding) = &report.finding else { return Ok(()) };
    let first = finding.first_bad.map_or_else(
        || "no entry is bad".to_owned(),
        |index| format!("the first bad entry is entries/{index}"),
    );
    bail!("the log is not as it was written: {}; {first}", finding.text);
}

fn tell(report: &Report, is_own: bool) {
    let Report { size, root, finding: _, signed, newest } = report;
    say(format!("{size} entries, root {}", hex(root)));
    match newest {
        Some(head) => say(format!("{signed} of them are signed for, last at {}", head.signed_at())),
        None => say("none of them is signed for: call GetCheckpoint now and then"),
    }
    if is_own {
        say("the key came with the log: pass --key, with one that was kept elsewhere");
    }
    say("every entry is as it was written");
}

fn as_json(report: &Report, is_own: bool) -> String {
    let Report { size, root, finding, signed, newest } = report;
    let value = json!({
        "entry_count": size,
        "root": hex(root),
        "signed_count": signed,
        "signed_at": newest.as_ref().map(|head| head.signed_at().to_owned()),
        "key_came_with_log": is_own,
        "is_as_written": finding.is_none(),
        "finding": finding.as_ref().map(|finding| finding.text.clone()),
        "first_bad": finding.as_ref().and_then(|finding| finding.first_bad),
    });
    value.to_string()
}

fn key_of(text: &str) -> anyhow::Result<Key> {
    let path = Path::new(text);
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { text.to_owned() };
    Key::of_text(&text).with_context(|| format!("--key {text}"))
}

/// Returns the head that is kept in a file; `None` where there is no file yet.
fn kept(path: &Path) -> anyhow::Result<Option<Head>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let head = serde_json::from_str(&text);
    Ok(Some(head.with_context(|| format!("{} holds no signed head", path.display()))?))
}

fn keep(path: &Path, head: &Head) -> anyhow::Result<()> {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, serde_json::to_string(head)?)
        .and_then(|()| std::fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Exports a log to a file.
///
/// # Errors
///
/// A file that cannot be written, and what the service refuses.
pub async fn export(options: ExportOptions) -> anyhow::Result<()> {
    let ExportOptions { file, connection } = options;
    let client = client::of(&connection).await?;
    let created = File::create(&file);
    let created = created.with_context(|| format!("cannot write {}", file.display()))?;
    let mut out = BufWriter::new(created);
    let count = write(client, &mut out).await?;
    out.into_inner().context("the file is not whole")?.sync_all()?;
    say(format!("{count} entries exported"));
    Ok(())
}

/// Writes a log as lines of JSON, and returns how many entries it has.
///
/// # Errors
///
/// What the service refuses, and what `out` does.
pub async fn write(client: Client, out: &mut impl Write) -> anyhow::Result<u64> {
    let exported = AuditServiceClient::new(client).export_log(ExportLogRequest {}).await;
    let mut pieces = exported.map_err(|status| client::refused(&status))?.into_inner();
    let mut count = 0;
    while let Some(piece) = pieces.message().await.map_err(|status| client::refused(&status))? {
        let pb::ExportLogResponse { keys, entries, checkpoints } = piece;
        let keys = keys.into_iter().map(|key| Line::Key(STANDARD.encode(key.public_key)));
        let heads = checkpoints.into_iter().map(|signed| {
            let pb::Checkpoint { text, signature, .. } = signed;
            Line::Head(Head { text, signature: STANDARD.encode(signature) })
        });
        let entries = entries.into_iter().map(entry).collect::<anyhow::Result<Vec<_>>>()?;
        count += u64::try_from(entries.len())?;
        let entries = entries.into_iter().map(|entry| Line::Entry(Box::new(entry)));
        for line in keys.chain(entries).chain(heads) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(count)
}

fn entry(logged: pb::LoggedEntry) -> anyhow::Result<Entry> {
    let said = logged.entry.context("an entry without content")?;
    let outcome = said.outcome().as_str_name().trim_start_matches("OUTCOME_").to_owned();
    let id = said.header.map(|header| header.message_id).unwrap_or_default();
    let clear = !logged.actor_erased;
    Ok(Entry {
        index: logged.index,
        id: id_bytes(&id)?,
        appended_at: micros(logged.append_time),
        occurred_at: micros(said.occurred_time),
        test_clock_at: said.test_clock_time.map(|at| micros(Some(at))),
        service: said.service,
        actor: Some(said.actor).filter(|_| clear),
        actor_salt: Some(STANDARD.encode(logged.actor_salt)).filter(|_| clear),
        actor_hash: STANDARD.encode(logged.actor_hash),
        partner: name_bytes(&said.partner)?,
        customer: name_bytes(&said.customer)?,
        action: said.action,
        resource: said.resource,
        outcome,
        reason: said.reason,
        details: said.details,
        leaf_hash: STANDARD.encode(logged.leaf_hash),
    })
}

fn micros(at: Option<prost_types::Timestamp>) -> i64 {
    let at = at.unwrap_or_default();
    at.seconds * 1_000_000 + i64::from(at.nanos / 1_000)
}

fn id_bytes(id: &str) -> anyhow::Result<String> {
    let id = Uuid::try_parse(id).with_context(|| format!("{id} is no UUID"))?;
    Ok(STANDARD.encode(id.as_bytes()))
}

/// Reads the UUID at the end of `partners/{partner}`; of no name, none.
fn name_bytes(name: &str) -> anyhow::Result<Option<String>> {
    let id = name.rsplit('/').next().filter(|id| !id.is_empty());
    id.map(id_bytes).transpose()
}
