//! Sends a message to a channel.

use std::sync::Arc;
use std::time::Duration;

use api_client::{Request, Secret, Transport};
use hmac::{Hmac, KeyInit, Mac};
use hrflow_connectors::{Channel, ChannelKind, Email, Encryption, error_chain};
use http::{HeaderName, HeaderValue, Method};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sha2::Sha256;

use super::Message;
use crate::outgoing::call;

/// When the message was signed, in seconds since 1970.
const TIMESTAMP: HeaderName = HeaderName::from_static("x-hrflow-connectors-timestamp");
/// `v1=` and the HMAC-SHA256 of timestamp, `.` and body, in hexadecimal digits.
const SIGNATURE: HeaderName = HeaderName::from_static("x-hrflow-connectors-signature");
/// Longer than a mail server needs for one mail.
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends messages.
#[derive(Clone)]
pub struct Sender(Arc<dyn Transport>);

impl Sender {
    /// Sends over this transport; mails take their own way.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }

    /// Sends a message to a channel. The reason of a failure holds no secret.
    pub async fn send(&self, channel: &Channel, message: &Message) -> Result<(), String> {
        match &channel.kind {
            ChannelKind::Webhook { url, key } => {
                self.post(url, message.json(), key.as_ref(), message).await
            }
            ChannelKind::Slack { url } => {
                self.post(url, message.slack().to_string(), None, message).await
            }
            ChannelKind::Email(email) => tokio::time::timeout(MAIL_TIMEOUT, mail(email, message))
                .await
                .unwrap_or_else(|_| Err(format!("{} did not answer in 30 s", email.server))),
        }
    }

    async fn post(
        &self,
        url: &Secret,
        body: String,
        key: Option<&Secret>,
        message: &Message,
    ) -> Result<(), String> {
        let at = message.sent_at.as_second().to_string();
        let signature = key.map(|key| signature(key, &at, &body)).transpose()?;
        let headers = [(TIMESTAMP, Some(at)), (SIGNATURE, signature)];
        call(&self.0, url, |url| {
            // The same message twice is harmless: its time tells.
            let request = Request::new(Method::POST, url).json(body.clone()).repeatable();
            headers.iter().fold(request, |request, (name, value)| {
                let value = value.as_deref().and_then(|text| HeaderValue::from_str(text).ok());
                match value {
                    Some(value) => request.header(name.clone(), value),
                    None => request,
                }
            })
        })
        .await
    }
}

fn signature(key: &Secret, at: &str, body: &str) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .map_err(|error| error.to_string())?;
    mac.update(format!("{at}.{body}").as_bytes());
    let digits: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("v1={digits}"))
}

async fn mail(email: &Email, message: &Message) -> Result<(), String> {
    let mailbox =
        |text: &String| text.parse::<Mailbox>().map_err(|error| format!("`{text}`: {error}"));
    let mut mail = lettre::Message::builder().from(mailbox(&email.from)?);
    for to in &email.to {
        mail = mail.to(mailbox(to)?);
    }
    let mail = mail
        .subject(message.subject())
        .body(message.text())
        .map_err(|error| error_chain(&error))?;
    let failed = |error: lettre::transport::smtp::Error| {
        format!("{}: {}", email.server, error_chain(&error))
    };
    let server = match email.encryption {
        Encryption::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&email.server),
        Encryption::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&email.server),
        Encryption::None => {
            Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&email.server))
        }
    };
    let mut server = server.map_err(failed)?.port(email.port).timeout(Some(MAIL_TIMEOUT));
    if let (Some(user), Some(password)) = (&email.user, &email.password) {
        let password = password.expose().to_owned();
        server = server.credentials(Credentials::new(user.clone(), password));
    }
    server.build().send(mail).await.map(|_| ()).map_err(failed)
}
