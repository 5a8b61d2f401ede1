//! The editor server, as a client sees it: whole exchanges over stdin and stdout.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use support::{Sandbox, command};

const POLICY: &str = "version: 1
facts:
  read: {files: 'app/*.py', env-reads: {}}
  declared: {files: app/settings.py, const: KEYS}
rules:
  - {id: env-declared, why: Keys are missed at deploy time., subset: {every: read, in: declared}}
";
const SETTINGS: &str = "KEYS = ['A']\n";

/// A client and the server that it started.
struct Client {
    server: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    root: String,
    id: u64,
}

impl Client {
    /// Starts a server for the sandbox and shakes hands.
    fn new(sandbox: &Sandbox, capabilities: Value) -> Self {
        let mut command = command(sandbox.path(), &["lsp"]);
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let stdin = server.stdin.take();
        let mut stdout = BufReader::new(server.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = next(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let root = format!("file://{}", sandbox.path().display());
        let mut client = Client { server, stdin, messages, root, id: 0 };
        let answer = client.ask("initialize", json!({"rootUri": client.root, "capabilities": capabilities}));
        assert_eq!(answer["serverInfo"]["name"], "ssot");
        client.tell("initialized", json!({}));
        client
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.stdin.as_mut().expect("open");
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
        stdin.flush().expect("the server listens");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The result of a request; notifications on the way are dropped.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let id = self.id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message["result"].clone();
            }
        }
    }

    fn receive(&self) -> Value {
        self.messages.recv_timeout(Duration::from_secs(20)).expect("the server answers in time")
    }

    /// The next diagnostics of a file.
    fn diagnostics(&self, path: &str) -> Vec<Value> {
        loop {
            let message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == self.uri(path) {
                return message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
            }
        }
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn open(&mut self, path: &str, text: &str) {
        let document = json!({"uri": self.uri(path), "languageId": "x", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, path: &str, text: &str) {
        let document = json!({"uri": self.uri(path), "version": 2});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": text}]}));
    }

    /// Says goodbye; the server ends well.
    fn close(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.stdin = None;
        assert!(self.server.wait().expect("it ends").success());
    }
}

/// The next message of a stream.
fn next(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", number)) => length = number.parse().expect("a length"),
            Some(_) => {}
            None => break,
        }
    }
    let mut text = vec![0; length];
    stdout.read_exact(&mut text).ok()?;
    Some(serde_json::from_slice(&text).expect("JSON"))
}

fn position(line: u64, character: u64) -> Value {
    json!({"line": line, "character": character})
}

#[test]
fn what_is_typed_is_judged_with_both_ends_and_a_quick_fix() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("app/settings.py", SETTINGS), ("app/a.py", "import os\n")]);
    let mut client = Client::new(&sandbox, json!({}));
    let text = "import os\n'😀'; os.environ['B']\n";
    client.open("app/a.py", text);
    let diagnostics = client.diagnostics("app/a.py");
    assert_eq!(diagnostics.len(), 1);
    let found = &diagnostics[0];
    assert_eq!((&found["severity"], &found["code"]), (&json!(1), &json!("env-declared: subset/missing")));
    assert_eq!(found["range"], json!({"start": position(1, 17), "end": position(1, 20)}), "columns count UTF-16 units");
    assert!(found["message"].as_str().is_some_and(|text| text.contains("\nwhy: Keys are missed at deploy time.")));
    let truth = &found["relatedInformation"][0];
    assert_eq!(
        (truth["location"]["uri"].as_str(), &truth["location"]["range"]["start"]),
        (Some(&*client.uri("app/settings.py")), &position(0, 8))
    );

    let here = json!({"uri": client.uri("app/a.py")});
    let definition = client.ask("textDocument/definition", json!({"textDocument": here, "position": position(1, 18)}));
    assert_eq!(definition[0]["uri"], client.uri("app/settings.py"));
    let range = json!({"start": position(1, 18), "end": position(1, 18)});
    let actions =
        client.ask("textDocument/codeAction", json!({"textDocument": here, "range": range, "context": {"diagnostics": []}}));
    let edit = &actions[0]["edit"]["changes"][client.uri("app/settings.py")][0];
    assert_eq!(edit["newText"], ", 'B'");

    client.change("app/a.py", "import os\n");
    assert_eq!(client.diagnostics("app/a.py"), Vec::<Value>::new());
    assert_eq!(std::fs::read_to_string(sandbox.at("app/a.py")).expect("there"), "import os\n", "nothing is written");
    client.close();
}

#[test]
fn a_policy_is_judged_as_it_is_typed_and_its_facts_can_be_looked_into() {
    let sandbox =
        Sandbox::git(&[("ssot.yaml", POLICY), ("app/settings.py", SETTINGS), ("app/a.py", "import os\nos.environ['A']\n")]);
    let mut client = Client::new(&sandbox, json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}}));
    client.open("ssot.yaml", &POLICY.replace("subset", "subsett"));
    let diagnostics = client.diagnostics("ssot.yaml");
    assert_eq!(diagnostics[0]["range"]["start"]["line"], 5);
    assert!(diagnostics[0]["message"].as_str().is_some_and(|text| text.contains("subset")), "{diagnostics:?}");
    client.change("ssot.yaml", POLICY);
    assert_eq!(client.diagnostics("ssot.yaml"), Vec::<Value>::new());

    let policy = json!({"uri": client.uri("ssot.yaml")});
    let hover = client.ask("textDocument/hover", json!({"textDocument": policy, "position": position(3, 4)}));
    assert_eq!(hover["contents"]["value"], "**declared** (`const`): 1 element, 0 dynamic\n\n- `` A `` app/settings.py:1");
    let column = POLICY.lines().nth(5).and_then(|line| line.find("declared}")).expect("it is there") as u64;
    let definition = client.ask("textDocument/definition", json!({"textDocument": policy, "position": position(5, column)}));
    assert_eq!(definition[0]["range"]["start"], position(3, 2));
    let nothing = client.ask("textDocument/hover", json!({"textDocument": policy, "position": position(0, 1)}));
    assert_eq!(nothing, Value::Null);
    client.close();
}

#[test]
fn changes_on_disk_are_watched_and_trouble_is_told_once() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("app/settings.py", SETTINGS), ("app/a.py", "import os\n")]);
    let mut client = Client::new(&sandbox, json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}}));
    assert_eq!(client.receive()["method"], "client/registerCapability");
    sandbox.write("app/a.py", "import os\nos.environ['B']\n");
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(client.diagnostics("app/a.py").len(), 1);
    std::fs::remove_file(sandbox.at("ssot.yaml")).expect("it is ours");
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": []}));
    let told = loop {
        let message = client.receive();
        if message["method"] != "textDocument/publishDiagnostics" || message["params"]["uri"] == client.uri("ssot.yaml") {
            break message;
        }
    };
    assert!(told.to_string().contains("no policy") || told.to_string().contains("ssot.yaml"), "{told}");
    assert!(client.ask("no/such/method", json!({})).is_null());
    client.close();
}
