//! The answer to "which one is it?" when the data may not tell.

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resolution<T> {
    /// Exactly one.
    Unique(T),
    /// One of these, and nothing that was known tells which. At least two.
    Ambiguous(Vec<T>),
    /// None.
    Unknown,
}

impl<T> Resolution<T> {
    /// The resolution that these candidates make.
    #[must_use]
    pub fn from_rows(mut rows: Vec<T>) -> Self {
        match rows.pop() {
            None => Self::Unknown,
            Some(only) if rows.is_empty() => Self::Unique(only),
            Some(last) => {
                rows.push(last);
                Self::Ambiguous(rows)
            }
        }
    }

    /// All candidates.
    #[must_use]
    pub fn rows(&self) -> &[T] {
        match self {
            Self::Unique(row) => core::slice::from_ref(row),
            Self::Ambiguous(rows) => rows,
            Self::Unknown => &[],
        }
    }

    /// The candidate, if there is exactly one.
    #[must_use]
    pub fn unique(&self) -> Option<&T> {
        match self {
            Self::Unique(row) => Some(row),
            Self::Ambiguous(_) | Self::Unknown => None,
        }
    }

    /// What all candidates agree on: `Some` if there is a candidate and the aspect is the same in all of them.
    ///
    /// A group of many configurations may still have one channel, or one edition.
    pub fn agreed<'a, U: PartialEq>(&'a self, aspect: impl Fn(&'a T) -> U) -> Option<U> {
        let mut aspects = self.rows().iter().map(aspect);
        let first = aspects.next()?;
        aspects.all(|other| other == first).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::Resolution;

    #[test]
    fn by_number_of_candidates() {
        assert_eq!(Resolution::<u8>::from_rows(vec![]), Resolution::Unknown);
        assert_eq!(Resolution::from_rows(vec![1]), Resolution::Unique(1));
        assert_eq!(Resolution::from_rows(vec![1, 2]), Resolution::Ambiguous(vec![1, 2]));
        assert_eq!(Resolution::from_rows(vec![1]).rows(), [1]);
        assert_eq!(Resolution::from_rows(vec![1, 2]).rows(), [1, 2]);
        assert_eq!(Resolution::from_rows(vec![1, 2]).unique(), None);
    }

    #[test]
    fn agreement() {
        assert_eq!(Resolution::from_rows(vec![1, 3]).agreed(|n| n % 2), Some(1));
        assert_eq!(Resolution::from_rows(vec![1, 2]).agreed(|n| n % 2), None);
        assert_eq!(Resolution::from_rows(vec![]).agreed(|n: &u8| *n), None);
    }
}
