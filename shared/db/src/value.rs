//! The types that a column can have, and the Rust types that go in and come out. How each engine
//! stores them is told in `bind` and `row`.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// The type of a column.
///
/// | kind | token in migrations | PostgreSQL | SQLite |
/// |---|---|---|---|
/// | `Uuid` | `{uuid}` | `uuid` | `BLOB` of 16 bytes |
/// | `Text` | `{text}` | `text` | `TEXT` |
/// | `Bytes` | `{bytes}` | `bytea` | `BLOB` |
/// | `Int` | `{int}` | `bigint` | `INTEGER` |
/// | `Bool` | `{bool}` | `boolean` | `INTEGER`, 0 or 1 |
/// | `Ts` | `{ts}` | `timestamptz` | `INTEGER`, microseconds since 1970 |
/// | `Date` | `{date}` | `date` | `TEXT`, as in 2026-01-31 |
/// | `Json` | `{json}` | `jsonb` | `TEXT` |
/// | `Uuids`, `Texts` | none: only parameters of `in_uuids` and `in_texts` | `uuid[]`, `text[]` | `TEXT`, a JSON array |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table above says it once")]
pub enum Kind {
    Uuid,
    Text,
    Bytes,
    Int,
    Bool,
    Ts,
    Date,
    Json,
    Uuids,
    Texts,
}

/// A value on its way into or out of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as `Kind`, by variant")]
pub enum Value {
    /// No value, of a column of this kind: PostgreSQL wants the type of a NULL, too.
    Null(Kind),
    Uuid(Uuid),
    Text(String),
    Bytes(Vec<u8>),
    Int(i64),
    Bool(bool),
    /// Kept in whole microseconds; what is finer is cut off.
    Ts(Timestamp),
    Date(Date),
    /// The text of a JSON document; PostgreSQL refuses text that is none.
    Json(String),
    Uuids(Vec<Uuid>),
    Texts(Vec<String>),
}

/// A Rust type that can be bound to a parameter.
///
/// Typed ids implement it by delegation to `Uuid`.
pub trait Sql: Sized {
    /// The kind of column it goes into.
    const KIND: Kind;

    /// Returns itself as a parameter.
    fn into_value(self) -> Value;
}

/// A Rust type that can be read from a column.
pub trait FromSql: Sql {
    /// Returns what `value` holds; [`Row::get`](crate::Row::get) never passes another kind than
    /// [`Sql::KIND`].
    ///
    /// # Errors
    ///
    /// The value itself, if it is NULL or does not fit.
    fn from_value(value: Value) -> Result<Self, Value>;
}

/// The text of a JSON document, stored as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub String);

macro_rules! sql_type {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl Sql for $type {
            const KIND: Kind = Kind::$kind;

            fn into_value(self) -> Value {
                Value::$kind(self)
            }
        }

        impl FromSql for $type {
            fn from_value(value: Value) -> Result<Self, Value> {
                if let Value::$kind(inner) = value { Ok(inner) } else { Err(value) }
            }
        }
    )+};
}

sql_type! {
    Uuid => Uuid,
    String => Text,
    Vec<u8> => Bytes,
    i64 => Int,
    bool => Bool,
    Timestamp => Ts,
    Date => Date,
}

macro_rules! sql_small_int {
    ($($type:ty),+) => {$(
        impl Sql for $type {
            const KIND: Kind = Kind::Int;

            fn into_value(self) -> Value {
                Value::Int(self.into())
            }
        }

        impl FromSql for $type {
            fn from_value(value: Value) -> Result<Self, Value> {
                let wide = i64::from_value(value)?;
                wide.try_into().map_err(|_| Value::Int(wide))
            }
        }
    )+};
}

sql_small_int!(i32, u32);

impl Sql for Json {
    const KIND: Kind = Kind::Json;

    fn into_value(self) -> Value {
        Value::Json(self.0)
    }
}

impl FromSql for Json {
    fn from_value(value: Value) -> Result<Self, Value> {
        if let Value::Json(text) = value { Ok(Self(text)) } else { Err(value) }
    }
}

macro_rules! sql_borrowed {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl Sql for $type {
            const KIND: Kind = Kind::$kind;

            fn into_value(self) -> Value {
                Value::$kind(self.into())
            }
        }
    )+};
}

sql_borrowed! {
    &str => Text,
    &String => Text,
    &[u8] => Bytes,
    &[Uuid] => Uuids,
    Vec<Uuid> => Uuids,
    &[String] => Texts,
    Vec<String> => Texts,
}

impl<T: Sql> Sql for Option<T> {
    const KIND: Kind = T::KIND;

    fn into_value(self) -> Value {
        self.map_or(Value::Null(T::KIND), Sql::into_value)
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        if matches!(value, Value::Null(_)) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// Makes one row for [`write_many`](crate::write_many): `values![id, name, None::<Timestamp>]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::Sql::into_value($value)),*] };
}
