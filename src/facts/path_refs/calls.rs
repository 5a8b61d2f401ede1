//! What calls tell about the paths they are given, as far as the languages agree.

use super::expression::Use;
use super::value::Mark;

/// Methods of a logger.
const LOG_METHODS: [&str; 12] =
    ["critical", "debug", "error", "exception", "fatal", "info", "log", "notice", "success", "trace", "warn", "warning"];

/// Whether `receiver.method(…)` writes to a log or to the console; `receiver` is the last name before the method.
pub(super) fn is_log(receiver: &str, method: &str) -> bool {
    let receiver = receiver.trim_start_matches(['_', '#']).to_ascii_lowercase();
    let is_logger = matches!(receiver.as_str(), "log" | "logging" | "console" | "get_logger")
        || receiver.ends_with("logger")
        || receiver.ends_with("_log");
    // `console.group`, `console.table`
    is_logger && (receiver == "console" || LOG_METHODS.contains(&method))
}

/// Whether a class or function of this name makes an error, be it raised here or later.
pub(super) fn is_error(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Exception")
}

/// What a function of this name does with the file that its first argument names: it reads a file where its name begins with
/// the word `load`, `read` or `open`.
pub(super) fn by_name(function: &str) -> Option<Mark> {
    let name = function.trim_start_matches('_');
    let begins = |word: &str| {
        let rest = name.strip_prefix(word)?;
        rest.chars().next().is_none_or(|next| next == '_' || next.is_ascii_uppercase()).then_some(())
    };
    ["load", "read", "open"].into_iter().find_map(begins).map(|()| Mark::READ)
}

/// What a file is opened for, by its mode (`r`, `wb`, `a+`); `None` stands for a mode that only the running program knows.
pub(super) fn by_mode(mode: Option<&str>) -> Mark {
    match mode {
        None => Mark { usage: Use::Unknown, ..Mark::READ },
        Some(mode) if mode.starts_with(['w', 'a', 'x']) => Mark::WRITE,
        Some(_) => Mark::READ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loaders_are_known_by_their_first_word() {
        for name in ["open", "load_json", "_load_registry", "readFile", "read_csv", "load"] {
            assert!(by_name(name).is_some(), "{name}");
        }
        for name in ["loads", "openai", "ready", "reader", "download", "readdir"] {
            assert!(by_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn loggers_are_known_by_their_last_word() {
        for (receiver, method) in [("logger", "info"), ("_LOG", "debug"), ("accessLogger", "warn"), ("console", "table")] {
            assert!(is_log(receiver, method), "{receiver}.{method}");
        }
        for (receiver, method) in [("catalog", "info"), ("dialog", "error"), ("logger", "add"), ("math", "log")] {
            assert!(!is_log(receiver, method), "{receiver}.{method}");
        }
    }
}
