//! A life as a picture: an SVG that needs nothing but itself.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::life::{Event, Life, Span, SpanKind};
use crate::cli::stamp;

/// Sizes in pixels.
const WIDTH: i64 = 960;
const MARGIN: i64 = 24;
const ROW: i64 = 26;
const STYLE: &str = "text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:15px}\
.small{fill:#666;font-size:11px}.term{fill:#7aa6d8}.cycle{fill:#b9d3ee}.window{fill:#f2c56b}\
.now{stroke:#c33;stroke-width:1.5}.seats{fill:none;stroke:#3a7d44;stroke-width:2}.event{fill:#333}\
.due{fill:#fff;stroke:#333}";

/// Draws terms, cycles and windows as bars above one axis of time, the seats as a line, and what happens
/// as dots, those to come hollow; each names itself and its instant when it is pointed at.
pub fn drawn(life: &Life) -> String {
    let axis = Axis::of(life);
    let mut picture = String::new();
    let spans = i64::try_from(life.spans.len()).unwrap_or(0);
    let (seats_top, height) = (56 + spans * ROW, 56 + spans * ROW + 150);
    // Writing into a string cannot fail.
    let _ = write!(
        picture,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\"><style>{STYLE}</style>\
         <text class=\"title\" x=\"{MARGIN}\" y=\"22\">{}</text>\
         <text class=\"small\" x=\"{MARGIN}\" y=\"40\">{}</text>",
        escaped(&life.title),
        escaped(&life.standing),
    );
    for (row, span) in (0..).zip(&life.spans) {
        bar(&mut picture, &axis, span, 50 + row * ROW);
    }
    seats(&mut picture, &axis, life, (seats_top + 10, seats_top + 80));
    for event in &life.events {
        dot(&mut picture, &axis, (life, event), seats_top + 100);
    }
    let now = axis.x(life.now);
    let _ = write!(
        picture,
        "<line class=\"now\" x1=\"{now}\" x2=\"{now}\" y1=\"46\" y2=\"{}\"/>\
         <text class=\"small\" x=\"{MARGIN}\" y=\"{y}\">{}</text>\
         <text class=\"small\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text></svg>\n",
        seats_top + 112,
        stamp(axis.from),
        WIDTH - MARGIN,
        stamp(axis.until),
        y = seats_top + 132,
    );
    picture
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

fn bar(picture: &mut String, axis: &Axis, span: &Span, y: i64) {
    let class = match span.kind {
        SpanKind::Term => "term",
        SpanKind::Cycle => "cycle",
        SpanKind::Window => "window",
    };
    let (from, until) = (axis.x(span.from), axis.x(span.until));
    let label = escaped(&span.label);
    let _ = write!(
        picture,
        "<rect class=\"{class}\" x=\"{from}\" y=\"{y}\" width=\"{}\" height=\"18\" rx=\"3\">\
         <title>{label}: {} to {}</title></rect><text x=\"{}\" y=\"{}\">{label}</text>",
        (until - from).max(2),
        stamp(span.from),
        stamp(span.until),
        from + 6,
        y + 13,
    );
}

/// The number of seats, which stays what it is until something changes it.
fn seats(picture: &mut String, axis: &Axis, life: &Life, (top, bottom): (i64, i64)) {
    let steps = life.events.iter().filter_map(|event| Some((event.at, event.seats?)));
    let most = steps.clone().map(|(_, seats)| seats).max().unwrap_or(0).max(1);
    let y = |seats: i64| bottom - seats.saturating_mul(bottom - top) / most;
    let (mut points, mut last) = (String::new(), None);
    for (at, seats) in steps {
        let x = axis.x(at);
        if let Some(before) = last {
            let _ = write!(points, "{x},{} ", y(before));
        }
        let _ = write!(points, "{x},{} ", y(seats));
        last = Some(seats);
    }
    if let Some(last) = last {
        let _ = write!(points, "{},{}", axis.x(life.now), y(last));
    }
    let _ = write!(
        picture,
        "<polyline class=\"seats\" points=\"{points}\"><title>at most {most} seats</title></polyline>"
    );
}

fn dot(picture: &mut String, axis: &Axis, (life, event): (&Life, &Event), y: i64) {
    let class = if event.at <= life.now { "event" } else { "due" };
    let amount = event.amount.map_or_else(String::new, |amount| format!(", {amount}"));
    let _ = write!(
        picture,
        "<circle class=\"{class}\" cx=\"{}\" cy=\"{y}\" r=\"4\"><title>{}: {}{amount}</title></circle>",
        axis.x(event.at),
        stamp(event.at),
        escaped(&event.what),
    );
}

/// A label that a partner gave is text, never markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
