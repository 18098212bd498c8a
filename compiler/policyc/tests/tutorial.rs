//! `docs/tutorial.md` is a transcript: its files are written, its commands run, and what they say is compared.
//!
//! A block with `file=NAME` is a file; one of `console` has commands behind `$`, what they say on both streams, and the
//! exit status in brackets where it is not 0. A line with only `…` stands for any lines.
#![expect(clippy::disallowed_methods, reason = "the tutorial is on disk, and so are its files")]

#[cfg(test)]
mod tutorial {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    fn expected(lines: &[&str], said: &[&str]) -> bool {
        match lines.split_first() {
            None => said.is_empty(),
            Some((&"…", rest)) => (0..=said.len()).any(|skip| expected(rest, &said[skip..])),
            Some((line, rest)) => said
                .split_first()
                .is_some_and(|(first, after)| first.trim_end() == line.trim_end() && expected(rest, after)),
        }
    }

    /// What a command says on standard output, then on standard error, then its status.
    fn say(folder: &Path, command: &str) -> String {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("policyc"), "{command}");
        let output = Command::new(env!("CARGO_BIN_EXE_policyc"))
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::null())
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut said = text(&output.stdout) + &text(&output.stderr);
        if output.status.code() != Some(0) {
            said.push_str(&format!("[{}]\n", output.status.code().unwrap()));
        }
        said
    }

    #[test]
    fn the_first_ten_minutes_are_as_they_are_told() {
        let tutorial = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial.md");
        let text = std::fs::read_to_string(tutorial).unwrap();
        let folder = std::env::temp_dir().join(format!("policyc-tutorial-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut commands = 0;
        for block in text.split("```").skip(1).step_by(2) {
            let (head, body) = block.split_once('\n').unwrap();
            if let Some((_, file)) = head.split_once("file=") {
                std::fs::write(folder.join(file), body).unwrap();
                continue;
            }
            assert_eq!(head, "console");
            for part in format!("\n{body}").split("\n$ ").skip(1) {
                let (command, told) = part.split_once('\n').unwrap_or((part, ""));
                let said = say(&folder, command);
                let (told, lines): (Vec<&str>, Vec<&str>) =
                    (told.trim_end().lines().collect(), said.trim_end().lines().collect());
                assert!(expected(&told, &lines), "$ {command}\n{said}");
                commands += 1;
            }
        }
        assert!(commands >= 10);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
