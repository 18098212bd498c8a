//! An empty folder in which bash runs and every program is a stub that logs its words.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Programs that stand in the sandbox as they are, since they run others.
const REAL: [&str; 12] =
    ["bash", "env", "xargs", "timeout", "nice", "nohup", "find", "setsid", "stdbuf", "awk", "sed", "nosuch"];

/// Programs that carriers find as files; all others are stubs through bash itself.
pub const FILES: [&str; 3] = ["k1", "k2", "k3"];

const DRIVER: &str = r#"
cd "$1/work" || exit 1
n=0
while read -r _; do
  n=$((n + 1))
  IFS= read -r -d '' script < "$1/case"
  handler="() { builtin printf '%s\0' \"\$#\" \"\$@\" >> '$1/log.$n'; builtin return \$((RANDOM & 1)); }"
  timeout -s KILL 0.5 env -i PATH="$1/bin" HOME="$1/work" POLICYC_LOG="$1/log.$n" \
    "BASH_FUNC_command_not_found_handle%%=$handler" /bin/bash -c "$script" bash </dev/null >/dev/null 2>&1
  # What the script left running; only where this is the first of all processes that it can see.
  [ "$$" = 1 ] && kill -KILL -1 2>/dev/null
  echo "$n"
done
"#;

const STUB: &str = "#!/bin/bash\nprintf '%s\\0' \"$(($# + 1))\" \"${0##*/}\" \"$@\" >> \"${POLICYC_LOG:-/dev/null}\"\n";

pub struct Sandbox {
    folder: PathBuf,
    driver: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Whether the network is cut off.
    pub is_isolated: bool,
}

impl Sandbox {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("policyc-shell-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("work")).unwrap();
        fs::create_dir_all(folder.join("bin")).unwrap();
        for name in REAL {
            for dir in ["/usr/bin", "/bin"] {
                let path = Path::new(dir).join(name);
                if path.exists() {
                    std::os::unix::fs::symlink(path, folder.join("bin").join(name)).unwrap();
                    break;
                }
            }
        }
        std::os::unix::fs::symlink("/bin/bash", folder.join("bin/sh")).unwrap();
        for name in FILES {
            let path = folder.join("bin").join(name);
            fs::write(&path, STUB).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&path, mode).unwrap();
        }
        let is_isolated = Command::new("unshare")
            .args(["-rnpf", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        let mut command = if is_isolated {
            let mut command = Command::new("unshare");
            // Processes of its own, which end with the sandbox.
            command.args(["-rnpf", "--kill-child", "bash"]);
            command
        } else {
            Command::new("bash")
        };
        let mut driver = command
            .args(["-c", DRIVER, "driver"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = driver.stdin.take().unwrap();
        let output = BufReader::new(driver.stdout.take().unwrap());
        Self { folder, driver, input, output, is_isolated }
    }

    /// Runs a script and gives what it ran: each program with its words.
    pub fn run(&mut self, script: &str) -> Vec<Vec<String>> {
        let work = self.folder.join("work");
        if fs::read_dir(&work).unwrap().next().is_some() {
            for entry in fs::read_dir(&work).unwrap().flatten() {
                let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
            }
        }
        fs::write(self.folder.join("case"), script).unwrap();
        self.input.write_all(b"\n").unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let log = self.folder.join(format!("log.{}", line.trim()));
        let bytes = fs::read(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let mut fields = bytes.split(|b| *b == 0).map(|f| String::from_utf8_lossy(f).into_owned());
        let mut ran = Vec::new();
        while let Some(count) = fields.next().and_then(|f| f.parse::<usize>().ok()) {
            ran.push(fields.by_ref().take(count).collect());
        }
        ran
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
