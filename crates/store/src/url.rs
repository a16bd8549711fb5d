//! Where a store is, and opening it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use url::Url;

use crate::file::FileStore;
use crate::memory::MemoryStore;
use crate::named::Named;
use crate::object::{Bucket, Cloud};
use crate::sqlite::SqliteStore;
use crate::{Store, StoreError};

/// Where a store is: `sqlite:PATH`, `file:FOLDER`, `memory:`, `s3://BUCKET/FOLDER`,
/// `gs://BUCKET/FOLDER` or `az://CONTAINER/FOLDER`.
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
    /// A bucket of Google Cloud Storage.
    Gcs(Url),
    /// A container of Azure Blob Storage.
    Azure(Url),
}

/// The text does not say where a store is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expects `sqlite:PATH`, `file:FOLDER`, `memory:`, `s3://BUCKET/FOLDER`, `gs://BUCKET/FOLDER` \
     or `az://CONTAINER/FOLDER`"
)]
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
            "s3" => plain(text).map(Self::S3),
            "gs" => plain(text).map(Self::Gcs),
            "az" => plain(text).map(Self::Azure),
            _ => None,
        }
        .ok_or(NotAStoreUrl)
    }
}

/// An address that is a bucket and a folder, and nothing that would be ignored.
fn plain(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    let is_plain = url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::File(path) => write!(formatter, "file:{}", path.display()),
            Self::Memory => formatter.write_str("memory:"),
            Self::S3(url) | Self::Gcs(url) | Self::Azure(url) => write!(formatter, "{url}"),
        }
    }
}

/// Opens a store. `variables` are environment variables, of which those named `AWS_…`, `GOOGLE_…`
/// or `AZURE_…` tell how a bucket of that service is reached.
pub async fn open(
    url: &StoreUrl,
    variables: &[(String, String)],
) -> Result<Arc<dyn Store>, StoreError> {
    let store =
        open_unnamed(url, variables).await.map_err(|error| error.in_store(&url.to_string()));
    Ok(Arc::new(Named::new(url.to_string(), store?)))
}

async fn open_unnamed(
    url: &StoreUrl,
    variables: &[(String, String)],
) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match url {
        StoreUrl::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreUrl::File(folder) => Arc::new(FileStore::open(folder).await?),
        StoreUrl::Memory => Arc::new(MemoryStore::default()),
        StoreUrl::S3(url) => bucket(url, Cloud::Aws, s3(url, variables))?,
        StoreUrl::Gcs(url) => bucket(url, Cloud::Google, gcs(url, variables))?,
        StoreUrl::Azure(url) => bucket(url, Cloud::Azure, azure(url, variables))?,
    })
}

fn bucket<O: ObjectStore>(
    url: &Url,
    cloud: Cloud,
    objects: object_store::Result<O>,
) -> Result<Arc<dyn Store>, StoreError> {
    let objects = objects.map_err(|error| StoreError::new("open", "", cloud.incomplete(&error)))?;
    Ok(Arc::new(Bucket::new(Arc::new(objects), cloud, url.path())))
}

fn s3(url: &Url, variables: &[(String, String)]) -> object_store::Result<impl ObjectStore> {
    settings("AWS_", variables)
        .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value))
        .with_bucket_name(name_of(url))
        .build()
}

fn gcs(url: &Url, variables: &[(String, String)]) -> object_store::Result<impl ObjectStore> {
    settings("GOOGLE_", variables)
        .fold(GoogleCloudStorageBuilder::new(), |builder, (key, value)| {
            builder.with_config(key, value)
        })
        .with_bucket_name(name_of(url))
        .build()
}

fn azure(url: &Url, variables: &[(String, String)]) -> object_store::Result<impl ObjectStore> {
    settings("AZURE_", variables)
        .fold(MicrosoftAzureBuilder::new(), |builder, (key, value)| builder.with_config(key, value))
        .with_container_name(name_of(url))
        .build()
}

/// The name of the bucket.
fn name_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// What the variables of one service say, as far as its client knows them.
fn settings<'a, K: FromStr>(
    prefix: &'a str,
    variables: &'a [(String, String)],
) -> impl Iterator<Item = (K, &'a str)> {
    variables.iter().filter(move |(name, _)| name.starts_with(prefix)).filter_map(
        |(name, value)| {
            let key = name.to_ascii_lowercase().parse().ok()?;
            Some((key, value.as_str()))
        },
    )
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
    fn a_store_is_named_in_six_ways() {
        check("sqlite:/var/lib/state.sqlite", true);
        check("sqlite:state.sqlite", true);
        check("file:state", true);
        check("memory:", true);
        check("s3://bucket/folder", true);
        check("gs://bucket/folder", true);
        check("az://container/folder", true);
        check("gs://bucket:9000/folder", false);
        check("az://container/folder?sig=secret", false);
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
