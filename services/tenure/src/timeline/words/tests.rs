//! How a life looks on a terminal.

use super::super::life::tests::a_life;
use super::written;

#[test]
fn a_life_in_lines() {
    let text = written(&a_life());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["Servers & more", "active, 5 seats, renews"]);
    assert_eq!(
        lines[3],
        "  term P1Y                     2026-01-10 ━━━●──────────────────────────────────── \
         2027-01-09 23:59:59.999"
    );
    assert!(lines[5].starts_with("  everything can be given back 2026-01-10 ━━━"), "{}", lines[5]);
    assert!(!lines[5].contains('●'), "the present lies behind it");
    let now = lines.iter().position(|line| line.ends_with("now")).unwrap();
    assert!(lines[now - 1].contains("quantity changed: 2 to 5 seats"));
    assert!(lines[now - 1].ends_with("55.00 EUR"), "{}", lines[now - 1]);
    assert_eq!(lines[now + 1], "  2026-02-19 08:00:00.000  last instant to give back 3 seats");
}
