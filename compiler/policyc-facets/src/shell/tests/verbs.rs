//! What programs with commands of their own are asked to do. SPEC: [S4.42]

use super::read;
use crate::shell::Word;

#[test]
fn a_verb_stands_behind_the_options() {
    let known = |text: &str, verb: &str| assert_eq!(verb_of(text), Some(Word::Literal(verb.into())), "{text}");
    known("git log --oneline", "log");
    known("git -C /tmp -c a.b=c --git-dir=x --no-pager reset --hard", "reset");
    known("git -C/tmp status", "status");
    known("kubectl -n monitoring get pods", "get");
    known("kubectl --context=prod delete ns x", "delete");
    known("cargo +nightly --locked test", "test");
    known("docker -H tcp://x:1 run y", "run");
    known("terraform -chdir=infra destroy", "destroy");
    known("systemctl --user -q stop x", "stop");
    known("/usr/bin/git push", "push");
    for text in ["git $x", "git --what log", "kubectl -z get pods", "git -C $x log y", "aws --what s3 rm"] {
        assert_eq!(verb_of(text), Some(Word::Unknown), "{text}");
    }
    assert_eq!(verb_of("git --version"), None);
    assert_eq!(verb_of("ls log"), None);
}

fn verb_of(text: &str) -> Option<Word> {
    read(text).commands.first().and_then(|command| command.verb.clone())
}
