//! The way through the text: what may run, in which order, with what state.
//!
//! Both arms of a branch are walked, loops until nothing more becomes unknown, functions where they are called. The
//! state only ever loses knowledge where ways meet.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use smol_str::format_smolstr;

use super::cursor::{Budget, Parser};
use super::environment::{Environment, Function, Value};
use super::tree::{Compound, Pipeline, Script, Simple, Then, What};
use super::{Code, Command, Interpreted, MAX_COMMANDS, MAX_DEPTH, Shell, Text, Word};
use super::{carry, foreign, paths};
use crate::Unknown;

/// Steps of the walk, at most: nested loops multiply.
const MAX_STEPS: usize = 8 * 1024;

/// Entries of the state that are copied or compared on the walk, and the like, at most.
const MAX_WORK: usize = 96 * 1024;
/// Variables, functions and aliases that are followed, at most.
const MAX_NAMES: usize = 1024;
/// Programs that feed one command, at most.
const MAX_FEEDING: usize = 32;

/// What is gathered on the way.
#[derive(Default)]
pub(super) struct Reader {
    pub commands: Vec<Command>,
    pub hidden: Vec<&'static str>,
    /// Some redirection goes where only run time can tell.
    pub redirects_unknown: bool,
    pub interprets: Vec<Interpreted>,
    pub budget: Budget,
    /// Bytes that expansions built.
    pub expanded: usize,
    depth: usize,
    steps: usize,
    work: usize,
    /// What runs the commands here.
    pub carriers: Vec<Text>,
    pub stdin_from: Vec<Text>,
    pub stdin_text: Option<Word>,
    /// Programs that process substitutions of the command at hand run.
    pub fed: Vec<Text>,
    /// Commands that read what the command at hand writes into a process substitution.
    pub fed_into: Vec<(usize, usize)>,
    /// Functions that are being called.
    pub calls: Vec<Text>,
    /// Names that the function at hand declares as its own.
    pub locals: Vec<Text>,
    /// Code that runs at some later time.
    pub deferred: Vec<Text>,
    /// Whether names of programs may stand for something else.
    pub renames: bool,
    /// The state where a loop, a function or a line may have been left early.
    jumped: Option<Environment>,
    /// How many loops and functions are open.
    scopes: usize,
}

/// Reads a text, see [`super::shell`].
pub(super) fn read(text: &str, cwd: Option<&str>) -> Result<Shell, Unknown> {
    if text.len() > super::MAX_BYTES {
        return Err(Unknown("the text is longer than what is read"));
    }
    // without a way out of it, the loop takes many bytes at once
    let is_usual = text.bytes().fold(true, |usual, b| usual & matches!(b, b' '..=b'~' | b'\t' | b'\n'));
    if let Some(c) = (if is_usual { "" } else { text }).chars().find(|c| is_hazard(*c)) {
        return Err(Unknown(if c.is_control() {
            "the text holds a control character"
        } else {
            "the text holds characters that turn the direction of what is shown"
        }));
    }
    let mut reader = Reader::default();
    let mut env = Environment::new(cwd);
    reader.code(text, &mut env)?;
    let mut ran = 0_usize;
    // traps and their kin run at any later time, with any later state
    while let Some(code) = reader.deferred.get(ran).cloned() {
        ran = ran.saturating_add(1);
        if ran > 32 {
            return Err(Unknown("more is put off to a later time than what is read"));
        }
        env.open();
        reader.code(&code, &mut env)?;
    }
    Ok(reader.finish())
}

/// The words of several lists, each once.
fn all_of<'w>(lists: impl Iterator<Item = &'w Vec<Word>> + Clone) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let count = lists.clone().map(Vec::len).fold(0_usize, usize::saturating_add);
    let words = lists.flatten();
    if count <= 8 {
        for word in words {
            if !all.contains(word) {
                all.push(word.clone());
            }
        }
    } else {
        let mut seen: HashSet<&Word> = HashSet::with_capacity(count);
        all.extend(words.filter(|word| seen.insert(word)).cloned());
    }
    all
}

pub(super) fn is_hazard(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Reader {
    fn finish(mut self) -> Shell {
        self.check_files();
        let mut pipes_into: Vec<(Text, Text)> = Vec::new();
        for command in &self.commands {
            let Word::Literal(program) = &command.program else { continue };
            for from in &command.stdin_from {
                let pair = (from.clone(), program.clone());
                if !pipes_into.contains(&pair) {
                    pipes_into.push(pair);
                }
            }
        }
        let is_known = |word: &Word| !matches!(word, Word::Unknown);
        let is_static = self.hidden.is_empty()
            && !self.redirects_unknown
            && self.commands.iter().all(|c| c.program.literal().is_some() && c.args.iter().all(is_known));
        let reads = all_of(self.commands.iter().map(|command| &command.reads));
        let writes = all_of(self.commands.iter().map(|command| &command.writes));
        self.hidden.dedup();
        Shell {
            commands: self.commands,
            is_static,
            hidden: self.hidden,
            reads,
            writes,
            pipes_into,
            interprets: self.interprets,
        }
    }

    /// One level deeper; whoever enters also leaves.
    pub fn enter(&mut self) -> Result<(), Unknown> {
        // each level of the text takes several levels of the walk
        if self.depth >= MAX_DEPTH.saturating_mul(2) {
            return Err(Unknown("the text is nested deeper than what is read"));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Counts work that is more than a step: entries that are copied or compared, words of a command.
    pub fn spend(&mut self, work: usize) -> Result<(), Unknown> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_WORK {
            return Err(Unknown("the text takes more work to read than is allowed"));
        }
        Ok(())
    }

    pub fn step(&mut self) -> Result<(), Unknown> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MAX_STEPS || self.commands.len() > MAX_COMMANDS {
            return Err(Unknown("the text runs more commands than are read"));
        }
        Ok(())
    }

    /// Something may run that is not in the list.
    pub fn hide(&mut self, why: &'static str, env: &Environment) {
        if !self.hidden.contains(&why) {
            self.hidden.push(why);
        }
        let command = self.blank(Word::Unknown, env);
        self.push(command);
    }

    /// A command of which only the program is known.
    pub fn blank(&self, program: Word, env: &Environment) -> Command {
        let (stdin_from, stdin_text) = (self.stdin_from.clone(), self.stdin_text.clone());
        Command { stdin_from, stdin_text, ..self.unfed(program, env) }
    }

    /// A command of which only the program is known, and not yet what its standard input is.
    pub fn unfed(&self, program: Word, env: &Environment) -> Command {
        Command {
            program,
            verb: None,
            args: Vec::new(),
            flags: Vec::new(),
            has_open_flags: false,
            operands: Vec::new(),
            targets: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            env: Vec::new(),
            carriers: self.carriers.clone(),
            stdin_from: Vec::new(),
            words_from: Vec::new(),
            stdin_text: None,
            cwd: Arc::clone(&env.folders),
        }
    }

    /// Lists what is redirected where no program of its own does it: to a group, a function, nothing at all.
    pub fn push_redirected(&mut self, command: Command) {
        if !(command.reads.is_empty() && command.writes.is_empty() && command.targets.is_empty()) {
            self.push(Command { program: Word::Literal(Text::new_static(":")), ..command });
        }
    }

    pub fn push(&mut self, mut command: Command) {
        if matches!(command.program, Word::Unknown) {
            command.reads = vec![Word::Unknown];
            command.writes = vec![Word::Unknown];
        }
        if self.commands.capacity() == 0 {
            // most texts run one command or two
            self.commands.reserve_exact(2);
        }
        self.commands.push(command);
    }

    /// Programs of the commands that were listed since, the latest first.
    pub fn programs_since(&self, start: usize) -> Result<Vec<Text>, Unknown> {
        let mut out: Vec<Text> = Vec::new();
        for command in self.commands.get(start..).unwrap_or(&[]).iter().rev() {
            let name = match &command.program {
                Word::Literal(name) => name.clone(),
                Word::Pattern(_) | Word::Unknown => Text::default(),
            };
            if !out.contains(&name) {
                if out.len() >= MAX_FEEDING {
                    return Err(Unknown("more programs feed one command than are followed"));
                }
                out.push(name);
            }
        }
        Ok(out)
    }

    /// The state here is one in which the text may go on further outside.
    pub fn jump(&mut self, env: &Environment) -> Result<(), Unknown> {
        self.weigh(env)?;
        match &mut self.jumped {
            Some(jumped) => {
                jumped.join(env);
            }
            None => self.jumped = Some(env.clone()),
        }
        Ok(())
    }

    /// Counts what it takes to copy the state.
    pub fn weigh(&mut self, env: &Environment) -> Result<(), Unknown> {
        let size = env.size();
        if size > MAX_NAMES.saturating_mul(2) {
            return Err(Unknown("the text sets more names than are followed"));
        }
        self.spend(size)
    }

    fn land(&mut self, env: &mut Environment) {
        if let Some(jumped) = &self.jumped {
            env.join(jumped);
        }
        if self.scopes == 0 {
            self.jumped = None;
        }
    }

    /// Walks a text as code of the shell at hand.
    pub fn code(&mut self, text: &str, env: &mut Environment) -> Result<(), Unknown> {
        self.enter()?;
        let mut budget = std::mem::take(&mut self.budget);
        let script = Parser::new(text, self.depth.div_ceil(2), &mut budget).and_then(Parser::script);
        self.budget = budget;
        let script = script?;
        self.script(&script, env)?;
        self.leave();
        Ok(())
    }

    /// Walks a list of commands.
    pub fn script(&mut self, script: &Script, env: &mut Environment) -> Result<(), Unknown> {
        self.enter()?;
        // where the chain of `&&` and `||` may have stopped
        let mut stopped: Option<Environment> = None;
        let mut had_or = false;
        // the state before a chain that runs in the background
        let mut before: Option<Environment> = None;
        let mut is_first = true;
        self.weigh(env)?;
        for (at, item) in script.items.iter().enumerate() {
            self.step()?;
            self.weigh(env)?;
            if is_first {
                let end =
                    script.items.get(at..).unwrap_or(&[]).iter().find(|i| !matches!(i.then, Then::And | Then::Or));
                before = end.filter(|i| i.then == Then::Background).map(|_| env.clone());
            }
            is_first = matches!(item.then, Then::Next | Then::Background);
            self.pipeline(&item.pipeline, env)?;
            let moved = env.moved_from.take();
            match item.then {
                Then::And => {
                    let mut failed = env.clone();
                    if let Some(folders) = moved {
                        failed.folders = folders;
                    }
                    meet(&mut stopped, failed);
                    if had_or && let Some(other) = &stopped {
                        env.join(other);
                    }
                }
                Then::Or => {
                    had_or = true;
                    meet(&mut stopped, env.clone());
                    if let Some(folders) = moved {
                        env.folders = folders;
                    }
                    if let Some(other) = &stopped {
                        let folders = Arc::clone(&env.folders);
                        env.join(other);
                        env.folders = folders;
                    }
                }
                Then::Next | Then::Background => {
                    if let Some(folders) = moved {
                        env.add_folders(&folders);
                    }
                    if let Some(other) = stopped.take() {
                        env.join(&other);
                    }
                    had_or = false;
                    if let Some(before) = before.take() {
                        *env = before;
                    }
                    if self.scopes == 0 && self.jumped.is_some() {
                        self.land(env);
                    }
                }
            }
        }
        if let Some(folders) = env.moved_from.take() {
            env.add_folders(&folders);
        }
        if let Some(other) = stopped {
            env.join(&other);
        }
        self.leave();
        Ok(())
    }

    /// Walks commands whose changes of the state stay their own.
    pub fn subshell(&mut self, script: &Script, env: &Environment) -> Result<(), Unknown> {
        let mut copy = env.clone();
        self.enter()?;
        let outer = std::mem::take(&mut self.fed);
        let into = std::mem::take(&mut self.fed_into);
        self.script(script, &mut copy)?;
        self.fed = outer;
        self.fed_into = into;
        self.leave();
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, env: &mut Environment) -> Result<(), Unknown> {
        if let [only] = pipeline.commands.as_slice() {
            self.compound(only, env)?;
            if pipeline.is_negated
                && let Some(folders) = env.moved_from.take()
            {
                env.add_folders(&folders);
            }
            return Ok(());
        }
        let start = self.commands.len();
        let outer = self.stdin_from.clone();
        let text = self.stdin_text.clone();
        let last = pipeline.commands.len().saturating_sub(1);
        for (at, compound) in pipeline.commands.iter().enumerate() {
            let mut copy = env.clone();
            self.compound(compound, &mut copy)?;
            self.stdin_text = match (at, self.commands.get(start..)) {
                (0, Some([only])) if !self.renames => echoed(only).map(Word::Literal),
                _ => None,
            };
            let mut from = self.programs_since(start)?;
            for name in &outer {
                if !from.contains(name) {
                    from.push(name.clone());
                }
            }
            if from.len() > MAX_FEEDING {
                return Err(Unknown("more programs feed one command than are followed"));
            }
            self.stdin_from = from;
            if at == last {
                // some shells, and bash by an option, run the last one themselves
                copy.moved_from = None;
                env.join(&copy);
            }
        }
        self.stdin_from = outer;
        self.stdin_text = text;
        Ok(())
    }

    /// Walks one command of any form.
    pub fn compound(&mut self, compound: &Compound, env: &mut Environment) -> Result<(), Unknown> {
        self.step()?;
        self.weigh(env)?;
        self.enter()?;
        if let What::Simple(simple) = &compound.what {
            self.simple(simple, &compound.redirections, env)?;
            self.leave();
            return Ok(());
        }
        let from = self.stdin_from.clone();
        let text = self.stdin_text.clone();
        if !compound.redirections.is_empty() {
            let mut command = self.blank(Word::Literal(Text::default()), env);
            self.redirect(&compound.redirections, env, &mut command)?;
            // as for a simple command without words: what a group is redirected to is opened by nobody else
            if !(command.reads.is_empty() && command.writes.is_empty() && command.targets.is_empty()) {
                command.program = Word::Literal(Text::new_static(":"));
                self.push(command);
            }
        }
        // where a file cannot be opened, nothing of it runs
        let before = super::simple::may_fail(&compound.redirections).then(|| env.clone());
        self.form(&compound.what, env)?;
        if let Some(before) = before {
            env.join(&before);
        }
        self.stdin_from = from;
        self.stdin_text = text;
        self.leave();
        Ok(())
    }

    fn form(&mut self, what: &What, env: &mut Environment) -> Result<(), Unknown> {
        match what {
            What::Simple(_) => {}
            What::Group(script) => self.script(script, env)?,
            What::Subshell(script) => self.subshell(script, env)?,
            What::Coprocess(inner) => {
                env.set("COPROC", Value::Unknown);
                let mut copy = env.clone();
                self.compound(inner, &mut copy)?;
            }
            What::If(arms, otherwise) => {
                let mut after: Option<Environment> = None;
                for (condition, body) in arms {
                    self.script(condition, env)?;
                    let mut copy = env.clone();
                    self.script(body, &mut copy)?;
                    meet(&mut after, copy);
                }
                if let Some(body) = otherwise {
                    self.script(body, env)?;
                }
                if let Some(after) = after {
                    env.join(&after);
                }
            }
            What::Loop(condition, body) => self.repeat(env, |reader, env| {
                reader.script(condition, env)?;
                reader.script(body, env)
            })?,
            What::Count(expression, body) => {
                self.arithmetic(expression, env)?;
                self.repeat(env, |reader, env| {
                    reader.arithmetic(expression, env)?;
                    reader.script(body, env)
                })?;
            }
            What::For(name, words, body) => self.iterate(name, words.as_deref(), body, env)?,
            What::Case(word, arms) => {
                self.text(word, env)?;
                let mut after = env.clone();
                for (patterns, body) in arms {
                    for pattern in patterns {
                        self.visit(pattern, env)?;
                    }
                    let mut copy = env.clone();
                    self.script(body, &mut copy)?;
                    after.join(&copy);
                }
                env.join(&after);
            }
            What::Function(name, body) => {
                self.renames = true;
                env.functions.retain(|f| f.name != *name);
                env.functions.push(Function { name: name.clone(), body: Rc::clone(body), is_certain: true });
            }
            What::Arithmetic(raw) => self.arithmetic(raw, env)?,
            What::Test(tokens) => self.test(tokens, env)?,
        }
        Ok(())
    }

    /// Walks a body until another time adds nothing.
    fn repeat(
        &mut self,
        env: &mut Environment,
        mut body: impl FnMut(&mut Self, &mut Environment) -> Result<(), Unknown>,
    ) -> Result<(), Unknown> {
        self.scopes = self.scopes.saturating_add(1);
        let mut is_stable = false;
        for _ in 0..12 {
            let start = self.commands.len();
            let mut copy = env.clone();
            body(self, &mut copy)?;
            self.forget_repeated(start);
            copy.moved_from = None;
            if let Some(jumped) = &self.jumped {
                copy.join(jumped);
            }
            if !env.join(&copy) {
                is_stable = true;
                break;
            }
        }
        self.scopes = self.scopes.saturating_sub(1);
        self.land(env);
        if is_stable { Ok(()) } else { Err(Unknown("a loop changes more than what is followed")) }
    }

    /// Commands that are listed already are not listed again.
    fn forget_repeated(&mut self, start: usize) {
        let (before, new) = self.commands.split_at(start.min(self.commands.len()));
        if new.len() > 16 || before.len() > 64 {
            return;
        }
        let kept: Vec<Command> = new.iter().filter(|c| !before.contains(c)).cloned().collect();
        self.commands.truncate(start);
        self.commands.extend(kept);
    }

    fn iterate(
        &mut self,
        name: &str,
        words: Option<&[super::tree::Raw]>,
        body: &Script,
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        let fields = match (words, &env.positional) {
            (Some(raws), _) => self.fields(raws, env)?,
            (None, Some(words)) => {
                words.iter().map(|w| super::expand::Field { word: w.clone(), is_many: false }).collect()
            }
            (None, None) => vec![super::expand::Field::MANY],
        };
        if fields.len() > 64 || fields.iter().any(|f| f.text().is_none()) {
            // each value that is known by itself, and all the others as one
            let mut values: Vec<Value> = Vec::new();
            for field in &fields {
                let value = if field.is_many { Value::Unknown } else { super::parameters::value_of(&field.word) };
                if !values.contains(&value) {
                    values.push(if values.len() < 64 { value } else { Value::Unknown });
                }
            }
            values.dedup();
            return self.repeat(env, |reader, env| {
                let mut after = env.clone();
                for value in &values {
                    let mut copy = env.clone();
                    copy.set(name, value.clone());
                    reader.script(body, &mut copy)?;
                    after.join(&copy);
                }
                *env = after;
                Ok(())
            });
        }
        self.scopes = self.scopes.saturating_add(1);
        for field in &fields {
            env.set(name, super::parameters::value_of(&field.word));
            let start = self.commands.len();
            self.script(body, env)?;
            self.forget_repeated(start);
            if let Some(jumped) = &self.jumped {
                // `continue` comes here too
                env.join(jumped);
            }
        }
        self.scopes = self.scopes.saturating_sub(1);
        self.land(env);
        Ok(())
    }

    /// Calls a function: its body, with the words as its parameters.
    pub fn call(
        &mut self,
        name: &str,
        bodies: &[Rc<Compound>],
        words: Option<Vec<Word>>,
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        let active = self.calls.iter().filter(|own| *own == name).count();
        if active >= 2 {
            // its body has been walked with nothing known: this call adds nothing but that it never ends by itself
            self.carriers.push(Text::new_static("recursion"));
            let command = self.blank(Word::Literal(Text::new(name)), env);
            self.push(command);
            self.carriers.pop();
            env.open();
            return Ok(());
        }
        if active == 1 {
            env.open();
        }
        if self.calls.len() >= 8 {
            return Err(Unknown("functions call each other deeper than what is read"));
        }
        self.calls.push(name.into());
        self.scopes = self.scopes.saturating_add(1);
        let before = env.clone();
        let outer = std::mem::take(&mut self.locals);
        env.positional = if active == 1 { None } else { words };
        let mut after: Option<Environment> = None;
        for body in bodies {
            let mut copy = env.clone();
            self.compound(body, &mut copy)?;
            copy.moved_from = None;
            meet(&mut after, copy);
        }
        if let Some(after) = after {
            *env = after;
        }
        let locals = std::mem::replace(&mut self.locals, outer);
        for local in locals {
            env.restore(&local, &before);
        }
        env.positional = before.positional;
        self.scopes = self.scopes.saturating_sub(1);
        self.calls.pop();
        self.land(env);
        if active == 1 {
            env.open();
        }
        Ok(())
    }

    /// What a substitution prints, where the text says so.
    pub fn printed(&self, start: usize, script: &Script) -> Value {
        let [item] = script.items.as_slice() else { return Value::Unknown };
        if self.renames {
            return Value::Unknown;
        }
        let Some(command) = self.commands.last().filter(|_| self.commands.len() > start) else { return Value::Unknown };
        let Some(program) = command.program.literal() else { return Value::Unknown };
        let Some(last) = item.pipeline.commands.last() else { return Value::Unknown };
        let is_simple = matches!(&last.what, What::Simple(Simple { words, .. })
            if words.first().and_then(super::tree::Raw::plain) == Some(program));
        if !is_simple || !command.carriers.is_empty() && command.carriers != self.carriers {
            return Value::Unknown;
        }
        let words: Option<Vec<&str>> = command.args.iter().map(Word::literal).collect();
        let Some(words) = words else { return Value::Unknown };
        let is_alone = self.commands.len() == start.saturating_add(1)
            && item.pipeline.commands.len() == 1
            && last.redirections.is_empty();
        match (program, words.as_slice()) {
            ("wc", ["-l" | "-c" | "-w" | "-m"]) | ("date", ["+%s" | "+%Y" | "+%m" | "+%d"]) | ("nproc", []) => {
                Value::Digits
            }
            ("id", ["-u" | "-g"]) | ("grep", ["-c", ..]) if words.len() <= 2 => Value::Digits,
            _ if is_alone => {
                echoed(command).map_or(Value::Unknown, |text| Value::Text(text.trim_end_matches('\n').into()))
            }
            _ => Value::Unknown,
        }
    }

    /// Code that another program gives to an interpreter.
    pub fn interpret(&mut self, program: &str, kind: Code) {
        let found = Interpreted { program: program.into(), kind };
        if !self.interprets.contains(&found) {
            self.interprets.push(found);
        }
    }

    /// A file that the text writes and runs holds code that the reader does not follow.
    fn check_files(&mut self) {
        let filling = self.commands.iter().filter(|c| !c.program.literal().is_some_and(keeps_contents));
        let written: Vec<&str> = filling.flat_map(|c| &c.writes).filter_map(Word::literal).collect();
        if written.is_empty() {
            return;
        }
        let is_written = |path: &str| written.iter().any(|whole| *whole == path || paths::is_below(path, whole));
        let runs = |command: &Command| {
            let Some(program) = command.program.literal() else { return false };
            if carry::is_shell(program) || foreign::is_interpreter(program) {
                return command.reads.iter().filter_map(Word::literal).any(is_written);
            }
            program.contains('/')
                && command
                    .cwd
                    .iter()
                    .any(|folder| paths::join(program, folder.as_deref(), false).is_some_and(|path| is_written(&path)))
        };
        if self.commands.iter().any(runs) {
            let env = Environment::new(None);
            self.interpret("", Code::File);
            self.hide("a file that the text writes is run", &env);
        }
    }
}

/// Programs that write what is no code: they make and take away files and folders, or say whose they are.
fn keeps_contents(program: &str) -> bool {
    matches!(
        program,
        "rm" | "rmdir" | "unlink" | "shred" | "mkdir" | "touch" | "chmod" | "chown" | "chgrp" | "chattr" | "setfacl"
    )
}

/// What a command prints that prints its words; `None` for any other.
fn echoed(command: &Command) -> Option<Text> {
    let program = command.program.literal().filter(|program| matches!(*program, "echo" | "printf"))?;
    if !(command.writes.is_empty() && command.carriers.is_empty()) {
        return None;
    }
    let words: Option<Vec<&str>> = command.args.iter().map(Word::literal).collect();
    match (program, words?.as_slice()) {
        ("echo", words) if !words.iter().any(|w| w.starts_with('-') || w.contains('\\')) => {
            Some(format_smolstr!("{}\n", words.join(" ")))
        }
        ("printf", [text] | ["%s" | "%s\\n", text]) if !text.contains(['%', '\\']) && !text.starts_with('-') => {
            Some((*text).into())
        }
        _ => None,
    }
}

fn meet(place: &mut Option<Environment>, other: Environment) {
    match place {
        Some(place) => {
            place.join(&other);
        }
        None => *place = Some(other),
    }
}
