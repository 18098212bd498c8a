//! Loading: which files there are, which module each belongs to, and what every `use` means.
//!
//! The files of the input are one module, the root; every file that is named in a `use` is a module of its own,
//! loaded once however often it is used. A file that cannot be had is one diagnostic, at the place that names it,
//! and everything else is still loaded. Nothing is looked at but `use`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};
use policyc_diag::{Diagnostic, FileId, SourceMap, Span, code, suggest};
use policyc_syntax::ast::{Expr, File, ItemKind, Name, Use, UseTarget};

use crate::sources::{Input, SourceError, Sources, beside};

/// How many files one compilation reads.
pub const MAX_FILES: usize = 1_000;
/// How many bytes one compilation reads in all.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Of `Loaded::modules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(pub usize);

impl ModuleId {
    pub const ROOT: Self = Self(0);
}

/// A module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// What stands before the names of its rules and budgets: `std.net`, an alias, or nothing for the root.
    pub qualifier: String,
    /// Its files, sorted by path.
    pub files: Vec<File>,
    /// The modules that it uses.
    pub uses: Vec<Used>,
}

/// A `use`.
#[derive(Debug)]
pub(crate) struct Used {
    /// The name under which it is in scope.
    pub alias: String,
    /// What the messages point at.
    pub span: Span,
    /// The module; `None` if it could not be had, of which something has been said.
    pub target: Option<ModuleId>,
    /// Values for its parameters.
    pub with: Vec<(Name, Expr)>,
}

/// Every file of a compilation.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The root first.
    pub modules: Vec<Module>,
    /// Paths of the files in the source map.
    pub paths: BTreeMap<FileId, String>,
}

/// Reads files within the limits of a compilation.
pub(crate) struct Reader<'s> {
    sources: &'s dyn Sources,
    files: usize,
    bytes: usize,
}

impl<'s> Reader<'s> {
    pub fn new(sources: &'s dyn Sources) -> Self {
        Self { sources, files: 0, bytes: 0 }
    }

    /// The names of the standard modules.
    pub fn modules(&self) -> Vec<String> {
        self.sources.modules()
    }

    /// The text of a file, or what there is to say at the place that names it.
    pub fn text(&mut self, path: &str, at: Span, limit: usize) -> Result<String, Box<Diagnostic>> {
        self.files += 1;
        if self.files > MAX_FILES {
            let message = format!("`{path}` is one file too many: a policy has at most {MAX_FILES}");
            return Err(Diagnostic::new(&code::FILE_TOO_LARGE, at, message).help("join small files").into());
        }
        let bytes = self.sources.read(path).map_err(|e| Box::new(unreadable(path, at, &e)))?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if bytes.len() > limit || self.bytes > MAX_BYTES {
            let message = format!("`{path}` has {} bytes and is over the limit", bytes.len());
            let said = Diagnostic::new(&code::FILE_TOO_LARGE, at, message)
                .help(format!("a file has at most {limit} bytes, all files together {MAX_BYTES}"));
            return Err(said.into());
        }
        String::from_utf8(bytes).map_err(|e| {
            let message = format!("`{path}` is not UTF-8: byte {} fits nothing", e.utf8_error().valid_up_to());
            Diagnostic::new(&code::NOT_UTF8, at, message).help("save the file as UTF-8").into()
        })
    }
}

fn unreadable(path: &str, at: Span, why: &SourceError) -> Diagnostic {
    let said = Diagnostic::new(&code::UNREADABLE_FILE, at, format!("`{path}` cannot be read: {why}"));
    match why {
        SourceError::NotFound => said.help("the path is read from the file that names it"),
        SourceError::Directory => said.help("name a file in it"),
        SourceError::TooLarge | SourceError::Unreadable(_) => said,
    }
}

/// Loads the root and all that it uses.
pub(crate) fn load(
    input: &Input,
    reader: &mut Reader<'_>,
    map: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Loaded {
    let mut loader = Loader { reader, map, diagnostics, loaded: Loaded::default(), known: BTreeMap::new() };
    loader.root(input);
    let mut next = 0;
    let mut queue: VecDeque<ModuleId> = VecDeque::from([ModuleId::ROOT]);
    while let Some(id) = queue.pop_front() {
        loader.uses(id);
        while next + 1 < loader.loaded.modules.len() {
            next += 1;
            queue.push_back(ModuleId(next));
        }
    }
    let loaded = loader.loaded;
    refuse_cycles(&loaded, diagnostics);
    loaded
}

struct Loader<'l, 's> {
    reader: &'l mut Reader<'s>,
    map: &'l mut SourceMap,
    diagnostics: &'l mut Vec<Diagnostic>,
    loaded: Loaded,
    /// By path; `None` for what could not be had.
    known: BTreeMap<String, Option<ModuleId>>,
}

impl Loader<'_, '_> {
    fn root(&mut self, input: &Input) {
        let paths: BTreeSet<&String> = input.files.iter().collect();
        let mut root = Module::default();
        for path in paths {
            let text = self.reader.text(path, Span::default(), policyc_syntax::MAX_FILE_BYTES);
            match text {
                Ok(text) => root.files.push(self.parse(path, text)),
                // The file that is not there is in the map all the same, so that the message can name it.
                Err(said) => {
                    let id = self.map.add(path.clone(), "");
                    let primary = policyc_diag::Label { span: Span::new(id, 0, 0), text: String::new() };
                    self.diagnostics.push(Diagnostic { primary, ..*said });
                }
            }
            self.known.insert(path.clone(), Some(ModuleId::ROOT));
        }
        self.loaded.modules.push(root);
    }

    fn parse(&mut self, path: &str, text: String) -> File {
        let id = self.map.add(path, text);
        let text = self.map.file(id).map_or("", |f| f.text.as_str());
        let (file, said) = policyc_syntax::parse(id, text);
        if let Some((edition, span)) = file.edition
            && edition != 1
        {
            let message = format!("this compiler does not know edition {edition}");
            self.diagnostics
                .push(Diagnostic::new(&code::UNKNOWN_EDITION, span, message).help("the only edition is `edition 1`"));
        }
        self.diagnostics.extend(said);
        self.loaded.paths.insert(id, path.to_owned());
        file
    }

    /// Loads what a module uses.
    fn uses(&mut self, id: ModuleId) {
        let Some(module) = self.loaded.modules.get(id.0) else { return };
        let qualifier = module.qualifier.clone();
        let mut named: Vec<(String, Use, Span)> = Vec::new();
        for file in &module.files {
            let path = self.loaded.paths.get(&file.id).cloned().unwrap_or_default();
            for item in &file.items {
                if let ItemKind::Use(used) = &item.kind {
                    named.push((path.clone(), used.clone(), item.span));
                }
            }
        }
        for (from, used, item) in named {
            let used = self.used(id, &qualifier, &from, used, item);
            if let (Some(used), Some(module)) = (used, self.loaded.modules.get_mut(id.0)) {
                module.uses.push(used);
            }
        }
    }

    fn used(&mut self, user: ModuleId, outer: &str, from: &str, used: Use, item: Span) -> Option<Used> {
        let (path, stem, span, own) = match &used.target {
            UseTarget::Module(name) => {
                let stem = name.text.rsplit('.').next().unwrap_or(&name.text).to_owned();
                let Some(rest) = name.text.strip_prefix("std.") else {
                    self.unknown_module(name);
                    return Some(Used { alias: stem, span: name.span, target: None, with: Vec::new() });
                };
                (format!("std/{}.policy", rest.replace('.', "/")), stem, name.span, name.text.clone())
            }
            UseTarget::File(text) => {
                let path = beside(from, &text.value);
                let file = path.rsplit('/').next().unwrap_or(&path);
                let stem = file.strip_suffix(".policy").unwrap_or(file).to_owned();
                (path, stem, text.span, String::new())
            }
        };
        let alias = used.alias.as_ref().map_or_else(|| stem.clone(), |a| a.text.clone());
        let span = used.alias.as_ref().map_or(span, |a| a.span);
        if !is_word(&alias) {
            let message = format!("the module in `{path}` needs a name");
            self.diagnostics
                .push(Diagnostic::new(&code::MISSING_TOKEN, span, message).help("write `as NAME` behind it"));
        }
        if let Some(known) = self.known.get(&path) {
            if *known == Some(ModuleId::ROOT) {
                let message = format!("`{path}` is part of the policy already");
                self.diagnostics.push(
                    Diagnostic::new(&code::CYCLE, item, message)
                        .help("remove the `use`: the files of a project are one module")
                        .help("or keep the file out of the project's own files, in a folder below"),
                );
                return Some(Used { alias, span, target: None, with: Vec::new() });
            }
            return Some(Used { alias, span, target: *known, with: used.with });
        }
        let target = match self.reader.text(&path, span, policyc_syntax::MAX_FILE_BYTES) {
            Ok(text) => {
                let file = self.parse(&path, text);
                let id = ModuleId(self.loaded.modules.len());
                let qualifier = match (own.is_empty(), user == ModuleId::ROOT) {
                    (false, _) => own,
                    (true, true) => alias.clone(),
                    (true, false) => format!("{outer}.{alias}"),
                };
                self.loaded.modules.push(Module { qualifier, files: vec![file], uses: Vec::new() });
                Some(id)
            }
            Err(said) => {
                match &used.target {
                    UseTarget::Module(name) if said.code == &code::UNREADABLE_FILE => self.unknown_module(name),
                    UseTarget::Module(_) | UseTarget::File(_) => self.diagnostics.push(*said),
                }
                None
            }
        };
        self.known.insert(path, target);
        Some(Used { alias, span, target, with: used.with })
    }

    fn unknown_module(&mut self, name: &Name) {
        let modules = self.reader.modules();
        let mut said = Diagnostic::new(&code::UNKNOWN_MODULE, name.span, format!("there is no module `{}`", name.text));
        if let Some(near) = suggest(&name.text, modules.iter().map(String::as_str)) {
            said = said.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near, false);
        } else if !name.text.starts_with("std.") {
            said = said.help("the standard modules begin with `std.`; a file is named in quotes, \"./common.policy\"");
        } else if !modules.is_empty() {
            said = said.help(format!("there are {}", crate::words::listed(modules.iter().map(String::as_str))));
        }
        self.diagnostics.push(said);
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Modules that need each other are refused, each ring once.
fn refuse_cycles(loaded: &Loaded, diagnostics: &mut Vec<Diagnostic>) {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..loaded.modules.len()).map(|i| graph.add_node(i)).collect();
    for (i, module) in loaded.modules.iter().enumerate() {
        for target in module.uses.iter().filter_map(|u| u.target) {
            if let (Some(a), Some(b)) = (nodes.get(i), nodes.get(target.0)) {
                graph.update_edge(*a, *b, ());
            }
        }
    }
    for ring in crate::cycles::rings(&graph) {
        let members: BTreeSet<usize> = ring.iter().copied().collect();
        let names: Vec<&str> =
            members.iter().filter_map(|i| loaded.modules.get(*i)).map(|m| m.qualifier.as_str()).collect();
        let closing = members
            .iter()
            .filter_map(|i| loaded.modules.get(*i))
            .flat_map(|m| &m.uses)
            .find(|u| u.target.is_some_and(|t| members.contains(&t.0)));
        if let Some(closing) = closing {
            let message = if names.len() == 1 {
                format!("the module {} uses itself", crate::words::listed(names))
            } else {
                format!("the modules {} use each other", crate::words::listed(names))
            };
            diagnostics.push(
                Diagnostic::new(&code::CYCLE, closing.span, message).help("move what they share into a third module"),
            );
        }
    }
}
