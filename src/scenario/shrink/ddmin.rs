/// Leaves out of `items` as many as can go while `fails` holds of the rest: delta debugging by halves. `fails` is asked of lists in the
/// order of `items`; that it holds of all of them is known. It ends when no single one can go, or `may_go_on` says no more.
pub(super) fn fewest<T: Clone>(items: &[T], mut fails: impl FnMut(&[T]) -> Option<bool>) -> Vec<T> {
    let mut kept = items.to_vec();
    let mut parts = 2;
    // Nothing at all is the best there is, and the cheapest to try.
    match fails(&[]) {
        Some(true) => return Vec::new(),
        Some(false) => {}
        None => return kept,
    }
    while kept.len() > 1 {
        parts = parts.min(kept.len());
        match smaller(&kept, parts, &mut fails) {
            Found::Part(part) => (kept, parts) = (part, 2),
            Found::Rest(rest) => (kept, parts) = (rest, (parts - 1).max(2)),
            Found::Nothing if parts < kept.len() => parts *= 2,
            Found::Nothing | Found::NoMoreRuns => break,
        }
    }
    kept
}

enum Found<T> {
    /// One part fails by itself.
    Part(Vec<T>),
    /// All but one part fail.
    Rest(Vec<T>),
    /// Neither.
    Nothing,
    /// The budget is used up.
    NoMoreRuns,
}

/// One round with the list cut into so many parts.
fn smaller<T: Clone>(kept: &[T], parts: usize, fails: &mut impl FnMut(&[T]) -> Option<bool>) -> Found<T> {
    let size = kept.len().div_ceil(parts);
    for part in kept.chunks(size) {
        match fails(part) {
            Some(true) => return Found::Part(part.to_vec()),
            Some(false) => {}
            None => return Found::NoMoreRuns,
        }
    }
    // With two parts the rest of one is the other.
    let starts = (0..kept.len()).step_by(size).filter(|_| size * 2 < kept.len());
    for start in starts {
        let rest: Vec<T> = [&kept[..start], &kept[(start + size).min(kept.len())..]].concat();
        match fails(&rest) {
            Some(true) => return Found::Rest(rest),
            Some(false) => {}
            None => return Found::NoMoreRuns,
        }
    }
    Found::Nothing
}

/// The least of `low..high` of which `fails` holds, by halves, to a distance of `step`; that it holds of `high` is known. Only what was tried is
/// returned: where failing is not monotonous, that is some such value, not the least.
pub(super) fn least(low: i64, high: i64, step: i64, mut fails: impl FnMut(i64) -> Option<bool>) -> i64 {
    let (mut low, mut high) = (low, high);
    while step < high - low {
        let middle = low + (high - low) / 2;
        match fails(middle) {
            Some(true) => high = middle,
            Some(false) => low = middle,
            None => break,
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Where failing needs a set of items and no others matter, exactly that set is left, in its order.
        #[test]
        fn what_is_needed_is_left_and_nothing_else(length in 0_usize..60, needed in proptest::collection::btree_set(0_usize..60, 0..6)) {
            let needed: Vec<usize> = needed.into_iter().filter(|item| *item < length).collect();
            let items: Vec<usize> = (0..length).collect();
            let mut asked = 0;
            let left = fewest(&items, |some| {
                asked += 1;
                Some(needed.iter().all(|item| some.contains(item)))
            });
            prop_assert_eq!(left, needed);
            prop_assert!(asked <= 4 * 60 * 60, "{asked} questions");
        }

        /// Whatever failing depends on, what is left fails, and no single one of it can go.
        #[test]
        fn no_single_one_can_go(masks in proptest::collection::vec(0_u16..1024, 1..8)) {
            let items: Vec<u16> = (0..10).collect();
            let fails = |some: &[u16]| {
                let bits: u16 = some.iter().map(|item| 1 << item).sum();
                masks.iter().any(|mask| bits & mask == *mask)
            };
            let left = fewest(&items, |some| Some(fails(some)));
            prop_assert!(fails(&left));
            for gone in &left {
                let rest: Vec<u16> = left.iter().copied().filter(|item| item != gone).collect();
                prop_assert!(!fails(&rest), "{gone} can go of {left:?} under {masks:?}");
            }
        }

        /// The least value from which on it fails is found to the step; with an end of the budget something that fails.
        #[test]
        fn the_least_is_found_by_halves(edge in 1_i64..1_000, budget in 0_usize..12) {
            prop_assert_eq!(least(0, 1_000, 1, |value| Some(edge <= value)), edge);
            let mut left = budget;
            let found = least(0, 1_000, 1, |value| {
                left = left.checked_sub(1)?;
                Some(edge <= value)
            });
            prop_assert!(edge <= found && found <= 1_000);
        }
    }
}
