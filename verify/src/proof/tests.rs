//! Proofs against the paths of Certificate Transparency's own tests (`merkle_tree_test.cc`).

use rstest::rstest;

use super::{includes, is_consistent};
use crate::hash::{Hash, Tree, leaf};

const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const F: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const G: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const H: &str = "837dbb152fb36a8dbb7f7b1ddc3bd7e7b67b6b9a3bd4ce2a0bf2d2b3ab0e4b2f";

fn hash(digits: &str) -> Hash {
    let pair = |at: usize| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap();
    std::array::from_fn(pair)
}

fn root(size: i64) -> Hash {
    let mut tree = Tree::default();
    for content in &LEAVES[..usize::try_from(size).unwrap()] {
        tree.add(leaf(content));
    }
    tree.root()
}

fn path(digits: &[&str]) -> Vec<Hash> {
    digits.iter().map(|digits| hash(digits)).collect()
}

#[rstest]
#[case::aud_4_one_leaf(0, 1, &[])]
#[case::aud_4_first_of_eight(0, 8, &[A, B, C])]
#[case::aud_4_sixth_of_eight(5, 8, &[D, E, F])]
#[case::aud_4_third_of_three(2, 3, &[G])]
fn a_known_inclusion(#[case] index: i64, #[case] size: i64, #[case] digits: &[&str]) {
    let own = leaf(LEAVES[usize::try_from(index).unwrap()]);
    let (good, root) = (path(digits), root(size));
    assert!(includes(index, size, &own, &good, &root));

    assert!(!includes(index + 1, size, &own, &good, &root) || size == 1);
    assert!(!includes(index, size + 8, &own, &good, &root));
    assert!(!includes(-1, size, &own, &good, &root));
    assert!(!includes(index, size, &leaf(b"other"), &good, &root));
    assert!(!includes(index, size, &own, &[&good[..], &[own]].concat(), &root));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at][0] ^= 1;
        assert!(!includes(index, size, &own, &bad, &root));
        assert!(!includes(index, size, &own, &good[..at], &root));
    }
}

#[rstest]
#[case::aud_4_the_same(3, 3, &[])]
#[case::aud_4_one_to_eight(1, 8, &[A, B, C])]
#[case::aud_4_six_to_eight(6, 8, &["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", E, F])]
#[case::aud_4_two_to_five(2, 5, &[B, D])]
fn a_known_consistency(#[case] first: i64, #[case] second: i64, #[case] digits: &[&str]) {
    let good = path(digits);
    let (old, new) = (root(first), root(second));
    assert!(is_consistent((first, &old), (second, &new), &good));

    assert!(!is_consistent((second + 1, &old), (second, &new), &good));
    assert!(!is_consistent((0, &old), (second, &new), &good));
    assert!(!is_consistent((first, &hash(H)), (second, &new), &good));
    assert!(!is_consistent((first, &old), (second, &hash(H)), &good));
    assert!(!is_consistent((first, &old), (second, &new), &[&good[..], &[old]].concat()));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at][31] ^= 1;
        assert!(!is_consistent((first, &old), (second, &new), &bad));
        assert!(!is_consistent((first, &old), (second, &new), &good[..at]));
    }
}
