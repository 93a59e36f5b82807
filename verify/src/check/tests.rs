//! The parts of the check that no planted attack reaches; the attacks themselves are the audit
//! service's tests, where there is a log to attack.

use rstest::rstest;

use super::{Stored, subtrees};

#[rstest]
#[case::aud_4_empty(0, 0, Some(vec![]))]
#[case::aud_4_one(1, 32, Some(vec![1]))]
#[case::aud_4_eleven(11, 96, Some(vec![11, 10, 8]))]
#[case::aud_4_too_few_roots(3, 32, None)]
#[case::aud_4_half_a_root(1, 31, None)]
#[case::aud_4_no_size(-1, 0, None)]
fn where_perfect_subtrees_end(
    #[case] size: i64,
    #[case] bytes: usize,
    #[case] expected: Option<Vec<i64>>,
) {
    let found = subtrees(&Stored { size, roots: vec![7; bytes] });
    let ends = found.map(|all| all.iter().map(|(end, _)| *end).collect::<Vec<_>>());
    assert_eq!(ends, expected);
}
