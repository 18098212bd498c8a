#!/usr/bin/env sh
# Fills `corpus/` with what each target should begin from: shipped policies, their compiled form, events, commands, statements.
# usage: fuzz/seeds.sh [the policyc binary]
set -eu
cd "$(dirname "$0")"
policyc=${1:-../target/debug/policyc}
mkdir -p corpus/parse corpus/format corpus/event corpus/bundle corpus/shell corpus/sql
for file in ../stdlib/*.policy ../stdlib/tests/*.policy ../examples/*/*.policy; do
    name=$(echo "$file" | tr -c 'a-zA-Z0-9\n' '_')
    cp "$file" "corpus/parse/$name"
    cp "$file" "corpus/format/$name"
done
for target in event shell sql; do cp seeds/$target/* "corpus/$target/"; done
for project in ../examples/*/; do
    "$policyc" build "$project" --output "corpus/bundle/$(basename "$project")" || true
done
