//! `serve`: a fleet as a service, in processes of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fleet::{Fleet, health};

/// Nothing takes longer here.
const PATIENCE: Duration = Duration::from_mins(2);

/// A serving process, ended as a power cut does when it is dropped.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: String,
}

impl Service {
    pub(crate) fn start(fleet: &Fleet, more: &[&str]) -> Self {
        let arguments = [&["serve", ".", "--listen", "127.0.0.1:0"], more].concat();
        Self::of(fleet.prepared(&arguments))
    }

    /// A process that says where it listens.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let (_, address) = line.split_once(" on http://").unwrap_or_else(|| panic!("{line}"));
        let address = address.to_owned();
        // A full pipe would block the process.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// The status and the body of an answer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.call(&format!("GET {path}"), &[("Host", &self.address)], "")
    }

    /// The same of any request.
    pub(crate) fn call(
        &self,
        request: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        write!(stream, "{request} HTTP/1.0\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    pub(crate) fn status(&self) -> Value {
        let (status, body) = self.get("/status.json");
        // Not known yet.
        let empty = || serde_json::json!({"workflows": []});
        if status == 200 { serde_json::from_str(&body).unwrap() } else { empty() }
    }

    /// Asks every now and then until an answer is as it should be.
    #[track_caller]
    pub(crate) fn until(&self, what: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !what(self) {
            assert!(began.elapsed() < PATIENCE, "{}", self.status());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.get("/readyz") == (200, "active\n".to_owned())
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits for that.
    #[cfg(unix)]
    fn terminate(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fleet whose run was killed in its midst, so that there is something to do at once; and that
/// never comes due otherwise.
fn interrupted() -> Fleet {
    let fleet = Fleet::beside(
        &["--offers", "3000", "--board-holds", "0", "--hrflow-latency", "100"],
        &["75", "69"],
    );
    add(&fleet, "schedule = \"0 0 1 1 *\"\nwrite_concurrency = 8\n");
    let mut run = fleet.prepared(&["run", "."]).stderr(Stdio::null()).spawn().unwrap();
    let store = fleet.path().join("state.sqlite");
    let began = Instant::now();
    let has_begun = || {
        let (status, _) = fleet.json(&["status", ".", "--output", "json"]);
        store.exists() && health(&status).iter().all(|(_, health)| *health == "running")
    };
    while !has_begun() {
        assert!(began.elapsed() < PATIENCE);
    }
    run.kill().unwrap();
    run.wait().unwrap();
    fleet
}

/// Writes more into the fleet's file, above its tables.
pub(crate) fn add(fleet: &Fleet, text: &str) {
    let path = fleet.path().join("fleet.toml");
    let shared = fs::read_to_string(&path).unwrap();
    fs::write(path, text.to_owned() + &shared).unwrap();
}

#[test]
fn a_standby_goes_on_where_a_killed_service_was() {
    let fleet = interrupted();
    let mut first = Service::start(&fleet, &[]);
    first.until(Service::is_active);
    let second = Service::start(&fleet, &[]);
    assert_eq!(second.get("/readyz"), (200, "standby\n".to_owned()));
    assert_eq!(second.get("/healthz"), (200, "ok\n".to_owned()));
    first.until(|it| health(&it.status()).contains(&("75", "running")));
    first.kill();

    second.until(Service::is_active);
    second
        .until(|it| it.status()["healthy"] == true && !it.status().to_string().contains("running"));
    // Each of the jobs is there once.
    let (plan, _) = fleet.json(&["plan", ".", "--output", "json"]);
    for planned in plan["plans"].as_array().unwrap() {
        assert_eq!(planned["plan"]["steps"].as_array().unwrap().len(), 0, "{planned}");
    }
    let (status, body) = second.get("/metrics");
    assert_eq!(status, 200);
    assert!(body.contains("hrflow_connectors_active 1\n"), "{body}");
    assert!(
        body.contains("hrflow_connectors_workflow_health{health=\"healthy\",workflow=\"75\"} 1")
    );
}

#[cfg(unix)]
#[test]
fn a_service_that_is_to_end_stops_its_runs_and_the_next_resumes_them() {
    let fleet = interrupted();
    let mut first = Service::start(&fleet, &["--drain", "0s"]);
    first.until(|it| health(&it.status()).contains(&("75", "running")));
    assert_eq!(first.terminate(), Some(0));
    let (runs, _) = fleet.json(&["runs", "list", "--store", &store(&fleet), "--output", "json"]);
    let states = runs["runs"].as_array().unwrap().iter().map(|run| run["state"].clone());
    assert!(states.clone().all(|state| state == "stopped"), "{runs}");
    // One after the other: it asks first which is the smaller.
    let second = Service::start(&fleet, &["--jobs", "1"]);
    second
        .until(|it| it.status()["healthy"] == true && !it.status().to_string().contains("running"));
    // They were gone on with: no run is new.
    let ids = |runs: &Value| {
        let runs = runs["runs"].as_array().unwrap().iter();
        runs.map(|run| run["run_id"].clone()).collect::<Vec<_>>()
    };
    let (after, _) = fleet.json(&["runs", "list", "--store", &store(&fleet), "--output", "json"]);
    assert_eq!(ids(&after), ids(&runs), "{after}");
}

pub(crate) fn store(fleet: &Fleet) -> String {
    format!("sqlite:{}", fleet.path().join("state.sqlite").display())
}

#[test]
fn changed_files_are_read_again_and_wrong_ones_change_nothing() {
    let fleet = Fleet::beside(&["--offers", "100"], &["75"]);
    add(&fleet, "schedule = \"0 0 1 1 *\"\n");
    let service = Service::start(&fleet, &[]);
    service.until(|it| health(&it.status()) == [("75", "never_ran")]);
    fleet.write("13", "departement = \"13\"");
    service.until(|it| health(&it.status()).len() == 2);
    fleet.write("69", "departement = \"zz\"");
    service.until(|it| it.get("/readyz").0 == 503);
    let (_, why) = service.get("/readyz");
    assert!(why.contains("`zz` is not a département"), "{why}");
    assert_eq!(health(&service.status()).len(), 2);
    fs::remove_file(fleet.path().join("69.toml")).unwrap();
    service.until(|it| it.get("/readyz").0 == 200);
}

#[test]
fn what_cannot_be_served_is_refused() {
    let fleet = Fleet::beside(&["--offers", "10"], &["75"]);
    let shared = fs::read_to_string(fleet.path().join("fleet.toml")).unwrap();
    let bad = "schedule = \"* * *\"\n[[notify]]\nkind = \"fax\"\n".to_owned();
    fs::write(fleet.path().join("fleet.toml"), bad).unwrap();
    let wrong = fleet.refusal(&["serve", "."]);
    fs::write(fleet.path().join("fleet.toml"), &shared).unwrap();
    let other = Service::start(&fleet, &[]);
    let taken = fleet.refusal(&["serve", ".", "--listen", &other.address]);
    let taken = taken.replace(&other.address, "ADDRESS");
    let port = other.address.rsplit_once(':').unwrap().1;
    let taken = taken.replace(&format!("port {port}"), "port PORT");
    let named = shared.lines().find(|line| line.starts_with("store")).unwrap();
    let memory = shared.replace(named, "store = \"memory:\"");
    fs::write(fleet.path().join("fleet.toml"), memory).unwrap();
    let forgetful = fleet.refusal(&["serve", "."]);
    insta::assert_snapshot!([wrong, taken, forgetful].join("\n"));
}
