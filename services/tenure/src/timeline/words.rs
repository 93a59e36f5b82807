//! A life in lines of text.

use super::life::{Event, Life, Span, SpanKind};
use crate::cli::stamp;

/// How many characters the bar of a span is long.
const BAR: i64 = 40;

/// Writes a life for a terminal: spans as bars in which a dot is the present, then what happened, the
/// present, and what will happen.
pub fn written(life: &Life) -> String {
    let (past, future): (Vec<&Event>, Vec<&Event>) =
        life.events.iter().partition(|event| event.at <= life.now);
    let head = [life.title.clone(), life.standing.clone(), String::new()];
    let spans = life.spans.iter().map(|it| span(life, it)).chain([String::new()]);
    let past = past.into_iter().map(event);
    let now = format!("  {}  now", stamp(life.now));
    let future = future.into_iter().map(event);
    let lines: Vec<String> =
        head.into_iter().chain(spans).chain(past).chain([now]).chain(future).collect();
    lines.join("\n")
}

fn span(life: &Life, span: &Span) -> String {
    let name = match span.kind {
        SpanKind::Term | SpanKind::Cycle => span.label.clone(),
        SpanKind::Window => format!("{} can be given back", span.label),
    };
    let (from, until) = (stamp(span.from), stamp(span.until));
    format!("  {name:<28} {from:.10} {} {until}", bar(life, span))
}

fn event(event: &Event) -> String {
    let amount = event.amount.map_or_else(String::new, |amount| amount.to_string());
    let line = format!("  {}  {:<48} {amount:>16}", stamp(event.at), event.what);
    line.trim_end().to_owned()
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
