//! The body of an answer, received within a bound.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::TransportError;

/// The most bytes that the body of an answer may have, on the wire and when it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BodyLimit(usize);

impl BodyLimit {
    /// So many times 1,024 bytes.
    pub const fn kib(count: usize) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// So many times 1,048,576 bytes.
    pub const fn mib(count: usize) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// In bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }
}

/// 32 MiB, for answers of which nothing more is known.
impl Default for BodyLimit {
    fn default() -> Self {
        Self::mib(32)
    }
}

impl fmt::Display for BodyLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1 << 20 => write!(formatter, "{} MiB", bytes >> 20),
            bytes => write!(formatter, "{} KiB", bytes >> 10),
        }
    }
}

/// A body while it is received. Neither what has come over the wire nor what was unpacked of it
/// ever passes the limit.
pub(crate) struct Body {
    limit: BodyLimit,
    received: usize,
    content: Content,
}

enum Content {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

impl Body {
    /// A body as the headers announce it.
    pub(crate) fn announced(headers: &HeaderMap, limit: BodyLimit) -> Result<Self, TransportError> {
        let length =
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > limit.0 as u64) {
            return Err(TransportError::TooLarge(limit));
        }
        let sink = Bounded { limit, bytes: Vec::new() };
        let content = match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
            None | Some(b"" | b"identity") => Content::Plain(sink),
            Some(b"gzip" | b"x-gzip") => Content::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Some(other) => {
                let other = String::from_utf8_lossy(other).into_owned();
                let why = format!("it is packed as `{other}`, which was not asked for");
                return Err(TransportError::Cut(why.into()));
            }
        };
        Ok(Self { limit, received: 0, content })
    }

    /// Takes what has come.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), TransportError> {
        self.received = self.received.saturating_add(chunk.len());
        if self.received > self.limit.0 {
            return Err(TransportError::TooLarge(self.limit));
        }
        let taken = match &mut self.content {
            Content::Plain(sink) => sink.write_all(chunk),
            Content::Gzip(decoder) => decoder.write_all(chunk),
        };
        taken.map_err(|error| self.unreadable(error))
    }

    /// The whole body.
    pub(crate) fn end(self) -> Result<Bytes, TransportError> {
        let Self { limit, received, content } = self;
        let sink = match content {
            Content::Plain(sink) => sink,
            // An answer without a body may carry the header of one all the same.
            Content::Gzip(_) if received == 0 => Bounded { limit, bytes: Vec::new() },
            Content::Gzip(decoder) => decoder.finish().map_err(|error| unreadable(limit, error))?,
        };
        Ok(sink.bytes.into())
    }

    fn unreadable(&self, error: io::Error) -> TransportError {
        unreadable(self.limit, error)
    }
}

/// The only file that is full is the [`Bounded`] one.
fn unreadable(limit: BodyLimit, error: io::Error) -> TransportError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => TransportError::TooLarge(limit),
        _ => TransportError::Cut(error.into()),
    }
}

/// Bytes up to a limit.
struct Bounded {
    limit: BodyLimit,
    bytes: Vec<u8>,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.limit.0.saturating_sub(self.bytes.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const LIMIT: BodyLimit = BodyLimit::kib(64);

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// Receives a body in pieces of a size.
    fn receive(encoding: &'static str, wire: &[u8], piece: usize) -> Result<Bytes, TransportError> {
        let headers =
            HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]);
        let mut body = Body::announced(&headers, LIMIT)?;
        for chunk in wire.chunks(piece) {
            body.push(chunk)?;
        }
        body.end()
    }

    #[track_caller]
    fn check(encoding: &'static str, wire: &[u8], expected: &str) {
        let found = match receive(encoding, wire, 1_000) {
            Ok(body) => format!("{} bytes", body.len()),
            Err(error) => error.plain(),
        };
        assert_eq!(found, expected, "{encoding}, {} bytes", wire.len());
    }

    #[test]
    fn a_body_is_taken_up_to_its_limit_however_it_is_packed() {
        let most = vec![b' '; LIMIT.bytes()];
        let more = vec![b' '; LIMIT.bytes() + 1];
        let too_large = "the answer is larger than 64 KiB";
        check("identity", &most, "65536 bytes");
        check("identity", &more, too_large);
        check("gzip", &packed(&most), "65536 bytes");
        check("gzip", &packed(&more), too_large);
        check("x-gzip", &packed(&packed(b"twice")), "25 bytes");
        check("gzip", &[packed(b"one, "), packed(b"two")].concat(), "8 bytes");
        check("gzip", b"", "0 bytes");
        check("br", b"", "no whole answer: it is packed as `br`, which was not asked for");
    }

    #[test]
    fn a_bomb_is_let_go_of_as_soon_as_it_is_too_large() {
        let bomb = packed(&vec![0; 8 << 20]);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        check("gzip", &bomb[..500], "the answer is larger than 64 KiB");
    }

    #[test]
    fn nothing_that_unpacks_to_nothing_is_received_for_ever() {
        let empty = packed(b"").repeat(5_000);
        check("gzip", &empty, "the answer is larger than 64 KiB");
    }

    #[test]
    fn a_half_or_broken_body_is_not_taken_for_a_whole_one() {
        let whole = packed(&[b'a'; 5_000]);
        let is_whole = |wire: &[u8]| receive("gzip", wire, 7).is_ok();
        assert!(is_whole(&whole));
        assert!((1..whole.len()).all(|length| !is_whole(&whole[..length])));
        assert!(!is_whole(b"<html>"));
    }

    #[test]
    fn a_length_that_is_announced_is_believed_where_it_is_too_large() {
        let headers =
            |length| HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static(length))]);
        for length in ["65537", "18446744073709551615"] {
            assert!(matches!(
                Body::announced(&headers(length), LIMIT),
                Err(TransportError::TooLarge(_))
            ));
        }
        for length in ["65536", "-1", "99999999999999999999999", "many"] {
            assert!(Body::announced(&headers(length), LIMIT).is_ok(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked_in_whatever_pieces_it_comes(
            content in prop::collection::vec(any::<u8>(), 0..5_000), piece in 1..3_000_usize,
        ) {
            prop_assert_eq!(receive("gzip", &packed(&content), piece).unwrap(), content.clone());
            prop_assert_eq!(receive("identity", &content, piece).unwrap(), content);
        }

        #[test]
        fn any_bytes_end_within_the_limit(wire in prop::collection::vec(any::<u8>(), 0..2_000)) {
            for encoding in ["gzip", "identity"] {
                if let Ok(body) = receive(encoding, &wire, 100) {
                    prop_assert!(body.len() <= LIMIT.bytes());
                }
            }
        }
    }
}
