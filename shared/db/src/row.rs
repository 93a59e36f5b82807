//! One row of an answer, read by position. A value that is not of the expected kind is an error, never
//! a conversion.

use jiff::{Timestamp, ToSpan};
use sqlx::{
    Column, Decode, Postgres, Row as _, Sqlite, TypeInfo, ValueRef,
    error::BoxDynError,
    postgres::{PgRow, PgValueRef},
    sqlite::{SqliteRow, SqliteValueRef},
};
use uuid::Uuid;

use crate::{
    DbError,
    bind::{JSONB_VERSION, PG_EPOCH_DAY, PG_EPOCH_MICROS, oid},
    value::{FromSql, Kind, Value},
};

/// One row of an answer.
#[derive(Debug)]
pub struct Row(Inner);

enum Inner {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values may be secrets.
        f.write_str(match self {
            Self::Postgres(_) => "Postgres(..)",
            Self::Sqlite(_) => "Sqlite(..)",
        })
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self(Inner::Postgres(row))
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Inner::Sqlite(row))
    }
}

impl Row {
    /// Returns the value in column `index`, counted from 0 in the order of the statement.
    ///
    /// # Errors
    ///
    /// [`DbError::Corrupt`] if the column is missing, of another type, or NULL where `T` is no
    /// `Option`.
    pub fn get<T: FromSql>(&self, index: usize) -> Result<T, DbError> {
        let value = match &self.0 {
            Inner::Postgres(row) => {
                row.try_get_raw(index).map_err(Into::into).and_then(|raw| postgres(raw, T::KIND))
            }
            Inner::Sqlite(row) => {
                row.try_get_raw(index).map_err(Into::into).and_then(|raw| sqlite(raw, T::KIND))
            }
        };
        let value = value.map_err(|why| self.corrupt(index, why.to_string()))?;
        T::from_value(value).map_err(|found| {
            let found = if matches!(found, Value::Null(_)) { "NULL" } else { "out of range" };
            self.corrupt(index, found.to_owned())
        })
    }

    fn corrupt(&self, index: usize, row: String) -> DbError {
        let name = match &self.0 {
            Inner::Postgres(row) => row.columns().get(index).map(Column::name),
            Inner::Sqlite(row) => row.columns().get(index).map(Column::name),
        };
        let column = format!("{index} ({})", name.unwrap_or("none"));
        DbError::corrupt("a query", &column, row)
    }
}

fn postgres(raw: PgValueRef<'_>, kind: Kind) -> Result<Value, BoxDynError> {
    if raw.is_null() {
        return Ok(Value::Null(kind));
    }
    let found = raw.type_info().oid().map_or(0, |oid| oid.0);
    match (kind, found) {
        (Kind::Uuid, oid::UUID) => Ok(Value::Uuid(Uuid::from_slice(raw.as_bytes()?)?)),
        (Kind::Text, oid::TEXT | oid::VARCHAR | oid::NAME) => {
            Ok(Value::Text(Decode::<Postgres>::decode(raw)?))
        }
        (Kind::Bytes, oid::BYTEA) => Ok(Value::Bytes(Decode::<Postgres>::decode(raw)?)),
        (Kind::Int, oid::INT8 | oid::INT4 | oid::INT2) => {
            Ok(Value::Int(Decode::<Postgres>::decode(raw)?))
        }
        (Kind::Bool, oid::BOOL) => Ok(Value::Bool(Decode::<Postgres>::decode(raw)?)),
        (Kind::Ts, oid::TIMESTAMPTZ) => {
            let since_2000 = i64::from_be_bytes(raw.as_bytes()?.try_into()?);
            let micros = since_2000.checked_add(PG_EPOCH_MICROS).ok_or("infinity")?;
            Ok(Value::Ts(Timestamp::from_microsecond(micros)?))
        }
        (Kind::Date, oid::DATE) => {
            let days = i32::from_be_bytes(raw.as_bytes()?.try_into()?);
            Ok(Value::Date(PG_EPOCH_DAY.checked_add(0.days().try_days(days)?)?))
        }
        (Kind::Json, oid::JSONB) => match raw.as_bytes()? {
            [JSONB_VERSION, text @ ..] => Ok(Value::Json(str::from_utf8(text)?.to_owned())),
            _ => Err("a jsonb of an unknown version".into()),
        },
        _ => Err(format!("{} where {kind:?} is expected", raw.type_info().name()).into()),
    }
}

fn sqlite(raw: SqliteValueRef<'_>, kind: Kind) -> Result<Value, BoxDynError> {
    if raw.is_null() {
        return Ok(Value::Null(kind));
    }
    let found = raw.type_info().name().to_owned();
    match (kind, found.as_str()) {
        (Kind::Uuid, "BLOB") => Ok(Value::Uuid(Uuid::from_slice(bytes(raw)?)?)),
        (Kind::Text, "TEXT") => Ok(Value::Text(Decode::<Sqlite>::decode(raw)?)),
        (Kind::Bytes, "BLOB") => Ok(Value::Bytes(Decode::<Sqlite>::decode(raw)?)),
        (Kind::Int, "INTEGER") => Ok(Value::Int(Decode::<Sqlite>::decode(raw)?)),
        (Kind::Bool, "INTEGER") => match Decode::<Sqlite>::decode(raw)? {
            0_i64 => Ok(Value::Bool(false)),
            1_i64 => Ok(Value::Bool(true)),
            other => Err(format!("{other} where 0 or 1 is expected").into()),
        },
        (Kind::Ts, "INTEGER") => {
            Ok(Value::Ts(Timestamp::from_microsecond(Decode::<Sqlite>::decode(raw)?)?))
        }
        (Kind::Date, "TEXT") => {
            let text: String = Decode::<Sqlite>::decode(raw)?;
            Ok(Value::Date(text.parse()?))
        }
        (Kind::Json, "TEXT") => Ok(Value::Json(Decode::<Sqlite>::decode(raw)?)),
        _ => Err(format!("{found} where {kind:?} is expected").into()),
    }
}

fn bytes(raw: SqliteValueRef<'_>) -> Result<&[u8], BoxDynError> {
    Decode::<Sqlite>::decode(raw)
}
