//! Text parsing for many items at a time, with few calls.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hrflow_api::{Client, Error, Failure, Findings};
use tokio::sync::oneshot;

/// How many texts one call brings. One source allows 31, another 15, and by that an even number.
const MOST_TEXTS: usize = 14;
/// How long a text waits for others to go with.
const PAUSE: Duration = Duration::from_millis(5);

/// Parses texts. Those that come at the same time go together, and each is answered alone.
pub(super) struct Parser {
    client: Client,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    texts: Vec<Text>,
    numbered: u64,
}

/// A text that waits, and whoever wants to know what is in it.
struct Text {
    number: u64,
    content: String,
    asker: oneshot::Sender<Result<Findings, Error>>,
}

impl Parser {
    pub(super) fn new(client: Client) -> Self {
        Self { client, waiting: Mutex::default() }
    }

    /// What is found in a text.
    pub(super) async fn parse(&self, text: &str) -> Result<Findings, Error> {
        loop {
            let (asker, mut answer) = oneshot::channel();
            let (number, full) = self.enqueue(text.to_owned(), asker);
            if let Some(batch) = full {
                self.send(batch).await;
            } else if let Ok(answer) = tokio::time::timeout(PAUSE, &mut answer).await {
                match answer {
                    Ok(answer) => return answer,
                    Err(_) => continue,
                }
            } else {
                self.send(self.batch_with(number)).await;
            }
            // Nobody answers where whoever sent the batch was dropped; then it is sent anew.
            if let Ok(answer) = answer.await {
                return answer;
            }
        }
    }

    /// Lets a text wait; gives all that wait, where they fill a call.
    fn enqueue(
        &self,
        content: String,
        asker: oneshot::Sender<Result<Findings, Error>>,
    ) -> (u64, Option<Vec<Text>>) {
        let mut waiting = self.waiting();
        waiting.numbered += 1;
        let number = waiting.numbered;
        waiting.texts.push(Text { number, content, asker });
        let is_full = waiting.texts.len() >= MOST_TEXTS;
        (number, is_full.then(|| std::mem::take(&mut waiting.texts)))
    }

    /// All that wait, where this one is among them; else somebody else has sent it.
    fn batch_with(&self, number: u64) -> Vec<Text> {
        let mut waiting = self.waiting();
        let is_waiting = waiting.texts.iter().any(|text| text.number == number);
        if is_waiting { std::mem::take(&mut waiting.texts) } else { Vec::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Parses a batch; where it is refused, each of its texts alone, for one may be to blame.
    async fn send(&self, batch: Vec<Text>) {
        if batch.is_empty() {
            return;
        }
        match self.call(&batch).await {
            Err(error) if batch.len() > 1 && may_be_due_to_one_text(&error) => {
                for text in batch {
                    let alone = self.call(std::slice::from_ref(&text)).await;
                    text.answer(alone.map(|found| found.into_iter().next().unwrap_or_default()));
                }
            }
            Err(error) => batch.into_iter().for_each(|text| text.answer(Err(error.clone()))),
            Ok(found) => {
                batch.into_iter().zip(found).for_each(|(text, found)| text.answer(Ok(found)));
            }
        }
    }

    async fn call(&self, batch: &[Text]) -> Result<Vec<Findings>, Error> {
        let texts: Vec<_> = batch.iter().map(|text| text.content.as_str()).collect();
        let parsed = self.client.parse_texts(&texts).await?;
        Ok(parsed.into_iter().map(|text| text.parsing).collect())
    }
}

impl Text {
    fn answer(self, answer: Result<Findings, Error>) {
        // Whoever asked may have been dropped; then nobody wants to know.
        drop(self.asker.send(answer));
    }
}

fn may_be_due_to_one_text(error: &Error) -> bool {
    matches!(
        error.failure,
        Failure::Refused { .. } | Failure::Unintelligible { status: 200..=299, .. }
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use api_client::{Caller, HttpTransport};
    use hrflow_api::Credentials;
    use sandbox::{Api, Hrflow, Parsing, Sandbox, Settings};

    use super::*;

    async fn sandbox(hrflow: Hrflow) -> Sandbox {
        Sandbox::start(Settings { offers: 0, hrflow, ..Settings::default() }).await.unwrap()
    }

    fn parser(sandbox: &Sandbox) -> Parser {
        let caller = Caller::new("HrFlow", Arc::new(HttpTransport::new().unwrap()));
        let url = sandbox.hrflow_api_url().parse().unwrap();
        let credentials = Credentials::new("ask_0", "recruiting@example.org");
        Parser::new(Client::new(credentials, caller, url))
    }

    /// Returns when the service has been called.
    async fn called(sandbox: &Sandbox) {
        while sandbox.world().request_count(Api::Hrflow) == 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn texts_that_come_together_go_together_up_to_fourteen() {
        let sandbox = sandbox(Hrflow::default()).await;
        let parser = parser(&sandbox);
        let texts = (0..31).map(|number| if number % 2 == 0 { "Python" } else { "Java" });
        let found = futures::future::join_all(texts.map(|text| parser.parse(text))).await;
        for (number, found) in found.into_iter().enumerate() {
            let expected = if number % 2 == 0 { "Python" } else { "Java" };
            assert_eq!(found.unwrap().skills_hard, [expected]);
        }
        assert_eq!(sandbox.world().request_count(Api::Hrflow), 3);
    }

    #[tokio::test]
    async fn a_text_that_is_refused_is_refused_alone() {
        let parsing = Parsing { refused_word: Some("poison".to_owned()), ..Parsing::default() };
        let sandbox = sandbox(Hrflow { parsing, ..Hrflow::default() }).await;
        let parser = parser(&sandbox);
        let texts = ["Python", "poison", "Java"].map(|text| parser.parse(text));
        let [python, poison, java] = futures::future::join_all(texts).await.try_into().unwrap();
        assert_eq!(python.unwrap().skills_hard, ["Python"]);
        assert_eq!(java.unwrap().skills_hard, ["Java"]);
        assert!(matches!(poison.unwrap_err().failure, Failure::Refused { code: 422, .. }));
    }

    #[tokio::test]
    async fn a_text_whose_batch_was_given_up_goes_anew() {
        let latency = Duration::from_millis(50);
        let sandbox = sandbox(Hrflow { latency, ..Hrflow::default() }).await;
        let parser = parser(&sandbox);
        let given_up = async {
            tokio::select! {
                _ = parser.parse("Python") => {}
                () = called(&sandbox) => {}
            }
        };
        let ((), found) = futures::join!(given_up, parser.parse("Java"));
        assert_eq!(found.unwrap().skills_hard, ["Java"]);
    }
}
