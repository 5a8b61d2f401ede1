//! Progress on a terminal, for runs that take a while.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::meter::Meter;

/// How long a run is silent, and how often it says how far it is after that.
const PATIENCE: Duration = Duration::from_millis(300);
const PACE: Duration = Duration::from_millis(100);

/// A line on stderr that goes away when this does.
pub(super) struct Progress {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows how far `meter` is, if anybody can see it.
    pub fn of(meter: &Arc<Meter>, quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if quiet || dumb || !std::io::stderr().is_terminal() {
            return Progress { done: None, thread: None };
        }
        let (done, ended) = channel();
        let meter = meter.clone();
        let thread = std::thread::spawn(move || {
            let mut pause = PATIENCE;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = PACE;
                let (done, total) = meter.progress();
                let told = if total == 0 { "listing files".to_string() } else { format!("{done} of {total} files") };
                // What cannot be shown is not missed.
                let _ = write!(std::io::stderr(), "\r\x1b[2K{told}");
            }
            if pause == PACE {
                let _ = write!(std::io::stderr(), "\r\x1b[2K");
            }
        });
        Progress { done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
