//! Columns whose text or JSON stands for one of our types.

use std::fmt::Display;
use std::str::FromStr;

use db::{DbError, Json, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a text column as a member of a closed list, or whatever else has a spelling.
pub fn parsed<T>(row: &Row, index: usize, column: &'static str) -> Result<T, DbError>
where
    T: FromStr<Err: Display>,
{
    row.get::<String>(index)?.parse().map_err(|error: T::Err| corrupt(column, &error))
}

/// Reads a JSON column.
pub fn decoded<T: DeserializeOwned>(
    row: &Row,
    index: usize,
    column: &'static str,
) -> Result<T, DbError> {
    decode(&row.get::<Json>(index)?, column)
}

/// Reads a JSON column that may be NULL.
pub fn decoded_if_any<T: DeserializeOwned>(
    row: &Row,
    index: usize,
    column: &'static str,
) -> Result<Option<T>, DbError> {
    row.get::<Option<Json>>(index)?.map(|json| decode(&json, column)).transpose()
}

fn decode<T: DeserializeOwned>(Json(text): &Json, column: &'static str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| corrupt(column, &error))
}

/// Writes a JSON column.
pub fn encoded<T: Serialize>(value: &T) -> Json {
    // Our types are text, numbers and lists of them, which are always JSON: the macro cannot fail.
    Json(serde_json::json!(value).to_string())
}

fn corrupt(column: &'static str, why: &dyn Display) -> DbError {
    DbError::Corrupt { table: "order".to_owned(), column: column.to_owned(), row: why.to_string() }
}
