//! What the operands of common programs are: files read, files written, hosts.
//!
//! A program that is in no row leaves what it reads and writes unknown. An option that is not in a row has no value.

use std::sync::LazyLock;

use super::index::Index;

/// What the operands are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operands {
    /// Neither files nor hosts.
    Plain,
    Read,
    Write,
    /// Read and changed in place.
    Change,
    /// All but the first are read: the first is a pattern or script, unless an option gives it.
    ReadBehind,
    /// All but the first are changed: the first is a mode or an owner.
    ChangeBehind,
    /// The last is written, the others are read.
    Duplicate,
    /// The last is written, the others are read and go away.
    Move,
    /// The last is written; a link to the others.
    Link,
    /// The first is written, the others are read: archives.
    Archive,
    /// The first is read, the second written.
    Filter,
    /// Hosts, networks, URLs.
    Hosts,
    /// The first is a host.
    Host,
    /// Files of this or, as `host:path`, of another machine.
    Remote,
    /// `if=… of=…`
    Dd,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Program {
    pub names: &'static str,
    /// Short options as for `getopt`: `n:` takes a value, the others are letters that take none.
    pub shorts: &'static str,
    /// Long options; `=` takes a value.
    pub longs: &'static [&'static str],
    pub operands: Operands,
    /// Options whose value is a file that is read.
    pub reads: &'static [&'static str],
    /// Options whose value is a file that is written.
    pub writes: &'static [&'static str],
    /// Long options and the short one that is the same.
    pub same: &'static [(&'static str, &'static str)],
}

const fn row(
    names: &'static str,
    operands: Operands,
    shorts: &'static str,
    longs: &'static [&'static str],
    reads: &'static [&'static str],
    writes: &'static [&'static str],
    same: &'static [(&'static str, &'static str)],
) -> Program {
    Program { names, shorts, longs, operands, reads, writes, same }
}

use Operands::{
    Archive, Change, ChangeBehind, Dd, Duplicate, Filter, Host, Hosts, Link, Move, Plain, Read, ReadBehind, Remote,
    Write,
};

#[rustfmt::skip]
pub(super) const PROGRAMS: &[Program] = &[
    // words and nothing else
    row("echo printf true false : test [ sleep seq expr basename dirname date cal whoami id groups hostname uname arch uptime pwd yes tput clear reset nproc getconf tty stty locale which whereis type command hash printenv env export unset set shopt alias unalias read local declare typeset readonly shift return exit break continue trap eval exec wait jobs fg bg kill pkill killall pgrep ps top htop free vmstat iostat lsblk lscpu lsusb lspci lsmod lsof df w who last lastlog users finger history umask ulimit times getopts let builtin caller bind complete compgen cd pushd popd dirs nohup nice timeout time sudo doas xargs parallel watch strace ltrace busybox chroot unshare setsid stdbuf man info help apropos whatis factor numfmt tsort sync bc dc jot shuf-e figlet cowsay sleep usleep logname cmatrix fortune", Plain, "", &[], &[], &[], &[]),
    // reading
    row("cat bat tac nl rev fold fmt pr expand unexpand column", Read, "w:s:", &["width="], &[], &[], &[("--number", "-n")]),
    row("head tail", Read, "n:c:s:", &["lines=", "bytes=", "pid=", "sleep-interval="], &[], &[], &[("--follow", "-f")]),
    row("less more most zcat zless bzcat xzcat zmore gzcat", Read, "p:P:x:", &[], &[], &["-o"], &[]),
    row("wc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum shasum md5", Read, "a:", &["algorithm=", "files0-from="], &["--files0-from"], &[], &[("--check", "-c")]),
    row("file stat readlink realpath du ls dir vdir ll tree exa eza lsd", Read, "c:f:I:w:L:P:", &["format=", "printf=", "ignore=", "max-depth=", "exclude=", "block-size=", "sort=", "time-style=", "width=", "files0-from="], &["-f", "--files0-from"], &["-o"], &[("--all", "-a"), ("--recursive", "-R")]),
    row("hexdump xxd od hd strings nm objdump readelf size ldd base64 base32 basenc uuencode", Read, "n:s:l:c:e:w:t:A:j:N:o:", &["wrap=", "bytes=", "length="], &[], &[], &[("--decode", "-d"), ("--revert", "-r")]),
    row("diff cmp comm colordiff sdiff diff3 vimdiff", Read, "U:C:W:x:X:I:L:F:i:n:", &["label=", "exclude=", "unified=", "width="], &[], &[], &[("--recursive", "-r")]),
    row("cut paste join uniq-c tr-file", Read, "d:f:c:b:t:1:2:o:e:", &["delimiter=", "fields=", "characters=", "bytes=", "delimiters=", "output-delimiter="], &[], &[], &[]),
    row("tr", Plain, "", &[], &[], &[], &[("--delete", "-d"), ("--squeeze-repeats", "-s")]),
    row("sort gsort", Read, "k:t:S:T:o:", &["key=", "field-separator=", "output=", "buffer-size=", "temporary-directory=", "parallel=", "files0-from=", "compress-program="], &["--files0-from"], &["-o", "--output"], &[]),
    row("uniq", Filter, "f:s:w:", &["skip-fields=", "skip-chars=", "check-chars="], &[], &[], &[]),
    row("shuf", Read, "e:i:n:o:", &["input-range=", "head-count=", "output="], &[], &["-o", "--output"], &[]),
    row("grep egrep fgrep zgrep rgrep bzgrep", ReadBehind, "e:f:m:A:B:C:D:d:", &["regexp=", "file=", "max-count=", "include=", "exclude=", "exclude-dir=", "color=", "context=", "after-context=", "before-context=", "label=", "exclude-from="], &["-f", "--file", "--exclude-from"], &[], &[("--recursive", "-r"), ("--dereference-recursive", "-R")]),
    row("rg ag ack", ReadBehind, "e:f:g:t:T:A:B:C:m:j:M:r:E:", &["regexp=", "file=", "glob=", "type=", "type-not=", "max-count=", "context=", "replace=", "max-depth=", "sort=", "color=", "colors=", "encoding="], &["-f", "--file"], &[], &[]),
    row("awk gawk mawk nawk", ReadBehind, "F:v:f:", &["field-separator=", "assign=", "file="], &["-f", "--file"], &[], &[]),
    row("jq yq xq", ReadBehind, "L:f:", &["arg=", "argjson=", "slurpfile=", "rawfile=", "from-file=", "indent="], &["-f", "--from-file"], &[], &[]),
    row("cloc wdiff look dos2unix-n iconv", Read, "f:t:o:", &["from-code=", "to-code=", "output="], &[], &["-o", "--output"], &[]),
    row("python python2 python3 node perl ruby php lua bash sh dash zsh ksh Rscript", Operands::Plain, "", &[], &[], &[], &[]),
    // changing
    row("sed gsed", ReadBehind, "e:f:l:", &["expression=", "file=", "line-length="], &["-f", "--file"], &[], &[("--in-place", "-i"), ("--quiet", "-n"), ("--silent", "-n")]),
    row("tee sponge", Write, "", &["output-error"], &[], &[], &[("--append", "-a")]),
    row("touch", Write, "d:t:r:", &["date=", "reference=", "time="], &["-r", "--reference"], &[], &[("--no-create", "-c")]),
    row("truncate fallocate", Write, "s:r:l:o:", &["size=", "reference=", "length=", "offset="], &["-r", "--reference"], &[], &[("--size", "-s")]),
    row("mkdir md", Write, "m:Z:", &["mode=", "context="], &[], &[], &[("--parents", "-p")]),
    row("mkfifo mknod", Write, "m:", &["mode="], &[], &[], &[]),
    row("mktemp", Plain, "p:", &["tmpdir=", "suffix="], &[], &[], &[("--directory", "-d")]),
    row("rm unlink rmdir trash srm del", Write, "", &["recursive", "force", "interactive", "dir", "verbose", "no-preserve-root", "preserve-root", "one-file-system", "parents", "ignore-fail-on-non-empty"], &[], &[], &[("--recursive", "-r"), ("-R", "-r"), ("--force", "-f"), ("--dir", "-d"), ("--interactive", "-i"), ("--verbose", "-v"), ("--parents", "-p")]),
    row("shred wipe", Write, "n:s:", &["iterations=", "size=", "random-source="], &["--random-source"], &[], &[("--remove", "-u"), ("--zero", "-z"), ("--force", "-f")]),
    row("chmod chown chgrp chattr setfacl chcon", ChangeBehind, "v:p:", &["reference=", "recursive", "from="], &["--reference"], &[], &[("--recursive", "-R")]),
    row("cp gcp install", Duplicate, "t:S:m:o:g:", &["target-directory=", "suffix=", "mode=", "owner=", "group=", "backup", "recursive", "archive", "force", "sparse=", "reflink", "preserve", "no-preserve="], &[], &["-t", "--target-directory"], &[("--recursive", "-r"), ("-R", "-r"), ("--archive", "-a"), ("--force", "-f")]),
    row("mv gmv rename-file", Move, "t:S:", &["target-directory=", "suffix=", "backup", "force", "no-clobber"], &[], &["-t", "--target-directory"], &[("--force", "-f"), ("--no-clobber", "-n")]),
    row("ln link", Link, "t:S:", &["target-directory=", "suffix=", "symbolic", "force"], &[], &["-t", "--target-directory"], &[("--symbolic", "-s"), ("--force", "-f")]),
    row("split", Filter, "b:l:n:a:C:", &["bytes=", "lines=", "number=", "suffix-length=", "filter="], &[], &[], &[]),
    row("csplit", Operands::Read, "b:n:f:", &["suffix-format=", "digits=", "prefix="], &[], &["-f", "--prefix"], &[]),
    row("gzip gunzip bzip2 bunzip2 xz unxz lzma zstd unzstd lz4 compress uncompress brotli pigz", Change, "S:T:b:p:o:", &["suffix=", "threads="], &[], &["-o"], &[("--decompress", "-d"), ("--stdout", "-c"), ("--keep", "-k")]),
    row("tar gtar bsdtar", Plain, "f:C:T:X:b:I:H:K:N:V:g:", &["file=", "directory=", "files-from=", "exclude=", "exclude-from=", "strip-components=", "transform=", "use-compress-program=", "checkpoint-action=", "to-command="], &[], &[], &[("--extract", "-x"), ("--get", "-x"), ("--create", "-c"), ("--list", "-t"), ("--append", "-r"), ("--update", "-u")]),
    row("zip", Archive, "x:i:P:t:n:b:", &["exclude=", "include=", "password="], &[], &[], &[("--recurse-paths", "-r"), ("--move", "-m")]),
    row("unzip unrar 7z 7za ar cpio", Operands::Read, "d:P:x:p:", &[], &[], &["-d"], &[]),
    row("dd", Dd, "", &[], &[], &[], &[]),
    row("patch", Change, "p:d:i:o:r:", &["input=", "output=", "directory=", "strip="], &["-i", "--input"], &["-o", "--output", "-d", "--directory"], &[]),
    row("dos2unix unix2dos", Change, "", &[], &[], &[], &[]),
    row("mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.ntfs mke2fs mkswap wipefs fdisk sfdisk cfdisk gdisk sgdisk parted partprobe blkdiscard e2fsck fsck fsck.ext4 tune2fs resize2fs badblocks hdparm cryptsetup swapon swapoff losetup", Write, "t:L:b:U:m:N:O:o:", &["type=", "label="], &[], &[], &[("--all", "-a"), ("--force", "-f")]),
    row("mount umount", Write, "t:o:L:U:O:", &["types=", "options=", "bind"], &[], &[], &[]),
    row("vim vi nvim nano emacs ed pico code view", Change, "c:u:S:T:", &["cmd="], &["-S", "-u"], &[], &[]),
    row("source .", Read, "", &[], &[], &[], &[]),
    // hosts
    row("ping ping6 traceroute traceroute6 tracepath mtr arping fping hping3", Hosts, "c:i:w:W:s:t:I:m:q:p:n:S:f:g:l:M:Q:T:", &["count=", "interval=", "interface="], &["-f"], &[], &[]),
    // `-sS`, `-sT` and `-sI` are one option of nmap: no letter of theirs may take the target for its value.
    row("nmap masscan zmap rustscan naabu unicornscan sx arp-scan netdiscover nikto gobuster dirb ffuf feroxbuster wfuzz sqlmap hydra medusa ncrack wpscan nuclei amass subfinder dnsrecon dnsenum fierce enum4linux smbmap crackmapexec netexec", Hosts, "p:e:D:g:i:o:u:w:r:c:l:t:b:m:q:", &["ports=", "script=", "rate=", "target=", "url=", "host=", "range=", "top-ports=", "max-rate=", "interface=", "exclude=", "excludefile=", "min-rate=", "max-retries=", "source-port=", "data-length=", "wordlist=", "script-args=", "script-args-file="], &["-w", "-l", "--script-args-file"], &["-o"], &[]),
    row("dig host nslookup whois drill kdig resolvectl", Hosts, "t:c:p:q:b:k:x:", &[], &["-f"], &[], &[]),
    row("curl", Hosts, "A:b:c:C:d:D:e:E:F:h:H:K:m:o:P:Q:r:t:T:u:U:w:x:X:y:Y:z:", &["data=", "data-binary=", "data-raw=", "data-urlencode=", "data-ascii=", "json=", "form=", "form-string=", "header=", "output=", "output-dir=", "request=", "user=", "user-agent=", "upload-file=", "url=", "cacert=", "cert=", "key=", "cookie=", "cookie-jar=", "config=", "dump-header=", "max-time=", "connect-timeout=", "proxy=", "resolve=", "connect-to=", "retry=", "retry-delay=", "write-out=", "referer=", "range=", "limit-rate=", "interface=", "unix-socket=", "netrc-file=", "trace=", "trace-ascii=", "stderr=", "max-redirs=", "proto=", "noproxy=", "continue-at=", "ciphers=", "oauth2-bearer=", "capath=", "pass=", "aws-sigv4=", "doh-url=", "dns-servers=", "socks5=", "socks5-hostname=", "preproxy="], &["-T", "--upload-file", "-K", "--config", "-b", "--cookie", "--cert", "-E", "--key", "--cacert", "--netrc-file"], &["-o", "--output", "-c", "--cookie-jar", "-D", "--dump-header", "--trace", "--trace-ascii", "--stderr", "--output-dir"], &[("--insecure", "-k"), ("--silent", "-s"), ("--location", "-L"), ("--fail", "-f"), ("--head", "-I"), ("--remote-name", "-O"), ("--data", "-d"), ("--form", "-F"), ("--request", "-X"), ("--upload-file", "-T")]),
    row("wget", Hosts, "a:A:B:D:e:i:I:l:o:O:P:Q:R:t:T:U:w:X:", &["append-output=", "output-document=", "output-file=", "directory-prefix=", "input-file=", "post-data=", "post-file=", "body-data=", "body-file=", "header=", "user=", "password=", "user-agent=", "tries=", "timeout=", "wait=", "limit-rate=", "method=", "ca-certificate=", "certificate=", "private-key=", "load-cookies=", "save-cookies=", "level=", "accept=", "reject=", "domains=", "config=", "execute=", "use-askpass="], &["-i", "--input-file", "--post-file", "--body-file", "--load-cookies", "--config", "--certificate", "--private-key"], &["-O", "--output-document", "-o", "--output-file", "-a", "--append-output", "-P", "--directory-prefix", "--save-cookies"], &[("--recursive", "-r"), ("--quiet", "-q")]),
    row("nc ncat netcat nc.traditional nc.openbsd telnet", Host, "e:c:i:I:m:M:O:p:P:q:s:T:V:w:W:x:X:b:g:G:o:", &["exec=", "sh-exec=", "source-port=", "source=", "output=", "idle-timeout=", "proxy="], &[], &["-o", "--output"], &[("--listen", "-l"), ("--udp", "-u")]),
    row("ssh slogin autossh mosh ssh-copy-id ssh-keyscan", Host, "B:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:M:", &[], &["-i", "-F"], &["-E"], &[]),
    row("scp rsync rclone-copy", Remote, "B:c:D:e:F:f:i:J:l:o:P:S:T:", &["rsh=", "exclude=", "include=", "files-from=", "exclude-from=", "port=", "password-file=", "log-file=", "bwlimit=", "delete", "chmod=", "backup-dir=", "filter=", "timeout=", "max-size=", "rsync-path="], &["-i", "--files-from", "--exclude-from", "--password-file"], &["--log-file", "--backup-dir"], &[("--recursive", "-r"), ("--archive", "-a")]),
    row("sftp ftp tftp lftp", Host, "b:B:c:D:F:i:J:l:o:P:R:S:s:u:p:e:", &[], &["-b", "-i", "-F", "-f"], &[], &[]),
    row("nsupdate ntpdate rdate iperf iperf3 ab wrk hey siege httping", Hosts, "c:n:t:p:d:H:T:", &[], &[], &[], &[]),
    row("openssl", Plain, "", &[], &["-in", "-key", "-inkey"], &["-out"], &[]),
];

/// The row of a program.
pub(super) fn program(name: &str) -> Option<&'static Program> {
    static INDEX: LazyLock<Index<Program>> = LazyLock::new(|| Index::new(PROGRAMS, |row| row.names));
    INDEX.get(name)
}
