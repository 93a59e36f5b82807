//! Tables for people: columns as wide as what is in them, the last one as long as it likes.

/// Returns rows under their heads, a line each, without blanks at the ends.
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let heads = heads.map(str::to_uppercase);
    let all: Vec<&[String; N]> = std::iter::once(&heads).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &&[String; N]| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let blanks = width(column).saturating_sub(cell.chars().count());
            format!("{cell}{}", " ".repeat(blanks))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
