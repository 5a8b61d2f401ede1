//! Destinations, written anew.

/// A destination that leads from the directory `from` to the path `to`, in the style of the one that stands there.
pub(super) fn rewritten(destination: &str, from: &str, to: &str) -> Option<String> {
    let end = destination.find(['#', '?']).unwrap_or(destination.len());
    let (old, rest) = destination.split_at(end);
    let path = match old.starts_with('/') {
        true => format!("/{to}"),
        false => relative(from, to),
    };
    let dotted = old.starts_with("./") && !path.starts_with("../");
    // A backslash would be an escape, and a control character ends a destination.
    let writable = !path.contains(|c: char| c == '\\' || c.is_control());
    writable.then(|| format!("{}{}{rest}", if dotted { "./" } else { "" }, encoded(&path)))
}

fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|segment| !segment.is_empty()).collect();
    let to: Vec<&str> = to.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count().min(to.len() - 1);
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// The characters that mean something in an address or in Markdown.
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for char in path.chars() {
        match char {
            ' ' | '(' | ')' | '<' | '>' | '#' | '?' | '%' | '"' => text.push_str(&format!("%{:02X}", char as u32)),
            _ => text.push(char),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn destinations_keep_their_style() {
        for (old, from, to, new) in [
            ("guide.md#x", "docs", "docs/manual/guide.md", "manual/guide.md#x"),
            ("a/guide.md", "docs/a", "guide.md", "../../guide.md"),
            ("/guide.md", "docs", "docs/guide.md", "/docs/guide.md"),
            ("./guide.md?raw=1", "", "docs/guide.md", "./docs/guide.md?raw=1"),
            ("old.md", "docs", "docs/new (1).md", "new%20%281%29.md"),
            ("x/docs", "docs", "docs", "../docs"),
        ] {
            assert_eq!(rewritten(old, from, to).as_deref(), Some(new));
        }
    }
}
