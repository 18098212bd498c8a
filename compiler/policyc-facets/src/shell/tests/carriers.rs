//! Each carrier, with the command inside it.

use super::{lines, read};

/// Behind the carrier itself, the text runs exactly these commands.
fn inside(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        let lines = lines(text);
        assert_eq!(lines.get(1..).unwrap_or(&[]), *expected, "{text}: {lines:?}");
    }
}

#[test]
fn carriers_run_the_words_behind_them() {
    // SPEC: [S4.34]
    for carrier in [
        "sudo",
        "sudo -u root -E",
        "sudo --user=root --",
        "sudo A=1",
        "doas -u x",
        "pkexec --user x",
        "gosu x",
        "setpriv --reuid=1",
        "env",
        "env -i A=1 B=2",
        "env -u X",
        "nice",
        "nice -n 5",
        "nice -5",
        "ionice -c3",
        "chrt -f 1",
        "taskset -c 1",
        "numactl -m 0",
        "nohup",
        "setsid -f",
        "stdbuf -oL",
        "unbuffer",
        "timeout 5",
        "timeout -k 1 5s",
        "/usr/bin/time -f x",
        "cpulimit -l 5",
        "prlimit --as=1",
        "caffeinate -i",
        "chronic",
        "systemd-run --user",
        "systemd-inhibit --what=x",
        "dbus-run-session",
        "fakeroot",
        "xvfb-run -a",
        "faketime x",
        "rlwrap",
        "flock x",
        "flock -n x",
        "firejail --private",
        "tini",
        "entr -r",
        "ssh-agent",
        "busybox",
        "toybox",
        "npx -y",
        "chroot /x",
        "chroot --userspec=a /x",
        "unshare -rn",
        "nsenter -t 1",
        "aa-exec -p x",
        "runcon x",
        "choom -n 1",
        "setarch",
        "strace -f -o x",
        "ltrace",
        "valgrind --tool=x",
        "eatmydata",
        "sshpass -p x",
        "logsave x",
        "torsocks",
        "exec",
        "command",
        "builtin",
        "xargs -a x -I%",
        "multitime",
        "screen -dm",
        "gdb --args",
        "perf record --",
        "bundle exec",
        "poetry run",
        "uv run",
        "npm exec --",
        "docker run --rm -it -v a:b image",
        "docker exec -it c",
        "podman run x",
        "kubectl exec -it p --",
        "kubectl -n a exec p -c d --",
        "lxc exec c --",
        "ip netns exec n",
        "git bisect run",
        "docker compose exec -T web",
        "docker run --entrypoint nice image -n 1",
    ] {
        let text = format!("{carrier} rm -rf /x");
        let lines = lines(&text);
        assert_eq!(lines.last().map(String::as_str), Some("rm|-rf|/x"), "{text}: {lines:?}");
    }
}

#[test]
fn carriers_run_code() {
    // SPEC: [S4.34]
    for text in [
        "sh -c 'rm x'",
        "bash -ec 'rm x' y",
        "/bin/zsh -lc 'rm x'",
        "bash -o pipefail -c 'rm x'",
        "su -c 'rm x' a",
        "su a --command='rm x'",
        "runuser -u a -c 'rm x'",
        "sg g -c 'rm x'",
        "flock l -c 'rm x'",
        "script -qc 'rm x' l",
        "watch -n 1 rm x",
        "watch 'rm x'",
        "ssh h rm x",
        "ssh -p 22 -i k u@h 'rm x'",
        "parallel ::: 'rm x'",
        "env -S 'rm x'",
        "tmux new 'rm x'",
        "man -P 'rm x' ls",
        "man --html='rm x' ls",
        "sort --compress-program='rm x' y",
        "split --filter='rm x' y",
        "nc -e 'rm x' h 1",
        "ncat --sh-exec 'rm x' h",
        "rg --pre 'rm x' y",
        "tcpdump -z 'rm x'",
        "hyperfine 'rm x'",
        "wget --use-askpass='rm x' h",
        "tar cf a --checkpoint=1 --checkpoint-action=exec='rm x' b",
        "tar xf a --to-command='rm x'",
        "tar -I 'rm x' -xf a",
        "rsync -e 'rm x' a b:",
        "rsync -avze 'rm x' a b:",
        "git -c core.pager='rm x' log",
        "git -c alias.z='!rm x' z",
        "git ls-remote --upload-pack='rm x' .",
        "git grep --open-files-in-pager='rm x' y",
        "git rebase -x 'rm x' m",
        "git submodule foreach 'rm x'",
        "git config core.editor 'rm x'",
        "git clone 'ext::rm x'",
        "vim -c ':!rm x'",
        "less '+!rm x' y",
        "awk 'BEGIN{system(\"rm x\")}'",
        "awk '{print | \"rm x\"}' y",
        "awk 'BEGIN{\"rm x\" | getline y}'",
        "sed '1e rm x' y",
        "make SHELL='rm x'",
        "gdb -ex '!rm x'",
        "socat - EXEC:'rm x'",
        "npx -c 'rm x'",
        "PAGER='rm x' a",
        "export GIT_SSH_COMMAND='rm x'",
        "echo 'rm x' | at now <<< 'rm x'",
        "nix-shell --run 'rm x'",
        "vagrant ssh -c 'rm x'",
        "xterm -e 'rm x'",
        "nodemon -x 'rm x'",
        "certbot --pre-hook 'rm x'",
        "echo 'rm x' | sh",
        "find . -exec sh -c 'rm x' \\;",
    ] {
        let lines = lines(text);
        assert!(lines.iter().any(|line| line == "rm|x"), "{text}: {lines:?}");
    }
}

#[test]
fn find_xargs_and_parallel_fill_words_in() {
    inside(&[
        ("find a -name '*.c' -exec rm -f {} \\;", &["rm|-f|`a/*`"]),
        ("find . -execdir rm {} +", &["rm|`./*`"]),
        ("find a -type f -exec a {} \\; -exec b x{} \\;", &["a|`a/*`", "b|?"]),
        ("find a -delete", &["rm|a"]),
        ("xargs rm -f", &["rm|-f|?"]),
        ("xargs -0 -n1 -I{} mv {} /x", &["mv|?|/x"]),
        ("xargs", &[]),
        ("parallel gzip {} ::: a b", &["gzip|?"]),
    ]);
    assert_eq!(read("find . -exec a {} \\;").commands.last().unwrap().carriers, ["find -exec"]);
    assert_eq!(read("sudo env a").commands.last().unwrap().carriers, ["sudo", "env"]);
}

#[test]
fn look_alikes_carry_nothing() {
    inside(&[
        ("echo sudo rm x", &[]),
        ("command -v rm", &[]),
        ("git log --grep=x", &[]),
        ("git -c user.name=x log", &[]),
        ("awk '/a|b/ { print $1 > 2 || $2 }' x", &[]),
        ("awk '{ print system_name, \"a | b\" }' x", &[]),
        ("sed -n 's/e/w/gp; /x/d; y/abc/xyz/' y", &[]),
        ("vim -c 'set nu' +10 x", &[]),
        ("man rm", &[]),
        ("tar czf a.tgz b", &[]),
        ("docker ps -a", &[]),
        ("kubectl get pods", &[]),
        ("make -j4 all", &[]),
        ("ssh h", &[]),
        ("rsync -av a b", &[]),
        ("sort -k2 x", &[]),
        ("ip addr show", &[]),
        ("npm run build", &[]),
    ]);
}
