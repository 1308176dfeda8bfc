//! Max-min fairness: nobody gets more than they want while somebody with less wants more.

/// What each of those who want `wants` gets at most when `whole` is shared out. `u32::MAX` where there is enough for all.
pub(crate) fn level(wants: impl Iterator<Item = u32>, whole: u32) -> u32 {
    let mut wants: Vec<u32> = wants.collect();
    wants.sort_unstable();
    let (mut left, mut people) = (whole, u32::try_from(wants.len()).unwrap_or(u32::MAX));
    for want in wants {
        let each = left / people;
        if want > each {
            return each;
        }
        left -= want;
        people -= 1;
    }
    u32::MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_modest_get_what_they_want_and_the_rest_share() {
        assert_eq!(level([10, 90, 90].into_iter(), 100), 45);
        assert_eq!(level([50, 50].into_iter(), 100), u32::MAX);
        assert_eq!(level([100, 100, 100, 100].into_iter(), 100), 25);
        assert_eq!(level([].into_iter(), 100), u32::MAX);
        assert_eq!(level([7].into_iter(), 0), 0);
    }

    proptest! {
        #[test]
        fn never_more_than_the_whole_and_hardly_less(wants in prop::collection::vec(0_u32..=1_000_000, 1..40)) {
            let level = level(wants.iter().copied(), 1_000_000);
            let given: u64 = wants.iter().map(|want| u64::from(*want.min(&level))).sum();
            let wanted: u64 = wants.iter().copied().map(u64::from).sum();
            prop_assert!(given <= 1_000_000);
            // Whole parts only: less than one for each is lost.
            prop_assert!(given + 40 >= wanted.min(1_000_000), "{given} of {wanted}");
        }
    }
}
