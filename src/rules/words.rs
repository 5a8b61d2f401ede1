//! Whole words in text (`words`, `used`).

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::Span;

/// A set of values that are looked for as whole words.
pub struct WordSet {
    values: Vec<String>,
    machine: Option<AhoCorasick>,
}

impl WordSet {
    /// The set of the distinct, non-empty values.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        // Overlapping matches are needed (`a.b` and `b`), which only the standard kind reports.
        let machine = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&values).ok();
        let machine = machine.filter(|_| !values.is_empty());
        WordSet { values, machine }
    }

    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Every whole-word occurrence: which value, and where.
    pub fn find(&self, text: &[u8]) -> Vec<(usize, Span)> {
        let Some(machine) = &self.machine else { return Vec::new() };
        machine
            .find_overlapping_iter(text)
            .map(|found| (found.pattern().as_usize(), Span::new(found.start(), found.end())))
            .filter(|(value, span)| is_whole_word(text, *span, &self.values[*value]))
            .collect()
    }
}

/// Whether no letter, digit or `_` stands at either side; nor, of a value that holds `-` or `.`, one of these.
fn is_whole_word(text: &[u8], span: Span, value: &str) -> bool {
    let compound = value.contains(['-', '.']);
    let joins = |c: char| c.is_alphanumeric() || c == '_' || (compound && (c == '-' || c == '.'));
    let before = last_char(&text[..span.start]);
    let after = first_char(&text[span.end..]);
    !before.is_some_and(joins) && !after.is_some_and(joins)
}

/// The last scalar value of bytes that may cut one in half.
fn last_char(bytes: &[u8]) -> Option<char> {
    let tail = &bytes[bytes.len().saturating_sub(4)..];
    (1..=tail.len()).find_map(|n| std::str::from_utf8(&tail[tail.len() - n..]).ok()?.chars().next())
}

fn first_char(bytes: &[u8]) -> Option<char> {
    let head = &bytes[..bytes.len().min(4)];
    (1..=head.len()).find_map(|n| std::str::from_utf8(&head[..n]).ok()?.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[&str], text: &str) -> Vec<String> {
        let set = WordSet::new(values.iter().map(|value| value.to_string()));
        set.find(text.as_bytes()).into_iter().map(|(value, span)| format!("{}@{}", set.values()[value], span.start)).collect()
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words(&["otter"], "otters Otter otter_ (otter)"), ["otter@21"]);
        assert_eq!(words(&["über"], "süber über"), ["über@7"]);
        assert_eq!(words(&["a-b", "b"], "a-b x-a-b a-b.c b."), ["a-b@0", "b@2", "b@8", "b@12", "b@16"]);
        assert_eq!(words(&[""], "x"), Vec::<String>::new());
    }
}
