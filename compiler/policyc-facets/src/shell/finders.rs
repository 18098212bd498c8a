//! `find`, `xargs` and `parallel`: commands over things that are found at run time.

use super::environment::Environment;
use super::expand::Field;
use super::options::parse;
use super::walk::Reader;
use super::{Code, Text, Word, paths, pattern};
use crate::Unknown;

/// Actions of `find` that run something or write.
const ACTIONS: [&str; 10] =
    ["-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprint0", "-fprintf", "-fls", "-files0-from"];

impl Reader {
    pub fn find(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            if !matches!(first.text(), Some("-H" | "-L" | "-P" | "-E" | "-X" | "-x" | "-s" | "-d")) {
                break;
            }
            rest = more;
        }
        let mut roots: Vec<Field> = Vec::new();
        while let Some((first, more)) = rest.split_first() {
            if first.text().is_some_and(|text| text.starts_with('-') || matches!(text, "(" | "!" | ")" | ",")) {
                break;
            }
            roots.push(first.clone());
            rest = more;
        }
        if args.iter().any(|field| field.text() == Some(super::classify::LISTED)) {
            // the folders stand in a file
            roots = vec![Field::MANY];
        } else if roots.is_empty() {
            roots.push(Field::literal("."));
        }
        let may_act = |field: &Field| match &field.word {
            Word::Pattern(own) => pattern::matches_any(own, &ACTIONS),
            Word::Unknown => field.is_many,
            Word::Literal(_) => false,
        };
        if args.iter().any(may_act) {
            self.unclear(env);
        }
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            match first.text() {
                Some(action @ ("-exec" | "-execdir" | "-ok" | "-okdir")) => {
                    // a `+` ends it only behind `{}`
                    let is_end = |at: usize, field: &Field| match field.text() {
                        Some(";") => true,
                        Some("+") => {
                            let before = at.checked_sub(1).and_then(|at| more.get(at));
                            before.and_then(Field::text) == Some("{}") && action.starts_with("-exec")
                        }
                        _ => false,
                    };
                    let end = (0..more.len()).find(|at| more.get(*at).is_some_and(|f| is_end(*at, f)));
                    let end = end.unwrap_or(more.len());
                    let found = found(&roots);
                    let words: Vec<Field> = more
                        .get(..end)
                        .unwrap_or(&[])
                        .iter()
                        .map(|field| filled(field, "{}", found.as_ref()))
                        .collect();
                    rest = more.get(end.saturating_add(1)..).unwrap_or(&[]);
                    let mut child = env.clone();
                    if action.ends_with("dir") {
                        child.folders = std::sync::Arc::new(vec![None]);
                    }
                    let label = match action {
                        "-exec" => "find -exec",
                        "-execdir" => "find -execdir",
                        "-ok" => "find -ok",
                        _ => "find -okdir",
                    };
                    self.inner(label, &words, at, &mut child)?;
                }
                Some("-delete") => {
                    self.carriers.push(Text::new_static("find -delete"));
                    let mut command = self.blank(Word::Literal(Text::new_static("rm")), env);
                    command.flags = vec![Text::new_static("-r")];
                    for root in &roots {
                        command.args.push(root.word.clone());
                        command.operands.push(root.word.clone());
                        // what is found lies below: the folder itself goes only where nothing is left out
                        let is_filtered = args.len() > roots.len().saturating_add(1);
                        for folder in env.folders.iter() {
                            let path = paths::resolve(&root.word, folder.as_deref());
                            command.writes.push(if is_filtered { below(&path) } else { path });
                        }
                    }
                    self.push(command);
                    self.carriers.pop();
                }
                Some("-fprint" | "-fprint0" | "-fprintf" | "-fls") => {
                    let word = more.first().map_or(Word::Unknown, |field| field.word.clone());
                    let files: Vec<Word> = env.folders.iter().map(|f| paths::resolve(&word, f.as_deref())).collect();
                    if let Some(command) = self.commands.get_mut(at) {
                        command.writes.extend(files);
                    }
                    rest = more.get(1..).unwrap_or(&[]);
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub fn xargs(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        const LONGS: &[&str] = &[
            "null",
            "arg-file=",
            "delimiter=",
            "eof?",
            "replace?",
            "max-lines?",
            "max-args=",
            "interactive",
            "process-slot-var=",
            "max-procs=",
            "no-run-if-empty",
            "max-chars=",
            "verbose",
            "exit",
            "show-limits",
            "open-tty",
        ];
        let parsed = parse(args, "0a:d:E:e::I:i::J:L:l::n:oP:prR:S:s:tx", LONGS, true);
        if parsed.is_unclear {
            self.unclear(env);
        }
        if let Some(variable) = parsed.values(&["--process-slot-var"]).next().and_then(Field::text) {
            let variable = variable.to_owned();
            env.set(&variable, super::environment::Value::Unknown);
        }
        let mark = if parsed.has(&["-i", "--replace"]) && parsed.values(&["-i", "--replace"]).next().is_none() {
            Some("{}".to_owned())
        } else {
            parsed.values(&["-I", "-i", "-J", "--replace"]).next().and_then(Field::text).map(str::to_owned)
        };
        let mut words = parsed.operands;
        if words.is_empty() {
            return Ok(());
        }
        match mark {
            Some(mark) if parsed.options.iter().any(|(name, _)| name == "-J") => {
                words = words.into_iter().map(|f| if f.text() == Some(&mark) { Field::MANY } else { f }).collect();
            }
            Some(mark) => words = words.iter().map(|field| filled(field, &mark, None)).collect(),
            None => words.push(Field::MANY),
        }
        // what the command itself would read is taken by `xargs`
        let before = self.commands.get(at).map(|c| (c.stdin_from.clone(), c.stdin_text.clone()));
        if let Some(command) = self.commands.get_mut(at) {
            command.words_from.extend(command.stdin_from.clone());
            command.stdin_from.clear();
            command.stdin_text = None;
        }
        let done = self.inner("xargs", &words, at, env);
        if let (Some(command), Some((from, text))) = (self.commands.get_mut(at), before) {
            command.stdin_from = from;
            command.stdin_text = text;
        }
        done
    }

    pub fn parallel(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        const LONGS: &[&str] = &[
            "jobs=",
            "keep-order",
            "null",
            "arg-file=",
            "colsep=",
            "delimiter=",
            "delay=",
            "dry-run",
            "eta",
            "bar",
            "progress",
            "halt=",
            "joblog=",
            "linebuffer",
            "line-buffer",
            "load=",
            "max-args=",
            "max-procs=",
            "memfree=",
            "no-notice",
            "pipe",
            "quote",
            "quiet",
            "resume",
            "results=",
            "retries=",
            "shuf",
            "silent",
            "tag",
            "timeout=",
            "tmpdir=",
            "ungroup",
            "verbose",
            "will-cite",
            "xapply",
            "group",
            "nice=",
            "block=",
            "recend=",
            "recstart=",
            "rpl=",
            "plus",
            "header=",
            "trim=",
            "no-run-if-empty",
            "semaphore",
            "wait",
            "link",
            "max-replace-args=",
            "replace=",
            "pipepart",
        ];
        let end = args.iter().position(|f| f.text().is_some_and(|t| t.starts_with(":::"))).unwrap_or(args.len());
        let parsed = parse(args.get(..end).unwrap_or(&[]), "0a:B:C:d:E:I:i::j:kL:l:mN:n:P:qrS:s:tuU:vxX", LONGS, true);
        if parsed.is_unclear {
            self.unclear(env);
        }
        let inputs = args.get(end.saturating_add(1)..).unwrap_or(&[]);
        if parsed.operands.is_empty() {
            for input in inputs {
                self.inner_code("parallel", input, at, env)?;
            }
            if inputs.is_empty() {
                self.hidden_code("parallel", Code::Pipe, at, env);
            }
            return Ok(());
        }
        let words: Option<Vec<&str>> = parsed.operands.iter().map(Field::text).collect();
        let Some(mut code) = words.map(|words| words.join(" ")) else {
            self.hidden_code("parallel", Code::Argument, at, env);
            return Ok(());
        };
        // each input is quoted before it is put in, so that it is one word
        let mut is_filled = false;
        for mark in ["{}", "{.}", "{/}", "{//}", "{/.}", "{#}", "{%}", "{1}", "{2}", "{3}", "{4}"] {
            is_filled |= code.contains(mark);
            code = code.replace(mark, "\"$PARALLEL_INPUT\"");
        }
        if !is_filled && !parsed.has(&["--pipe", "--pipepart"]) {
            code.push_str(" \"$@\"");
        }
        if code.contains("{=") || code.contains("\"\"") || code.contains('\'') && is_filled {
            self.hidden_code("parallel", Code::Argument, at, env);
            return Ok(());
        }
        self.inner_code("parallel", &Field::literal(code), at, env)
    }
}

/// What `find` finds, as a glob.
fn found(roots: &[Field]) -> Option<Word> {
    let [root] = roots else { return None };
    root.text().map(|text| below(&Word::Literal(Text::new(text))))
}

/// Anything below a folder, as a glob; `*` also stands for folders in between.
fn below(root: &Word) -> Word {
    match root {
        Word::Literal(text) => {
            Word::Pattern(smol_str::format_smolstr!("{}/*", pattern::escape(text.trim_end_matches('/'))))
        }
        Word::Pattern(own) => Word::Pattern(smol_str::format_smolstr!("{}/*", own.trim_end_matches('/'))),
        Word::Unknown => Word::Unknown,
    }
}

/// A word in which a mark is replaced by something known only at run time.
fn filled(field: &Field, mark: &str, by: Option<&Word>) -> Field {
    match field.text() {
        Some(text) if text == mark => Field { word: by.cloned().unwrap_or(Word::Unknown), is_many: false },
        Some(text) if text.contains(mark) => Field { word: Word::Unknown, is_many: false },
        _ => field.clone(),
    }
}
