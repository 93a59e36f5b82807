//! A life as a picture: an SVG that needs nothing but itself.

use jiff::Timestamp;

use super::life::{Event, Life, Span, SpanKind};
use crate::cli::stamp;

/// Sizes in pixels.
const WIDTH: i64 = 960;
const MARGIN: i64 = 24;
const ROW: i64 = 26;
/// Where the first bar is.
const TOP: i64 = 50;
const STYLE: &str = "text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:15px}\
.small{fill:#666;font-size:11px}.term{fill:#7aa6d8}.cycle{fill:#b9d3ee}.window{fill:#f2c56b}\
.now{stroke:#c33;stroke-width:1.5}.seats{fill:none;stroke:#3a7d44;stroke-width:2}.event{fill:#333}\
.due{fill:#fff;stroke:#333}";

/// Draws terms, cycles and windows as bars above one axis of time, the seats as a line, and what happens
/// as dots, those to come hollow; each names itself and its instant when it is pointed at.
pub fn drawn(life: &Life) -> String {
    let axis = Axis::of(life);
    let bars: String =
        (0..).zip(&life.spans).map(|(row, span)| bar(&axis, span, TOP + row * ROW)).collect();
    let below = TOP + i64::try_from(life.spans.len()).unwrap_or(0) * ROW + 6;
    let seats = seats(&axis, life, (below + 10, below + 80));
    let dots: String = life.events.iter().map(|it| dot(&axis, (life, it), below + 100)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\">\
         <style>{STYLE}</style>{}{bars}{seats}{dots}{}</svg>\n",
        below + 150,
        heading(life),
        present(&axis, life, below + 112),
    )
}

fn heading(life: &Life) -> String {
    format!(
        "<text class=\"title\" x=\"{MARGIN}\" y=\"22\">{}</text>\
         <text class=\"small\" x=\"{MARGIN}\" y=\"40\">{}</text>",
        escaped(&life.title),
        escaped(&life.standing),
    )
}

/// A line through everything where the present is, and the ends of the axis in words.
fn present(axis: &Axis, life: &Life, bottom: i64) -> String {
    let (now, y) = (axis.x(life.now), bottom + 20);
    format!(
        "<line class=\"now\" x1=\"{now}\" x2=\"{now}\" y1=\"46\" y2=\"{bottom}\"/>\
         <text class=\"small\" x=\"{MARGIN}\" y=\"{y}\">{}</text>\
         <text class=\"small\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
        stamp(axis.from),
        WIDTH - MARGIN,
        stamp(axis.until),
    )
}

/// Puts a page around a picture.
pub fn page(life: &Life, picture: &str) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{}</title>\n{picture}",
        escaped(&life.title)
    )
}

/// From the first instant that is shown to the last.
struct Axis {
    from: Timestamp,
    until: Timestamp,
}

impl Axis {
    fn of(life: &Life) -> Self {
        let of_spans = life.spans.iter().flat_map(|span| [span.from, span.until]);
        let of_events = life.events.iter().map(|event| event.at);
        let all = || of_spans.clone().chain(of_events.clone()).chain([life.now]);
        let (from, until) = (all().min(), all().max());
        Self { from: from.unwrap_or(life.now), until: until.unwrap_or(life.now) }
    }

    fn x(&self, at: Timestamp) -> i64 {
        let whole = self.until.duration_since(self.from).as_secs().max(1);
        let gone = at.duration_since(self.from).as_secs();
        MARGIN + gone.saturating_mul(WIDTH - 2 * MARGIN) / whole
    }
}

fn bar(axis: &Axis, span: &Span, y: i64) -> String {
    let class = match span.kind {
        SpanKind::Term => "term",
        SpanKind::Cycle => "cycle",
        SpanKind::Window => "window",
    };
    let (from, until) = (axis.x(span.from), axis.x(span.until));
    let label = escaped(&span.label);
    format!(
        "<rect class=\"{class}\" x=\"{from}\" y=\"{y}\" width=\"{}\" height=\"18\" rx=\"3\">\
         <title>{label}: {} to {}</title></rect><text x=\"{}\" y=\"{}\">{label}</text>",
        (until - from).max(2),
        stamp(span.from),
        stamp(span.until),
        from + 6,
        y + 13,
    )
}

/// The number of seats, which stays what it is until something changes it.
fn seats(axis: &Axis, life: &Life, (top, bottom): (i64, i64)) -> String {
    let steps = life.events.iter().filter_map(|event| Some((event.at, event.seats?)));
    let most = steps.clone().map(|(_, seats)| seats).max().unwrap_or(0).max(1);
    let y = |seats: i64| bottom - seats.saturating_mul(bottom - top) / most;
    let (mut points, mut last) = (vec![], None);
    for (at, seats) in steps {
        let x = axis.x(at);
        points.extend(last.map(|before| format!("{x},{}", y(before))));
        points.push(format!("{x},{}", y(seats)));
        last = Some(seats);
    }
    points.extend(last.map(|last| format!("{},{}", axis.x(life.now), y(last))));
    format!(
        "<polyline class=\"seats\" points=\"{}\"><title>at most {most} seats</title></polyline>",
        points.join(" "),
    )
}

fn dot(axis: &Axis, (life, event): (&Life, &Event), y: i64) -> String {
    let class = if event.at <= life.now { "event" } else { "due" };
    let amount = event.amount.map_or_else(String::new, |amount| format!(", {amount}"));
    format!(
        "<circle class=\"{class}\" cx=\"{}\" cy=\"{y}\" r=\"4\"><title>{}: {}{amount}</title></circle>",
        axis.x(event.at),
        stamp(event.at),
        escaped(&event.what),
    )
}

/// A label that a partner gave is text, never markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
