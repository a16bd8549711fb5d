//! What the errors of clouds mean, in one sentence.

use std::error::Error as StdError;

use object_store::Error;

use crate::error::Remediable;
use crate::private::Unfit;

/// So much of an answer is shown.
const LONGEST: usize = 200;
/// Where machines of a cloud ask for their credentials; others ask there when they were given none.
const METADATA: [&str; 3] = ["169.254.169.254", "169.254.170.2", "metadata.google.internal"];

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cloud {
    Aws,
    Google,
    Azure,
    /// This process's memory.
    None,
}

impl Cloud {
    /// An error of this cloud's client, which tells each cause several times.
    pub(crate) fn explained(self, error: &Error) -> Unfit {
        let cause = innermost(error);
        let whole = error.to_string();
        let (what, hint) = match error {
            _ if METADATA.iter().any(|address| whole.contains(address)) => {
                ("no credentials were found".to_owned(), self.set_variables())
            }
            Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => (
                format!("the credentials are refused: {cause}"),
                format!(
                    "they need the right to read, write, list and delete; {}",
                    self.variables()
                ),
            ),
            Error::NotFound { .. } => (cause, "create the bucket, or correct its name".to_owned()),
            _ if whole.contains("configured region") => {
                ("the bucket is in another region".to_owned(), "set AWS_REGION".to_owned())
            }
            _ => return cause.into(),
        };
        Remediable::new(what, hint).into()
    }

    /// Why this cloud's client could not be made.
    pub(crate) fn incomplete(self, error: &Error) -> Unfit {
        Remediable::new(innermost(error), self.set_variables()).into()
    }

    fn set_variables(self) -> String {
        format!("set them: {}", self.variables())
    }

    /// Which variables hold them.
    fn variables(self) -> &'static str {
        match self {
            Self::Aws => {
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; for a service other than \
                 Amazon's also AWS_ENDPOINT"
            }
            Self::Google => "GOOGLE_SERVICE_ACCOUNT names the file of a service account's key",
            Self::Azure => "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
            Self::None => "there are none",
        }
    }
}

/// The last cause, in a line that can be read.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let last = std::iter::successors(Some(error), |error| (*error).source()).last();
    let text = last.unwrap_or(error).to_string();
    // Services answer in XML.
    let message = text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
    let line = message.map_or(text.as_str(), |(message, _)| message);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;

    #[track_caller]
    fn check(error: &Error, expected: &str) {
        let error = StoreError::new("open", "", Cloud::Aws.explained(error));
        let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        assert_eq!(said + &hint, expected);
    }

    fn generic(source: &str) -> Error {
        Error::Generic { store: "S3", source: source.into() }
    }

    #[test]
    fn an_error_of_a_cloud_is_one_sentence() {
        let variables = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; for a service \
                         other than Amazon's also AWS_ENDPOINT";
        check(
            &generic(
                "Error performing PUT http://169.254.169.254/latest/api/token in 2s, after 10",
            ),
            &format!("no credentials were found\n  hint: set them: {variables}"),
        );
        check(
            &Error::PermissionDenied {
                path: "x".to_owned(),
                source: "403: <Error><Code>A</Code><Message>Access\n Denied</Message></Error>"
                    .into(),
            },
            &format!(
                "the credentials are refused: Access Denied\n  hint: they need the right to read, \
                 write, list and delete; {variables}"
            ),
        );
        check(
            &Error::NotFound {
                path: "x".to_owned(),
                source: "404: <Message>The specified bucket does not exist</Message>".into(),
            },
            "The specified bucket does not exist\n  hint: create the bucket, or correct its name",
        );
        check(&generic("connection refused"), "connection refused");
        check(&generic(&"x".repeat(700)), &format!("{}…", "x".repeat(LONGEST)));
    }
}
