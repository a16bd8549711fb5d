//! What each page says.

use axum::http::StatusCode;
use serde_json::json;

use crate::made::Made;

#[tokio::test]
async fn the_overview_has_what_needs_somebody_first() {
    let made = Made::empty().await;
    made.run("well", |_| {}).await;
    made.run("broken", |record| {
        record["result"]["status"] = "fatal".into();
        record["result"]["reason"] = "read_failure".into();
        record["result"]["message"] = "the service is down".into();
    })
    .await;
    let page = made.get("/").await;
    page.has(&["failing", "the last run failed: the service is down", "1,007", "All <b>2</b>"]);
    let place = |name: &str| page.text.find(&format!("/workflows/{name}")).unwrap();
    assert!(place("broken") < place("well"));
    let only = made.get("/?health=healthy").await;
    assert!(!only.text.contains("/workflows/broken") && only.text.contains("/workflows/well"));
    let found = made.get("/?q=BROK").await;
    assert!(!found.text.contains("/workflows/well") && found.text.contains("/workflows/broken"));
    made.get_in("/", "fr-FR").await.has(&["lang=\"fr\"", "en échec", "1\u{202f}007"]);
}

#[tokio::test]
async fn a_run_shows_the_way_of_its_items_its_time_and_the_next_step() {
    let made = Made::empty().await;
    let run_id = made
        .run("a/b c", |record| {
            record["state"] = "stopped".into();
            record["result"]["interrupted"] = true.into();
            record["result"]["hints"] = json!(["allow_mass_archive"]);
            record["result"]["events"]["write_failure"] = 2.into();
            record["result"]["message"] = "80 of 100 jobs would be archived".into();
        })
        .await;
    let letter = |key: &str| {
        json!({"key": key, "stage": "write", "why": format!("job {key} was refused"),
            "can_be_retried": true, "item": {"reference": key, "name": "Baker"}})
    };
    made.letters(&run_id, &[letter("1AAA"), letter("2BBB")]).await;
    made.get("/").await.has(&["/workflows/a%2Fb%20c"]);
    let page = made.get(&format!("/workflows/a%2Fb%20c/runs/{run_id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.has(&[
        "20 Discarded by a logic, 3 Failed in a logic, 7 created, 1,000 unchanged, 4 archived, 2 missed, pending",
        "80 of 100 jobs would be archived",
        "allowed pace",
        "30.5 s",
        "50%",
        &format!("hrflow-connectors resume {run_id} --store memory:"),
        &format!("hrflow-connectors retry {run_id} --store memory:"),
        "--allow-mass-archive",
        "<b>2</b> write: job … was refused",
        "&#34;name&#34;: &#34;Baker&#34;",
        "pull_parameters.departement",
    ]);
}

#[tokio::test]
async fn an_offer_is_found_in_every_run_that_knows_it() {
    let made = Made::empty().await;
    let first = made.run("paris", |_| {}).await;
    let second = made.run("lyon", |_| {}).await;
    made.outcomes(&first, &[json!(["195KQTL", "created"]), json!(["195KQT", "updated"])]).await;
    let details = json!({"stage": "write", "why": "the board is full", "can_be_retried": false});
    made.outcomes(&second, &[json!(["195KQTL", "failed", details])]).await;
    let page = made.get("/find?id=195KQTL").await;
    page.has(&[
        &format!("/workflows/paris/runs/{first}"),
        &format!("/workflows/lyon/runs/{second}"),
        "the board is full",
        "Runs searched: 2",
    ]);
    assert!(!page.text.contains("updated"), "another offer is not meant: {}", page.text);
    assert!(page.text.find("lyon").unwrap() < page.text.find("paris").unwrap(), "newest first");
    made.get("/find?id=nobody").await.has(&["No run that the store remembers"]);
    let items = made.get(&format!("/workflows/lyon/runs/{second}/items?outcome=failed")).await;
    items.has(&["/find?id=195KQTL", "the board is full"]);
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let made = Made::empty().await;
    let hostile = "\"'><script>alert(1)</script>\u{202e}".to_owned() + &"x".repeat(1_000_000);
    let run_id = made
        .run("<i>name</i>", |record| {
            record["result"]["message"] = hostile.clone().into();
            record["workflow"]["pull_parameters"] = json!([["motsCles", {"text": hostile}]]);
            record["result"]["events"]["logics_failure"] = 1.into();
        })
        .await;
    let letter = json!({"key": hostile, "stage": hostile, "why": hostile, "can_be_retried": true,
        "item": {"name": hostile}});
    made.letters(&run_id, &[letter]).await;
    made.outcomes(&run_id, &[json!([hostile, "failed", {"stage": "write", "why": hostile}])]).await;
    let name = "%3Ci%3Ename%3C%2Fi%3E";
    for address in [
        "/".to_owned(),
        format!("/workflows/{name}"),
        format!("/workflows/{name}/runs/{run_id}"),
        format!("/workflows/{name}/runs/{run_id}/items"),
        "/find?id=%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
        "/?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
    ] {
        let page = made.get(&address).await;
        assert!(page.status.is_success(), "{address}: {}", page.status);
        assert!(
            !page.text.contains("<script>alert") && !page.text.contains("<i>name"),
            "{address}"
        );
        assert!(page.policy.contains("script-src 'self'") && !page.policy.contains("unsafe"));
        assert!(!page.text.contains(" style=") && !page.text.contains(" onclick"), "{address}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let made = Made::empty().await;
    made.run("paris", |_| {}).await;
    for address in [
        "/nowhere",
        "/workflows/nobody",
        "/workflows/paris/runs/..%2f..%2fworkflows",
        "/workflows/paris/runs/01a213f7-3907-7061-87e5-6e761c31917a",
        "/plans/..%2f..%2fetc",
        "/plans/.hidden",
        "/assets/0/style.css",
    ] {
        assert_eq!(made.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    made.get("/calls").await.has(&["open the console of `serve`"]);
    made.get("/plans").await.has(&["No saved plans."]);
}

#[tokio::test]
async fn long_lists_have_pages() {
    let made = Made::empty().await;
    for number in 0..60 {
        made.run("paris", |record| record["result"]["duration_ms"] = (number * 1_000).into()).await;
    }
    let first = made.get("/workflows/paris").await;
    first.has(&["Page 1 / 2", "/workflows/paris?page=2"]);
    let second = made.get("/workflows/paris?page=2").await;
    second.has(&["Page 2 / 2"]);
    assert_eq!(second.text.matches("<th scope=\"row\"><a").count(), 10);
    made.get("/workflows/paris?page=99").await.has(&["Page 2 / 2"]);
}
