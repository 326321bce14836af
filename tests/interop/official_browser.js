// SPDX-License-Identifier: MIT
// usage: official_browser.js EMULATOR
//
// The official client's modules for browsers, in Chromium.
'use strict';

const { join } = require('node:path');
const { Page, pageWithClient } = require('./support/browser');
const { Emulator } = require('./support/emulator');
const { check, run } = require('./support/facts');

const [program] = process.argv.slice(2);

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const page = await Page.open(pageWithClient(join(__dirname, 'official_browser.html')), '/official_browser.html',
        { url: await emulator.url({ userId: 'ada' }) });
    atEnd.push(() => page.close());
    const lines = await page.linesUntil((line) => line === '["stopped"]', 2);

    const expected = (protocol) => {
        const ack = (ackId) => ({ ackId, isDuplicated: false });
        return [
            ['protocol', protocol],
            ['connected', 'ada'],
            ['joined', ack(1)],
            ['group-message', 'page', 'ada', 'text', 'hello'],
            ['sent', ack(2)],
            ['group-message', 'page', 'ada', 'json', { value: [1.5, null] }],
            ['sent', ack(3)],
            ['group-message', 'page', 'ada', 'binary', [0, 1, 255]],
            ['sent', ack(4)],
            ['left', ack(5)],
            ['server-message', 'json', { a: 1 }],
            ['raised', ack(6)],
            ['disconnected'],
            ['stopped'],
        ];
    };
    check('the page did everything on both subprotocols', lines.map((line) => JSON.parse(line)),
        ['json.webpubsub.azure.v1', 'json.reliable.webpubsub.azure.v1'].flatMap(expected));
});
