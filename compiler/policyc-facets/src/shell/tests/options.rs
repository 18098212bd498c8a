//! Each carrier with each of its options that take a value: the command inside is seen all the same.

use super::super::carriers::{CARRIERS, Carrier, Rest};
use super::lines;

/// Options of a row that take a value, as they may be written; `V` is the value.
fn spellings(row: &Carrier) -> Vec<String> {
    let mut out = Vec::new();
    let letters: Vec<char> = row.shorts.chars().collect();
    for (at, letter) in letters.iter().enumerate().filter(|(_, letter)| **letter != ':') {
        match (letters.get(at.saturating_add(1)), letters.get(at.saturating_add(2))) {
            (Some(':'), Some(':')) => out.extend([format!("-{letter}"), format!("-{letter}V")]),
            (Some(':'), _) => out.extend([format!("-{letter} V"), format!("-{letter}V")]),
            _ => out.push(format!("-{letter}")),
        }
    }
    for long in row.longs {
        if let Some(long) = long.strip_suffix('=') {
            out.extend([format!("--{long} V"), format!("--{long}=V")]);
        } else if let Some(long) = long.strip_suffix('?') {
            out.extend([format!("--{long}"), format!("--{long}=V")]);
        } else {
            out.push(format!("--{long}"));
        }
    }
    out
}

/// Whether a line is the command inside, behind which words may be put in.
fn is_inside(line: &str) -> bool {
    line.strip_prefix("rm|-rf|/x").is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
}

#[test]
fn each_row_with_each_of_its_options() {
    // SPEC: [S4.34]
    let mut tried = 0_usize;
    for row in CARRIERS {
        let before = "W ".repeat(row.before);
        for name in row.names.split(' ') {
            for option in spellings(row) {
                // options that carry are asked below
                let is_code = row.code.iter().any(|code| option.split([' ', '=']).next() == Some(code));
                let is_split = name == "env" && (option.starts_with("-S") || option.starts_with("--split"));
                if !(is_code || is_split || row.rest == Rest::Nothing) {
                    let text = format!("{name} {option} {before}rm -rf /x");
                    let found = lines(&text);
                    assert!(found.iter().any(|line| is_inside(line)), "{text}: {found:?}");
                    tried = tried.saturating_add(1);
                }
                for code in row.code.iter().filter(|_| !is_code) {
                    let attached = if code.starts_with("--") { format!("{code}=") } else { (*code).to_owned() };
                    let apart = format!("{name} {option} {code} 'rm -rf /x' {before}");
                    let joined = format!("{name} {option} {attached}'rm -rf /x' {before}");
                    // a value that may be left out stands in the word itself
                    let is_optional = row.longs.contains(&format!("{}?", code.trim_start_matches('-')).as_str())
                        || row.shorts.contains(&format!("{}::", code.trim_start_matches('-')));
                    for text in [joined, apart].into_iter().take(if is_optional { 1 } else { 2 }) {
                        let found = lines(&text);
                        assert!(found.iter().any(|line| is_inside(line)), "{text}: {found:?}");
                        tried = tried.saturating_add(1);
                    }
                }
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn programs_with_a_grammar_of_their_own() {
    // SPEC: [S4.34]
    let cases: &[(&str, &[&str])] = &[
        (
            "xargs OPTION rm -rf /x",
            &[
                "-a V",
                "-aV",
                "-d V",
                "-dV",
                "-E V",
                "-EV",
                "-e",
                "-eV",
                "-I V",
                "-IV",
                "-i",
                "-iV",
                "-J V",
                "-L 1",
                "-L1",
                "-l",
                "-l1",
                "-n 1",
                "-n1",
                "-P 2",
                "-P2",
                "-R 1",
                "-S 9",
                "-s 9",
                "-s9",
                "-0",
                "-o",
                "-p",
                "-r",
                "-t",
                "-x",
                "--arg-file V",
                "--arg-file=V",
                "--delimiter V",
                "--delimiter=V",
                "--eof=V",
                "--eof",
                "--replace=V",
                "--replace",
                "--max-lines=1",
                "--max-lines",
                "--max-args 1",
                "--max-args=1",
                "--max-procs 2",
                "--max-procs=2",
                "--process-slot-var V",
                "--process-slot-var=V",
                "--max-chars 9",
                "--max-chars=9",
                "-0rtn1",
                "--null",
            ],
        ),
        (
            "parallel OPTION rm -rf /x",
            &[
                "-a V",
                "-B V",
                "-C V",
                "-d V",
                "-E V",
                "-I V",
                "-j 2",
                "-j2",
                "-L 1",
                "-l 1",
                "-N 1",
                "-n 1",
                "-P 2",
                "-S V",
                "-s 9",
                "-U V",
                "--jobs 2",
                "--jobs=2",
                "--arg-file V",
                "--colsep V",
                "--delay 1",
                "--halt V",
                "--joblog V",
                "--load V",
                "--max-args 1",
                "--max-procs 2",
                "--memfree 1",
                "--results V",
                "--retries 1",
                "--timeout 1",
                "--tmpdir V",
                "--nice 1",
                "--block 1",
                "--recend V",
                "--recstart V",
                "--header V",
                "--trim V",
                "-k",
                "--bar",
            ],
        ),
        (
            "find OPTION -exec rm -rf /x ';'",
            &[
                "-H",
                "-L",
                "-P",
                ".",
                ". -name V",
                ". -maxdepth 1",
                ". -exec a {} +",
                ". -exec a + {} +",
                ". -exec a + ';'",
                ". -execdir a ';'",
                ". -ok a ';'",
                ". -fprint V",
                ". -fprintf V %p",
                ". -newer V",
                ". -printf V",
                ". -delete",
                ". '(' -name V -o -type f ')'",
                ". ! -name V",
                ". -regex V",
                ". -size +1",
                ". -perm -1",
            ],
        ),
        (
            "docker run OPTION image rm -rf /x",
            &[
                "-a V",
                "-c 1",
                "-e A=1",
                "-eA=1",
                "-h V",
                "-l V",
                "-m 1",
                "-p 1:1",
                "-p1:1",
                "-u V",
                "-v a:b",
                "-va:b",
                "-w V",
                "-it",
                "-itv a:b",
                "-d",
                "--rm",
                "--name V",
                "--name=V",
                "--env A=1",
                "--env-file V",
                "--volume a:b",
                "--workdir V",
                "--user V",
                "--network V",
                "--net=V",
                "--mount V",
                "--publish 1:1",
                "--add-host V",
                "--cap-add V",
                "--cap-drop V",
                "--device V",
                "--dns V",
                "--gpus V",
                "--hostname V",
                "--ipc V",
                "--label V",
                "--link V",
                "--log-driver V",
                "--log-opt V",
                "--memory V",
                "--pid V",
                "--platform V",
                "--pull V",
                "--restart V",
                "--security-opt V",
                "--shm-size V",
                "--sysctl V",
                "--tmpfs V",
                "--ulimit V",
                "--userns V",
                "--volumes-from V",
                "--cidfile V",
                "--cpus 1",
                "--cpuset-cpus 1",
                "--group-add V",
                "--stop-signal V",
                "--runtime V",
                "--privileged",
                "--health-cmd true",
                "--health-cmd=true",
                "--sig-proxy=false",
                "--read-only",
                "--init",
            ],
        ),
        (
            "podman OPTION c rm -rf /x",
            &[
                "exec",
                "exec -e A=1",
                "exec -u V",
                "exec -w V",
                "exec --user V",
                "exec --workdir=V",
                "exec --env-file V",
                "exec --detach-keys V",
                "exec -it",
                "--log-level V exec",
                "-c V exec",
                "-H V exec -d",
                "run --pod V",
            ],
        ),
        (
            "kubectl OPTION",
            &[
                "exec p -- rm -rf /x",
                "exec -it p -- rm -rf /x",
                "exec -n V p -c V -- rm -rf /x",
                "-n V exec p -- rm -rf /x",
                "exec -c V p rm -rf /x",
                "exec -c=V -n V p rm -rf /x",
                "--context V exec -it p -- rm -rf /x",
                "exec --container V p rm -rf /x",
                "exec --kubeconfig V p rm -rf /x",
                "run p --image V -- rm -rf /x",
            ],
        ),
        (
            "rsync OPTION a b:",
            &[
                "-e 'rm -rf /x'",
                "-e'rm -rf /x'",
                "-ave 'rm -rf /x'",
                "-ae'rm -rf /x'",
                "--rsh 'rm -rf /x'",
                "--rsh='rm -rf /x'",
                "-av -e 'rm -rf /x'",
                "-B V -e 'rm -rf /x'",
                "-f V -T V -e 'rm -rf /x'",
                "--rsync-path 'rm -rf /x'",
                "--rsync-path='rm -rf /x'",
                "--bwlimit=1 --rsh='rm -rf /x'",
            ],
        ),
        (
            "tar OPTION",
            &[
                "cf a --checkpoint-action=exec='rm -rf /x' b",
                "cf a --checkpoint-action exec='rm -rf /x' b",
                "-I 'rm -rf /x' -cf a b",
                "-I'rm -rf /x' -cf a b",
                "-czI 'rm -rf /x' b",
                "-cfa -I 'rm -rf /x' b",
                "cIf 'rm -rf /x' a b",
                "cfI a 'rm -rf /x' b",
                "xf a --to-command='rm -rf /x'",
                "xf a --to-command 'rm -rf /x'",
                "-C V -F 'rm -rf /x' -xf a",
                "--use-compress-program='rm -rf /x' -xf a",
                "--rsh-command='rm -rf /x' -xf a",
                "--info-script='rm -rf /x' -xf a",
                "--new-volume-script 'rm -rf /x' -xf a",
                "--use='rm -rf /x' -xf a",
            ],
        ),
        (
            "git OPTION",
            &[
                "-c core.pager='rm -rf /x' log",
                "-c alias.z='!rm -rf /x' z",
                "-C V -c core.pager='rm -rf /x' log",
                "--git-dir V -c core.sshCommand='rm -rf /x' fetch",
                "--work-tree=V -c core.editor='rm -rf /x' commit",
                "-c a.b=c -c diff.external='rm -rf /x' diff",
                "--namespace V --exec-path=V -c core.pager='rm -rf /x' log",
            ],
        ),
        (
            "ssh OPTION",
            &[
                "-o ProxyCommand='rm -rf /x' h",
                "-oProxyCommand='rm -rf /x' h",
                "-o 'ProxyCommand rm -rf /x' h",
                "-o PermitLocalCommand=yes -o LocalCommand='rm -rf /x' h",
                "-i V -p 1 -o proxycommand='rm -rf /x' h",
                "-o KnownHostsCommand='rm -rf /x' h",
            ],
        ),
        (
            "make OPTION",
            &[
                "SHELL='rm -rf /x'",
                "-C V SHELL='rm -rf /x'",
                "-f V -j 2 SHELL:='rm -rf /x'",
                "-j2 'A!=rm -rf /x'",
                "'SHELL?=rm -rf /x'",
            ],
        ),
        (
            "vim OPTION",
            &[
                "-c '!rm -rf /x'",
                "-c ':!rm -rf /x' f",
                "--cmd '!rm -rf /x'",
                "'+!rm -rf /x'",
                "-u V -c '!rm -rf /x'",
                "-es -c ':!rm -rf /x'",
            ],
        ),
        (
            "awk OPTION 'BEGIN{system(\"rm -rf /x\")}'",
            &[
                "-F V",
                "-FV",
                "-v a=b",
                "-va=b",
                "-W V",
                "--field-separator V",
                "--field-separator=V",
                "--assign a=b",
                "--assign=a=b",
                "--",
            ],
        ),
        (
            "sed OPTION",
            &[
                "'1e rm -rf /x' f",
                "-e '1e rm -rf /x' f",
                "-n -e p -e '1e rm -rf /x' f",
                "--expression='1e rm -rf /x' f",
                "--expression '1e rm -rf /x' f",
                "-i.V -e '1e rm -rf /x' f",
                "-l 5 '1e rm -rf /x' f",
                "-ne '1e rm -rf /x' f",
                "-Ei '1e rm -rf /x' f",
            ],
        ),
        ("less OPTION", &["'+!rm -rf /x' f", "'++!rm -rf /x' f", "-N '+!rm -rf /x' f"]),
        (
            "env OPTION",
            &[
                "-S 'rm -rf /x'",
                "-S'rm -rf /x'",
                "--split-string='rm -rf /x'",
                "-i -u V -S 'rm -rf' /x",
                "-C V A=1 rm -rf /x",
            ],
        ),
        (
            "OPTION",
            &[
                "sh -c 'rm -rf /x'",
                "bash -e -o pipefail -c 'rm -rf /x'",
                "bash +x -O extglob -c 'rm -rf /x'",
                "dash -ec 'rm -rf /x' a b",
                "flock V -c 'rm -rf /x'",
                "flock -w 1 V rm -rf /x",
                "script -c 'rm -rf /x' V",
                "script -q V rm -rf /x",
                "script -T V -c 'rm -rf /x'",
                "watch -n 1 'rm -rf /x'",
                "watch -d=V rm -rf /x",
                "busybox rm -rf /x",
                "time -p rm -rf /x",
                "timeout -k 1 -s KILL 5 rm -rf /x",
                "exec -a V rm -rf /x",
                "command -p rm -rf /x",
            ],
        ),
    ];
    for (shape, options) in cases {
        for option in *options {
            let text = shape.replace("OPTION", option);
            let found = lines(&text);
            assert!(found.iter().any(|line| is_inside(line)), "{text}: {found:?}");
        }
    }
}

#[test]
fn an_option_that_is_not_known_hides_what_is_inside() {
    // SPEC: [S4.34]
    for text in [
        "sudo -h V rm x",
        "sudo --what V rm x",
        "docker run --what image rm x",
        "docker exec -l c rm x",
        "kubectl exec --what p rm x",
        "env --what rm x",
        "xargs --what rm x",
        "make 'A=$(shell rm x)'",
        "make -E 'A=$(shell rm x)'",
        "ssh -o \"$A\" h",
    ] {
        assert!(lines(text).iter().any(|line| line.starts_with('?')), "{text}: {:?}", lines(text));
    }
}
