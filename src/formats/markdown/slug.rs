//! Anchors as GitHub makes them out of the text of headings.

use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;

/// The text in lower case, without punctuation and symbols, each blank a hyphen.
pub fn slug(text: &str) -> String {
    if text.is_ascii() {
        let kept = text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '));
        return kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
    }
    static DROPPED: OnceLock<Option<Regex>> = OnceLock::new();
    let dropped = DROPPED.get_or_init(|| Regex::new(r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\- ]+").ok());
    let lower = text.to_lowercase();
    let kept = match dropped {
        Some(dropped) => dropped.replace_all(&lower, "").into_owned(),
        None => lower,
    };
    kept.replace(' ', "-")
}

/// Gives a number to what is there already.
#[derive(Default)]
pub(super) struct Slugs(HashMap<String, usize>);

impl Slugs {
    pub fn unique(&mut self, text: &str) -> String {
        let first = slug(text);
        let mut slug = first.clone();
        while self.0.contains_key(&slug) {
            let count = self.0.entry(first.clone()).or_default();
            *count += 1;
            slug = format!("{first}-{count}");
        }
        self.0.insert(slug.clone(), 0);
        slug
    }
}
