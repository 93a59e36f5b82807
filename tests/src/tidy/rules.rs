//! The rulebook against the tests: a rule that is marked as built has a test that bears its ID.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    assert_clean,
    code::Code,
    tree::{File, files, files_with},
};

const RULEBOOK: &str = "docs/rules.md";

/// The family of our own decisions. Each makes another rule precise, whose ID its test bears, and
/// names that test instead.
const OWN: &str = "T-";

/// One bullet of the rulebook.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    line: usize,
    id: String,
    /// `None` where the bullet has neither mark.
    is_built: Option<bool>,
    /// The test that shows it, where the bullet names one: "Shown by `name`."
    shown_by: Option<String>,
}

#[test]
fn every_built_rule_has_a_test() {
    let files = files();
    let rulebook = files.iter().find(|file| file.path == RULEBOOK);
    let rulebook = rulebook.expect("docs/rules.md is missing: it holds the rulebook");
    let rules = rules(&rulebook.text);
    assert!(!rules.is_empty(), "{RULEBOOK} has no bullet of the form `* **CAN-2** [built] …`");
    assert_clean(
        &compare(&rules, &tests(&files_with("rs"))),
        "name a test after the rule (`can_2_…`), or mark the rule `[not yet]`",
    );
}

/// Returns the bullets that begin with a rule's ID.
fn rules(rulebook: &str) -> Vec<Rule> {
    let rule = |(index, line): (usize, &str)| {
        let (id, rest) = line.trim_start().strip_prefix("* **")?.split_once("**")?;
        let is_built = match rest.trim_start() {
            rest if rest.starts_with("[built]") => Some(true),
            rest if rest.starts_with("[not yet]") => Some(false),
            _ => None,
        };
        let shown_by = rest.split_once("Shown by `").and_then(|(_, name)| name.split('`').next());
        let shown_by = shown_by.filter(|_| id.starts_with(OWN)).map(ToOwned::to_owned);
        let line = index + 1;
        is_id(id).then(|| Rule { line, id: id.to_owned(), is_built, shown_by })
    };
    rulebook.lines().enumerate().filter_map(rule).collect()
}

/// Whether `text` has the form of an ID: capitals, a hyphen, digits.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(family, number)| {
        !family.is_empty()
            && !number.is_empty()
            && family.chars().all(|c| c.is_ascii_uppercase())
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

fn compare(rules: &[Rule], tests: &BTreeMap<String, String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let tested: BTreeSet<_> = tests.keys().filter_map(|name| id_of(name)).collect();
    for Rule { line, id, is_built, shown_by } in rules {
        let at = format!("{RULEBOOK}:{line}: {id}");
        if !seen.insert(id.clone()) {
            findings.push(format!("{at} is listed twice"));
        }
        match is_built {
            None => findings.push(format!("{at} is marked neither [built] nor [not yet]")),
            Some(true) if shown_by.is_some() => {
                findings.extend(
                    shown_by
                        .iter()
                        .filter(|name| !tests.contains_key(*name))
                        .map(|name| format!("{at} is shown by {name}, and there is no such test")),
                );
            }
            Some(true) if !tested.contains(id) => {
                findings.push(format!("{at} is marked as built, but no test bears its ID"));
            }
            Some(_) => {}
        }
    }
    let families: BTreeSet<_> = seen.iter().filter_map(|id| id.split_once('-')).collect();
    let families: BTreeSet<_> = families.into_iter().map(|(family, _)| family).collect();
    let is_unknown = |id: &str| {
        !seen.contains(id)
            && id.split_once('-').is_some_and(|(family, _)| families.contains(family))
    };
    for (name, path) in tests {
        if let Some(id) = id_of(name).filter(|id| is_unknown(id)) {
            findings.push(format!("{path}: {name} names the rule {id}, which {RULEBOOK} has not"));
        }
    }
    findings
}

/// Returns the ID that a test's name starts with: `CAN-2` of `can_2_window_closes`.
fn id_of(name: &str) -> Option<String> {
    let mut words = name.splitn(3, '_');
    let id = format!("{}-{}", words.next()?.to_ascii_uppercase(), words.next()?);
    (is_id(&id) && words.next().is_some()).then_some(id)
}

/// Returns the names of all tests and of all rows of their tables, each with its file.
fn tests(files: &[File]) -> BTreeMap<String, String> {
    let named = |file: &File| {
        let path = file.path.clone();
        test_names(&Code::of(&file.text).code).into_iter().map(move |name| (name, path.clone()))
    };
    files.iter().flat_map(named).collect()
}

fn test_names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in code.lines() {
        for attribute in line.split("#[").skip(1) {
            let path: String = attribute.chars().take_while(|&c| is_path(c)).collect();
            match path.strip_prefix("case::") {
                Some(row) => names.push(row.to_owned()),
                None => is_test |= matches!(path.rsplit("::").next(), Some("test" | "rstest")),
            }
        }
        if let Some(name) = function(line) {
            if is_test {
                names.push(name);
            }
            is_test = false;
        }
    }
    names
}

/// Returns the name of the function that a line begins.
fn function(line: &str) -> Option<String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "fn")?;
    let name: String = words.get(at + 1)?.chars().take_while(|&c| is_path(c)).collect();
    (!name.is_empty()).then_some(name)
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == ':'
}

#[test]
fn tests_and_their_rows_are_seen() {
    let code = "
        #[test] fn can_1_a() {}
        #[tokio::test(flavor = x)]
        async fn can_2_b() {}
        #[rstest]
        #[case::can_3_c(1)]
        #[case::can_3_d] #[tokio::test]
        pub async fn table(#[case] n: i64) {}
        fn can_4_no_test() {}
        #[case(1)]
        fn can_5_no_test() {}
    ";
    let names = ["can_1_a", "can_2_b", "can_3_c", "can_3_d", "table"];
    assert_eq!(test_names(code), names);
}

#[test]
fn rules_are_read_with_their_marks() {
    let rulebook = "# Rules\n* **CAN-2** [built] Seven days.\n* **D-31** [not yet] Order.\n\
                    * **TRP-11** Exactly.\n* **window** a noun\n";
    let rule =
        |line, id: &str, is_built| Rule { line, id: id.to_owned(), is_built, shown_by: None };
    let expected =
        [rule(2, "CAN-2", Some(true)), rule(3, "D-31", Some(false)), rule(4, "TRP-11", None)];
    assert_eq!(rules(rulebook), expected);
}

#[test]
fn what_the_rulebook_promises_in_vain_is_found() {
    let tests = |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), String::new())).collect();
    for (rulebook, names, expected) in [
        ("* **CAN-2** [built] x", &["can_2_window_closes"][..], 0),
        ("* **CAN-2** [built] x", &["can_21_window", "can_2", "recan_2_x"], 2),
        ("* **CAN-2** [not yet] x", &[], 0),
        ("* **CAN-2** [not yet] x", &["can_2_window_closes"], 0),
        ("* **CAN-2** x", &["can_2_window_closes"], 1),
        ("* **CAN-2** [built] x\n* **CAN-2** [not yet] y", &["can_2_x"], 1),
        ("* **CAN-2** [not yet] x", &["can_99_is_no_rule", "rfc_6962_vectors"], 1),
        ("* **CAN-2** [built] x\n* **T-1** [built] y. Shown by `can_2_x`.", &["can_2_x"], 0),
        ("* **CAN-2** [built] x\n* **T-1** [built] y. Shown by `gone`.", &["can_2_x"], 1),
        ("* **CAN-2** [built] x. Shown by `other`.", &["other"], 1),
    ] {
        let findings = compare(&rules(rulebook), &tests(names));
        assert_eq!(findings.len(), expected, "{rulebook}: {findings:?}");
    }
}
