//! `[[ … ]]`: its words are expanded, and some of them are arithmetic.

use super::environment::Environment;
use super::tree::{Raw, Token};
use super::walk::Reader;
use crate::Unknown;

impl Reader {
    /// Walks the words between the brackets; each may be left out by `&&` and `||`.
    pub fn test(&mut self, tokens: &[Token], env: &mut Environment) -> Result<(), Unknown> {
        let word = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
            Some(Token::Word(raw)) => Some(raw),
            Some(Token::Operator) | None => None,
        };
        for (at, token) in tokens.iter().enumerate() {
            let Token::Word(raw) = token else { continue };
            self.visit(raw, env)?;
            match raw.plain() {
                Some("-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge") => {
                    for side in [word(at.checked_sub(1)), word(at.checked_add(1))].into_iter().flatten() {
                        self.compared(side, env)?;
                    }
                }
                Some("-v" | "-R") => {
                    let name = word(at.checked_add(1)).and_then(Raw::plain);
                    if !name.is_some_and(super::cursor::is_name) {
                        self.hide("a variable whose name is known only at run time", env);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn compared(&mut self, side: &Raw, env: &mut Environment) -> Result<(), Unknown> {
        // the words were walked before, and what they run is listed
        let mut copy = env.clone();
        self.arithmetic(side, &mut copy)?;
        env.join(&copy);
        Ok(())
    }
}
