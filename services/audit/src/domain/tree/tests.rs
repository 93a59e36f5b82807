//! The tree against the vectors that implementations of RFC 6962 share, and against its definition.

use proptest::prelude::*;
use rstest::rstest;

use super::{Frontier, Hash};

/// The leaves of Certificate Transparency's own tests (`merkle_tree_test.cc`).
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

#[rstest]
#[case::aud_4_rfc_6962_no_leaf(
    0,
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)]
#[case::aud_4_rfc_6962_one_leaf(
    1,
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
)]
#[case::aud_4_rfc_6962_two(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
#[case::aud_4_rfc_6962_three(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
#[case::aud_4_rfc_6962_four(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
#[case::aud_4_rfc_6962_five(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
#[case::aud_4_rfc_6962_six(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
#[case::aud_4_rfc_6962_seven(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
#[case::aud_4_rfc_6962_eight(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
fn known_root(#[case] count: usize, #[case] root: &str) {
    let tree: Frontier = LEAVES[..count].iter().map(|leaf| Hash::of_leaf(leaf)).collect();
    assert_eq!(format!("{:?}", tree.root()), root);
}

/// The definition: split at the largest power of two that is smaller than the count.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Hash::of(&[&[0x01], &naive(left).0, &naive(right).0])
        }
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| Hash::of_leaf(&number.to_be_bytes())).collect()
}

proptest! {
    #[test]
    fn aud_4_any_tree_is_as_defined(first in 0_usize..300, second in 0_usize..300) {
        let leaves = leaves(first + second);
        let before: Frontier = leaves[..first].iter().copied().collect();
        // What is stored between two appends is the whole state.
        let mut tree = Frontier::from_bytes(before.size(), &before.to_bytes()).unwrap();
        tree.extend(leaves[first..].iter().copied());

        prop_assert_eq!(tree.root(), naive(&leaves));
    }

    #[test]
    fn aud_4_subtrees_are_those_of_their_leaves(count in 0_usize..300) {
        let leaves = leaves(count);
        let tree: Frontier = leaves.iter().copied().collect();
        let mut start = 0;
        for (end, root) in tree.subtrees() {
            let end = usize::try_from(end).unwrap();
            prop_assert_eq!(root, naive(&leaves[start..end]));
            start = end;
        }
        prop_assert_eq!(start, count);
    }
}

#[rstest]
#[case::negative(-1, 0)]
#[case::too_few_roots(3, 32)]
#[case::too_many_roots(2, 64)]
#[case::half_a_root(2, 31)]
fn what_is_no_tree_is_not_read(#[case] size: i64, #[case] bytes: usize) {
    assert_eq!(Frontier::from_bytes(size, &vec![7; bytes]), None);
}
