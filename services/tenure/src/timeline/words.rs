//! A life in lines of text.

use std::fmt::Write as _;

use super::life::{Event, Life, Span, SpanKind};
use crate::cli::stamp;

/// How many characters the bar of a span is long.
const BAR: i64 = 40;

/// Writes a life for a terminal: spans as bars in which a dot is the present, then what happened, the
/// present, and what will happen.
pub fn written(life: &Life) -> String {
    let mut text = format!("{}\n{}\n", life.title, life.standing);
    for span in &life.spans {
        let name = match span.kind {
            SpanKind::Term | SpanKind::Cycle => span.label.clone(),
            SpanKind::Window => format!("{} can be given back", span.label),
        };
        let (from, until) = (stamp(span.from), stamp(span.until));
        let bar = bar(life, span);
        // Writing into a string cannot fail.
        let _ = write!(text, "\n  {name:<28} {from:.10} {bar} {until}");
    }
    text.push('\n');
    let (past, future): (Vec<&Event>, Vec<&Event>) =
        life.events.iter().partition(|event| event.at <= life.now);
    for event in past {
        line(&mut text, event);
    }
    let _ = write!(text, "\n  {}  now", stamp(life.now));
    for event in future {
        line(&mut text, event);
    }
    text
}

fn line(text: &mut String, event: &Event) {
    let amount = event.amount.map_or_else(String::new, |amount| amount.to_string());
    let _ = write!(text, "\n  {}  {:<48} {amount:>16}", stamp(event.at), event.what);
    let end = text.trim_end().len();
    text.truncate(end);
}

fn bar(life: &Life, span: &Span) -> String {
    let whole = span.until.duration_since(span.from).as_secs().max(1);
    let gone = life.now.duration_since(span.from).as_secs();
    let place = gone.saturating_mul(BAR) / whole;
    let is_now = |cell| 0 <= gone && life.now <= span.until && cell == place.min(BAR - 1);
    let cell = |cell| match cell {
        cell if is_now(cell) => '●',
        cell if cell < place => '━',
        _ => '─',
    };
    (0..BAR).map(cell).collect()
}

#[cfg(test)]
mod tests;
