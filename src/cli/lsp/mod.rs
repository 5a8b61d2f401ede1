//! `ssot lsp`: findings while one types, by the Language Server Protocol 3.17.

mod answers;
mod convert;
mod publish;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use self::convert::{Encoding, Workspace};
use super::{Exit, Failure};
use crate::finding::Place;
use crate::text::RepoPath;
use crate::{Check, Error, Run};

/// How long a pause in typing is, after which the tree is judged.
const PAUSE: Duration = Duration::from_millis(150);

/// Runs until the client says goodbye.
pub(super) fn run() -> Result<Exit, Failure> {
    let (connection, threads) = Connection::stdio();
    let served = serve(connection);
    let closed = threads.join();
    served.map_err(Failure::Output)?;
    closed?;
    Ok(Exit::Clean)
}

fn serve(connection: Connection) -> std::io::Result<()> {
    let broken = |error: lsp_server::ProtocolError| std::io::Error::other(error.to_string());
    let (id, params) = connection.initialize_start().map_err(broken)?;
    let encoding = Encoding::of(&params);
    let capabilities = json!({
        "positionEncoding": encoding.word(),
        "textDocumentSync": {"openClose": true, "change": 1, "save": true},
        "codeActionProvider": {"codeActionKinds": ["quickfix"]},
        "hoverProvider": true,
        "definitionProvider": true,
    });
    let about = json!({"name": "ssot", "version": env!("CARGO_PKG_VERSION")});
    connection.initialize_finish(id, json!({"capabilities": capabilities, "serverInfo": about})).map_err(broken)?;
    let mut server = Server {
        connection,
        workspace: Workspace::of(&params),
        encoding,
        buffers: BTreeMap::new(),
        published: BTreeSet::new(),
        complaint: None,
        last: None,
        due: Some(Instant::now()),
    };
    if params["capabilities"]["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"] == true {
        server.watch_files()?;
    }
    server.serve()
}

/// What one client is served from.
struct Server {
    connection: Connection,
    workspace: Workspace,
    encoding: Encoding,
    /// What editors hold, saved or not.
    buffers: BTreeMap<RepoPath, Vec<u8>>,
    /// Files whose diagnostics the client shows.
    published: BTreeSet<RepoPath>,
    /// What the client was last told to be at fault beside the files.
    complaint: Option<String>,
    /// The last run that could be made.
    last: Option<Run>,
    /// When the tree is judged next; none where nothing has changed since the last time.
    due: Option<Instant>,
}

impl Server {
    fn serve(&mut self) -> std::io::Result<()> {
        loop {
            let message = match self.due {
                None => self.connection.receiver.recv().ok(),
                Some(due) => match self.connection.receiver.recv_deadline(due) {
                    Ok(message) => Some(message),
                    Err(error) if error.is_timeout() => {
                        self.judge()?;
                        continue;
                    }
                    Err(_) => None,
                },
            };
            match message {
                None => return Ok(()),
                Some(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request).unwrap_or(true) {
                        return Ok(());
                    }
                    self.answer(request)?;
                }
                Some(Message::Notification(notification)) => self.notice(&notification),
                Some(Message::Response(_)) => {}
            }
        }
    }

    fn answer(&mut self, request: Request) -> std::io::Result<()> {
        if self.due.is_some() {
            self.judge()?;
        }
        let result = match request.method.as_str() {
            "textDocument/codeAction" => self.code_actions(&request.params),
            "textDocument/hover" => self.hover(&request.params),
            "textDocument/definition" => self.definition(&request.params),
            other => {
                let message = format!("`{other}` is not served");
                return self.send(Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message));
            }
        };
        self.send(Response::new_ok(request.id, result))
    }

    fn notice(&mut self, notification: &Notification) {
        let params = &notification.params;
        let path = || self.workspace.path(params["textDocument"]["uri"].as_str()?);
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                if let (Some(path), Some(text)) = (path(), params["textDocument"]["text"].as_str()) {
                    self.buffers.insert(path, text.into());
                }
            }
            "textDocument/didChange" => {
                let changes = params["contentChanges"].as_array();
                let text = changes.and_then(|changes| changes.last()?["text"].as_str());
                if let (Some(path), Some(text)) = (path(), text) {
                    self.buffers.insert(path, text.into());
                }
            }
            "textDocument/didClose" => {
                if let Some(path) = path() {
                    self.buffers.remove(&path);
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {}
            _ => return,
        }
        self.due = Some(Instant::now() + PAUSE);
    }

    /// Judges the tree as the editors hold it, and tells the client what is found.
    fn judge(&mut self) -> std::io::Result<()> {
        self.due = None;
        let complaint = match self.check().run_in_full() {
            Ok(run) => {
                let diagnostics = publish::of_run(&run, &self.workspace, self.encoding);
                self.last = Some(run);
                self.publish(diagnostics)?;
                None
            }
            Err(Error::Policy(error)) => {
                let diagnostics = publish::of_policy(&error, |path| self.content(path), self.encoding);
                self.publish(diagnostics)?;
                None
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(message) = complaint.as_ref().filter(|_| complaint != self.complaint) {
            let params = json!({"type": 1, "message": format!("ssot: {message}")});
            self.send(Notification::new("window/showMessage".into(), params))?;
        }
        self.complaint = complaint;
        Ok(())
    }

    /// The check of the tree with the editors' buffers in front.
    fn check(&self) -> Check {
        Check::new(self.workspace.root()).overlay(self.buffers.clone())
    }

    /// What a file holds, from the client's point of view.
    fn content(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.buffers.get(path).cloned().or_else(|| std::fs::read(self.workspace.on_disk(path)).ok())
    }

    /// Replaces what the client shows.
    fn publish(&mut self, diagnostics: BTreeMap<RepoPath, Vec<Value>>) -> std::io::Result<()> {
        let gone = self.published.iter().filter(|path| !diagnostics.contains_key(path)).map(|path| (path.clone(), Vec::new()));
        let all: Vec<(RepoPath, Vec<Value>)> =
            gone.chain(diagnostics.iter().map(|(path, all)| (path.clone(), all.clone()))).collect();
        self.published = diagnostics.into_keys().collect();
        for (path, diagnostics) in all {
            let params = json!({"uri": self.workspace.uri(&path), "diagnostics": diagnostics});
            self.send(Notification::new("textDocument/publishDiagnostics".into(), params))?;
        }
        Ok(())
    }

    fn watch_files(&self) -> std::io::Result<()> {
        let options = json!({"watchers": [{"globPattern": "**/*"}]});
        let registration = json!({"id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options});
        let params = json!({"registrations": [registration]});
        self.send(Request::new("watch-files".to_string().into(), "client/registerCapability".into(), params))
    }

    fn send(&self, message: impl Into<Message>) -> std::io::Result<()> {
        self.connection.sender.send(message.into()).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// Whether a place covers a byte, its end included: the cursor stands there after a word.
fn covers(place: &Place, byte: usize) -> bool {
    place.range.is_some_and(|range| range.start.byte <= byte && byte <= range.end.byte)
}

/// Where the client's workspace is.
fn working_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}
