//! Clocks that are apart, and certificates that end.

use db::{Role, Survey};
use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;
use crate::cli::{ServiceName, stamp};

/// What a clock may be apart before anybody has to know. Answers of peers tell whole seconds.
const APART: SignedDuration = SignedDuration::from_secs(2);
/// Before the end of a certificate somebody should be told.
const RENEWAL: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Returns how far the database's clock is ahead of ours, which was read before and after.
pub(super) fn between(
    before: Timestamp,
    after: Timestamp,
    survey: Option<&Survey>,
) -> Option<SignedDuration> {
    let Role { now, .. } = survey?.role.as_ref()?;
    Some(ahead(*now, before, after))
}

/// Returns how far an instant lies after, or (negative) before, all that may have been the present.
pub(super) fn ahead(told: Timestamp, before: Timestamp, after: Timestamp) -> SignedDuration {
    if told < before {
        told.duration_since(before)
    } else if after < told {
        told.duration_since(after)
    } else {
        SignedDuration::ZERO
    }
}

/// Judges how far a clock is ahead of ours, negative for behind: `leeway` is what a token may be apart.
pub(super) fn clock(
    service: ServiceName,
    whose: &str,
    ahead: SignedDuration,
    leeway: SignedDuration,
) -> Finding {
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    let apart =
        SignedDuration::from_millis(i64::try_from(ahead.abs().as_millis()).unwrap_or(i64::MAX));
    let found = Finding::fine(
        service,
        format!("clock of {whose}"),
        format!("{apart:#} {way} the one here"),
    );
    let remedy =
        "let all machines take their time from the same servers (chrony, systemd-timesyncd)";
    if leeway < ahead.abs() {
        return found
            .wrong(format!("{remedy}: beyond auth.leeway ({leeway:#}) tokens are not believed"));
    }
    if APART < ahead.abs() {
        return found.doubtful(remedy);
    }
    Finding { text: "the same as here".to_owned(), ..found }
}

/// Judges until when a certificate is valid.
pub(super) fn certificate(
    service: ServiceName,
    about: String,
    end: anyhow::Result<Timestamp>,
    now: Timestamp,
) -> Finding {
    let remedy =
        "replace the files: they are read again within server.tls.reload_rest, without a restart";
    let end = match end {
        Ok(end) => end,
        Err(why) => {
            return Finding::fine(service, about, format!("{why:#}")).wrong(
                "see that certificate, private key and authorities are those of one another, and that the \
                 certificate names the host by which it is called",
            );
        }
    };
    let found = Finding::fine(service, about, format!("valid until {}", stamp(end)));
    if end <= now {
        Finding { text: format!("ended at {}", stamp(end)), ..found }.wrong(remedy)
    } else if end.duration_since(now) < RENEWAL {
        found.doubtful(remedy)
    } else {
        found
    }
}

#[cfg(test)]
mod tests;
