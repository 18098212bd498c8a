//! Scripts by chance, of every form that the reader knows, and some that nobody would write.

/// A seeded stream of numbers.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A script; one in eight is damaged by hand.
pub fn script(chance: &mut Chance) -> String {
    let count = 1 + chance.below(4);
    let mut out: Vec<String> = Vec::new();
    for _ in 0..count {
        out.push(statement(chance, 3));
    }
    let mut text = out.join(chance.pick(&["\n", "\n", "; "])) + "\n";
    if chance.below(8) == 0 {
        for _ in 0..=chance.below(3) {
            damage(chance, &mut text);
        }
    }
    text
}

fn damage(chance: &mut Chance, text: &mut String) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let at = places[chance.below(places.len())];
    match chance.below(3) {
        0 => {
            text.remove(at);
        }
        1 => text.insert_str(
            at,
            chance.pick(&[
                "'", "\"", "\\", "$", "`", "{", "}", "(", ")", ";", "&", "|", "<", ">", " ", "\n", "#", "!", "*", "=",
                "[", "]", "$(", "${", "$((", "))", "<<", "\\\n", "~", ",", "%", ":", "-", "k1 ", "x=", "$x",
            ]),
        ),
        _ => {
            let other = places[chance.below(places.len())];
            let piece: String = text[other..].chars().take(1 + chance.below(12)).collect();
            text.insert_str(at, &piece);
        }
    }
}

fn program(c: &mut Chance) -> String {
    let name = c.pick(&["aa", "bb", "cc", "dd", "k1", "k2", "k3"]);
    match c.below(10) {
        0 => format!("\"{name}\""),
        1 => format!("'{name}'"),
        2 => format!("\\{name}"),
        3 => format!("$'\\x{:x}{}'", name.as_bytes()[0], &name[1..]),
        4 => format!("{}''{}", &name[..1], &name[1..]),
        _ => name.to_owned(),
    }
}

fn word(c: &mut Chance, depth: usize) -> String {
    match c.below(34) {
        0 => "'a b'".to_owned(),
        1 => "\"a b\"".to_owned(),
        2 => "a\\ b".to_owned(),
        3 => "$'t\\tx\\'y'".to_owned(),
        4 => "$x".to_owned(),
        5 => "\"$x\"".to_owned(),
        6 => "${y}z".to_owned(),
        7 => "\"pre$x post\"".to_owned(),
        8 => "{a,b}c".to_owned(),
        9 => "{1..3}".to_owned(),
        10 => "x{a,{b,c}}\"q\"".to_owned(),
        11 => "*".to_owned(),
        12 => "f*".to_owned(),
        13 => "${x:-d e}".to_owned(),
        14 => "\"${u-d e}\"".to_owned(),
        15 => "${x:+set}".to_owned(),
        16 => "${x%?}".to_owned(),
        17 => "${x#?}".to_owned(),
        18 => "${#x}".to_owned(),
        19 => "${x/a/b}".to_owned(),
        20 => "$((1 + 2))".to_owned(),
        21 => "\"$@\"".to_owned(),
        22 => "$1".to_owned(),
        23 => "${a[0]}".to_owned(),
        24 => "\"${a[@]}\"".to_owned(),
        25 if depth > 0 => format!("$({})", simple(c, depth - 1)),
        26 if depth > 0 => format!("\"$({})\"", simple(c, depth - 1)),
        27 => "$(echo p q)".to_owned(),
        28 => "${x:1:1}".to_owned(),
        29 => "${x^^}".to_owned(),
        30 => c
            .pick(&[
                "${u:=n}", "${!v}", "$#", "$*", "\"$*\"", "${x//a/}", "${x%%a*}", "${x,,}", "~", "\"\"", "$u", "a\\\nb",
            ])
            .to_owned(),
        _ => {
            c.pick(&["w", "-f", "--long=v", "1", "a=b", "#no", "a#b", "%", "{}", "{x", "[z]", "!", "=", "-"]).to_owned()
        }
    }
}

fn words(c: &mut Chance, depth: usize) -> String {
    let count = c.below(4);
    (0..count).map(|_| format!(" {}", word(c, depth))).collect()
}

fn redirection(c: &mut Chance, depth: usize) -> String {
    match c.below(14) {
        0 => " > f1".to_owned(),
        1 => " 2>&1".to_owned(),
        2 => " < f1".to_owned(),
        3 => " >> f2".to_owned(),
        4 => format!(" <<< {}", word(c, depth)),
        5 if depth > 0 => format!(" < <({})", simple(c, depth - 1)),
        6 if depth > 0 => format!(" > >({})", simple(c, depth - 1)),
        7 => " &> f1".to_owned(),
        _ => String::new(),
    }
}

fn simple(c: &mut Chance, depth: usize) -> String {
    let prefix = if c.below(8) == 0 { format!("{} ", assignment(c, depth)) } else { String::new() };
    let name = match c.below(12) {
        0 => "$p".to_owned(),
        1 => "fn1".to_owned(),
        2 => "fn2".to_owned(),
        3 => "al".to_owned(),
        _ => program(c),
    };
    format!("{prefix}{name}{}{}", words(c, depth), redirection(c, depth))
}

fn assignment(c: &mut Chance, depth: usize) -> String {
    match c.below(12) {
        0 => "p=aa".to_owned(),
        1 => "p=k1".to_owned(),
        2 => "p='bb -x'".to_owned(),
        3 => "x+=b".to_owned(),
        4 => "a=(m 'n o' $x)".to_owned(),
        5 => "a+=(r)".to_owned(),
        6 => "IFS=b".to_owned(),
        7 => "v=x".to_owned(),
        _ => format!("{}={}", c.pick(&["x", "y", "p"]), word(c, depth)),
    }
}

/// A text as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn carried(c: &mut Chance, depth: usize) -> String {
    let inner = format!("{}{}", c.pick(&["k1", "k2", "k3"]), words(c, depth));
    match c.below(30) {
        0 => format!("env {inner}"),
        1 => format!("env A=1 {inner}"),
        2 => format!("nice -n 1 {inner}"),
        3 => format!("timeout 1 {inner}"),
        4 => format!("nohup {inner}"),
        5 => format!("command {inner}"),
        6 => format!("( exec {inner} )"),
        7 => format!("echo q r | xargs {inner}"),
        8 => format!("echo q | xargs -I% {inner} %"),
        9 => format!("find . -exec {inner} {{}} \\;"),
        10 => format!("eval {}", quoted(&statement(c, depth))),
        11 => format!("bash -c {} z {}", quoted(&statement(c, depth)), word(c, 0)),
        12 => format!("sh -ec {}", quoted(&statement(c, depth))),
        13 => format!("bash <<'EOT'\n{}\nEOT", statement(c, depth)),
        14 => format!("bash <<< {}", quoted(&statement(c, depth))),
        15 => format!("env {} {inner}", c.pick(&["-i", "-u x", "-ux", "-C .", "--chdir=.", "--unset x", "-", "--"])),
        16 => format!("timeout {} 1 {inner}", c.pick(&["-k 1", "-s KILL", "--kill-after=1", "--signal KILL", "-fk1"])),
        17 => format!("stdbuf {} {inner}", c.pick(&["-oL", "-o L", "--output=L", "--output L", "-i0 -e 0"])),
        18 => format!("nice {} {inner}", c.pick(&["-1", "-n1", "--adjustment=1", "--adjustment 1", "--"])),
        19 => format!("setsid {} {inner}", c.pick(&["-w", "-fw", "--wait", "--"])),
        20 => format!("find . -maxdepth 0 -exec {inner} + \\;"),
        21 => format!("find . -maxdepth 0 -exec {inner} {{}} + -exec k2 {{}} \\;"),
        22 => format!("find . -maxdepth 0 -execdir {inner} {{}}z \\; -o -exec k1 + {{}} \\;"),
        23 => {
            format!("echo q r | xargs {} {inner}", c.pick(&["-n1", "-n 1", "-L1", "-P 2", "-d q", "-t", "-i", "-I{}"]))
        }
        24 => format!(
            "echo q | xargs {} {inner}",
            c.pick(&["-a f1", "--max-args=1", "--max-args 1", "-rn1", "-0", "-x -s 99"])
        ),
        25 => format!("awk {}", quoted(&format!("BEGIN{{system(\"{}\")}}", inner.replace(['\\', '"', '\''], "")))),
        26 => format!("echo q | sed {}", quoted(&format!("1e {}", inner.replace(['\\', '\n', '\''], "")))),
        27 => format!("exec -a w {inner}"),
        28 => format!("bash -o pipefail -c {} z", quoted(&statement(c, depth))),
        _ => format!("env -S {}", quoted(&inner)),
    }
}

fn statement(c: &mut Chance, depth: usize) -> String {
    if depth == 0 {
        return simple(c, 0);
    }
    let d = depth - 1;
    match c.below(46) {
        0 => format!("{} && {}", statement(c, d), simple(c, d)),
        1 => format!("{} || {}", statement(c, d), simple(c, d)),
        2 => format!("{} | {}", simple(c, d), simple(c, d)),
        3 => format!("{} |& {}", simple(c, d), statement(c, d)),
        4 => format!("{{ {}; {}; }}{}", statement(c, d), simple(c, d), redirection(c, d)),
        5 => format!("( {} )", statement(c, d)),
        6 => format!("if {}; then {}; else {}; fi", simple(c, d), statement(c, d), statement(c, d)),
        7 => format!(
            "if {}; then\n{}\nelif {}; then {}\nfi",
            simple(c, d),
            statement(c, d),
            simple(c, d),
            statement(c, d)
        ),
        8 => format!("while {}; do {}; done", simple(c, d), statement(c, d)),
        9 => format!(
            "until {}; do {}; {}; done",
            simple(c, d),
            statement(c, d),
            c.pick(&["break", "continue", "x=k2", "p=cc"])
        ),
        10 => format!("for i in {} {}; do {} $i; {}; done", word(c, d), word(c, d), program(c), statement(c, d)),
        11 => format!(
            "for p in aa k1; do $p{}; {}; done",
            words(c, d),
            c.pick(&["aa && break", "x=$p", "bb || continue; p=dd"])
        ),
        12 => format!("case {} in a*) {};; *) {};; esac", word(c, d), statement(c, d), statement(c, d)),
        13 => format!("fn1() {{ {}; }}", statement(c, d)),
        14 => format!(
            "fn2() {{ local x=$1; {}; {}; }}",
            statement(c, d),
            c.pick(&["return", "aa && return; p=k3", "x=z"])
        ),
        15 => format!("function fn1 {{ {}; fn2 $1; }}", statement(c, d)),
        16 => format!("[[ {} == {} && -n $x ]] && {}", word(c, 0), c.pick(&["a*", "\"$x\"", "b"]), simple(c, d)),
        17 => format!("[ {} = {} ] || {}", word(c, 0), word(c, 0), simple(c, d)),
        18 => format!("(( n{} )) && {}", c.pick(&["++", " = 3", " > 1", "+=2"]), simple(c, d)),
        19 => format!("cat <<EOT\n$({})\nEOT\n{}", simple(c, d), simple(c, d)),
        20 => format!("{} <<'EOT'\n$(dd)\nEOT", simple(c, d)),
        21 => format!("trap {} EXIT", quoted(&simple(c, d))),
        22 => format!("set -- {} {}", word(c, d), word(c, d)),
        23 => format!("read x <<< {}", word(c, d)),
        24 => format!("shopt -s expand_aliases\nalias al={}\nal w", quoted(&simple(c, 0))),
        25 => format!("export {}", assignment(c, d)),
        26 => format!("declare {}", assignment(c, d)),
        27 => "unset x".to_owned(),
        28 => format!("readonly y={}; y=k1; $y", word(c, 0)),
        29 => format!("{} &", simple(c, d)),
        30 => format!("! {}", simple(c, d)),
        31 => format!("for ((i = 0; i < 2; i++)); do {}; done", statement(c, d)),
        32 => format!("x=`{}`", simple(c, 0).replace(['`', '\\', '$'], "")),
        33 => format!("{} # {}", simple(c, d), simple(c, d).replace('\n', " ")),
        34 => format!("mkdir q; cd q && {}", simple(c, d)),
        35 => "shift".to_owned(),
        36..=40 => assignment(c, d),
        41 | 42 => carried(c, d),
        _ => simple(c, d),
    }
}
