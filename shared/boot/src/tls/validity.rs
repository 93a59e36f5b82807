//! Until when certificates are valid: the one thing that is read of them here. Whether they are to be believed
//! is rustls' to say.

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use rustls::pki_types::CertificateDer;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which the first versions left out.
const EXPLICIT_0: u8 = 0xa0;

/// Returns the instant at which the first of these certificates ends.
///
/// # Errors
///
/// What is no certificate, or none at all.
pub(crate) fn end_of(chain: &[CertificateDer<'_>]) -> anyhow::Result<Timestamp> {
    let ends = chain.iter().map(|certificate| {
        not_after(certificate).ok_or_else(|| anyhow!("it holds what is no certificate"))
    });
    let ends = ends.collect::<anyhow::Result<Vec<_>>>()?;
    ends.into_iter().min().context("it holds no certificate")
}

/// `Certificate` of RFC 5280, down to `validity.notAfter`.
fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (signed, _) = element(certificate, SEQUENCE)?;
    let (mut rest, _) = element(signed, SEQUENCE)?;
    if let Some((_, after)) = element(rest, EXPLICIT_0) {
        rest = after;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, rest) = element(rest, tag)?;
    }
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, rest) = time(validity)?;
    time(rest).map(|(not_after, _)| not_after)
}

fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = if let Some((text, rest)) = element(der, UTC_TIME) {
        let text = std::str::from_utf8(text).ok()?;
        // Of a year of two digits RFC 5280 says that it is before 2050.
        let century = if text < "50" { "20" } else { "19" };
        (format!("{century}{text}"), rest)
    } else {
        let (text, rest) = element(der, GENERALIZED_TIME)?;
        (std::str::from_utf8(text).ok()?.to_owned(), rest)
    };
    let read: DateTime = strtime::parse("%Y%m%d%H%M%SZ", text).ok()?.to_datetime().ok()?;
    Some((TimeZone::UTC.to_timestamp(read).ok()?, rest))
}

/// Splits an element of a kind from what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *found != tag {
        return None;
    }
    let (length, rest) = match usize::from(*length) {
        short @ 0..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add(usize::from(*digit))
            });
            (length?, rest)
        }
    };
    rest.split_at_checked(length)
}
