//! How a table looks.

use super::table;

#[test]
fn columns_stand_below_each_other_and_lines_end_where_they_end() {
    let rows = [["catalog", "6", "fine"], ["license-key", "10", ""]];
    let rows = rows.map(|row| row.map(ToOwned::to_owned));
    assert_eq!(
        table(["service", "schema", ""], &rows),
        "SERVICE      SCHEMA\ncatalog      6       fine\nlicense-key  10"
    );
    assert_eq!(table(["a", "b"], &[]), "A  B");
}
