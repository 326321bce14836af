#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds every fuzz target for an engine, by the conventions of OSS-Fuzz: reads CC, CXX, CFLAGS, CXXFLAGS,
# LIB_FUZZING_ENGINE, WORK and OUT, and leaves in OUT, for each target, the program, its seed corpus
# (<target>_seed_corpus.zip, with the frames of tests/vectors), its dictionary (<target>.dict) if there is one, and its
# options (<target>.options).
# Without any of these variables it makes libFuzzer programs with clang in fuzz/out.
#
#   dictionaries/<word>.dict   serves every target whose name begins with that word (json, protobuf ...)
#   options/<name>.options     replaces the options that are written otherwise
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${CC:=clang}" "${CXX:=clang++}"
: "${CXXFLAGS:=-O1 -gline-tables-only -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}"
: "${OUT:=$here/out}"
if [ -z "${WORK:-}" ]; then
    WORK=$(mktemp -d)
    trap 'rm -rf "$WORK"' EXIT
fi
export CC CXX CXXFLAGS

# The flags are all in CXXFLAGS, so no build type.
cmake -S "$here/.." -B "$WORK/webpubsub" -DCMAKE_BUILD_TYPE= -DWEBPUBSUB_BUILD_TESTS=OFF -DWEBPUBSUB_BUILD_FUZZERS=ON \
    -DWEBPUBSUB_JSON=ON -DWEBPUBSUB_OPENSSL=ON -DWEBPUBSUB_PROTO=ON "-DWEBPUBSUB_FUZZING_ENGINE=$LIB_FUZZING_ENGINE"
cmake --build "$WORK/webpubsub" --parallel "$(nproc)" --target webpubsub-fuzzers

mkdir -p "$OUT"
python3 "$here/seeds.py" "$WORK/seeds"
for program in "$WORK"/webpubsub/fuzz/*_fuzz; do
    target=$(basename "$program")
    name=${target%_fuzz}
    cp "$program" "$OUT/$target"

    rm -f "$OUT/${target}_seed_corpus.zip" "$OUT/$target.dict"
    mkdir -p "$WORK/seeds/$name"
    cp "$here/corpus/$name"/* "$WORK/seeds/$name"
    (cd "$WORK/seeds/$name" && cmake -E tar cf "$OUT/${target}_seed_corpus.zip" --format=zip .)

    dictionary=$here/dictionaries/${name%%_*}.dict
    if [ -f "$dictionary" ]; then cp "$dictionary" "$OUT/$target.dict"; fi

    if [ -f "$here/options/$name.options" ]; then
        cp "$here/options/$name.options" "$OUT/$target.options"
    else
        printf '[libfuzzer]\nmax_len = 4096\n' >"$OUT/$target.options"
        if [ -f "$dictionary" ]; then echo "dict = $target.dict" >>"$OUT/$target.options"; fi
    fi
    echo "built $OUT/$target"
done
