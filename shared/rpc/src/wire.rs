//! The few wire types that every service converts: instants, dates, money, and the closed lists.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proto::common as pb;
use vocab::{BillingCycle, Cloud, Currency, Money, MoneyError, ProductKind, Segment};

/// An instant or a date that does not exist, or that nobody can mean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// Outside of the years 2000 to 2200, which every rule can compute with.
    #[error("lies outside of the years 2000 to 2200")]
    OutOfBounds,
    /// Not a date of the calendar.
    #[error("is not a date of the calendar")]
    NoSuchDate,
}

/// A value of a list that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not specified")]
pub struct Unspecified;

/// Writes an instant.
pub fn timestamp(instant: Timestamp) -> prost_types::Timestamp {
    let nanos = instant.subsec_nanosecond();
    let seconds = instant.as_second();
    // jiff counts negative fractions backwards; the wire counts all of them forwards.
    if nanos < 0 {
        prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 }
    } else {
        prost_types::Timestamp { seconds, nanos }
    }
}

/// Writes a length of time, in whole seconds.
pub const fn seconds(length: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: length.as_secs(), nanos: 0 }
}

/// Reads an instant, cut to whole milliseconds (TIM-6).
///
/// # Errors
///
/// [`BadTime::OutOfBounds`] outside of the years 2000 to 2200.
pub fn instant(timestamp: &prost_types::Timestamp) -> Result<Timestamp, BadTime> {
    let read =
        Timestamp::new(timestamp.seconds, timestamp.nanos).map_err(|_| BadTime::OutOfBounds)?;
    if !(2000..2200).contains(&vocab::calendar::day_of(read).year()) {
        return Err(BadTime::OutOfBounds);
    }
    Ok(vocab::calendar::whole_millisecond(read))
}

/// Writes a date.
pub fn date(date: Date) -> proto::Date {
    proto::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

/// Reads a date.
///
/// # Errors
///
/// [`BadTime::NoSuchDate`], [`BadTime::OutOfBounds`] outside of the years 2000 to 2200.
pub fn civil(date: &proto::Date) -> Result<Date, BadTime> {
    let year = i16::try_from(date.year).map_err(|_| BadTime::OutOfBounds)?;
    let month = i8::try_from(date.month).map_err(|_| BadTime::NoSuchDate)?;
    let day = i8::try_from(date.day).map_err(|_| BadTime::NoSuchDate)?;
    if !(2000..2200).contains(&year) {
        return Err(BadTime::OutOfBounds);
    }
    Date::new(year, month, day).map_err(|_| BadTime::NoSuchDate)
}

/// Writes an amount.
pub fn money(money: Money) -> proto::Money {
    let per_major = money.currency.minor_per_major();
    let nanos_per_minor = 1_000_000_000 / per_major;
    let nanos = (money.minor % per_major) * nanos_per_minor;
    proto::Money {
        currency_code: money.currency.code().to_owned(),
        units: money.minor / per_major,
        nanos: i32::try_from(nanos).unwrap_or_default(),
    }
}

/// Reads an amount.
///
/// # Errors
///
/// [`MoneyError`] for an unlisted currency, more decimals than it has (D-43), or an amount that
/// cannot be kept.
pub fn amount(money: &proto::Money) -> Result<Money, MoneyError> {
    let currency: Currency = money.currency_code.parse()?;
    let nanos_per_minor = 1_000_000_000 / currency.minor_per_major();
    let nanos = i64::from(money.nanos);
    if nanos % nanos_per_minor != 0 || nanos.abs() >= 1_000_000_000 {
        return Err(MoneyError::TooManyDecimals {
            amount: format!("{}.{:09}", money.units, nanos.abs()),
            currency,
            exponent: currency.exponent(),
        });
    }
    let minor = money
        .units
        .checked_mul(currency.minor_per_major())
        .and_then(|major| major.checked_add(nanos / nanos_per_minor))
        .ok_or(MoneyError::Overflow)?;
    Ok(Money::of_minor(minor, currency))
}

macro_rules! lists {
    ($($(#[$meta:meta])* $write:ident, $read:ident: $ours:ident <-> $theirs:ident { $($member:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        pub const fn $write(value: $ours) -> pb::$theirs {
            match value { $($ours::$member => pb::$theirs::$member),+ }
        }

        /// Reads a member of the list.
        ///
        /// # Errors
        ///
        /// [`Unspecified`] for zero and for a number that the list does not have.
        pub fn $read(value: i32) -> Result<$ours, Unspecified> {
            match pb::$theirs::try_from(value) {
                $(Ok(pb::$theirs::$member) => Ok($ours::$member),)+
                Ok(pb::$theirs::Unspecified) | Err(_) => Err(Unspecified),
            }
        }
    )+};
}

lists! {
    /// Writes a product's kind.
    product_kind, read_product_kind: ProductKind <-> ProductKind {
        LicenseBased, LicenseLegacy, SoftwareSubscription, SoftwarePerpetual, AzureReservation,
        IsvSaasLicense, IsvSaasMetered, LinuxPlan, Esu,
    }
    /// Writes a billing cycle.
    billing_cycle, read_billing_cycle: BillingCycle <-> BillingCycle {
        Monthly, Annual, Triennial, OneTime,
    }
    /// Writes a segment.
    segment, read_segment: Segment <-> Segment { Commercial, Education, Government, NonProfit }
    /// Writes a cloud.
    cloud, read_cloud: Cloud <-> Cloud { Commercial, UsGovernment }
}
