//! Where a store is, and opening it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use url::Url;

use crate::file::FileStore;
use crate::memory::MemoryStore;
use crate::object::Bucket;
use crate::sqlite::SqliteStore;
use crate::{Store, StoreError};

/// Where a store is: `sqlite:PATH`, `file:FOLDER`, `memory:` or `s3://BUCKET/FOLDER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A folder of files.
    File(PathBuf),
    /// This process's memory.
    Memory,
    /// A bucket of S3 or its like.
    S3(Url),
}

/// The text does not say where a store is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expects `sqlite:PATH`, `file:FOLDER`, `memory:` or `s3://BUCKET/FOLDER`")]
pub struct NotAStoreUrl;

impl FromStr for StoreUrl {
    type Err = NotAStoreUrl;

    fn from_str(text: &str) -> Result<Self, NotAStoreUrl> {
        let (scheme, rest) = text.split_once(':').ok_or(NotAStoreUrl)?;
        // `sqlite://state.sqlite` would be a file at the root, which nobody means.
        let is_path = !rest.is_empty() && (!rest.starts_with("//") || rest.starts_with("///"));
        let path = || is_path.then(|| PathBuf::from(rest));
        match scheme {
            "sqlite" => path().map(Self::Sqlite),
            "file" => path().map(Self::File),
            "memory" => rest.is_empty().then_some(Self::Memory),
            "s3" => {
                let url: Option<Url> = text.parse().ok();
                let is_plain = |url: &Url| {
                    url.host_str().is_some()
                        && url.username().is_empty()
                        && url.password().is_none()
                        && url.port().is_none()
                        && url.query().is_none()
                        && url.fragment().is_none()
                };
                url.filter(is_plain).map(Self::S3)
            }
            _ => None,
        }
        .ok_or(NotAStoreUrl)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::File(path) => write!(formatter, "file:{}", path.display()),
            Self::Memory => formatter.write_str("memory:"),
            Self::S3(url) => write!(formatter, "{url}"),
        }
    }
}

/// Opens a store. `variables` are environment variables, of which those named `AWS_…` tell how a
/// bucket is reached.
pub async fn open(
    url: &StoreUrl,
    variables: &[(String, String)],
) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match url {
        StoreUrl::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreUrl::File(folder) => Arc::new(FileStore::open(folder).await?),
        StoreUrl::Memory => Arc::new(MemoryStore::default()),
        StoreUrl::S3(url) => Arc::new(bucket(url, variables)?),
    })
}

fn bucket(url: &Url, variables: &[(String, String)]) -> Result<Bucket, StoreError> {
    let mut builder = AmazonS3Builder::new().with_bucket_name(url.host_str().unwrap_or_default());
    for (name, value) in variables {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            && name.starts_with("AWS_")
        {
            builder = builder.with_config(key, value);
        }
    }
    let objects =
        builder.build().map_err(|error| StoreError::new("open", url.to_string(), error))?;
    Ok(Bucket::new(Arc::new(objects), url.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let found = text.parse::<StoreUrl>();
        assert_eq!(found.is_ok(), expected, "{text}");
        if let Ok(url) = found {
            assert_eq!(url.to_string(), text);
        }
    }

    #[test]
    fn a_store_is_named_in_four_ways() {
        check("sqlite:/var/lib/state.sqlite", true);
        check("sqlite:state.sqlite", true);
        check("file:state", true);
        check("memory:", true);
        check("s3://bucket/folder", true);
        check("s3://key:secret@bucket/folder", false);
        check("s3://bucket:9000/folder", false);
        check("s3://bucket/folder?key=secret", false);
        check("sqlite:///var/lib/state.sqlite", true);
        check("sqlite://state.sqlite", false);
        check("memory:x", false);
        check("sqlite:", false);
        check("postgres://x", false);
        check("state.sqlite", false);
    }
}
