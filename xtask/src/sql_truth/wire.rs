//! As much of PostgreSQL's protocol as it takes to have statements parsed and not executed.
//!
//! In a transaction that has failed, the server parses what it is sent, and refuses it before it looks at what the names mean.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What PostgreSQL's parser makes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// One statement, or none.
    One,
    Several,
    /// The message.
    Refused(String),
}

pub struct Wire(UnixStream);

/// An error of the server: its code and its message.
type Told = Option<(String, String)>;

impl Wire {
    /// # Errors
    /// Those of the connection.
    pub fn open(socket: &Path) -> io::Result<Self> {
        let mut stream = UnixStream::connect(socket)?;
        let mut hello = 196_608_u32.to_be_bytes().to_vec();
        hello.extend_from_slice(b"user\0postgres\0database\0postgres\0\0");
        stream.write_all(&length(&hello))?;
        stream.write_all(&hello)?;
        let mut wire = Wire(stream);
        wire.answer()?;
        wire.query("BEGIN")?;
        wire.query("SELECT 1/0")?;
        Ok(wire)
    }

    /// Whether the text is one statement.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn statement(&mut self, text: &str) -> io::Result<Parsed> {
        let mut body = vec![0];
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(&[0, 0, 0]);
        self.send(b'P', &body)?;
        self.send(b'S', &[])?;
        Ok(match self.answer()? {
            Some((_, message)) if message.starts_with("cannot insert multiple commands") => Parsed::Several,
            told => verdict(told),
        })
    }

    /// Whether the text is a list of statements.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn script(&mut self, text: &str) -> io::Result<bool> {
        // The first statement is refused in any case, so that a `COMMIT` further on is not reached.
        let told = self.query(&format!("SELECT 1;{text}"))?;
        Ok(verdict(told) == Parsed::One)
    }

    fn query(&mut self, text: &str) -> io::Result<Told> {
        let mut body = text.as_bytes().to_vec();
        body.push(0);
        self.send(b'Q', &body)?;
        self.answer()
    }

    fn send(&mut self, kind: u8, body: &[u8]) -> io::Result<()> {
        self.0.write_all(&[kind])?;
        self.0.write_all(&length(body))?;
        self.0.write_all(body)
    }

    /// Reads until the server is ready for more; the first error on the way.
    fn answer(&mut self) -> io::Result<Told> {
        let mut told = None;
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head)?;
            let size = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let mut body = vec![0; size.saturating_sub(4)];
            self.0.read_exact(&mut body)?;
            match head[0] {
                b'E' if told.is_none() => told = Some((field(&body, b'C'), field(&body, b'M'))),
                b'Z' => return Ok(told),
                _ => {}
            }
        }
    }
}

/// The length that goes before a message, which counts itself.
fn length(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes()
}

fn field(body: &[u8], kind: u8) -> String {
    let found = body.split(|byte| *byte == 0).find(|field| field.first() == Some(&kind));
    String::from_utf8_lossy(found.and_then(|field| field.get(1..)).unwrap_or_default()).into_owned()
}

fn verdict(told: Told) -> Parsed {
    match told {
        None => Parsed::One,
        // `in_failed_sql_transaction`: it was parsed.
        Some((code, _)) if code == "25P02" => Parsed::One,
        Some((_, message)) => Parsed::Refused(message),
    }
}
