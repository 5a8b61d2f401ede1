//! References between schema files: as paths of the tree, and as the URIs that the validator knows the files by.

use jsonschema::uri;

use crate::text::RepoPath;

/// The URI of a file of the tree.
pub(super) fn of(path: &RepoPath) -> String {
    format!("{SCHEME}{}", encode(path.as_bytes()))
}

/// The path of a file's URI; none of any other URI.
pub(super) fn path(uri: &str) -> Option<RepoPath> {
    let path = strip(uri.strip_prefix(SCHEME)?);
    Some(RepoPath::from_bytes(&decode(path)))
}

/// The file that a reference names from a file of `dir`: none where it has a scheme, is a fragment alone, or leads above the
/// root. A leading `/` is the root of the tree.
pub(super) fn relative(dir: &str, reference: &str) -> Option<RepoPath> {
    let target = strip(reference);
    if target.is_empty() || has_scheme(reference) || target.starts_with("//") {
        return None;
    }
    let target = String::from_utf8(decode(target)).ok()?;
    let start = if target.starts_with('/') { "" } else { dir };
    let mut segments: Vec<&str> = Vec::new();
    for segment in start.split('/').chain(target.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            other => segments.push(other),
        }
    }
    (!segments.is_empty()).then(|| RepoPath::new(segments.join("/")))
}

/// A reference resolved against a base URI, without its fragment; none where one of them is no URI.
pub(super) fn resolve(base: &str, reference: &str) -> Option<String> {
    let base = uri::from_str(base).ok()?;
    let resolved = uri::resolve_against(&base.borrow(), &legal(reference)).ok()?;
    Some(without_fragment(resolved.as_str()).to_string())
}

/// The reference with what a URI may not hold percent-encoded.
pub(super) fn legal(reference: &str) -> String {
    let mut text = String::with_capacity(reference.len());
    let (target, fragment) = reference.split_once('#').map_or((reference, None), |(target, rest)| (target, Some(rest)));
    escape_illegal(target, &mut text);
    if let Some(fragment) = fragment {
        text.push('#');
        escape_illegal(fragment, &mut text);
    }
    text
}

pub(super) fn without_fragment(uri: &str) -> &str {
    uri.split('#').next().unwrap_or_default()
}

/// The fragment, decoded; empty where there is none.
pub(super) fn fragment(uri: &str) -> String {
    let fragment = uri.split_once('#').map_or("", |(_, fragment)| fragment);
    String::from_utf8_lossy(&decode(fragment)).into_owned()
}

/// Whether a reference starts with a scheme (`https:`).
pub(super) fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

const SCHEME: &str = "ssot:///";

/// Without query and fragment.
fn strip(reference: &str) -> &str {
    reference.split(['#', '?']).next().unwrap_or_default()
}

fn encode(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~');
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if plain(*byte) { text.push(char::from(*byte)) } else { text.push_str(&format!("%{byte:02X}")) }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match hex_pair(bytes, at) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

/// The byte that `%XX` at `at` stands for.
fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    let digits = bytes.get(at..at + 3)?.strip_prefix(b"%")?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?).ok()
}

fn escape_illegal(text: &str, into: &mut String) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte);
    for (at, byte) in text.bytes().enumerate() {
        if allowed(byte) || (byte == b'%' && hex_pair(text.as_bytes(), at).is_some()) {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_paths_from_the_file() {
        for (reference, expected) in [
            ("net.json", Some("a/b/net.json")),
            ("./net.json#/x", Some("a/b/net.json")),
            ("../net.json?q#", Some("a/net.json")),
            ("/net.json", Some("net.json")),
            ("my%20net.json", Some("a/b/my net.json")),
            ("my net.json", Some("a/b/my net.json")),
            ("../../../net.json", None),
            ("#/$defs/x", None),
            ("", None),
            ("https://example.com/net.json", None),
            ("//example.com/net.json", None),
            ("../..", None),
        ] {
            assert_eq!(relative("a/b", reference), expected.map(RepoPath::new), "{reference}");
        }
    }

    #[test]
    fn a_path_survives_the_round_trip() {
        for name in ["a/b.json", "a b/ü#?.json", "100%.json"] {
            assert_eq!(path(&of(&RepoPath::new(name))), Some(RepoPath::new(name)));
        }
        assert_eq!(path("https://example.com/a.json"), None);
    }

    #[test]
    fn illegal_references_become_legal_and_mean_the_same() {
        assert_eq!(legal("a b.json#/$defs/Foo<Bar>/50%/%20"), "a%20b.json#/$defs/Foo%3CBar%3E/50%25/%20");
        assert_eq!(resolve("ssot:///d/s.json", "a b.json#/x").as_deref(), Some("ssot:///d/a%20b.json"));
        assert_eq!(fragment("x#/%24defs/a%20b"), "/$defs/a b");
    }
}
