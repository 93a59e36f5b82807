//! Every method of our contracts says who may call it.
//!
//! The servers refuse to start on a method without an access word; this finds it sooner, and in
//! contracts that no server serves yet. Not here: what `buf lint` checks.

use super::{
    assert_clean,
    tree::{File, files_with},
};

const OPTION: &str = "(tenure.common.v1.access)";

#[test]
fn every_method_says_who_may_call_it() {
    let ours = files_with("proto").into_iter().filter(|f| f.path.starts_with("proto/tenure/"));
    let findings: Vec<_> = ours.flat_map(|file| check(&file)).collect();
    assert_clean(&findings, "give the method its access word");
}

fn check(file: &File) -> Vec<String> {
    let text = without_comments(&file.text);
    text.match_indices("rpc ")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .filter_map(|(at, word)| {
            let method = method(&text[at..]);
            let name = method[word.len()..].split('(').next().unwrap_or_default().trim();
            let line = text[..at].matches('\n').count() + 1;
            let says_it = method.contains(OPTION);
            (!says_it).then(|| format!("{}:{line}: {name} has no option {OPTION}", file.path))
        })
        .collect()
}

/// Returns the method at the start of `text`: up to its `;`, or to the end of its block.
fn method(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            ';' if depth == 0 => return &text[..at],
            '{' => depth += 1,
            '}' if depth <= 1 => return &text[..at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// Blanks comments, so that one neither hides a method nor gives it a word.
fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = ["//", "/*"].into_iter().filter_map(|start| rest.find(start)).min() {
        let (before, comment) = rest.split_at(at);
        let end = if comment.starts_with("//") {
            comment.find('\n')
        } else {
            comment.find("*/").map(|end| end + 2)
        };
        let (comment, after) = comment.split_at(end.unwrap_or(comment.len()));
        kept.push_str(before);
        kept.extend(comment.chars().filter(|&c| c == '\n'));
        rest = after;
    }
    kept + rest
}

#[test]
fn a_method_without_an_access_word_is_found() {
    let word = format!("option {OPTION} = ACCESS_READ;");
    for (text, expected) in [
        (format!("rpc Get(A) returns (B) {{ {word} }}"), 0),
        (format!("rpc Watch(A) returns (stream B) {{\n  option x = {{ a: 1 }};\n  {word}\n}}"), 0),
        ("rpc Get(A) returns (B);".to_owned(), 1),
        ("rpc Get(A) returns (B) {}".to_owned(), 1),
        (format!("rpc Get(A) returns (B) {{ // {word}\n }}"), 1),
        (format!("rpc Get(A) returns (B) {{}}\nrpc List(A) returns (B) {{ {word} }}"), 1),
        (format!("// rpc Get(A) returns (B);\n/* rpc {word} */"), 0),
    ] {
        let findings = check(&File::new("proto/tenure/order/v1/order.proto", &text));
        assert_eq!(findings.len(), expected, "{text}: {findings:?}");
    }
}
