//! The tree against texts.

use rstest::rstest;

use super::*;

/// Reads a document as one tree.
fn parse(text: &str) -> Result<Node, Finding> {
    let read = || -> Result<Node, ReadError> {
        let mut yaml = Yaml::of(text.as_bytes())?;
        let node = yaml.node()?;
        yaml.end().map(|()| node)
    };
    read().map_err(|error| match error {
        ReadError::Broken(findings) => findings.first,
        ReadError::Io(error) => panic!("{error}"),
    })
}

/// Writes a tree in one line, with the places of its keys and scalars.
fn show(node: &Node) -> String {
    let Place { line, column } = node.place;
    match &node.value {
        Value::Nothing => format!("~@{line}:{column}"),
        Value::Text(text) => format!("{text}@{line}:{column}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entry = |(key, value): &(Key, Node)| {
                format!("{}@{}:{} {}", key.text, key.place.line, key.place.column, show(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Streamed => "streamed".to_owned(),
    }
}

#[rstest]
#[case::numbers_keep_their_digits(
    "{a: 120.00, b: 007, c: 1e3}",
    "{a@1:2 120.00@1:5, b@1:13 007@1:16, c@1:21 1e3@1:24}"
)]
#[case::quotes_are_removed("a: \"1\\t2\"\nb: 'x'", "{a@1:1 1\t2@1:4, b@2:1 x@2:4}")]
#[case::norway_is_no_truth("NO: NO\nyes: off", "{NO@1:1 NO@1:5, yes@2:1 off@2:6}")]
#[case::infinity_is_a_word("[.inf, .nan]", "[.inf@1:2, .nan@1:8]")]
#[case::huge_numbers(
    "[99999999999999999999999999999999999999999]",
    "[99999999999999999999999999999999999999999@1:2]"
)]
#[case::letters_of_more_bytes("é: ü # ß\nß: 1", "{é@1:1 ü@1:4, ß@2:1 1@2:4}")]
#[case::nothing("a:\nb: ~", "{a@1:1 ~@1:2, b@2:1 ~@2:4}")]
#[case::a_key_that_occurs_twice("a: 1\na: 2", "{a@1:1 1@1:4, a@2:1 2@2:4}")]
#[case::dates_are_words("2026-01-01: {x: 2026-01-02}", "{2026-01-01@1:1 {x@1:14 2026-01-02@1:17}}")]
#[case::an_alias("a: &x 1.0\nb: *x", "{a@1:1 1.0@1:7, b@2:1 1.0@2:4}")]
#[case::a_list_of_aliases(
    "a: &x [1, {b: c}]\nd: *x",
    "{a@1:1 [1@1:8, {b@1:12 c@1:15}], d@2:1 [1@2:4, {b@2:4 c@2:4}]}"
)]
#[case::windows_line_ends("a: 1\r\nb: 2.50\r\n", "{a@1:1 1@1:4, b@2:1 2.50@2:4}")]
#[case::a_byte_order_mark("\u{feff}a: 1.0", "{a@1:1 1.0@1:4}")]
fn a_text_is_read_with_its_places(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(show(&parse(text).unwrap()), expected);
}

#[rstest]
#[case::an_open_quote("a: \"x\nb: 1", 2)]
#[case::a_tab("a:\n\tb: 1", 2)]
#[case::bad_indentation("a:\n  b: 1\n c: 2", 3)]
#[case::an_unknown_alias("a: 1\nb: *x", 2)]
#[case::two_documents("a: 1\n---\nb: 2", 2)]
#[case::an_open_bracket("a: [1,\n", 1)]
fn what_is_no_yaml_is_told_with_its_line(#[case] text: &str, #[case] line: u64) {
    let finding = parse(text).unwrap_err();
    assert_eq!(finding.place.line, line, "{finding:?}");
    assert!(finding.what.starts_with("this is not YAML: "), "{finding:?}");
    assert!(!finding.what.contains("at line"), "the place is told once: {finding:?}");
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(&deep).is_err());
}

#[test]
fn aliases_of_aliases_do_not_explode() {
    let level = |level: usize| {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("a{level}: &a{level} [{before}]")
    };
    let first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned();
    let bomb: Vec<_> = std::iter::once(first).chain((1..12).map(level)).collect();
    assert!(parse(&bomb.join("\n")).is_err());
}

/// What an anchor names must be small, for it is kept.
#[test]
fn a_mapping_that_is_streamed_has_no_alias() {
    let mut yaml = Yaml::of("a: &x {b: 1}\nc: *x\n".as_bytes()).unwrap();
    assert!(matches!(yaml.enter().unwrap(), Entered::Mapping(Place::START)));
    yaml.key().unwrap().unwrap();
    assert!(matches!(yaml.enter().unwrap(), Entered::Mapping(_)));
    assert_eq!(yaml.key().unwrap().unwrap().text, "b");
    yaml.node().unwrap();
    assert_eq!(yaml.key().unwrap(), None);
    yaml.key().unwrap().unwrap();
    assert!(yaml.node().unwrap_err().to_string().contains("an alias cannot stand for"));
}

#[test]
fn keys_are_single_values() {
    let finding = parse("a: 1\n[b]: 2").unwrap_err();
    assert_eq!((finding.place.line, finding.what.as_str()), (2, "a key must be a single value"));
}
