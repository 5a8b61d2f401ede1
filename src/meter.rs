//! How far a run is, and where its time went.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts of one run, which threads share.
#[derive(Debug)]
pub struct Meter {
    laps: Mutex<Laps>,
    done: AtomicUsize,
    total: AtomicUsize,
}

#[derive(Debug)]
struct Laps {
    since: Instant,
    /// In the order in which they were first met.
    phases: Vec<(&'static str, Duration)>,
}

impl Default for Meter {
    fn default() -> Self {
        let laps = Mutex::new(Laps { since: Instant::now(), phases: Vec::new() });
        Meter { laps, done: AtomicUsize::new(0), total: AtomicUsize::new(0) }
    }
}

impl Meter {
    /// Books the time since the last call on `phase`.
    pub fn lap(&self, phase: &'static str) {
        let mut laps = self.laps.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let spent = now.duration_since(std::mem::replace(&mut laps.since, now));
        match laps.phases.iter_mut().find(|(known, _)| *known == phase) {
            Some((_, time)) => *time += spent,
            None => laps.phases.push((phase, spent)),
        }
    }

    /// The phases so far and what each took.
    pub fn phases(&self) -> Vec<(&'static str, Duration)> {
        self.laps.lock().unwrap_or_else(PoisonError::into_inner).phases.clone()
    }

    /// Says that so many more files will be looked into.
    pub fn expect(&self, files: usize) {
        self.total.fetch_add(files, Ordering::Relaxed);
    }

    /// Says that a file was looked into.
    pub fn tick(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// How many files were looked into, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_booked_once_and_phases_add_up() {
        let meter = Meter::default();
        for phase in ["read", "judge", "read"] {
            std::thread::sleep(Duration::from_millis(2));
            meter.lap(phase);
        }
        let phases = meter.phases();
        assert_eq!(phases.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["read", "judge"]);
        assert!(phases[0].1 >= Duration::from_millis(4));
        meter.expect(2);
        meter.tick();
        assert_eq!(meter.progress(), (1, 2));
    }
}
