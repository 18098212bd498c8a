//! A root of its own, in memory, in which bash runs and every program is a stub that logs its words.
//!
//! Nothing of the machine is in it: bash and the few programs that run others are copied there with their libraries,
//! the old root is taken away, there is no network, processes are its own and end with it, and memory, files, processes
//! and time are bounded. Where the system does not allow this, no script is run.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Programs that stand in the sandbox as they are, since they run others.
const REAL: [&str; 11] = ["bash", "env", "xargs", "timeout", "nice", "nohup", "find", "setsid", "stdbuf", "awk", "sed"];

/// Programs that carriers find as files; all others are stubs through bash itself.
const FILES: [&str; 3] = ["k1", "k2", "k3"];

/// What cleans the sandbox up; no script finds it by name.
const TOOLS: [&str; 5] = ["cp", "mkdir", "rm", "rmdir", "umount"];

/// The home of whoever runs the scripts.
pub const HOME: &str = "/home/u";
/// The folder in which they run.
pub const WORK: &str = "/work";

const DRIVER: &str = include_str!("driver.sh");
const STEP: &str = include_str!("step.sh");
/// Scripts before the shell that runs them begins anew.
const STEPS: usize = 48;

const STUB: &str = "printf '%s\\0' \"$(($# + 1))\" \"$0\" \"$@\" >> \"${POLICYC_LOG:-/dev/null}\"\n";
/// What a script holds is not seen: a stub that is read as one by `bash path` logs nothing.
const NO_TEXT: &str = "[ -z \"$BASH_VERSION\" ] || exit 0\n";
/// How long a script may take.
const TIME: Duration = Duration::from_millis(500);
/// How long anything else may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Sandbox {
    folder: PathBuf,
    driver: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    killer: File,
    killed: Receiver<()>,
}

/// How a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By a shell that is there already, in a process of its own.
    Forked,
    /// By a shell of its own; `bash -n` is asked too.
    Alone,
    /// Not at all: `bash -n` is asked.
    Not,
}

/// What became of a script.
pub struct Ran {
    /// Each program with its words.
    pub commands: Vec<Vec<String>>,
    /// Whether `bash -n` accepts the script, if it was asked and not cut off.
    pub is_accepted: Option<bool>,
    /// Whether its time ran out.
    pub is_cut: bool,
}

impl Sandbox {
    /// `None` where the system allows no sandbox.
    pub fn new(name: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("policyc-shell-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fill(&folder.join("base")).ok()?;
        let pipe = |name: &str| {
            let path = folder.join(name);
            let made = Command::new("mkfifo").args(["-m", "666"]).arg(&path).status().is_ok_and(|s| s.success());
            made.then(|| File::options().read(true).write(true).open(path).ok()).flatten()
        };
        let (killer, mut killed) = (pipe("kill")?, pipe("killed")?);
        let mut command = if is_root() {
            // Not even the owner of files: nobody.
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "unshare"]);
            command
        } else {
            Command::new("unshare")
        };
        let steps = STEP.repeat(STEPS) + "exec /bin/bash -c \"$BASH_EXECUTION_STRING\" bash\n";
        let mut driver = command
            .args(["-rmnpiuf", "--kill-child", "--propagation", "private", "bash", "-c", DRIVER, "driver"])
            .arg(&folder)
            .arg(steps)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (input, mut fields) = (driver.stdin.take(), BufReader::new(driver.stdout.take()?));
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while fields.read_until(0, &mut bytes).is_ok() && bytes.pop().is_some() {
                if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        let (sender, acknowledged) = channel();
        std::thread::spawn(move || while killed.read_exact(&mut [0]).is_ok() && sender.send(()).is_ok() {});
        let sandbox = Self { folder, driver, input, output, killer, killed: acknowledged };
        (sandbox.output.recv_timeout(PATIENCE).ok()? == "ready").then_some(sandbox)
    }

    fn number(&self) -> Option<usize> {
        self.output.recv_timeout(PATIENCE).ok()?.parse().ok()
    }

    fn send(&mut self, text: &str) -> Option<()> {
        let input = self.input.as_mut()?;
        input.write_all(text.as_bytes()).ok()?;
        input.flush().ok()
    }

    /// Ends whatever runs.
    fn kill(&mut self) -> Option<()> {
        self.killer.write_all(b"\n").ok()?;
        self.killed.recv_timeout(PATIENCE).ok()
    }

    /// Runs a script, with stubs at the paths that it names if `with_files`. `None` if the sandbox did not live on.
    pub fn run(&mut self, script: &str, how: How, with_files: bool) -> Option<Ran> {
        let files = if with_files { paths(script) } else { String::new() };
        let how = match how {
            How::Forked => "e",
            How::Alone => "cn",
            How::Not => "n",
        };
        self.send(&format!("{how}\0{files}\0{script}\0"))?;
        let limit = if files.is_empty() { TIME } else { TIME * 2 };
        let (is_cut, status) = match self.output.recv_timeout(limit) {
            Ok(status) => (false, status),
            Err(_) => {
                self.kill()?;
                (true, self.output.recv_timeout(PATIENCE).ok()?)
            }
        };
        let _: usize = status.parse().ok()?;
        let accepted = self.number()?;
        self.kill()?;
        self.send("log\0")?;
        let count = self.number()?;
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            fields.push(self.output.recv_timeout(PATIENCE).ok()?);
        }
        let mut fields = fields.into_iter();
        let mut commands = Vec::new();
        while let Some(count) = fields.next().and_then(|f| f.parse::<usize>().ok()) {
            let words: Vec<String> = fields.by_ref().take(count).collect();
            // the last one may be cut off
            if words.len() == count && fields.len() > 0 || words.len() == count && !is_cut {
                commands.push(words);
            }
        }
        Some(Ran { commands, is_accepted: (accepted < 126).then_some(accepted == 0), is_cut })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It ends with its input.
        self.input = None;
        for _ in 0..50 {
            if matches!(self.driver.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn find(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin"].map(|dir| Path::new(dir).join(name)).into_iter().find(|path| path.exists())
}

/// Fills the folder that becomes the sandbox's root.
fn fill(base: &Path) -> std::io::Result<()> {
    let real = base.join("real");
    let (skeleton, tools) = (base.join("skeleton"), base.join("tools"));
    fs::create_dir_all(&real)?;
    fs::create_dir_all(&tools)?;
    for folder in ["usr/bin", "usr/local/bin", "etc", "home/u", "root", "tmp", "work", "var/tmp", "var/log", "opt"] {
        fs::create_dir_all(skeleton.join(folder))?;
    }
    for (to, name) in [("usr/bin", "bin"), ("usr/bin", "sbin"), ("bin", "usr/sbin")] {
        symlink(to, skeleton.join(name))?;
    }
    let mut libraries: BTreeSet<PathBuf> = BTreeSet::from(["/usr/libexec/coreutils/libstdbuf.so".into()]);
    for name in REAL.iter().chain(&TOOLS) {
        let Some(path) = find(name) else { continue };
        if TOOLS.contains(name) {
            fs::copy(&path, tools.join(name))?;
        } else {
            fs::copy(&path, real.join(name))?;
            symlink(Path::new("/real").join(name), skeleton.join("usr/bin").join(name))?;
        }
        let linked = Command::new("ldd").arg(&path).output()?;
        let text = String::from_utf8_lossy(&linked.stdout).into_owned();
        libraries.extend(text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from));
    }
    for library in libraries.iter().filter(|library| library.exists()) {
        let to = base.join(library.strip_prefix("/").unwrap_or(library));
        fs::create_dir_all(to.parent().unwrap_or(base))?;
        fs::copy(library, to)?;
    }
    symlink("/real/bash", skeleton.join("usr/bin/sh"))?;
    // A small shell starts faster.
    let small = find("dash").is_some_and(|path| fs::copy(path, real.join("dash")).is_ok());
    fs::write(
        real.join("stub"),
        if small { format!("#!/real/dash\n{NO_TEXT}{STUB}") } else { format!("#!/real/bash\n{STUB}") },
    )?;
    fs::set_permissions(real.join("stub"), fs::Permissions::from_mode(0o755))?;
    for name in FILES {
        symlink("/real/stub", skeleton.join("usr/bin").join(name))?;
    }
    Ok(())
}

/// Paths that a script names, a line each, the longest first, so that folders come before what would stand for them.
fn paths(script: &str) -> String {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '~');
    let mut found: BTreeSet<(std::cmp::Reverse<usize>, String)> = BTreeSet::new();
    for token in script.split(|c| !is_of_path(c)).filter(|token| token.contains('/') && !token.ends_with('/')) {
        let path = match token.strip_prefix("~/") {
            Some(rest) => format!("{HOME}/{rest}"),
            None if token.starts_with('/') => token.to_owned(),
            None => format!("{WORK}/{token}"),
        };
        let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let is_fixed = matches!(parts.first(), Some(&("proc" | "dev" | "real" | "lib" | "lib64" | "log" | "base")));
        if is_fixed || parts.contains(&"..") || parts.iter().any(|part| part.contains('~')) || path.len() > 200 {
            continue;
        }
        parts.insert(0, "");
        let path = parts.join("/");
        found.insert((std::cmp::Reverse(path.len()), path));
    }
    found.into_iter().take(16).map(|(_, path)| path + "\n").collect()
}
