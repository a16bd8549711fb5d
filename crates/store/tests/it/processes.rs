//! Real processes that hold a lease: killed, never waited for, or stopped and let go on.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use store::{
    Document, Fingerprint, HoldError, Known, Lease, LeaseError, Ledger, Liveness, Owner, Store,
};

/// Names the store of a process that holds.
const STORE: &str = "HRFLOW_CONNECTORS_TEST_HOLDER";

async fn open(url: &str) -> Arc<dyn Store> {
    store::open(&url.parse().unwrap(), &[]).await.unwrap()
}

fn record(store: &Arc<dyn Store>) -> Document<String> {
    Document::new(store.clone(), "record")
}

/// This test in another process: it takes a lease, and then saves for each line that it is sent.
struct Holder {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Holder {
    fn start(url: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::a_process_that_holds", "--nocapture"])
            .env(STORE, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut holder = Self { child, stdin, stdout };
        assert_eq!(holder.says(), "holds");
        holder
    }

    /// What it says next. The test harness around it speaks, too.
    fn says(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "the process has ended");
            if let Some((_, said)) = line.trim_end().split_once("holder: ") {
                return said.to_owned();
            }
        }
    }

    fn is_told_to_save(&mut self) {
        writeln!(self.stdin, "save").unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops the process, and waits until each of its threads has stopped: one that went on would
    /// begin to save, and be stopped with the store's lock in its hands.
    fn stop(&self) {
        self.signal(Signal::STOP);
        let pid = Pid::from_child(&self.child);
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does nothing where no other test has started it.
#[allow(clippy::disallowed_methods, reason = "it is given to this test")]
#[test]
fn a_process_that_holds() {
    let Ok(url) = std::env::var(STORE) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = open(&url).await;
        let lease = Lease::take(store.clone(), "lease", Owner::here("held")).await.unwrap();
        let mut ledger = Ledger::open_under(store.clone(), "ledger", &lease).await.unwrap();
        record(&store).save_under(&lease, &"running".to_owned()).await.unwrap();
        println!("holder: holds");
        for _ in std::io::stdin().lines() {
            let saved = record(&store).save_under(&lease, &"ended".to_owned()).await;
            ledger.record("late", Known::As(Fingerprint::of(b"late")), None);
            let flushed = ledger.flush().await;
            let saved = match saved {
                Ok(()) => "saved".to_owned(),
                Err(HoldError::Lost { by }) => format!("lost to {}", by.unwrap().run),
                Err(HoldError::Store(error)) => format!("{error}"),
            };
            println!("holder: {saved}, {}", if flushed.is_ok() { "flushed" } else { "overtaken" });
        }
    });
}

fn urls(folder: &Path) -> [String; 2] {
    [format!("sqlite:{}/s.sqlite", folder.display()), format!("file:{}/files", folder.display())]
}

#[tokio::test]
async fn a_process_that_was_killed_blocks_nobody_though_nobody_has_waited_for_it() {
    let folder = tempfile::tempdir().unwrap();
    for url in urls(folder.path()) {
        let mut holder = Holder::start(&url);
        let store = open(&url).await;
        let alive = Lease::take(store.clone(), "lease", Owner::here("next")).await;
        let Err(LeaseError::Held(held)) = alive else { panic!("taken from the living") };
        assert_eq!((held.liveness, held.owner.process), (Liveness::Alive, holder.child.id()));
        holder.signal(Signal::KILL);
        // Its end of the pipe is closed, so it has died; it is a zombie until it is waited for.
        let mut rest = String::new();
        while holder.stdout.read_line(&mut rest).unwrap() > 0 {}
        let next = loop {
            match Lease::take(store.clone(), "lease", Owner::here("next")).await {
                Ok(lease) => break lease,
                // It closes its pipes shortly before its state says that it has died.
                Err(LeaseError::Held(held)) if held.liveness == Liveness::Alive => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!((next.epoch(), next.is_taken_over()), (2, true));
        next.release().await.unwrap();
    }
}

#[tokio::test]
async fn a_process_that_was_stopped_overwrites_nothing_of_whoever_took_over() {
    let folder = tempfile::tempdir().unwrap();
    for url in urls(folder.path()) {
        let mut holder = Holder::start(&url);
        let store = open(&url).await;
        holder.stop();
        holder.is_told_to_save();
        let me = Owner::here("next");
        let broken = Lease::break_lock(&*store, "lease", &me).await.unwrap().unwrap();
        assert_eq!(broken.liveness, Liveness::Alive);
        let lease = Lease::take(store.clone(), "lease", me).await.unwrap();
        record(&store).save_under(&lease, &"running".to_owned()).await.unwrap();
        holder.signal(Signal::CONT);
        assert_eq!(holder.says().split(',').next(), Some("lost to next"));
        assert_eq!(record(&store).load().await.unwrap().unwrap(), "running");
        lease.check().await.unwrap();
    }
}
