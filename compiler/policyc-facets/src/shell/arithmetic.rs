//! Arithmetic: what it runs and what it sets. The numbers themselves are not worked out.
//!
//! Bash evaluates the *values* of variables as expressions, and an index within one can run commands; so a value that
//! is no number hides commands, unless it comes from outside, where nothing of this text put it.

use super::environment::{Environment, Value, is_live};
use super::tree::{Action, Part, Raw};
use super::walk::Reader;
use crate::Unknown;

const HIDDEN: &str = "arithmetic over a value that is known only at run time";

impl Reader {
    /// Walks an expression that is evaluated.
    pub fn arithmetic(&mut self, raw: &Raw, env: &mut Environment) -> Result<(), Unknown> {
        let mut expression = String::new();
        let mut is_safe = true;
        for part in raw.parts() {
            match part {
                Part::Text(text) | Part::Quoted(text) => expression.push_str(text),
                Part::Opaque | Part::Process(..) => is_safe = false,
                Part::Arithmetic(inner, _) => {
                    self.enter()?;
                    self.arithmetic(inner, env)?;
                    self.leave();
                    expression.push('0');
                }
                Part::Command(script, _) => {
                    let start = self.commands.len();
                    self.subshell(script, env)?;
                    let value = self.printed(start, script);
                    is_safe &= value.is_number();
                    expression.push('0');
                }
                Part::Parameter(parameter) => {
                    if matches!(parameter.action, Action::Value) && parameter.index.is_none() {
                        match known(&parameter.name, env) {
                            Some(Value::Text(text)) => {
                                self.count(text.len())?;
                                is_safe &= !text.contains(['$', '`', '[', '\\', '"', '\'']);
                                expression.push_str(&text);
                            }
                            Some(value) if !value.is_number() => is_safe = false,
                            Some(_) | None => expression.push('0'),
                        }
                    } else {
                        self.visit(&Raw::Empty, env)?;
                        let mut fields = super::expand::Fields::default();
                        self.parameter(parameter, env, super::expand::How::Text, &mut fields)?;
                        is_safe &= matches!(parameter.action, Action::Length);
                        expression.push('0');
                    }
                }
            }
        }
        let mut names: Vec<&str> = expression
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|name| super::cursor::is_name(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in &names {
            is_safe &= known(name, env).is_none_or(|value| value.is_number());
        }
        if !is_safe {
            self.hide(HIDDEN, env);
        }
        if assigns(&expression) {
            self.spend(names.len())?;
            if names.len() > 256 {
                return Err(Unknown("arithmetic sets more variables than are followed"));
            }
            for name in names {
                env.set(name, Value::Digits);
            }
        }
        if expression.contains(['/', '%', '?']) || expression.contains("**") {
            // what fails ends the line that it stands in
            self.jump(env)?;
        }
        Ok(())
    }
}

/// A value that the text sets; `None` comes from outside.
fn known(name: &str, env: &Environment) -> Option<Value> {
    if matches!(name, "REPLY" | "OPTARG" | "MAPFILE" | "BASH_REMATCH" | "_" | "BASH_COMMAND" | "COPROC" | "-") {
        return Some(Value::Unknown);
    }
    if is_live(name) || matches!(name, "#" | "?" | "$" | "!") {
        return Some(Value::Digits);
    }
    if let Ok(number) = name.parse::<usize>() {
        let words = env.positional.as_ref()?;
        return Some(words.get(number.wrapping_sub(1)).map_or(Value::Unset, super::parameters::value_of));
    }
    if matches!(name, "@" | "*") {
        return Some(Value::Unknown);
    }
    env.get_or_outside(name)
}

fn assigns(expression: &str) -> bool {
    if expression.contains("++") || expression.contains("--") {
        return true;
    }
    let bytes = expression.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let shift = at.checked_sub(2).and_then(|at| bytes.get(at));
        *byte == b'='
            && bytes.get(at.saturating_add(1)) != Some(&b'=')
            && match before {
                Some(b'=' | b'!') => false,
                // `<=` compares, `<<=` assigns
                Some(b'<' | b'>') => shift == before,
                _ => true,
            }
    })
}
