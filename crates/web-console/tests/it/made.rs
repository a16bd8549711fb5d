//! A store as runs leave it, with what each test needs in it.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::http::{Request, StatusCode};
use hrflow_connectors::{RunId, blob_name};
use serde_json::{Value, json};
use store::{Condition, Document, Store, StoreUrl};
use tower::ServiceExt;
use web_console::{Access, Console, Shelf, Sources};

/// A store and its console.
pub(crate) struct Made {
    pub(crate) shelf: Shelf,
    pub(crate) console: Console,
}

/// What a page was.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) policy: String,
    pub(crate) text: String,
}

impl Made {
    /// Nothing in it yet.
    pub(crate) async fn empty() -> Self {
        let store: Arc<dyn Store> = store::open(&StoreUrl::Memory, &[]).await.unwrap();
        let shelf = Shelf { url: "memory:".to_owned(), store };
        let shelves = vec![shelf.clone()];
        Self { shelf, console: Console::new(Sources { shelves, ..Sources::default() }) }
    }

    /// A run that has ended so, and its id.
    pub(crate) async fn run(&self, workflow_id: &str, change: impl FnOnce(&mut Value)) -> RunId {
        let run_id = RunId::new();
        let mut record = json!({
            "run_id": run_id, "workflow_id": workflow_id,
            "action": "francetravail.sync_jobs_in_hrflow",
            "started_at": run_id.began().unwrap().to_string(), "state": "ended", "kind": "whole",
            "fingerprint": "0", "journal_bytes": 0,
            "workflow": {"workflow_id": {"text": workflow_id}, "logics": [],
                "pull_parameters": [["departement", {"text": "75"}]], "file": null},
            "result": {
                "status": "success", "reason": "none", "message": null, "complete": true,
                "duration_ms": 61_000, "unsent": 0, "pending": 2,
                "events": {"read_success": 1_030, "logics_discard": 20, "logics_failure": 3,
                    "format_failure": 0, "write_failure": 0},
                "outcomes": {"created": 7, "updated": 0, "unchanged": 1_000, "archived": 4,
                    "missing": 0, "failed": 0},
                "spent": {"functions_ms": 610, "waits": [{"service": "France Travail",
                    "cause": "pace", "calls": 12, "duration_ms": 30_500}]},
            },
        });
        change(&mut record);
        let name = format!("runs/{}/{run_id}", blob_name(workflow_id));
        Document::<Value>::new(self.shelf.store.clone(), name).save(&record).await.unwrap();
        run_id
    }

    /// How items of a run ended, a line each.
    pub(crate) async fn outcomes(&self, run_id: &RunId, lines: &[Value]) {
        self.page(run_id, "outcomes", lines).await;
    }

    /// What failed in a run.
    pub(crate) async fn letters(&self, run_id: &RunId, letters: &[Value]) {
        self.page(run_id, "letters", letters).await;
    }

    async fn page(&self, run_id: &RunId, kind: &str, lines: &[Value]) {
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let name = format!("journals/{run_id}/{kind}/000000000001");
        self.put(&name, &format!("{{\"format\":2}}\n{lines}")).await;
    }

    async fn put(&self, name: &str, text: &str) {
        let bytes = text.to_owned().into();
        self.shelf.store.put(name, bytes, Condition::Always).await.unwrap();
    }

    /// A page in English.
    pub(crate) async fn get(&self, address: &str) -> Page {
        self.get_in(address, "en").await
    }

    /// A page in a language.
    pub(crate) async fn get_in(&self, address: &str, language: &str) -> Page {
        self.console.refresh().await;
        let request = Request::get(address)
            .header("host", "localhost")
            .header("accept-language", language)
            .body(axum::body::Body::empty())
            .unwrap();
        let router = self.console.router(Access::ThisMachine);
        let answer = router.oneshot(request).await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Page { status, policy, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}

impl Page {
    /// Fails where one of these is not in the page.
    #[track_caller]
    pub(crate) fn has(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.text.contains(text), "no `{text}` in:\n{}", self.text);
        }
    }
}
