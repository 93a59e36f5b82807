//! Proofs of a tree, verified as RFC 9162 (sections 2.1.3.2 and 2.1.4.2) says: bit by bit, from the
//! leaf up, without ever splitting a tree as whoever proves does.

use crate::hash::{Hash, node};

/// Whether `path` leads from a leaf at `index` to the root of a tree of `size` leaves.
pub fn includes(index: i64, size: i64, leaf: &Hash, path: &[Hash], root: &Hash) -> bool {
    if index < 0 || size <= index {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut found = *leaf;
    for step in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            found = node(step, &found);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            found = node(&found, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && found == *root
}

/// Whether `path` shows that a tree of `first` leaves is the beginning of one of `second`.
pub fn is_consistent(
    (first, first_root): (i64, &Hash),
    (second, second_root): (i64, &Hash),
    path: &[Hash],
) -> bool {
    if first < 1 || second < first {
        return false;
    }
    if first == second {
        return path.is_empty() && first_root == second_root;
    }
    let mut path = path.iter();
    // Where the first tree is a perfect one its own root begins the way.
    let begin = if first.count_ones() == 1 { Some(first_root) } else { path.next() };
    let Some(begin) = begin else { return false };
    let (mut at, mut last) = (first - 1, second - 1);
    while at % 2 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut older, mut newer) = (*begin, *begin);
    for step in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            older = node(step, &older);
            newer = node(step, &newer);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            newer = node(&newer, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && older == *first_root && newer == *second_root
}

#[cfg(test)]
mod tests;
