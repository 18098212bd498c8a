# One script, without a loop or function around it. How to run it, stubs to make, the script; then a mark, when what it
# left running is ended, and the log is wanted.
IFS= read -r -d '' __how <&9 && IFS= read -r -d '' __files <&9 && IFS= read -r -d '' __script <&9 || exit
[ -z "$__files" ] || (
  while [ -n "$__files" ]; do
    file=${__files%%$'\n'*}
    __files=${__files#*$'\n'}
    [ -e "$file" ] || { /base/tools/mkdir -p "${file%/*}" && /base/tools/cp /real/stub "$file"; }
  done
) >/dev/null 2>&1
__accepted=999
case $__how in *n*) /bin/bash -n -c "$__script" >/dev/null 2>&1 8>&- 9<&-; __accepted=$? ;; esac
: > /log
case $__how in
  *e*) ( eval -- "$__script"; builtin wait ) </dev/null >/dev/null 2>&1 8>&- 9<&- ;;
  *c*) /bin/bash -c "$__script" bash </dev/null >/dev/null 2>&1 8>&- 9<&- ;;
esac
printf '%s\0' "$?" "$__accepted" >&8
IFS= read -r -d '' __how <&9
__fields=()
[ -f /log ] && mapfile -d '' __fields < /log
printf '%s\0' "${#__fields[@]}" "${__fields[@]}" >&8
case $__script in
  */* | *..*)
    /base/tools/rm -rf --one-file-system /* >/dev/null 2>&1
    /base/tools/cp -R /base/skeleton/. / >/dev/null 2>&1
    cd -P /work
    unset OLDPWD
    ;;
  *)
    __fields=(/work/* /work/.[!.]* /home/u/* /home/u/.[!.]* /tmp/*)
    [ "${__fields[*]}" = '/work/* /work/.[!.]* /home/u/* /home/u/.[!.]* /tmp/*' ] ||
      /base/tools/rm -rf --one-file-system "${__fields[@]}" >/dev/null 2>&1
    ;;
esac
