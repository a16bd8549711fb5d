//! Why there is no secure connection, where another try would find the same.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::unanswered::causes;

/// What is wrong with the server's proof of who it is; none where that is not what failed.
pub(crate) fn refusal(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(tls_error).and_then(reason)
}

/// The TLS library's own error, which travels inside one of input and output, or inside two: those
/// do not name what they hold as their cause.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => tls_error(inner),
        None => error.downcast_ref(),
    }
}

/// Only what another try would find again. A handshake that broke may do better.
fn reason(error: &TlsError) -> Option<String> {
    match error {
        TlsError::InvalidCertificate(error) => Some(certificate(error)),
        TlsError::NoCertificatesPresented => Some("the server shows no certificate".to_owned()),
        TlsError::PeerIncompatible(_)
        | TlsError::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::UnrecognisedName,
        ) => Some(format!("no common way to encrypt ({error})")),
        _ => None,
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet, or this machine's clock is slow".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the server's certificate was issued by an authority that is not known here".to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        CertificateError::NotValidForName => {
            "the server's certificate is for another name".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("the server's certificate is for another name: {}", names(presented))
        }
        // Verifiers have more to say than the library has names for.
        CertificateError::Other(other) => match other.0.to_string().as_str() {
            SIGNS_ITSELF => "the server's certificate is signed by itself".to_owned(),
            other => format!("the server's certificate is not good ({other})"),
        },
        other => format!("the server's certificate is not good ({other})"),
    }
}

/// What the verifier says of a certificate that is its own authority.
const SIGNS_ITSELF: &str = "CaUsedAsEndEntity";

/// The first names of a certificate, which says of itself how many it has.
fn names(presented: &[String]) -> String {
    let mut names: Vec<&str> = presented.iter().take(3).map(String::as_str).collect();
    if presented.len() > names.len() {
        names.push("…");
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rcgen::{
        CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
    };
    use rustls::ServerConfig;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use url::Url;

    use crate::{Answer, Caller, Disposition, HttpTransport, Request, Transport, TransportError};

    type Certificate = rustls::pki_types::CertificateDer<'static>;

    /// An authority, and its own certificate.
    fn authority(name: &str) -> (Issuer<'static, KeyPair>, Certificate) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        (Issuer::new(params, key), certificate)
    }

    /// A certificate for a name, valid between two years.
    fn issued(
        issuer: &Issuer<'static, KeyPair>,
        name: &str,
        (from, until): (i32, i32),
    ) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, issuer).unwrap().der().clone(), key)
    }

    /// Serves nobody: whoever takes the certificate finds the connection closed.
    async fn serve(certificate: Certificate, key: &KeyPair) -> (Url, Arc<AtomicUsize>) {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(acceptor.accept(stream).await);
            }
        });
        (format!("https://localhost:{port}/").parse().unwrap(), connections)
    }

    /// Calls a server whose certificate is refused, and checks what is told of it.
    async fn check(root: &Certificate, shown: Certificate, key: &KeyPair, expected: &str) {
        let (url, connections) = serve(shown, key).await;
        let caller = Caller::new("Example", Arc::new(HttpTransport::trusting(root))).with_seed(1);
        let read = |_: &Answer| Disposition::<(), TransportError>::Done(());
        let failed = caller.call(&Request::get(url), read).await.unwrap_err();
        let text = failed.error.plain();
        let expected = format!("no secure connection: the server's certificate {expected}");
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{text}");
        assert!(!failed.error.may_have_acted());
    }

    #[tokio::test]
    async fn a_refused_certificate_is_told_plainly_and_not_tried_again() {
        let (issuer, root) = authority("An authority");
        let (stranger, own) = authority("A stranger");
        for (issuer, name, years, expected) in [
            (&issuer, "localhost", (2020, 2021), "has expired"),
            (&issuer, "localhost", (2900, 2901), "is not valid yet"),
            (&issuer, "example.org", (2020, 2900), "is for another name: "),
            (&stranger, "localhost", (2020, 2900), "was issued by an authority that is not known"),
        ] {
            let (shown, key) = issued(issuer, name, years);
            check(&root, shown, &key, expected).await;
        }
        check(&root, own, stranger.key(), "is signed by itself").await;
    }

    #[tokio::test]
    async fn a_good_certificate_is_taken() {
        let (issuer, root) = authority("An authority");
        let (shown, key) = issued(&issuer, "localhost", (2020, 2900));
        let (url, connections) = serve(shown, &key).await;
        let answered = HttpTransport::trusting(&root).send(Request::get(url)).await;
        assert!(matches!(answered, Err(TransportError::Cut(_))), "{answered:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }
}
