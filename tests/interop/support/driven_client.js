// SPDX-License-Identifier: MIT
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { sleep } = require('./facts');

// Whatever becomes of this process, its children do not outlive it.
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Whether it becomes true in time.
async function happens(milliseconds, isTrue) {
    for (const last = performance.now() + milliseconds; !isTrue(); await sleep(10)) {
        if (performance.now() > last) return false;
    }
    return true;
}

// A client in a process of its own that takes commands, one a line, and tells what happens in JSON lines, for which
// see tests/demo/client.cpp: that program, or the official client in official_program.js.
class DrivenClient {
    static ours(program, url, subprotocol) {
        return new DrivenClient(program, ['--name', 'ours', '--url', url, '--subprotocol', subprotocol]);
    }

    static official(url, subprotocol, ...options) {
        const script = path.join(__dirname, 'official_program.js');
        return new DrivenClient(process.execPath, [script, url, subprotocol, ...options]);
    }

    records = [];
    // The process has ended.
    ended = false;

    #process;
    #exited;
    #complaints = '';

    constructor(program, parameters) {
        this.#process = spawn(program, parameters, { stdio: 'pipe' });
        running.add(this.#process);
        this.#exited = once(this.#process, 'close').then(() => {
            running.delete(this.#process);
            this.ended = true;
        });
        this.#process.stdin.on('error', () => {});
        this.#process.stderr.on('data', (text) => {
            this.#complaints += text;
        });
        readline.createInterface({ input: this.#process.stdout }).on('line', (line) => {
            this.records.push(JSON.parse(line));
        });
    }

    write(...commands) {
        this.#process.stdin.write(commands.map((command) => `${command}\n`).join(''));
    }

    events(...names) {
        return this.records.filter(({ kind, event }) => kind === 'event' && names.includes(event));
    }

    // The data of all group messages, in order.
    get data() {
        return this.events('groupMessage').map(({ data }) => data);
    }

    get outcomes() {
        return this.events('requestCompleted');
    }

    // How long the application has waited for the outcomes of its requests, in milliseconds by the client's clock.
    get waits() {
        return this.outcomes.map(({ ackId, at }) =>
            at - this.records.find((record) => record.kind === 'command' && record.ackId === ackId).at);
    }

    // What has to be there before anything can be measured.
    async ready(what, isTrue) {
        if (await happens(20000, isTrue)) return;
        throw new Error(`waited for ${what}\n${JSON.stringify(this.records.slice(-5))}\n${this.#complaints}`);
    }

    async end() {
        this.#process.kill('SIGKILL');
        await this.#exited;
    }
}

module.exports = { DrivenClient, happens };
