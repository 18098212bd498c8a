//! Programs whose subcommands run a command elsewhere: containers, clusters, tool runners.

use super::environment::Environment;
use super::expand::Field;
use super::options::parse;
use super::walk::Reader;
use crate::Unknown;

/// Options of `docker run|exec` and its kin that take no value.
const BARE: [&str; 22] = [
    "-d",
    "--detach",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "--rm",
    "--privileged",
    "--init",
    "--read-only",
    "-P",
    "--publish-all",
    "-q",
    "--quiet",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--help",
    "-T",
    "--no-deps",
    "--service-ports",
    "--build",
    "--no-TTY",
];

/// Options of them that take a value.
const VALUED: &str = " -a --attach --add-host --annotation --blkio-weight --blkio-weight-device -c --cpu-shares \
    --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile --cpu-count --cpu-percent --cpu-period --cpu-quota \
    --cpu-rt-period --cpu-rt-runtime --cpus --cpuset-cpus --cpuset-mems --detach-keys --device --device-cgroup-rule \
    --device-read-bps --device-read-iops --device-write-bps --device-write-iops --dns --dns-option --dns-opt \
    --dns-search --domainname -e --env --env-file --expose --gpus --group-add --health-interval --health-retries \
    --health-start-interval --health-start-period --health-timeout -h --hostname --index --ip --ip6 --ipc --isolation \
    --kernel-memory -l --label --label-file --link --link-local-ip --log-driver --log-opt --mac-address -m --memory \
    --memory-reservation --memory-swap --memory-swappiness --mount --name --net --net-alias --network --network-alias \
    --oom-score-adj --pid --pids-limit --platform --pod -p --publish --pull --restart --runtime --secret \
    --security-opt --shm-size --stop-signal --stop-timeout --storage-opt --sysctl --systemd --timeout --tmpfs --tz -u \
    --user --ulimit --umask --unsetenv --userns --uts -v --volume --volume-driver --volumes-from -w --workdir ";

/// Options of `kubectl exec` that take a value, those of `kubectl` included.
const CLUSTER_VALUED: &str = " -c --container -n --namespace --context --cluster --user --kubeconfig -f --filename \
    --pod-running-timeout -s --server --token --as --as-group --as-uid --request-timeout -v --cache-dir \
    --certificate-authority --client-certificate --client-key --tls-server-name --profile --profile-output --username \
    --password --log-flush-frequency --vmodule --image --target --copy-to ";

/// Whether an option stands in a list.
fn is_in(list: &str, option: &str) -> bool {
    !option.contains(' ') && list.contains(&format!(" {option} "))
}

impl Reader {
    pub fn container(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        let mut subcommand = "";
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                self.unclear(env);
                return Ok(());
            };
            if matches!(
                text,
                "-H" | "--host"
                    | "-c"
                    | "--context"
                    | "--config"
                    | "-l"
                    | "--log-level"
                    | "-f"
                    | "--file"
                    | "-p"
                    | "--project-name"
                    | "--env-file"
                    | "--profile"
                    | "--project-directory"
            ) {
                rest = more.get(1..).unwrap_or(&[]);
            } else if !text.starts_with('-') && !matches!(text, "container" | "compose") {
                subcommand = text;
                break;
            }
        }
        if !matches!(subcommand, "run" | "exec" | "create") {
            return Ok(());
        }
        let mut entry: Option<Field> = None;
        while let Some((first, more)) = rest.split_first() {
            let Some(text) = first.text() else {
                if first.is_many || matches!(&first.word, super::Word::Pattern(own) if own.starts_with('-')) {
                    self.unclear(env);
                    return Ok(());
                }
                break;
            };
            if !text.starts_with('-') {
                break;
            }
            rest = more;
            let is_cluster = !text.starts_with("--") && text.len() > 2;
            let bare_cluster = is_cluster && text.chars().skip(1).all(|c| "ditPqT".contains(c));
            let valued_cluster = is_cluster
                && !bare_cluster
                && text.chars().skip(1).take_while(|c| "ditPqT".contains(*c)).count() == text.len().saturating_sub(2);
            if let Some(value) = text.strip_prefix("--entrypoint=") {
                entry = Some(Field::literal(value));
            } else if text == "--entrypoint" {
                entry = more.first().cloned();
                rest = more.get(1..).unwrap_or(&[]);
            } else if text == "--health-cmd" {
                let code = more.first().cloned().unwrap_or(Field::MANY);
                rest = more.get(1..).unwrap_or(&[]);
                self.inner_code(&format!("{name} --health-cmd"), &code, at, &far())?;
            } else if let Some(code) = text.strip_prefix("--health-cmd=") {
                self.inner_code(&format!("{name} --health-cmd"), &Field::literal(code), at, &far())?;
            } else if text == "--" {
                break;
            } else if !(BARE.contains(&text) || bare_cluster || text.starts_with("--") && text.contains('=')) {
                let last = format!("-{}", text.chars().next_back().unwrap_or('-'));
                let is_known = if is_cluster {
                    // `-p80:80`: the value may stand in the word itself
                    let first = text.chars().skip(1).find(|c| !"ditPqT".contains(*c)).unwrap_or('-');
                    is_in(VALUED, &format!("-{first}"))
                } else {
                    is_in(VALUED, text)
                };
                // `podman exec -l` is another thing
                if !is_known || (subcommand == "exec" && text.starts_with("-l")) {
                    self.unclear(env);
                }
                if !is_cluster || (valued_cluster && is_in(VALUED, &last)) {
                    rest = more.get(1..).unwrap_or(&[]);
                }
            }
        }
        let mut words: Vec<Field> = entry.into_iter().collect();
        words.extend(rest.get(1..).unwrap_or(&[]).iter().cloned());
        let mut far = far();
        self.inner(&format!("{name} {subcommand}"), &words, at, &mut far)
    }

    pub fn cluster(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut words = args;
        if matches!(name, "k3s" | "minikube" | "microk8s") {
            match words.split_first() {
                Some((first, more)) if first.text() == Some("kubectl") => words = more,
                _ => return Ok(()),
            }
        }
        let is_exec = words.iter().any(|f| matches!(f.text(), Some("exec" | "run" | "debug" | "rsh")));
        if !is_exec {
            return Ok(());
        }
        if let Some(dashes) = words.iter().position(|f| f.text() == Some("--")) {
            let inner = words.get(dashes.saturating_add(1)..).unwrap_or(&[]).to_vec();
            let mut far = far();
            return self.inner(&format!("{name} exec"), &inner, at, &mut far);
        }
        let behind: Vec<&Field> =
            words.iter().skip_while(|f| !matches!(f.text(), Some("exec" | "rsh"))).skip(1).collect();
        let mut rest = behind.as_slice();
        while let Some((first, more)) = rest.split_first() {
            match first.text() {
                Some("-i" | "-t" | "-it" | "-ti" | "--stdin" | "--tty" | "-q" | "--quiet") => rest = more,
                Some(text) if text.starts_with('-') && !text.contains('=') => {
                    if !is_in(CLUSTER_VALUED, text) {
                        self.unclear(env);
                    }
                    rest = more.get(1..).unwrap_or(&[]);
                }
                Some(text) if text.starts_with('-') => rest = more,
                Some(_) => break,
                None => {
                    self.unclear(env);
                    return Ok(());
                }
            }
        }
        let inner: Vec<Field> = rest.get(1..).unwrap_or(&[]).iter().map(|f| (*f).clone()).collect();
        let mut far = far();
        self.inner(&format!("{name} exec"), &inner, at, &mut far)
    }

    /// `lxc exec NAME -- …`, `vagrant ssh -c …`, `ip netns exec NAME …`
    pub fn behind_word(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        if name == "vagrant" {
            let parsed = parse(args, "c:", &["command="], false);
            let codes: Vec<Field> = parsed.values(&["-c", "--command"]).cloned().collect();
            for code in codes {
                self.inner_code("vagrant ssh", &code, at, &far())?;
            }
            return Ok(());
        }
        let Some(exec) = args.iter().position(|f| matches!(f.text(), Some("exec" | "shell" | "vrf"))) else {
            if args.iter().any(|f| f.is_many) {
                self.unclear(env);
            }
            return Ok(());
        };
        let behind = args.get(exec.saturating_add(1)..).unwrap_or(&[]);
        let inner = match behind.iter().position(|f| f.text() == Some("--")) {
            Some(dashes) => behind.get(dashes.saturating_add(1)..),
            None => behind.get(1..),
        };
        let inner = inner.unwrap_or(&[]).to_vec();
        self.inner(&format!("{name} exec"), &inner, at, &mut far())
    }

    /// `bundle exec …`, `npm exec -- …`, `nix-shell --run …`
    pub fn runner(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        if matches!(name, "nix-shell" | "nix" | "npm" | "pnpm" | "yarn" | "conda") {
            for (place, field) in args.iter().enumerate() {
                let is_code = match name {
                    "npm" | "pnpm" | "yarn" => {
                        matches!(field.text(), Some("-c" | "--call"))
                            && args.iter().any(|f| matches!(f.text(), Some("exec" | "x")))
                    }
                    _ => matches!(field.text(), Some("--run" | "--command")),
                };
                if is_code {
                    let code = args.get(place.saturating_add(1)).cloned().unwrap_or(Field::MANY);
                    return self.inner_code(&format!("{name} exec"), &code, at, env);
                }
            }
        }
        let word = match name {
            "perf" => &["record", "stat", "trace"][..],
            "rustup" | "poetry" | "pipenv" | "uv" | "conda" => &["run"],
            "nix-shell" | "nix" => return Ok(()),
            _ => &["exec", "x"],
        };
        let Some(first) = args.iter().position(|f| f.text().is_some_and(|text| word.contains(&text))) else {
            return Ok(());
        };
        // only the first word that is no option is the subcommand
        let is_subcommand =
            args.get(..first).unwrap_or(&[]).iter().all(|f| f.text().is_some_and(|t| t.starts_with('-')));
        if !is_subcommand {
            return Ok(());
        }
        let mut rest = args.get(first.saturating_add(1)..).unwrap_or(&[]);
        if matches!(name, "rustup" | "asdf" | "direnv") {
            rest = rest.get(1..).unwrap_or(&[]);
        }
        let mut is_unclear = false;
        while let Some((first, more)) = rest.split_first() {
            match first.text() {
                Some("--") => {
                    rest = more;
                    is_unclear = false;
                    break;
                }
                Some(text) if text.starts_with('-') => {
                    is_unclear |= !text.contains('=');
                    rest = more;
                }
                Some(_) => break,
                None => {
                    is_unclear = true;
                    break;
                }
            }
        }
        if is_unclear {
            self.unclear(env);
        }
        let rest = rest.to_vec();
        self.inner(&format!("{name} exec"), &rest, at, env)
    }
}

/// Another machine or container: nothing of this one is there.
fn far() -> Environment {
    let mut env = Environment::new(None);
    env.is_open = true;
    env.folders = std::sync::Arc::new(vec![None]);
    env
}
