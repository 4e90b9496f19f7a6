//! The lengths of Huffman code words, made from frequencies in the one way that packer and unpacker share.

/// Gives each symbol the length of its code word, at most `longest` bits: rarer symbols longer ones, of equally frequent ones the first.
///
/// Every frequency is 1 at least, and there are at least as many lengths as frequencies. Where there is but one symbol, a second one
/// is given a code word.
pub(crate) fn code_lengths(frequencies: &[u32], longest: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    let mut symbols: Vec<(u32, usize)> = frequencies.iter().zip(0..).map(|(&frequency, at)| (frequency, at)).collect();
    if symbols.len() < 2 {
        if !symbols.is_empty() {
            lengths.iter_mut().take(2).for_each(|length| *length = 1);
        }
        return;
    }
    symbols.sort_unstable();
    let counts = counts(&parents(&symbols), longest);
    // The rarest come first, and get the longest.
    let mut rarest = symbols.iter();
    for (length, &count) in counts.iter().enumerate().rev() {
        let length = u8::try_from(length).unwrap_or(u8::MAX);
        for &(_, symbol) in rarest.by_ref().take(count) {
            if let Some(place) = lengths.get_mut(symbol) {
                *place = length;
            }
        }
    }
}

/// Joins the two rarest nodes until one is left: for each joint in the order in which they are made, the joint that it becomes a part
/// of; the last has none.
fn parents(symbols: &[(u32, usize)]) -> Vec<usize> {
    let joints = symbols.len().saturating_sub(1);
    let mut parents = vec![joints; joints];
    let mut weights: Vec<u32> = Vec::with_capacity(joints);
    let mut leaves = symbols.iter().map(|&(frequency, _)| frequency).peekable();
    // The first joint that is part of none.
    let mut open = 0usize;
    for joint in 0..joints {
        let mut weight = 0u32;
        for _ in 0..2 {
            // A leaf goes before a joint of the same weight.
            let least = weights.get(open).copied();
            match leaves.next_if(|&leaf| least.is_none_or(|least| leaf <= least)) {
                Some(leaf) => weight = weight.saturating_add(leaf),
                None => {
                    weight = weight.saturating_add(least.unwrap_or(0));
                    if let Some(parent) = parents.get_mut(open) {
                        *parent = joint;
                    }
                    open = open.saturating_add(1);
                }
            }
        }
        weights.push(weight);
    }
    parents
}

/// How many code words there are of each length.
fn counts(parents: &[usize], longest: usize) -> Vec<usize> {
    let mut counts = vec![0usize; longest.saturating_add(1)];
    let mut change = |length: usize, by: isize| {
        if let Some(count) = counts.get_mut(length) {
            *count = count.saturating_add_signed(by);
        }
        counts.get(length).copied().unwrap_or(0)
    };
    // Two words of one bit below the root; each further joint makes two longer words of one.
    change(1, 2);
    let mut depths = vec![0usize; parents.len()];
    for (joint, &parent) in parents.iter().enumerate().rev().skip(1) {
        let depth = depths.get(parent).copied().unwrap_or(0).saturating_add(1);
        if let Some(place) = depths.get_mut(joint) {
            *place = depth;
        }
        let mut length = depth;
        if length >= longest {
            // Too deep: the longest word that can still be made longer is.
            length = longest.saturating_sub(1);
            while length > 1 && change(length, 0) == 0 {
                length = length.saturating_sub(1);
            }
        }
        change(length, -1);
        change(length.saturating_add(1), 2);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths<const N: usize>(frequencies: [u32; N]) -> [u8; N] {
        let mut lengths = [0; N];
        code_lengths(&frequencies, 15, &mut lengths);
        lengths
    }

    #[test]
    fn rarer_symbols_get_longer_words() {
        assert_eq!(lengths([1, 1]), [1, 1]);
        assert_eq!(lengths([1, 1, 1]), [2, 2, 1]);
        assert_eq!(lengths([8, 4, 2, 1, 1]), [1, 2, 3, 4, 4]);
        assert_eq!(lengths([1; 8]), [3; 8]);
        assert_eq!(lengths([5, 1, 5, 1, 5, 1]), [2, 4, 2, 4, 2, 3]);
    }

    #[test]
    fn words_are_no_longer_than_allowed() {
        // Fibonacci numbers make the deepest tree.
        let mut frequencies = [1u32; 30];
        for at in 2..30 {
            frequencies[at] = frequencies[at - 1] + frequencies[at - 2];
        }
        let lengths = lengths(frequencies);
        assert_eq!(lengths.iter().max(), Some(&15));
        // The words fill the code exactly.
        let filled: u32 = lengths.iter().map(|&length| 1u32 << (15 - length)).sum();
        assert_eq!(filled, 1 << 15);
    }

    #[test]
    fn few_symbols() {
        let mut lengths = [9; 2];
        code_lengths(&[7], 15, &mut lengths);
        assert_eq!(lengths, [1, 1]);
        code_lengths(&[], 15, &mut lengths);
        assert_eq!(lengths, [0, 0]);
    }
}
