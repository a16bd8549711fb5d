//! A terminal of a given width, for the binary to run in, and what stands on its screen.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command in a terminal.
pub(crate) struct Session {
    child: Child,
    keyboard: File,
    output: Receiver<Vec<u8>>,
    screen: Screen,
    /// The last line of the screen, each time that it changed.
    pub(crate) frames: Vec<String>,
}

impl Session {
    pub(crate) fn start(mut command: Command, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let open = || File::options().read(true).write(true).open(&path).unwrap();
        command.stdin(open()).stdout(open()).stderr(open());
        let child = command.spawn().unwrap();
        // Its ends of the terminal are closed with it, so that reading ends when the child does.
        drop(command);
        let mut keyboard = File::from(master);
        let mut reader = keyboard.try_clone().unwrap();
        keyboard.flush().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keyboard, output, screen: Screen::new(columns), frames: Vec::new() }
    }

    /// Waits until a text stands on the screen.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.screen.text().contains(text) {
            if let Err(error) = self.take() {
                panic!("{error}: `{text}` is not shown:\n{}", self.screen.text());
            }
        }
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, text: &str) {
        self.keyboard.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    /// The process, for a signal.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// What stands on the screen when the command has ended, and how it ended.
    pub(crate) fn end(mut self) -> (String, ExitStatus, Vec<String>) {
        while let Err(RecvTimeoutError::Timeout) | Ok(()) = self.take() {}
        (self.screen.text(), self.child.wait().unwrap(), self.frames)
    }

    fn take(&mut self) -> Result<(), RecvTimeoutError> {
        let bytes = self.output.recv_timeout(PATIENCE)?;
        self.screen.write(&bytes);
        let line = self.screen.last_line();
        if self.frames.last() != Some(&line) {
            self.frames.push(line);
        }
        Ok(())
    }
}

/// As much of a terminal as this program uses: lines, the cursor's row and column, erasing.
struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// What came of an unfinished sign or command.
    rest: Vec<u8>,
}

impl Screen {
    fn new(columns: u16) -> Self {
        Self { columns: columns.into(), lines: vec![vec![]], row: 0, column: 0, rest: Vec::new() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.rest);
        let valid = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        self.rest = bytes[valid..].to_vec();
        let mut text = std::str::from_utf8(&bytes[..valid]).unwrap();
        while let Some(sign) = text.chars().next() {
            if sign == '\u{1b}' {
                let Some(end) = text[1..].find(|sign: char| sign.is_ascii_alphabetic()) else {
                    self.rest.splice(0..0, text.bytes());
                    return;
                };
                let (sequence, left) = text.split_at(end + 2);
                self.control(sequence);
                text = left;
            } else {
                self.put(sign);
                text = &text[sign.len_utf8()..];
            }
        }
    }

    fn control(&mut self, sequence: &str) {
        let parameters = sequence.trim_start_matches("\u{1b}[");
        let (number, command) = parameters.split_at(parameters.len() - 1);
        let number = number.parse::<usize>();
        let count = number.clone().unwrap_or(1);
        match command {
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.row += count,
            "C" => self.column += count,
            "D" => self.column = self.column.saturating_sub(count),
            "K" if number == Ok(2) => self.line().clear(),
            "K" => {
                let column = self.column;
                self.line().truncate(column);
            }
            _ => {}
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
        &mut self.lines[self.row]
    }

    fn put(&mut self, sign: char) {
        match sign {
            '\r' => self.column = 0,
            '\n' => self.row += 1,
            _ => {
                if self.column >= self.columns {
                    (self.row, self.column) = (self.row + 1, 0);
                }
                let column = self.column;
                let line = self.line();
                line.resize(line.len().max(column + 1), ' ');
                line[column] = sign;
                self.column += 1;
            }
        }
    }

    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>());
        let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    fn last_line(&self) -> String {
        self.text().lines().last().unwrap_or_default().to_owned()
    }
}
