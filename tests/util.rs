use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program, a scratch folder to run it in, and helpers to look at what it says.
pub(crate) struct TestApp {
    folder: TempDir,
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The shipped scenario.
pub(crate) fn night() -> PathBuf {
    root().join("data/scenarios/whatsapp-2017-05-03.ndjson")
}

impl TestApp {
    pub(crate) fn new() -> Self {
        TestApp {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program with `args`, its environment emptied of what could change its answers.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_buio"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ran {
        use std::io::Write as _;
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // The program may stop reading; what it says about it is what is tested.
                drop(stdin.write_all(input));
            });
            Ran::from(child.wait_with_output().unwrap())
        })
    }

    /// A replay whose totals must add up, whatever else it is tested for.
    pub(crate) fn replay(&self, args: &[&str]) -> Ran {
        let mut all = vec!["replay"];
        all.extend(args);
        let ran = self.run(&all);
        if ran.code == Some(0) {
            ran.check_totals();
        }
        ran
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let ran = Ran {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        };
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }
}

impl Ran {
    /// The run succeeded; gives its data.
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        &self.stdout
    }

    /// The run failed with `code`; gives its words.
    pub(crate) fn fails(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        &self.stderr
    }

    /// One JSON value a line.
    pub(crate) fn ndjson(&self) -> Vec<Value> {
        self.ok()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.ok()).unwrap()
    }

    /// "N posts: C counted, D dropped (reason n, …); …": N = C + D, and D = the sum of reasons.
    fn check_totals(&self) {
        let line = self.stderr.lines().find(|line| line.contains(" counted, "));
        let line = line.unwrap_or_else(|| panic!("no totals in {}", self.stderr));
        let numbers: Vec<u64> = line
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().unwrap())
            .collect();
        let [n_posts, n_counted, n_dropped] = numbers[..3] else {
            panic!("{line}")
        };
        assert_eq!(n_posts, n_counted + n_dropped, "{line}");
        let n_reasons = line
            .split(['(', ')'])
            .nth(1)
            .map_or(0, |reasons| reasons.split(',').count());
        let by_reason: u64 = numbers[3..].iter().take(n_reasons).sum();
        assert_eq!(by_reason, n_dropped, "{line}");
    }
}

/// A post of the contract.
pub(crate) fn post(id: usize, posted_at: &str, text: &str) -> String {
    serde_json::json!({
        "id": id.to_string(), "source": "test", "text": text, "posted_at": posted_at,
        "author": format!("author-{id}"),
    })
    .to_string()
}
