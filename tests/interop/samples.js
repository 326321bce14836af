// SPDX-License-Identifier: MIT
// usage: samples.js EMULATOR SAMPLE [INTERPRETER]
//
// A client as the Azure documentation would show it, in whatever language. It gets two URLs. With the first it is a
// simple client, which sends one message and closes after the answer; with the second a PubSub client, which joins a
// group, sends to it, sends an event, and closes after six messages. It prints `simple: ` or `pubsub: ` and then
// `open SUBPROTOCOL`, each message, and `closed CODE`.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { extname, join } = require('node:path');
const { check, run, within } = require('./support/facts');
const { Emulator } = require('./support/emulator');

const [program, sample, interpreter] = process.argv.slice(2);
const greeting = 'gr\u00fc\u00dfe \u{1f600}';

// The lines that a command prints before it ends well.
async function linesOf(atEnd, ...command) {
    const child = spawn(command[0], command.slice(1),
        { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    atEnd.push(kill);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => output += text);
    const [status] = await within(40000, `${sample} to end`, once(child, 'close'))
        .catch((error) => { throw new Error(`${error.message}\n${output}`); });
    check(`the sample ends well: ${sample}`, status, 0);
    return output.trimEnd().split('\n');
}

async function compiled(atEnd, ...urls) {
    const folder = mkdtempSync(join(tmpdir(), 'webpubsub-interop-'));
    atEnd.push(() => rmSync(folder, { recursive: true }));
    const executable = join(folder, 'client.exe');
    execFileSync('mcs', [`-out:${executable}`, sample], { stdio: 'inherit', timeout: 40000 });
    return linesOf(atEnd, 'mono', executable, ...urls);
}

async function inBrowser(atEnd, simple, pubsub) {
    const { Page } = require('./support/browser');
    const page = await Page.open((path) => path === '/client.html' ? readFileSync(sample, 'utf8') : undefined,
        '/client.html', { simple, pubsub });
    atEnd.push(() => page.close());
    return page.linesUntil((line) => / closed \d+$/.test(line), 2);
}

const interpreted = (name) => (atEnd, ...urls) => linesOf(atEnd, interpreter ?? name, sample, ...urls);
const languages = {
    '.cs': compiled,
    '.html': inBrowser,
    '.java': interpreted('java'),
    '.js': interpreted(process.execPath),
    '.py': interpreted('python3'),
};

run(async (atEnd) => {
    const emulator = await Emulator.start(program);
    atEnd.push(async () => check('the emulator ends cleanly on SIGTERM', await emulator.stop(), 0));
    const lines = await languages[extname(sample)](atEnd, await emulator.url({ userId: 'ada', roles: [] }),
        await emulator.url({ userId: 'bob' }));
    const [simple, pubSub] = ['simple: ', 'pubsub: '].map((prefix) =>
        lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length)));
    check('it prints nothing else', lines.filter((line) => !/^(simple|pubsub): /.test(line)), []);

    check('a simple client has no subprotocol, gets its own message as the answer to it, and closes',
        simple, ['open ', greeting, 'closed 1000']);

    const [opened, ...rest] = pubSub;
    const closed = rest.pop();
    check('a PubSub client has its subprotocol', opened, 'open json.webpubsub.azure.v1');
    const [{ connectionId, ...connected }, ...messages] = rest.map((line) => JSON.parse(line));
    check('connected comes first', [typeof connectionId, connected],
        ['string', { type: 'system', event: 'connected', userId: 'bob' }]);
    const ack = (ackId) => ({ type: 'ack', ackId, success: true });
    const message = { type: 'message', from: 'group', group: 'samples', dataType: 'json', data: { value: greeting } };
    const answer = { type: 'message', from: 'server', dataType: 'text', data: 'hello' };
    check('then what it asked for, in order', messages,
        [ack(1), { ...message, fromUserId: 'bob' }, ack(2), answer, ack(3)]);
    check('and it closes', closed, 'closed 1000');
});
