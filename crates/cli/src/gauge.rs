//! How far a run is, in one line.

use std::time::{Duration, Instant};

use hrflow_connectors::{Event, Outcome, Phase, Position, Wait, WaitCause};

use crate::units::{duration, grouped};

/// Waits shorter than this are not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(900);
/// A rate is told only when it has been measured for so long.
const SETTLED: Duration = Duration::from_secs(5);

/// What is known of a run's progress.
pub(crate) struct Gauge {
    position: Position,
    /// When the phase began.
    began: Instant,
    retries: u64,
    waiting: Option<(String, Instant)>,
}

impl Gauge {
    /// Of a run that begins now.
    pub(crate) fn new(outcomes: &[Outcome], now: Instant) -> Self {
        Self { position: Position::new(outcomes), began: now, retries: 0, waiting: None }
    }

    /// Takes an event in.
    pub(crate) fn record(&mut self, event: &Event, now: Instant) {
        self.position.record(event);
        match event {
            Event::Phase { .. } => self.began = now,
            Event::Waiting(wait) => self.wait(*wait, now),
            _ => {}
        }
    }

    fn wait(&mut self, wait: Wait, now: Instant) {
        let what = match wait.cause {
            // It is over.
            WaitCause::Pace => return,
            WaitCause::RateLimit => "rate limit",
            WaitCause::Retry => {
                self.retries += 1;
                "retry"
            }
        };
        if wait.duration >= WORTH_A_WORD {
            self.waiting = Some((format!("{} {what}", wait.service), now + wait.duration));
        }
    }

    /// How many items of the phase are done.
    pub(crate) fn done(&self) -> u64 {
        self.position.done()
    }

    /// How many there are, where that is known: never fewer than are done.
    pub(crate) fn total(&self) -> Option<u64> {
        self.position.total()
    }

    /// `Archiving 143/3,000  4 %  1.6/s  ETA 29 min 45 s  waiting: HrFlow rate limit (1 s)`.
    pub(crate) fn line(&self, now: Instant) -> String {
        let mut parts = vec![self.position()];
        parts.extend(self.pace(now));
        if let Some((what, until)) = self.waiting.as_ref().filter(|(_, until)| *until > now) {
            let seconds = until.duration_since(now).as_secs_f64().ceil();
            parts.push(format!("waiting: {what} ({seconds} s)"));
        }
        let outcomes = self.position.counts().outcomes.iter().filter(|(_, count)| *count > 0);
        parts.extend(outcomes.map(|(outcome, count)| format!("{} {outcome}", grouped(count))));
        if self.retries > 0 {
            parts.push(format!("retried: {}", grouped(self.retries)));
        }
        parts.join("  ")
    }

    fn position(&self) -> String {
        let phase = match self.position.phase() {
            Phase::Verifying => "Verifying",
            Phase::Moving => "Processing",
            Phase::Confirming => "Confirming",
            Phase::Archiving => "Archiving",
        };
        let done = self.done();
        match self.total() {
            Some(total) => {
                format!("{phase} {}/{}  {} %", grouped(done), grouped(total), done * 100 / total)
            }
            None => format!("{phase} {}", grouped(done)),
        }
    }

    /// The rate, and when the phase will be over at that rate.
    fn pace(&self, now: Instant) -> Vec<String> {
        let (elapsed, done) = (now.duration_since(self.began), self.done());
        if done == 0 || elapsed < SETTLED {
            return Vec::new();
        }
        #[allow(clippy::cast_precision_loss, reason = "a rate is told with two digits")]
        let rate = done as f64 / elapsed.as_secs_f64();
        let rate = if rate < 10.0 { format!("{rate:.1}/s") } else { format!("{rate:.0}/s") };
        let left = self.total().map_or(0, |total| total - done);
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let eta = (left > 0).then(|| elapsed.saturating_mul(left) / done / 1_000 * 1_000);
        let eta = eta.map(|milliseconds| format!("ETA {}", duration(milliseconds.max(1_000))));
        std::iter::once(rate).chain(eta).collect()
    }
}

#[cfg(test)]
mod tests {
    use hrflow_connectors::{Event, Outcome, Phase, Wait, WaitCause};

    use super::{Duration, Gauge, Instant};

    #[test]
    fn the_line_says_what_is_done_how_far_how_long_and_what_is_waited_for() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut gauge = Gauge::new(&[Outcome::Archived], began);
        assert_eq!(gauge.line(began), "Processing 0", "nothing is told that is not known");
        gauge.record(&Event::Phase { phase: Phase::Confirming, items: Some(300) }, began);
        for _ in 0..30 {
            gauge.record(&Event::Checked, began);
        }
        assert_eq!(gauge.line(after(1)), "Confirming 30/300  10 %");
        assert_eq!(gauge.line(after(60)), "Confirming 30/300  10 %  0.5/s  ETA 9 min 0 s");
        let wait = Wait {
            service: "HrFlow",
            cause: WaitCause::Retry,
            duration: Duration::from_secs(4),
            asked: None,
        };
        gauge.record(&Event::Waiting(wait), after(2));
        assert_eq!(
            gauge.line(after(3)),
            "Confirming 30/300  10 %  waiting: HrFlow retry (3 s)  retried: 1"
        );
    }

    #[test]
    fn no_count_is_above_its_total() {
        let began = Instant::now();
        let mut gauge = Gauge::new(&[Outcome::Archived], began);
        gauge.record(&Event::Phase { phase: Phase::Verifying, items: Some(2) }, began);
        for _ in 0..3 {
            gauge.record(&Event::Checked, began);
        }
        assert_eq!(gauge.line(began), "Verifying 3/3  100 %");
    }
}
