//! What a value tells about a path, once its names are followed.

use super::expression::{self, HERE, HOLE, PathExpression};
use super::value::Value;
use crate::formats::code::Language;

/// What `value` says where `text`, in which [`HOLE`] stands for what is unknown, is all that is known of it.
pub(super) fn path(language: Language, value: &Value, text: &str) -> Option<PathExpression> {
    let mark = value.mark;
    let text = if mark.import { unbundled(text) } else { text.to_owned() };
    let is_here = text.starts_with(HERE);
    let is_package = mark.package && !text.starts_with(['.', '/', HERE, HOLE]);
    let rest = text.trim_start_matches(HERE).replace(HERE, "\0");
    let text = if is_here { format!(".{rest}") } else { rest };
    let prose = !value.built && !is_here;
    let mut path = match mark.listed {
        Some(depth) => expression::read_listing(&text, depth, prose)?,
        // `image/*`, `/docs/:path*`: a type, a route, or all that a directory holds
        None if text.ends_with('*') => return None,
        None => expression::read(&expression::fill_placeholders(&text), prose)?,
    };
    // What a script loads is looked for where it runs, unless it says that it means its own directory.
    let runs_anywhere = matches!(language, Language::Shell | Language::Ruby);
    let is_relative = mark.import && !runs_anywhere && matches!(text.split('/').next(), Some("." | ".."));
    let known = path.relative.take();
    match () {
        () if is_here && !mark.import && mark.listed.is_none() => {
            // The tree may have it elsewhere: code runs where it was copied to.
            path.here = known;
            path.unknown_before = true;
        }
        () if is_here || is_relative => path.relative = known,
        () => {}
    }
    path.opened = mark.opened;
    path.usage = mark.usage;
    path.elsewhere |= is_package;
    // In a shell script every word is a literal: `git add`, `set -e`.
    let is_word = path.unknown_end.is_none() && !path.unknown_before && !path.tail.contains(['/', '.']);
    (language != Language::Shell || path.opened || !is_word).then_some(path)
}

/// A bundler's `./x.json?raw`, and its `@/x.json`, of which only its settings know the start.
fn unbundled(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    let rest = ["@/", "~/", "#/"].into_iter().find_map(|alias| text.strip_prefix(alias));
    rest.map_or_else(|| text.to_owned(), |rest| format!("{HOLE}/{rest}"))
}
