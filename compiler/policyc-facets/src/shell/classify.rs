//! Flags, operands, hosts and files of a command, by the table of programs.

use super::environment::Environment;
use super::expand::Field;
use super::named::{ENVIRONMENT, Named};
use super::options::{Parsed, parse};
use super::programs::{Operands, Program, program};
use super::walk::Reader;
use super::{Command, Text, Word, paths};

impl Reader {
    /// Fills in what the table says; what a program is asked for files is `Unknown` where it says nothing.
    pub fn classify(&self, name: &str, args: &[Field], command: &mut Command, env: &Environment) {
        self.by_table(name, args, command, env);
        let named = super::named::in_variables(command);
        self.add_named(named, command, env);
        let named = super::named::in_words(args, false);
        self.add_named(named, command, env);
    }

    /// Adds what words name to what a command reads, writes and is pointed at.
    pub fn add_named(&self, named: Named, command: &mut Command, env: &Environment) {
        if named.is_empty() {
            return;
        }
        let mut files = Files { env, reads: Vec::new(), writes: Vec::new() };
        named.reads.iter().for_each(|word| files.read(word));
        named.writes.iter().for_each(|word| files.write(word));
        files.give(command);
        command.targets.extend(named.targets);
    }

    fn by_table(&self, name: &str, args: &[Field], command: &mut Command, env: &Environment) {
        command.verb = super::verbs::verb(name, args);
        command.has_open_flags = args.iter().take_while(|field| field.text() != Some("--")).any(may_be_option);
        let row = program(name);
        if args.is_empty() && row.is_some_and(|row| row.operands == Operands::Plain) {
            command.operands.clear();
            return;
        }
        let Some(row) = row else {
            plain_flags(args, command);
            let is_carrier = super::carriers::carrier(name).is_some()
                || matches!(name, "find" | "gfind" | "git" | "docker" | "podman" | "kubectl" | "make");
            if is_carrier && name != "git" && name != "make" {
                command.reads.extend(if name == "find" { found(args, env) } else { Vec::new() });
                let is_inside = matches!(command.verb.as_ref().and_then(Word::literal), Some("exec" | "run" | "debug"));
                if matches!(name, "docker" | "podman" | "kubectl") && !is_inside {
                    self.add_named(super::named::in_words(args, true), command, env);
                }
                return;
            }
            command.reads.push(Word::Unknown);
            command.writes.push(Word::Unknown);
            if name == "git" {
                self.add_named(super::named::by_git(args), command, env);
            }
            if name != "git" {
                self.add_named(super::named::in_words(args, true), command, env);
            }
            return;
        };
        let mut files = Files { env, reads: Vec::new(), writes: Vec::new() };
        let kept;
        let args = match name {
            "nmap" | "masscan" => {
                kept = without_lists(args, &mut files);
                &kept
            }
            "jq" => {
                let (rest, named) = super::named::by_jq(args);
                self.add_named(named, command, env);
                kept = rest;
                &kept
            }
            _ => args,
        };
        let mut parsed = parse(args, row.shorts, row.longs, false);
        command.flags = flags(&parsed, row);
        let words: Vec<Word> = std::mem::take(&mut parsed.operands).into_iter().map(|field| field.word).collect();
        for (list, is_write) in [(row.reads, false), (row.writes, true)] {
            for value in parsed.values(list) {
                if value.text() != Some("-") {
                    files.add(&value.word, is_write);
                }
            }
        }
        if parsed.has(&["--files0-from"]) {
            // what the file lists
            files.reads.push(Word::Unknown);
        }
        operands(row, name, &parsed, &words, &mut files, command);
        if matches!(name, "tar" | "gtar") && !parsed.has(&["--force-local"]) {
            let files = parsed.values(&["-f", "--file"]).filter_map(Field::text);
            // `host:path` lies on another machine
            let hosts =
                files.filter_map(|file| file.split_once(':')).map(|(host, _)| host).filter(|h| !h.contains('/'));
            command.targets.extend(hosts.map(|host| Word::Literal(Text::new(host))));
        }
        files.give(command);
        command.operands = words;
    }
}

struct Files<'e> {
    env: &'e Environment,
    reads: Vec<Word>,
    writes: Vec<Word>,
}

impl Files<'_> {
    fn add(&mut self, word: &Word, is_write: bool) {
        let is_stream = matches!(word, Word::Literal(text) if text == "-" || super::simple::is_nothing(text))
            || matches!(word, Word::Pattern(own) if own == "/dev/fd/*");
        if is_stream {
            return;
        }
        let list = if is_write { &mut self.writes } else { &mut self.reads };
        for folder in self.env.folders.iter() {
            let file = paths::resolve(word, folder.as_deref());
            if !list.contains(&file) {
                list.push(file);
            }
        }
    }

    /// Hands over what was found, behind what the command has already.
    fn give(self, command: &mut Command) {
        give(self.reads, &mut command.reads);
        give(self.writes, &mut command.writes);
    }

    fn read(&mut self, word: &Word) {
        self.add(word, false);
    }

    fn write(&mut self, word: &Word) {
        self.add(word, true);
    }
}

fn give(mut more: Vec<Word>, all: &mut Vec<Word>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}

fn operands(row: &Program, name: &str, parsed: &Parsed, words: &[Word], files: &mut Files<'_>, command: &mut Command) {
    let last = words.len().saturating_sub(1);
    match row.operands {
        Operands::Plain => {
            // a glob lists the folder in which it is looked for
            words.iter().filter(|word| matches!(word, Word::Pattern(_))).for_each(|word| files.read(word));
            plain(name, parsed, words, files);
        }
        Operands::Read => {
            for word in words {
                files.read(word);
            }
            if words.is_empty() && matches!(name, "ls" | "dir" | "tree" | "du") {
                files.read(&Word::Literal(Text::new_static(".")));
            }
        }
        Operands::Write => {
            for word in words {
                files.write(word);
            }
        }
        Operands::Change => {
            for word in words {
                files.read(word);
                files.write(word);
            }
        }
        Operands::ReadBehind => {
            let is_given = parsed.has(&["-e", "-f", "--regexp", "--file", "--expression", "--from-file"]);
            for word in words.iter().skip(usize::from(!is_given)) {
                // `name=value` is an assignment to `awk`
                files.read(word);
                if name.ends_with("sed") && parsed.options.iter().any(|(own, _)| own == "-i" || own == "--in-place") {
                    files.write(word);
                }
            }
            let is_tree = parsed.has(&["-r", "-R", "--recursive"]) || matches!(name, "rg" | "ag" | "ack" | "rgrep");
            if is_tree && words.len() <= usize::from(!is_given) {
                files.read(&Word::Literal(Text::new_static(".")));
            }
        }
        Operands::ChangeBehind => {
            // `chmod -x file`: the mode looks like an option
            const MODES: [&str; 8] = ["-r", "-w", "-x", "-X", "-s", "-t", "-u", "-g"];
            let has_mode = parsed.has(&["--reference"]) || name == "chmod" && parsed.has(&MODES);
            for word in words.iter().skip(usize::from(!has_mode)) {
                files.write(word);
            }
        }
        Operands::Duplicate | Operands::Move | Operands::Link => {
            let has_target = parsed.has(&["-t", "--target-directory"]);
            for (at, word) in words.iter().enumerate() {
                if at == last && !has_target && words.len() > 1 {
                    files.write(word);
                } else {
                    files.read(word);
                    if row.operands == Operands::Move {
                        files.write(word);
                    }
                }
            }
            if row.operands == Operands::Link && words.len() == 1 {
                files.write(&Word::Literal(Text::new_static(".")));
            }
        }
        Operands::Archive => {
            for (at, word) in words.iter().enumerate() {
                files.add(word, at == 0);
                if at > 0 && parsed.has(&["-m", "--move"]) {
                    files.write(word);
                }
            }
        }
        Operands::Filter => {
            for (at, word) in words.iter().enumerate() {
                files.add(word, at > 0);
            }
        }
        Operands::Hosts => {
            command.targets.extend(words.iter().cloned());
            for value in parsed.values(&["--url", "--target", "--host", "-u"]) {
                if value.text().is_none_or(|text| text.contains("://")) {
                    command.targets.push(value.word.clone());
                }
            }
            sent(name, parsed, files, command);
        }
        Operands::Host => {
            command.targets.extend(words.iter().take(1).cloned());
        }
        Operands::Remote => {
            for (at, word) in words.iter().enumerate() {
                match word.literal().and_then(|text| text.split_once(':')) {
                    Some((host, _)) if !host.contains('/') => command.targets.push(Word::Literal(Text::new(host))),
                    _ => files.add(word, at == last),
                }
            }
        }
        Operands::Dd => {
            for word in words {
                match word.literal().and_then(|text| text.split_once('=')) {
                    Some(("if", file)) => files.read(&Word::Literal(Text::new(file))),
                    Some(("of", file)) => files.write(&Word::Literal(Text::new(file))),
                    Some(_) => {}
                    None => {
                        files.read(&Word::Unknown);
                        files.write(&Word::Unknown);
                    }
                }
            }
        }
    }
}

/// The words without `-iL FILE`, `-oX FILE` and their kin: options of two letters whose files are no targets.
fn without_lists(args: &[Field], files: &mut Files<'_>) -> Vec<Field> {
    let mut rest = args.iter();
    let mut kept = Vec::with_capacity(args.len());
    while let Some(field) = rest.next() {
        let is_write = matches!(field.text(), Some("-oN" | "-oX" | "-oG" | "-oA" | "-oS" | "-oL" | "-oJ" | "-oB"));
        if !is_write {
            kept.push(field.clone());
        }
        if !is_write && field.text() != Some("-iL") {
            continue;
        }
        if let Some(file) = rest.next() {
            files.add(&file.word, is_write);
        }
    }
    kept
}

/// Files that a program sends, and what makes it scan.
fn sent(name: &str, parsed: &Parsed, files: &mut Files<'_>, command: &mut Command) {
    if name == "curl" {
        const DATA: [&str; 8] =
            ["-d", "--data", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "-F", "--form"];
        for value in parsed.values(&DATA) {
            let Some(text) = value.text() else { continue };
            let file = match text.split_once('@') {
                Some((before, file))
                    if before.is_empty() || before.ends_with('=') || !before.contains(['{', ' ', ':']) =>
                {
                    Some(file)
                }
                _ => text.split_once("=<").map(|(_, file)| file),
            };
            if let Some(file) = file.and_then(|file| file.split(';').next()).filter(|f| !f.is_empty()) {
                files.read(&Word::Literal(Text::new(file)));
            }
        }
        if parsed.has(&["-O", "--remote-name", "--remote-name-all"]) || parsed.has(&["-J"]) {
            files.write(&Word::Literal(Text::new_static(".")));
        }
    }
    if name == "wget" && !parsed.has(&["-O", "--output-document", "--spider"]) {
        files.write(&Word::Literal(Text::new_static(".")));
    }
    if name == "nmap" {
        // a script is named, or the file that holds it; categories have neither a folder nor an ending
        for value in parsed.values(&["--script"]) {
            match value.text() {
                Some(text) => text
                    .split(',')
                    .filter(|script| script.contains(['/', '.']))
                    .for_each(|script| files.read(&Word::Literal(script.into()))),
                None => files.read(&value.word),
            }
        }
        let lists =
            parsed.options.windows(2).any(|pair| matches!(pair, [(one, _), (two, _)] if one == "-i" && two == "-L"));
        let is_list = parsed.values(&["-i"]).any(|value| value.text().is_none_or(|text| text.starts_with(['L', 'R'])));
        if lists || is_list {
            command.targets.push(Word::Unknown);
        }
    }
}

/// Programs that the table gives no rule for, by hand.
fn plain(name: &str, parsed: &Parsed, words: &[Word], files: &mut Files<'_>) {
    match name {
        "tar" | "gtar" | "bsdtar" => archive(parsed, words, files),
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "python" | "python2" | "python3" | "node" | "perl" | "ruby"
        | "php" | "lua" | "Rscript" => {
            let has_code = parsed.has(&["-c", "-e", "-E", "-r", "-m", "-p", "--eval", "--print"]);
            if let (Some(script), false) = (words.first(), has_code) {
                files.read(script);
            }
            // what a script does is its own
            files.reads.push(Word::Unknown);
            files.writes.push(Word::Unknown);
        }
        // what has a folder is a file, and every page is where it is told so
        "man" => {
            let is_local = |own: &str| own == "-l" || own.len() > 4 && "--local-file".starts_with(own);
            let are_files = parsed.options.iter().any(|(own, _)| is_local(own));
            let is_file = |word: &&Word| are_files || word.literal().is_none_or(|text| text.contains('/'));
            words.iter().filter(is_file).for_each(|word| files.read(word));
        }
        "printenv" if words.iter().any(|word| !word.literal().is_some_and(is_well_known)) => {
            files.read(&Word::Literal(Text::new_static(ENVIRONMENT)));
        }
        "openssl" => {
            files.reads.push(Word::Unknown);
            files.writes.push(Word::Unknown);
        }
        _ => {}
    }
}

/// Variables that say nothing which is not known of every machine.
fn is_well_known(variable: &str) -> bool {
    matches!(variable, "HOME" | "PATH" | "PWD" | "USER" | "LOGNAME" | "SHELL" | "LANG" | "TERM" | "EDITOR" | "TZ")
}

fn archive(parsed: &Parsed, words: &[Word], files: &mut Files<'_>) {
    // `tar xzf a.tgz`: letters without a dash
    let letters = words.first().and_then(|word| word.literal()).filter(|text| {
        !parsed.has(&["-c", "-x", "-t", "-r", "-u", "--create", "--extract", "--list", "--append", "--get", "--update"])
            && text.bytes().all(|b| b.is_ascii_alphabetic())
    });
    let creates = letters
        .map_or_else(|| parsed.has(&["-c", "--create", "-r", "-u", "--append"]), |l| l.contains(['c', 'r', 'u']));
    let lists = letters.map_or_else(|| parsed.has(&["-t", "--list"]), |l| l.contains('t'));
    let mut rest = words.iter().skip(usize::from(letters.is_some()));
    if letters.is_some_and(|letters| letters.contains('f'))
        && let Some(file) = rest.next()
    {
        files.add(file, creates);
    }
    for value in parsed.values(&["-f", "--file"]) {
        files.add(&value.word, creates);
    }
    let folder = parsed.values(&["-C", "--directory"]).next().map(|field| field.word.clone());
    if creates {
        let takes_away = parsed.has(&["--remove-files"]);
        for word in rest {
            let file = match (&folder, word) {
                (Some(Word::Literal(folder)), Word::Literal(text)) if !text.starts_with(['/', '~']) => {
                    Word::Literal(smol_str::format_smolstr!("{folder}/{text}"))
                }
                (Some(_), _) => Word::Unknown,
                (None, word) => word.clone(),
            };
            files.read(&file);
            if takes_away {
                files.write(&file);
            }
        }
    } else if !lists {
        files.write(&folder.unwrap_or_else(|| Word::Literal(Text::new_static("."))));
    }
}

/// The folders that `find` goes through.
fn found(args: &[Field], env: &Environment) -> Vec<Word> {
    let mut files = Files { env, reads: Vec::new(), writes: Vec::new() };
    let mut is_first = true;
    for field in args {
        match field.text() {
            Some("-H" | "-L" | "-P") => continue,
            Some(text) if text.starts_with('-') || matches!(text, "(" | "!" | ")") => break,
            _ => {}
        }
        is_first = false;
        files.read(&field.word);
    }
    let listed = args.iter().zip(args.iter().skip(1)).find(|(option, _)| option.text() == Some(LISTED));
    match listed {
        Some((_, list)) => {
            files.read(&list.word);
            files.reads.push(Word::Unknown);
        }
        None if is_first => files.read(&Word::Literal(Text::new_static("."))),
        None => {}
    }
    files.reads
}

/// The option of `find` behind which stands a file that lists the folders.
pub(super) const LISTED: &str = "-files0-from";

/// Whether a word may turn out to be an option: a file may be named like one.
fn may_be_option(field: &Field) -> bool {
    match &field.word {
        Word::Literal(_) => false,
        Word::Pattern(own) => own.starts_with(['*', '?', '[', '-']),
        Word::Unknown => true,
    }
}

fn flags(parsed: &Parsed, row: &Program) -> Vec<Text> {
    let mut out: Vec<Text> = Vec::with_capacity(parsed.options.len());
    for (name, _) in &parsed.options {
        let same = row.same.iter().find(|(own, _)| own == name);
        let name = same.map_or_else(|| name.clone(), |(_, short)| Text::new_static(short));
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// Flags and operands of a program that no row describes: every word with a dash is a flag, whole and by letters.
fn plain_flags(args: &[Field], command: &mut Command) {
    command.operands.clear();
    let mut is_behind = false;
    let mut is_there = [false; 128];
    // whether the option of this letter was not there yet
    let mut is_new =
        |letter: u8| is_there.get_mut(usize::from(letter)).is_some_and(|is_there| !std::mem::replace(is_there, true));
    for field in args {
        match field.text() {
            Some("--") if !is_behind => is_behind = true,
            Some(text) if !is_behind && text.len() > 1 && text.starts_with('-') => {
                let name = text.split('=').next().unwrap_or(text);
                if command.flags.is_empty() {
                    // each word gives itself and its letters
                    command.flags.reserve(16);
                }
                command.flags.push(name.into());
                if let [b'-', letter] = name.as_bytes() {
                    is_new(*letter);
                }
                if !text.starts_with("--") && text.len() > 2 {
                    for letter in name.bytes().skip(1).filter(u8::is_ascii_alphanumeric) {
                        if is_new(letter) {
                            command.flags.push(Text::from_iter(['-', char::from(letter)]));
                        }
                    }
                }
            }
            _ => command.operands.push(field.word.clone()),
        }
    }
}
