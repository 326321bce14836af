// SPDX-License-Identifier: MIT
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const readline = require('node:readline');
const { WebPubSubServiceClient } = require('@azure/web-pubsub');
const { within } = require('./facts');

const allRoles = ['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup'];

// The emulator as a process of its own on a free port.
class Emulator {
    static async start(program, ...options) {
        const emulator = new Emulator();
        await emulator.#start(program, options);
        return emulator;
    }

    async #start(program, options) {
        this.process = spawn(program, ['--host', '127.0.0.1', '--port', '0', ...options],
            { stdio: ['ignore', 'pipe', 'inherit'] });
        this.exited = once(this.process, 'exit');
        // Whatever becomes of this process, its child does not outlive it.
        process.once('exit', () => this.process.kill('SIGKILL'));

        const ready = new Promise((resolve) => {
            readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
                const [, name, value] = /^(listening on|connection string:|client url:) (.*)$/.exec(line) ?? [];
                if (name === 'listening on') this.endpoint = value;
                if (name === 'connection string:') this.connectionString = value;
                if (name === 'client url:') this.clientUrl = value;
                if (this.endpoint && this.connectionString && this.clientUrl) resolve();
            });
        });
        const ended = this.exited.then(([code, signal]) => {
            throw new Error(`the emulator ended before it was ready: ${code ?? signal}`);
        });
        await within(10000, 'the emulator to be ready', Promise.race([ready, ended]));
        ended.catch(() => {});
        this.port = Number(new URL(this.endpoint).port);
    }

    // A client access URL with a token as the official service library makes it.
    async url({ hub = 'chat', userId, roles = allRoles, groups } = {}) {
        const service = new WebPubSubServiceClient(this.connectionString, hub, { allowInsecureConnection: true });
        return (await service.getClientAccessToken({ userId, roles, groups })).url;
    }

    // The exit status: 0 where SIGTERM is handled.
    async stop() {
        this.process.kill('SIGTERM');
        const [code, signal] = await within(10000, 'the emulator to end', this.exited);
        return code ?? signal;
    }
}

module.exports = { Emulator };
