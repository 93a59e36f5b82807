//! What every Rust source looks like: how it starts, how long it grows, what it leaves out.

use super::{
    assert_clean,
    code::Code,
    paths::named,
    tree::{File, files_with},
};

/// Lines after which a source is split by noun or verb; tests may be longer.
const LINES_MAX: usize = 600;

/// Test sources that may sleep, each with its reason. Time never passes by itself in a test.
const MAY_SLEEP: [&str; 0] = [];

#[test]
fn sources_follow_the_house() {
    let findings: Vec<_> = files_with("rs").iter().flat_map(check).collect();
    assert_clean(&findings, "each line says what is wrong");
}

fn check(file: &File) -> Vec<String> {
    let code = Code::of(&file.text);
    [shape(file), leftovers(file, &code), sleeps(file, &code)].concat()
}

fn shape(file: &File) -> Vec<String> {
    let path = &file.path;
    let mut findings = Vec::new();
    if !file.text.starts_with("//!") {
        findings
            .push(format!("{path}: starts without `//!`: say its one job, and what is not here"));
    }
    if path.ends_with("/mod.rs") {
        findings.push(format!("{path}: is named mod.rs: name it after its module"));
    }
    let lines = file.text.lines().count();
    if LINES_MAX < lines && !file.is_test() {
        findings.push(format!(
            "{path}: has {lines} lines, at most {LINES_MAX}: split it by noun or verb"
        ));
    }
    findings
}

/// What is for before the merge, and tests that prove nothing.
fn leftovers(file: &File, code: &Code) -> Vec<String> {
    let later = concat!("FIX", "ME");
    let in_text = file.text.lines().enumerate().filter(|(_, line)| line.contains(later));
    let in_text = in_text.map(|(index, _)| (index + 1, later));
    let refused = ["todo!", "unimplemented!", "#[ignore", "should_panic"];
    let in_code = code.lines().flat_map(|(n, line)| {
        refused.into_iter().filter(|word| line.contains(word)).map(move |w| (n, w))
    });
    let finding = |(line, word)| format!("{}:{line}: `{word}` does not stay", file.path);
    in_text.chain(in_code).map(finding).collect()
}

fn sleeps(file: &File, code: &Code) -> Vec<String> {
    if !file.is_test() || MAY_SLEEP.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let is_sleep = |segments: &[String]| {
        let names: Vec<_> = segments.iter().map(String::as_str).collect();
        matches!(names.as_slice(), [.., "time" | "thread", "sleep" | "sleep_until" | "sleep_ms"])
    };
    let paths = named(&code.code, &[]).into_iter().filter(|path| is_sleep(&path.segments));
    let mut lines: Vec<_> = paths.map(|path| path.line).collect();
    if lines.is_empty() {
        // What `use super::*` brings has no path.
        lines.extend(code.lines().filter(|(_, line)| calls_sleep(line)).map(|(line, _)| line));
    }
    let told = |line| format!("{}:{line}: a test sleeps: move the clock", file.path);
    lines.into_iter().map(told).collect()
}

/// Whether a line calls `sleep` as neither a method nor a part of a longer name, and does not define it.
fn calls_sleep(line: &str) -> bool {
    line.match_indices("sleep(").any(|(at, _)| {
        let before = &line[..at];
        let is_of_another =
            before.ends_with(|last: char| last.is_alphanumeric() || "_.:".contains(last));
        !is_of_another && !before.ends_with("fn ")
    })
}

#[test]
fn each_fault_of_a_source_is_found() {
    let long = "//! x\n".repeat(LINES_MAX + 1);
    let later = format!("//! x\n// {}: x", concat!("FIX", "ME"));
    for (path, text, expected) in [
        ("shared/db/src/lib.rs", "//! x\nfn f() { clock::sleep(1) }", 0),
        ("shared/db/src/lib.rs", "use x;", 1),
        ("shared/db/src/mod.rs", "//! x", 1),
        ("shared/db/src/lib.rs", &long, 1),
        ("shared/db/src/tests.rs", &long, 0),
        ("shared/db/src/lib.rs", &later, 1),
        ("shared/db/src/lib.rs", "//! x\ntodo!()", 1),
        ("shared/db/src/lib.rs", "//! x\n\"todo!()\" // todo!()", 0),
        ("shared/db/src/tests.rs", "//! x\n#[ignore = \"slow\"]", 1),
        ("shared/db/src/tests.rs", "//! x\n#[should_panic]", 1),
        ("shared/db/src/tests.rs", "//! x\nuse tokio::time::{Duration, sleep};\nsleep(1)", 1),
        ("shared/db/src/tests/race.rs", "//! x\nstd::thread::sleep(x)", 1),
        ("shared/db/src/tests.rs", "//! x\nuse tokio::time;\ntime::sleep(x)", 1),
        ("shared/db/src/tests.rs", "//! x\nuse super::*;\nsleep(rest).await", 1),
        ("shared/db/src/tests.rs", "//! x\npub async fn sleep(&self) {}", 0),
        ("shared/db/src/tests.rs", "//! x\nhouse.sleep(365 * DAY)", 0),
        ("shared/db/src/lib.rs", "//! x\ntokio::time::sleep(rest)", 0),
    ] {
        let findings = check(&File::new(path, text));
        assert_eq!(findings.len(), expected, "{path}: {findings:?}");
    }
}
