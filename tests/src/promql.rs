//! What dashboards and rules of alerts ask for: just enough of `PromQL` to find metrics and labels in it; not a
//! parser.

use std::collections::BTreeSet;

use serde_json::Value;

/// Words of `PromQL` that are followed by labels in brackets.
const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Other words of `PromQL` that stand where a metric could. Functions are known by their bracket.
const WORDS: [&str; 13] = [
    "and", "or", "unless", "bool", "offset", "sum", "max", "min", "avg", "count", "topk",
    "bottomk", "quantile",
];

/// Returns what a dashboard asks for: in its panels, and for its variables.
pub fn queries(value: &Value) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    let named = fields.flat_map(|(key, value)| match value.as_str() {
        Some(text) if key == "expr" => vec![text.to_owned()],
        Some(text) => variable(text).into_iter().collect(),
        None => queries(value),
    });
    let values = value.as_array().into_iter().flatten();
    named.chain(values.flat_map(queries)).collect()
}

/// Returns what a variable's values are taken from.
fn variable(query: &str) -> Option<String> {
    query.strip_prefix("label_values(")?.split(',').next().map(ToOwned::to_owned)
}

/// Returns the expressions of a file of rules: the line, or the lines that are indented below it.
pub fn expressions(rules: &str) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<_> = rules.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(first) = line.trim_start().trim_start_matches("- ").strip_prefix("expr:") else {
            continue;
        };
        let below = lines[index + 1..].iter().take_while(|next| depth(next) > depth(line));
        let below: Vec<_> = below.map(|next| next.trim()).collect();
        found.push(format!("{} {}", first.trim().trim_matches(['>', '|', '-']), below.join(" ")));
    }
    found
}

/// Returns the metrics that a `PromQL` expression names.
///
/// Just enough of the language to find them; not a parser.
pub fn metrics(expression: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.');
    let mut names = BTreeSet::new();
    let mut rest = expression.trim_start();
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' | '\'' => 1 + after(&rest[1..], next),
            '{' => after_braces(rest),
            '[' => after(rest, ']'),
            '$' => 1 + rest[1..].find(|c| !is_part(c)).unwrap_or(rest.len() - 1),
            _ if is_part(next) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            _ => next.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind.trim_start();
        if GROUPINGS.contains(&token) && rest.starts_with('(') {
            rest = &rest[after(rest, ')')..];
        } else if is_metric(token, rest) {
            names.insert(token.to_owned());
        }
    }
    names
}

/// Whether a token is a metric: a name, no word of the language, no function.
fn is_metric(token: &str, behind: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !GROUPINGS.contains(&token)
        && !WORDS.contains(&token)
        && !behind.starts_with('(')
}

/// Returns where `text` goes on after its first `end`.
fn after(text: &str, end: char) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len_utf8())
}

/// Returns where `text`, which starts with a brace, goes on after the one that closes it.
fn after_braces(text: &str) -> usize {
    let mut is_quoted = false;
    let closing = text.find(|c| {
        is_quoted ^= c == '"';
        c == '}' && !is_quoted
    });
    closing.map_or(text.len(), |at| at + 1)
}

#[test]
fn metrics_are_told_from_the_rest_of_an_expression() {
    for (expression, names) in [
        ("up", vec!["up"]),
        ("max(a_b{c=\"d}e\"}) > 0.5", vec!["a_b"]),
        (
            "sum by (job) (rate(a_total{b!~\"x|y\"}[5m])) / on (job) b_total",
            vec!["a_total", "b_total"],
        ),
        ("a unless sum(rate(b[10m])) > 0 or vector(1)", vec!["a", "b"]),
        (
            "histogram_quantile(0.99, sum by (le) (rate(a_bucket[$__rate_interval])))",
            vec!["a_bucket"],
        ),
        ("label_replace(a, \"x\", \"$1\", \"y\", \"z\") offset 5m", vec!["a"]),
    ] {
        let found = metrics(expression);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), names, "{expression}");
    }
}

/// Returns the labels that an expression looks at, each with the metric whose it is: those in its braces.
pub fn matched(expression: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for metric in metrics(expression) {
        for (at, _) in expression.match_indices(&format!("{metric}{{")) {
            let braces = &expression[at + metric.len()..];
            let inside = &braces[1..after_braces(braces) - 1];
            // What stands outside of quotes is a label and how it is compared, or a comma.
            let names = inside
                .split('"')
                .step_by(2)
                .map(|part| part.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
            let names = names.filter(|name| !name.is_empty());
            found.extend(names.map(|name| (metric.clone(), name.to_owned())));
        }
    }
    found
}

/// Returns the labels by which an expression groups.
pub fn grouped(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in expression.match_indices("by (") {
        let inside = &expression[at + 4..];
        let names = inside[..after(inside, ')') - 1].split(',').map(str::trim);
        found.extend(names.filter(|name| !name.is_empty()).map(ToOwned::to_owned));
    }
    found
}

#[test]
fn labels_are_those_of_their_metric() {
    let expression =
        "sum by (job, le) (rate(a_total{b!~\"x,y|z\", c=\"{d}\"}[5m])) / on (e) f{g=\"\"}";
    let pairs = matched(expression);
    let pairs: Vec<_> = pairs.iter().map(|(m, l)| (m.as_str(), l.as_str())).collect();
    assert_eq!(pairs, [("a_total", "b"), ("a_total", "c"), ("f", "g")]);
    assert_eq!(Vec::from_iter(grouped(expression)), ["job", "le"]);
}
