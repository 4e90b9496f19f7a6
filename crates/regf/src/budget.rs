//! Counts steps against a limit.
//!
//! A hive has room for so many records that real ones never come near the limits; in a forged one cells may overlap, so
//! that lists and data of any length fit into a small file many times over.

/// Steps that may still be taken.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    pub(crate) const fn new(max: u64) -> Self {
        Self { left: max }
    }

    /// Takes so many steps; whether there were as many. After the first refusal there are none.
    pub(crate) const fn spend(&mut self, steps: u64) -> bool {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                false
            }
        }
    }

    /// Whether it has been used up.
    pub(crate) const fn is_exhausted(&self) -> bool {
        self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_refusal_is_final() {
        let mut budget = Budget::new(10);
        assert!(budget.spend(4) && budget.spend(5) && !budget.is_exhausted());
        assert!(!budget.spend(2));
        assert!(budget.is_exhausted() && !budget.spend(1));
        assert!(Budget::new(0).spend(0));
    }
}
