//! Conversions of a file, and where they lead.

use rstest::rstest;

use crate::domain::file::tests::{Whole, read};
use crate::domain::finding::Findings;

/// Reads a file with five SKUs, of which these have conversions or a suite.
fn a_file(facts: &[(&str, &str)]) -> Result<Whole, Findings> {
    let skus = ["a", "b", "c", "d", "e"].map(|id| {
        let facts = facts.iter().filter(|(of, _)| *of == id);
        let facts: Vec<_> = facts.map(|(_, facts)| format!(", {facts}")).collect();
        format!("      {id}: {{title: {id}{}}}", facts.concat())
    });
    let file = format!(
        "format: 1
markets: {{DE: EUR}}
products:
  suites:
    title: Suites
    kind: LICENSE_BASED
    skus:
{}
prices:
  2026-01-01: {{}}
",
        skus.join("\n")
    );
    read(file.as_bytes(), None)
}

fn found(facts: &[(&str, &str)]) -> Vec<String> {
    let findings = a_file(facts).unwrap_err();
    findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect()
}

#[test]
fn cat_15_a_conversion_is_a_word_or_a_mapping_with_facts() {
    let facts = "conversions: {b: linear, c: {kind: across-categories, adds_value: true}, \
                 d: {kind: many-to-one, removes_limit: true, adds_value: false}}";
    let file = a_file(&[("a", facts)]).unwrap();
    let conversions = &file.products.values().next().unwrap().skus[0].conversions;
    let read: Vec<_> = conversions
        .iter()
        .map(|one| (one.to.sku.as_str(), one.kind.as_str(), one.adds_value, one.removes_limit))
        .collect();
    assert_eq!(
        read,
        [
            ("b", "linear", false, false),
            ("c", "across-categories", true, false),
            ("d", "many-to-one", false, true),
        ]
    );
}

#[rstest]
#[case::cat_15_an_unknown_fact(
    "conversions: {b: {kind: linear, price: 1}}",
    "a conversion has no key price"
)]
#[case::cat_15_no_kind("conversions: {b: {adds_value: true}}", "kind is missing")]
#[case::cat_15_an_unknown_kind(
    "conversions: {b: {kind: sideways}}",
    "\"sideways\" is not a ConversionKind"
)]
#[case::cat_15_half_a_truth(
    "conversions: {b: {kind: linear, adds_value: perhaps}}",
    "adds_value must be true or false"
)]
#[case::cat_15_dangling("conversions: {z: {kind: linear}}", "there is no SKU z in this file")]
fn a_broken_conversion_is_told(#[case] facts: &str, #[case] expected: &str) {
    let found = found(&[("a", facts)]);
    assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    assert!(found[0].starts_with("line 8, column "), "{found:?}");
}

#[rstest]
#[case::upg_1_itself(&[("a", "conversions: {a: linear}")], &["a to a"])]
#[case::upg_1_there_and_back(&[("a", "conversions: {b: linear}"), ("b", "conversions: {a: many-to-one}")], &["a to b to a"])]
#[case::upg_1_a_round_of_three(
    &[("a", "conversions: {b: linear}"), ("b", "conversions: {c: linear}"), ("c", "conversions: {e: linear, a: linear}")],
    &["a to b to c to a"]
)]
#[case::upg_1_behind_a_way_in(
    &[("a", "conversions: {b: linear}"), ("b", "conversions: {c: linear}"), ("c", "conversions: {b: linear}")],
    &["b to c to b"]
)]
#[case::upg_1_two_rounds(
    &[("a", "conversions: {b: linear}"), ("b", "conversions: {a: linear}"), ("c", "conversions: {d: linear}"), ("d", "conversions: {c: linear}")],
    &["a to b to a", "c to d to c"]
)]
fn paths_that_lead_back_are_refused(#[case] facts: &[(&str, &str)], #[case] expected: &[&str]) {
    let found = found(facts);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.ends_with(&format!("this path leads back: {expected}")), "{found}");
    }
}

/// Many ways to one place are no round.
#[test]
fn upg_1_a_diamond_is_sound() {
    let facts = [
        ("a", "conversions: {b: linear, c: linear, d: linear}"),
        ("b", "conversions: {d: linear}"),
        ("c", "conversions: {d: linear, e: linear}"),
        ("d", "conversions: {e: linear}"),
    ];
    assert!(a_file(&facts).is_ok());
}

#[rstest]
#[case::upg_15_akin("Office 365 E1", "Microsoft 365 E5", true)]
#[case::upg_15_another_persona("Office 365 F3", "Office 365 E3", false)]
#[case::upg_15_another_sector("Microsoft 365 Business Basic", "Microsoft 365 E3", false)]
fn a_line_stays_within_persona_and_sector(
    #[case] from: &str,
    #[case] to: &str,
    #[case] is_sound: bool,
) {
    let suites = (format!("suite: {from}"), format!("suite: {to}"));
    let linear = format!("{}, conversions: {{b: linear}}", suites.0);
    let facts = [("a", linear.as_str()), ("b", suites.1.as_str())];
    assert_eq!(a_file(&facts).is_ok(), is_sound);
    if !is_sound {
        assert!(found(&facts)[0].ends_with("this is across-categories"));
    }
    let across = format!("{}, conversions: {{b: across-categories}}", suites.0);
    assert!(a_file(&[("a", &across), ("b", &suites.1)]).is_ok());
}

#[test]
fn upg_15_a_stand_alone_is_on_the_line_of_its_suite() {
    let facts = [("a", "conversions: {b: linear}"), ("b", "suite: Microsoft 365 E3")];
    assert!(a_file(&facts).is_ok());
}
