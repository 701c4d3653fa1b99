use std::collections::BTreeSet;

/// Which reports of a market were heard, by their numbers from 1. Memory follows the gaps, not the number of reports.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Heard {
    /// All up to and with this one.
    up_to: u64,
    /// And of those beyond, these.
    beyond: BTreeSet<u64>,
}

impl Heard {
    /// Notes a report; false when it was known.
    pub fn note(&mut self, number: u64) -> bool {
        if self.knows(number) {
            return false;
        }
        self.beyond.insert(number);
        while self.beyond.remove(&(self.up_to + 1)) {
            self.up_to += 1;
        }
        true
    }

    pub fn knows(&self, number: u64) -> bool {
        number <= self.up_to || self.beyond.contains(&number)
    }

    /// A later report was heard before an earlier one.
    pub fn has_gap(&self) -> bool {
        !self.beyond.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_set(numbers in proptest::collection::vec(1_u64..40, 0..200)) {
            let (mut heard, mut naive) = (Heard::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(heard.note(number), naive.insert(number));
                let longest = (1..).take_while(|number| naive.contains(number)).last().unwrap_or(0);
                prop_assert_eq!(heard.up_to, longest);
                prop_assert_eq!(heard.has_gap(), naive.len() as u64 > longest);
                prop_assert!((1..50).all(|number| heard.knows(number) == naive.contains(&number)));
            }
        }
    }
}
