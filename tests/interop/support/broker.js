// SPDX-License-Identifier: MIT
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

function freePort() {
    return new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

// Whether somebody listens there.
function listens(port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
    });
}

const kinds = {
    redis: {
        command: (port, folder) => ['redis-server', '--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder,
            '--save', '', '--appendonly', 'no'],
        options: (port) => ['--redis', `127.0.0.1:${port}`],
    },
    nats: {
        command: (port) => ['nats-server', '-a', '127.0.0.1', '-p', `${port}`],
        options: (port) => ['--nats', `nats://127.0.0.1:${port}`],
    },
};

// A message broker as a process of its own on a free port.
class Broker {
    static async start(kind) {
        const broker = new Broker();
        const port = await freePort();
        broker.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'broker-'));
        const [program, ...options] = kinds[kind].command(port, broker.folder);
        broker.process = spawn(program, options,
            { stdio: 'ignore', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
        process.once('exit', () => broker.stop());
        for (const last = Date.now() + 10000; !await listens(port);) {
            if (Date.now() > last) throw new Error(`waited for ${program}`);
        }
        broker.options = kinds[kind].options(port);
        return broker;
    }

    stop() {
        this.process.kill('SIGKILL');
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

module.exports = { Broker };
