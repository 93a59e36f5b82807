//! A life for programs.

use serde_json::{Value, json};

use super::life::{Event, Life, Span, SpanKind};

/// Writes a life as one JSON object; instants are RFC 3339, what is after `now` is still to come.
pub fn written(life: &Life) -> String {
    let Life { title, standing, now, spans, events } = life;
    let value = json!({
        "title": title,
        "standing": standing,
        "now": now.to_string(),
        "spans": spans.iter().map(span).collect::<Vec<_>>(),
        "events": events.iter().map(event).collect::<Vec<_>>(),
    });
    value.to_string()
}

fn span(span: &Span) -> Value {
    let Span { kind, label, from, until } = span;
    let kind = match kind {
        SpanKind::Term => "term",
        SpanKind::Cycle => "cycle",
        SpanKind::Window => "window",
    };
    json!({"kind": kind, "label": label, "from": from.to_string(), "until": until.to_string()})
}

fn event(event: &Event) -> Value {
    let Event { at, what, seats, amount } = event;
    let amount = amount.map(|amount| amount.to_string());
    json!({"at": at.to_string(), "what": what, "seats": seats, "amount": amount})
}

#[cfg(test)]
mod tests;
