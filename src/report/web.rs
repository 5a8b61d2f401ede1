//! Addresses of a repository and of its files on the web.

use std::fmt::Write as _;

use crate::finding::Place;
use crate::text::RepoPath;

/// The page of a repository whose remote is `remote` (`git@host:a/b.git`, `ssh://…`, `https://…`); none for a path on disk.
pub(super) fn address(remote: &str) -> Option<String> {
    let rest = match remote.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_string(),
        Some(_) => return None,
        // `user@host:path`: a colon before any slash.
        None => {
            let (host, path) = remote.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains('/'))?;
            format!("{host}/{path}")
        }
    };
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let path = path.trim_end_matches('/').trim_end_matches(".git").trim_start_matches('/');
    let sane = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte));
    (sane(host) && sane(path)).then(|| format!("https://{host}/{path}"))
}

/// The address of `place` at `commit`, in the manner of the code host that `repository` is at.
pub(super) fn link(repository: &str, commit: &str, place: &Place) -> String {
    let host = repository.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let (files, lines) = match host {
        _ if host.contains("gitlab") => ("-/blob", ("#L", "-")),
        _ if host.contains("bitbucket") => ("src", ("#lines-", ":")),
        _ if ["gitea", "forgejo", "codeberg"].iter().any(|known| host.contains(known)) => ("src/commit", ("#L", "-L")),
        _ => ("blob", ("#L", "-L")),
    };
    let mut link = format!("{repository}/{files}/{commit}/{}", encoded(&place.path));
    if let Some(range) = place.range {
        // Writing to a string cannot fail.
        _ = write!(link, "{}{}", lines.0, range.start.line);
        if range.end.line > range.start.line {
            _ = write!(link, "{}{}", lines.1, range.end.line);
        }
    }
    link
}

/// A path as part of a URI: everything but unreserved characters and `/` is percent-encoded.
pub fn encoded(path: &RepoPath) -> String {
    let mut uri = String::new();
    for byte in path.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(*byte)),
            _ => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri
}

/// Text that means nothing in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_become_pages() {
        for (remote, page) in [
            ("git@github.com:a/b.git", Some("https://github.com/a/b")),
            ("https://user:token@github.com/a/b.git", Some("https://github.com/a/b")),
            ("ssh://git@gitlab.example.com:2222/g/sub/b.git", Some("https://gitlab.example.com/g/sub/b")),
            ("/srv/git/b.git", None),
            ("file:///srv/git/b.git", None),
            ("C:\\git\\b", None),
            ("https://evil/<script>", None),
        ] {
            assert_eq!(address(remote).as_deref(), page, "{remote}");
        }
    }

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encoded(&RepoPath::from_bytes(b"a b/%#?\xff.py")), "a%20b/%25%23%3F%FF.py");
    }
}
