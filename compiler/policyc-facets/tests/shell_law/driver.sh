# The sandbox's inside: a root of its own in memory, in which scripts run one after the other. Run by `unshare`, as the
# first process of its namespaces; `$1` is the folder that `sandbox.rs` has filled, `$2` what takes the scripts.
set -e
exec 2>/dev/null
# Nothing of the machine stays in reach: what scripts need is copied, then the old root goes.
mount -t tmpfs -o size=96m,nr_inodes=40000,mode=755 root /mnt
cd /mnt
mkdir old dev proc base
cp -R "$1/base/." base/
cp -R base/skeleton/. .
for name in real lib lib64 usr/lib usr/libexec; do
  [ -d "base/$name" ] || continue
  mkdir -p "$name"
  mount --bind "base/$name" "$name"
  mount -o remount,bind,ro "$name"
done
mount -t proc -o subset=pid proc proc || mount -t proc proc proc
mount -t tmpfs -o size=64k,mode=755 dev dev
: > dev/null
mount --bind /dev/null dev/null
for name in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/${name#*:}" "dev/${name%:*}"; done
mount -o remount,bind,ro dev
exec 6< "$1/kill" 7> "$1/killed" 8>&1 9<&0 < dev/null > dev/null
mount --bind base base
mount -o remount,bind,ro base
pivot_root . old
cd /
/base/tools/umount -l /old
/base/tools/rmdir /old
[ "$$" = 1 ]
# The size of a file is the log's too: what loops for ever is ended by it.
ulimit -c 0 -f 32 -v 1048576 -u 600
# Ends whatever runs but itself and the first process.
( exec 8>&- 9<&-; while IFS= read -r _ <&6; do kill -KILL -1 || :; printf '\0' >&7; done ) &
exec 6<&- 7>&-
printf 'ready\0' >&8
handler='() { builtin printf "%s\0" "$#" "$@" >> "$POLICYC_LOG"; builtin return $((RANDOM & 1)); }'
exec /real/env -i -C /work PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/u POLICYC_LOG=/log \
  "BASH_FUNC_command_not_found_handle%%=$handler" /bin/bash -c "$2" bash
