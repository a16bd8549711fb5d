//! A secret that a command prints, such as that of a password manager.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than a person needs to unlock a password manager.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(20);
/// No secret is longer, in bytes.
const MOST: u64 = 64 * 1024;

/// What the command prints, without the end of its last line. The command's own words are for
/// stderr: they may be a question to the person in front, and they are no part of an error.
pub(super) fn printed_by(command: &str) -> Result<String, String> {
    printed_within(command, PATIENCE)
}

fn printed_within(command: &str, patience: Duration) -> Result<String, String> {
    let name = command.split_whitespace().next().unwrap_or("the command");
    let mut child = shell(command)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("could not start `{name}`: {error}"))?;
    let output = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let read = output.map(|output| output.take(MOST).read_to_string(&mut text));
        read.transpose().map(|_| text)
    });
    let status = ended(&mut child, patience).map_err(|why| format!("`{name}` {why}"))?;
    if !status.success() {
        return Err(format!("`{name}` failed ({status})"));
    }
    match reader.join() {
        Ok(Ok(text)) if !text.trim().is_empty() => {
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        Ok(Ok(_)) => Err(format!("`{name}` printed nothing")),
        Ok(Err(_)) | Err(_) => Err(format!("`{name}` did not print text")),
    }
}

fn shell(text: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
    let mut command = Command::new(program);
    command.args([flag, text]);
    command
}

/// Waits for the end of the command, and ends it where it takes too long.
fn ended(child: &mut Child, patience: Duration) -> Result<ExitStatus, String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if began.elapsed() < patience => std::thread::sleep(LOOK),
            Ok(None) => {
                // It may have ended by itself in between.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end within {} s", patience.as_secs()));
            }
            Err(error) => return Err(format!("could not be waited for: {error}")),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_what_a_command_prints() {
        assert_eq!(printed_by("printf 'abc\\n'"), Ok("abc".to_owned()));
        assert_eq!(printed_by("true"), Err("`true` printed nothing".to_owned()));
        assert!(printed_by("exit 3").unwrap_err().contains("failed"));
        let secret = printed_by("echo hunter2; exit 1").unwrap_err();
        assert!(!secret.contains("hunter2"), "{secret}");
        let late = printed_within("exec sleep 60", Duration::ZERO);
        assert_eq!(late, Err("`exec` did not end within 0 s".to_owned()));
    }
}
