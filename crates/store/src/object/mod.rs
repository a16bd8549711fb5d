//! A store in a bucket of a cloud.

mod bucket;
mod cloud;

pub(crate) use bucket::Bucket;
pub(crate) use cloud::Cloud;
