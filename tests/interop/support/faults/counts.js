// SPDX-License-Identifier: MIT
// What the faults count with.
'use strict';

// The texts '1', '2', ...
const numbered = (count) => Array.from({ length: count }, (_, i) => `${i + 1}`);
const missing = (wanted, got) => wanted.filter((data) => !got.includes(data)).length;
const doubled = (got) => got.length - new Set(got).size;
const inOrder = (got) => got.every((data, i) => i === 0 || Number(data) >= Number(got[i - 1]));

const time = (milliseconds) =>
    milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
const yesOrNo = (value) => value ? 'yes' : 'no';

const isMessage = ({ type, stream }) => type === 'sendToGroup' && !stream;

module.exports = { doubled, inOrder, isMessage, missing, numbered, time, yesOrNo };
