//! What a program with commands of its own is asked to do: `reset` of `git -C dir reset`, `delete` of
//! `kubectl -n x delete`.
//!
//! A row names the options before that word that take a value, and those that take none. An option that is in no row
//! may take the next word for its value: what the program is asked to do is then unknown.

use std::sync::LazyLock;

use super::expand::Field;
use super::index::Index;
use super::{Text, Word};

/// A row: programs, options with a value, options without.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("git", "-C -c --git-dir --work-tree --namespace --super-prefix --config-env", "-p -P -h -v --no-pager --paginate --bare --no-replace-objects --literal-pathspecs --glob-pathspecs --noglob-pathspecs --icase-pathspecs --no-optional-locks --no-lazy-fetch --version --help --html-path --exec-path"),
    ("hg svn bzr jj fossil", "-R --repository --cwd --config --username --password", "-q -v -y --quiet --verbose --noninteractive --non-interactive --version --help --no-pager"),
    ("kubectl oc", "-n --namespace --context --cluster --kubeconfig -s --server --user --token --as --as-group -v --request-timeout", "--help --insecure-skip-tls-verify --warnings-as-errors"),
    ("helm", "-n --namespace --kube-context --kubeconfig --registry-config --repository-config", "--debug --help"),
    ("docker podman nerdctl docker-compose podman-compose", "-H --host -c --context --config -l --log-level -f --file -p --project-name --project-directory --env-file --profile", "-D --debug --tls --tlsverify -v --version --help --remote"),
    ("terraform tofu terragrunt pulumi packer", "-s --stack -C --cwd", "-version -help --version --help --non-interactive"),
    ("systemctl loginctl machinectl", "-H --host -M --machine -t --type -p --property -n --lines -o --output --state --root", "-a -q -l -r -f -i --all --user --system --global --now --no-pager --no-block --no-legend --no-ask-password --plain --full --quiet --failed --force --runtime --wait --version --help"),
    ("cargo", "--color --config -C -Z", "-v -vv -q --verbose --quiet --locked --offline --frozen -V --version --list -h --help"),
    ("npm pnpm yarn bun", "--prefix -C --dir --cwd -w --workspace --filter -F --registry --loglevel", "-g --global -s --silent -D -y --yes -r --recursive -q --quiet --no-audit --no-fund --workspaces --if-present -v --version -h --help"),
    ("pip pip3 pipx uv poetry pdm hatch conda mamba gem bundle composer", "--proxy --timeout --python --cache-dir --log -C --directory --project -d --working-dir -n --name -p --prefix", "-v -vv -q -n -y --yes --quiet --verbose --isolated --no-interaction --no-ansi --no-cache-dir --disable-pip-version-check --no-input --version --help -V -h"),
    ("apt apt-get aptitude yum dnf zypper brew apk snap flatpak port nala", "-o -c -t --target-release --option --config-file --releasever -p --root --repository -X", "-y -q -qq -f -m -s -d -u -v -n -U -V -h --yes --assume-yes --assumeyes --quiet --no-install-recommends --simulate --dry-run --non-interactive --user --system --no-cache --version --help --allow-downgrades --no-upgrade"),
    ("go rustup mise asdf nix direnv volta", "-C --option", "-v -q --verbose --quiet --version --help --extra-experimental-features"),
    ("aws gcloud gsutil bq az doctl linode-cli oci ibmcloud scw hcloud eksctl", "--profile --region --output --query --endpoint-url --project --account --format --subscription --zone --configuration -o -c --cli-read-timeout --context --access-token", "--debug --no-paginate --no-cli-pager --no-sign-request --no-verify-ssl --quiet -q -m --only-show-errors --verbose --version --help"),
    ("gh glab heroku flyctl fly vercel netlify firebase wrangler supabase railway vault consul nomad", "-R --repo -a --app -t --token --scope --project --hostname --cwd -P", "-y --yes --help --version --json --debug --prod"),
    ("ip", "-n -netns --netns -f -family -b -batch -l -loops -rc", "-4 -6 -s -d -o -j -p -br -c -r -a -brief -color -json -details -stats -oneline -human"),
    ("ufw launchctl diskutil hdiutil rc-service chkconfig update-rc.d sv supervisorctl pm2", "-c -s -u", "-q -v -D --force --dry-run"),
    ("crontab-ui vagrant virsh lxc incus multipass minikube kind k3d", "-c --connect -p --profile --project", "-q -f --quiet --debug --force-local --version --help"),
    ("dotnet mvn gradle sbt mix rebar3 stack cabal zig dune meson ninja bazel", "-f --file -p -C --project-dir", "-q -B -o -U --quiet --offline --batch-mode --no-daemon --version --help"),
    ("redis-cli", "-h -p -a -n -u -s --user --pass -r -i", "--raw --no-raw --tls --no-auth-warning -c -x"),
];

/// What a program of this name is asked to do; `None` if it has no commands of its own, or is given none.
pub(super) fn verb(program: &str, args: &[Field]) -> Option<Word> {
    static INDEX: LazyLock<Index<Row>> = LazyLock::new(|| Index::new(ROWS, |row| row.0));
    let (_, valued, plain) = INDEX.get(program)?;
    let has = |list: &str, word: &str| list.split(' ').any(|own| own == word);
    let mut rest = args.iter();
    while let Some(field) = rest.next() {
        let Some(text) = field.text() else { return Some(Word::Unknown) };
        if text == "--" {
            return rest.next().map(|field| field.word.clone());
        }
        // `cargo +nightly`
        if !text.starts_with(['-', '+']) || text.len() == 1 {
            return Some(Word::Literal(Text::new(text)));
        }
        if text.starts_with('+') || has(plain, text) || text.contains('=') {
            continue;
        }
        if has(valued, text) {
            if rest.next().is_some_and(|value| value.is_many) {
                return Some(Word::Unknown);
            }
            continue;
        }
        // `-Cdir`
        let is_attached =
            !text.starts_with("--") && text.get(..2).is_some_and(|short| has(valued, short)) && text.len() > 2;
        if !is_attached {
            return Some(Word::Unknown);
        }
    }
    None
}
