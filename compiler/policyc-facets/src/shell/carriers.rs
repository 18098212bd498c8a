//! Programs that run another command: one row each.
//!
//! What an option or operand that is not in the row would do is not guessed: the command inside is then unknown.

use std::sync::LazyLock;

use super::index::Index;

/// How the words behind the options are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// As a command: program and words.
    Command,
    /// As a command, behind `NAME=VALUE` words.
    Assignments,
    /// Joined by blanks, as shell code.
    Joined,
    /// As shell code on another machine.
    Remote,
    /// Not at all: only options carry.
    Nothing,
}

/// A program that runs another command.
#[derive(Debug)]
pub(super) struct Carrier {
    pub names: &'static str,
    /// As for `getopt`: `u:` takes a value, `i::` only an attached one.
    pub shorts: &'static str,
    /// `user=` takes a value, `color?` only an attached one.
    pub longs: &'static [&'static str],
    /// Operands before the command.
    pub before: usize,
    pub rest: Rest,
    /// Options whose value is shell code.
    pub code: &'static [&'static str],
}

const fn row(
    names: &'static str,
    shorts: &'static str,
    longs: &'static [&'static str],
    before: usize,
    rest: Rest,
    code: &'static [&'static str],
) -> Carrier {
    Carrier { names, shorts, longs, before, rest, code }
}

use Rest::{Assignments, Command, Joined, Nothing, Remote};

#[rustfmt::skip]
pub(super) const CARRIERS: &[Carrier] = &[
    // who runs it
    row("sudo", "AbBeEHiKklnNPsSvVC:D:g:p:R:r:t:T:U:u:", &["askpass", "background", "bell", "close-from=", "chdir=", "edit", "group=", "set-home", "host=", "login", "non-interactive", "preserve-env?", "prompt=", "chroot=", "role=", "stdin", "shell", "type=", "command-timeout=", "other-user=", "user=", "reset-timestamp", "remove-timestamp", "list", "validate", "version", "help"], 0, Assignments, &[]),
    row("doas", "a:C:Lnsu:", &[], 0, Command, &[]),
    row("pkexec", "u:", &["user=", "disable-internal-agent", "keep-cwd"], 0, Command, &[]),
    row("runuser su", "c:flmpPg:G:s:u:w:T", &["command=", "fast", "login", "preserve-environment", "group=", "supp-group=", "shell=", "user=", "session-command=", "pty", "whitelist-environment="], 0, Nothing, &["-c", "--command", "--session-command", "-s", "--shell"]),
    row("sg", "c:", &[], 0, Nothing, &["-c"]),
    row("gosu su-exec", "", &[], 1, Command, &[]),
    row("setpriv", "dh", &["ruid=", "euid=", "rgid=", "egid=", "reuid=", "regid=", "clear-groups", "keep-groups", "init-groups", "groups=", "inh-caps=", "ambient-caps=", "bounding-set=", "no-new-privs", "securebits=", "pdeathsig=", "reset-env", "dump"], 0, Command, &[]),
    row("capsh", "", &["drop=", "caps=", "user=", "gid=", "uid=", "keep=", "print", "secbits=", "chroot="], 0, Nothing, &[]),
    // how it runs
    row("env", "0iu:C:S:vP:", &["ignore-environment", "null", "unset=", "chdir=", "split-string=", "block-signal?", "default-signal?", "ignore-signal?", "list-signal-handling", "debug", "argv0="], 0, Assignments, &[]),
    row("nice", "0123456789n:", &["adjustment="], 0, Command, &[]),
    row("ionice", "c:n:tp:P:u:", &["class=", "classdata=", "ignore", "pid=", "pgid=", "uid="], 0, Command, &[]),
    row("chrt", "abdfimoprvRT:P:D:", &["batch", "deadline", "fifo", "idle", "other", "rr", "reset-on-fork", "sched-runtime=", "sched-period=", "sched-deadline=", "all-tasks", "pid", "max", "verbose"], 1, Command, &[]),
    row("taskset", "acp", &["all-tasks", "cpu-list", "pid"], 1, Command, &[]),
    row("numactl", "i:N:m:C:p:l", &["interleave=", "cpunodebind=", "membind=", "physcpubind=", "preferred=", "localalloc", "all"], 0, Command, &[]),
    row("nohup setsid", "cfw", &["ctty", "fork", "wait"], 0, Command, &[]),
    row("stdbuf", "i:o:e:", &["input=", "output=", "error="], 0, Command, &[]),
    row("unbuffer", "p", &[], 0, Command, &[]),
    row("timeout gtimeout", "fk:ps:v", &["foreground", "kill-after=", "preserve-status", "signal=", "verbose"], 1, Command, &[]),
    row("time gtime", "af:o:pqv", &["append", "format=", "output=", "portability", "quiet", "verbose"], 0, Command, &[]),
    row("cpulimit", "l:p:e:P:izbvfm", &["limit=", "pid=", "exe=", "path=", "lazy", "include-children", "background", "verbose", "foreground"], 0, Command, &[]),
    row("prlimit", "", &["as=", "core=", "cpu=", "data=", "fsize=", "nofile=", "nproc=", "pid=", "rss=", "stack="], 0, Command, &[]),
    row("caffeinate", "dimsut:w:", &[], 0, Command, &[]),
    row("chronic ts-run", "ev", &[], 0, Command, &[]),
    row("systemd-run", "dGE:H:M:p:PqrSt", &["scope", "unit=", "property=", "description=", "slice=", "user", "system", "pty", "pipe", "wait", "collect", "uid=", "gid=", "nice=", "setenv=", "on-active=", "on-boot=", "on-calendar=", "on-unit-active=", "quiet", "same-dir", "working-directory=", "shell", "remain-after-exit", "machine=", "host=", "timer-property="], 0, Command, &[]),
    row("systemd-inhibit", "", &["what=", "who=", "why=", "mode=", "list"], 0, Command, &[]),
    row("dbus-run-session dbus-launch xvfb-run fakeroot proot torsocks torify proxychains proxychains4 tsocks", "aql:n:s:e:f:w:r:b:", &["auto-servernum", "server-args=", "server-num=", "exit-with-session", "config-file="], 0, Command, &[]),
    row("faketime", "fmp:", &["exclude-monotonic"], 1, Command, &[]),
    row("rlwrap", "a::cC:D:e:f:F:g:H:iImM:nNo:p::P:q:rRs:S:t:TvwW:z:A", &[], 0, Command, &[]),
    row("flock", "esxunw:E:oFc:v", &["exclusive", "shared", "unlock", "nonblock", "timeout=", "conflict-exit-code=", "close", "no-fork", "command=", "verbose", "wait="], 1, Command, &["-c", "--command"]),
    row("firejail bwrap", "", &["noprofile", "net=", "private", "quiet", "bind=", "ro-bind=", "dev=", "proc=", "unshare-all", "die-with-parent"], 0, Command, &[]),
    row("tini dumb-init", "gsvwp:e:", &[], 0, Command, &[]),
    row("start-stop-daemon", "KSTa:bc:d:g:k:mn:N:op:qs:tu:vx:r:", &["start", "stop", "background", "exec=", "startas=", "pidfile=", "chuid=", "make-pidfile", "name=", "quiet", "user=", "oknodo", "signal=", "retry=", "chdir=", "group=", "test", "verbose"], 0, Nothing, &["-x", "--exec", "-a", "--startas"]),
    row("entr", "acdnprsz", &[], 0, Command, &[]),
    row("watchexec", "cd:e:f:i:rs:w:", &["exts=", "watch=", "clear", "restart", "ignore=", "filter="], 0, Joined, &[]),
    row("nodemon", "e:w:i:d:x:", &["exec=", "watch=", "ext=", "ignore=", "delay="], 0, Nothing, &["-x", "--exec"]),
    row("hyperfine", "w:r:m:M:p:c:s:N", &["warmup=", "runs=", "prepare=", "cleanup=", "setup=", "export-json=", "export-markdown=", "shell=", "min-runs=", "max-runs=", "ignore-failure"], 0, Joined, &["-p", "--prepare", "-c", "--cleanup", "-s", "--setup"]),
    row("watch", "bcCd::eghn:pq:tvwx", &["beep", "color", "no-color", "differences?", "errexit", "chgexit", "interval=", "precise", "equexit=", "no-title", "no-wrap", "exec"], 0, Joined, &[]),
    row("ssh-agent dbus-x11", "a:cdkst:E:O:P:D", &[], 0, Command, &[]),
    row("busybox toybox", "", &[], 0, Command, &[]),
    row("npx pnpx bunx", "yqp:c:", &["yes", "no", "package=", "call=", "quiet"], 0, Command, &["-c", "--call"]),
    row("xterm uxterm urxvt rxvt gnome-terminal konsole", "e:T:", &["title="], 0, Command, &["-e"]),
    // within what it runs
    row("chroot", "", &["groups=", "userspec=", "skip-chdir"], 1, Command, &[]),
    row("unshare", "cCfhiImnprR:S:G:TUuVw:", &["mount?", "uts?", "ipc?", "net?", "pid?", "user?", "cgroup?", "time?", "fork", "map-root-user", "map-current-user", "map-auto", "map-user=", "map-group=", "mount-proc?", "root=", "wd=", "setuid=", "setgid=", "propagation=", "kill-child?", "keep-caps"], 0, Command, &[]),
    row("nsenter", "aA:C::e::F::G:i::m::n::N:p::r::S:t:T::u::U::w::W:Z", &["all", "target=", "mount?", "uts?", "ipc?", "net?", "pid?", "user?", "cgroup?", "root?", "wd?", "setuid=", "setgid=", "preserve-credentials", "no-fork", "follow-context"], 0, Command, &[]),
    row("ip-netns-exec", "", &[], 1, Command, &[]),
    row("aa-exec", "dip:n:vt:f:", &["profile=", "namespace=", "immediate", "verbose", "file="], 0, Command, &[]),
    row("runcon", "ct:u:r:l:", &["compute", "type=", "user=", "role=", "range="], 1, Command, &[]),
    row("choom", "n:p:", &["adjust=", "pid="], 0, Command, &[]),
    row("setarch linux32 linux64 i386 x86_64 uname26", "BFILRSTXZ3v", &["addr-no-randomize", "verbose", "32bit", "list"], 0, Command, &[]),
    row("distrobox-enter toolbox", "n:e", &["name="], 0, Command, &[]),
    // what watches it
    row("strace", "a:b:cCdDe:E:fFhiI:k:no:O:p:P:qrs:S:tTu:U:vVwxX:yYzZ", &["attach=", "output=", "trace=", "follow-forks", "string-limit=", "summary", "summary-only", "env=", "user=", "absolute-timestamps?", "relative-timestamps", "syscall-times", "decode-fds?", "no-abbrev", "quiet?"], 0, Command, &[]),
    row("ltrace", "a:A:bcCD:e:fF:hil:L:n:o:p:rs:StTu:Vw:x:X:", &["output="], 0, Command, &[]),
    row("valgrind", "hdqvs", &["tool=", "leak-check=", "track-origins=", "log-file=", "suppressions=", "show-leak-kinds=", "num-callers=", "verbose", "quiet"], 0, Command, &[]),
    row("catchsegv eatmydata libtool", "", &["mode="], 0, Command, &[]),
    row("script", "aB:c:e::E:fI:O:o:qt::T:m:V", &["append", "command=", "return", "flush", "force", "quiet", "log-in=", "log-out=", "log-io=", "log-timing=", "logging-format=", "output-limit=", "timing?", "echo="], 1, Command, &["-c", "--command"]),
    // on other machines
    row("ssh autossh slogin", "46AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:", &[], 1, Remote, &[]),
    row("sshpass", "ef:d:hp:P:vV", &[], 0, Command, &[]),
    row("mosh", "46ap:", &["ssh=", "port=", "client=", "server=", "predict="], 1, Command, &["--ssh"]),
    row("pdsh clush", "w:g:ax:l:R:f:", &[], 0, Remote, &[]),
    row("vagrant-ssh", "c:", &["command="], 0, Nothing, &["-c", "--command"]),
    // options that run something
    row("man", "acdDefhiIkKlLt7uwWZC:E:H::M:P:R:S:e:m:p:r:s:T::X::", &["pager=", "html?", "manpath=", "sections=", "locale=", "systems=", "extension=", "config-file=", "preprocessor=", "encoding=", "recode=", "prompt=", "all", "whatis", "apropos", "local-file", "where", "path", "location", "global-apropos", "gxditview?", "troff-device?", "default", "regex", "wildcard", "names-only", "update", "no-subpages", "ditroff", "ascii", "catman", "debug", "warnings?"], 0, Nothing, &["-P", "--pager", "-H", "--html"]),
    row("sort gsort", "bcCdfgik:mMnhRrs:S:t:T:o:uVz", &["compress-program=", "key=", "output=", "files0-from=", "field-separator=", "buffer-size=", "temporary-directory=", "parallel=", "batch-size="], 0, Nothing, &["--compress-program"]),
    row("split gsplit", "a:b:C:del:n:t:ux", &["filter=", "bytes=", "lines=", "number=", "suffix-length=", "additional-suffix=", "numeric-suffixes?", "hex-suffixes?", "line-bytes=", "separator=", "verbose", "elide-empty-files", "unbuffered"], 0, Nothing, &["--filter"]),
    row("scp sftp", "346ABCpqrTvs1NfaB:b:c:D:F:i:J:l:o:P:R:S:X:", &[], 0, Nothing, &["-S"]),
    row("zip", "", &["unzip-command="], 0, Nothing, &["--unzip-command"]),
    row("nc ncat netcat nc.traditional nc.openbsd", "46CDdFhklNnrStUuvZze:c:i:I:m:M:O:P:p:q:s:T:V:W:w:X:x:b", &["exec=", "sh-exec=", "lua-exec=", "ssl", "listen", "udp", "keep-open", "source=", "proxy=", "allow=", "verbose"], 0, Nothing, &["-e", "-c", "--exec", "--sh-exec"]),
    row("wget", "", &["use-askpass="], 0, Nothing, &["--use-askpass"]),
    row("rg", "", &["pre=", "hostname-bin="], 0, Nothing, &["--pre", "--hostname-bin"]),
    row("fzf", "", &["preview=", "bind=", "with-shell="], 0, Nothing, &["--preview", "--bind"]),
    row("tcpdump", "AbdDefhHIJKlLnNOpqStuUvxX#B:c:C:E:F:G:i:j:k:m:M:Q:r:s:T:V:w:W:y:z:Z:", &[], 0, Nothing, &["-z"]),
    row("openvpn", "", &["up=", "down=", "config="], 0, Nothing, &["--up", "--down"]),
    row("logsave", "asv", &[], 1, Command, &[]),
    row("multitime run-parts-one", "n:", &[], 0, Command, &[]),
    row("certbot", "", &["pre-hook=", "post-hook=", "deploy-hook=", "renew-hook=", "manual-auth-hook="], 0, Nothing, &["--pre-hook", "--post-hook", "--deploy-hook", "--renew-hook", "--manual-auth-hook"]),
    row("tmux", "2CDlNuvVc:f:L:S:T:", &[], 1, Joined, &["-c"]),
    row("screen", "4678aAdDfhilLmOpqQRsS:t:T:UvwxXc:e:", &[], 0, Command, &[]),
    row("expect", "bdDihnNvc:f:", &[], 0, Nothing, &[]),
    row("sqlmap", "", &["os-cmd=", "eval="], 0, Nothing, &["--os-cmd"]),
];

/// The row of a program.
pub(super) fn carrier(program: &str) -> Option<&'static Carrier> {
    static INDEX: LazyLock<Index<Carrier>> = LazyLock::new(|| Index::new(CARRIERS, |row| row.names));
    INDEX.get(program)
}
