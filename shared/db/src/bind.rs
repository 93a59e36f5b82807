//! Turns values into parameters, natively on each engine. The drivers' own support for uuid, time and
//! JSON stays off: it would store instants on SQLite as text that does not sort by time.

use jiff::{Span, Timestamp, civil::Date};
use sqlx::{
    Arguments, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo, types::Oid},
    sqlite::SqliteArguments,
};
use uuid::Uuid;

use crate::value::{Kind, Value};

/// The numbers that PostgreSQL gives its types, in `pg_type.dat`, once and for all.
pub(crate) mod oid {
    pub(crate) const BOOL: u32 = 16;
    pub(crate) const BYTEA: u32 = 17;
    pub(crate) const NAME: u32 = 19;
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT2: u32 = 21;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const TEXT: u32 = 25;
    pub(crate) const VARCHAR: u32 = 1043;
    pub(crate) const DATE: u32 = 1082;
    pub(crate) const TIMESTAMPTZ: u32 = 1184;
    pub(crate) const UUID: u32 = 2950;
    pub(crate) const UUID_ARRAY: u32 = 2951;
    pub(crate) const JSONB: u32 = 3802;
}

/// From 1970-01-01, where our instants start, to 2000-01-01, where those of PostgreSQL do.
pub(crate) const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Day zero of a PostgreSQL `date`.
pub(crate) const PG_EPOCH_DAY: Date = jiff::civil::date(2000, 1, 1);

/// The first byte of a `jsonb` on the wire.
pub(crate) const JSONB_VERSION: u8 = 1;

/// A PostgreSQL type that the driver does not know: its number, and how it looks on the wire.
macro_rules! pg_type {
    ($name:ident($inner:ty) = $oid:expr, |$value:ident, $buffer:ident| $encode:expr) => {
        struct $name($inner);

        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }

        impl Encode<'_, Postgres> for $name {
            fn encode_by_ref(&self, $buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $value = &self.0;
                $encode;
                Ok(IsNull::No)
            }
        }
    };
}

pg_type!(PgUuid(Uuid) = oid::UUID, |id, buffer| buffer.extend_from_slice(id.as_bytes()));
pg_type!(PgTs(Timestamp) = oid::TIMESTAMPTZ, |at, buffer| {
    buffer.extend_from_slice(&(at.as_microsecond() - PG_EPOCH_MICROS).to_be_bytes());
});
pg_type!(PgDate(Date) = oid::DATE, |day, buffer| {
    let days: Span = PG_EPOCH_DAY.until((jiff::Unit::Day, *day))?;
    buffer.extend_from_slice(&days.get_days().to_be_bytes());
});
pg_type!(PgJson(String) = oid::JSONB, |text, buffer| {
    buffer.push(JSONB_VERSION);
    buffer.extend_from_slice(text.as_bytes());
});

impl PgHasArrayType for PgUuid {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oid::UUID_ARRAY))
    }
}

/// Returns `values` as the parameters `$1`, `$2`, .. of a PostgreSQL statement.
pub(crate) fn postgres(values: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    let mut args = PgArguments::default();
    args.reserve(values.len(), 0);
    for value in values {
        add_postgres(&mut args, value).map_err(sqlx::Error::Encode)?;
    }
    Ok(args)
}

fn add_postgres(args: &mut PgArguments, value: Value) -> Result<(), BoxDynError> {
    match value {
        Value::Null(kind) => add_postgres_null(args, kind),
        Value::Uuid(id) => args.add(PgUuid(id)),
        Value::Text(text) => args.add(text),
        Value::Bytes(bytes) => args.add(bytes),
        Value::Int(number) => args.add(number),
        Value::Bool(truth) => args.add(truth),
        Value::Ts(at) => args.add(PgTs(at)),
        Value::Date(day) => args.add(PgDate(day)),
        Value::Json(text) => args.add(PgJson(text)),
        Value::Uuids(ids) => args.add(ids.into_iter().map(PgUuid).collect::<Vec<_>>()),
        Value::Texts(texts) => args.add(texts),
    }
}

fn add_postgres_null(args: &mut PgArguments, kind: Kind) -> Result<(), BoxDynError> {
    match kind {
        Kind::Uuid => args.add(None::<PgUuid>),
        Kind::Text => args.add(None::<String>),
        Kind::Bytes => args.add(None::<Vec<u8>>),
        Kind::Int => args.add(None::<i64>),
        Kind::Bool => args.add(None::<bool>),
        Kind::Ts => args.add(None::<PgTs>),
        Kind::Date => args.add(None::<PgDate>),
        Kind::Json => args.add(None::<PgJson>),
        Kind::Uuids => args.add(None::<Vec<PgUuid>>),
        Kind::Texts => args.add(None::<Vec<String>>),
    }
}

/// Returns `values` as the parameters `$1`, `$2`, .. of an SQLite statement.
pub(crate) fn sqlite(values: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut args = SqliteArguments::default();
    args.reserve(values.len(), 0);
    for value in values {
        add_sqlite(&mut args, value).map_err(sqlx::Error::Encode)?;
    }
    Ok(args)
}

fn add_sqlite(args: &mut SqliteArguments, value: Value) -> Result<(), BoxDynError> {
    match value {
        Value::Null(_) => Arguments::add(args, None::<i64>),
        Value::Uuid(id) => Arguments::add(args, id.as_bytes().to_vec()),
        Value::Text(text) | Value::Json(text) => Arguments::add(args, text),
        Value::Bytes(bytes) => Arguments::add(args, bytes),
        Value::Int(number) => Arguments::add(args, number),
        Value::Bool(truth) => Arguments::add(args, i64::from(truth)),
        Value::Ts(at) => Arguments::add(args, at.as_microsecond()),
        Value::Date(day) => Arguments::add(args, day.to_string()),
        Value::Uuids(ids) => {
            let hex: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            Arguments::add(args, serde_json::to_string(&hex)?)
        }
        Value::Texts(texts) => Arguments::add(args, serde_json::to_string(&texts)?),
    }
}
