//! Messages to channels, over real connections.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_client::HttpTransport;
use hmac::{Hmac, KeyInit, Mac};
use hrflow_connectors::{Channel, Environment, Fleet, FleetStatus, Live, Secret};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serve::{Metrics, Notifier, Sender};
use sha2::Sha256;
use store::Store;

use crate::listener::{Listener, mail_server};

const TOKEN: &str = "t0ken-in-the-path";

fn sender() -> Sender {
    Sender::new(Arc::new(HttpTransport::new().unwrap()))
}

/// A fleet of one workflow that has never run, and this in its file.
fn fleet(notify: &str) -> Fleet {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("paris.toml"), "workflow_id = \"paris\"\n").unwrap();
    std::fs::write(folder.path().join("fleet.toml"), format!("name = \"boards\"\n{notify}"))
        .unwrap();
    Fleet::read(folder.path(), &Environment::default()).unwrap()
}

fn channel(notify: &str) -> Channel {
    let fleet = fleet(notify);
    fleet.check_files().unwrap();
    fleet.workflows[0].settings.channels(&Environment::default()).unwrap().remove(0)
}

/// A status in which the last run was refused, or nothing is known to be wrong.
fn status(fleet: &Fleet, refused: Option<&str>, now: Timestamp) -> FleetStatus {
    let refusals = refused.map(|why| ("paris".to_owned(), why.to_owned())).into_iter().collect();
    let live = Live { refusals, ..Live::default() };
    FleetStatus::of(fleet, &hrflow_connectors::History::default(), &live, now)
}

async fn store() -> Arc<dyn Store> {
    store::open(&"memory:".parse().unwrap(), &[]).await.unwrap()
}

#[tokio::test]
async fn a_webhook_is_signed_and_told_each_change_once_whoever_tells() {
    let (listener, address) = Listener::start(&[]).await;
    let fleet = fleet(&format!(
        "[[notify]]\nkind = \"webhook\"\nurl = \"{address}/{TOKEN}\"\nkey = \"k3y\"\n"
    ));
    let (environment, store, now) = (Environment::default(), store().await, Timestamp::now());
    let metrics = Metrics::new().unwrap();
    for process in 0..2 {
        let mut notifier =
            Notifier::load(sender(), metrics.clone(), Some(store.clone()), "boards").await;
        for minute in 0..3 {
            let now = now + SignedDuration::from_mins(process * 3 + minute);
            let status = status(&fleet, Some("the filter changed"), now);
            notifier.tell(&fleet, &environment, &status, now).await;
        }
        let told = notifier.told();
        let [sent] = &told["paris"][..] else { panic!("{told:?}") };
        let first = (sent.channel.as_str(), sent.change.as_str());
        assert_eq!(first, ("webhook", "failing"), "whoever tells knows what was told");
    }
    let heard = listener.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let body: Value = serde_json::from_str(&heard[0].body).unwrap();
    assert_eq!(body["fleet"], "boards");
    assert_eq!(body["changes"][0]["workflow_id"], "paris");
    assert_eq!(body["changes"][0]["change"], "failing");
    assert_eq!(body["changes"][0]["reasons"][0], "the last run was refused: the filter changed");

    is_as_described(&body);

    let header = |name: &str| heard[0].headers[name].to_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"k3y").unwrap();
    mac.update(format!("{}.{}", header("x-hrflow-connectors-timestamp"), heard[0].body).as_bytes());
    let digits: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header("x-hrflow-connectors-signature"), format!("v1={digits}"));
    let text = metrics.text().unwrap();
    assert!(
        text.contains("notifications_total{channel=\"webhook\",result=\"delivered\"} 1"),
        "{text}"
    );
}

/// Whether a message has just the keys that its schema names.
fn is_as_described(body: &Value) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/webhook.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(body), keys(&schema["properties"]));
    let change = &schema["properties"]["changes"]["items"]["properties"];
    assert_eq!(keys(&body["changes"][0]), keys(change));
}

#[tokio::test]
async fn what_answers_badly_is_tried_again_and_its_address_is_told_to_nobody() {
    let (listener, address) = Listener::start(&[500, 429]).await;
    let notify = format!("[[notify]]\nkind = \"slack\"\nurl = \"{address}/{TOKEN}\"\n");
    let message = serve::Message::test("boards", Timestamp::now());
    sender().send(&channel(&notify), &message).await.unwrap();
    let heard = listener.heard();
    assert_eq!(heard.len(), 3);
    let body: Value = serde_json::from_str(&heard[2].body).unwrap();
    assert!(body["text"].as_str().unwrap().starts_with("boards: test message\n"), "{body}");

    let (listener, address) = Listener::start(&[404]).await;
    let notify = format!("[[notify]]\nkind = \"webhook\"\nurl = \"{address}/{TOKEN}\"\n");
    let why = sender().send(&channel(&notify), &message).await.unwrap_err();
    assert_eq!((why.as_str(), listener.heard().len()), ("127.0.0.1 answered 404", 1));

    let nobody = "[[notify]]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/t0ken-in-the-path\"\n";
    let why = sender().send(&channel(nobody), &message).await.unwrap_err();
    assert!(why.starts_with("127.0.0.1: could not connect") && !why.contains(TOKEN), "{why}");
}

#[tokio::test]
async fn a_mail_has_a_subject_and_a_text() {
    let (port, told) = mail_server().await;
    let channel = channel(&format!(
        "[[notify]]\nkind = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\n\
         encryption = \"none\"\nfrom = \"Boards <boards@example.org>\"\n\
         to = [\"ops@example.org\", \"night@example.org\"]\n"
    ));
    let message = serve::Message::test("boards", Timestamp::now());
    sender().send(&channel, &message).await.unwrap();
    let told = told.lock().unwrap().clone();
    for line in [
        "MAIL FROM:<boards@example.org>",
        "RCPT TO:<ops@example.org>",
        "RCPT TO:<night@example.org>",
        "Subject: boards: test message",
        "Test message of the fleet boards.",
    ] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
}

#[tokio::test]
async fn a_channel_that_cannot_be_told_is_told_later_and_keeps_nobody_from_the_others() {
    let (listener, address) = Listener::start(&[]).await;
    let fleet = fleet(&format!(
        "[[notify]]\nkind = \"slack\"\nurl = \"http://127.0.0.1:9\"\n\
         [[notify]]\nkind = \"webhook\"\nurl = \"{address}\"\n"
    ));
    let metrics = Metrics::new().unwrap();
    let mut notifier = Notifier::load(sender(), metrics.clone(), None, "boards").await;
    let now = Timestamp::now();
    let status = status(&fleet, Some("why"), now);
    notifier.tell(&fleet, &Environment::default(), &status, now).await;
    assert_eq!(listener.heard().len(), 1);
    let text = metrics.text().unwrap();
    assert!(text.contains("notifications_total{channel=\"slack\",result=\"failed\"} 1"), "{text}");
    // Nothing is tried within the next minute.
    notifier
        .tell(&fleet, &Environment::default(), &status, now + SignedDuration::from_secs(30))
        .await;
    assert_eq!(metrics.text().unwrap(), text);
}

#[test]
fn a_secret_address_is_in_no_debug_print() {
    let secret = Secret::new(TOKEN);
    let notify = format!(
        "[[notify]]\nkind = \"webhook\"\nurl = \"https://example.org/{}\"\n",
        secret.expose()
    );
    assert!(!format!("{:?}", channel(&notify)).contains(TOKEN));
}
