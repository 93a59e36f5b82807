//! The table that a run prints.

use std::fmt;

use crate::figure::Figure;

/// What a run found out.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Line {
    name: String,
    figure: Figure,
    baseline: Option<Figure>,
}

impl Report {
    /// Adds a figure, and what it is compared with.
    pub fn line(&mut self, name: impl Into<String>, figure: Figure, baseline: Option<Figure>) {
        self.lines.push(Line { name: name.into(), figure, baseline });
    }

    /// Adds a sentence.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds another report below this one, and prints it, for what comes next takes a while.
    pub fn add(&mut self, other: Self) {
        say(&other);
        self.lines.extend(other.lines);
        self.notes.extend(other.notes);
    }
}

/// A Markdown table. Noise is how far the baseline's rounds are apart, in percent of their median:
/// differences that are smaller mean nothing.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| name | figure | baseline | ratio | noise |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for Line { name, figure, baseline } in &self.lines {
            let noise = baseline.as_ref().unwrap_or(figure).spread_percent();
            let (compared, ratio) = match baseline {
                None => ("–".to_owned(), "–".to_owned()),
                Some(baseline) => (baseline.to_string(), ratio(figure, baseline)),
            };
            writeln!(f, "| {name} | {figure} | {compared} | {ratio} | {noise} % |")?;
        }
        for note in &self.notes {
            writeln!(f, "* {note}")?;
        }
        Ok(())
    }
}

fn ratio(figure: &Figure, baseline: &Figure) -> String {
    let hundredths = figure.hundredths_of(baseline);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "this is what a benchmark is run for")]
pub fn say(line: impl fmt::Display) {
    println!("{line}");
}
